"""The sentences of the transplant page follow from the comparisons."""

from __future__ import annotations

import pandas as pd
import pytest

from reviewbook.book import Book
from reviewbook.ledger.directions import comparisons_of
from reviewbook.prose.survival import events_printed, pooled_sentence
from reviewbook.survival.arms import Comparisons, pooled_ratio

DIRECTIONS = ("survival_better_with_hsct", "recurrence_lower_with_hsct")


def test_each_endpoint_has_its_pooled_ratio_and_its_cohorts(book: Book) -> None:
    found = comparisons_of(book, *DIRECTIONS)
    told = pooled_sentence(book, found)
    for endpoint, listed in found.items():
        ratio = pooled_ratio(listed)
        assert ratio is not None
        estimate, low, high = ratio
        event = book.review.endpoint(endpoint).event
        assert (
            f"he pooled {listed[0].measure} of {event} is {estimate:.2f} (95% CI {low:.2f} to "
            f"{high:.2f}), from {len(listed)} cohorts"
        ) in told
    assert told[0].isupper()
    assert told.endswith(".")


def test_a_single_comparison_is_not_called_pooled(book: Book) -> None:
    found = comparisons_of(book, DIRECTIONS[0])
    one = {"os": Comparisons(found["os"][:1]), "pfs": Comparisons()}
    told = pooled_sentence(book, one)
    assert told.startswith("The only hazard ratio of death is ")
    assert told.endswith("from 1 cohort.")
    assert pooled_sentence(book, {}) == "No comparison gives a ratio."


@pytest.mark.parametrize(("cohorts", "expected"), [(["a"], "2 of 3 (A)"), (["b"], ""), ([], "")])
def test_only_events_that_are_printed_are_told(cohorts: list[str], expected: str) -> None:
    rows = pd.DataFrame(
        {
            "endpoint": ["nrm", "nrm"],
            "arm": ["hsct", "hsct"],
            "events": [2, None],
            "n": [3, 5],
            "cohort_id": ["a", "b"],
            "label": ["A", "B"],
        }
    )
    assert events_printed(rows, endpoint="nrm", arm="hsct", cohorts=cohorts) == expected
