"""Which counts are unread, from where to where they may lie, and every way to complete a pool."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import metaprop
from review_copy import ReviewCopy
from reviewbook.book import Book
from reviewbook.pooling import unread as module
from reviewbook.pooling.analysis import proportion
from reviewbook.pooling.unread import Unread, completions_of, unread_cohorts


def found(book: Book, outcome: str) -> dict[str, Unread]:
    unread = unread_cohorts(book, book.select(outcome))
    assert unread is not None
    return {one.cohort_id: one for one in unread}


def test_the_unread_are_the_cohorts_of_the_set_that_are_not_pooled(book: Book) -> None:
    eligible = set(book.eligible()["cohort_id"])
    for outcome in book.review.outcomes:
        pooled = set(book.select(outcome).included["cohort_id"])
        assert set(found(book, outcome.id)) == eligible - pooled
    assert found(book, "complete_remission") == {}
    assert len(found(book, "crs_any")) == 5
    assert len(found(book, "crs_grade3plus")) == 6  # Lu 2024 says mild and gives no grade


def test_events_printed_elsewhere_of_the_same_patients_raise_the_least_count(book: Book) -> None:
    """The early report of GC027 prints 5 severe reactions in 5 of the 12 patients."""
    severe = found(book, "crs_grade3plus")["gc027_leukemia12"]
    assert (severe.size, severe.at_least) == (12, 5)
    assert severe.source == "Wang X 2020 prints 5/5"
    none = found(book, "icans_any")["gc027_leukemia12"]
    assert none.at_least == 0  # nobody then; somebody may have had it later
    # BE-CAR7: the eleven of 2025 hold the three of 2023, and not the other way round.
    assert found(book, "crs_any")["be_car7_first3"].at_least == 0


def test_a_cohort_whose_patients_are_counted_elsewhere_is_not_unread(copy: ReviewCopy) -> None:
    line = copy.line_of("cohorts.csv", cohort_id="zhengzhou_nanobody")
    copy.put("cohorts.csv", line, overlap_group="rd13", notes="made up")
    line = copy.line_of("cohorts.csv", cohort_id="rd13_01")
    copy.put("cohorts.csv", line, overlap_group="rd13", in_set_2024="no", in_set_all="no")
    assert "zhengzhou_nanobody" not in found(copy.book(), "crs_any")


def test_every_completion_is_pooled_as_it_would_be_alone(book: Book) -> None:
    analysis = book.analyse("crs_any")
    selection, recipe = analysis.selection, analysis.comparison.recipe
    unread = (Unread("a", "A", 3), Unread("b", "B", 2, at_least=1), Unread("c", "C", 1))
    got = completions_of(selection, unread, recipe, proportion(analysis.comparison).estimate)
    assert got.complete
    assert got.expected == (3, 2, 1)
    assert {tuple(row) for row in got.counts.tolist()} == set(
        itertools.product(range(4), (1, 2), range(2))
    )
    for i in (0, 5, len(got) - 1):
        alone = metaprop.pool(
            [*selection.events, *got.counts[i]], [*selection.totals, 3, 2, 1], recipe
        ).proportion
        assert alone is not None
        assert (got.pools.estimate[i], got.pools.low[i], got.pools.high[i]) == pytest.approx(
            tuple(alone), abs=1e-12
        )


def test_the_mildest_moves_fewest_patients_then_fewest_cohorts(book: Book) -> None:
    analysis = book.analyse("crs_any")
    unread = (Unread("a", "A", 4), Unread("b", "B", 4))
    got = completions_of(analysis.selection, unread, analysis.comparison.recipe, 0.5)
    assert got.expected == (2, 2)
    everything = np.ones(len(got), dtype=bool)
    assert got.counts[got.mildest(everything)].tolist() == [2, 2]
    off_by_two = np.abs(got.counts - 2).sum(axis=1) == 2
    assert sorted(np.abs(got.counts[got.mildest(off_by_two)] - 2).tolist()) == [0, 2]
    assert got.mildest(~everything) is None


def test_too_many_are_drawn(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_COMPLETIONS", 100)
    monkeypatch.setattr(module, "DRAWN", 500)
    analysis = book.analyse("crs_any")
    unread = tuple(Unread(c, c, 6, at_least=2) for c in "abcd")
    got = completions_of(analysis.selection, unread, analysis.comparison.recipe, 0.9)
    assert not got.complete
    assert len(got) == 503
    assert got.counts[:3].tolist() == [[2] * 4, [5] * 4, [6] * 4]
    assert got.counts.min() == 2
    assert got.counts.max() == 6


def test_an_unknown_size_is_said(copy: ReviewCopy) -> None:
    text = "study,patients,crs_any_events,crs_any_total,icans_any_events,icans_any_total\n"
    rows = "A,,9,10,,\nB,10,,,1,10\nC,,,,1,9\n"
    (copy.data / "article_study_table.csv").write_text(text + rows, encoding="utf-8")
    book = copy.book()
    assert unread_cohorts(book, book.select("crs_any", "article_table")) is None
    assert "size of a cohort" in book.judged("crs", "article_table").reason
    assert book.judged("crs", "article_table").verdict == "cannot decide"
