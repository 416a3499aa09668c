"""Cluster-robust inference: standard errors that hold whatever the rows of a study share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from .checks import check_choice
from .clusters import cluster_codes
from .least_squares import check_regression
from .pooling import as_proportion, size_of
from .recipe import Recipe, as_recipe
from .results import Interval, Result
from .rows import in_order
from .tau2 import estimate_tau2
from .three_level import fit_three_level

FloatArray = NDArray[np.float64]
WORKING_MODELS = ("independent", "three-level")
ALONE = (
    "a coefficient rests on one cluster alone: no robust standard error can tell how much clusters "
    "like it vary"
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ClusterRobust(Result):
    """Coefficients with cluster-robust standard errors.

    Attributes
    ----------
    recipe : Recipe
        Estimator of τ², scale and level.
    k, clusters : int
        Number of rows and of clusters (studies).
    names : tuple of str
        Names of the coefficients; ("intercept",) without a design.
    beta, se, df, pvalues, low, high : ndarray, shape (p,)
        Coefficients, robust standard errors, degrees of freedom of t, two-sided p-values, limits.
    covariance : ndarray, shape (p, p)
        Robust covariance of the coefficients.
    proportion : Interval or None
        The pooled effect as a proportion; None with a design, and for Freeman–Tukey effects
        without study sizes.
    tau2 : float
        Between-study variance of the working model; for "three-level" the sum of both.
    small_sample, working_model : str
        Which correction and which working model were used.
    converged : bool
        Whether the search for τ² met its tolerance.
    note : str
        What a reader must know about this result; empty when there is nothing to say.
    """

    recipe: Recipe
    k: int
    clusters: int
    names: tuple[str, ...]
    beta: FloatArray
    se: FloatArray
    df: FloatArray
    pvalues: FloatArray
    low: FloatArray
    high: FloatArray
    covariance: FloatArray
    proportion: Interval | None
    tau2: float
    small_sample: str
    working_model: str
    converged: bool
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class _Cluster:
    """Rows of one cluster, and their working covariance Φ = between 1 1' + diag(within)."""

    x: FloatArray
    y: FloatArray
    within: FloatArray
    between: float

    def weigh(self, values: FloatArray) -> FloatArray:
        """Return Φ⁻¹ times a vector or a matrix (Sherman and Morrison)."""
        w = 1.0 / self.within
        columns = values if values.ndim == 2 else values[:, None]
        scaled = columns * w[:, None]
        shared = self.between * scaled.sum(axis=0) / (1.0 + self.between * w.sum())
        return (scaled - w[:, None] * shared).reshape(values.shape)

    def covariance(self) -> FloatArray:
        return np.diag(self.within) + self.between


Robust = tuple[FloatArray, FloatArray]


def _cr1(clusters: list[_Cluster], bread: FloatArray, beta: FloatArray) -> Robust:
    """Sandwich times C / (C − p), t with C − p degrees of freedom."""
    count, p = len(clusters), beta.size
    scores = np.array([c.x.T @ c.weigh(c.y - c.x @ beta) for c in clusters])
    meat = scores.T @ scores
    return bread @ meat @ bread * (count / (count - p)), np.full(p, float(count - p))


def _cr2(clusters: list[_Cluster], bread: FloatArray, beta: FloatArray) -> Robust:
    """Bias-reduced linearisation with Satterthwaite degrees of freedom.

    With residuals e of covariance R = Φ − X M X' in a cluster and D the Cholesky factor of Φ
    (D'D = Φ), the adjustment A = D' (D R D')^(−1/2) D makes A e have covariance Φ: the sandwich is
    then unbiased if the working model holds. With z = A' Φ⁻¹ X M l for a coefficient, its variance
    estimate is a quadratic form whose matrix between the clusters is
    P = diag(z'Φ z) − (X'z)' M (X'z), and the degrees of freedom are (tr P)² / tr(P P).
    """
    p = beta.size
    scores, own, cross = [], [], []
    for c in clusters:
        phi = c.covariance()
        factor = np.linalg.cholesky(phi).T
        of_residuals = phi - c.x @ bread @ c.x.T
        adjust = factor.T @ _inverse_root(factor @ of_residuals @ factor.T) @ factor
        weighted = c.weigh(c.x)
        scores.append(weighted.T @ adjust @ (c.y - c.x @ beta))
        z = adjust.T @ weighted @ bread
        own.append(np.einsum("ij,ik,kj->j", z, phi, z))
        cross.append(c.x.T @ z)
    meat = np.array(scores)
    covariance = bread @ (meat.T @ meat) @ bread
    df = np.empty(p)
    for j in range(p):
        diagonal = np.array([value[j] for value in own])
        u = np.array([value[:, j] for value in cross])
        low_rank = np.einsum("ci,ij,cj->c", u, bread, u)
        square = bread @ u.T @ u
        df[j] = (diagonal.sum() - low_rank.sum()) ** 2 / (
            float(diagonal @ diagonal)
            - 2.0 * float(diagonal @ low_rank)
            + float(np.trace(square @ square))
        )
    return covariance, df


def _inverse_root(matrix: FloatArray) -> FloatArray:
    """Symmetric pseudo-inverse square root; directions without variance stay out."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > 1e-12 * max(float(values.max()), 0.0)
    result: FloatArray = (vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T
    return result


CORRECTIONS: dict[str, Callable[[list[_Cluster], FloatArray, FloatArray], Robust]] = {
    "CR1": _cr1,
    "CR2": _cr2,
}


def cluster_robust(
    yi: ArrayLike,
    vi: ArrayLike,
    cluster: ArrayLike,
    recipe: Recipe | None = None,
    *,
    design: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    intercept: bool | None = None,
    small_sample: str = "CR2",
    working_model: str = "independent",
    totals: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> ClusterRobust:
    """Pool effects, or regress them, with standard errors that allow rows to share a study.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances of the rows.
    cluster : array_like, shape (k,)
        The study of each row: any labels, more different ones than coefficients.
    recipe : Recipe, optional
        Estimator of τ², scale and level; its ``ci`` plays no part, as limits are those of t.
    design : array_like, shape (k,) or (k, p), optional
        Moderators, as for :func:`~metaprop.meta_regression`; the pooled effect without.
    names, intercept
        As for :func:`~metaprop.meta_regression`.
    small_sample : {"CR2", "CR1"}
        "CR2": bias-reduced linearisation with Satterthwaite degrees of freedom, made for few
        clusters. "CR1": the sandwich times C / (C − p) with C clusters and p coefficients, and t
        with C − p degrees of freedom, what R's ``robust(..., adjust=TRUE)`` prints.
    working_model : {"independent", "three-level"}
        Model that gives weights and estimate: one τ² for all rows, or the variances of
        :func:`~metaprop.pool_three_level` (without a design). Robust errors do not need it to hold.
    totals : array_like, optional
        Sizes of the rows; needed to back-transform Freeman–Tukey effects.
    labels, missing
        Names of the rows (the index of a pandas Series when omitted), and what happens to rows in
        which a value, a moderator or the cluster is missing; see :func:`~metaprop.pool`.

    Returns
    -------
    ClusterRobust

    Raises
    ------
    ValueError
        For broken input, an unknown option, no more clusters than coefficients, or a design with
        the three-level working model.

    References
    ----------
    Hedges LV, Tipton E, Johnson MC. Res Synth Methods 2010;1:39. Bell RM, McCaffrey DF. Surv
    Methodol 2002;28:169. Pustejovsky JE, Tipton E. J Bus Econ Stat 2018;36:672.

    Examples
    --------
    >>> import metaprop
    >>> yi, vi = [0.1, 0.3, 0.9, 1.1, 0.5], [0.04, 0.05, 0.05, 0.04, 0.06]
    >>> fit = metaprop.cluster_robust(yi, vi, ["A", "A", "B", "B", "C"])
    >>> [float(value[0].round(2)) for value in (fit.beta, fit.se, fit.df)]
    [0.58, 0.3, 1.76]
    """
    recipe = as_recipe(recipe)
    check_choice("small_sample", small_sample, tuple(CORRECTIONS))
    check_choice("working_model", working_model, WORKING_MODELS)
    if design is not None and working_model == "three-level":
        raise ValueError("working_model 'three-level' pools only: it takes no design")
    pooled = design is None
    yi = in_order(yi, "yi")
    studies, columns = check_regression(
        yi,
        vi,
        np.ones(np.shape(yi)) if design is None else design,
        recipe,
        names=("intercept",) if pooled else names,
        intercept=intercept,
        totals=totals,
        labels=labels,
        missing=missing,
        cluster=cluster,
    )
    y, v, n = studies.first, studies.second, studies.others["totals"]
    codes = cluster_codes(studies.others["cluster"], y.size)
    count, p = int(codes.max()) + 1, columns.x.shape[1]
    if count <= p:
        raise ValueError(f"{count} clusters cannot support {p} coefficients: more are needed")

    basis, triangle = np.linalg.qr(columns.x)
    note = columns.note
    if working_model == "three-level":
        if recipe.method != "REML":
            raise ValueError(
                f"working_model 'three-level' is fitted by method 'REML'; got {recipe.method!r}"
            )
        point, converged, note = fit_three_level(y, v, codes)
        within, between = v + point.within, point.between
        tau2 = point.within + point.between
    else:
        tau2, converged = estimate_tau2(y, v, recipe.method, basis, orthonormal=True)
        within, between = v + tau2, 0.0
    members = [np.flatnonzero(codes == code) for code in range(count)]
    clusters = [_Cluster(basis[at], y[at], within[at], between) for at in members]

    grams = np.array([c.x.T @ c.weigh(c.x) for c in clusters])
    gram = grams.sum(axis=0)
    # The share of the information on some combination of coefficients that one cluster holds.
    shares = np.linalg.eigvals(np.linalg.solve(gram, grams)).real
    if float(shares.max()) > 1.0 - 1e-9:
        note = f"{note}; {ALONE}" if note else ALONE
    undo = np.linalg.inv(triangle)
    gamma = np.linalg.solve(gram, np.sum([c.x.T @ c.weigh(c.y) for c in clusters], axis=0))
    # In the columns of the design: x @ beta is basis @ gamma with beta = undo @ gamma.
    clusters = [_Cluster(columns.x[at], y[at], within[at], between) for at in members]
    beta, bread = undo @ gamma, undo @ np.linalg.inv(gram) @ undo.T
    covariance, df = CORRECTIONS[small_sample](clusters, bread, beta)
    se = np.sqrt(np.diag(covariance))
    if (se <= 1e-12 * np.sqrt(np.diag(bread))).any():  # rounding error beside the model's own
        raise ValueError("the rows lie exactly on the model: cluster-robust standard errors are 0")
    critical = stdtrit(df, 0.5 + recipe.level / 2.0)
    low, high = beta - critical * se, beta + critical * se
    interval = Interval(float(beta[0]), float(low[0]), float(high[0])) if pooled else None
    return ClusterRobust(
        recipe=recipe,
        k=y.size,
        clusters=count,
        names=columns.names,
        beta=beta,
        se=se,
        df=df,
        pvalues=2.0 * stdtr(df, -np.abs(beta / se)),
        low=low,
        high=high,
        covariance=covariance,
        proportion=as_proportion(interval, recipe.scale, size_of(recipe, n, float(se[0] ** 2))),
        tau2=tau2,
        small_sample=small_sample,
        working_model=working_model,
        converged=converged,
        note="; ".join(filter(None, (*studies.notes, note))),
    )
