"""Tests for small-study effects: regression tests and the rank correlation test.

:func:`trim_and_fill` has its own module and is exported from here as well.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtr
from scipy.stats import kendalltau

from .asymmetry_cautions import few_studies, predictor_cautions, rank_cautions
from .checks import check_choice, check_level, check_totals
from .intervals import normal_quantile, t_quantile
from .ranks import tied_pairs, tied_ranks
from .recipe import SCALES
from .results import Interval, Result
from .studies import read_effects
from .tau2 import ESTIMATORS, estimate_tau2
from .trim_fill import TrimFill, trim_and_fill

__all__ = [
    "AsymmetryTest",
    "AsymmetryTestWarning",
    "RankTest",
    "TrimFill",
    "few_studies",
    "rank_test",
    "regression_test",
    "trim_and_fill",
]

FloatArray = NDArray[np.float64]
PREDICTORS = ("se", "variance", "inverse_n", "sqrt_inverse_n", "n", "sqrt_n")
MODELS = ("lm", "rma")
# Beyond this many studies the exact distribution of the rank test takes seconds, and the normal one
# differs from it in the fourth digit only.
_LARGEST_EXACT = 500


class AsymmetryTestWarning(UserWarning):
    """A test for asymmetry was asked for where its p-value cannot be trusted.

    Examples
    --------
    >>> import warnings
    >>> import metaprop
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     test = metaprop.regression_test([0.1, 0.2, 0.4], [0.1, 0.2, 0.4], [9, 5, 2])
    >>> [warning.category.__name__ for warning in caught]
    ['AsymmetryTestWarning']
    >>> test.cautions[0] == str(caught[0].message)
    True
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class AsymmetryTest(Result):
    """Result of a regression test for funnel-plot asymmetry.

    Attributes
    ----------
    statistic, pvalue : float
        t (model "lm") or z (model "rma") of the slope, and its two-sided p-value.
    df : int or None
        Degrees of freedom of t; None for z.
    limit : Interval or None
        Effect predicted for an infinitely large study; None for predictors that grow with n.
    slope, slope_se : float
        Change of the effect per unit of the predictor, and its standard error.
    tau2 : float
        Residual between-study variance (model "rma"); 0 for "lm", where dispersion multiplies.
    k : int
        Number of studies.
    predictor, model : str
        What was regressed on, and how.
    scale : str or None
        Scale of the effects, if it was said.
    cautions : tuple of str
        Why the p-value should not be trusted; empty when nothing is known against it.
    rearranged : str
        Which rows were rearranged or left out as incomplete; empty when none.
    """

    statistic: float
    pvalue: float
    df: int | None
    limit: Interval | None
    slope: float
    slope_se: float
    tau2: float
    k: int
    predictor: str
    model: str
    scale: str | None
    cautions: tuple[str, ...]
    rearranged: str = ""

    @property
    def note(self) -> str:
        """What was left out and the cautions, in one line; empty when there is nothing to say."""
        return "; ".join(filter(None, (self.rearranged, *self.cautions)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RankTest(Result):
    """Result of the rank correlation test of Begg and Mazumdar.

    Attributes
    ----------
    tau : float
        Kendall's τ-b of the standardised effects and the variances.
    pvalue : float
        Two-sided p-value.
    score : int
        Concordant pairs minus discordant pairs.
    k : int
        Number of studies.
    ties : bool
        Whether effects or variances were tied.
    exact : bool
        Exact permutation distribution (no ties) or normal approximation with tie correction.
    scale : str or None
        Scale of the effects, if it was said.
    cautions : tuple of str
        Why the p-value should not be trusted; empty when nothing is known against it.
    rearranged : str
        Which rows were rearranged or left out as incomplete; empty when none.
    """

    tau: float
    pvalue: float
    score: int
    k: int
    ties: bool
    exact: bool
    scale: str | None
    cautions: tuple[str, ...]
    rearranged: str = ""

    @property
    def note(self) -> str:
        """What was left out and the cautions, in one line; empty when there is nothing to say."""
        return "; ".join(filter(None, (self.rearranged, *self.cautions)))


def _predictor(name: str, v: FloatArray, n: FloatArray) -> FloatArray:
    table = {
        "se": lambda: np.sqrt(v),
        "variance": lambda: v,
        "inverse_n": lambda: 1.0 / n,
        "sqrt_inverse_n": lambda: 1.0 / np.sqrt(n),
        "n": lambda: n,
        "sqrt_n": lambda: np.sqrt(n),
    }
    values: FloatArray = table[name]()
    return values


def regression_test(
    yi: ArrayLike,
    vi: ArrayLike,
    totals: ArrayLike,
    *,
    predictor: str = "sqrt_inverse_n",
    model: str = "lm",
    method: str = "REML",
    scale: str | None = None,
    level: float = 0.95,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> AsymmetryTest:
    """Regress effects on a measure of study size, a test for funnel-plot asymmetry.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances; at least three studies.
    totals : array_like of whole numbers, shape (k,)
        Study sizes n.
    predictor : {"se", "variance", "inverse_n", "sqrt_inverse_n", "n", "sqrt_n"}
        √v (Egger 1997), v, 1/n (Peters 2006), 1/√n (the default), n (Macaskill 2001), √n.
    model : {"lm", "rma"}
        "lm": weighted regression with weights 1/v and multiplicative dispersion, t with k − 2
        degrees of freedom. "rma": mixed-effects meta-regression with additive variance τ², z.
    method : str
        Estimator of τ² for model "rma".
    scale : {"raw", "log", "logit", "arcsine", "double_arcsine", "identity"}, optional
        Scale of `yi`; decides whether predictors made of the variance are valid. "identity" is for
        effects that are no proportions.
    level : float
        Confidence level of `limit`.
    labels, missing
        Names of the studies (the index of a pandas Series when omitted), and what happens to
        incomplete rows; see :func:`~metaprop.pool_effects`.

    Returns
    -------
    AsymmetryTest

    Warns
    -----
    AsymmetryTestWarning
        When the predictor is made of the variance and the scale is raw, log, logit or unsaid, and
        when k < 10. The same words are in `cautions`.

    Raises
    ------
    ValueError
        With fewer than three studies, or when the predictor is the same in all of them.

    Notes
    -----
    On the raw, log and logit scales the sampling variance of a proportion depends on the
    proportion. Effects and standard errors are then correlated without any bias, and for
    proportions near 0 or 1 the test rejects a true null hypothesis most of the time (Hunter et al.
    2014). Study sizes carry no such dependence.

    When all effects are equal the slope is 0 and so is the statistic.

    References
    ----------
    Egger M et al. BMJ 1997;315:629. Macaskill P et al. Stat Med 2001;20:641. Peters JL et al. JAMA
    2006;295:676. Hunter JP et al. J Clin Epidemiol 2014;67:897. Sterne JAC, Egger M. In: Rothstein
    et al. (eds) Publication Bias in Meta-Analysis, 2005, for the two models.

    Examples
    --------
    >>> import metaprop
    >>> events, totals = [11, 14, 21, 22, 27, 31, 35, 39, 46, 48], range(12, 72, 6)
    >>> sizes = metaprop.effect_sizes(events, totals, scale="arcsine")
    >>> round(metaprop.regression_test(sizes.yi, sizes.vi, totals, scale="arcsine").pvalue, 2)
    0.01
    """
    check_choice("predictor", predictor, PREDICTORS)
    check_choice("model", model, MODELS)
    check_choice("method", method, tuple(ESTIMATORS))
    check_level(level)
    if scale is not None:
        check_choice("scale", scale, (*SCALES, "identity"))
    studies = read_effects(yi, vi, totals=totals, labels=labels, missing=missing)
    y, v, k = studies.first, studies.second, studies.k
    n = check_totals(studies.others["totals"], k)
    if k < 3:
        raise ValueError(f"a regression test needs at least 3 studies, got {k}")
    x = _predictor(predictor, v, n)
    # Constant up to rounding: a slope through one point on the abscissa does not exist.
    if float(np.ptp(x)) <= 1e-12 * float(np.abs(x).max()):
        raise ValueError(
            f"the predictor {predictor!r} is {x[0]:g} in all {k} studies: no slope can be estimated"
        )
    cautions = predictor_cautions(predictor, scale, k)
    for text in cautions:
        warnings.warn(text, AsymmetryTestWarning, stacklevel=2)

    tau2 = 0.0
    if model == "rma":
        tau2 = estimate_tau2(y, v, method, np.column_stack((np.ones(k), x)))[0]
    w = 1.0 / (v + tau2)
    sw = float(w.sum())
    x_mean, y_mean = float(w @ x) / sw, float(w @ y) / sw
    sxx = float(w @ (x - x_mean) ** 2)
    slope = float(w @ ((x - x_mean) * (y - y_mean))) / sxx
    intercept = y_mean - slope * x_mean
    dispersion = 1.0
    if model == "lm":
        residual = y - intercept - slope * x
        dispersion = float(w @ residual**2) / (k - 2)
    slope_se = math.sqrt(dispersion / sxx)
    statistic = _ratio(slope, slope_se, float(np.abs(y).max()) / float(np.ptp(x)))
    limit = None
    if predictor not in ("n", "sqrt_n"):
        critical = t_quantile(level, k - 2) if model == "lm" else normal_quantile(level)
        half = critical * math.sqrt(dispersion * (1.0 / sw + x_mean**2 / sxx))
        limit = Interval(intercept, intercept - half, intercept + half)
    tail = stdtr(k - 2, -abs(statistic)) if model == "lm" else ndtr(-abs(statistic))
    return AsymmetryTest(
        statistic=statistic,
        pvalue=float(2.0 * tail),
        df=k - 2 if model == "lm" else None,
        limit=limit,
        slope=slope,
        slope_se=slope_se,
        tau2=tau2,
        k=k,
        predictor=predictor,
        model=model,
        scale=scale,
        cautions=cautions,
        rearranged=studies.note,
    )


def _ratio(slope: float, se: float, unit: float) -> float:
    """Slope over standard error; defined also where the points lie exactly on a line.

    `unit` is the size a slope would have if it mattered, against which rounding error is judged.
    """
    if abs(slope) <= 1e-13 * unit:
        return 0.0
    return slope / se if se > 1e-13 * abs(slope) else math.copysign(math.inf, slope)


def rank_test(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    scale: str | None = None,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> RankTest:
    """Rank correlation test for funnel-plot asymmetry.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances; at least three studies.
    scale : {"raw", "log", "logit", "arcsine", "double_arcsine", "identity"}, optional
        Scale of `yi`; decides whether effects and variances can be independent at all. "identity"
        is for effects that are no proportions.
    labels, missing
        As for :func:`regression_test`.

    Returns
    -------
    RankTest
        Its `cautions` (in one line `note`) say when the p-value cannot be trusted: on the raw, log
        and logit scales, where the variance is a function of the proportion itself, where the scale
        is unsaid, and with fewer than ten studies.

    Raises
    ------
    ValueError
        With fewer than three studies.

    Notes
    -----
    Kendall's τ-b between the variances v and the standardised effects
    (y − μ) / √(v − 1 / Σ w), w = 1 / v, μ the fixed-effect mean (Begg and Mazumdar 1994). Without
    ties the p-value is exact; with ties, and with more than 500 studies, it is the normal
    approximation with the tie-corrected variance and no continuity correction. Pairs are counted by
    sorting, in k log k steps.

    Values that agree to eleven significant digits are ties: 18/42 and 24/42 have equal logit
    variances, and rounding must not decide which of them is larger. R's metafor compares the
    floating-point numbers and can differ from this where such pairs occur.

    When all variances or all standardised effects are tied no pair can be ranked: τ is 0 and the
    p-value 1.

    References
    ----------
    Begg CB, Mazumdar M. Biometrics 1994;50:1088. Kendall MG. Rank Correlation Methods, 1970.

    Examples
    --------
    >>> import metaprop
    >>> test = metaprop.rank_test([0.1, 0.4, 0.3, 0.9], [0.02, 0.04, 0.05, 0.09])
    >>> round(test.tau, 3), round(test.pvalue, 3), test.exact
    (0.667, 0.333, True)
    >>> few = metaprop.rank_test([0.1, 0.4, 0.3], [0.02, 0.04, 0.05], scale="arcsine")
    >>> few.note.split("; ")[-1]
    'with 3 studies no p-value can be smaller than 0.33'
    """
    if scale is not None:
        check_choice("scale", scale, (*SCALES, "identity"))
    studies = read_effects(yi, vi, labels=labels, missing=missing)
    y, v = studies.first, studies.second
    k = y.size
    if k < 3:
        raise ValueError(f"a rank test needs at least 3 studies, got {k}")
    w = 1.0 / v
    mean = float(w @ y) / float(w.sum())
    centred = y - mean
    if float(np.abs(centred).max()) <= 1e-12 * abs(mean):
        centred = np.zeros(k)  # equal effects; the mean carries rounding error
    effects = tied_ranks(centred / np.sqrt(v - 1.0 / w.sum()))
    variances = tied_ranks(v)
    pairs = k * (k - 1) // 2
    untied = pairs - tied_pairs(effects), pairs - tied_pairs(variances)
    ties, exact = min(untied) < pairs, min(untied) == pairs and k <= _LARGEST_EXACT
    tau, pvalue, score = 0.0, 1.0, 0
    if min(untied) > 0:
        found = kendalltau(effects, variances, method="exact" if exact else "asymptotic")
        tau, pvalue = float(found.statistic), float(found.pvalue)
        # τ-b is the score over this root, and the score a whole number.
        score = round(tau * math.sqrt(untied[0]) * math.sqrt(untied[1]))
    return RankTest(
        tau=tau,
        pvalue=pvalue,
        score=score,
        k=k,
        ties=ties,
        exact=exact,
        scale=scale,
        cautions=rank_cautions(scale, k),
        rearranged=studies.note,
    )
