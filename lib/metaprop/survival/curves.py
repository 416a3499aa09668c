"""Hazard ratio of two published survival curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from metaprop.results import Interval, Result

from .cox import cox
from .logrank import logrank
from .rebuilt import RebuiltPatients, rebuild_patients


@dataclass(frozen=True, slots=True, eq=False)
class CurvesHazardRatio(Result):
    """Hazard ratio of group 1 to group 0, of patients rebuilt from their curves.

    Attributes
    ----------
    log_hr, se : float
        Log hazard ratio of a Cox regression (Efron's rule for ties) and its standard error.
    hazard_ratio : Interval
        exp(log_hr) with its interval; below 1 favours group 1.
    pvalue, logrank_pvalue : float
        Two-sided, of the Cox regression (Wald) and of the log-rank test: compare the latter with
        a printed one.
    groups : tuple of RebuiltPatients
        Groups 1 and 0, in this order.
    notes : tuple of str
        Everything the reader of the number should know.
    """

    log_hr: float
    se: float
    hazard_ratio: Interval
    pvalue: float
    logrank_pvalue: float
    groups: tuple[RebuiltPatients, RebuiltPatients]
    notes: tuple[str, ...]


def log_hr_from_curves(
    time1: ArrayLike,
    survival1: ArrayLike,
    time0: ArrayLike,
    survival0: ArrayLike,
    *,
    n1: int | None = None,
    n0: int | None = None,
    at_risk1: ArrayLike | None = None,
    at_risk0: ArrayLike | None = None,
    risk_time: ArrayLike | None = None,
    events1: int | None = None,
    events0: int | None = None,
    level: float = 0.95,
) -> CurvesHazardRatio:
    """Estimate a hazard ratio from points read off two Kaplan–Meier curves.

    The patients of each group are rebuilt by :func:`rebuild_patients`, then compared by a Cox
    regression.

    Parameters
    ----------
    time1, survival1, time0, survival0 : array_like
        Points of the curves of groups 1 and 0: times, and survival just after them (fractions).
    n1, n0 : int, optional
        Patients; needed unless numbers at risk at time 0 are given.
    at_risk1, at_risk0 : array_like of int, optional
        Printed numbers at risk.
    risk_time : array_like, optional
        Their times, the same for both groups; by default those of the points of each curve.
    events1, events0 : int, optional
        All events of each group, where printed.
    level : float

    Returns
    -------
    CurvesHazardRatio

    Raises
    ------
    ValueError
        As :func:`rebuild_patients`, naming the group, and as :func:`metaprop.survival.cox`.

    Notes
    -----
    How close this comes to the patients themselves, in 200 simulated trials of 40 to 300 patients a
    group, with survival to three decimals: from all steps of the curves and ten numbers at risk the
    log hazard ratio is off by 0.06 standard errors (root mean square), from 40 points on a grid
    with numbers at risk or the number of events by 0.24. Without either nobody is taken to be
    censored before the end: 0.4 to 0.6 standard errors, and the standard error is a tenth too
    small. Covariates are lost: only the crude hazard ratio can be rebuilt.

    References
    ----------
    Guyot P, Ades AE, Ouwens MJNM, Welton NJ. BMC Med Res Methodol 2012;12:9.

    Examples
    --------
    >>> from metaprop import survival
    >>> time, one, zero = [3, 6, 9, 12], [0.9, 0.8, 0.7, 0.65], [0.8, 0.6, 0.5, 0.4]
    >>> found = survival.log_hr_from_curves(time, one, time, zero, n1=40, n0=40)
    >>> [round(value, 2) for value in found.hazard_ratio]
    [0.48, 0.25, 0.92]
    """
    groups = []
    for label, time, survival, n, at_risk, events in (
        ("1", time1, survival1, n1, at_risk1, events1),
        ("0", time0, survival0, n0, at_risk0, events0),
    ):
        try:
            groups.append(
                rebuild_patients(
                    time, survival, n=n, at_risk=at_risk, risk_time=risk_time, events=events
                )
            )
        except ValueError as error:
            raise ValueError(f"group {label}: {error}") from None
    one, zero = groups
    both = np.r_[one.time, zero.time], np.r_[one.event, zero.event]
    group = np.r_[np.ones(one.n), np.zeros(zero.n)]
    fit = cox(*both, group, names=["group"], level=level)
    return CurvesHazardRatio(
        log_hr=float(fit.log_hr[0]),
        se=float(fit.se[0]),
        hazard_ratio=fit.hazard_ratios[0],
        pvalue=float(fit.pvalues[0]),
        logrank_pvalue=logrank(*both, group).pvalue,
        groups=(one, zero),
        notes=tuple(
            f"group {label}: {note}"
            for label, rebuilt in (("1", one), ("0", zero))
            for note in rebuilt.notes
        ),
    )
