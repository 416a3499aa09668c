"""Many sets of studies, each pooled by many recipes, all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from .checks import VARIANCE_RATIO, check_counts
from .effect_sizes import sizes_of
from .glmm_sets import fit_sets, limits, q_and_typical_variance
from .intervals import normal_quantile
from .many import first_of_its_kind, pool_recipes
from .ragged import Ragged
from .recipe import SCALES, Recipe, as_recipe
from .results import Result
from .subset_pools import study_size_of
from .tau2_sets import EffectSets, estimate_tau2_sets
from .transforms import back_transform, inverse_double_arcsine

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

_BLOCK = 2000  # sets at a time
_NEEDS_CORRECTION = ("raw", "log", "logit")
VALUES = ("estimate", "low", "high", "i2_q", "i2_tau2")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RecipeSetPools(Result):
    """Sets of counts pooled by many recipes; every array has a row a set and a column a recipe.

    Attributes
    ----------
    recipes : tuple of Recipe
    estimate, low, high : ndarray, shape (sets, recipes)
        Pooled proportion and limits; NaN where not computable.
    i2_q, i2_tau2 : ndarray
        I² by both definitions, fractions; NaN where not computable.
    computable : ndarray of bool
        Whether the recipe has an answer for the counts.
    distinct : ndarray of bool
        Computable, and no copy of an earlier recipe: where no study of the set is at 0 or at all
        events, the zeros rules do the same.
    """

    recipes: tuple[Recipe, ...]
    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    i2_q: FloatArray
    i2_tau2: FloatArray
    computable: BoolArray
    distinct: BoolArray

    def __len__(self) -> int:
        return self.estimate.shape[0]

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each set and recipe, indexed by position and label; needs pandas."""
        import pandas as pd

        labels = [recipe.label for recipe in self.recipes]
        index = pd.MultiIndex.from_product([range(len(self)), labels], names=("set", "recipe"))
        names = (*VALUES, "computable", "distinct")
        return pd.DataFrame({name: getattr(self, name).ravel() for name in names}, index=index)


def pool_recipe_sets(
    events: Iterable[ArrayLike], totals: Iterable[ArrayLike], recipes: Sequence[Recipe]
) -> RecipeSetPools:
    """Pool many sets of studies by many recipes.

    Parameters
    ----------
    events, totals : sequence of array_like of whole numbers, shapes (k_1,), (k_2,), …
        Events and patients of the studies of each set. Sets may differ in size.
    recipes : sequence of Recipe
        How to pool; any mixture.

    Returns
    -------
    RecipeSetPools
        Each row is what :func:`~metaprop.pool_recipes` gives for the set.

    Raises
    ------
    ValueError
        For broken input, naming the set. A recipe without an answer for a set is not an error.

    Notes
    -----
    The sets lie end to end, and every sum over studies is one for all sets. The estimators of τ²
    that are roots (PM, EB, REML, ML) and the mixed model take Newton steps for all sets together,
    from the same brackets as for one set, to the same precision. Sets on which the mixed model has
    several maxima or none, and profile-likelihood intervals, are computed one by one.

    Examples
    --------
    >>> import metaprop
    >>> recipes = [metaprop.Recipe(method=method) for method in ("FE", "DL", "REML")]
    >>> found = metaprop.pool_recipe_sets([[8, 12, 5], [8, 12]], [[10, 20, 9], [10, 20]], recipes)
    >>> found.estimate.round(3)
    array([[0.645, 0.645, 0.645],
           [0.67 , 0.672, 0.672]])
    """
    recipes = tuple(as_recipe(recipe) for recipe in recipes)
    events, totals = list(events), list(totals)
    if len(events) != len(totals):
        raise ValueError(f"events has {len(events)} sets but totals has {len(totals)}")
    counts = [_checked(i, x, n) for i, (x, n) in enumerate(zip(events, totals, strict=True))]
    values = np.full((len(VALUES), len(counts), len(recipes)), np.nan)
    distinct = np.zeros((len(counts), len(recipes)), dtype=np.bool_)
    for first in range(0, len(counts), _BLOCK):
        block = _Block.of(counts[first : first + _BLOCK])
        block.pool(recipes, values[:, first : first + _BLOCK])
        distinct[first : first + _BLOCK] = block.distinct(recipes)
    computable = ~np.isnan(values[0])
    return RecipeSetPools(
        recipes=recipes,
        **dict(zip(VALUES, values, strict=True)),
        computable=computable,
        distinct=computable & distinct,
    )


def _checked(i: int, events: ArrayLike, totals: ArrayLike) -> tuple[FloatArray, FloatArray]:
    try:
        return check_counts(events, totals)
    except ValueError as error:
        raise ValueError(f"set {i}: {error}") from None


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Counts of some sets, end to end."""

    x: FloatArray
    n: FloatArray
    extreme: BoolArray
    sets: Ragged

    @classmethod
    def of(cls, counts: list[tuple[FloatArray, FloatArray]]) -> _Block:
        x, n = (np.concatenate(part) for part in zip(*counts, strict=True))
        sizes = np.array([events.size for events, _ in counts], dtype=np.intp)
        return cls(x, n, (x == 0) | (x == n), Ragged(sizes))

    def distinct(self, recipes: Sequence[Recipe]) -> BoolArray:
        """Say which recipes are no copy of an earlier one, for each set."""
        either = [first_of_its_kind(recipes, extreme=extreme) for extreme in (False, True)]
        found: BoolArray = np.array(either)[self.sets.any(self.extreme).astype(np.intp)]
        return found

    def pool(self, recipes: Sequence[Recipe], values: FloatArray) -> None:
        """Fill in the values (5, sets, recipes)."""
        scales: dict[tuple[str, str], list[int]] = {}
        for i, recipe in enumerate(recipes):
            scales.setdefault((recipe.scale, recipe.zeros), []).append(i)
        for (scale, zeros), members in scales.items():
            mixed = [i for i in members if recipes[i].method == "GLMM"]
            if mixed:
                self._pool_counts(recipes, mixed, values)
            others = [i for i in members if recipes[i].method != "GLMM"]
            if others and scale in SCALES:
                self._pool_effects(scale, zeros, recipes, others, values)

    def _pool_effects(
        self, scale: str, zeros: str, recipes: Sequence[Recipe], members: list[int],
        values: FloatArray,
    ) -> None:  # fmt: skip
        usable, kept = np.ones(len(self.sets), dtype=np.bool_), np.ones(self.x.size, dtype=np.bool_)
        if zeros == "drop":
            kept = ~self.extreme
            usable = self.sets.any(kept)
        elif zeros == "none" and scale in _NEEDS_CORRECTION:
            usable = ~self.sets.any(self.extreme)
        kept &= usable[self.sets.owner]
        if not kept.any():
            return
        owner = self.sets.owner[kept]
        sizes = np.bincount(owner, minlength=len(self.sets))
        x, n = self.x[kept], self.n[kept]
        effects = sizes_of(x, n, scale, zeros)
        sets = Ragged(sizes[usable].astype(np.intp))
        spread = sets.largest(effects.vi) <= VARIANCE_RATIO * sets.smallest(effects.vi)
        narrow = np.flatnonzero(spread)
        sets, entries = sets.repeated(narrow)
        data = EffectSets(effects.yi[entries], effects.vi[entries], sets)
        rows = np.flatnonzero(usable)[narrow]
        _Effects(data, n[entries]).pool(recipes, members, rows, values)

    def _pool_counts(
        self, recipes: Sequence[Recipe], members: list[int], values: FloatArray
    ) -> None:
        """Pool by the mixed model; what the sets together do not tell, one by one."""
        fits = fit_sets(self.x, self.n, self.sets)
        q, typical = q_and_typical_variance(self.x, self.n, self.sets)
        df = self.sets.k - 1.0
        tau2 = fits.sigma**2
        with np.errstate(invalid="ignore"):
            shares = np.stack((_i2_from_q(q, df), tau2 / (tau2 + typical)))
        for ci, level in {(recipes[i].ci, recipes[i].level) for i in members}:
            same = [i for i in members if (recipes[i].ci, recipes[i].level) == (ci, level)]
            found = np.vstack((limits(fits, self.sets, ci=ci, level=level), shares))
            values[:, :, same] = found[:, :, None]
        apart = np.array([recipes[i].ci == "profile" for i in members])
        for row in range(len(self.sets)):
            left = [i for i, own in zip(members, apart, strict=True) if own or not fits.found[row]]
            if left:
                chosen = self.sets.owner == row
                one = pool_recipes(self.x[chosen], self.n[chosen], [recipes[i] for i in left])
                values[:, row, left] = [getattr(one, name) for name in VALUES]


def _i2_from_q(q: FloatArray, df: FloatArray) -> FloatArray:
    return np.where((q > df) & (df > 0.0), 1.0 - df / np.maximum(q, 1e-300), 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Effects:
    """Effects of the kept studies of each set on one scale, and the sizes of these studies."""

    data: EffectSets
    totals: FloatArray

    def pool(
        self, recipes: Sequence[Recipe], members: list[int], rows: IntArray, values: FloatArray
    ) -> None:
        """Fill in the values (5, sets, recipes) of the members at the rows of these sets."""
        data, sets = self.data, self.data.sets
        none = np.zeros(len(sets))
        common = data.sums(none)
        i2_q = _i2_from_q(common.q, data.df)
        with np.errstate(divide="ignore", invalid="ignore"):
            typical = np.where(data.df > 0.0, data.df / common.trace, np.inf)
        models: dict[tuple[str, int], list[int]] = {}
        for i in members:
            models.setdefault((recipes[i].method, recipes[i].fixed_below), []).append(i)
        estimates: dict[str, FloatArray] = {}
        for (method, fixed_below), same in models.items():
            if method not in estimates:
                estimates[method] = estimate_tau2_sets(data, method)
            fixed = (sets.sizes < fixed_below) | (method == "FE")
            tau2 = np.where(fixed, 0.0, estimates[method])
            i2_tau2 = np.where(fixed, i2_q, tau2 / (tau2 + typical))
            w = data.weights(tau2)
            sw, mean, residual = data.residuals(w)
            residual_q = sets.total(w * residual**2)
            known: dict[tuple[str, float, str | float], FloatArray] = {}
            for i in same:
                recipe = recipes[i]
                key = recipe.ci, recipe.level, recipe.double_arcsine_n
                if key not in known:
                    half = _half_width(data.df, sw, residual_q, recipe)
                    known[key] = self._proportions(mean, half, sw, recipe)
                values[:3, rows, i] = known[key]
                values[3, rows, i], values[4, rows, i] = i2_q, i2_tau2

    def _proportions(
        self, mean: FloatArray, half: FloatArray, sw: FloatArray, recipe: Recipe
    ) -> FloatArray:
        working = np.stack((mean, mean - half, mean + half))
        if recipe.scale != "double_arcsine":
            return back_transform(working, scale=recipe.scale)
        moment, mean_size = study_size_of(recipe)
        sets = self.data.sets
        size = mean_size(sets.k, sets.total(moment(self.totals)), sw)
        return inverse_double_arcsine(working, np.broadcast_to(size, working.shape))


def _half_width(
    df: FloatArray, sw: FloatArray, residual_q: FloatArray, recipe: Recipe
) -> FloatArray:
    """Critical value times standard error of each set; Wald's for a single study."""
    wald = normal_quantile(recipe.level) / np.sqrt(sw)
    if recipe.ci == "wald":
        return wald
    degrees = np.maximum(df, 1.0)
    half = stdtrit(degrees, 0.5 + 0.5 * recipe.level) / np.sqrt(sw)
    if recipe.ci == "hartung-knapp":
        half = half * np.sqrt(residual_q / degrees)
    elif recipe.ci == "hartung-knapp-adhoc":
        half = half * np.sqrt(np.maximum(1.0, residual_q / degrees))
    return np.where(df > 0.0, half, wald)
