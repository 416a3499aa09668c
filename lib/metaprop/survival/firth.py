"""Cox regression with Firth's penalty, for groups without events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import chdtri

from metaprop.checks import check_level
from metaprop.intervals import chi2_pvalue
from metaprop.results import Interval

from .cox import Cox, assemble
from .cox_data import cox_data
from .observations import BoolArray, FloatArray
from .partial_likelihood import RiskSets, moments
from .printed_interval import exp_or_inf

_MAX_STEPS = 100


def _penalised(sets: RiskSets, beta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Penalised log likelihood, its gradient, and the information (unpenalised)."""
    at = moments(sets, beta)
    information = at.information
    sign, log_det = np.linalg.slogdet(information)
    if sign <= 0 or not np.isfinite(log_det):
        return -inf, np.zeros_like(beta), np.eye(beta.size)
    inverse = np.linalg.inv(information)
    penalty = np.einsum("ij,jik->k", inverse, at.information_slope())
    return at.log_likelihood + 0.5 * float(log_det), at.score + 0.5 * penalty, information


def _curvature(
    sets: RiskSets, beta: FloatArray, chosen: NDArray[np.int64], information: FloatArray
) -> FloatArray:
    """Minus the second derivative of the penalised log likelihood among `chosen`.

    Differences of the exact gradient; the information where they are not positive definite. The
    information alone would not do: the penalty bends the likelihood too, and steps then overshoot.
    """
    h = 1e-5
    columns = []
    for j in chosen:
        ahead, behind = beta.copy(), beta.copy()
        ahead[j] += h
        behind[j] -= h
        columns.append((_penalised(sets, behind)[1] - _penalised(sets, ahead)[1])[chosen] / (2 * h))
    bend = np.array(columns)
    bend = (bend + bend.T) / 2.0
    if float(np.linalg.eigvalsh(bend)[0]) > 0:
        return bend
    block: FloatArray = information[np.ix_(chosen, chosen)]
    return block


def _maximise(sets: RiskSets, start: FloatArray, free: BoolArray) -> tuple[FloatArray, float, bool]:
    """Maximise over the coefficients marked free, by damped Newton steps.

    Returns the coefficients, the penalised log likelihood and whether the gradient vanished.
    """
    beta = start.copy()
    chosen = np.flatnonzero(free)
    value, gradient, information = _penalised(sets, beta)
    if chosen.size == 0:
        return beta, value, True
    for _ in range(_MAX_STEPS):
        step = np.linalg.solve(_curvature(sets, beta, chosen, information), gradient[chosen])
        # No step moves a linear predictor by more than 2: further out the curvature that scales
        # the step says nothing about the way there.
        step /= max(1.0, float(np.abs(step @ sets.x[chosen]).max()) / 2.0)
        if float(np.abs(step).max()) < 1e-11:
            break
        while True:
            trial = beta.copy()
            trial[chosen] += step
            new_value, new_gradient, new_information = _penalised(sets, trial)
            if new_value >= value - 1e-12 * max(1.0, abs(value)):
                break
            step /= 2.0
        beta, value, gradient, information = trial, new_value, new_gradient, new_information
    return beta, value, float(np.abs(gradient[chosen]).max()) < 1e-7


def _profile_limit(deficit: Callable[[float], float], estimate: float, toward: float) -> float:
    """Where the profile has fallen by the critical amount, going outward from the estimate."""
    step = toward
    while deficit(estimate + step) < 0:
        step *= 2.0
        if abs(step) > 1e4 * abs(toward):
            return inf if toward > 0 else -inf
    ends = sorted((estimate, estimate + step))
    return float(brentq(deficit, *ends, xtol=1e-10))


def firth_cox(
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
    """Fit a Cox regression by Firth's penalised likelihood.

    Maximises l(β) + ½ ln det I(β), with l the log partial likelihood and I its information. The
    penalty removes the first-order bias and gives a finite estimate where a group has no event.
    Standard errors come from I⁻¹ at the estimate; p-values and intervals from the profile of the
    penalised likelihood, as a Wald interval misleads exactly where the penalty is needed.

    Parameters
    ----------
    time, event, covariates, entry, strata, names, ties, level
        As for :func:`cox`.

    Returns
    -------
    Cox
        With ``penalised=True``; `log_likelihood`, `likelihood_ratio` and `score` are of the
        penalised likelihood. A profile that never falls far enough has an infinite limit of the
        log hazard ratio: 0 or infinity on the scale of hazard ratios.

    Raises
    ------
    ValueError
        For bad rows, constant or collinear covariates, or no event.

    References
    ----------
    Firth D. Biometrika 1993;80:27. Heinze G, Schemper M. Biometrics 2001;57:114.

    Examples
    --------
    >>> from metaprop import survival
    >>> fit = survival.firth_cox([2, 3, 5, 8, 9, 12], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1])
    >>> fit.penalised, round(float(fit.log_hr[0]), 2)
    (True, -2.57)
    """
    check_level(level)
    data = cox_data(time, event, covariates, entry=entry, strata=strata, names=names, ties=ties)
    p, sets, scale = data.scale.size, data.sets, data.scale
    information = moments(sets, np.zeros(p)).information
    if float(np.linalg.eigvalsh(information)[0]) < 1e-10:
        raise ValueError(
            f"{', '.join(data.names)} cannot be told apart, or do not vary among those at risk"
        )
    null, gradient, _ = _penalised(sets, np.zeros(p))
    unit = float(np.log(scale).sum())  # the penalty in the units of the covariates given
    everything = np.ones(p, dtype=np.bool_)
    beta, best, converged = _maximise(sets, np.zeros(p), everything)
    information_there = _penalised(sets, beta)[2]
    result = assemble(
        data,
        beta,
        information_there,
        best + unit,
        null + unit,
        float(gradient @ np.linalg.solve(information, gradient)),
        level=level,
        penalised=True,
        converged=converged,
    )
    covariance = np.linalg.inv(information_there)
    critical = float(chdtri(1, 1.0 - level))
    pvalues, ratios = np.empty(p), []
    for j in range(p):
        free = everything.copy()
        free[j] = False

        def deficit(value: float, j: int = j, free: BoolArray = free) -> float:
            start = beta.copy()
            start[j] = value
            return 2.0 * (best - _maximise(sets, start, free)[1]) - critical

        pvalues[j] = chi2_pvalue(deficit(0.0) + critical, 1)
        width = float(np.sqrt(covariance[j, j]))
        low, high = (_profile_limit(deficit, beta[j], sign * width) for sign in (-1.0, 1.0))
        b = float(beta[j] / scale[j])
        ratios.append(
            Interval(*(exp_or_inf(value) for value in (b, low / scale[j], high / scale[j])))
        )
    return replace(result, pvalues=pvalues, hazard_ratios=tuple(ratios))
