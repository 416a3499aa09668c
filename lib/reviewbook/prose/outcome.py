"""The sentences an outcome chapter tells, computed from its analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.ledger.verdicts import NOT_CHECKABLE
from reviewbook.pooling.eligibility import NO_REPORT, OVERLAP, TOO_FEW, UNREADABLE
from reviewbook.pooling.group_tests import group_tests
from reviewbook.pooling.new_cohort import FEWEST_COHORTS
from reviewbook.words import Phrase
from reviewbook.words.frames import made_number, number_of, part_of, rows_of
from reviewbook.words.marked import told

from . import Sentences

if TYPE_CHECKING:
    from reviewbook.book import Book
    from reviewbook.evidence.claims import Claims
    from reviewbook.pooling.analysis import Analysis


SMALL_P = 0.05
"""A p below it is counted as small; nothing is decided by it."""

_REASONS = {
    NO_REPORT: "had no report that the rules allow",
    TOO_FEW: "had too few patients",
    UNREADABLE: "had no count that could be read",
    OVERLAP: "may share patients with a cohort in the pool",
}
_MARKS = {
    "reported": "printed as such in a report",
    "derived": "worked out from a report's numbers",
    "secondary": "taken from another document",
}


@told
def outcome_sentences(book: Book, analysis: Analysis) -> Sentences:
    """Return the phrases of `analysis`, an outcome of `book`, beside what the article prints.

    `crude` adds events and totals up without a model; `primary` is the estimate the book stands
    behind, `comparison` the one a printed value is held against; `per_100` is the mean over
    cohorts, `in_words` the same as one would say it; `spread` names the lowest and the highest
    cohort; `groups` how many tests between groups are made for this outcome, with the smallest p,
    `every_test` how many for all of them; `left_out` and `marks` say why cohorts are left out, and
    how many of the counts are reported, derived and secondary.
    """
    selection = analysis.selection
    claims = book.claims(analysis.outcome.topic)
    verdict, reason = _judged(book, analysis.outcome.topic)
    return Sentences(
        cohorts=words.count(selection.k, "cohort"),
        patients=words.count(selection.n, "patient"),
        crude=words.of(selection.events_in_all, selection.n),
        primary=words.interval(analysis.primary),
        per_100=Phrase("") if analysis.per_100 is None else words.per_100(analysis.per_100),
        in_words=_in_words(analysis),
        comparison=words.interval(analysis.comparison),
        prediction=_prediction(analysis),
        groups=_groups(book, analysis),
        every_test=_every_test(book),
        printed=words.interval(claims),
        printed_i2=_printed_i2(claims),
        verdict=words.verdict(verdict),
        reason=Phrase(reason),
        heterogeneity=words.heterogeneity(analysis.comparison, analysis.i2_interval),
        spread=_spread(analysis),
        left_out=_left_out(analysis),
        marks=_marks(analysis),
    )


@told
def sentences_zh(book: Book, analysis: Analysis) -> Sentences:
    """Return the phrases of `analysis` for Chinese text: counts, both estimates, the verdict."""
    selection, topic = analysis.selection, analysis.outcome.topic
    return Sentences(
        cohorts=words.number(selection.k, 0),
        patients=words.number(selection.n, 0),
        primary=words.interval_zh(analysis.primary),
        printed=words.interval_zh(book.claims(topic)),
        verdict=words.verdict_zh(book.verdict(topic)),
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
    """Say how many tests between groups are made for an outcome, and which is smallest."""
    tests = group_tests(book)
    here = part_of(tests, f"outcome == {analysis.outcome.id!r}")
    if here.empty:
        return Phrase("No test between groups could be made for this outcome.")
    least = min(rows_of(here), key=lambda row: float(row["pvalue"]))
    by = words.join(words.within_sentence(title) for title in here["title"])
    single = least["single"]
    made = number_of(here, "tests between groups made for this outcome", "tests")
    return Phrase(
        f"Of the {words.count(made, 'test')} between groups made here (by {by}), the one by "
        f"{words.within_sentence(least['title'])} gives the smallest p, {_bare(least['pvalue'])}; "
        f"of its {words.count(least['groups'], 'group')} {_or_none(single)} "
        f"{'is' if single < 2 else 'are'} a single cohort."
    )


def _every_test(book: Book) -> Phrase:
    """Say how many tests between groups the book makes, and how many of them are small."""
    tests = group_tests(book)
    made = number_of(tests, "tests between groups that the book makes", "tests")
    small = number_of(tests, "tests with a small p", "tests", query=f"pvalue < {SMALL_P}")
    outcomes = made_number(
        tests,
        tests["outcome"].nunique(),
        "{}['outcome'].nunique()",
        "outcomes with a test between groups",
        "outcomes",
    )
    return Phrase(
        f"The {words.count(outcomes, 'outcome')} of the article take {words.plain_number(made)} "
        f"such tests together, and {words.plain_number(small)} of them "
        f"{'has' if small == 1 else 'have'} a p below {SMALL_P:g}; if nothing differed, chance "
        f"alone would give {words.number(made * SMALL_P, 1)} on average."
    )


def _or_none(number: int) -> str:
    return str(words.plain_number(number)) if number else "none"


def _bare(pvalue: float) -> str:
    """Return a p-value without its letter, as in ``0.072`` or ``< 0.001``."""
    return str(words.pvalue(pvalue)).removeprefix("p ").removeprefix("= ")


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _in_words(analysis: Analysis) -> Phrase:
    """Return the pooled proportion as one would say it; "" when it is of no hundred."""
    if analysis.per_100 is None or analysis.per_100.estimate is None:
        return Phrase("")
    return words.frequency(analysis.per_100.estimate / 100)


def _spread(analysis: Analysis) -> Phrase:
    selection = analysis.selection
    share = selection.events / selection.totals
    low, high = int(share.argmin()), int(share.argmax())

    def one(i: int) -> str:
        count = selection.counts[i]
        told = words.of(count.events, count.total)
        return f"{told} patients in {words.spoken(selection.labels[i])}"

    return Phrase(f"from {one(low)} to {one(high)}")


def _left_out(analysis: Analysis) -> Phrase:
    """Say how many cohorts are left out, with the rule that each meets first."""
    selection = analysis.selection
    parts = [
        f"{words.plain_number(selection.left_out_at(str(stage)))} "
        f"{_REASONS.get(str(stage), f'for {stage}')}"
        for stage in selection.excluded["stage"].value_counts().index
    ]
    number = selection.left_out
    return Phrase(f"{words.count(number, 'cohort')} {_were(number)} left out: {words.join(parts)}")


def _marks(analysis: Analysis) -> Phrase:
    selection = analysis.selection
    numbers = {
        str(mark): selection.with_status(str(mark))
        for mark in selection.included["status"].value_counts().index
    }
    return words.join(
        f"{words.plain_number(n)} {_were(n)} {_MARKS.get(mark, mark)}"
        for mark, n in numbers.items()
    )
