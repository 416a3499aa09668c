"""A copy of the review's data that a test may break."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

from reviewbook.book import Book, open_book

ROOT = Path(__file__).resolve().parents[1]


def copy_data(folder: Path) -> None:
    """Copy ``data/`` to the folder of a book of its own, without the redirects of former pages."""
    shutil.copytree(ROOT / "data", folder / "data")
    settings = folder / "data" / "review.toml"
    whole, moved, _ = settings.read_text(encoding="utf-8").partition("\n[redirects]\n")
    assert moved, "the last table of the settings"
    settings.write_text(whole, encoding="utf-8")


class ReviewCopy:
    """A copy of ``data/`` in a folder of its own, with edits by line and column."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "data"
        shutil.copytree(ROOT / "data", self.data)

    def rows(self, name: str) -> list[list[str]]:
        text = (self.data / name).read_text(encoding="utf-8")
        return list(csv.reader(io.StringIO(text, newline="")))

    def write(self, name: str, rows: list[list[str]]) -> None:
        """Write a table; the log of updates keeps count of its rows."""
        before = len(self.rows(name))
        self._write(name, rows)
        log = self.rows("updates.csv")
        entries = [row for row in log if row[1] == name.removesuffix(".csv")]
        if entries and len(rows) != before:
            more = len(rows) - before
            column = 2 if more > 0 else 3
            entries[-1][column] = str(int(entries[-1][column]) + abs(more))
            self._write("updates.csv", log)

    def _write(self, name: str, rows: list[list[str]]) -> None:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n").writerows(rows)
        (self.data / name).write_text(out.getvalue(), encoding="utf-8")

    def line_of(self, name: str, **cells: str) -> int:
        """Return the only line (header: 1) whose cells are these."""
        rows = self.rows(name)
        found = [
            line
            for line, row in enumerate(rows[1:], 2)
            if all(row[rows[0].index(column)] == cell for column, cell in cells.items())
        ]
        assert len(found) == 1, (name, cells, found)
        return found[0]

    def put(self, name: str, line: int, **cells: str) -> int:
        """Write cells of a line; return the line."""
        rows = self.rows(name)
        for column, cell in cells.items():
            rows[line - 1][rows[0].index(column)] = cell
        self.write(name, rows)
        return line

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace text that must occur exactly once."""
        path = self.data / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old, text.count(old))
        path.write_text(text.replace(old, new), encoding="utf-8")

    def book(self) -> Book:
        return open_book(self.root)
