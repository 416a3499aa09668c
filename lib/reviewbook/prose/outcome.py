"""The sentences an outcome chapter tells, computed from its analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.ledger.verdicts import NOT_CHECKABLE
from reviewbook.pooling.group_tests import group_tests
from reviewbook.pooling.new_cohort import FEWEST_COHORTS
from reviewbook.words import Phrase

from . import Sentences

if TYPE_CHECKING:
    from reviewbook.book import Book
    from reviewbook.evidence.claims import Claims
    from reviewbook.pooling.analysis import Analysis


SMALL_P = 0.05
"""A p below it is counted as small; nothing is decided by it."""


def outcome_sentences(book: Book, analysis: Analysis) -> Sentences:
    """Return the phrases of `analysis`, an outcome of `book`, beside what the article prints.

    `crude` adds events and totals up without a model; `primary` is the estimate the book stands
    behind, `comparison` the one a printed value is held against; `spread` names the lowest and the
    highest cohort; `groups` how many tests between groups the book makes, and the smallest p among
    those of this outcome; `marks` says how many of the counts are reported, derived and secondary.
    """
    selection = analysis.selection
    claims = book.claims(analysis.outcome.topic)
    verdict, reason = _judged(book, analysis.outcome.topic)
    return Sentences(
        cohorts=words.count(selection.k, "cohort"),
        patients=words.count(selection.n, "patient"),
        crude=words.counts(int(selection.events.sum()), int(selection.totals.sum())),
        primary=words.interval(analysis.primary),
        per_100=Phrase("") if analysis.per_100 is None else words.per_100(analysis.per_100),
        comparison=words.interval(analysis.comparison),
        prediction=_prediction(analysis),
        groups=_groups(book, analysis),
        printed=words.interval(claims),
        printed_i2=_printed_i2(claims),
        verdict=words.verdict(verdict),
        reason=Phrase(reason),
        heterogeneity=words.heterogeneity(analysis.comparison, analysis.i2_interval),
        spread=_spread(analysis),
        left_out=_left_out(analysis),
        marks=_marks(analysis),
    )


def _judged(book: Book, topic: str) -> tuple[str, str]:
    """Return verdict and reason; an outcome that the article does not print has none to check."""
    if not topic:
        return NOT_CHECKABLE, "The article prints no value for it."
    judged = book.on_proportion(topic)
    return judged.verdict, judged.reason


def _printed_i2(claims: Claims) -> Phrase:
    if claims.i2 is None:
        return Phrase("not printed")
    return words.percent(claims.i2, digits=claims.digits["i2"])


def _prediction(analysis: Analysis) -> Phrase:
    interval = analysis.new_cohort
    if interval is None:
        found = words.count(analysis.selection.k, "cohort")
        return Phrase(
            f"With {found} no prediction is made: it takes at least {FEWEST_COHORTS} to see how "
            "far cohorts differ."
        )
    low, high = words.percent(interval.low), words.percent(interval.high)
    return Phrase(
        f"The true rate of a new cohort of the same kind is expected between {low} and {high} "
        f"({words.percent(analysis.primary.recipe.level)} prediction interval); the share counted "
        "in a small cohort can lie outside."
    )


def _groups(book: Book, analysis: Analysis) -> Phrase:
    """Say how many tests between groups the book makes, and which of this outcome is smallest."""
    tests = group_tests(book)
    outcomes, characteristics = tests["outcome"].nunique(), tests["variable"].nunique()
    small = int((tests["pvalue"] < SMALL_P).sum())
    text = (
        f"No test between groups stands alone. This book makes {words.number(len(tests), 0)} of "
        f"them ({words.count(outcomes, 'outcome')} by "
        f"{words.count(characteristics, 'characteristic')}), and {words.number(small, 0)} "
        f"{'has' if small == 1 else 'have'} a p below {SMALL_P:g}; if nothing differed, chance "
        f"alone would give {words.number(len(tests) * SMALL_P, 1)} on average."
    )
    here = tests[tests["outcome"] == analysis.outcome.id].sort_values("pvalue", kind="stable")
    if here.empty:
        return Phrase(f"{text} For this outcome none could be made.")
    least = here.iloc[0]
    single = int(least["single"])
    return Phrase(
        f"{text} The smallest for this outcome is {words.pvalue(least['pvalue'])}, by "
        f"{words.within_sentence(least['title'])}; of its {words.count(least['groups'], 'group')} "
        f"{single or 'none'} {'is' if single < 2 else 'are'} a single cohort."
    )


def _spread(analysis: Analysis) -> Phrase:
    selection = analysis.selection
    share = selection.events / selection.totals
    low, high = int(share.argmin()), int(share.argmax())

    def one(i: int) -> str:
        counts = words.counts(int(selection.events[i]), int(selection.totals[i]))
        return f"{counts} ({selection.labels[i]})"

    return Phrase(f"from {one(low)} to {one(high)}")


def _left_out(analysis: Analysis) -> Phrase:
    excluded = analysis.selection.excluded
    stages = excluded["stage"].value_counts()
    parts = [f"{count} for {stage}" for stage, count in stages.items()]
    return Phrase(f"{words.count(len(excluded), 'cohort')} left out: {words.join(parts)}")


def _marks(analysis: Analysis) -> Phrase:
    counts = analysis.selection.included["status"].value_counts()
    return words.join([f"{n} {status}" for status, n in counts.items()])
