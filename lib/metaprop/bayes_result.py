"""What the Bayesian models return, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .posterior import Distribution, PosteriorSummary, summarise
from .priors import Flat, HalfNormal, HalfT, MuPrior, Normal, TauPrior, Uniform
from .results import Interval, Result

FloatArray = NDArray[np.float64]
_CURVE_POINTS = 161


@dataclass(frozen=True, slots=True, eq=False)
class Curve(Result):
    """A posterior density to draw.

    Attributes
    ----------
    x, density : ndarray
        Values in ascending order, and the density at each.
    """

    x: FloatArray
    density: FloatArray


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BayesPooled(Result):
    """Posterior of a random-effects model.

    Attributes
    ----------
    model : {"normal", "binomial"}
        Normal approximation of each study's effect, or the binomial counts themselves.
    k : int
        Number of studies.
    tau_prior, mu_prior : prior objects
        The priors.
    level : float
        Probability of every interval.
    mu, tau, prediction : PosteriorSummary
        Pooled effect, between-study standard deviation, and the effect of a new study, on the
        working scale (logit for the binomial model).
    proportion, prediction_proportion : Interval or None
        Posterior median and central interval of μ and of a new study as proportions; None when
        the working scale was not said.
    mu_curve, tau_curve : Curve
        Posterior densities, on the working scale.
    log_evidence : float or None
        Logarithm of the marginal likelihood, all constants included; None under a flat prior.
    note : str
        Which rows were rearranged or left out as incomplete; empty when none.
    """

    model: str
    k: int
    tau_prior: TauPrior
    mu_prior: MuPrior
    level: float
    mu: PosteriorSummary
    tau: PosteriorSummary
    prediction: PosteriorSummary
    proportion: Interval | None
    prediction_proportion: Interval | None
    mu_curve: Curve
    tau_curve: Curve
    log_evidence: float | None
    note: str = ""


def check_priors(tau_prior: object, mu_prior: object) -> None:
    """Raise a ValueError unless both are priors."""
    if not isinstance(tau_prior, HalfNormal | HalfT | Uniform):
        raise ValueError(f"tau_prior must be a HalfNormal, HalfT or Uniform, got {tau_prior!r}")
    if not isinstance(mu_prior, Normal | Flat):
        raise ValueError(f"mu_prior must be a Normal or Flat, got {mu_prior!r}")


def _curve(posterior: Distribution) -> Curve:
    low, high = posterior.quantiles(np.array([0.0005, 0.9995])).tolist()
    x = np.linspace(low, high, _CURVE_POINTS)
    return Curve(x, posterior.pdf(x))


def summarised(
    *,
    model: str,
    k: int,
    tau_prior: TauPrior,
    mu_prior: MuPrior,
    level: float,
    mu: Distribution,
    tau: Distribution,
    prediction: Distribution,
    tau_tail: float,
    mu_tail: float,
    as_proportion: Callable[[float], float] | None,
    log_evidence: float | None,
    note: str,
) -> BayesPooled:
    """Put a result together from the three posterior distributions.

    `tau_tail` and `mu_tail` are the powers a of densities that fall as τ^(−a) and |μ|^(−a): a
    moment of order r exists when a > r + 1.
    """
    new_tail = min(tau_tail, mu_tail)
    of_mu = summarise(mu, level, mean_exists=mu_tail > 2.0, sd_exists=mu_tail > 3.0)
    of_new = summarise(prediction, level, mean_exists=new_tail > 2.0, sd_exists=new_tail > 3.0)

    def proportion(summary: PosteriorSummary) -> Interval | None:
        if as_proportion is None:
            return None
        return Interval(*(as_proportion(x) for x in (summary.median, summary.low, summary.high)))

    return BayesPooled(
        model=model,
        k=k,
        tau_prior=tau_prior,
        mu_prior=mu_prior,
        level=level,
        mu=of_mu,
        tau=summarise(
            tau,
            level,
            mean_exists=tau_tail > 2.0,
            sd_exists=tau_tail > 3.0,
            either_sign=False,
        ),
        prediction=of_new,
        proportion=proportion(of_mu),
        prediction_proportion=proportion(of_new),
        mu_curve=_curve(mu),
        tau_curve=_curve(tau),
        log_evidence=log_evidence,
        note=note,
    )
