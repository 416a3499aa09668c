"""A warm build is as right as a cold one: after any change all pages are read, and else none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from reviewbook.site.watch import FIRST
from reviewbook.sphinxext.reading import readers, sweep


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
            book / "_build" / "html",
            book / "_build" / "doctrees",
            "html",
            confoverrides={
                "extensions": ["reviewbook.sphinxext.reading"],
                "exclude_patterns": ["_build", "lib", "data", "notes"],
                "html_theme": "basic",
            },
            status=None,
            warning=None,
        )
        app.connect("source-read", lambda app, docname, source: read.append(docname))
        app.connect("source-read", lambda app, docname, source: tell(book, docname))
        app.build()
    return read


def tell(book: Path, page: str) -> None:
    """Write down that a page is read: readers are processes of their own."""
    with (book / "_build" / "read").open("a", encoding="utf-8") as file:
        file.write(f"{page}\n")


@pytest.mark.skipif(readers() < 2, reason="one core, or no Linux: pages are read in turn")
def test_pages_with_most_to_execute_are_read_first(book: Path) -> None:
    """But for those that execute nothing, which need not wait for a kernel."""
    cells = dict(zip("hbkaejcgdfil", [3, 0, 7, 5, 1, 0, 11, 9, 2, 4, 8, 6], strict=True))
    for name, number in cells.items():
        source = f":orphan:\n\n{name}\n=\n\n" + "{code-cell}\n\n" * number
        (book / f"{name}.rst").write_text(source)
    pages_read(book)
    order = (book / "_build" / "read").read_text(encoding="utf-8").split()
    expected = ["b", "index", "j", *sorted(cells, key=lambda name: -cells[name])[:10]]
    # Pages that begin at the same time may write in either order.
    assert sorted(order) == sorted(expected)
    assert all(abs(order.index(name) - place) <= readers() for place, name in enumerate(expected))


def test_nothing_is_read_again_when_nothing_has_changed(book: Path) -> None:
    assert pages_read(book) == ["index"]
    assert pages_read(book) == []


@pytest.mark.parametrize("name", ["lib/pool.py", "data/outcomes.csv", "notes/new.csv"])
def test_after_a_change_every_page_is_read_once(book: Path, name: str) -> None:
    (book / "other.rst").write_text(":orphan:\n\nOther\n=====\n")
    assert sorted(pages_read(book)) == ["index", "other"]
    (book / name).write_text("changed\n")
    assert sorted(pages_read(book)) == ["index", "other"]
    assert pages_read(book) == []


def test_a_renamed_file_and_a_page_that_is_missing_are_changes(book: Path) -> None:
    pages_read(book)
    (book / "lib" / "pool.py").rename(book / "lib" / "pooling.py")
    assert pages_read(book) == ["index"]
    (book / "_build" / "html" / "index.html").unlink()
    assert pages_read(book) == ["index"]


@pytest.mark.parametrize("name", ["README.md", "docs/notes.md", "tests/test_pool.py"])
def test_what_no_page_depends_on_is_no_change(book: Path, name: str) -> None:
    pages_read(book)
    (book / name).parent.mkdir(exist_ok=True)
    (book / name).write_text("words\n")
    assert pages_read(book) == []


def test_a_page_that_is_wanted_first_is_read_alone_and_the_others_by_the_next_build(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (book / "other.rst").write_text(":orphan:\n\nOther\n=====\n")
    pages_read(book)
    (book / "data" / "outcomes.csv").write_text("events,total\n4,7\n")
    monkeypatch.setenv(FIRST, "other")
    assert pages_read(book) == ["other"]
    monkeypatch.delenv(FIRST)
    assert sorted(pages_read(book)) == ["index", "other"]
    assert pages_read(book) == []


def test_a_page_that_was_saved_and_read_first_is_all_that_is_read(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (book / "other.md").write_text("no page of this book")
    (book / "other.rst").write_text(":orphan:\n\nOther\n=====\n")
    pages_read(book)
    (book / "_build" / "html" / "index.html").write_text("what an earlier build wrote")
    (book / "other.md").write_text("other words")
    monkeypatch.setenv(FIRST, "other")
    assert pages_read(book) == ["other"]
    monkeypatch.delenv(FIRST)
    assert pages_read(book) == []
    assert "what an earlier build wrote" not in (book / "_build/html/index.html").read_text()
    assert pages_read(book) == []


def test_files_of_former_pages_are_swept_away(tmp_path: Path) -> None:
    old = ["gone.html", "_sources/gone.md.txt", "numbers/gone.html", "_downloads/figures/gone.svg"]
    same = ["_sources/part/here.md.txt", "_static/style.css", ".buildinfo"]
    for name in (*old, *same):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    now = (tmp_path / ".buildinfo").stat().st_mtime_ns + 1
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "here.html").touch()
    os.utime(tmp_path / "part" / "here.html", ns=(now, now))
    sweep(tmp_path, {"part/here"}, now)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {*same, "part/here.html"}
