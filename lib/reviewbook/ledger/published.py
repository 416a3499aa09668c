"""Published values of a review of one table of studies, judged."""

from __future__ import annotations

from metaprop import Interval
from reviewbook import words
from reviewbook.pooling.analysis import proportion
from reviewbook.pooling.study_book import StudyBook

from .verdicts import CANNOT_DECIDE, REPRODUCED, verdict_of, why


def judged(book: StudyBook, outcome: str) -> tuple[str, str]:
    """Return the verdict on a published value, and what it rests on.

    The published proportion is held against the comparison recipe, by the rules of
    :mod:`reviewbook.ledger.verdicts`. Without a published interval only equality at the printed
    precision can be told; anything else cannot be decided.
    """
    printed, analysis = book.studies.printed[outcome], book.analyse(outcome)
    least = book.digits(outcome)
    ours: Interval = proportion(analysis.comparison)
    if printed.low is None or printed.high is None:
        assert printed.estimate is not None
        digits = printed.digits["pooled_proportion"]
        own = words.percent(ours.estimate, digits=max(digits, least))
        theirs = words.percent(printed.estimate, digits=digits)
        start = f"Our estimate is {own}, {theirs} is printed"
        if words.prints_as(ours.estimate, printed.estimate, digits).all():
            return REPRODUCED, f"{start}: equal at the printed precision."
        return CANNOT_DECIDE, f"{start} without an interval."
    nouns, selection = book.review.words, analysis.selection
    basis = f"{nouns.count_studies(selection.k)}, {nouns.count_people(selection.n)}"
    return verdict_of(printed, ours), why(printed, ours, basis=basis, least=least)
