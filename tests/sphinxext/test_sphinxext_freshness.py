"""A warm build is as right as a cold one: code and evidence count as sources of every chapter."""

from __future__ import annotations

from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from reviewbook.sphinxext.reading import sources_digest


@pytest.fixture
def book(tmp_path: Path) -> Path:
    for folder in ("lib", "data", "notes"):
        (tmp_path / folder).mkdir()
    (tmp_path / "lib" / "pool.py").write_text("x = 1\n")
    (tmp_path / "data" / "outcomes.csv").write_text("events,total\n3,7\n")
    (tmp_path / "index.rst").write_text("Book\n====\n")
    return tmp_path


def pages_read(book: Path) -> list[str]:
    """Build as a reader would, warm if possible, and return which pages were read."""
    read: list[str] = []
    with docutils_namespace():
        app = Sphinx(
            book,
            None,
            book / "_html",
            book / "_doctrees",
            "html",
            confoverrides={
                "extensions": ["reviewbook.sphinxext.reading"],
                "exclude_patterns": ["_html", "_doctrees", "lib", "data", "notes"],
                "html_theme": "basic",
            },
            status=None,
            warning=None,
        )
        app.connect("source-read", lambda app, docname, source: read.append(docname))
        app.build()
    return read


def test_pages_with_most_to_execute_are_read_first(book: Path) -> None:
    for name, cells in {"a": 0, "b": 1, "c": 3}.items():
        source = f":orphan:\n\n{name}\n=\n\n" + "{code-cell}\n\n" * cells
        (book / f"{name}.rst").write_text(source)
    assert pages_read(book) == ["c", "b", "a", "index"]


def test_nothing_is_read_again_when_nothing_has_changed(book: Path) -> None:
    assert pages_read(book) == ["index"]
    assert pages_read(book) == []


@pytest.mark.parametrize("name", ["lib/pool.py", "data/outcomes.csv"])
def test_a_changed_source_is_read_by_every_chapter(book: Path, name: str) -> None:
    pages_read(book)
    (book / name).write_text("changed\n")
    assert pages_read(book) == ["index"]
    assert pages_read(book) == []


def test_a_new_table_changes_the_digest_and_a_note_does_not(book: Path) -> None:
    before = sources_digest(book)
    (book / "notes" / "draft.csv").write_text("a\n")
    (book / "data" / "README.md").write_text("words\n")
    assert sources_digest(book) == before
    (book / "data" / "article_study_table.csv").write_text("a\n")
    assert sources_digest(book) != before


def test_a_renamed_file_changes_the_digest(book: Path) -> None:
    before = sources_digest(book)
    (book / "lib" / "pool.py").rename(book / "lib" / "pooling.py")
    assert sources_digest(book) != before
