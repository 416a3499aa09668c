"""Maximum likelihood of the random-intercept logistic model for a design.

For a fixed σ the marginal likelihood is log-concave in the coefficients (Prékopa's theorem), so
damped Newton steps cannot be trapped; σ itself is found on a grid and then inside a bracket.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .links import LINKS, Link
from .quadrature import Derivatives, MarginalLikelihood
from .tau2 import root

FloatArray = NDArray[np.float64]
DEFAULT_NODES, MOST_NODES = 101, 200
# Grid on which sign changes of the score are sought. Beyond the last point (τ² = 100, two thirds of
# all studies spread over e^±10 in odds) studies are at 0% or 100% for all the data can tell.
SIGMAS = (0.0, 0.25, 0.7, 1.5, 3.0, 6.0, 10.0)
UNBOUNDED = (
    "the mixed model has no finite estimate: the studies at 0% or at 100%, beside others far away, "
    "let tau2 grow beyond 100"
)
LARGEST_PREDICTOR = 40.0  # beyond it a proportion is 0 or 1 to machine precision


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A maximum of the likelihood for a given design."""

    beta: FloatArray
    sigma: float
    at: Derivatives
    converged: bool


class MixedModel:
    """Likelihood of coefficients and σ for a design, with an optional offset for all studies."""

    def __init__(
        self,
        x: FloatArray,
        n: FloatArray,
        design: FloatArray,
        nodes: int,
        link: Link = LINKS["logit"],
    ) -> None:
        self.likelihood = MarginalLikelihood(x, n, nodes, link)
        self.design, self.nodes = design, nodes
        crude = (x.sum() + 0.5) / (n.sum() + 1.0)
        self.start = np.zeros(design.shape[1])
        if self.start.size:
            self.start[0] = float(link.forward(np.array(crude)))

    def at_sigma(self, sigma: float, start: FloatArray, offset: float = 0.0) -> Fit:
        """Maximise over the coefficients at a fixed σ: damped Newton on a concave function."""
        beta, design = start, self.design
        now = self.likelihood.evaluate(offset + design @ beta, sigma)
        if not beta.size:
            return Fit(beta, sigma, now, True)
        for _ in range(100):
            gradient = design.T @ now.eta
            hessian = (design * now.eta_eta[:, None]).T @ design
            step = np.linalg.solve(hessian - 1e-12 * np.eye(beta.size), -gradient)
            if float(np.max(np.abs(step))) < 1e-11:
                return Fit(beta, sigma, now, True)
            step *= min(1.0, 5.0 / float(np.max(np.abs(step))))
            for _ in range(40):
                new = self.likelihood.evaluate(offset + design @ (beta + step), sigma)
                # Near the top, rounding hides any gain: there a shrinking gradient decides.
                gain = new.loglik - now.loglik
                if gain > 0.0 or (
                    gain > -1e-9 and np.max(np.abs(design.T @ new.eta)) <= np.max(np.abs(gradient))
                ):
                    break
                step = 0.5 * step
            else:
                # Rounding of the counts themselves bounds what a gradient can come down to.
                slack = max(1e-6, 1e-14 * float(self.likelihood.n.sum()))
                return Fit(beta, sigma, now, float(np.max(np.abs(gradient))) < slack)
            beta, now = beta + step, new
            if float(np.max(np.abs(design @ beta + offset))) > LARGEST_PREDICTOR:
                raise ValueError(
                    "the mixed model has no finite estimate: the moderator separates studies at 0% "
                    "or 100% from the others"
                )
        return Fit(beta, sigma, now, False)

    @staticmethod
    def variance_score(fit: Fit) -> float:
        """Return the derivative by σ²; its limit at σ = 0, where that by σ vanishes."""
        if fit.sigma == 0.0:
            return 0.5 * float(fit.at.sigma_sigma.sum())
        return float(fit.at.sigma.sum()) / (2.0 * fit.sigma)

    def fit(self, offset: float = 0.0, *, bounded: bool = False) -> Fit:
        """Maximise over coefficients and σ: the highest of all maxima that the σ grid brackets.

        With `bounded`, the last grid point counts as a maximum where the likelihood still rises
        there; otherwise that is an error.
        """
        latest = self.at_sigma(0.0, self.start, offset)

        def score(sigma: float) -> float:
            nonlocal latest
            latest = self.at_sigma(sigma, latest.beta, offset)
            return self.variance_score(latest)

        fits: list[Fit] = []
        highest = -math.inf
        before = score(SIGMAS[0])
        # What rounding can make of a score of 0: at σ = 0 it is a difference of numbers as large
        # as the studies, elsewhere not.
        zero, flat = (e * float(self.likelihood.n.sum()) for e in (1e-13, 1e-16))
        if before <= zero:
            fits.append(latest)
        for low, high in itertools.pairwise(SIGMAS):
            after = score(high)
            threshold = zero if low == 0.0 else flat
            if before > threshold and abs(after) <= flat:
                fits.append(latest)
            elif before > threshold and after < -flat:
                sigma, converged = root(score, low, high)
                score(sigma)
                fits.append(replace(latest, converged=converged and latest.converged))
            highest = max([highest, *(fit.at.loglik for fit in fits)])
            # Falling, and far below the best: no higher maximum lies beyond.
            if after < 0.0 and latest.at.loglik < highest - 2.0:
                break
            before = after
        else:
            if before > flat and latest.at.loglik > highest + 0.01:
                if not bounded:
                    raise ValueError(UNBOUNDED)
                fits.append(latest)
        highest = max(fit.at.loglik for fit in fits)
        return next(fit for fit in fits if fit.at.loglik >= highest - 1e-8)


def covariance(model: MixedModel, fit: Fit) -> FloatArray:
    """Covariance of (β, σ), shape (p + 1, p + 1): inverse of minus the joint Hessian.

    The Hessian is that of the quadrature approximation, by central differences of its exact
    gradient. At σ = 0 the likelihood is even in σ, so the cross derivatives vanish and σ drops out:
    its row and column are 0.
    """
    p, step = fit.beta.size, 1e-4
    with_sigma = fit.sigma > 2.0 * step

    def gradient(theta: FloatArray) -> FloatArray:
        sigma = float(theta[p]) if with_sigma else fit.sigma
        at = model.likelihood.evaluate(model.design @ theta[:p], sigma)
        by_beta = model.design.T @ at.eta
        return np.append(by_beta, at.sigma.sum()) if with_sigma else by_beta

    theta = np.append(fit.beta, fit.sigma) if with_sigma else fit.beta
    rows = [
        (gradient(theta + step * unit) - gradient(theta - step * unit)) / (2.0 * step)
        for unit in np.eye(theta.size)
    ]
    hessian = np.array(rows)
    return inverse_information(-0.5 * (hessian + hessian.T), p)


def inverse_information(information: FloatArray, p: int) -> FloatArray:
    """Invert an information matrix of β, or of β and σ, and pad it to the size of (β, σ)."""
    found = np.zeros((p + 1, p + 1))
    size = information.shape[0]
    with contextlib.suppress(np.linalg.LinAlgError):
        found[:size, :size] = np.linalg.inv(information)
    if not (np.diag(found)[:size] > 0.0).all():
        raise ValueError(
            "the mixed model has no standard errors: at its maximum the likelihood is flat in one "
            "direction, as too few studies determine the coefficients and tau2"
        )
    return found
