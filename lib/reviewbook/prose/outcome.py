"""The sentences an outcome chapter tells, computed from its analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.words import Phrase

from . import Sentences

if TYPE_CHECKING:
    from reviewbook.book import Book
    from reviewbook.evidence.claims import Claims
    from reviewbook.pooling.analysis import Analysis


def outcome_sentences(book: Book, analysis: Analysis) -> Sentences:
    """Return the phrases of `analysis`, an outcome of `book` with printed values.

    `crude` adds events and totals up without a model; `primary` is the estimate the book stands
    behind, `comparison` the one a printed value is held against; `spread` names the lowest and the
    highest cohort; `marks` says how many of the counts are reported, derived and secondary.
    """
    selection = analysis.selection
    claims = book.claims(analysis.outcome.topic)
    judged = book.judged(analysis.outcome.topic)
    return Sentences(
        cohorts=words.count(selection.k, "cohort"),
        patients=words.count(selection.n, "patient"),
        crude=words.counts(int(selection.events.sum()), int(selection.totals.sum())),
        primary=words.interval(analysis.primary),
        comparison=words.interval(analysis.comparison),
        prediction=_prediction(analysis),
        printed=words.interval(claims),
        printed_i2=_printed_i2(claims),
        verdict=words.verdict(judged.verdict),
        reason=Phrase(judged.reason),
        heterogeneity=words.heterogeneity(analysis.comparison, analysis.i2_interval),
        spread=_spread(analysis),
        left_out=_left_out(analysis),
        marks=_marks(analysis),
    )


def _printed_i2(claims: Claims) -> Phrase:
    if claims.i2 is None:
        return Phrase("not printed")
    return words.percent(claims.i2, digits=claims.digits["i2"])


def _prediction(analysis: Analysis) -> Phrase:
    interval = analysis.primary.prediction
    if interval is None:
        return Phrase(f"With {words.count(analysis.selection.k, 'cohort')} no prediction is made.")
    low, high = words.percent(interval.low), words.percent(interval.high)
    text = (
        f"In a new cohort of the same kind the proportion is expected between {low} and {high} "
        "(95% prediction interval)."
    )
    if analysis.primary.tau2 == 0:
        text += (
            " The model finds no variation between cohorts (τ² = 0), so this is the confidence "
            "interval again; with counts this small it does not show that cohorts are alike."
        )
    return Phrase(text)


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
