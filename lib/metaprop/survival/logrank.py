"""Log-rank tests, with the observed and expected events behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from metaprop.checks import check_number
from metaprop.intervals import chi2_pvalue
from metaprop.results import Result

from .observations import BoolArray, FloatArray, IntArray, check_groups, check_observations


@dataclass(frozen=True, slots=True, eq=False)
class LogRank(Result):
    """Log-rank test of equal survival.

    Attributes
    ----------
    statistic, pvalue : float
        χ² and its upper tail.
    df : int
        Groups less one.
    groups : tuple
        Labels, in order.
    observed, expected : ndarray, shape (groups,)
        Events in each group, and those expected under equal hazards (both weighted if rho ≠ 0).
    covariance : ndarray, shape (groups, groups)
        Covariance of observed − expected.
    rho : float
        Weight S(t−)^rho: 0 is the log-rank test, 1 the Peto–Peto version of Wilcoxon's.
    """

    statistic: float
    pvalue: float
    df: int
    groups: tuple[Any, ...]
    observed: FloatArray
    expected: FloatArray
    covariance: FloatArray
    rho: float


def logrank(
    time: ArrayLike,
    event: ArrayLike,
    group: Sequence[Any] | ArrayLike,
    *,
    strata: Sequence[Any] | ArrayLike | None = None,
    rho: float = 0.0,
) -> LogRank:
    """Test whether groups have the same survival.

    At each event time the events d among n at risk fall on the groups as in a hypergeometric
    draw: expectation d n_g / n, covariance d (n − d) / (n − 1) (n_g / n) (δ − n_h / n). Sums over
    times (and strata) give U = observed − expected and V; the statistic is U'V⁻U.

    Parameters
    ----------
    time, event : array_like, shape (n,)
    group : array_like of labels, shape (n,)
        Two groups or more.
    strata : array_like of labels, shape (n,), optional
    rho : float
        Exponent of the weight S(t−)^rho of Harrington and Fleming (1982).

    Returns
    -------
    LogRank

    Raises
    ------
    ValueError
        For bad rows or fewer than two groups, and if no event was observed.

    References
    ----------
    Mantel N. Cancer Chemother Rep 1966;50:163. Harrington DP, Fleming TR. Biometrika 1982;69:553.

    Examples
    --------
    >>> from metaprop import survival
    >>> group = ["a", "a", "a", "b", "b", "b"]
    >>> test = survival.logrank([2, 3, 5, 8, 9, 12], [1, 1, 1, 0, 1, 0], group)
    >>> test.df, round(test.statistic, 2), round(test.pvalue, 3)
    (1, 5.05, 0.025)
    """
    data = check_observations(time, event, strata=strata)
    labels, codes = check_groups(group, data.time.size)
    rho = check_number("rho", rho)
    if not data.event.any():
        raise ValueError("no event was observed: groups cannot be compared")
    k = len(labels)
    observed, expected, covariance = np.zeros(k), np.zeros(k), np.zeros((k, k))
    for rows in _rows_of_strata(data.strata):
        at_risk, dead = _tables(data.time[rows], data.event[rows], codes[rows], k)
        n, events = at_risk.sum(axis=1), dead.sum(axis=1)
        share = at_risk / n[:, None]
        survival = np.cumprod(np.r_[1.0, 1.0 - events / n])[:-1]  # just before each time
        weight = survival**rho
        observed += weight @ dead
        expected += (weight * events) @ share
        # Where one patient is left, nothing is drawn and nothing varies.
        spread = weight**2 * events * (n - events) / np.maximum(n - 1.0, 1.0)
        covariance += np.diag(spread @ share) - (spread[:, None] * share).T @ share
    difference = observed - expected
    rank = int(np.linalg.matrix_rank(covariance))
    statistic = float(difference @ np.linalg.pinv(covariance) @ difference) if rank else 0.0
    df = k - 1
    return LogRank(
        statistic,
        chi2_pvalue(statistic, df),
        df,
        tuple(labels),
        observed,
        expected,
        covariance,
        rho,
    )


def _rows_of_strata(strata: IntArray) -> list[IntArray]:
    """Rows of every stratum, in one pass."""
    order = np.argsort(strata, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(strata[order])) + 1)


def _tables(
    time: FloatArray, event: BoolArray, codes: IntArray, k: int
) -> tuple[FloatArray, FloatArray]:
    """Patients at risk and events of every group at the distinct event times, shape (times, k)."""
    times = np.unique(time[event])
    at_risk = np.empty((times.size, k))
    dead = np.empty((times.size, k))
    for g in range(k):
        of_group = np.sort(time[codes == g])
        at_risk[:, g] = of_group.size - np.searchsorted(of_group, times, side="left")
        when = np.searchsorted(times, time[event & (codes == g)])
        dead[:, g] = np.bincount(when, minlength=times.size)
    return at_risk, dead
