"""The sentences on severe grades of a harm: of the pooled cohorts, and the known cases beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop import proportion_interval
from reviewbook import words
from reviewbook.evidence.rows import records_of
from reviewbook.words import Phrase
from reviewbook.words.frames import made_number, number_of, part_of, rows_of
from reviewbook.words.marked import told

from . import Sentences

if TYPE_CHECKING:
    from reviewbook.book import Book
    from reviewbook.pooling.analysis import Analysis


@told
def severe_sentences(book: Book, analysis: Analysis, severe: str) -> Sentences:
    """Return the phrases on `severe`, an outcome of ``outcomes.csv`` that counts high grades.

    `graded`, `severe` and `reach` are of the cohorts of `analysis` with readable grades; `known`
    names every other cohort with a case, and `reviews` what other reviews print.
    """
    inside = [str(cohort) for cohort in analysis.selection.included["cohort_id"]]
    counted = part_of(
        book.evidence.outcomes,
        f"outcome == {severe!r} and preferred and population == 'infused'",
    )
    graded = part_of(counted, f"cohort_id in {inside!r}")
    events, total = (
        made_number(graded, graded[n].sum(), f"int({{}}[{n!r}].sum())", f"{n} of all", "patients")
        for n in ("events", "total")
    )
    reach = made_number(
        graded,
        float(proportion_interval([events], [total])[1][0]),
        "float(proportion_interval([int({0}['events'].sum())], [int({0}['total'].sum())])[1][0])",
        "upper limit of the proportion of severe grades",
        "proportion",
        imports=("from metaprop import proportion_interval",),
    )
    data = records_of(book.evidence)
    known = [
        f"{words.of(row['events'], row['total'])} in "
        f"{words.spoken(data.cohorts[row['cohort_id']]['label'])}" + _grade(row["notes"] or "")
        for row in rows_of(counted)
        if row["events"] and row["cohort_id"] not in inside
    ]
    reviews = [
        f"{words.percent(row['value'] / 100)}"
        for row in rows_of(book.evidence.other_reviews)
        if row["outcome"] == severe and row["value"] is not None
    ]
    return Sentences(
        graded=words.count(number_of(graded, "cohorts with grades", "cohorts"), "cohort"),
        severe=words.of(events, total),
        reach=words.percent(reach),
        known=words.join(known) or Phrase("none"),
        reviews=words.join(reviews) or Phrase("nothing"),
    )


def _grade(notes: str) -> str:
    """Return the grade that a note begins with, as in "Grade 4. ICANS of any grade …"."""
    first = notes.partition(".")[0]
    return f" ({first[:1].lower()}{first[1:]})" if first.startswith("Grade ") else ""
