"""The sentences that hold reviews of the same treatment against each other and this book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.pooling.reviews import OURS, review_values
from reviewbook.words import Phrase

from . import Sentences

if TYPE_CHECKING:
    from reviewbook.book import Book
    from reviewbook.pooling.reviews import ReviewValue

CLOSE = 0.05
"""How far apart estimates are: within so much of each other, or more."""


def reviews_sentences(book: Book) -> Sentences:
    """Return a sentence on remission, one on the reactions, and the number of printed figures."""
    found = review_values(book)
    first, *harms = book.review.outcomes

    def of(outcome: str) -> list[ReviewValue]:
        return [value for value in found if value.outcome == outcome]

    told = [
        f"{words.within_sentence(outcome.label)} {_apart(of(outcome.id))} "
        f"({_listed(of(outcome.id))})"
        for outcome in harms
    ]
    return Sentences(
        remission=Phrase(
            f"On {words.within_sentence(first.label)} the article, the reviews of the same "
            f"treatment and this book lie {_apart(of(first.id))}: {_listed(of(first.id))}."
        ),
        toxicity=Phrase(f"On harms: {'; '.join(told)}."),
        rows=words.count(len(book.evidence.other_reviews), "row"),
    )


def _apart(values: list[ReviewValue]) -> str:
    estimates = [value.estimate for value in values]
    points = words.number(100 * CLOSE, 0)
    near = max(estimates) - min(estimates) <= CLOSE + 1e-9
    return f"within {points} points of each other" if near else f"more than {points} points apart"


def _listed(values: list[ReviewValue]) -> Phrase:
    return words.join(
        f"{'this book' if value.review == OURS else value.review} {words.percent(value.estimate)}"
        for value in values
    )
