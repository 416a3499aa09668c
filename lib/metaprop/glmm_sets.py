"""The mixed model for many sets of studies at once.

The same maxima as :mod:`~metaprop.glmm` finds one set at a time: sign changes of the score on a
grid of σ say where they lie, Newton steps in (μ, σ) lead there. A set for which this is not plain
(several maxima, none, a score close to 0 at a point of the grid) is left to the one-by-one fit.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from .intervals import normal_quantile
from .links import LINKS
from .mixed_model import DEFAULT_NODES, SIGMAS
from .quadrature import MarginalLikelihood
from .ragged import Ragged

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

_BLOCK = 400  # studies at a time: their nodes stay in the processor's cache
# On the grid only the sign of the score matters. A score that is close to 0 with few nodes is
# computed with all; what is then still too close to 0 decides nothing.
_GRID = ((31, 1e-2), (DEFAULT_NODES, 1e-6))
_WIDEST = 3.0  # σ beyond which the quadrature itself has maxima of its own: one by one
_STEP = 1e-4  # of the central differences, as for one set
_LARGEST = 1e8  # patients in a study; larger ones are fitted one by one
_LOGIT = LINKS["logit"]


@dataclass(frozen=True, slots=True, eq=False)
class FittedSets:
    """Maxima of the likelihood, one entry a set; those of sets that are not `found` are NaN.

    Attributes
    ----------
    mu, sigma : ndarray
        Mean and standard deviation of the true logits.
    se : ndarray
        Standard error of μ, from the joint information of μ and σ.
    found : ndarray of bool
    crude : ndarray
        Events by patients of each set: the estimate itself where σ = 0, to the last digit.
    """

    mu: FloatArray
    sigma: FloatArray
    se: FloatArray
    found: BoolArray
    crude: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _At:
    """Log-likelihood of each set and its derivatives."""

    loglik: FloatArray
    mu: FloatArray
    sigma: FloatArray
    mu_mu: FloatArray
    mu_sigma: FloatArray
    sigma_sigma: FloatArray


class _Sets:
    """Counts of the sets of a block."""

    def __init__(self, x: FloatArray, n: FloatArray, sets: Ragged) -> None:
        self.x, self.n, self.sets = x, n, sets

    def at(self, mu: FloatArray, sigma: FloatArray, which: IntArray, nodes: int) -> _At:
        """Evaluate the sets at positions `which`, each at its own μ and σ."""
        sets, entries = self.sets.repeated(which)
        likelihood = MarginalLikelihood(self.x[entries], self.n[entries], nodes)
        now = likelihood.evaluate(mu[sets.owner], sigma[sets.owner])
        parts = (now.each, now.eta, now.sigma, now.eta_eta, now.eta_sigma, now.sigma_sigma)
        return _At(*(sets.total(part) for part in parts))


def fit_sets(x: FloatArray, n: FloatArray, sets: Ragged) -> FittedSets:
    """Fit the mixed model with a logit link to each set of validated counts.

    Parameters
    ----------
    x, n : ndarray, shape (entries,)
        Events and patients, set after set.
    sets : Ragged
        Which entries belong to which set.
    """
    mu, sigma, se = (np.full(len(sets), np.nan) for _ in range(3))
    extreme = (x == 0) | (x == n)
    plain = (sets.k > 1) & (sets.largest(n) > 1) & (sets.largest(n) <= _LARGEST)
    plain &= sets.any(~extreme)
    # Sets of similar size go through the same number of steps.
    order = np.flatnonzero(plain)
    last = np.cumsum(sets.sizes[order]) // _BLOCK
    for block in np.unique(last):
        chosen = order[last == block]
        part, entries = sets.repeated(chosen)
        mu[chosen], sigma[chosen], se[chosen] = _fit_block(_Sets(x[entries], n[entries], part))
    return FittedSets(mu, sigma, se, np.isfinite(se), sets.total(x) / sets.total(n))


def _fit_block(data: _Sets) -> tuple[FloatArray, FloatArray, FloatArray]:
    x, n, sets = data.x, data.n, data.sets
    events, patients = sets.total(x), sets.total(n)
    mu_0 = np.log(events) - np.log(patients - events)
    mu, sigma, se = (np.full(len(sets), np.nan) for _ in range(3))

    # At σ = 0 all patients are one sample, and the score by σ² is known.
    p = (events / patients)[sets.owner]
    score_0 = 0.5 * sets.total((x - n * p) ** 2 - n * p * (1.0 - p))
    score_0[np.abs(score_0) < 1e-9 * patients] = np.nan
    low, start = _bracket(data, mu_0, score_0)

    flat = np.flatnonzero(low == 0.0)  # the maximum is at σ = 0 itself
    mu[flat], sigma[flat] = mu_0[flat], 0.0
    se[flat] = _homogeneous_se(data, mu_0)[flat]

    inside = np.flatnonzero(low > 0.0)
    if inside.size:
        mu[inside], sigma[inside] = _newton(data, start[:, inside], inside)
        se[inside] = _joint_se(data, mu[inside], sigma[inside], inside)
    return mu, sigma, se


def _homogeneous_se(data: _Sets, mu: FloatArray) -> FloatArray:
    """Return the standard error of μ at σ = 0, by central differences of its score."""
    sets = data.sets

    def gradient(at: FloatArray) -> FloatArray:
        p: FloatArray = _LOGIT.inverse(at)
        return sets.total(data.x) - p * sets.total(data.n)

    result: FloatArray = ((gradient(mu - _STEP) - gradient(mu + _STEP)) / (2.0 * _STEP)) ** -0.5
    return result


def _bracket(data: _Sets, mu_0: FloatArray, score_0: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Say where on the grid of σ the one maximum of each set lies.

    Returns
    -------
    kind : ndarray, shape (sets,)
        0 for a maximum at σ = 0, 1 for one between two points of the grid, NaN where the grid does
        not tell.
    start : ndarray, shape (2, sets)
        A value of (μ, σ) near the latter.
    """
    count = score_0.size
    kind = np.where(score_0 < 0.0, 0.0, np.nan)
    maxima = (score_0 < 0.0).astype(np.intp)
    start = np.full((2, count), np.nan)
    p = _LOGIT.inverse(mu_0)[data.sets.owner]
    kernel = data.x * np.log(p) + (data.n - data.x) * np.log1p(-p)
    own = np.where((data.x > 0) & (data.x < data.n), data.x / data.n, 0.5)
    best = data.x * np.log(own) + (data.n - data.x) * np.log1p(-own)
    highest = data.sets.total(kernel - np.where((data.x > 0) & (data.x < data.n), best, 0.0))
    before, mu_before = score_0.copy(), mu_0.copy()
    open_sets = np.flatnonzero(np.isfinite(score_0))
    for below, sigma in itertools.pairwise(SIGMAS):
        mu = mu_before[open_sets]
        score, loglik = (np.full(open_sets.size, np.nan) for _ in range(2))
        unclear = np.ones(open_sets.size, dtype=np.bool_)
        for nodes, close in _GRID:
            again = np.flatnonzero(unclear)
            if again.size:
                found = _profile(data, sigma, mu[again], open_sets[again], nodes)
                mu[again], score[again], loglik[again] = found
            unclear = ~(np.abs(score) > close)
        was = before[open_sets]
        turns = (was > 0.0) & (score < 0.0)
        here = open_sets[turns]
        maxima[here] += 1
        share = was[turns] / (was[turns] - score[turns])
        # The score by σ² is nearly linear in σ², and μ in between.
        start[1, here] = np.sqrt(below**2 + share * (sigma**2 - below**2))
        start[0, here] = (1.0 - share) * mu_before[here] + share * mu[turns]
        kind[here] = 1.0 if sigma <= _WIDEST else np.nan
        kind[open_sets[unclear]] = np.nan
        highest[open_sets] = np.fmax(highest[open_sets], loglik)
        before[open_sets], mu_before[open_sets] = score, mu
        done = (score < 0.0) & (loglik < highest[open_sets] - 2.0)
        open_sets = open_sets[~done & ~unclear]
        if not open_sets.size:
            break
    kind[open_sets[before[open_sets] > 0.0]] = np.nan  # still rising where the grid ends
    kind[maxima != 1] = np.nan
    return kind, start


def _profile(
    data: _Sets, sigma: float, mu: FloatArray, which: IntArray, nodes: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Maximise over μ at one σ; return μ, the score by σ² there and the log-likelihood.

    NaN where Newton does not settle.
    """
    mu, score, loglik = mu.copy(), np.full(mu.size, np.nan), np.full(mu.size, np.nan)
    left = np.arange(mu.size)
    for _ in range(30):
        now = data.at(mu[left], np.full(left.size, sigma), which[left], nodes)
        step = np.clip(-now.mu / now.mu_mu, -2.0, 2.0)
        score[left] = (now.sigma + now.mu_sigma * step) / (2.0 * sigma)
        loglik[left] = now.loglik
        mu[left] += step
        moving = ~(np.abs(step) < 1e-4)
        left = left[moving]
        if not left.size:
            break
    score[left] = np.nan
    return mu, score, loglik


def _newton(data: _Sets, start: FloatArray, which: IntArray) -> FloatArray:
    """Return the maximum near each start, shape (2, sets); NaN where Newton does not settle."""
    at = start.copy()
    left = np.arange(which.size)
    for _ in range(40):
        mu, sigma = at[:, left]
        now = data.at(mu, sigma, which[left], DEFAULT_NODES)
        determinant = now.mu_mu * now.sigma_sigma - now.mu_sigma**2
        concave = (now.mu_mu < 0.0) & (determinant > 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            step_mu = (now.mu_sigma * now.sigma - now.sigma_sigma * now.mu) / determinant
            step_sigma = (now.mu_sigma * now.mu - now.mu_mu * now.sigma) / determinant
        size = np.maximum(np.abs(step_mu), np.abs(step_sigma) / (0.4 * sigma))
        short = np.minimum(1.0, 1.0 / np.maximum(size, 1e-300))
        steps = short * np.stack((step_mu, step_sigma))
        at[:, left] = np.where(concave, at[:, left] + steps, np.nan)
        moving = concave & ~(np.abs(steps).max(axis=0) < 1e-11)
        left = left[moving]
        if not left.size:
            break
    at[:, left] = np.nan
    return at


def _joint_se(data: _Sets, mu: FloatArray, sigma: FloatArray, which: IntArray) -> FloatArray:
    """Return the standard error of μ from the joint information, central differences of a score."""
    found = np.full(mu.size, np.nan)
    good = np.flatnonzero(sigma > 2.0 * _STEP)
    if not good.size:
        return found
    mu, sigma, which = mu[good], sigma[good], which[good]

    def gradient(by_mu: float, by_sigma: float) -> FloatArray:
        now = data.at(mu + by_mu, sigma + by_sigma, which, DEFAULT_NODES)
        return np.stack((now.mu, now.sigma))

    a, c = (gradient(-_STEP, 0.0) - gradient(_STEP, 0.0)) / (2.0 * _STEP)
    d, b = (gradient(0.0, -_STEP) - gradient(0.0, _STEP)) / (2.0 * _STEP)
    cross = 0.5 * (c + d)
    determinant = a * b - cross**2
    definite = (a > 0.0) & (determinant > 0.0)
    found[good[definite]] = np.sqrt(b[definite] / determinant[definite])
    return found


def q_and_typical_variance(
    x: FloatArray, n: FloatArray, sets: Ragged
) -> tuple[FloatArray, FloatArray]:
    """Return Wald's Q of each set and the typical variance of its raw logits, as for one set."""
    extreme = (x == 0) | (x == n)

    def variance(events: FloatArray, totals: FloatArray) -> FloatArray:
        return 1.0 / events + 1.0 / (totals - events)

    # A study at 0 or n has no weight in Q; in the typical variance it has 1/2 event more.
    shown = np.where(extreme, 0.5 * n, x)
    y = np.log(shown) - np.log(n - shown)
    w = np.where(extreme, 0.0, 1.0 / variance(shown, n))
    sw = sets.total(w)
    mean = sets.total(w * y) / np.where(sw > 0.0, sw, 1.0)
    q = sets.total(w * (y - mean[sets.owner]) ** 2)
    w = 1.0 / variance(x + 0.5 * extreme, n + 1.0 * extreme)
    sw = sets.total(w)
    with np.errstate(divide="ignore", invalid="ignore"):
        typical = (sets.k - 1.0) / (sw - sets.total(w * w) / sw)
    return q, np.where(sets.k > 1, typical, np.inf)


def limits(fits: FittedSets, sets: Ragged, *, ci: str, level: float) -> FloatArray:
    """Return pooled proportions and their Wald or t limits, shape (3, sets)."""
    critical = np.full(len(sets), normal_quantile(level))
    if ci == "t":
        critical = np.where(
            sets.k > 1, stdtrit(np.maximum(sets.k - 1.0, 1.0), 0.5 + 0.5 * level), critical
        )
    half = critical * fits.se
    found: FloatArray = _LOGIT.inverse(np.stack((fits.mu, fits.mu - half, fits.mu + half)))
    found[0] = np.where(fits.sigma == 0.0, fits.crude, found[0])
    return found
