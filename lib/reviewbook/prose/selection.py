"""The sentences of the chapter on study selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.evidence.rows import records_of
from reviewbook.pooling.eligibility import NO_REPORT, OVERLAP, TOO_FEW, UNREADABLE
from reviewbook.pooling.selection import at_most
from reviewbook.words import Phrase
from reviewbook.words.frames import made_number, number_of, part_of
from reviewbook.words.marked import told

from . import Sentences

if TYPE_CHECKING:
    from reviewbook.book import Book

_REASONS = {
    NO_REPORT: ("has no eligible report", "have no eligible report"),
    TOO_FEW: ("has too few patients", "have too few patients"),
    UNREADABLE: ("gives no readable count", "give no readable count"),
    OVERLAP: ("may share patients with another", "may share patients with others"),
}

_COHORT = ("label", "n_infused", "overlap_group")
"""What a reader is shown of a cohort."""


@told
def selection_sentences(book: Book) -> Sentences:
    """Return the phrases on which cohorts entered the pools of the primary set.

    `known` and `at_most` are all cohorts and the patients they can have at most; `entered` and
    `patients` those of the first outcome. `left_out` says why the others are not in it, `gaps` how
    many of the cohorts that meet the rules give no readable count of each other outcome, and
    `groups` how many groups may share patients. `printed_k` and `printed_n` are the article's.
    """
    review, evidence = book.review, book.evidence
    first, printed = book.select(review.outcomes[0].id), book.claims("scope").values
    gaps = [
        f"{words.number(book.select(outcome.id).left_out_at(UNREADABLE), 0)} for "
        f"{book.spoken(outcome)}"
        for outcome in review.outcomes[1:]
    ]
    return Sentences(
        known=words.count(
            number_of(evidence.cohorts, "cohorts known", "cohorts", shown=_COHORT), "cohort"
        ),
        at_most=words.count(_most(book), "patient"),
        entered=words.count(first.k, "cohort"),
        patients=words.count(first.n, "patient"),
        left_out=_left_out(book),
        gaps=words.join(gaps),
        groups=words.count(_groups(book), "group"),
        printed_k=words.count(words.whole(printed["n_studies"]), "study"),
        printed_n=words.count(words.whole(printed["n_patients"]), "patient"),
    )


def _most(book: Book) -> int:
    """Return how many patients all cohorts can have, the largest of each overlap group counted."""
    cohorts = book.evidence.cohorts
    number: int = made_number(
        cohorts,
        at_most(records_of(book.evidence), cohorts["cohort_id"]),
        "at_most(records_of(book.evidence), {}['cohort_id'])",
        "patients in these cohorts, of cohorts that may share patients the largest alone",
        "patients",
        imports=(
            "from reviewbook.evidence.rows import records_of",
            "from reviewbook.pooling.selection import at_most",
        ),
        shown=_COHORT,
    )
    return number


def _groups(book: Book) -> int:
    """Return how many groups of cohorts may share patients."""
    grouped = part_of(book.evidence.cohorts, "overlap_group.fillna('') != ''")
    number: int = made_number(
        grouped,
        grouped["overlap_group"].nunique(),
        "{}['overlap_group'].nunique()",
        "groups of cohorts that may share patients",
        "groups",
        shown=_COHORT,
    )
    return number


def _left_out(book: Book) -> Phrase:
    first = book.select(book.review.outcomes[0].id)
    found = {stage: first.left_out_at(stage) for stage in _REASONS}
    parts = [
        f"{words.number(number, 0)} {_REASONS[stage][int(number > 1)]}"
        for stage, number in found.items()
        if number
    ]
    return Phrase(f"Of the {words.count(first.left_out, 'cohort')} left out {words.join(parts)}")
