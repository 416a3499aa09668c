"""The sentences that hold reviews of the same treatment against each other and this book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.pooling.reviews import OURS, review_values
from reviewbook.words import Phrase
from reviewbook.words.frames import number_of, rows_of
from reviewbook.words.marked import told

from . import Sentences

if TYPE_CHECKING:
    from reviewbook.book import Book
    from reviewbook.pooling.reviews import ReviewValue
    from reviewbook.review.settings import Outcome

CLOSE = 0.05
"""How far apart estimates are: within so much of each other, or more."""


@told
def reviews_sentences(book: Book) -> Sentences:
    """Return what reviews of the same treatment print beside what this book finds.

    Each outcome has a sentence under its identifier; `remission` is that on the first one and
    `toxicity` those on the others. `ranges` lists the ranges over trials that reviews print in
    place of a pool; `rows` counts the figures of other reviews.
    """
    found = review_values(book)
    told = [
        _sentence(book, outcome, [one for one in found if one.outcome == outcome.id])
        for outcome in book.review.outcomes
    ]
    return Sentences(
        remission=Phrase(told[0]),
        toxicity=Phrase(" ".join(told[1:])),
        ranges=_ranges(book),
        rows=words.count(_printed(book), "row"),
        **{one.id: Phrase(text) for one, text in zip(book.review.outcomes, told, strict=True)},
    )


def _printed(book: Book) -> int:
    """Return how many figures of other reviews the evidence holds."""
    shown = ("first_author", "year", "outcome", "value", "range_low", "range_high")
    return number_of(book.evidence.other_reviews, "rows of other reviews", "rows", shown=shown)


def _sentence(book: Book, outcome: Outcome, values: list[ReviewValue]) -> str:
    """Tell the pooled proportions of an outcome, and how far apart they lie."""
    estimates = [value.estimate for value in values]
    each = words.join(
        f"{words.percent(value.estimate)} in {_called(book, value.review)}" for value in values
    )
    text = f"For {book.spoken(outcome)} the pooled proportion is {each}"
    if len(values) < 2:
        return f"{text}; no other review here prints it."
    points = words.number(100 * CLOSE, 0)
    if max(estimates) - min(estimates) <= CLOSE + 1e-9:
        return f"{text}, within {points} percentage points of each other."
    return f"{text}, more than {points} percentage points apart."


def _called(book: Book, name: str) -> str:
    """Return how a sentence speaks of a review that the figures name by author and year."""
    if name == OURS:
        return "this book"
    article = book.review.article
    author = article and article.citation.partition(",")[0]
    return "the article" if author and name.startswith(f"{author} ") else name


def _ranges(book: Book) -> Phrase:
    return words.join(
        f"{words.within_sentence(book.review.outcome_words(row['outcome']))} from "
        f"{words.percent(row['range_low'] / 100)} to {words.percent(row['range_high'] / 100)}"
        for row in rows_of(book.evidence.other_reviews)
        if row["statistic"] == "range"
    )
