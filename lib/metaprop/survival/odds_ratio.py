"""Odds ratio of a two-by-two table: conditional maximum likelihood and exact limits."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log

import numpy as np
from numpy.typing import NDArray

from metaprop.checks import check_choice, check_counts, check_level
from metaprop.results import Interval, Result

from .noncentral import Margins

FloatArray = NDArray[np.float64]
_INTERVALS = ("exact", "mid-p")
# R's fisher.test counts tables whose probability equals the observed one up to this factor.
_TIE = 1.0 + 1e-7


@dataclass(frozen=True, slots=True)
class OddsRatio(Result):
    """Exact inference on the odds ratio of group 1 to group 0.

    Attributes
    ----------
    odds_ratio : Interval
        Conditional maximum likelihood estimate with its limits. The estimate and the lower limit
        are 0 if group 1 can have no fewer events given the margins; the estimate and the upper
        limit are infinite if it can have no more.
    pvalue : float
        Two-sided test of an odds ratio of 1.
    interval : str
        "exact" or "mid-p".
    table : tuple of int
        Events and patients of group 1, events and patients of group 0.
    """

    odds_ratio: Interval
    pvalue: float
    interval: str
    table: tuple[int, int, int, int]


def odds_ratio_exact(
    a: int, n1: int, c: int, n0: int, *, level: float = 0.95, interval: str = "exact"
) -> OddsRatio:
    """Compare the odds of an event in two groups, exactly, given the margins of the table.

    Given the total m of events, the events of group 1 follow Fisher's noncentral hypergeometric
    distribution: P(X = x) ∝ C(n₁, x) C(n₀, m − x) ψ^x with odds ratio ψ. The estimate is the
    ψ for which E(X) = a. The limits are the ψ for which P(X ≥ a) and P(X ≤ a) equal
    (1 − level) / 2; with "mid-p" the observed table counts half in both.

    Parameters
    ----------
    a, n1 : int
        Events and patients of group 1.
    c, n0 : int
        Events and patients of group 0.
    level : float
        Confidence level.
    interval : {"exact", "mid-p"}
        "exact" limits and p-value (sum over tables no likelier than the observed) are those of
        R's ``fisher.test``. "mid-p" is less conservative; its p-value is twice the smaller
        mid-p tail.

    Returns
    -------
    OddsRatio

    Raises
    ------
    ValueError
        For impossible counts, and if nobody or everybody had the event, when no odds ratio is
        estimable.

    References
    ----------
    Fisher RA. J R Stat Soc 1935;98:39. Cornfield J. Proc Third Berkeley Symp 1956;4:135. Agresti
    A. Categorical Data Analysis, 3rd ed., Wiley 2013, section 16.6.4 (mid-p).

    Examples
    --------
    >>> from metaprop import survival
    >>> found = survival.odds_ratio_exact(7, 10, 2, 8)
    >>> [round(value, 2) for value in found.odds_ratio], round(found.pvalue, 3)
    ([6.18, 0.62, 99.87], 0.153)
    """
    check_counts([a, c], [n1, n0])
    check_level(level)
    check_choice("interval", interval, _INTERVALS)
    a, n1, c, n0 = int(a), int(n1), int(c), int(n0)
    m = a + c
    if m in (0, n1 + n0):
        who = "nobody" if m == 0 else "everybody"
        raise ValueError(
            f"{who} had the event ({a}/{n1} and {c}/{n0}): the odds ratio is not estimable"
        )
    margins = Margins(n1, n0, m)
    own = 1.0 if interval == "exact" else 0.5
    tail = (1.0 - level) / 2.0
    lowest, highest = a == margins.lowest, a == margins.highest
    estimate = (
        0.0 if lowest else inf if highest else margins.solve(a, lambda p, x: float(p @ (x - a)))
    )
    # Under mid-p an extreme table can still exclude ψ = 0 or ∞ only on its far side.
    low = 0.0 if lowest else margins.solve(a, lambda p, x: _upper_tail(p, x, a, own) - tail)
    high = inf if highest else margins.solve(a, lambda p, x: tail - _lower_tail(p, x, a, own))
    x, log_p = margins.null()
    null = np.exp(log_p)
    if interval == "exact":
        # Empty where the observed table is too improbable for a double: the sum is 0 then.
        observed = log_p[x == a]
        pvalue = float(null[log_p <= observed + log(_TIE)].sum()) if observed.size else 0.0
    else:
        pvalue = 2.0 * min(_upper_tail(null, x, a, own), _lower_tail(null, x, a, own))
    return OddsRatio(Interval(estimate, low, high), min(pvalue, 1.0), interval, (a, n1, c, n0))


def _upper_tail(p: FloatArray, x: FloatArray, a: int, own: float) -> float:
    """P(X > a) and the share `own` of P(X = a)."""
    return float(p[x > a].sum() + own * p[x == a].sum())


def _lower_tail(p: FloatArray, x: FloatArray, a: int, own: float) -> float:
    """P(X < a) and the share `own` of P(X = a)."""
    return float(p[x < a].sum() + own * p[x == a].sum())
