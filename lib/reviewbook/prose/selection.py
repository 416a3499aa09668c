"""The sentences of the chapter on study selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.pooling.eligibility import NO_REPORT, OVERLAP, TOO_FEW, UNREADABLE
from reviewbook.words import Phrase
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


@told
def selection_sentences(book: Book) -> Sentences:
    """Return the phrases on which cohorts entered the pools of the primary set.

    `known` and `at_most` are all cohorts and the patients they can have at most; `entered` and
    `patients` those of the first outcome. `left_out` says why the others are not in it, `gaps` how
    many of the cohorts that meet the rules give no readable count of each other outcome, and
    `groups` how many groups may share patients. `printed_k` and `printed_n` are the article's.
    """
    review, evidence = book.review, book.evidence
    first = book.select(review.outcomes[0].id)
    scope = evidence.claims[evidence.claims["topic"] == "scope"].set_index("quantity")["value"]
    gaps = [
        f"{int((book.select(outcome.id).excluded['stage'] == UNREADABLE).sum())} for "
        f"{book.spoken(outcome)}"
        for outcome in review.outcomes[1:]
    ]
    return Sentences(
        known=words.count(len(evidence.cohorts), "cohort"),
        at_most=words.count(int(first.flow["at_most"].iloc[0]), "patient"),
        entered=words.count(first.k, "cohort"),
        patients=words.count(first.n, "patient"),
        left_out=_left_out(book),
        gaps=words.join(gaps),
        groups=words.count(len({*evidence.cohorts["overlap_group"].dropna()} - {""}), "group"),
        printed_k=words.count(int(scope["n_studies"]), "study"),
        printed_n=words.count(int(scope["n_patients"]), "patient"),
    )


def _left_out(book: Book) -> Phrase:
    stages = book.select(book.review.outcomes[0].id).excluded["stage"].value_counts()
    parts = [
        f"{int(stages[stage])} {texts[int(stages[stage] > 1)]}"
        for stage, texts in _REASONS.items()
        if stage in stages
    ]
    return Phrase(f"Of the {words.count(int(stages.sum()), 'cohort')} left out {words.join(parts)}")
