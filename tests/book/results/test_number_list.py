"""One list of what pages tell of their numbers, and what moved between two such lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import frictionless
import jsonschema
import pytest

from reviewbook.book import open_book
from reviewbook.book.results.document import schema_text
from reviewbook.book.results.listing import (
    NUMBERS,
    PACKAGE,
    SCHEMA,
    Numbers,
    listed,
    number_moves,
    read_numbers,
    write_numbers,
)

REVIEW = open_book().review


def told(
    name: str = "a", value: float = 0.5, key: str = "1", page: str = "index"
) -> dict[str, Any]:
    row = {"table": "t.csv", "key": key, "shown": {}, "link": ""}
    left = [{"what": "Alpha", "reason": "too few"}]
    source = {"outcome": "o", "set": "s", "rows": [row], "left_out": left}
    return {
        "id": f"n-{name}", "value": value, "what": f"share {name}", "unit": "proportion",
        "interval": [0.1, 0.9], "expression": f"share({name!r})", "python": "print(1)",
        "recipe": None, "sources": [source], "page": page, "texts": ["50%"],
        "address": f"{page}.html#n-{name}",
    }  # fmt: skip


def test_a_number_of_two_pages_is_listed_once_with_both_places() -> None:
    found = listed([[told()], [told(page="chapters/one"), told("b", key="2")]], REVIEW)
    assert [one.id for one in found.numbers] == ["n-a", "n-b"]
    assert [place.page for place in found.numbers[0].places] == ["chapters/one", "index"]
    assert found.rows_of(found.numbers[1]) == ["t.csv: 2"]
    assert [group.left_out for group in found.sources] == [["Alpha: too few"]] * 2
    jsonschema.validate(json.loads(found.text()), json.loads(schema_text(Numbers, SCHEMA)))
    assert found.csv().splitlines()[1].startswith("n-a,0.5,0.10000000000000001,0.90000000000000002")


@pytest.mark.parametrize(
    ("changed", "why"), [({"value": 0.6}, "value"), ({"expression": "other"}, "expression")]
)
def test_one_identifier_of_two_numbers_is_an_error(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=f"n-a: one {why} was expected"):
        listed([[told()], [told() | changed]], REVIEW)


def table(value: float = 2.5, key: str = "1") -> dict[str, Any]:
    row = {"at": 0, "label": "Alpha", "values": {"tau2": value}, "ids": {"tau2": "n-cell"}}
    return {
        "name": "tbl-x", "page": "chapters/one", "title": "Pools", "order": [3, 0],
        "lines": ["a = 1"], "frame": "table.frame", "expression": "f(a)", "files": ["claims.csv"],
        "sources": told(key=key)["sources"], "rows": [row],
        "columns": [{"key": "tau2", "label": "τ²", "place": 1}],
    }  # fmt: skip


def test_what_pages_left_becomes_three_files(tmp_path: Path) -> None:
    assert read_numbers(tmp_path) is None
    write_numbers([[told()]], [table()], tmp_path, REVIEW)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["numbers.csv", PACKAGE, NUMBERS, "numbers.schema.json"]
    report = frictionless.validate(str(tmp_path / PACKAGE))
    assert report.valid, report.flatten(["fieldName", "message"])
    assert read_numbers(tmp_path) == listed([[told()]], REVIEW, [table()])


def test_a_number_of_a_table_is_told_with_its_program_its_rows_and_its_address() -> None:
    found = listed([], REVIEW, [table()])
    ((own,), (group,)) = found.shown, found.sources
    assert own.python == "a = 1\n\ntable = f(a)\n"
    assert (own.files, own.sources, group.rows) == (["claims.csv"], [group.id], ["t.csv: 1"])
    (cell,) = own.cells
    assert (cell.id, cell.row, cell.column, cell.value) == ("n-cell", "Alpha", "tau2", 2.5)
    assert own.address(cell) == "numbers/chapters/one.html#n-cell"
    line = found.csv().splitlines()[1]
    assert line.startswith("n-cell,2.5,,,,,\"tbl-x: Alpha, tau2\",table.frame['tau2'].iloc[0],")
    jsonschema.validate(json.loads(found.text()), json.loads(schema_text(Numbers, SCHEMA)))


def test_numbers_of_a_table_that_moved_are_told_together() -> None:
    old, new = listed([], REVIEW, [table()]), listed([], REVIEW, [table(3.0, key="2")])
    assert list(number_moves(old, new)) == [
        "tbl-x: 1 of 1 numbers moved, most of all Alpha, tau2: 2.5 → 3 "
        "(numbers/chapters/one.html#n-cell)"
    ]
    assert list(number_moves(old, old)) == []
    (before,), (after,) = old.shown[0].cells, new.shown[0].cells
    same = listed([], REVIEW, [table(key="2")]).shown[0].cells[0]
    assert len({before.content, after.content, same.content}) == 3


def test_numbers_that_moved_or_came_are_told_with_their_rows() -> None:
    old = listed([[told(), told("b"), told("c")]], REVIEW)
    new = listed([[told(value=0.75, key="2"), told("b"), told("d")]], REVIEW)
    assert list(number_moves(old, new)) == [
        "n-a share a: 0.5 → 0.75 (rows: 1 gone, 1 new; index.html#n-a)",
        "n-c share c: 0.5, no longer told (index.html#n-c)",
        "n-d share d: 0.5, told for the first time (index.html#n-d)",
    ]
    assert list(number_moves(old, old)) == []
