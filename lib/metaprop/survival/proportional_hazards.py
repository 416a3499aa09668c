"""Score test of proportional hazards, as R's cox.zph makes it since survival 3.0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from metaprop.checks import check_choice
from metaprop.intervals import chi2_pvalue
from metaprop.results import Result

from .cox import fit_cox
from .cox_data import cox_data
from .kaplan_meier import kaplan_meier
from .observations import FloatArray, Observations


@dataclass(frozen=True, slots=True, eq=False)
class ProportionalHazards(Result):
    """Test that hazard ratios do not change with time.

    Attributes
    ----------
    names : tuple of str
    statistics, pvalues : ndarray, shape (p,)
        χ² on one degree of freedom for each covariate.
    global_statistic, global_pvalue : float
        χ² on p degrees of freedom for all of them together.
    transform : str
        Scale of time g(t) along which a log hazard ratio might change.
    """

    names: tuple[str, ...]
    statistics: FloatArray
    pvalues: FloatArray
    global_statistic: float
    global_pvalue: float
    transform: str


def _km(data: Observations, entry: ArrayLike | None) -> FloatArray:
    """1 − S just before each row's time."""
    curve = kaplan_meier(data.time, data.event, entry=entry)
    before = np.searchsorted(curve.time, data.time, side="left")
    shares: FloatArray = 1.0 - np.r_[1.0, curve.survival][before]
    return shares


_TRANSFORMS: dict[str, Callable[[Observations, ArrayLike | None], FloatArray]] = {
    "km": _km,
    "rank": lambda data, _: np.asarray(rankdata(data.time), dtype=np.float64),
    "identity": lambda data, _: data.time,
    "log": lambda data, _: np.log(data.time),
}


def ph_test(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    transform: str = "km",
    entry: ArrayLike | None = None,
    strata: Sequence[Any] | ArrayLike | None = None,
    names: Sequence[str] | None = None,
    ties: str = "efron",
) -> ProportionalHazards:
    """Test proportional hazards by a score test.

    The model log hazard ratio = β + γ g(t) is tested for γ = 0 at the fitted β. With Schoenfeld
    residuals rᵢ and risk-set covariances Vᵢ at the event times, the score of γ is Σ g(tᵢ) rᵢ and
    the joint information of β and γ has the blocks Σ Vᵢ, Σ g(tᵢ) Vᵢ and Σ g(tᵢ)² Vᵢ. Unlike the
    older test on scaled residuals it does not take Vᵢ to be constant over time.

    Parameters
    ----------
    time, event, covariates, entry, strata, names, ties
        As for :func:`cox`.
    transform : {"km", "rank", "identity", "log"}
        g(t): one minus the Kaplan–Meier curve just before t, rank of the follow-up time, time,
        or its logarithm.

    Returns
    -------
    ProportionalHazards

    Raises
    ------
    ValueError
        As :func:`cox`; if all events fall on one value of g, when nothing can change with time.

    References
    ----------
    Grambsch PM, Therneau TM. Biometrika 1994;81:515. Therneau T, the survival package's vignette
    on its score test, version 3.0.

    Examples
    --------
    >>> from metaprop import survival
    >>> test = survival.ph_test([2, 3, 5, 8, 9, 12], [1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 0, 1])
    >>> round(test.global_statistic, 2), round(test.global_pvalue, 2)
    (3.49, 0.06)
    """
    check_choice("transform", transform, tuple(_TRANSFORMS))
    data = cox_data(time, event, covariates, entry=entry, strata=strata, names=names, ties=ties)
    at = fit_cox(data).end
    g = _TRANSFORMS[transform](data.rows, entry)[data.sets.row]
    g = g - g.mean()
    if np.ptp(g) == 0:
        raise ValueError("all events happened at one time: no change over time can be tested")
    p = data.scale.size
    score = np.r_[np.zeros(p), g @ at.residuals]
    cross = np.einsum("e,eij->ij", g, at.variances)
    information = np.block(
        [[at.information, cross], [cross, np.einsum("e,eij->ij", g**2, at.variances)]]
    )

    def chi2(columns: list[int]) -> float:
        u = score[columns]
        try:
            return float(u @ np.linalg.solve(information[np.ix_(columns, columns)], u))
        except np.linalg.LinAlgError:
            raise ValueError(
                f"no change over time of {', '.join(data.names)} can be tested: those at risk "
                "differ at too few event times"
            ) from None

    statistics = np.array([chi2([*range(p), p + j]) for j in range(p)])
    together = chi2(list(range(2 * p)))
    return ProportionalHazards(
        names=data.names,
        statistics=statistics,
        pvalues=np.array([chi2_pvalue(float(s), 1) for s in statistics]),
        global_statistic=together,
        global_pvalue=chi2_pvalue(together, p),
        transform=transform,
    )
