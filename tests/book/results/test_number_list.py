"""One list of what pages tell of their numbers, and what moved between two such lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reviewbook.book import open_book
from reviewbook.book.results.document import schema_text
from reviewbook.book.results.listing import (
    NUMBERS,
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


def test_what_pages_left_becomes_three_files_and_is_taken_away(tmp_path: Path) -> None:
    write_numbers(tmp_path / "numbers", tmp_path, REVIEW)
    assert list(tmp_path.iterdir()) == []
    assert read_numbers(tmp_path) is None
    (tmp_path / "numbers").mkdir()
    (tmp_path / "numbers" / "index.json").write_text(json.dumps([told()]), encoding="utf-8")
    write_numbers(tmp_path / "numbers", tmp_path, REVIEW)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["numbers.csv", NUMBERS, "numbers.schema.json"]
    assert read_numbers(tmp_path) == listed([[told()]], REVIEW)


def test_numbers_that_moved_or_came_are_told_with_their_rows() -> None:
    old = listed([[told(), told("b"), told("c")]], REVIEW)
    new = listed([[told(value=0.75, key="2"), told("b"), told("d")]], REVIEW)
    assert list(number_moves(old, new)) == [
        "n-a share a: 0.5 → 0.75 (rows: 1 gone, 1 new; index.html#n-a)",
        "n-c share c: 0.5, no longer told (index.html#n-c)",
        "n-d share d: 0.5, told for the first time (index.html#n-d)",
    ]
    assert list(number_moves(old, old)) == []
