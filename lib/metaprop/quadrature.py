"""Marginal likelihood of the random-intercept logistic model, by adaptive quadrature.

Study i has x_i events in n_i patients, logit p_i = η_i + σ u_i and u_i ~ N(0, 1). Its marginal
likelihood integrates over u_i with Gauss–Hermite nodes centred at the mode of the integrand and
scaled by its curvature (Pinheiro and Bates 1995; the scheme of R's lme4).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

FloatArray = NDArray[np.float64]


@lru_cache(maxsize=16)
def hermite(count: int) -> tuple[FloatArray, FloatArray]:
    """Gauss–Hermite nodes and the logarithm of weight × exp(node²), for integrals of any f(z)."""
    z, w = np.polynomial.hermite.hermgauss(count)
    keep = w > 0.0  # the outermost weights underflow beyond some 350 nodes
    return z[keep], np.log(w[keep]) + z[keep] ** 2


def log_binomial(events: FloatArray, totals: FloatArray) -> float:
    """Sum of the logarithms of the binomial coefficients."""
    x, n = events, totals
    return float(np.sum(gammaln(n + 1.0) - gammaln(x + 1.0) - gammaln(n - x + 1.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Derivatives:
    """Log-likelihood of the studies and its derivatives, one entry a study.

    `eta` and `sigma` are first derivatives by the linear predictor and by σ, exact for the
    quadrature approximation; `eta_eta` and `sigma_sigma` are second ones by Louis' (1982)
    identity, exact in the limit of many nodes.
    """

    loglik: float
    eta: FloatArray
    sigma: FloatArray
    eta_eta: FloatArray
    sigma_sigma: FloatArray


class MarginalLikelihood:
    """Marginal likelihood of a set of studies at a given number of quadrature nodes.

    Parameters
    ----------
    events, totals : ndarray, shape (k,)
        Counts.
    nodes : int
        Quadrature nodes; 1 is the Laplace approximation.
    """

    __slots__ = ("_last_modes", "_log_w", "_z", "constant", "n", "x")

    def __init__(self, events: FloatArray, totals: FloatArray, nodes: int) -> None:
        self.x, self.n = events, totals
        self._z, self._log_w = hermite(nodes)
        self.constant = log_binomial(events, totals)
        self._last_modes = np.zeros_like(events)  # where the next search for the modes starts

    def _modes(self, eta: FloatArray, sigma: float) -> FloatArray:
        """Mode of each study's integrand: root of σ (x − n p(u)) − u, by safeguarded Newton."""
        x, n = self.x, self.n
        low, high = sigma * (x - n), sigma * x  # the root satisfies u = σ (x − n p)
        u = np.clip(self._last_modes, low, high)
        for _ in range(200):
            p = 0.5 + 0.5 * np.tanh(0.5 * (eta + sigma * u))
            slope = sigma * (x - n * p) - u
            low = np.where(slope > 0.0, u, low)
            high = np.where(slope < 0.0, u, high)
            step = slope / (1.0 + sigma * sigma * n * p * (1.0 - p))
            if np.max(np.abs(step)) < 1e-9:  # Newton's error is the square of this
                u = u + step
                break
            new = u + step
            inside = (new >= low) & (new <= high)
            u = np.where(inside, new, 0.5 * (low + high))
        self._last_modes = u
        return u

    def evaluate(self, eta: FloatArray, sigma: float) -> Derivatives:
        """Log-likelihood and derivatives at linear predictors `eta` (k,) and σ >= 0.

        The gradient is that of the quadrature approximation itself, movement of the nodes
        included, so that an optimum is one of the function that `loglik` reports.
        """
        x, n = self.x[:, None], self.n[:, None]
        mode = self._modes(eta, sigma)
        p0 = 0.5 + 0.5 * np.tanh(0.5 * (eta + sigma * mode))
        pq0 = self.n * p0 * (1.0 - p0)
        curvature = 1.0 + sigma * sigma * pq0
        scale = curvature**-0.5
        # How the mode and the scale move with eta and sigma (implicit differentiation).
        mode_eta = -sigma * pq0 / curvature
        mode_sigma = (self.x - self.n * p0 - sigma * mode * pq0) / curvature
        skew = pq0 * (1.0 - 2.0 * p0)
        half = -0.5 * scale / curvature
        scale_eta = half * sigma * sigma * skew * (1.0 + sigma * mode_eta)
        scale_sigma = half * (
            2.0 * sigma * pq0 + sigma * sigma * skew * (mode + sigma * mode_sigma)
        )

        z = np.sqrt(2.0) * self._z
        u = mode[:, None] + scale[:, None] * z
        t = eta[:, None] + sigma * u
        p = 0.5 + 0.5 * np.tanh(0.5 * t)
        h = x * t - n * np.logaddexp(0.0, t) - 0.5 * u * u
        log_terms = self._log_w + h
        top = log_terms.max(axis=1, keepdims=True)
        terms = np.exp(log_terms - top)
        total = terms.sum(axis=1, keepdims=True)
        weight = terms / total  # posterior mass at the nodes
        # The integral of exp(h) du / sqrt(2 pi) = scale * sum(w exp(z²) exp(h)) / sqrt(pi).
        log_integral = top[:, 0] + np.log(total[:, 0]) + np.log(scale) - 0.5 * np.log(np.pi)

        s = x - n * p
        h_u = sigma * s - u
        su = s * u
        mean_s = np.sum(weight * s, axis=1)
        mean_su = np.sum(weight * su, axis=1)
        mean_hu = np.sum(weight * h_u, axis=1)
        mean_zhu = np.sum(weight * h_u * z, axis=1)
        pq = weight * (n * p * (1.0 - p))
        return Derivatives(
            loglik=float(log_integral.sum()) + self.constant,
            eta=mean_s + mode_eta * mean_hu + scale_eta * (1.0 / scale + mean_zhu),
            sigma=mean_su + mode_sigma * mean_hu + scale_sigma * (1.0 / scale + mean_zhu),
            eta_eta=np.sum(weight * s * s, axis=1) - mean_s**2 - pq.sum(axis=1),
            sigma_sigma=np.sum(weight * su * su, axis=1) - mean_su**2 - np.sum(pq * u * u, axis=1),
        )
