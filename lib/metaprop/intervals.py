"""Critical values and confidence intervals of a pooled effect."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtri, stdtrit

from .results import Interval

FloatArray = NDArray[np.float64]


@lru_cache(maxsize=512)
def normal_quantile(level: float) -> float:
    """Two-sided critical value of the normal distribution."""
    return float(ndtri(0.5 + level / 2.0))


@lru_cache(maxsize=2048)
def t_quantile(level: float, df: int) -> float:
    """Two-sided critical value of Student's t distribution with `df` > 0 degrees of freedom."""
    return float(stdtrit(df, 0.5 + level / 2.0))


def chi2_pvalue(statistic: float, df: int) -> float:
    """Upper tail of the χ² distribution; 1 when there is no degree of freedom."""
    if df <= 0:
        return 1.0
    return float(chdtrc(df, max(statistic, 0.0)))


def confidence_interval(
    estimate: float,
    se: float,
    *,
    ci: str,
    df: int,
    level: float,
    residual_q: float,
) -> tuple[Interval, float, str]:
    """Confidence interval of a pooled effect.

    Parameters
    ----------
    estimate, se : float
        Pooled effect and its classic standard error.
    ci : {"wald", "t", "hartung-knapp", "hartung-knapp-adhoc"}
        Kind of interval.
    df : int
        Residual degrees of freedom, k − 1.
    level : float
        Confidence level.
    residual_q : float
        Σ w (y − μ)² with the weights of the pooled effect; Hartung and Knapp (2001) and Sidik and
        Jonkman (2002) scale the squared standard error by this over `df`.

    Returns
    -------
    interval : Interval
    se : float
        The standard error behind the interval.
    note : str
        What the reader must know; empty when there is nothing.

    Notes
    -----
    With one study no t distribution exists; the interval is then the Wald interval, and the note
    says so.
    """
    note = ""
    if ci == "wald" or df < 1:
        half = normal_quantile(level) * se
        if ci != "wald":
            note = "one study only: the interval is the Wald interval"
        return Interval(estimate, estimate - half, estimate + half), se, note
    critical = t_quantile(level, df)
    if ci == "hartung-knapp":
        scale = residual_q / df
        if critical * np.sqrt(scale) < normal_quantile(level):
            note = "the Hartung–Knapp interval is narrower than the Wald interval"
        se *= float(np.sqrt(scale))
    elif ci == "hartung-knapp-adhoc":
        se *= float(np.sqrt(max(1.0, residual_q / df)))
    half = critical * se
    return Interval(estimate, estimate - half, estimate + half), se, note
