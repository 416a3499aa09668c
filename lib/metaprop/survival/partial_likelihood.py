"""The Cox partial likelihood and its derivatives, for Firth's penalty and for score tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .observations import FloatArray, Observations


@dataclass(frozen=True, slots=True, eq=False)
class RiskSets:
    """One row per event: who was at risk, and with what weight.

    Attributes
    ----------
    weights : ndarray, shape (events, n)
        1 for rows at risk; with Efron's rule the l-th of d tied events counts the d rows that
        share the time with weight 1 − l / d.
    row : ndarray of int, shape (events,)
        The row that had the event.
    x : ndarray, shape (n, p)
        Covariates, centred (the likelihood does not change, the exponentials stay small).
    """

    weights: FloatArray
    row: NDArray[np.int64]
    x: FloatArray


def risk_sets(data: Observations, x: FloatArray, *, ties: str) -> RiskSets:
    """Lay out the risk sets of all events, stratum by stratum, in order of time."""
    order = np.lexsort((data.time, data.strata))
    rows = order[data.event[order]]
    when, stratum = data.time[rows], data.strata[rows]
    weights = (
        (data.strata[None, :] == stratum[:, None])
        & (data.entry[None, :] < when[:, None])
        & (data.time[None, :] >= when[:, None])
    ).astype(np.float64)
    if ties == "efron":
        new = np.r_[True, (np.diff(when) != 0) | (np.diff(stratum) != 0)]
        for block in np.split(np.arange(rows.size), np.flatnonzero(new)[1:]):
            shares = np.arange(block.size) / block.size
            weights[np.ix_(block, rows[block])] -= shares[:, None]
    return RiskSets(weights, rows.astype(np.int64), x - x.mean(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Log likelihood at one β with the moments of x in every risk set.

    Attributes
    ----------
    log_likelihood : float
    residuals : ndarray, shape (events, p)
        Schoenfeld residuals, x of the event less its mean in the risk set; their sum is the score.
    variances : ndarray, shape (events, p, p)
        Covariance of x in each risk set; their sum is the information.
    probability, deviations : ndarray, shapes (events, n) and (events, n, p)
        Probability of each row to be the one with the event, and x less its mean.
    """

    log_likelihood: float
    residuals: FloatArray
    variances: FloatArray
    probability: FloatArray
    deviations: FloatArray

    @property
    def score(self) -> FloatArray:
        """Gradient of the log partial likelihood, shape (p,)."""
        total: FloatArray = self.residuals.sum(axis=0)
        return total

    @property
    def information(self) -> FloatArray:
        """Minus the second derivative, shape (p, p)."""
        total: FloatArray = self.variances.sum(axis=0)
        return total

    def information_slope(self) -> FloatArray:
        """Differentiate the information, shape (p, p, p): third central moments of x."""
        slope: FloatArray = np.einsum(
            "en,eni,enj,enk->ijk",
            self.probability,
            self.deviations,
            self.deviations,
            self.deviations,
            optimize=True,
        )
        return slope


def moments(sets: RiskSets, beta: FloatArray) -> Moments:
    """Evaluate the partial likelihood and what its derivatives are made of."""
    eta = sets.x @ beta
    eta = eta - eta.max()  # a common factor cancels; this keeps exp() from overflowing
    weighted = sets.weights * np.exp(eta)
    total = weighted.sum(axis=1)
    probability = weighted / total[:, None]
    mean = probability @ sets.x
    deviations = sets.x[None, :, :] - mean[:, None, :]
    variances = np.einsum("en,eni,enj->eij", probability, deviations, deviations, optimize=True)
    return Moments(
        log_likelihood=float((eta[sets.row] - np.log(total)).sum()),
        residuals=sets.x[sets.row] - mean,
        variances=variances,
        probability=probability,
        deviations=deviations,
    )
