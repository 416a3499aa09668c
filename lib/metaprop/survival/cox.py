"""Cox proportional-hazards regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfc

from metaprop.checks import check_level
from metaprop.intervals import chi2_pvalue, normal_quantile
from metaprop.results import Interval, Result

from .cox_data import CoxData, cox_data
from .observations import FloatArray
from .partial_likelihood import Moments, moments
from .printed_interval import exp_or_inf

_MAX_STEPS = 100
# Newton's method ends where the next step would add this much to the log likelihood, twice over.
_DECREMENT = 1e-20
# Beyond this many standard deviations a coefficient is on its way to infinity: the information
# it leaves has fallen to rounding noise.
_MONOTONE_SE = 50.0
# Newton's method has lost its way altogether where less than this is left.
_VANISHED = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Cox(Result):
    """Cox proportional-hazards regression.

    Attributes
    ----------
    names : tuple of str
    log_hr, se, pvalues : ndarray, shape (p,)
        Coefficients, standard errors, two-sided Wald p-values.
    hazard_ratios : tuple of Interval
        exp(log_hr) with its interval, one per covariate.
    covariance : ndarray, shape (p, p)
    log_likelihood, log_likelihood_null : float
        Log partial likelihood at the estimate and at no effect.
    likelihood_ratio, score, wald : float
        The three global χ² tests, on p degrees of freedom.
    likelihood_ratio_pvalue : float
    n, events : int
    ties : str
    penalised : bool
        True for :func:`firth_cox`, whose likelihoods are penalised.
    converged : bool
    """

    names: tuple[str, ...]
    log_hr: FloatArray
    se: FloatArray
    pvalues: FloatArray
    hazard_ratios: tuple[Interval, ...]
    covariance: FloatArray
    log_likelihood: float
    log_likelihood_null: float
    likelihood_ratio: float
    likelihood_ratio_pvalue: float
    score: float
    wald: float
    n: int
    events: int
    ties: str
    penalised: bool
    converged: bool


def cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: Sequence[Any] | ArrayLike | None = None,
    names: Sequence[str] | None = None,
    ties: str = "efron",
    level: float = 0.95,
) -> Cox:
    """Fit a Cox regression.

    Newton's method on the partial likelihood; the time it takes grows with n log n.

    Parameters
    ----------
    time, event : array_like, shape (n,)
    covariates : array_like, shape (n,) or (n, p)
    entry : array_like, shape (n,), optional
        A row is at risk on (entry, time]. With rows split by
        :func:`metaprop.survival.split_at_switch` this is a
        Cox regression with a time-dependent covariate.
    strata : array_like of labels, shape (n,), optional
        Strata with baseline hazards of their own.
    names : sequence of str, optional
    ties : {"efron", "breslow"}
    level : float

    Returns
    -------
    Cox

    Raises
    ------
    ValueError
        For bad rows, constant covariates or no event; and if the likelihood has no maximum (a
        group without events, say), where :func:`firth_cox` has an answer.

    References
    ----------
    Cox DR. J R Stat Soc B 1972;34:187. Efron B. J Am Stat Assoc 1977;72:557.

    Examples
    --------
    >>> from metaprop import survival
    >>> fit = survival.cox([2, 3, 5, 8, 9, 12], [1, 1, 1, 0, 1, 1], [1, 0, 1, 1, 0, 0])
    >>> [round(value, 2) for value in fit.hazard_ratios[0]]
    [2.3, 0.21, 25.65]
    """
    check_level(level)
    data = cox_data(time, event, covariates, entry=entry, strata=strata, names=names, ties=ties)
    fit = fit_cox(data)
    gradient = fit.end.score / np.sqrt(np.diag(fit.end.information))
    start = fit.start
    return assemble(
        data,
        fit.beta,
        fit.end.information,
        fit.end.log_likelihood,
        start.log_likelihood,
        float(start.score @ np.linalg.solve(start.information, start.score)),
        level=level,
        penalised=False,
        converged=bool(np.abs(gradient).max() < 1e-6),
    )


@dataclass(frozen=True, slots=True, eq=False)
class CoxFit:
    """Maximum of a partial likelihood, for covariates in standard deviations.

    Attributes
    ----------
    beta : ndarray, shape (p,)
    start, end : Moments
        At no effect and at `beta`.
    """

    beta: FloatArray
    start: Moments
    end: Moments


def fit_cox(data: CoxData) -> CoxFit:
    """Maximise the partial likelihood by Newton's method, halving steps that overshoot.

    The likelihood is concave, so that this finds the maximum if there is one.

    Raises
    ------
    ValueError
        If there is none.
    """
    beta = np.zeros(data.scale.size)
    start = end = moments(data.sets, beta)
    _check_maximum(start.information, data.names)
    for _ in range(_MAX_STEPS):
        step = np.linalg.solve(end.information, end.score)
        if float(step @ end.score) < _DECREMENT:
            break
        while True:
            ahead = moments(data.sets, beta + step)
            if ahead.log_likelihood >= end.log_likelihood - 1e-12 * abs(end.log_likelihood):
                break
            step /= 2.0
        beta, end = beta + step, ahead
        if float(np.linalg.eigvalsh(end.information)[0]) < _VANISHED:
            break
    _check_maximum(end.information, data.names)
    return CoxFit(beta, start, end)


def _check_maximum(information: FloatArray, names: tuple[str, ...]) -> None:
    """Refuse a fit whose information, per standard deviation of x, has all but vanished."""
    if float(np.linalg.eigvalsh(information)[0]) < _MONOTONE_SE**-2:
        raise ValueError(
            f"the partial likelihood of {', '.join(names)} has no maximum (a group without events, "
            "or covariates that order the events perfectly): use firth_cox"
        )


def assemble(
    data: CoxData,
    beta: FloatArray,
    information: FloatArray,
    log_likelihood: float,
    log_likelihood_null: float,
    score: float,
    *,
    level: float,
    penalised: bool,
    converged: bool,
) -> Cox:
    """Put together what a fit in standard deviations found and what follows from it."""
    covariance = np.linalg.inv(information) / np.outer(data.scale, data.scale)
    wald = float(beta @ information @ beta)
    beta = beta / data.scale
    se = np.sqrt(np.diag(covariance))
    reach = normal_quantile(level) * se
    ratio = 2.0 * (log_likelihood - log_likelihood_null)
    return Cox(
        names=data.names,
        log_hr=beta,
        se=se,
        pvalues=np.asarray(erfc(np.abs(beta / se) / np.sqrt(2.0))),
        hazard_ratios=tuple(
            Interval(*(exp_or_inf(float(value)) for value in (b, b - r, b + r)))
            for b, r in zip(beta, reach, strict=True)
        ),
        covariance=covariance,
        log_likelihood=log_likelihood,
        log_likelihood_null=log_likelihood_null,
        likelihood_ratio=ratio,
        likelihood_ratio_pvalue=chi2_pvalue(ratio, beta.size),
        score=score,
        wald=wald,
        n=data.rows.time.size,
        events=int(data.rows.event.sum()),
        ties=data.ties,
        penalised=penalised,
        converged=converged,
    )
