"""Restricted mean survival time: the area under the survival curve up to a horizon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from metaprop.checks import check_level, check_number
from metaprop.intervals import normal_quantile
from metaprop.results import Interval, Result

from .kaplan_meier import kaplan_meier
from .observations import check_groups, check_observations


@dataclass(frozen=True, slots=True)
class RestrictedMean(Result):
    """Restricted mean survival time of one group.

    Attributes
    ----------
    mean : Interval
        Mean time lived up to the horizon, in the unit of time given.
    se : float
    lost : Interval
        Mean time lost up to the horizon, tau − mean.
    tau : float
        Horizon.
    """

    mean: Interval
    se: float
    lost: Interval
    tau: float


@dataclass(frozen=True, slots=True)
class RestrictedMeanDifference(Result):
    """Restricted mean survival time of group 1 against group 0.

    Attributes
    ----------
    difference, ratio, ratio_lost : Interval
        mean₁ − mean₀; mean₁ / mean₀; (tau − mean₁) / (tau − mean₀). `ratio_lost` is None where a
        group lost no time: no ratio, or none with an interval, exists then.
    pvalue, pvalue_ratio, pvalue_ratio_lost : float or None
        Two-sided; None where nothing varies, so that there is nothing to test.
    groups : tuple of RestrictedMean
        Groups 1 and 0, in this order.
    labels : tuple
        Their labels, in the same order.
    note : str
        Why a number is None; empty when none is.
    """

    difference: Interval
    ratio: Interval
    ratio_lost: Interval | None
    pvalue: float | None
    pvalue_ratio: float | None
    pvalue_ratio_lost: float | None
    groups: tuple[RestrictedMean, RestrictedMean]
    labels: tuple[Any, Any]
    note: str = ""


def rmst(time: ArrayLike, event: ArrayLike, tau: float, *, level: float = 0.95) -> RestrictedMean:
    """Estimate restricted mean survival time with its standard error.

    The mean is ∫₀^τ S(t) dt under the Kaplan–Meier curve; its variance is
    Σ A(tᵢ)² dᵢ / (nᵢ (nᵢ − dᵢ)) over event times tᵢ ≤ τ with A(tᵢ) = ∫_{tᵢ}^τ S(t) dt.

    Parameters
    ----------
    time, event : array_like, shape (n,)
    tau : float
        Horizon, positive and within follow-up.
    level : float

    Returns
    -------
    RestrictedMean

    Raises
    ------
    ValueError
        If `tau` is not positive, or lies beyond the last follow-up while survival is above 0.

    References
    ----------
    Irwin JO. J Hyg 1949;47:188. Uno H et al. J Clin Oncol 2014;32:2380 (survRM2's formula).

    Examples
    --------
    >>> from metaprop import survival
    >>> area = survival.rmst([2, 3, 5, 8], [1, 0, 1, 0], tau=6)
    >>> round(area.mean.estimate, 3), round(area.lost.estimate, 3)
    (4.625, 1.375)
    """
    check_level(level)
    curve = kaplan_meier(time, event)
    if check_number("tau", tau) <= 0:
        raise ValueError(f"tau must be positive, got {tau!r}")
    gone = curve.survival.size > 0 and curve.survival[-1] == 0
    if tau > curve.last_follow_up and not gone:
        raise ValueError(
            f"tau {tau:g} lies beyond the last follow-up {curve.last_follow_up:g}: "
            "the curve is unknown there"
        )
    used = curve.time <= tau
    knots = np.concatenate(([0.0], curve.time[used], [tau]))
    pieces = np.diff(knots) * np.concatenate(([1.0], curve.survival[used]))
    mean = float(pieces.sum())
    beyond = np.cumsum(pieces[::-1])[::-1][1:]  # area from each event time to tau
    n, d = curve.at_risk[used], curve.events[used]
    left = n > d  # once nobody is left the area beyond is 0, and so is the term
    variance = float((beyond[left] ** 2 * d[left] / (n[left] * (n[left] - d[left]))).sum())
    se = sqrt(variance)
    z = normal_quantile(level)
    return RestrictedMean(
        mean=Interval(mean, mean - z * se, mean + z * se),
        se=se,
        lost=Interval(tau - mean, tau - mean - z * se, tau - mean + z * se),
        tau=float(tau),
    )


def rmst_difference(
    time: ArrayLike,
    event: ArrayLike,
    group: Sequence[Any] | ArrayLike,
    tau: float,
    *,
    level: float = 0.95,
) -> RestrictedMeanDifference:
    """Compare restricted mean survival time between two groups.

    Ratios have their interval on the log scale, by the delta method.

    Parameters
    ----------
    time, event : array_like, shape (n,)
    group : array_like of labels, shape (n,)
        Exactly two labels; the one sorted last is group 1.
    tau : float
        Horizon, within the follow-up of both groups.
    level : float

    Returns
    -------
    RestrictedMeanDifference

    Raises
    ------
    ValueError
        As :func:`rmst`; if there are not exactly two groups.

    Examples
    --------
    >>> from metaprop import survival
    >>> time, event = [2, 3, 5, 8, 4, 6, 9, 10], [1, 0, 1, 0, 1, 0, 0, 1]
    >>> found = survival.rmst_difference(time, event, [0, 0, 0, 0, 1, 1, 1, 1], tau=7)
    >>> [round(value, 2) for value in found.difference]
    [1.25, -1.11, 3.61]
    """
    data = check_observations(time, event)
    t, d = data.time, data.event
    labels, codes = check_groups(group, t.size)
    if len(labels) != 2:
        raise ValueError(f"exactly two groups are compared, got {labels!r}")
    zero, one = (rmst(t[codes == g], d[codes == g], tau, level=level) for g in (0, 1))
    z = normal_quantile(level)
    difference = one.mean.estimate - zero.mean.estimate
    se = sqrt(one.se**2 + zero.se**2)

    def ratio(a: float, b: float) -> tuple[Interval, float | None]:
        log_ratio = log(a / b)
        spread = sqrt((one.se / a) ** 2 + (zero.se / b) ** 2)
        reach = z * spread
        interval = Interval(a / b, exp(log_ratio - reach), exp(log_ratio + reach))
        return interval, _two_sided(log_ratio, spread)

    lived, p_lived = ratio(one.mean.estimate, zero.mean.estimate)
    notes = []
    nothing_lost = [
        repr(label)
        for label, of_group in zip(labels, (zero, one), strict=True)
        if _lost_nothing(of_group)
    ]
    lost, p_lost = None, None
    if nothing_lost:
        notes.append(
            f"no time was lost up to {tau:g} in group {' and '.join(nothing_lost)}: the ratio of "
            "time lost has no value or no interval"
        )
    else:
        lost, p_lost = ratio(one.lost.estimate, zero.lost.estimate)
    if se == 0.0:
        notes.append("neither area varies: there is no test, and the intervals have no width")
    return RestrictedMeanDifference(
        difference=Interval(difference, difference - z * se, difference + z * se),
        ratio=lived,
        ratio_lost=lost,
        pvalue=_two_sided(difference, se),
        pvalue_ratio=p_lived,
        pvalue_ratio_lost=p_lost,
        groups=(one, zero),
        labels=(labels[1], labels[0]),
        note="; ".join(notes),
    )


def _lost_nothing(of_group: RestrictedMean) -> bool:
    """Whether nobody had the event before the horizon, but for the rounding of an area."""
    return of_group.lost.estimate <= 1e-12 * of_group.tau


def _two_sided(estimate: float, se: float) -> float | None:
    """Two-sided p-value of a normal estimate; None where it does not vary."""
    return erfc(abs(estimate) / se / sqrt(2.0)) if se > 0.0 else None
