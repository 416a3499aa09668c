"""The sentences on severe grades of a harm: of the pooled cohorts, and the known cases beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop import proportion_interval
from reviewbook import words
from reviewbook.evidence.rows import records, records_of
from reviewbook.words import Phrase

from . import Sentences

if TYPE_CHECKING:
    from reviewbook.book import Book
    from reviewbook.pooling.analysis import Analysis


def severe_sentences(book: Book, analysis: Analysis, severe: str) -> Sentences:
    """Return the phrases on `severe`, an outcome of ``outcomes.csv`` that counts high grades.

    `graded`, `severe` and `reach` are of the cohorts of `analysis` with readable grades; `known`
    names every other cohort with a case, and `reviews` what other reviews print.
    """
    inside = set(analysis.selection.included["cohort_id"])
    rows = [
        row
        for row in records(book.evidence.outcomes)
        if row["outcome"] == severe and row["preferred"] and row["population"] == "infused"
    ]
    pooled = [row for row in rows if row["cohort_id"] in inside]
    events, total = sum(row["events"] for row in pooled), sum(row["total"] for row in pooled)
    data = records_of(book.evidence)
    known = [
        f"{row['events']} of {row['total']} in "
        f"{words.spoken(data.cohorts[row['cohort_id']]['label'])}" + _grade(row["notes"] or "")
        for row in rows
        if row["events"] and row["cohort_id"] not in inside
    ]
    reviews = [
        f"{words.percent(row['value'] / 100)}"
        for row in records(book.evidence.other_reviews)
        if row["outcome"] == severe and row["value"] is not None
    ]
    return Sentences(
        graded=words.count(len(pooled), "cohort"),
        severe=Phrase(f"{events} of {total}"),
        reach=words.percent(float(proportion_interval([events], [total])[1][0])),
        known=words.join(known) or Phrase("none"),
        reviews=words.join(reviews) or Phrase("nothing"),
    )


def _grade(notes: str) -> str:
    """Return the grade that a note begins with, as in "Grade 4. ICANS of any grade …"."""
    first = notes.partition(".")[0]
    return f" ({first[:1].lower()}{first[1:]})" if first.startswith("Grade ") else ""
