"""The estimators of τ² for many sets of effects at once; :mod:`~metaprop.tau2` has the formulas.

The roots are the same, found for all sets together by Newton steps inside their brackets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .ragged import Ragged
from .tau2 import GRID

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


class Sums(NamedTuple):
    """What the estimating equations are made of at one τ² a set; see :class:`~.tau2.Residuals`."""

    sw: FloatArray
    """Σ w"""
    q: FloatArray
    """Σ w r² = y'Py"""
    w2r2: FloatArray
    """Σ w² r² = y'PPy"""
    trace: FloatArray
    """tr P"""
    ww: FloatArray
    """Σ w²"""


class EffectSets:
    """Effects and variances of many sets of studies, without moderators.

    Parameters
    ----------
    yi, vi : ndarray, shape (entries,)
        Effects and variances, set after set.
    sets : Ragged
        Which entries belong to which set.
    """

    __slots__ = ("df", "rss", "sets", "v", "y")

    def __init__(self, yi: FloatArray, vi: FloatArray, sets: Ragged) -> None:
        self.y, self.v, self.sets = yi, vi, sets
        self.df = sets.k - 1.0
        residual = yi - (sets.total(yi) / sets.k)[sets.owner]
        self.rss = sets.total(residual * residual)

    def repeated(self, chosen: IntArray) -> EffectSets:
        """Return sets by position, in any order and number."""
        sets, entries = self.sets.repeated(chosen)
        return EffectSets(self.y[entries], self.v[entries], sets)

    def weights(self, tau2: FloatArray) -> FloatArray:
        """Return w = 1 / (v + τ²) at τ² (..., sets), shape (..., entries)."""
        return 1.0 / (self.v + tau2[..., self.sets.owner])

    def residuals(self, w: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return Σ w, the mean Σ w y / Σ w and the effects less it."""
        sw = self.sets.total(w)
        mean = self.sets.total(w * self.y) / sw
        return sw, mean, self.y - mean[..., self.sets.owner]

    def sums(self, tau2: FloatArray) -> Sums:
        """Return the sums of the estimating equations at τ² (..., sets)."""
        w = self.weights(tau2)
        sw, _, r = self.residuals(w)
        wr = w * r
        ww = self.sets.total(w * w)
        q, w2r2 = self.sets.total(wr * r), self.sets.total(wr * wr)
        return Sums(sw, q, w2r2, sw - ww / sw, ww)

    def score(self, tau2: FloatArray, *, restricted: bool) -> tuple[FloatArray, FloatArray]:
        """Return twice the derivative of the (restricted) log-likelihood, and its slope.

        With z = P y the slope is −2 z'Pz + tr PP, or −2 z'Pz + Σ w² unrestricted.
        """
        total = self.sets.total
        w = self.weights(tau2)
        sw, _, r = self.residuals(w)
        z = w * r
        ww = total(w * w)
        bend = total(w * z * z) - total(w * z) ** 2 / sw
        if restricted:
            slope = ww - 2.0 * total(w**3) / sw + (ww / sw) ** 2
            return total(z * z) - (sw - ww / sw), slope - 2.0 * bend
        return total(z * z) - sw, ww - 2.0 * bend

    def loglik(self, tau2: FloatArray, *, restricted: bool) -> FloatArray:
        """Return the (restricted) log-likelihood, maximised over the mean, up to a constant."""
        now = self.sums(tau2)
        found = self.sets.total(np.log(self.v + tau2[self.sets.owner])) + now.q
        return -0.5 * (found + np.log(now.sw) if restricted else found)

    def upper(self) -> FloatArray:
        """Return a bound of the roots of every estimating equation."""
        crude = 2.0 * self.rss / np.maximum(self.df, 1.0)
        return 1.001 * np.maximum(self.sets.largest(self.v), crude)


def falling_roots(
    function: Callable[[FloatArray, IntArray], tuple[FloatArray, FloatArray]],
    low: FloatArray,
    high: FloatArray,
) -> FloatArray:
    """Roots of functions that are positive at `low` and not at `high`, to machine precision.

    `function` returns values and slopes at a point of each of the equations whose positions it is
    given. Newton's step where it stays in the bracket, which shrinks, and half of it elsewhere.
    Close to the root, steps that no longer become shorter are rounding.
    """
    low, high = low.copy(), high.copy()
    at = 0.5 * (low + high)
    left, last = np.arange(at.size), np.full(at.size, np.inf)
    for _ in range(200):
        now = at[left]
        value, slope = function(now, left)
        low[left] = np.where(value > 0.0, now, low[left])
        high[left] = np.where(value > 0.0, high[left], now)
        with np.errstate(divide="ignore", invalid="ignore"):
            new = now - value / slope
        inside = (new >= low[left]) & (new <= high[left])
        new = np.where(inside, new, 0.5 * (low[left] + high[left]))
        new = np.where(value == 0.0, now, new)
        at[left] = new
        step = np.abs(new - now)
        stalled = (step >= last[left]) & (step < 1e-8 * np.abs(new))
        last[left] = step
        left = left[~stalled & (step > 4e-15 * np.abs(new))]
        if not left.size:
            break
    return at


def _fixed(data: EffectSets) -> FloatArray:
    return np.zeros(len(data.sets))


def _dersimonian_laird(data: EffectSets) -> FloatArray:
    now = data.sums(np.zeros(len(data.sets)))
    return np.maximum(0.0, (now.q - data.df) / now.trace)


def _hedges(data: EffectSets) -> FloatArray:
    expected = data.sets.total(data.v) * (1.0 - 1.0 / data.sets.k)
    return np.maximum(0.0, (data.rss - expected) / data.df)


def _hunter_schmidt(data: EffectSets) -> FloatArray:
    now = data.sums(np.zeros(len(data.sets)))
    return np.maximum(0.0, (now.q - data.sets.k) / now.sw)


def _sidik_jonkman(data: EffectSets) -> FloatArray:
    crude = data.rss / data.sets.k
    return crude * data.sums(crude).q / data.df


def _paule_mandel(data: EffectSets) -> FloatArray:
    tau2 = np.zeros(len(data.sets))
    open_sets = np.flatnonzero(data.sums(tau2).q > data.df)

    def excess(t: FloatArray, which: IntArray) -> tuple[FloatArray, FloatArray]:
        part = data.repeated(open_sets[which])
        now = part.sums(t)
        return now.q - part.df, -now.w2r2

    upper = data.upper()[open_sets]
    tau2[open_sets] = falling_roots(excess, np.zeros(open_sets.size), upper)
    return tau2


def _highest_maxima(data: EffectSets, *, restricted: bool) -> FloatArray:
    """Highest of all local maxima of each log-likelihood on [0, upper]."""
    upper = data.upper()
    points = np.vstack((np.zeros(upper.size), GRID[:, None] * upper))
    scores = np.stack([data.score(row, restricted=restricted)[0] for row in points])
    at_zero = np.flatnonzero(scores[0] <= 0.0)
    row, owner = np.nonzero((scores[:-1] > 0.0) & (scores[1:] <= 0.0))

    def score(t: FloatArray, which: IntArray) -> tuple[FloatArray, FloatArray]:
        return data.repeated(owner[which]).score(t, restricted=restricted)

    roots = falling_roots(score, points[row, owner], points[row + 1, owner])
    found = np.concatenate((np.zeros(at_zero.size), roots))
    owners = np.concatenate((at_zero, owner))
    height = data.repeated(owners).loglik(found, restricted=restricted)
    best = np.full(upper.size, -np.inf)
    np.maximum.at(best, owners, height)
    highest = np.flatnonzero(height == best[owners])[::-1]  # of equal ones the first stays
    tau2 = np.full(upper.size, np.nan)
    tau2[owners[highest]] = found[highest]
    return tau2


_ESTIMATORS: dict[str, Callable[[EffectSets], FloatArray]] = {
    "FE": _fixed,
    "DL": _dersimonian_laird,
    "PM": _paule_mandel,
    "REML": lambda data: _highest_maxima(data, restricted=True),
    "ML": lambda data: _highest_maxima(data, restricted=False),
    "SJ": _sidik_jonkman,
    "HE": _hedges,
    "HS": _hunter_schmidt,
    "EB": _paule_mandel,
}


def estimate_tau2_sets(data: EffectSets, method: str) -> FloatArray:
    """Return τ² of each set, shape (sets,): what :func:`~.tau2.estimate_tau2` gives for it."""
    tau2 = np.zeros(len(data.sets))
    # No degree of freedom, or equal effects: nothing varies between studies.
    varies = np.flatnonzero(
        (data.df > 0.0) & (data.sets.largest(data.y) > data.sets.smallest(data.y))
    )
    if varies.size:
        tau2[varies] = _ESTIMATORS[method](data.repeated(varies))
    return tau2
