"""Bayesian random-effects meta-analysis by quadrature, without a sampler.

:func:`bayes_binomial`, the model of the counts themselves, has its own module and is exported from
here as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .bayes_binomial import bayes_binomial, bayes_binomial_priors
from .bayes_result import BayesPooled, Curve, check_priors, summarised
from .checks import check_choice, check_level
from .posterior import Moebius, NormalMixture, PanelDensity, panels
from .priors import Flat, HalfNormal, HalfT, MuPrior, Normal, TauPrior, Uniform, half_cauchy
from .recipe import SCALES
from .studies import read_effects
from .transforms import back_transform

__all__ = [
    "BayesPooled",
    "Curve",
    "Flat",
    "HalfNormal",
    "HalfT",
    "Normal",
    "Uniform",
    "bayes_binomial",
    "bayes_binomial_priors",
    "bayes_normal",
    "half_cauchy",
]

FloatArray = NDArray[np.float64]
_PANELS = 48
_NODES = 12


def _conditional(
    y: FloatArray, v: FloatArray, mu_prior: MuPrior, tau: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the log marginal likelihood of each τ, and mean and variance of μ given τ."""
    spread = v[None, :] + tau[:, None] ** 2
    w = 1.0 / spread
    centre, precision = (mu_prior.mean, mu_prior.sd**-2) if isinstance(mu_prior, Normal) else (0, 0)
    total = w.sum(axis=1) + precision
    mean = (w @ y + precision * centre) / total
    misfit = (w * (y[None, :] - mean[:, None]) ** 2).sum(axis=1)
    misfit += precision * (mean - centre) ** 2
    log = -0.5 * (np.log(spread).sum(axis=1) + np.log(total) + misfit)
    # The constant makes it a probability density of the data, except under a flat prior.
    log -= 0.5 * (y.size - (precision == 0)) * math.log(2.0 * math.pi)
    if precision > 0:
        log += 0.5 * math.log(precision)
    return log, mean, 1.0 / total


def _stretch_of_tau(log_posterior: Callable[[FloatArray], FloatArray], prior: TauPrior) -> Moebius:
    """Find the map of [0, 1) to τ that takes x = 1/2 near the posterior median.

    `log_posterior` needs no normalisation; c makes x = 1 the largest τ the prior allows.
    """
    highest = min(prior.upper, 1e6 * prior.scale)
    u = np.linspace(np.log(1e-7 * prior.scale), np.log(highest), 241)
    log = log_posterior(np.exp(u)) + u
    cumulative = np.cumsum(np.exp(log - log.max()))
    median = float(np.exp(u[np.searchsorted(cumulative, 0.5 * cumulative[-1])]))
    # c <= 1 needs s <= the upper limit: with s = median / (1 − median / upper) x = 1/2 would be
    # exact, but a round-off of the median at the limit must not push s to infinity.
    s = median / max(1.0 - median / prior.upper, 0.5)
    return Moebius(s, 1.0 - s / prior.upper)


def bayes_normal(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    tau_prior: TauPrior,
    mu_prior: MuPrior,
    level: float = 0.95,
    scale: str | None = None,
    totals: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> BayesPooled:
    """Posterior of the normal-normal random-effects model.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances on a working scale.
    tau_prior : HalfNormal, HalfT or Uniform
        Prior of the between-study standard deviation τ; ``half_cauchy`` makes the fourth.
    mu_prior : Normal or Flat
        Prior of the pooled effect μ.
    level : float
        Probability of the credible intervals.
    scale : {"raw", "log", "logit", "arcsine", "double_arcsine"}, optional
        Working scale of `yi`; with it the result has proportions.
    totals : array_like of whole numbers, optional
        Study sizes; needed for proportions on the Freeman–Tukey scale.
    labels, missing
        Names of the studies (the index of a pandas Series when omitted), and what happens to
        incomplete rows; see :func:`~metaprop.pool_effects`.

    Returns
    -------
    BayesPooled

    Raises
    ------
    ValueError
        For broken input, something that is not a prior, or the Freeman–Tukey scale without totals.

    Notes
    -----
    y ~ N(θ, v) with v known, θ ~ N(μ, τ²). Given τ the posterior of μ is normal, so that
    p(τ | y) ∝ p(τ) p(y | τ) is known up to a constant, and μ and the effect θ of a new study are
    mixtures of normal distributions over τ (Röver 2020). The one integral left, over τ, is done by
    Gauss–Legendre quadrature on panels adapted to the posterior; no draws are involved.

    References
    ----------
    Röver C. J Stat Softw 2020;93(6). Gelman A. Bayesian Anal 2006;1:515, for the priors of τ.

    Examples
    --------
    >>> import metaprop
    >>> from metaprop.bayes import HalfNormal, Normal
    >>> priors = {"tau_prior": HalfNormal(0.5), "mu_prior": Normal(0.0, 2.0)}
    >>> post = metaprop.bayes_normal([0.1, 0.6, 1.4], [0.04, 0.05, 0.09], **priors)
    >>> round(post.mu.median, 2), round(post.tau.median, 2)
    (0.63, 0.52)
    """
    check_level(level)
    check_priors(tau_prior, mu_prior)
    studies = read_effects(yi, vi, totals=totals, labels=labels, missing=missing)
    y, v, n = studies.first, studies.second, studies.others["totals"]
    if scale is not None:
        check_choice("scale", scale, SCALES)
        if scale == "double_arcsine" and n is None:
            raise ValueError("scale 'double_arcsine' cannot be back-transformed without totals")

    def log_posterior(tau: FloatArray) -> FloatArray:
        return _conditional(y, v, mu_prior, tau)[0] + tau_prior.log_density(tau)

    stretch = _stretch_of_tau(log_posterior, tau_prior)
    breaks = np.linspace(0.0, 1.0, _PANELS + 1)
    x, weights = panels(breaks, _NODES)
    tau = stretch.to_value(x)
    log, mean, variance = _conditional(y, v, mu_prior, tau.ravel())
    log += tau_prior.log_density(tau.ravel())
    peak = float(log.max())
    density = np.exp(log.reshape(x.shape) - peak) * stretch.slope(x)
    mass = (weights * density).ravel()
    evidence = peak + math.log(float(mass.sum()))

    # The posterior of τ falls like the prior times τ^(−k), or τ^(1 − k) under a flat prior of μ.
    tail = tau_prior.tail + y.size - isinstance(mu_prior, Flat)

    def as_proportion(value: float) -> float:
        return float(back_transform(value, scale=str(scale), totals=n))

    return summarised(
        model="normal",
        k=y.size,
        tau_prior=tau_prior,
        mu_prior=mu_prior,
        level=level,
        mu=NormalMixture(mass, mean, np.sqrt(variance)),
        tau=PanelDensity(breaks, density, stretch=stretch),
        prediction=NormalMixture(mass, mean, np.sqrt(variance + tau.ravel() ** 2)),
        tau_tail=tail,
        mu_tail=tail if isinstance(mu_prior, Flat) else math.inf,
        as_proportion=None if scale is None else as_proportion,
        log_evidence=None if isinstance(mu_prior, Flat) else evidence,
        note=studies.note,
    )
