"""Many pools of the same counts: by many recipes, or of every subset by any recipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_counts, check_whole
from .effect_sizes import sizes_of
from .intervals import confidence_interval
from .pooling import as_proportion
from .recipe import Recipe, as_recipe
from .results import Interval, Pooled, Result
from .sensitivity import attempt
from .studies import read_counts
from .subsets import all_subsets

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MOST_STUDIES = 16
"""2^16 subsets; a mixed model takes about ten minutes for as many."""
_NO_ZERO_RULE = ("arcsine", "double_arcsine")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RecipePools(Result):
    """The same counts pooled by many recipes; every array has one entry for each recipe.

    Attributes
    ----------
    recipes : tuple of Recipe
    estimate, low, high : ndarray
        Pooled proportion and limits; NaN where not computable.
    i2_q, i2_tau2 : ndarray
        I² by both definitions, fractions; NaN where not computable.
    computable : ndarray of bool
        Whether the recipe has an answer for these counts.
    distinct : ndarray of bool
        Computable, and no copy of an earlier recipe: where no study is at 0 or at all events, the
        zeros rules do the same.
    note : str
        Which rows were rearranged or left out as incomplete; empty when none.
    """

    recipes: tuple[Recipe, ...]
    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    i2_q: FloatArray
    i2_tau2: FloatArray
    computable: BoolArray
    distinct: BoolArray
    note: str = ""

    def __len__(self) -> int:
        return len(self.recipes)

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for each recipe, indexed by its label; needs pandas."""
        import pandas as pd

        names = ("estimate", "low", "high", "i2_q", "i2_tau2", "computable", "distinct")
        index = pd.Index([recipe.label for recipe in self.recipes], name="recipe")
        return pd.DataFrame({name: getattr(self, name) for name in names}, index=index)


def pool_recipes(
    events: ArrayLike,
    totals: ArrayLike,
    recipes: Sequence[Recipe],
    *,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> RecipePools:
    """Pool the same counts by many recipes.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study.
    recipes : sequence of Recipe
        How to pool; any mixture.
    labels, missing
        Names of the studies (the index of a pandas Series when omitted), and what happens to
        incomplete rows; see :func:`~metaprop.pool`.

    Returns
    -------
    RecipePools
        Each entry is what :func:`~metaprop.pool` gives. Recipes that differ in the confidence
        interval only share one fit.

    Raises
    ------
    ValueError
        For broken input. A recipe without an answer for these counts is not an error.

    Examples
    --------
    >>> import metaprop
    >>> recipes = [metaprop.Recipe(method=method) for method in ("FE", "DL", "REML")]
    >>> metaprop.pool_recipes([8, 12, 5], [10, 20, 9], recipes).estimate.round(3)
    array([0.645, 0.645, 0.645])
    """
    studies = read_counts(events, totals, labels=labels, missing=missing)
    x, n = studies.first, studies.second
    recipes = tuple(as_recipe(recipe) for recipe in recipes)
    values = np.full((len(recipes), 5), np.nan)
    computable = np.zeros(len(recipes), dtype=np.bool_)
    families: dict[Recipe, list[int]] = {}
    for i, recipe in enumerate(recipes):
        families.setdefault(_family(recipe), []).append(i)
    for members in families.values():
        fit = attempt(x, n, recipes[members[0]])
        if isinstance(fit, ValueError):
            continue
        for i in members:
            interval = _interval(fit, x, n, recipes[i])
            values[i] = *interval, fit.i2_q, fit.i2_tau2
            computable[i] = True
    estimate, low, high, i2_q, i2_tau2 = values.T.copy()
    return RecipePools(
        recipes=recipes,
        estimate=estimate,
        low=low,
        high=high,
        i2_q=i2_q,
        i2_tau2=i2_tau2,
        computable=computable,
        distinct=computable & first_of_its_kind(recipes, extreme=bool(_extreme(x, n).any())),
        note=studies.note,
    )


@lru_cache(maxsize=4096)
def _family(recipe: Recipe) -> Recipe:
    """Return the recipe whose fit serves this one: the same with a Wald interval.

    What only labels or reports the same fit (headline I², prediction interval) is set aside. A
    profile-likelihood interval is a computation of its own.
    """
    ci = recipe.ci if recipe.ci == "profile" else "wald"
    return recipe.but(ci=ci, i2="q", prediction="z", prediction_se="classic")


def _interval(fit: Pooled, x: FloatArray, n: FloatArray, recipe: Recipe) -> Interval:
    """Return the pooled proportion of a fit with the confidence interval of another recipe."""
    assert fit.proportion is not None  # counts are given
    if recipe.ci == fit.recipe.ci and recipe.level == fit.recipe.level:
        return fit.proportion
    if recipe.method == "GLMM":
        if not np.isfinite(fit.se):  # all at 0 or n: the exact limits stand for every interval
            return fit.proportion
        working, classic, residual_q = fit.working.estimate, fit.se, 0.0
    else:
        sizes = sizes_of(x, n, recipe.scale, recipe.zeros)
        w = 1.0 / (sizes.vi + fit.tau2)
        working, classic = fit.working.estimate, float(w.sum()) ** -0.5
        residual_q = float(w @ (sizes.yi - working) ** 2)
    interval, _, _ = confidence_interval(
        working, classic, ci=recipe.ci, df=fit.k - 1, level=recipe.level, residual_q=residual_q
    )
    found = as_proportion(interval, recipe.scale, fit.double_arcsine_n)
    assert found is not None
    return found


def _extreme(x: FloatArray, n: FloatArray) -> BoolArray:
    return (x == 0) | (x == n)


def first_of_its_kind(recipes: Sequence[Recipe], *, extreme: bool) -> BoolArray:
    """Say which recipes are no copy of an earlier one, with or without studies at 0 or n."""
    seen: set[Recipe] = set()
    first = np.zeros(len(recipes), dtype=np.bool_)
    for i, recipe in enumerate(recipes):
        kind = _kind(recipe, extreme)
        first[i] = kind not in seen
        seen.add(kind)
    return first


@lru_cache(maxsize=8192)
def _kind(recipe: Recipe, extreme: bool) -> Recipe:
    """Return one recipe for all that give the same estimate and interval."""
    kind = recipe.but(i2="q", prediction="z", prediction_se="classic")
    if recipe.method == "GLMM":
        return kind
    if not extreme or (recipe.scale in _NO_ZERO_RULE and recipe.zeros != "drop"):
        kind = kind.but(zeros="none")
    return kind.but(method="PM") if recipe.method == "EB" else kind  # one equation, two names


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SubsetPools(Result):
    """Every subset of the studies, pooled by one recipe.

    The subset in row r has the bits of r + 1: bit i is the study at index i.

    Attributes
    ----------
    recipe : Recipe
    estimate, low, high : ndarray, shape (2^k − 1,)
        Pooled proportion and limits; NaN where the recipe has no answer.
    i2 : ndarray
        Headline I² of the recipe, a fraction; NaN where the recipe has no answer.
    """

    recipe: Recipe
    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    i2: FloatArray

    def __len__(self) -> int:
        return self.estimate.size


def pool_subsets(
    events: ArrayLike,
    totals: ArrayLike,
    recipe: Recipe | None = None,
    *,
    most: int = MOST_STUDIES,
) -> SubsetPools:
    """Pool every subset of the studies by any recipe, the mixed model included.

    :func:`~metaprop.all_subsets` is faster and says more, for the methods it has.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study.
    recipe : Recipe, optional
        How to pool.
    most : int
        Most studies to accept; each further one doubles the work.

    Returns
    -------
    SubsetPools
        Each row is what :func:`~metaprop.pool` gives for these studies. Unlike in
        :func:`~metaprop.all_subsets`, a study that the zeros rule drops keeps its bit.

    Raises
    ------
    ValueError
        For broken input and too many studies.

    Examples
    --------
    >>> import metaprop
    >>> metaprop.pool_subsets([8, 12], [10, 20], metaprop.Recipe(method="GLMM")).estimate.round(2)
    array([0.8 , 0.6 , 0.67])
    """
    recipe = as_recipe(recipe)
    x, n = check_counts(events, totals)
    check_whole("the number of studies", x.size, at_least=1, at_most=most)
    if recipe.method in ("FE", "DL") and recipe.zeros != "drop":
        found = all_subsets(x, n, recipe)
        values = np.stack([found.estimate, found.low, found.high, found.i2])
    else:
        values = _one_by_one(x, n, recipe)
    estimate, low, high, i2 = values
    return SubsetPools(recipe=recipe, estimate=estimate, low=low, high=high, i2=i2)


def _one_by_one(x: FloatArray, n: FloatArray, recipe: Recipe) -> FloatArray:
    """Pool one subset after the other; studies with equal counts are interchangeable."""
    values = np.full((4, 2**x.size - 1), np.nan)
    order = np.lexsort((n, x))
    known: dict[bytes, tuple[float, ...]] = {}
    for bits in range(1, 2**x.size):
        rows = order[(bits >> order) & 1 == 1]
        key = np.stack((x[rows], n[rows])).tobytes()
        if key not in known:
            fit = attempt(x[rows], n[rows], recipe)
            if isinstance(fit, ValueError):
                known[key] = (np.nan,) * 4
            else:
                assert fit.proportion is not None  # counts are given
                known[key] = (*fit.proportion, fit.i2)
        values[:, bits - 1] = known[key]
    return values
