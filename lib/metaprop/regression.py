"""Meta-regression: effects explained by study-level covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc, ndtr, stdtr

from .checks import check_effects, check_names, finite_numbers
from .heterogeneity import i2_from_q, i2_from_tau2, typical_variance
from .intervals import chi2_pvalue, normal_quantile, t_quantile
from .recipe import Recipe, as_recipe
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


def check_design(design: ArrayLike, k: int) -> FloatArray:
    """Return a design of full rank with a degree of freedom left, or say what is wrong."""
    x = finite_numbers(design, "design")
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or x.shape[0] != k:
        raise ValueError(f"design must have one row for each of {k} studies, got shape {x.shape}")
    if k <= x.shape[1]:
        raise ValueError(
            f"{k} studies leave no residual degree of freedom for {x.shape[1]} coefficients"
        )
    norms = np.linalg.norm(x, axis=0)
    if (norms == 0).any() or np.linalg.matrix_rank(x / norms) < x.shape[1]:
        raise ValueError("design has collinear columns: the coefficients are not unique")
    return x


def meta_regression(
    yi: ArrayLike,
    vi: ArrayLike,
    design: ArrayLike,
    recipe: Recipe | None = None,
    *,
    names: Sequence[str] | None = None,
) -> MetaRegression:
    """Regress effect sizes on study-level covariates by weighted least squares.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances.
    design : array_like, shape (k, p)
        Design matrix as it is to be used: it holds the intercept as a column of ones if there is
        to be one.
    recipe : Recipe, optional
        ``method`` is the estimator of the residual τ², ``ci`` the test: "wald" (z and χ²), "t",
        "hartung-knapp" or "hartung-knapp-adhoc" (t and F with k − p degrees of freedom).
    names : sequence of str, optional
        Names of the columns; x0, x1, … when omitted.

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
    """
    recipe = as_recipe(recipe)
    if recipe.method == "GLMM":
        raise ValueError("method 'GLMM' needs events and totals: use glmm_regression")
    y, v = check_effects(yi, vi)
    x = check_design(design, y.size)
    k, p = x.shape
    labels = check_names(names, p)

    # An orthonormal basis of the columns keeps the normal equations well conditioned (a column of
    # years beside a column of ones, say).
    basis, triangle = np.linalg.qr(x)
    tau2, converged = estimate_tau2(y, v, recipe.method, basis)
    w = 1.0 / (v + tau2)
    weighted = basis * w[:, None]
    gram_inverse = np.linalg.inv(basis.T @ weighted)
    gamma = gram_inverse @ (weighted.T @ y)
    undo = np.linalg.inv(triangle)
    beta, covariance = undo @ gamma, undo @ gram_inverse @ undo.T
    df = k - p
    if recipe.ci.startswith("hartung-knapp"):
        factor = float(w @ (y - basis @ gamma) ** 2) / df
        covariance = covariance * (max(1.0, factor) if recipe.ci.endswith("adhoc") else factor)
    se = np.sqrt(np.diag(covariance))
    tested = np.ptp(x, axis=0) > 0.0
    if not (se > 0.0).all():  # Hartung–Knapp only
        raise ValueError(
            "the effects lie exactly on the regression: Hartung–Knapp standard errors are 0"
        )
    statistic = beta / se
    m = int(tested.sum())
    qm = 0.0
    if m:
        qm = float(beta[tested] @ np.linalg.solve(covariance[np.ix_(tested, tested)], beta[tested]))
    qm_df: tuple[int, ...]
    if recipe.ci == "wald":
        critical = normal_quantile(recipe.level)
        pvalues = 2.0 * ndtr(-np.abs(statistic))
        qm_df, qm_pvalue = (m,), chi2_pvalue(qm, m)
    else:
        critical = t_quantile(recipe.level, df)
        pvalues = 2.0 * stdtr(df, -np.abs(statistic))
        qm = qm / m if m else 0.0
        qm_df, qm_pvalue = (m, df), float(fdtrc(m, df, qm)) if m else 1.0

    qe = Residuals(y, v, basis).q(0.0)
    if recipe.method == "FE":
        i2_tau2, h2 = i2_from_q(qe, df), qe / df
    else:
        typical = typical_variance(v, basis)
        i2_tau2, h2 = i2_from_tau2(tau2, typical), tau2 / typical + 1.0
    return MetaRegression(
        recipe=recipe,
        k=k,
        names=labels,
        beta=beta,
        se=se,
        pvalues=pvalues,
        low=beta - critical * se,
        high=beta + critical * se,
        covariance=covariance,
        tau2=tau2,
        r2=_explained(y, v, recipe.method, tau2, qe / df),
        i2=i2_from_q(qe, df) if recipe.i2 == "q" else i2_tau2,
        h2=h2,
        qm=qm,
        qm_df=qm_df,
        qm_pvalue=qm_pvalue,
        qe=qe,
        qe_df=df,
        qe_pvalue=chi2_pvalue(qe, df),
        converged=converged,
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
