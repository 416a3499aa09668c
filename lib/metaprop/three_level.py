"""The three-level model: rows within studies, studies within the pool."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .clusters import cluster_codes
from .heterogeneity import cochran_q, typical_variance
from .intervals import confidence_interval
from .pooling import as_proportion, size_of
from .prediction import wald_prediction_interval
from .recipe import Recipe, as_recipe
from .results import Interval, Result
from .studies import read_effects
from .tau2 import GRID, Residuals, estimate_tau2, root

FloatArray = NDArray[np.float64]
_SINGLE = (
    "every cluster has one row: the variances between and within clusters cannot be told apart, "
    "and all of it is given as between"
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ThreeLevel(Result):
    """A pooled effect of rows that share studies.

    Attributes
    ----------
    recipe : Recipe
        Scale, interval and level.
    k, clusters : int
        Number of rows and of clusters (studies).
    working : Interval
        Pooled effect and confidence interval on the working scale.
    se : float
        Standard error of the pooled effect.
    proportion : Interval or None
        `working` as a proportion; None for Freeman–Tukey effects without study sizes.
    prediction, prediction_working : Interval or None
        Prediction interval for a row of a new study.
    sigma2_between, sigma2_within : float
        Variance between clusters, and between the rows of a cluster.
    i2_between, i2_within : float
        Share of each in the total variance, fractions: σ² / (σ²_between + σ²_within + typical
        sampling variance) (Cheung 2014).
    q, q_df, q_pvalue : float, int, float
        Cochran's Q of all rows.
    weights : ndarray, shape (k,)
        Weights of the rows in the pooled effect, summing to 1.
    loglik : float
        Maximised restricted log-likelihood, constants included.
    converged : bool
        Whether every iterative step met its tolerance.
    note : str
        What a reader must know about this result; empty when there is nothing to say.
    labels : tuple of str or None
        Names of the rows pooled, in the order of `weights`, where they have any.
    """

    recipe: Recipe
    k: int
    clusters: int
    working: Interval
    se: float
    proportion: Interval | None
    prediction: Interval | None
    prediction_working: Interval | None
    sigma2_between: float
    sigma2_within: float
    i2_between: float
    i2_within: float
    q: float
    q_df: int
    q_pvalue: float
    weights: FloatArray
    loglik: float
    converged: bool
    note: str
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """The restricted likelihood at one σ²_within, highest over σ²_between and the mean."""

    within: float
    between: float
    mean: float
    precision: float
    weights: FloatArray
    score: float
    loglik: float
    converged: bool


class _Profile:
    """Restricted likelihood of σ²_within, maximised over σ²_between.

    With w = 1 / (v + σ²_within), the rows of a cluster enter the likelihood of σ²_between through
    their mean Σ w y / Σ w alone, whose variance is 1 / Σ w: for each σ²_within the best σ²_between
    is the REML estimate of an ordinary meta-analysis of these means.
    """

    def __init__(self, y: FloatArray, v: FloatArray, codes: NDArray[np.int64]) -> None:
        self.y, self.v, self.codes = y, v, codes
        self.clusters = int(codes.max()) + 1
        # For t >= max(v) the k − C contrasts within clusters give tr P >= (k − C) / (2 t), while
        # y'PPy <= rss / t²: the score has no root beyond this bound.
        spare = max(y.size - self.clusters, 1)
        self.upper = 1.001 * max(float(v.max()), 2.0 * Residuals(y, v).rss / spare)

    def add_up(self, values: FloatArray) -> FloatArray:
        """Sum over the rows of each cluster."""
        sums: FloatArray = np.bincount(self.codes, values, self.clusters).astype(np.float64)
        return sums

    def at(self, within: float) -> _Point:
        w = 1.0 / (self.v + within)
        s0, s0_squared = self.add_up(w), self.add_up(w * w)
        means = self.add_up(w * self.y) / s0
        between, converged = estimate_tau2(means, 1.0 / s0, "REML")
        # V⁻¹ of a cluster is W − W 1 1' W σ²_between / d (Sherman and Morrison).
        d = 1.0 + between * s0
        precision = float((s0 / d).sum())
        mean = float((s0 / d) @ means) / precision
        r = self.y - mean
        shift = between * self.add_up(w * r) / d
        solved = w * (r - shift[self.codes])  # V⁻¹ (y − μ)
        trace = float(w.sum() - (between * s0_squared / d).sum())
        trace -= float((s0_squared / d**2).sum()) / precision
        logdet = float(np.log(self.v + within).sum() + np.log(d).sum())
        loglik = -0.5 * (logdet + math.log(precision) + float(r @ solved))
        loglik += 0.5 * (math.log(r.size) - (r.size - 1) * math.log(2.0 * math.pi))
        return _Point(
            within=within,
            between=between,
            mean=mean,
            precision=precision,
            weights=w / d[self.codes] / precision,
            score=float(solved @ solved) - trace,
            loglik=loglik,
            converged=converged,
        )

    def highest(self) -> tuple[_Point, bool]:
        """Return the highest of all maxima of the profile on [0, upper]."""
        points = [self.at(float(t)) for t in np.append(0.0, GRID * self.upper)]
        candidates = [(points[0], True)] if points[0].score <= 0.0 else []
        for one, other in itertools.pairwise(points):
            if one.score > 0.0 >= other.score:
                within, found = root(lambda t: self.at(t).score, one.within, other.within)
                candidates.append((self.at(within), found))
        best, found = max(candidates, key=lambda candidate: candidate[0].loglik)
        return best, found and best.converged


def fit_three_level(
    y: FloatArray, v: FloatArray, codes: NDArray[np.int64]
) -> tuple[_Point, bool, str]:
    """Return the highest point of the likelihood, whether it converged, and what to know of it."""
    profile = _Profile(y, v, codes)
    if profile.clusters == y.size:
        point = profile.at(0.0)
        return point, point.converged, _SINGLE
    return *profile.highest(), ""


def pool_three_level(
    yi: ArrayLike,
    vi: ArrayLike,
    cluster: ArrayLike,
    recipe: Recipe | None = None,
    *,
    totals: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> ThreeLevel:
    """Pool effects of which several come from the same study.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances of the rows.
    cluster : array_like, shape (k,)
        The study of each row: any labels, at least two different ones.
    recipe : Recipe, optional
        Scale, level, and ``ci``: "wald", or "t" with the number of clusters − 1 degrees of freedom.
        The method is REML. The prediction interval counts clusters, not rows.
    totals : array_like, optional
        Sizes of the rows; needed to back-transform Freeman–Tukey effects.
    labels, missing
        Names of the rows (the index of a pandas Series when omitted), and what happens to rows in
        which a value or the cluster is missing; see :func:`~metaprop.pool`.

    Returns
    -------
    ThreeLevel

    Raises
    ------
    ValueError
        For broken input, fewer than two clusters, a method other than REML, or a Hartung–Knapp
        interval.

    Notes
    -----
    ``y_ij = μ + u_i + e_ij + sampling error`` with variances σ²_between of u, σ²_within of e and
    known v (Konstantopoulos 2011; Cheung 2014), by restricted maximum likelihood. The sampling
    errors of a study's rows are taken as independent: rows of *different* patients. Where rows
    share patients, :func:`~metaprop.cluster_robust` does not need that. Both variances are searched
    inside brackets proven to hold every maximum, and the highest is taken.

    References
    ----------
    Konstantopoulos S. Res Synth Methods 2011;2:61. Cheung MWL. Psychol Methods 2014;19:211.

    Examples
    --------
    >>> import metaprop
    >>> yi, vi = [0.1, 0.3, 0.9, 1.1, 0.5], [0.04, 0.05, 0.05, 0.04, 0.06]
    >>> fit = metaprop.pool_three_level(yi, vi, ["A", "A", "B", "B", "C"])
    >>> [round(value, 2) for value in fit.working], round(fit.sigma2_between, 2), fit.sigma2_within
    ([0.57, 0.07, 1.07], 0.16, 0.0)
    """
    recipe = as_recipe(recipe)
    if recipe.method != "REML":
        raise ValueError(f"the three-level model is fitted by method 'REML'; got {recipe.method!r}")
    if recipe.ci not in ("wald", "t"):
        raise ValueError(f"the three-level model allows ci 'wald' or 't'; got {recipe.ci!r}")
    rows = read_effects(yi, vi, totals=totals, labels=labels, missing=missing, cluster=cluster)
    y, v, n = rows.first, rows.second, rows.others["totals"]
    codes = cluster_codes(rows.others["cluster"], y.size)
    point, converged, note = fit_three_level(y, v, codes)
    clusters = int(codes.max()) + 1
    working, se, _ = confidence_interval(
        point.mean,
        point.precision**-0.5,
        ci=recipe.ci,
        df=clusters - 1,
        level=recipe.level,
        residual_q=0.0,
    )
    heterogeneity = point.between + point.within
    predicted = wald_prediction_interval(
        point.mean, se, heterogeneity, clusters, prediction=recipe.prediction, level=recipe.level
    )
    total = heterogeneity + typical_variance(v)
    q, q_df, q_pvalue = cochran_q(y, v)
    size = size_of(recipe, n, se**2)
    return ThreeLevel(
        recipe=recipe,
        k=y.size,
        clusters=clusters,
        working=working,
        se=se,
        proportion=as_proportion(working, recipe.scale, size),
        prediction=as_proportion(predicted, recipe.scale, size),
        prediction_working=predicted,
        sigma2_between=point.between,
        sigma2_within=point.within,
        i2_between=point.between / total,
        i2_within=point.within / total,
        q=q,
        q_df=q_df,
        q_pvalue=q_pvalue,
        weights=point.weights,
        loglik=point.loglik,
        converged=converged,
        note="; ".join(filter(None, (*rows.notes, note))),
        labels=rows.name_texts,
    )
