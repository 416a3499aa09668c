"""Counts of a grid of rules are those of the selections by these rules."""

from __future__ import annotations

import pytest

from reviewbook.book import Book
from reviewbook.robustness.choices import rule_grid
from reviewbook.robustness.grid_counts import GridCounts


@pytest.mark.parametrize("outcome", ["complete_remission", "icans_any"])
def test_counts_are_those_of_the_selection(book: Book, outcome: str) -> None:
    grid = GridCounts(book.evidence, book.review, book.review.outcome(outcome))
    sizes = set()
    for _, changes in rule_grid(book)[::7]:
        selection = book.select(outcome, **changes)
        found = grid.of(book.rules().but(**changes))
        assert found.events.tolist() == selection.events.tolist()
        assert found.totals.tolist() == selection.totals.tolist()
        assert (found.k, found.n) == (selection.k, selection.n)
        sizes.add(found.k)
    assert len(sizes) > 5


def test_a_further_outcome_brings_its_own_denominator(book: Book) -> None:
    further = book.review.further_outcomes[0]
    grid = GridCounts(book.evidence, book.review, further)
    selection = book.select(further, min_patients=3)
    assert grid.of(book.rules().but(min_patients=3)).events.tolist() == selection.events.tolist()


def test_unknown_words_are_refused(book: Book) -> None:
    grid = GridCounts(book.evidence, book.review, book.review.outcomes[0])
    with pytest.raises(ValueError, match="populations must name some of"):
        grid.of(book.rules().but(populations=("martians",)))
