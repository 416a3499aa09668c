"""The CSV files beside figures and tables are for machines: their numbers are numbers."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.site

FORMS = {
    "_events": re.compile(r"[≥≤]?[\d\u202f]+/[\d\u202f]+"),
    "_percent": re.compile(r"[−-]?[\d.]+%( \(.* to .*\))?"),
    "_patients": re.compile(r"[\d\u202f]+ patients"),
    "": re.compile(r"[−+]?\d[\d.]*\u202f[\d.\u202f]*|−\d[\d.\u202f]*"),
}
"""Numbers as they are printed, by the end of the name of the column that must have them."""
ASCII = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?|-?inf")


def tables(site: Path) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Name, head and rows of each file."""
    for path in sorted((site / "_downloads").rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        yield f"{path.parent.name}/{path.name}", head, rows


def test_every_file_is_one_table_with_a_head(site: Path) -> None:
    found = list(tables(site))
    assert len(found) > 100
    for name, head, rows in found:
        assert len(set(head)) == len(head), name
        assert all(re.fullmatch(r"\S.*", column) for column in head), name
        assert {len(row) for row in rows} <= {len(head)}, name


def test_numbers_that_are_printed_stand_as_numbers_too(site: Path) -> None:
    missing = []
    for name, head, rows in tables(site):
        for column, cells in zip(head, zip(*rows, strict=True), strict=False):
            filled = [cell for cell in cells if cell]
            for ending, form in FORMS.items():
                shown = sum(bool(form.fullmatch(cell)) for cell in filled)
                # Among words, a number here and there is part of the words.
                if 2 * shown > len(filled) and (not ending or f"{column}{ending}" not in head):
                    missing.append(f"{name}: {column}{ending}")
    assert missing == []


def test_columns_named_after_a_unit_hold_numbers(site: Path) -> None:
    wrong = []
    ends = re.compile(r"_(events|total|percent|patients|months|estimate|low|high|n)$")
    for name, head, rows in tables(site):
        for column, cells in zip(head, zip(*rows, strict=True), strict=False):
            if ends.search(column) and not all(ASCII.fullmatch(c) for c in cells if c):
                wrong.append((name, column, next(c for c in cells if c and not ASCII.fullmatch(c))))
    assert wrong == []
