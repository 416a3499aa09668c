"""Shared cells: one spelling of each thing, and nothing invented where a value is missing."""

from __future__ import annotations

import pandas as pd
import pytest

from reviewbook.tables import columns
from reviewbook.tables.text import page_link


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"estimate": 0.873, "low": 0.8, "high": 0.945}, "87 (80 to 95)"),
        ({"estimate": 0.5, "low": pd.NA, "high": pd.NA}, "50"),
        ({"estimate": 0.0, "low": 0.0, "high": 0.0}, "0 (0 to 0)"),
        ({"estimate": None, "low": None, "high": None}, ""),
        ({"estimate": float("nan"), "low": 0.1, "high": 0.2}, ""),
    ],
    ids=["whole", "no-limits", "zero", "none", "nan"],
)
def test_interval_text(row: dict[str, object], text: str) -> None:
    assert columns.interval_text(row) == text
    prefixed = {f"primary_{key}": value for key, value in row.items()}
    assert columns.interval_text(prefixed, "primary_") == text


def test_a_unit_follows_the_estimate_alone() -> None:
    assert columns.interval_text({"estimate": 0.1, "low": 0.05, "high": 0.2}, unit="%") == (
        "10% (5 to 20)"
    )


def test_what_does_not_exist_is_a_dash() -> None:
    assert columns.prediction_text({"prediction_low": 0.1, "prediction_high": 0.9}) == "10 to 90"
    assert columns.prediction_text({"prediction_low": None, "prediction_high": None}) == "–"
    assert [columns.i2_text(value) for value in (None, pd.NA, 0.0, 0.2965)] == [
        "–", "–", "0%", "30%",
    ]  # fmt: skip


def test_points_carry_their_sign() -> None:
    assert [columns.points(value) for value in (0.0123, -0.02, 0.0)] == ["+1.2", "−2.0", "0.0"]


def test_a_report_is_cited_where_the_bibliography_has_it() -> None:
    assert columns.report_text({"citation_key": "liu_2025", "report_name": "Liu 2025"}) == (
        "{cite:t}`liu_2025`"
    )
    assert columns.report_text({"citation_key": "", "report_name": "Liu 2025"}) == "Liu 2025"


def test_a_source_without_an_address_is_no_link() -> None:
    assert columns.source_text({"locator": "abstract", "source_url": ""}) == "abstract"
    linked = columns.source_text({"locator": None, "source_url": "https://a.example"})
    assert linked == "[source](<https://a.example>)"


def test_text_with_a_backtick_is_not_set_as_code() -> None:
    assert columns.code_text("abc") == "`abc`"
    assert columns.code_text("a`b") == "a\\`b"


def test_an_interval_breaks_before_its_bracket_only() -> None:
    assert columns.together("83 (75 to 89)").count(" ") == 1


def test_a_difference_that_rounds_to_nothing_has_no_sign() -> None:
    shown = [str(columns.points(value)) for value in (0.0001, -0.0001, 0.0, 0.0006, -0.0006)]
    assert shown == ["0.0", "0.0", "0.0", "+0.1", "−0.1"]


def test_a_link_to_a_page_has_any_text() -> None:
    """Where a role would end its text at the first ``<``, it is a link of Markdown."""
    assert page_link("Death", "chapters/death") == "{doc}`Death </chapters/death>`"
    assert page_link("INR < 2 *a*", "chapters/inr") == r"[INR \< 2 \*a\*](/chapters/inr.md)"
