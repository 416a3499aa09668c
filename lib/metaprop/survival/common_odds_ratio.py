"""Common odds ratio of several two-by-two tables: conditional, exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from metaprop.checks import check_counts, check_level
from metaprop.results import Interval, Result

from .noncentral import root
from .odds_ratio import _TIE

FloatArray = NDArray[np.float64]
Table = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class CommonOddsRatio(Result):
    """Exact inference on an odds ratio that all tables share.

    Attributes
    ----------
    odds_ratio : Interval
        Conditional maximum likelihood estimate with exact limits; 0 or infinite at the ends of
        what the margins allow.
    pvalue : float
        Two-sided exact test of an odds ratio of 1: all totals no likelier than the observed one.
    tables : tuple of tuple of int
        Events and patients of group 1, events and patients of group 0, table by table.
    informative : int
        Tables in which somebody, but not everybody, had the event.
    """

    odds_ratio: Interval
    pvalue: float
    tables: tuple[Table, ...]
    informative: int


def _log_weights(a: int, n1: int, c: int, n0: int) -> tuple[int, FloatArray]:
    """Smallest event count of group 1 the margins allow, and the log number of tables for each."""
    m = a + c
    x = np.arange(max(0, m - n0), min(n1, m) + 1, dtype=np.float64)
    return int(x[0]), -(
        gammaln(x + 1) + gammaln(n1 - x + 1) + gammaln(m - x + 1) + gammaln(n0 - m + x + 1)
    )


def _convolve(one: FloatArray, two: FloatArray) -> FloatArray:
    """Convolution on the log scale."""
    total = np.full(one.size + two.size - 1, -inf)
    for shift, weight in enumerate(two):
        part = slice(shift, shift + one.size)
        total[part] = np.logaddexp(total[part], one + weight)
    return total


def common_odds_ratio_exact(tables: Sequence[Table], *, level: float = 0.95) -> CommonOddsRatio:
    """Estimate one odds ratio from several tables, conditional on all margins.

    Given the margins of every table, the total T of the events of group 1 has
    P(T = t) ∝ w(t) ψ^t, with w the convolution of the hypergeometric weights of the tables and ψ
    the common odds ratio. The estimate solves E(T) = t; the limits solve P(T ≥ t) and
    P(T ≤ t) = (1 − level) / 2. No correction for zeros is needed. With one table this is
    :func:`metaprop.survival.odds_ratio_exact`.

    Parameters
    ----------
    tables : sequence of (a, n1, c, n0)
        Events and patients of group 1, events and patients of group 0.
    level : float

    Returns
    -------
    CommonOddsRatio

    Raises
    ------
    ValueError
        For impossible counts, no table, or if no table has both an event and a patient without.

    References
    ----------
    Gart JJ. Biometrika 1970;57:471. Mehta CR, Patel NR, Gray R. J Am Stat Assoc 1985;80:969.
    """
    check_level(level)
    if not tables:
        raise ValueError("at least one table is needed, got none")
    whole: list[Table] = []
    for a, n1, c, n0 in tables:
        check_counts([a, c], [n1, n0])
        whole.append((int(a), int(n1), int(c), int(n0)))
    informative = sum(0 < a + c < n1 + n0 for a, n1, c, n0 in whole)
    if informative == 0:
        raise ValueError(
            "in every table nobody or everybody had the event: the odds ratio is not estimable"
        )
    first, log_base = 0, np.zeros(1)
    for table in whole:
        start, weights = _log_weights(*table)
        first, log_base = first + start, _convolve(log_base, weights)
    x = first + np.arange(log_base.size, dtype=np.float64)
    at = sum(table[0] for table in whole) - first

    def probabilities(log_psi: float) -> FloatArray:
        w = log_base + (x - x[0]) * log_psi
        p: FloatArray = np.exp(w - logsumexp(w))
        return p

    tail = (1.0 - level) / 2.0
    lowest, highest = at == 0, at == x.size - 1
    estimate = (
        0.0
        if lowest
        else inf
        if highest
        else exp(root(lambda log_psi: float(probabilities(log_psi) @ x) - float(x[at])))
    )
    low = 0.0 if lowest else exp(root(lambda psi: float(probabilities(psi)[at:].sum()) - tail))
    high = (
        inf if highest else exp(root(lambda psi: tail - float(probabilities(psi)[: at + 1].sum())))
    )
    null = probabilities(0.0)
    pvalue = float(null[null <= null[at] * _TIE].sum())
    return CommonOddsRatio(
        Interval(estimate, low, high), min(pvalue, 1.0), tuple(whole), informative
    )
