"""The same studies pooled for many sets of counts, and counts of further studies drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, expit

from .checks import check_counts, check_whole
from .effect_sizes import sizes_of
from .prediction import NEW_STUDY_MU_PRIOR, NEW_STUDY_TAU_PRIOR
from .recipe import Recipe, as_recipe
from .results import Result
from .sensitivity import attempt
from .subset_pools import half_width, proportions, study_size_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_NO_ZERO_RULE = ("raw", "arcsine", "double_arcsine")
_BLOCK = 50_000  # sets at a time


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CountSets(Result):
    """One pool for each set of counts; NaN where the recipe has no answer.

    Attributes
    ----------
    recipe : Recipe
        How each set was pooled.
    estimate, low, high : ndarray, shape (sets,)
        Pooled proportion and its confidence limits.
    """

    recipe: Recipe
    estimate: FloatArray
    low: FloatArray
    high: FloatArray

    def __len__(self) -> int:
        return self.estimate.size


def pool_count_sets(
    events: ArrayLike, totals: ArrayLike, recipe: Recipe | None = None
) -> CountSets:
    """Pool the same studies for many sets of their counts.

    Parameters
    ----------
    events : array_like of whole numbers, shape (sets, k)
        Events of each study, one row a set.
    totals : array_like of whole numbers, shape (k,)
        Patients of each study, the same in every set.
    recipe : Recipe, optional
        How to pool. Fixed-effect and DerSimonian–Laird pools on the raw and arcsine scales with
        Wald limits are computed for all sets at once; others one set after the other.

    Returns
    -------
    CountSets
        Each entry is what :func:`~metaprop.pool` gives for the counts of its row.

    Raises
    ------
    ValueError
        For impossible counts or shapes.

    Examples
    --------
    >>> import metaprop
    >>> sets = metaprop.pool_count_sets([[8, 12], [8, 13]], [10, 20])
    >>> sets.estimate.round(3)
    array([0.672, 0.703])
    """
    recipe = as_recipe(recipe)
    x = np.atleast_2d(np.asarray(events, dtype=float))
    n = np.asarray(totals, dtype=float)
    if x.ndim != 2 or n.ndim != 1 or x.shape[1] != n.size:
        raise ValueError(
            f"events must have one column for each of the totals, shape (sets, {n.size}); "
            f"got shape {x.shape}"
        )
    check_counts(np.zeros_like(n), n)
    impossible = ~((x >= 0) & (x <= n) & (x == np.floor(x)))
    if impossible.any():
        row, study = (int(place[0]) for place in np.nonzero(impossible))
        raise ValueError(
            f"events must be whole numbers from 0 to the total, got {x[row, study]:g} of "
            f"{n[study]:g} in set {row}, study {study}"
        )
    fast = (
        recipe.method in ("FE", "DL")
        and recipe.scale in _NO_ZERO_RULE
        and recipe.zeros != "drop"
        and recipe.ci == "wald"
        and not (recipe.scale == "raw" and ((x == 0) | (x == n)).any())
    )
    if fast:
        blocks = [_closed_form(x[i : i + _BLOCK], n, recipe) for i in range(0, len(x), _BLOCK)]
        values = np.concatenate(blocks, axis=1) if blocks else np.empty((3, 0))
    else:
        values = _one_by_one(x, n, recipe)
    estimate, low, high = values
    return CountSets(recipe=recipe, estimate=estimate, low=low, high=high)


def _closed_form(x: FloatArray, n: FloatArray, recipe: Recipe) -> FloatArray:
    sizes = sizes_of(x.ravel(), np.tile(n, len(x)), recipe.scale, "none")
    y, v = sizes.yi.reshape(x.shape), sizes.vi.reshape(x.shape)
    k = n.size
    w = 1.0 / v
    sw = w.sum(axis=1)
    mean = (w * y).sum(axis=1) / sw
    if recipe.method == "DL" and k >= max(recipe.fixed_below, 2):
        q = (w * (y - mean[:, None]) ** 2).sum(axis=1)
        tau2 = np.maximum((q - (k - 1)) / (sw - (w * w).sum(axis=1) / sw), 0.0)
        w = 1.0 / (v + tau2[:, None])
        sw = w.sum(axis=1)
        mean = (w * y).sum(axis=1) / sw
    many = np.full(sw.size, float(k))
    half = half_width(many, sw, recipe)
    moment, mean_size = study_size_of(recipe)
    at = mean_size(many, np.full(sw.size, float(moment(n).sum())), sw)
    return np.stack(proportions(mean, half, at, recipe.scale))


def _one_by_one(x: FloatArray, n: FloatArray, recipe: Recipe) -> FloatArray:
    values = np.full((3, len(x)), np.nan)
    known: dict[bytes, FloatArray] = {}
    for i, row in enumerate(x):
        order = np.lexsort((n, row))
        key = np.stack((row[order], n[order])).tobytes()
        if key not in known:
            fit = attempt(row[order], n[order], recipe)
            found = None if isinstance(fit, ValueError) else fit.proportion
            known[key] = np.full(3, np.nan) if found is None else np.array(tuple(found))
        values[:, i] = known[key]
    return values


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DrawnCounts(Result):
    """Counts of further studies, drawn from their predictive distribution.

    Attributes
    ----------
    events : ndarray of int64, shape (draws, new studies)
    weights : ndarray, shape (draws,)
        Of the draws; they add up to 1, and are equal where no count has a least value.
    """

    events: IntArray
    weights: FloatArray

    def share(self, chosen: ArrayLike) -> tuple[float, float]:
        """Return the weight of the draws that are chosen, and the error of the simulation.

        Parameters
        ----------
        chosen : array_like of bool, shape (draws,)

        Returns
        -------
        share, error : float
            Σ w over the chosen, and its standard error √Σ w² (chosen − share)².
        """
        inside = np.asarray(chosen, dtype=float)
        share = min(1.0, float(self.weights @ inside))  # weights add up to 1 but for rounding
        return share, float(np.sqrt((self.weights**2) @ (inside - share) ** 2))


def draw_counts(
    events: ArrayLike,
    totals: ArrayLike,
    new_totals: ArrayLike,
    *,
    at_least: ArrayLike | None = None,
    draws: int = 20_000,
    seed: int = 0,
) -> DrawnCounts:
    """Draw the counts of further studies, given those of the studies read.

    The binomial random-effects model x ~ Bin(n, p), logit p ~ N(μ, τ²) with the priors of
    :func:`~metaprop.prediction_interval`. The further studies share μ and τ, so their counts are
    not independent of each other.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of the studies read.
    new_totals : array_like of whole numbers, shape (m,)
        Patients of the further studies.
    at_least : array_like of whole numbers, shape (m,), optional
        Least count of each further study, where something is known. Counts are drawn from the
        binomial above it, and a draw weighs as much as its proportions make such counts probable.
    draws, seed : int
        Number of draws and seed of the generator; the same seed gives the same draws.

    Returns
    -------
    DrawnCounts

    Raises
    ------
    ValueError
        For impossible counts, or a least count above the total.

    Examples
    --------
    >>> import metaprop
    >>> drawn = metaprop.draw_counts([8, 12, 5], [10, 20, 9], [7, 12], draws=4000, seed=1)
    >>> drawn.events.shape
    (4000, 2)
    """
    from .binomial_posterior import BinomialPosterior
    from .posterior import panels

    x, n = check_counts(events, totals)
    size = np.asarray(new_totals, dtype=float)
    least = np.zeros_like(size) if at_least is None else np.asarray(at_least, dtype=float)
    check_counts(least, size)
    check_whole("draws", draws, at_least=1)
    grid = BinomialPosterior.of(x, n, [NEW_STUDY_TAU_PRIOR], NEW_STUDY_MU_PRIOR, 8)
    _, weights, _ = grid.weigh(NEW_STUDY_TAU_PRIOR)
    mu, mu_weights = panels(grid.mu_breaks, grid.density.shape[-1])
    mass = (grid.density * mu_weights).reshape(len(weights), -1) * weights[:, None]
    rng = np.random.default_rng(seed)
    cell = rng.choice(mass.size, size=draws, p=np.maximum(mass, 0.0).ravel() / mass.clip(0).sum())
    tau = np.repeat(grid.tau.ravel(), mass.shape[1])[cell]
    theta = mu.reshape(-1)[cell][:, None] + tau[:, None] * rng.standard_normal((draws, size.size))
    p = expit(theta)
    found = rng.binomial(size.astype(np.int64), p).astype(float)
    above = np.ones_like(p)
    for j in np.flatnonzero(least > 0):
        above[:, j], found[:, j] = _draw_above(rng, least[j], size[j], p[:, j])
    log = np.log(np.maximum(above, 1e-300)).sum(axis=1)
    share = np.exp(log - log.max())
    return DrawnCounts(events=found.astype(np.int64), weights=share / share.sum())


def _draw_above(
    rng: np.random.Generator, least: float, size: float, p: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return P(X ≥ least) and draws of X given that, X ~ Bin(size, p), by inversion."""
    above = betainc(least, size - least + 1.0, p)
    uniform = rng.random(p.size) * above
    found = np.full(p.size, least)
    for count in np.arange(least + 1.0, size + 1.0):
        found += uniform < betainc(count, size - count + 1.0, p)  # P(X ≥ count)
    return above, found
