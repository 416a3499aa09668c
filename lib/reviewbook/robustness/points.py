"""The points of funnel and Baujat plots: each cohort of an analysis, and where chance would lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import metaprop
from reviewbook.pooling.analysis import Analysis, proportion

Z = 1.959963984540054
TICKS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
ENDED = ("raw", "arcsine", "double_arcsine")
"""Scales on which 0 and 1 have a place."""


@dataclass(frozen=True, slots=True, eq=False)
class FunnelPoints:
    """Cohorts against their precision, and the limits that chance alone would give.

    Attributes
    ----------
    table : DataFrame
        One row a cohort, ``label events total proportion outside before`` and, by standard
        error, ``yi sei``; `outside` says whether it lies beyond the limits, `before` counts the
        cohorts above it in the table that lie at the same place.
    x, y : str
        Columns of effect and precision.
    measure : str
        The precision in words.
    centre : float
        Pooled effect, in the unit of `x`.
    limits : DataFrame
        ``at low high``: between which effects 95% of cohorts of precision `at` would lie if all
        had the pooled proportion.
    ticks : tuple of (float, float)
        Place on the axis of effects and proportion there.
    span : tuple of float
        Ends of the axis of effects: it holds every cohort and limit, and ends where no cohort can
        lie.
    """

    table: pd.DataFrame
    x: str
    y: str
    measure: str
    centre: float
    limits: pd.DataFrame
    ticks: tuple[tuple[float, float], ...]
    span: tuple[float, float]


def funnel_points(analysis: Analysis, axis: str) -> FunnelPoints:
    """Return the points of a funnel plot by the comparison recipe.

    Parameters
    ----------
    axis : {"standard-error", "sample-size"}
        standard-error: effects on the scale of the recipe against their standard errors, with
        limits μ ± 1.96 s. sample-size: proportions against patients, with limits
        p ± 1.96 √(p (1 − p) / n), cut at 0 and 1 (Hunter et al. 2014).

    Raises
    ------
    ValueError
        When `axis` is unknown.
    """
    if axis not in FUNNELS:
        raise ValueError(f"axis {axis!r} is unknown; allowed: {', '.join(FUNNELS)}")
    return FUNNELS[axis](analysis)


def _cohorts(analysis: Analysis) -> pd.DataFrame:
    selection = analysis.selection
    frame = pd.DataFrame(
        {"label": selection.labels, "events": selection.events, "total": selection.totals}
    )
    return frame.assign(proportion=frame["events"] / frame["total"])


def _by_error(analysis: Analysis) -> FunnelPoints:
    sizes, centre = analysis.effect_sizes(), analysis.comparison.working.estimate
    table = _cohorts(analysis)[sizes.kept].reset_index(drop=True)
    table["yi"], table["sei"] = sizes.yi, np.sqrt(sizes.vi)
    table["outside"] = (table["yi"] - centre).abs() > Z * table["sei"]
    at = np.array([0.0, 1.08 * float(table["sei"].max())])
    scale = analysis.comparison.recipe.scale
    shares = (0.0, *TICKS, 1.0) if scale in ENDED else TICKS
    places = metaprop.transform(list(shares), scale=scale, totals=analysis.selection.totals)
    limits = pd.DataFrame({"at": at, "low": centre - Z * at, "high": centre + Z * at})
    low, high = _reach(table["yi"], limits)
    if scale in ENDED:
        # Of cohorts with no or all events the small ones lie within these ends, the large beyond.
        low = max(low, min(float(places[0]), float(table["yi"].min())))
        high = min(high, max(float(places[-1]), float(table["yi"].max())))
    return FunnelPoints(
        table=table.assign(before=_before(table, "yi", "sei")),
        x="yi",
        y="sei",
        measure="standard error",
        centre=centre,
        limits=limits,
        ticks=tuple((float(x), p) for x, p in zip(places, shares, strict=True)),
        span=(low, high),
    )


def _by_size(analysis: Analysis) -> FunnelPoints:
    table, centre = _cohorts(analysis), proportion(analysis.comparison).estimate
    low, high = size_limits(centre, table["total"].to_numpy(dtype=float))
    table["outside"] = (table["proportion"] < low) | (table["proportion"] > high)
    sizes = table["total"].astype(float)
    at = np.geomspace(0.9 * float(sizes.min()), 1.15 * float(sizes.max()), 60)
    low, high = size_limits(centre, at)
    limits = pd.DataFrame({"at": at, "low": low, "high": high})
    span = _reach(table["proportion"], limits)
    return FunnelPoints(
        table=table.assign(before=_before(table, "proportion", "total")),
        x="proportion",
        y="total",
        measure="number of patients",
        centre=centre,
        # Where a limit would be cut at 0 or 1 there is none: nothing can lie beyond the end.
        limits=limits.assign(low=limits["low"].where(low > 0), high=limits["high"].where(high < 1)),
        ticks=tuple((p / 20, p / 20) for p in range(21)),
        span=(max(span[0] - 0.02, 0.0), min(span[1] + 0.02, 1.0)),
    )


def _reach(effects: pd.Series, limits: pd.DataFrame) -> tuple[float, float]:
    """Return the lowest and the highest of cohorts and limits."""
    low, high = float(limits["low"].min()), float(limits["high"].max())
    return min(low, float(effects.min())), max(high, float(effects.max()))


def _before(table: pd.DataFrame, x: str, y: str) -> pd.Series:
    """Return for each point how many points above it in the table lie at the same place."""
    return table[[x, y]].round(9).groupby([x, y]).cumcount()


FUNNELS: Mapping[str, Callable[[Analysis], FunnelPoints]] = {
    "standard-error": _by_error,
    "sample-size": _by_size,
}


def size_limits(
    p: float, n: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return p ± 1.96 √(p (1 − p) / n), cut at 0 and 1: the limits of chance at size `n`."""
    half = Z * np.sqrt(p * (1.0 - p) / n)
    return np.maximum(p - half, 0.0), np.minimum(p + half, 1.0)


def baujat_points(analysis: Analysis) -> pd.DataFrame:
    """Return each cohort's share in Cochran's Q and its pull on the pooled value.

    Returns
    -------
    DataFrame
        One row a cohort, ``label q_contribution influence distance before``; the first two are
        Baujat's coordinates (2002) on the scale of the comparison recipe, `distance` is how far the
        cohort lies from the origin when the largest of each counts as 1, and `before` counts the
        cohorts above it in the table that lie at the same place.
    """
    sizes = analysis.effect_sizes()
    # Under the fixed-effect model the coordinates are Baujat's own: shares of Q add up to Q.
    fixed = replace(analysis.comparison.recipe, method="FE")
    points = metaprop.baujat(sizes.yi, sizes.vi, fixed).reset_index(drop=True)
    data = points[["x", "y"]].set_axis(["q_contribution", "influence"], axis=1)
    scaled = data / data.max().clip(lower=1e-12)
    data.insert(0, "label", np.array(analysis.selection.labels)[sizes.kept].tolist())
    data["distance"] = np.hypot(scaled["q_contribution"], scaled["influence"])
    return data.assign(before=_before(data, "q_contribution", "influence"))
