"""Likelihood of one study under a normal distribution of logits, accurate at any size of study.

L(μ, τ) = ∫ Bin(x; n, expit θ) N(θ; μ, τ²) dθ. Both factors are smooth and may be narrow: which one
is narrower decides how the integral is done, so that its cost does not depend on n.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_ndtr

from .quadrature import hermite

FloatArray = NDArray[np.float64]
_DROP = 36.0  # exp(−36) = 2e-16 of the peak is where a factor ends
_NODES = 24  # Gauss–Hermite nodes where the normal factor is the narrower one
_BLOCK = 30_000  # numbers a temporary array may hold


def _relative_kernel(x: float, n: float, distance: FloatArray) -> FloatArray:
    """Return x log p + (n − x) log(1 − p) less its maximum, at a distance from the peak's logit.

    ``x d − n log(1 + p (e^d − 1))`` with p = x / n: terms of size x d instead of n log n, so that
    large counts do not cancel.
    """
    p = x / n
    small = np.expm1(-np.abs(distance))
    rise = np.where(distance > 0.0, distance + np.log1p((1.0 - p) * small), np.log1p(p * small))
    result: FloatArray = x * distance - n * rise
    return result


def _reach(x: float, n: float, side: float) -> float:
    """Return how far on one side of its peak the kernel falls by `_DROP`."""

    def enough(distance: float) -> bool:
        return float(_relative_kernel(x, n, np.array(side * distance))) <= -_DROP

    near, far = 0.0, math.sqrt(n / (x * (n - x)))
    while not enough(far):
        near, far = far, 2.0 * far
    for _ in range(6):  # a few per cent of the distance are enough
        middle = 0.5 * (near + far)
        near, far = (near, middle) if enough(middle) else (middle, far)
    return far


class StudyIntegral:
    """Marginal likelihood of a study as a function of μ and τ, relative to its largest value.

    Parameters
    ----------
    x, n : float
        Events and patients.

    Attributes
    ----------
    constant : float
        Logarithm of the largest likelihood, binomial coefficient included.
    width : float
        Standard deviation, in logits, of the normal curve that fits the likelihood at its peak.

    Notes
    -----
    Where τ is not much smaller than the width s of the likelihood in θ, the integral is a
    trapezoidal sum on a grid of θ fixed for the study, of step 0.35 s and as long as the likelihood
    lasts: exact to rounding for analytic integrands. A study at 0 has a likelihood without end, and
    there integration by parts gives ``∫ n p (1 − p)^n Φ((θ − μ) / τ) dθ``, with a factor that has
    two ends; a study at n is its mirror image. Where τ is smaller, the integrand is close to normal
    and Gauss–Hermite quadrature about its mode is exact to about twelve digits.
    """

    __slots__ = ("_grid", "_log_w", "_mirrored", "_n", "_open", "_peak", "_x", "constant", "width")

    def __init__(self, x: float, n: float) -> None:
        self._mirrored = x == n
        self._open = x in (0.0, n)
        self._x, self._n = (0.0, n) if self._open else (x, n)
        self.constant = float(gammaln(n + 1.0) - gammaln(x + 1.0) - gammaln(n - x + 1.0))
        # The factor with two ends is a binomial kernel itself: of 1 in n + 1 for a study at 0.
        a, m = (1.0, n + 1.0) if self._open else (x, n)
        self._peak = math.log(a / (m - a))
        log_top = a * math.log(a / m) + (m - a) * math.log1p(-a / m)
        if not self._open:
            self.constant += log_top
        self.width = math.sqrt(m / (a * (m - a)))
        step = 0.35 * self.width
        left, right = (math.ceil(_reach(a, m, side) / step) for side in (-1.0, 1.0))
        offset = step * np.arange(-left, right + 1.0)
        self._grid = self._peak + offset
        scale = math.log(n) + log_top if self._open else 0.0
        self._log_w = _relative_kernel(a, m, offset) + scale + math.log(step)

    def log(self, mu: FloatArray, tau: FloatArray) -> FloatArray:
        """Return log L − `constant`; τ of shape (t, 1), or any that broadcasts against `mu`."""
        mu, tau = np.broadcast_arrays(-mu if self._mirrored else mu, tau)
        result = np.empty(mu.shape)
        wide = tau >= 1.0 * self.width
        for rows, method in ((wide, self._on_grid), (~wide, self._about_mode)):
            chosen_mu, chosen_tau = mu[rows], tau[rows]
            block = max(1, _BLOCK // self._grid.size)
            parts = [
                method(chosen_mu[i : i + block, None], chosen_tau[i : i + block, None])
                for i in range(0, chosen_mu.size, block)
            ]
            if parts:
                result[rows] = np.concatenate(parts)
        return result

    def _on_grid(self, mu: FloatArray, tau: FloatArray) -> FloatArray:
        z = (self._grid - mu) / tau
        if self._open:
            terms = self._log_w + log_ndtr(z)
            constant = np.zeros(terms.shape[0])
        else:
            terms = self._log_w - 0.5 * z * z
            constant = 0.5 * math.log(2.0 * math.pi) + np.log(tau[:, 0])
        top = terms.max(axis=1)
        found: FloatArray = top + np.log(np.exp(terms - top[:, None]).sum(axis=1)) - constant
        return found

    def _about_mode(self, mu: FloatArray, tau: FloatArray) -> FloatArray:
        x, n = self._x, self._n
        low, high = tau * (x - n), tau * x  # the mode satisfies u = τ (x − n p)
        u: FloatArray = np.clip(np.zeros_like(mu), low, high)
        for _ in range(100):
            p = 0.5 + 0.5 * np.tanh(0.5 * (mu + tau * u))
            slope = tau * (x - n * p) - u
            low = np.where(slope > 0.0, u, low)
            high = np.where(slope < 0.0, u, high)
            step = slope / (1.0 + tau * tau * n * p * (1.0 - p))
            new = u + step
            inside = (new >= low) & (new <= high)
            u = np.where(inside, new, 0.5 * (low + high))
            if float(np.max(np.abs(step))) < 1e-7:
                break
        p = 0.5 + 0.5 * np.tanh(0.5 * (mu + tau * u))
        scale: FloatArray = (1.0 + tau * tau * n * p * (1.0 - p)) ** -0.5
        z, log_w = hermite(_NODES)
        at = u + math.sqrt(2.0) * scale * z
        theta = mu + tau * at
        if self._open:
            kernel = -n * np.logaddexp(0.0, theta)
        else:
            kernel = _relative_kernel(x, n, theta - self._peak)
        terms = log_w + kernel - 0.5 * at * at
        top = terms.max(axis=1)
        total = np.log(np.exp(terms - top[:, None]).sum(axis=1))
        found: FloatArray = top + total + np.log(scale[:, 0]) - 0.5 * math.log(math.pi)
        return found
