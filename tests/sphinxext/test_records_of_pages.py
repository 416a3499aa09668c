"""A record of what a page showed holds as long as all it depended on is what it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewbook.sphinxext.kept import record
from reviewbook.sphinxext.kept.record import Records
from reviewbook.words.reads import PROGRAM

SHOWN = {"cells": ["a"]}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("data/a.csv", "data/b.csv", "lib/module.py", "_build/html/index.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1\n", encoding="utf-8")
    read = ["data/a.csv", str(tmp_path / "_build" / "html" / "index.html")]
    Records(tmp_path).keep("page", "text", [tmp_path / "lib" / "module.py"], read, SHOWN)
    return tmp_path


def test_what_was_kept_is_found_again(root: Path) -> None:
    assert Records(root).find("page", "text") == SHOWN
    assert Records(root).find("other", "text") is None


@pytest.mark.parametrize("name", ["data/a.csv", "lib/module.py"])
def test_a_file_that_changed_or_is_gone_ends_it(root: Path, name: str) -> None:
    (root / name).write_text("2\n", encoding="utf-8")
    assert Records(root).find("page", "text") is None
    (root / name).write_text("1\n", encoding="utf-8")
    assert Records(root).find("page", "text") == SHOWN
    (root / name).unlink()
    assert Records(root).find("page", "text") is None


@pytest.mark.parametrize("name", ["data/b.csv", "_build/html/index.html", "notes.md"])
def test_another_file_does_not(root: Path, name: str) -> None:
    (root / name).write_text("2\n", encoding="utf-8")
    assert Records(root).find("page", "text") == SHOWN


def test_another_text_a_new_table_and_other_libraries_end_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Records(root).find("page", "other text") is None
    (root / "data" / "c.csv").write_text("1\n", encoding="utf-8")
    assert Records(root).find("page", "text") is None
    (root / "data" / "c.csv").unlink()
    monkeypatch.setattr(record, "surroundings", lambda: {"python": "4"})
    assert Records(root).find("page", "text") is None


def test_nothing_is_kept_of_a_page_that_started_a_program(root: Path) -> None:
    Records(root).keep("page", "text", [], ["data/a.csv", PROGRAM], SHOWN)
    assert Records(root).find("page", "text") is None


def test_a_record_that_was_cut_short_is_none(root: Path) -> None:
    file = root / "_build" / "kept" / "page.depends.json"
    file.write_text(file.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    assert Records(root).find("page", "text") is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "_build").write_text("a file where the folder would be", encoding="utf-8")
    Records(tmp_path).keep("page", "text", [], [], SHOWN)
    assert Records(tmp_path).find("page", "text") is None
