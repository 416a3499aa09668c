"""The numbers of a figure or table by row and column, and what they are called."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from reviewbook.words import shown
from reviewbook.words.shown import companions, names_of_rows, told_of

FRAME = pd.DataFrame(
    {
        "label": ["Alpha", "Beta", "Beta"],
        "kind": ["x", "x", "y"],
        "estimate": [0.5, float("nan"), 0.25],
        "low": [0.4, 0.1, float("inf")],
        "high": pd.array([1, None, 3], dtype="Int64"),
        "sure": [True, False, True],
        "text": ["18/20", "1/2", "3/4"],
    }
)
COLUMNS = [("label", "Cohort"), ("estimate", "Pooled"), ("sure", "Sure"), ("none", "Not there")]


@pytest.fixture(autouse=True)
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    program: dict[str, Any] = {"lines": [], "expression": "x", "sources": [], "files": []}
    monkeypatch.setattr(shown, "shown_by", lambda: program)


def told(frame: pd.DataFrame = FRAME, labels: list[str] | None = None) -> dict[str, Any]:
    found = told_of(
        "tbl-x", frame, COLUMNS, called="table.frame", labels=labels or list(frame["label"])
    )
    assert found is not None
    return found


def test_each_number_of_a_shown_column_is_told_with_those_of_its_cell() -> None:
    found = told()
    assert [row["values"] for row in found["rows"]] == [
        {"estimate": 0.5, "low": 0.4, "high": 1}, {"low": 0.1}, {"estimate": 0.25, "high": 3},
    ]  # fmt: skip
    assert [(one["key"], one["label"], one["place"]) for one in found["columns"]] == [
        ("estimate", "Pooled", 1), ("low", "Pooled", 1), ("high", "Pooled", 1),
    ]  # fmt: skip
    assert [row["at"] for row in found["rows"]] == [0, 1, 2]


def test_an_identifier_stays_when_values_and_order_change() -> None:
    before = {row["label"]: row["ids"] for row in told()["rows"]}
    changed = FRAME.assign(estimate=0.9).iloc[[1, 0, 2]]
    after = {row["label"]: row["ids"] for row in told(changed)["rows"]}
    assert before["Alpha"]["estimate"] == after["Alpha"]["estimate"]
    every = [name for row in told()["rows"] for name in row["ids"].values()]
    assert len(every) == len(set(every))
    assert [row["label"] for row in told()["rows"]] == ["Alpha", "Beta", "Beta (2)"]
    other = told_of("tbl-y", FRAME, COLUMNS, called="table.frame", labels=list(FRAME["label"]))
    assert other is not None
    assert other["rows"][0]["ids"] != told()["rows"][0]["ids"]


def test_a_frame_that_the_page_does_not_show_has_no_places() -> None:
    found = told_of("fig-x", FRAME, COLUMNS, called="figure.data")
    assert found is not None
    assert {one["place"] for one in found["columns"]} == {None}
    assert found["frame"] == "figure.data"


def test_what_has_no_number_or_too_many_rows_is_told_by_its_file_alone() -> None:
    assert (
        told_of("tbl-x", FRAME[["label"]], COLUMNS[:1], called="t", labels=FRAME["label"]) is None
    )
    many = pd.DataFrame({"x": range(shown.MOST_ROWS + 1)})
    assert told_of("fig-x", many, [("x", "x")], called="f") is None


def test_rows_are_called_by_as_many_texts_as_tell_them_apart_and_by_no_count() -> None:
    assert names_of_rows(FRAME) == ["Alpha, x", "Beta, x", "Beta, y"]
    assert names_of_rows(FRAME[["text", "kind", "estimate"]]) == ["x", "x", "y"]
    assert names_of_rows(FRAME.iloc[:1]) == ["Alpha, x"]
    same = FRAME.assign(label="All")
    assert names_of_rows(same) == ["x", "x", "y"]


@pytest.mark.parametrize(
    ("key", "others"),
    [
        ("estimate", ("low", "high")),
        ("comparison_estimate", ("comparison_low", "comparison_high")),
        ("events", ("total",)),
        ("prediction_low", ("prediction_high",)),
        ("value", ("ci_low", "ci_high")),
        ("underestimate", ("underestimate_value", "underestimate_estimate")),
        ("before", ("before_value", "before_of")),
    ],
)  # fmt: skip
def test_what_stands_in_a_cell_together(key: str, others: tuple[str, ...]) -> None:
    assert set(others) <= set(companions(key))
