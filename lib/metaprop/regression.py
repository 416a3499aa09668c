"""Meta-regression: effects explained by study-level covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc, ndtr, stdtr

from .heterogeneity import i2_from_q, i2_from_tau2, typical_variance
from .intervals import chi2_pvalue, normal_quantile, t_quantile
from .least_squares import check_regression, least_squares
from .recipe import Recipe, as_recipe
from .regression_prediction import RegressionPrediction, predict
from .results import Result
from .tau2 import Residuals, estimate_tau2

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MetaRegression(Result):
    """A fitted meta-regression.

    Attributes
    ----------
    recipe : Recipe
        Estimator, test and level.
    k : int
        Number of studies.
    names : tuple of str
        Names of the coefficients.
    beta, se, pvalues, low, high : ndarray, shape (p,)
        Coefficients, standard errors, two-sided p-values and limits.
    covariance : ndarray, shape (p, p)
        Covariance of the coefficients behind `se`.
    tau2 : float
        Residual between-study variance.
    r2 : float or None
        Share of the between-study variance that the moderators explain,
        max(0, (τ₀² − τ²) / τ₀²), a fraction; for FE the same of Q / df. None where the model
        without moderators finds no variance to explain.
    i2, h2 : float
        Residual I² (τ²-based; Q-based for FE or on request) and H².
    qm, qm_df, qm_pvalue : float, tuple of int, float
        Omnibus test of all coefficients but the intercept: χ² for Wald, F otherwise; `qm_df` is
        (m,) or (m, k − p).
    qe, qe_df, qe_pvalue : float, int, float
        Test of residual heterogeneity.
    converged : bool
        Whether the search for τ² met its tolerance.
    design : ndarray, shape (k, p)
        Design matrix of the fit, with the intercept that was added.
    covariance_classic : ndarray, shape (p, p)
        Covariance of the coefficients before any Hartung–Knapp factor, (X'WX)⁻¹.
    note : str
        What a reader must know about this result; empty when there is nothing to say.
    labels : tuple of str or None
        Names of the studies in the rows of `design`, where they have any.
    """

    recipe: Recipe
    k: int
    names: tuple[str, ...]
    beta: FloatArray
    se: FloatArray
    pvalues: FloatArray
    low: FloatArray
    high: FloatArray
    covariance: FloatArray
    tau2: float
    r2: float | None
    i2: float
    h2: float
    qm: float
    qm_df: tuple[int, ...]
    qm_pvalue: float
    qe: float
    qe_df: int
    qe_pvalue: float
    converged: bool
    design: FloatArray
    covariance_classic: FloatArray
    note: str = ""
    labels: tuple[str, ...] | None = None

    def predict(self, at: ArrayLike, *, totals: ArrayLike | None = None) -> RegressionPrediction:
        """Predict effects and proportions at new values of the moderators.

        Parameters
        ----------
        at : array_like, shape (m,) or (m, columns)
            New values, one row each, with the columns of the design; an intercept of ones may be
            left out. A single moderator may be one-dimensional. A data frame is read by its column
            names.
        totals : array_like, optional
            Study sizes; needed to turn Freeman–Tukey effects into proportions.

        Returns
        -------
        RegressionPrediction

        Raises
        ------
        ValueError
            For another number of columns, a column that the data frame lacks, or values that are
            no finite numbers.

        Notes
        -----
        At the row x the effect is x'β with variance x' Cov(β) x; its interval uses the test of the
        recipe (z, or t with k − p degrees of freedom). The prediction interval of a new study adds
        τ² to that variance. Its critical value is the recipe's: normal for "z" and "simple", t with
        k − p degrees of freedom for "t-k-1" and with k − p − 1 for "t-k-2" (without moderators p
        is 1). With ``prediction_se="interval"`` the Hartung–Knapp covariance enters, as in metafor.

        Examples
        --------
        >>> import metaprop
        >>> yi, vi, age = [0.1, 0.3, 0.8, 1.0], [0.04, 0.05, 0.09, 0.04], [50, 58, 61, 70]
        >>> fit = metaprop.meta_regression(yi, vi, age, metaprop.Recipe(scale="logit"))
        >>> found = fit.predict([55, 65])
        >>> found.proportion.estimate.round(3)
        array([0.576, 0.684])
        """
        return predict(self, at, totals=totals)


def meta_regression(
    yi: ArrayLike,
    vi: ArrayLike,
    design: ArrayLike,
    recipe: Recipe | None = None,
    *,
    names: Sequence[str] | None = None,
    intercept: bool | None = None,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> MetaRegression:
    """Regress effect sizes on study-level covariates by weighted least squares.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances.
    design : array_like, shape (k,) or (k, p)
        Moderators, one column each; a data frame or series brings their names.
    recipe : Recipe, optional
        ``method`` is the estimator of the residual τ², ``ci`` the test: "wald" (z and χ²), "t",
        "hartung-knapp" or "hartung-knapp-adhoc" (t and F with k − p degrees of freedom).
    names : sequence of str, optional
        Names of the columns given; x0, x1, … when neither they nor a data frame tell, counted
        from x1 after an intercept that was added.
    intercept : bool, optional
        None and True add an intercept in front unless some combination of the columns is constant
        already (a column of ones, or an indicator for each group), as
        :func:`~metaprop.glmm_regression` does; None says so in `note`. False uses the columns as
        they are: a regression through the origin unless they hold an intercept.
    labels, missing
        Names of the studies (the index of a pandas Series or data frame when omitted), and what
        happens to rows in which an effect, a variance or a moderator is missing; see
        :func:`~metaprop.pool`.

    Returns
    -------
    MetaRegression

    Raises
    ------
    ValueError
        For broken input, collinear columns, no residual degree of freedom, or the method "GLMM".

    References
    ----------
    Berkey CS et al. Stat Med 1995;14:395. Knapp G, Hartung J. Stat Med 2003;22:2693.
    López-López JA et al. Br J Math Stat Psychol 2014;67:30, for R².

    Examples
    --------
    >>> import metaprop
    >>> design = [[1, 50], [1, 58], [1, 61], [1, 70]]
    >>> fit = metaprop.meta_regression([0.1, 0.3, 0.8, 1.0], [0.04, 0.05, 0.09, 0.04], design)
    >>> fit.beta.round(3), fit.pvalues.round(3)
    (array([-2.259,  0.047]), array([0.007, 0.001]))
    >>> age = [50, 58, 61, 70]
    >>> same = metaprop.meta_regression(
    ...     [0.1, 0.3, 0.8, 1.0], [0.04, 0.05, 0.09, 0.04], age, names=["age"], intercept=True
    ... )
    >>> same.names, same.beta.round(3)
    (('intercept', 'age'), array([-2.259,  0.047]))
    """
    recipe = as_recipe(recipe)
    studies, columns = check_regression(
        yi, vi, design, recipe, names=names, intercept=intercept, labels=labels, missing=missing
    )
    y, v = studies.first, studies.second
    k, p = columns.x.shape
    df = k - p
    # An orthonormal basis of the columns keeps the normal equations well conditioned (a column of
    # years beside a column of ones, say).
    basis, triangle = np.linalg.qr(columns.x)
    tested = np.ptp(columns.x, axis=0) > 0.0
    fit = least_squares(y, v, basis, np.linalg.inv(triangle), tested, recipe)
    qm_df: tuple[int, ...]
    if recipe.ci == "wald":
        critical = normal_quantile(recipe.level)
        pvalues = 2.0 * ndtr(-np.abs(fit.statistic))
        qm_df, qm_pvalue = (fit.m,), chi2_pvalue(fit.qm, fit.m)
    else:
        critical = t_quantile(recipe.level, df)
        pvalues = 2.0 * stdtr(df, -np.abs(fit.statistic))
        qm_df, qm_pvalue = (fit.m, df), float(fdtrc(fit.m, df, fit.qm)) if fit.m else 1.0

    qe = Residuals(y, v, basis, orthonormal=True).q(0.0)
    if recipe.method == "FE":
        i2_tau2, h2 = i2_from_q(qe, df), qe / df
    else:
        typical = typical_variance(v, basis)
        i2_tau2, h2 = i2_from_tau2(fit.tau2, typical), fit.tau2 / typical + 1.0
    return MetaRegression(
        recipe=recipe,
        k=k,
        names=columns.names,
        beta=fit.beta,
        se=fit.se,
        pvalues=pvalues,
        low=fit.beta - critical * fit.se,
        high=fit.beta + critical * fit.se,
        covariance=fit.covariance,
        tau2=fit.tau2,
        r2=_explained(y, v, recipe.method, fit.tau2, qe / df),
        i2=i2_from_q(qe, df) if recipe.i2 == "q" else i2_tau2,
        h2=h2,
        qm=fit.qm,
        qm_df=qm_df,
        qm_pvalue=qm_pvalue,
        qe=qe,
        qe_df=df,
        qe_pvalue=chi2_pvalue(qe, df),
        converged=fit.converged,
        design=columns.x,
        covariance_classic=fit.classic,
        note="; ".join(filter(None, (*studies.notes, columns.note))),
        labels=studies.name_texts,
    )


def _explained(
    y: FloatArray, v: FloatArray, method: str, tau2: float, residual_ratio: float
) -> float | None:
    """R²: how much smaller τ² (for FE: Q / df) is than in the model without moderators."""
    if method == "FE":
        null, rest = Residuals(y, v).q(0.0) / (y.size - 1), residual_ratio
    else:
        null, rest = estimate_tau2(y, v, method)[0], tau2
    return max(0.0, (null - rest) / null) if null > 0.0 else None
