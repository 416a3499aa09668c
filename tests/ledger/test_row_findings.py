"""How a study of the article's table is matched and what of its counts is said to differ."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from reviewbook.ledger.study_rows import GUESSED, NAMED, NO_COHORT, _cohort, _finding, _row

REPORTS = [
    {"cohort_id": "pan", "year": 2021, "first_author": "Pan"},
    {"cohort_id": "pan", "year": 2021, "first_author": "PAN J"},
    {"cohort_id": "li_a", "year": 2022, "first_author": "Li C"},
    {"cohort_id": "li_b", "year": 2022, "first_author": "Li D"},
    {"cohort_id": "silent", "year": 2020, "first_author": None},
    {"cohort_id": "old", "year": 1998, "first_author": "D’Souza"},
]


def records_with(counts: dict[tuple[str, str], list[dict[str, Any]]] | None = None) -> Any:
    reports_of: dict[str, list[dict[str, Any]]] = {}
    for report in REPORTS:
        reports_of.setdefault(str(report["cohort_id"]), []).append(report)
    return SimpleNamespace(
        reports_of=reports_of,
        cohorts={"pan": {"label": "Pan 2021"}},
        counts_of=counts or {},
    )


@pytest.mark.parametrize(
    ("study", "expected"),
    [
        ({"study": "Anything", "cohort_id": "named"}, ("named", NAMED)),
        ({"study": "Pan 2021", "cohort_id": "named"}, ("named", NAMED)),
        ({"study": "Pan 2021"}, ("pan", GUESSED)),  # two reports of one cohort
        ({"study": "Pan et al. (2021)", "cohort_id": ""}, ("pan", GUESSED)),
        ({"study": "PAN, 2021", "cohort_id": None}, ("pan", GUESSED)),
        ({"study": "D’Souza 1998"}, ("old", GUESSED)),
        ({"study": "Pan 2022"}, ("", "")),
        ({"study": "Pan 21"}, ("", "")),
        ({"study": "2021 Pan"}, ("", "")),
        ({"study": "Li 2022"}, ("", "")),  # two cohorts
        ({"study": "None 2020"}, ("", "")),
    ],
)
def test_a_study_is_the_cohort_named_or_the_only_one_of_author_and_year(
    study: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert _cohort(records_with(), study) == expected


@pytest.mark.parametrize(
    ("theirs", "ours", "finding"),
    [
        ((None, None), (3, 9), "only ours: the article gives no count"),
        ((3, 9), (None, None), "only the article's: we read no count of all infused"),
        ((0, 9), (0, 9), "equal"),
        ((4, 9), (3, 9), "the article has 1 more with the event"),
        ((2, 9), (3, 9), "the article has 1 fewer with the event"),
        ((3, 12), (3, 9), "the article has 3 more patients"),
        ((5, 8), (3, 9), "the article has 2 more with the event and 1 fewer patients"),
        ((0, 9), (5, 9), "the article has 5 fewer with the event"),
    ],
)
def test_what_differs_is_said_in_numbers(theirs: Any, ours: Any, finding: str) -> None:
    assert _finding(theirs, ours) == finding


def test_ours_is_the_preferred_count_of_all_infused() -> None:
    outcome: Any = SimpleNamespace(id="crs_any", counted="crs", label="CRS")

    def count(events: int, total: int, *, preferred: bool, population: str) -> dict[str, Any]:
        return {"events": events, "total": total, "preferred": preferred, "population": population}

    data = records_with(
        {
            ("pan", "crs"): [
                count(1, 20, preferred=False, population="infused"),
                count(2, 18, preferred=True, population="evaluable"),
                count(3, 20, preferred=True, population="infused"),
            ]
        }
    )
    study = {"study": "Pan 2021", "crs_any_events": 5, "crs_any_total": 21}
    row = _row(data, study, "pan", GUESSED, outcome)
    assert row is not None
    assert (row["ours_events"], row["ours_total"]) == (3, 20)
    assert (row["article_events"], row["article_total"]) == (5, 21)
    assert row["finding"] == "the article has 2 more with the event and 1 more patients"
    assert row["label"] == "Pan 2021"
    nobody = _row(data, study, "", "", outcome)
    assert nobody is not None
    assert (nobody["label"], nobody["ours_total"], nobody["finding"]) == ("", None, NO_COHORT)
    assert _row(data, {"study": "x"}, "", "", outcome) is None
    ours_only = _row(data, {"study": "Pan 2021"}, "pan", GUESSED, outcome)
    assert ours_only is not None
    assert ours_only["finding"].startswith("only ours")
