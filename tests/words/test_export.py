"""CSV files: what is printed becomes numbers with their unit, and what is text stays text."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from reviewbook import words
from reviewbook.words.export import csv_text, machine_readable, numbers_in


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("18/20", {"events": "18", "total": "20"}),
        ("≥47/60", {"events": "47", "total": "60", "bound": "lower"}),
        (str(words.percent(0.873)), {"percent": "87"}),
        ("87% (95% CI 80 to 94)", {"percent": "87", "percent_low": "80", "percent_high": "94"}),
        ("12% (CI 5 to 20)", {"percent": "12", "percent_low": "5", "percent_high": "20"}),
        ("54% of 16 (27 to 75)",
         {"percent": "54", "percent_low": "27", "percent_high": "75", "of": "16"}),
        ("13 studies", {"studies": "13"}),
        ("57 to 127 patients", {"patients_low": "57", "patients_high": "127"}),
        ("27.0 months (24.0 to 29.3)",
         {"months": "27.0", "months_low": "24.0", "months_high": "29.3"}),
        (str(words.number(17776, 0)), {"value": "17776"}),
        (str(words.number(-0.58)), {"value": "-0.58"}),
        (str(words.pvalue(0.12)), {"p": "0.12", "sign": "="}),
        ("< 0.0001", {"value": "0.0001", "sign": "<"}),
        ("16 v 13", {"first": "16", "second": "13"}),
        ("n = 14", {"n": "14"}),
    ],
)  # fmt: skip
def test_each_form_of_a_printed_number_is_read(text: str, read: dict[str, str]) -> None:
    assert dict(numbers_in(text)) == read


@pytest.mark.parametrize(
    "text",
    ["", "abstract, mirror", "2024-12-31", "10.2174/0118", "42-51", "23a", "3.11.7", "CD7",
     "uniform(0, 4)", "planned: 0.5-5 × 10⁶/kg", "7 of the 10 patients", "L0", "1; 3; 10"],
)  # fmt: skip
def test_what_is_no_number_is_not_read(text: str) -> None:
    assert numbers_in(text) == {}


FRAME = pd.DataFrame(
    {
        "label": ["a", "12", "c"],
        "counts": ["18/20", "", "≥1/3"],
        "analyses": [words.number(17776, 0), "3", "−4"],
        "estimate": [0.1 + 0.2, float("nan"), -1e-12],
        "k": pd.array([1, None, 3], dtype="Int64"),
        "printed": ["87%", "13 studies", "as the text says"],
        "printed_percent": [0.873, None, None],
    }
)


def test_numbers_stand_beside_the_text_as_printed_and_replace_text_that_is_one() -> None:
    read = pd.read_csv(io.StringIO(csv_text(FRAME)))
    assert list(read) == [
        "label", "counts", "counts_events", "counts_total", "counts_bound", "analyses", "estimate",
        "k", "printed", "printed_studies", "printed_percent",
    ]  # fmt: skip
    assert read["counts"].tolist()[0] == "18/20"
    assert read["counts_events"].tolist()[::2] == [18, 1]
    assert read["counts_bound"].tolist()[2] == "lower"
    assert read["analyses"].tolist() == [17776, 3, -4]
    assert read["estimate"].tolist()[0] == 0.3
    assert read["printed_percent"].tolist()[0] == 0.873, "what the frame has is not replaced"


def test_a_column_in_which_few_cells_are_numbers_stays_text() -> None:
    frame = pd.DataFrame({"label": ["12%", "some", "words", "here"]})
    assert list(machine_readable(frame)) == ["label"]


def test_a_frame_of_numbers_stays_as_it_is() -> None:
    frame = pd.DataFrame({"a": [1, 2], "year": ["2021", "2022"], "b": [0.5, None]})
    assert csv_text(frame) == "a,year,b\n1,2021,0.5\n2,2022,\n"
