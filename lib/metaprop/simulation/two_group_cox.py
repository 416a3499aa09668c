"""Cox regression on one yes/no covariate for many simulated trials at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
_CHUNK = 4_000_000  # comparisons of two patients held in memory at a time


@dataclass(frozen=True, slots=True, eq=False)
class TwoGroupCox:
    """Fits of many trials.

    Attributes
    ----------
    log_hr, se : ndarray, shape (trials,)
        Where a group has none of the informative events the estimate is ±inf and so is the
        standard error; where no event is informative it is 0 with an infinite standard error.
    score : ndarray, shape (trials,)
        Signed root of the score (log-rank) χ² at a hazard ratio of 1; always finite.
    estimable : ndarray of bool, shape (trials,)
    """

    log_hr: FloatArray
    se: FloatArray
    score: FloatArray
    estimable: BoolArray


def at_risk(
    exit_: FloatArray, switch: FloatArray, included: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Count patients at risk after and before their switch at every patient's exit time.

    Parameters
    ----------
    exit_ : ndarray, shape (trials, n)
        End of follow-up.
    switch : ndarray, shape (trials, n)
        Time from which a patient counts as exposed: −inf for always, inf for never.
    included : ndarray of bool, shape (trials, n)

    Returns
    -------
    exposed, unexposed : ndarray, shape (trials, n)
        At time t a patient is exposed and at risk if switch < t ≤ exit.
    """
    trials, n = exit_.shape
    exposed, unexposed = np.empty((trials, n)), np.empty((trials, n))
    step = max(1, _CHUNK // (n * n))
    for first in range(0, trials, step):
        rows = slice(first, first + step)
        t = exit_[rows][:, :, None]
        here = (exit_[rows][:, None, :] >= t) & included[rows][:, None, :]
        after = switch[rows][:, None, :] < t
        exposed[rows] = (here & after).sum(axis=2)
        unexposed[rows] = (here & ~after).sum(axis=2)
    return exposed, unexposed


def two_group_cox(
    exit_: FloatArray, event: BoolArray, switch: FloatArray, *, included: BoolArray | None = None
) -> TwoGroupCox:
    """Fit log hazard ratios of exposed to unexposed, without tied event times.

    With n₁ and n₀ at risk, an event falls on the exposed with probability
    n₁ e^β / (n₀ + n₁ e^β): the score is Σ (x − p), the information Σ p (1 − p). Newton's method
    runs on all trials together.

    Parameters
    ----------
    exit_, switch : ndarray, shape (trials, n)
        See :func:`at_risk`.
    event : ndarray of bool, shape (trials, n)
    included : ndarray of bool, shape (trials, n), optional
        Patients of the analysis; all by default.

    Returns
    -------
    TwoGroupCox
    """
    included = np.ones_like(event) if included is None else included
    n1, n0 = at_risk(exit_, switch, included)
    informative = event & included & (n1 > 0) & (n0 > 0)
    x = (switch < exit_) & informative
    exposed_events, events = x.sum(axis=1), informative.sum(axis=1)
    estimable = (exposed_events > 0) & (exposed_events < events)
    offset = np.log(np.maximum(n1, 1.0)) - np.log(np.maximum(n0, 1.0))

    def derivatives(beta: FloatArray) -> tuple[FloatArray, FloatArray]:
        p = np.where(informative, expit(offset + beta[:, None]), 0.0)
        return exposed_events - p.sum(axis=1), (p * (1.0 - p)).sum(axis=1)

    score, information = derivatives(np.zeros(exit_.shape[0]))
    chi = score / np.sqrt(np.where(information > 0, information, 1.0))
    beta = np.zeros(exit_.shape[0])
    for _ in range(100):
        gradient, information = derivatives(beta)
        step = np.where(estimable, gradient / np.where(estimable, information, 1.0), 0.0)
        beta += np.clip(step, -1.0, 1.0)
        if float(np.abs(step).max(initial=0.0)) < 1e-12:
            break
    information = derivatives(beta)[1]
    se = np.full(beta.shape, np.inf)
    se[estimable] = information[estimable] ** -0.5
    one_sided = (events > 0) & ~estimable
    beta[one_sided] = np.where(exposed_events[one_sided] > 0, np.inf, -np.inf)
    return TwoGroupCox(beta, se, chi, estimable)
