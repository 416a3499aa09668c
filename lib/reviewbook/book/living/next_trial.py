"""What further trials are expected to do to a pool, before they report.

Counts of the further trials are drawn from the model of the cohorts read
(:func:`metaprop.draw_counts`), each draw is pooled with them by the comparison recipe, and what
comes of the draws is told. Nothing is tested, and no boundary is drawn at which to stop: the
Cochrane Handbook (chapter 22) advises against formal sequential methods in updates of a review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

import metaprop
from metaprop import CountSets, Interval
from reviewbook.evidence.claims import Claims
from reviewbook.ledger.verdicts import holds
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.words.computed import computed

IntArray = NDArray[np.int64]
DRAWS, SEED = 2_000, 20261128
SIZES = (20, 50, 100, 200)
"""Patients of a next trial that are tried: the sizes registered, and one larger than any."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What further trials are expected to show and to change.

    Attributes
    ----------
    sizes : tuple of int
        Patients of each.
    shown : Interval
        Share of their patients with the event: median, and the limits of 95 % of the draws.
    width_now, width : float
        Width of the 95 % interval of the pool now, and on average with them.
    estimate : Interval
        The pooled estimate with them: median, and the limits of 95 % of the draws.
    inside : float
        Share of draws in which the pooled estimate lies in the printed interval.
    holds : float
        Share of draws in which the printed value is reproduced or compatible.
    """

    sizes: tuple[int, ...]
    shown: Interval
    width_now: float
    width: float
    estimate: Interval
    inside: float
    holds: float

    @property
    def patients(self) -> int:
        """Patients of the further trials."""
        return sum(self.sizes)


def expectation(analysis: Analysis, sizes: Sequence[int], printed: Claims) -> Expectation:
    """Return what further trials of some sizes, all of them, are expected to do to a pool.

    Parameters
    ----------
    analysis : Analysis
        The pool as it is.
    sizes : sequence of int
        Patients of each further trial; at least one.
    printed : Claims
        What the article prints of the outcome, with an interval.

    Raises
    ------
    ValueError
        Without sizes, or without a printed interval.
    """
    if not sizes:
        raise ValueError("no size of a further trial is given; expected at least one")
    return _told(analysis, futures(analysis, sizes), sizes, printed)


def next_trials(
    analysis: Analysis, sizes: Sequence[int], printed: Claims
) -> tuple[Expectation, ...]:
    """Return what one further trial is expected to do, for each of some sizes."""
    drawn = futures(analysis, sizes)
    return tuple(
        _told(analysis, drawn[:, [column]], [size], printed) for column, size in enumerate(sizes)
    )


def futures(analysis: Analysis, sizes: Sequence[int]) -> IntArray:
    """Draw the counts of further trials, given those of the pool: one column a trial."""
    selection = analysis.selection
    return _futures(
        tuple(selection.events.tolist()), tuple(selection.totals.tolist()), tuple(sizes)
    )


@lru_cache(maxsize=32)
def _futures(events: tuple[int, ...], totals: tuple[int, ...], sizes: tuple[int, ...]) -> IntArray:
    drawn = computed(metaprop.draw_counts, events, totals, sizes, draws=DRAWS, seed=SEED)
    return drawn.events


def _told(
    analysis: Analysis, drawn: IntArray, sizes: Sequence[int], printed: Claims
) -> Expectation:
    if printed.low is None or printed.high is None:
        raise ValueError(f"no interval is printed for {printed.topic}; expected both limits")
    pools = pooled_with(analysis, drawn, sizes)
    now = proportion(analysis.comparison)
    return Expectation(
        sizes=tuple(sizes),
        shown=_middle(drawn.sum(axis=1) / sum(sizes)),
        width_now=now.high - now.low,
        width=float((pools.high - pools.low).mean()),
        estimate=_middle(pools.estimate),
        inside=float(((pools.estimate >= printed.low) & (pools.estimate <= printed.high)).mean()),
        holds=float(holds(printed, pools).mean()),
    )


def pooled_with(analysis: Analysis, drawn: IntArray, sizes: Sequence[int]) -> CountSets:
    """Pool each draw with the counts read, by the comparison recipe."""
    selection = analysis.selection
    read = np.broadcast_to(selection.events, (len(drawn), selection.k))
    totals = np.concatenate([selection.totals, list(sizes)])
    counts = np.column_stack([read, drawn])
    return computed(metaprop.pool_count_sets, counts, totals, analysis.comparison.recipe)


def _middle(values: NDArray[np.float64]) -> Interval:
    low, median, high = np.quantile(values, [0.025, 0.5, 0.975])
    return Interval(float(median), float(low), float(high))
