"""The numbers of the introduction: what the article has, and what this book has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.words.frames import number_of
from reviewbook.words.marked import told

from . import Sentences

if TYPE_CHECKING:
    from reviewbook.book import Book


@told
def introduction_sentences(book: Book) -> Sentences:
    """Return how much the article and this book rest on.

    `studies` and `patients` are those that the article prints, `values` the values and statements
    of it that ``claims.csv`` holds; `reports`, `cohorts` and `counts` are the rows of this book.
    """
    evidence, printed = book.evidence, book.claims("scope").values
    values = number_of(
        evidence.claims,
        "values and statements of the article",
        "values",
        shown=("quantity", "value", "unit"),
    )
    reports = number_of(
        evidence.reports, "reports read", "reports", shown=("first_author", "year", "journal")
    )
    cohorts = number_of(evidence.cohorts, "cohorts known", "cohorts", shown=("label", "n_infused"))
    counts = number_of(
        evidence.outcomes, "counts read", "counts", shown=("outcome", "events", "total")
    )
    return Sentences(
        studies=words.count(words.whole(printed["n_studies"]), "study"),
        patients=words.count(words.whole(printed["n_patients"]), "patient"),
        values=words.number(values, 0),
        reports=words.number(reports, 0),
        cohorts=words.number(cohorts, 0),
        counts=words.number(counts, 0),
    )
