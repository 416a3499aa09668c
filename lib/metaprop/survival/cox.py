"""Cox proportional-hazards regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfc

from ..checks import check_choice, check_level
from ..intervals import chi2_pvalue, normal_quantile
from ..results import Interval, Result
from .observations import FloatArray, check_covariates, check_observations
from .partial_likelihood import moments, risk_sets

_TIES = ("efron", "breslow")
# Beyond this many standard deviations a coefficient is on its way to infinity: the information
# it leaves has fallen to rounding noise.
_MONOTONE_SE = 50.0


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
    """Fit a Cox regression (statsmodels' ``PHReg``).

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
    from statsmodels.duration.hazard_regression import PHReg

    data = check_observations(time, event, entry=entry, strata=strata)
    x, labels = check_covariates(covariates, data.time.size, names)
    check_choice("ties", ties, _TIES)
    check_level(level)
    if not data.event.any():
        raise ValueError("no event was observed: there is nothing to model")
    scale = x.std(axis=0)
    model = PHReg(
        data.time,
        (x - x.mean(axis=0)) / scale,
        status=data.event.astype(np.int64),
        # statsmodels counts a row that enters exactly at an event time as at risk; the interval
        # (entry, time] does not. The next float up settles it.
        entry=None if entry is None else np.nextafter(data.entry, np.inf),
        strata=None if strata is None else data.strata,
        ties=ties,
    )
    sets = risk_sets(data, x, ties=ties)
    start = moments(sets, np.zeros(x.shape[1]))
    _check_maximum(start.information * np.outer(scale, scale), labels)
    with np.errstate(all="ignore"):  # a runaway fit is recognised and refused below
        fit = model.fit(disp=0, method="newton", maxiter=100, tol=1e-12, warn_convergence=False)
    beta = np.asarray(fit.params, dtype=np.float64) / scale
    if not np.isfinite(beta).all():
        _no_maximum(labels)
    end = moments(sets, beta)
    _check_maximum(end.information * np.outer(scale, scale), labels)
    covariance = np.asarray(np.linalg.inv(end.information), dtype=np.float64)
    gradient = end.score * np.sqrt(np.diag(covariance))
    return assemble(
        labels,
        beta,
        covariance,
        end.log_likelihood,
        start.log_likelihood,
        float(start.score @ np.linalg.solve(start.information, start.score)),
        n=data.time.size,
        events=int(data.event.sum()),
        ties=ties,
        level=level,
        penalised=False,
        converged=bool(np.abs(gradient).max() < 1e-6),
    )


def _no_maximum(names: tuple[str, ...]) -> None:
    raise ValueError(
        f"the partial likelihood of {', '.join(names)} has no maximum (a group without events, or "
        "covariates that order the events perfectly): use firth_cox"
    )


def _check_maximum(information: FloatArray, names: tuple[str, ...]) -> None:
    """Refuse a fit whose information, per standard deviation of x, has all but vanished."""
    if float(np.linalg.eigvalsh(information)[0]) < _MONOTONE_SE**-2:
        _no_maximum(names)


def assemble(
    names: tuple[str, ...],
    beta: FloatArray,
    covariance: FloatArray,
    log_likelihood: float,
    log_likelihood_null: float,
    score: float,
    *,
    n: int,
    events: int,
    ties: str,
    level: float,
    penalised: bool,
    converged: bool,
) -> Cox:
    """Put together what a fit found and what follows from it."""
    se = np.sqrt(np.diag(covariance))
    reach = normal_quantile(level) * se
    ratio = 2.0 * (log_likelihood - log_likelihood_null)
    return Cox(
        names=names,
        log_hr=beta,
        se=se,
        pvalues=np.asarray(erfc(np.abs(beta / se) / np.sqrt(2.0))),
        hazard_ratios=tuple(
            Interval(float(np.exp(b)), float(np.exp(b - r)), float(np.exp(b + r)))
            for b, r in zip(beta, reach, strict=True)
        ),
        covariance=covariance,
        log_likelihood=log_likelihood,
        log_likelihood_null=log_likelihood_null,
        likelihood_ratio=ratio,
        likelihood_ratio_pvalue=chi2_pvalue(ratio, beta.size),
        score=score,
        wald=float(beta @ np.linalg.solve(covariance, beta)),
        n=n,
        events=events,
        ties=ties,
        penalised=penalised,
        converged=converged,
    )
