"""The pools of a multiverse in order: how they spread, and where along it each choice lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .choice_effects import estimates_by_level, level_spreads, variance_shares
from .multiverse import FloatArray, Multiverse

LEAST = 0.01
"""Choices that explain a smaller share of the variance between analyses are named, not shown."""
STEPS = 120
"""Neighbourhoods of the curve; each holds as many pools as the next."""
BINS = 24
"""Steps along the curve in which the pools of a level are counted."""
SHOWN = (0.005, 0.995)
"""Quantiles of the estimates between which the axis of the histogram lies at least."""
WIDTHS = (0.0025, 0.005, 0.01, 0.02)
FEWEST_BINS, MOST_BINS = 20, 60


@dataclass(frozen=True, slots=True, eq=False)
class Specification:
    """The specification curve of a multiverse.

    Attributes
    ----------
    curve : DataFrame
        ``rank estimate low high``: neighbourhoods in order of the estimate; `rank` is the share of
        pools up to their middle, the others are medians.
    levels : DataFrame
        ``choice name share level pools estimate low high``: every level of the choices that matter,
        in falling order of `share`, the share of the variance between analyses that the choice
        explains by itself; median and middle nine tenths of the estimates of its pools.
    places : DataFrame
        ``choice level step pools``: how many pools of a level lie in each of :data:`BINS` steps
        along the curve, from 0.
    minor : DataFrame
        ``name share`` of the choices left out, which explain less than :data:`LEAST`.
    rest : float
        Share that only combinations of choices explain.
    median : float
        Median of all estimates.
    """

    curve: pd.DataFrame
    levels: pd.DataFrame
    places: pd.DataFrame
    minor: pd.DataFrame
    rest: float
    median: float

    def rank_of(self, estimate: float) -> float:
        """Return the share of pools up to an estimate, read off the curve; 0 or 1 beyond it."""
        found = np.interp(estimate, self.curve["estimate"], self.curve["rank"], left=0, right=1)
        return float(found)


def specification(universe: Multiverse) -> Specification:
    """Put the pools in order and count where the pools of every choice lie."""
    shares = variance_shares(universe)[["choice", "name", "estimate"]]
    shares = shares.rename(columns={"estimate": "share"})
    is_rest = shares["choice"] == "rest"
    own = shares[~is_rest]
    shown = own[own["share"] >= LEAST]
    levels = shown.merge(level_spreads(universe), on="choice", how="inner")
    everything = np.sort(universe.estimate[universe.distinct])
    places = []
    by_level = estimates_by_level(universe)
    for row in levels.to_dict("records"):
        counts = along(by_level[row["choice"]][row["level"]], everything)
        places += [(row["choice"], row["level"], step, n) for step, n in enumerate(counts)]
    return Specification(
        curve=curve_of(universe),
        levels=levels,
        places=pd.DataFrame(places, columns=["choice", "level", "step", "pools"]),
        minor=own.loc[own["share"] < LEAST, ["name", "share"]].reset_index(drop=True),
        rest=float(shares.loc[is_rest, "share"].iloc[0]),
        median=float(np.median(everything)),
    )


def along(estimates: FloatArray, everything: FloatArray) -> list[int]:
    """Count estimates by their rank among all, sorted ones, in :data:`BINS` equal steps.

    Pools of one estimate share the middle of their ranks.
    """
    below = np.searchsorted(everything, estimates, side="left")
    upto = np.searchsorted(everything, estimates, side="right")
    ranks = (below + upto) / (2 * len(everything))
    counts, _ = np.histogram(ranks, bins=BINS, range=(0.0, 1.0))
    return [int(n) for n in counts]


def curve_of(universe: Multiverse) -> pd.DataFrame:
    """Gather the pools, in order of their estimate, into at most :data:`STEPS` neighbourhoods."""
    used = universe.distinct
    frame = pd.DataFrame(
        {name: getattr(universe, name)[used] for name in ("estimate", "low", "high")}
    ).sort_values("estimate", kind="stable")
    edges = np.linspace(0, len(frame), min(STEPS, len(frame)) + 1).round().astype(int)
    curve = frame.groupby(np.repeat(edges[:-1], np.diff(edges))).median()
    curve.insert(0, "rank", (edges[:-1] + edges[1:]) / (2 * len(frame)))
    return curve.reset_index(drop=True)


def histogram(estimates: FloatArray, *values: Any) -> pd.DataFrame:
    """Count pools by their estimate, in equal steps: :data:`WIDTHS`, or finer for a rare outcome.

    Parameters
    ----------
    estimates : ndarray
        One a pool.
    *values : Interval or Claims
        Values with ``estimate low high`` that must lie on the axis as well; what is None is left
        out.

    Returns
    -------
    DataFrame
        ``low high pools`` in rising order. The first and the last row hold the pools that lie
        beyond the axis; their outer limits are 0 and 1.
    """
    ends = [float(q) for q in np.quantile(estimates, SHOWN)]
    for value in values:
        ends += [v for v in (value.low, value.estimate, value.high) if v is not None]
    span = max(ends) - min(ends)
    width = next((w for w in WIDTHS if span / w <= MOST_BINS), WIDTHS[-1])
    while 0 < span < FEWEST_BINS * width:
        width /= 5
    first, last = int(np.floor(min(ends) / width)), int(np.ceil(max(ends) / width))
    edges = np.arange(max(first - 1, 0), min(last + 1, round(1 / width)) + 1) * width
    # An estimate of 1 belongs to the last step, whatever the last bits of its edge.
    inside = np.clip(estimates, 0.0, 1.0)
    counts, _ = np.histogram(inside, bins=np.concatenate(([-1.0], edges, [2.0])))
    if edges[-1] > 1 - width / 2:
        counts[-2:] = counts[-2] + counts[-1], 0
    return pd.DataFrame(
        {
            "low": np.concatenate(([0.0], edges)),
            "high": np.concatenate((edges, [1.0])),
            "pools": counts,
        }
    )
