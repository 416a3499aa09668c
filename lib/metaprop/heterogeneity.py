"""Cochran's Q, both kinds of I², H², and confidence intervals for τ² and I²."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri

from .checks import check_choice, check_effects, check_level, check_number, check_whole
from .design import no_freedom, read_design
from .intervals import chi2_pvalue, normal_quantile
from .results import Interval
from .tau2 import Residuals, estimate_tau2, root

FloatArray = NDArray[np.float64]


def cochran_q(yi: ArrayLike, vi: ArrayLike) -> tuple[float, int, float]:
    """Cochran's Q, its degrees of freedom and p-value.

    Q = Σ w (y − μ)² with w = 1 / v and μ the fixed-effect mean (Cochran 1954).

    Examples
    --------
    >>> import metaprop
    >>> q, df, pvalue = metaprop.cochran_q([0.1, 0.6, 1.4], [0.04, 0.05, 0.09])
    >>> round(q, 2), df, round(pvalue, 4)
    (13.13, 2, 0.0014)
    """
    y, v = check_effects(yi, vi)
    q = Residuals(y, v).q(0.0)
    return q, y.size - 1, chi2_pvalue(q, y.size - 1)


def typical_variance(vi: FloatArray, design: FloatArray | None = None) -> float:
    """Typical sampling variance: df / tr P, Higgins and Thompson (2002) Eq. 9.

    Without moderators (k − 1) Σ w / [(Σ w)² − Σ w²], w = 1 / v. Infinite without a degree of
    freedom.
    """
    w = 1.0 / vi
    sw = float(w.sum())
    if design is None:
        df, trace = vi.size - 1, sw - float(w @ w) / sw
    else:
        df = vi.size - design.shape[1]
        xw = design * w[:, None]
        trace = sw - float(np.sum(np.linalg.inv(design.T @ xw) * (xw.T @ xw)))
    return df / trace if df > 0 else math.inf


def i2_from_q(q: float, df: int) -> float:
    """I² from Q: max(0, (Q − df) / Q), a fraction (Higgins and Thompson 2002)."""
    return max(0.0, (q - df) / q) if q > 0 and df > 0 else 0.0


def i2_from_tau2(tau2: float, typical: float) -> float:
    """I² from τ²: τ² / (τ² + typical variance), a fraction."""
    return tau2 / (tau2 + typical) if math.isfinite(typical) else 0.0


def i2_interval(q: float, k: int, *, level: float = 0.95) -> Interval:
    """Confidence interval of the Q-based I² (Higgins and Thompson 2002, test-based method).

    Parameters
    ----------
    q : float
        Cochran's Q.
    k : int
        Number of studies, at least 2.
    level : float
        Confidence level.

    Returns
    -------
    Interval
        I² and its limits, fractions in [0, 1]; the limits R's meta prints. With k = 2 and
        Q ≤ 2 the method gives no standard error: the interval is then [0, 1].

    Notes
    -----
    On ln H with H² = Q / (k − 1): the standard error is
    (ln Q − ln(k − 1)) / (2 [√(2 Q) − √(2 k − 3)]) for Q > k, and
    √{ [1 − 1 / (3 (k − 2)²)] / [2 (k − 2)] } otherwise. Limits of H below 1 become 1, and
    I² = (H² − 1) / H².

    Examples
    --------
    >>> import metaprop
    >>> [round(value, 2) for value in metaprop.i2_interval(18.0, k=10)]
    [0.5, 0.0, 0.76]
    """
    check_level(level)
    q, k = check_number("q", q, at_least=0.0), check_whole("k", k, at_least=2)
    df = k - 1
    estimate = i2_from_q(q, df)
    if q > k:
        se = 0.5 * (math.log(q) - math.log(df)) / (math.sqrt(2 * q) - math.sqrt(2 * k - 3))
    elif k > 2:
        se = math.sqrt((1.0 - 1.0 / (3.0 * (k - 2) ** 2)) / (2.0 * (k - 2)))
    else:
        return Interval(estimate, 0.0, 1.0)
    centre = 0.5 * math.log(max(q / df, 1.0))
    half = normal_quantile(level) * se
    low, high = (1.0 - math.exp(-2.0 * max(0.0, centre + side * half)) for side in (-1, 1))
    return Interval(estimate, low, high)


def _falling_root(function: Callable[[float], float], start: float) -> float:
    """Root on [0, ∞) of a function that falls to a negative limit and is positive at 0."""
    high = start
    while function(high) > 0.0:
        high *= 4.0
    return root(function, 0.0, high)[0]


def _q_profile(data: Residuals, level: float) -> tuple[float, float]:
    """Values of τ² at which the generalised Q equals the χ² quantiles (Viechtbauer 2007)."""
    tail = (1.0 - level) / 2.0
    limits = []
    for probability in (tail, 1.0 - tail):  # upper tail areas: large quantile, small quantile
        quantile = float(chdtri(data.df, probability))
        if data.q(0.0) <= quantile:
            limits.append(0.0)
        else:
            limits.append(_falling_root(lambda t, c=quantile: data.q(t) - c, data.upper))  # type: ignore[misc]
    return limits[0], limits[1]


def _profile_likelihood(
    data: Residuals, level: float, estimate: float, *, restricted: bool
) -> tuple[float, float]:
    """Values of τ² around the maximum at which the log-likelihood has fallen by z² / 2."""
    threshold = data.loglik(estimate, restricted=restricted) - 0.5 * normal_quantile(level) ** 2

    def above(t: float) -> float:
        return data.loglik(t, restricted=restricted) - threshold

    low = 0.0 if above(0.0) >= 0.0 else root(above, 0.0, estimate)[0]
    high = max(estimate, data.upper)
    while above(high) > 0.0:
        high *= 4.0
    return low, root(above, estimate, high)[0]


def tau2_interval(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    method: str = "q-profile",
    level: float = 0.95,
    estimator: str = "REML",
    design: ArrayLike | None = None,
    intercept: bool | None = None,
) -> Interval:
    """Confidence interval of the between-study variance.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and variances, at least 2 studies.
    method : {"q-profile", "profile-likelihood"}
        Q-profile (Viechtbauer 2007), exact under normality; or the profile (restricted)
        likelihood (Hardy and Thompson 1996), for the estimators ML and REML.
    level : float
        Confidence level.
    estimator : str
        Estimator of the point estimate; see :func:`~metaprop.between_study_variance`. Q-profile
        limits do not depend on it.
    design : array_like, shape (k,) or (k, p), optional
        Moderators; the interval is then that of the residual τ², and Q and the likelihood are those
        of the regression with k − p degrees of freedom.
    intercept : bool, optional
        As for :func:`~metaprop.meta_regression`: an intercept is added unless the design holds one
        or this is False.

    Returns
    -------
    Interval
        τ² and its limits, none below 0. The upper limit is searched without a cap. The Q-profile
        interval need not contain the estimate.

    Raises
    ------
    ValueError
        With one study, without a residual degree of freedom, for collinear columns, or for a
        profile likelihood of an estimator other than ML or REML.

    Examples
    --------
    >>> import metaprop
    >>> interval = metaprop.tau2_interval([0.1, 0.6, 1.4], [0.04, 0.05, 0.09])
    >>> [round(value, 2) for value in interval]
    [0.35, 0.05, 16.92]
    >>> yi, vi, age = [0.1, 0.9, 0.2, 1.3], [0.04, 0.05, 0.09, 0.04], [50, 58, 61, 70]
    >>> [round(value, 2) for value in metaprop.tau2_interval(yi, vi, design=age)]
    [0.11, 0.0, 7.7]
    """
    check_choice("method", method, ("q-profile", "profile-likelihood"))
    check_level(level)
    y, v = check_effects(yi, vi)
    if y.size < 2:
        raise ValueError("an interval for tau2 needs at least 2 studies, got 1")
    check_choice("estimator", estimator, ("FE", "DL", "PM", "REML", "ML", "SJ", "HE", "HS", "EB"))
    x = None if design is None else read_design(design, y.size, intercept=intercept).x
    if x is not None and y.size <= x.shape[1]:
        raise ValueError(no_freedom(y.size, x.shape[1]))
    data = Residuals(y, v, x)
    estimate = estimate_tau2(y, v, estimator, x)[0]
    if method == "q-profile":
        return Interval(estimate, *_q_profile(data, level))
    if estimator not in ("REML", "ML"):
        raise ValueError(
            f"method 'profile-likelihood' needs estimator 'REML' or 'ML'; got {estimator!r}"
        )
    limits = _profile_likelihood(data, level, estimate, restricted=estimator == "REML")
    return Interval(estimate, *limits)
