"""What the discussion says is what was judged, counted and tried."""

from __future__ import annotations

import re

import pytest

from reviewbook import words
from reviewbook.book import Book
from reviewbook.prose.claims import distance_sentence
from reviewbook.prose.discussion import (
    beside_sentences,
    change_sentences,
    pointing,
    pooled_elsewhere,
    size_sentences,
)
from reviewbook.prose.reviews import reviews_sentences

PROPORTIONS = ("complete_remission", "crs", "severe_crs", "icans")


@pytest.mark.parametrize("claim", PROPORTIONS)
def test_ours_stands_beside_the_printed_value(book: Book, claim: str) -> None:
    judged = book.judged(claim)
    told = getattr(beside_sentences(book), claim)
    assert f"this book finds {judged.primary} and the article prints {judged.printed}" in told
    assert told.endswith(f"“{judged.verdict}”.")


@pytest.mark.parametrize("claim", PROPORTIONS)
def test_both_sentences_on_the_distance_tell_what_was_found(book: Book, claim: str) -> None:
    found, judged = book.distance(claim), book.judged(claim).proportion
    assert judged is not None
    assert found.outcomes is not None
    short, full = getattr(change_sentences(book), claim), distance_sentence(book, claim)
    now, then = ("holds", "no longer hold") if found.held else ("does not hold", "hold")
    size, patients = found.outcomes.size, judged.analysis.selection.n
    assert f"{now}. It would {then} if as few as {size} of the {patients} pat" in short
    assert f"It would {then} if {words.count(size, 'patient')} had another outcome" in full
    assert found.outcomes.what in full
    for moved, tried in (
        (len(found.cohorts), found.cohorts_tried),
        (len(found.rules), found.rules_tried),
    ):
        for text in (short, full):
            assert f"in {moved or 'none'} of {tried} cases" in text
    undecided = judged.verdict == "cannot decide"
    assert undecided == ("these counts decide" in short)
    if undecided:
        assert judged.share is not None
        assert f"holds in {words.percent(judged.share)} of the combinations drawn" in short


def test_comparisons_that_point_one_way_are_counted(book: Book) -> None:
    survival = book.judged("survival_with_transplant").direction
    assert survival is not None
    told = pointing(book, "survival_with_transplant")
    assert told.startswith(f"All {survival.compared} comparisons point the way of the claim that")
    assert f"Of these {survival.toward_before} was in print before the article" in told
    for ratio in survival.ratios.split("; "):
        value = re.search(r"[\d.]+ \(95% CI [^)]+\)", ratio)
        assert value
        assert f"of {value[0]} in 2 cohorts" in told
    both = pointing(book, "recurrence_with_transplant")
    assert both.startswith("Both comparisons point")
    assert "Both were in print before the article" in both
    assert "they give an odds ratio of relapse" in both


def test_what_cannot_be_compared_is_said_to_be_so(book: Book) -> None:
    assert pointing(book, "survival_without_editing") == (
        "No comparison can be made to see whether overall survival is longer without gene editing."
    )
    with pytest.raises(ValueError, match="'crs' is no direction"):
        pointing(book, "crs")


def test_the_size_of_the_cohorts_is_that_of_the_primary_set(book: Book) -> None:
    infused = sorted(int(n) for n in book.eligible()["n_infused"])
    told = size_sentences(book)
    assert told.cohorts == f"{len(infused)} cohorts"
    assert told.patients == f"{sum(infused)} patients"
    half = int(re.match(r"\d+", told.median)[0])  # type: ignore[index]
    assert sum(n <= half for n in infused) >= len(infused) / 2
    assert told.in_country == str((book.eligible()["country"] == told.country).sum())


def test_other_reviews_are_told_with_their_figures(book: Book) -> None:
    told = reviews_sentences(book)
    rows = book.evidence.other_reviews
    printed = rows.query("review_id == 'dashti_2025' and outcome == 'crs_any'")["value"].iloc[0]
    ours = words.percent(book.analyse("crs_any").primary.proportion.estimate)
    article = words.percent(book.claims("crs").estimate)
    assert (
        f"is {article} in the article, {printed:g}% in Dashti M 2025 and {ours} in this book, "
        "more than 5 percentage points apart." in told.crs_any
    )
    assert told.complete_remission == told.remission
    assert told.remission.endswith("within 5 percentage points of each other.")
    assert "complete remission from 55% to 100%" in told.ranges
    assert pooled_elsewhere(book, "relapse") == "18% (Dashti M 2025)"
    assert pooled_elsewhere(book, "non_relapse_death") == "nothing"
