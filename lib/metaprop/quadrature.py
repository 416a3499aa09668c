"""Marginal likelihood of the random-intercept binomial model, by adaptive quadrature.

Study i has x_i events in n_i patients, link(p_i) = η_i + σ u_i and u_i ~ N(0, 1). Its marginal
likelihood integrates over u_i with Gauss–Hermite nodes centred at the mode of the integrand and
scaled by its curvature (Pinheiro and Bates 1995; the scheme of R's lme4).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .links import LINKS, Link, log_saturated

FloatArray = NDArray[np.float64]


@lru_cache(maxsize=16)
def hermite(count: int) -> tuple[FloatArray, FloatArray]:
    """Gauss–Hermite nodes and the logarithm of weight × exp(node²), for integrals of any f(z)."""
    z, w = np.polynomial.hermite.hermgauss(count)
    keep = w > 0.0  # the outermost weights underflow beyond some 350 nodes
    return z[keep], np.log(w[keep]) + z[keep] ** 2


@dataclass(frozen=True, slots=True, eq=False)
class Derivatives:
    """Log-likelihood of the studies and its derivatives, one entry a study.

    `eta` and `sigma` are first derivatives by the linear predictor and by σ, exact for the
    quadrature approximation; `eta_eta`, `eta_sigma` and `sigma_sigma` are second ones by Louis'
    (1982) identity, exact in the limit of many nodes. At σ = 0 `sigma_sigma` is exact at any
    number. `each` is the log-likelihood of each study less its largest possible value; `loglik` is
    their sum, constants included.
    """

    loglik: float
    each: FloatArray
    eta: FloatArray
    sigma: FloatArray
    eta_eta: FloatArray
    eta_sigma: FloatArray
    sigma_sigma: FloatArray


class MarginalLikelihood:
    """Marginal likelihood of a set of studies at a given number of quadrature nodes.

    Parameters
    ----------
    events, totals : ndarray, shape (k,)
        Counts.
    nodes : int
        Quadrature nodes; 1 is the Laplace approximation.
    link : Link
        How proportions depend on the linear predictor.
    """

    __slots__ = ("_last_modes", "_log_w", "_z", "constant", "link", "n", "x")

    def __init__(
        self, events: FloatArray, totals: FloatArray, nodes: int, link: Link = LINKS["logit"]
    ) -> None:
        self.x, self.n, self.link = events, totals, link
        self._z, self._log_w = hermite(nodes)
        self.constant = float(log_saturated(events, totals).sum())
        self._last_modes = np.zeros_like(events)  # where the next search for the modes starts

    def _modes(self, eta: FloatArray, sigma: float | FloatArray) -> FloatArray:
        """Mode of each study's integrand: root of σ l'(η + σ u) − u, by safeguarded Newton."""
        at_zero = sigma * self.link.kernel(self.x, self.n, eta)[1]
        # l' falls, so the root lies between 0 and this value.
        low, high = np.minimum(at_zero, 0.0), np.maximum(at_zero, 0.0)
        u: FloatArray = np.clip(self._last_modes, low, high)
        for _ in range(200):
            _, first, second, _ = self.link.kernel(self.x, self.n, eta + sigma * u)
            slope = sigma * first - u
            low = np.where(slope > 0.0, u, low)
            high = np.where(slope < 0.0, u, high)
            step = slope / (1.0 - sigma * sigma * second)
            new = u + step
            inside = (new >= low) & (new <= high)
            u = np.where(inside, new, 0.5 * (low + high))
            if np.max(np.abs(step)) < 1e-9:  # Newton's error is the square of this
                break
        self._last_modes = u
        return u

    def each(self, eta: FloatArray, sigma: float) -> FloatArray:
        """Log-likelihood of each study, shape (k,), its binomial coefficient included."""
        mode = self._modes(eta, sigma)
        second = self.link.kernel(self.x, self.n, eta + sigma * mode)[2]
        scale = (1.0 - sigma * sigma * second) ** -0.5
        u = mode[:, None] + scale[:, None] * np.sqrt(2.0) * self._z
        value = self.link.kernel(self.x[:, None], self.n[:, None], eta[:, None] + sigma * u)[0]
        terms = self._log_w + value - 0.5 * u * u
        top = terms.max(axis=1)
        total = np.log(np.exp(terms - top[:, None]).sum(axis=1))
        result: FloatArray = top + total + np.log(scale) - 0.5 * np.log(np.pi)
        return result + log_saturated(self.x, self.n)

    def evaluate(self, eta: FloatArray, sigma: float | FloatArray) -> Derivatives:
        """Log-likelihood and derivatives at linear predictors `eta` (k,) and σ >= 0.

        σ is one number, or one for each study, shape (k,).

        The gradient is that of the quadrature approximation itself, movement of the nodes
        included, so that an optimum is one of the function that `loglik` reports.
        """
        mode = self._modes(eta, sigma)
        _, first, second, third = self.link.kernel(self.x, self.n, eta + sigma * mode)
        bend = -second
        curvature = 1.0 + sigma * sigma * bend
        scale = curvature**-0.5
        # How the mode and the scale move with eta and sigma (implicit differentiation).
        mode_eta = -sigma * bend / curvature
        mode_sigma = (first - sigma * mode * bend) / curvature
        half = -0.5 * scale / curvature
        scale_eta = half * sigma * sigma * -third * (1.0 + sigma * mode_eta)
        scale_sigma = half * (
            2.0 * sigma * bend + sigma * sigma * -third * (mode + sigma * mode_sigma)
        )

        z = np.sqrt(2.0) * self._z
        u = mode[:, None] + scale[:, None] * z
        by_node = sigma[:, None] if isinstance(sigma, np.ndarray) else sigma
        value, s, s_t, _ = self.link.kernel(
            self.x[:, None], self.n[:, None], eta[:, None] + by_node * u
        )
        log_terms = self._log_w + value - 0.5 * u * u
        top = log_terms.max(axis=1, keepdims=True)
        terms = np.exp(log_terms - top)
        total = terms.sum(axis=1, keepdims=True)
        weight = terms / total  # posterior mass at the nodes
        # The integral of exp(h) du / sqrt(2 pi) = scale * sum(w exp(z²) exp(h)) / sqrt(pi).
        log_integral = top[:, 0] + np.log(total[:, 0]) + np.log(scale) - 0.5 * np.log(np.pi)

        h_u = by_node * s - u
        su = s * u
        mean_s = np.sum(weight * s, axis=1)
        mean_su = np.sum(weight * su, axis=1)
        mean_hu = np.sum(weight * h_u, axis=1)
        mean_zhu = np.sum(weight * h_u * z, axis=1)
        if self._z.size > 1:
            eta_eta = np.sum(weight * (s - mean_s[:, None]) ** 2, axis=1)
            eta_eta += np.sum(weight * s_t, axis=1)
        else:  # one node has no variance; the leading term of the Laplace approximation
            eta_eta = -bend / curvature
        eta_sigma = np.sum(weight * (s * su + s_t * u), axis=1) - mean_s * mean_su
        sigma_sigma = np.sum(weight * (su * su + s_t * u * u), axis=1) - mean_su**2
        # The limit at any number of nodes, that of one node included, whose variance is 0.
        sigma_sigma = np.where(np.equal(sigma, 0.0), first * first - bend, sigma_sigma)
        return Derivatives(
            loglik=float(log_integral.sum()) + self.constant,
            each=log_integral,
            eta=mean_s + mode_eta * mean_hu + scale_eta * (1.0 / scale + mean_zhu),
            sigma=mean_su + mode_sigma * mean_hu + scale_sigma * (1.0 / scale + mean_zhu),
            eta_eta=eta_eta,
            eta_sigma=eta_sigma,
            sigma_sigma=sigma_sigma,
        )
