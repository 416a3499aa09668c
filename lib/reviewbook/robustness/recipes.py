"""One selection of cohorts pooled by many recipes at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

import metaprop
from metaprop import Recipe
from metaprop.intervals import confidence_interval, t_quantile

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Pools(NamedTuple):
    """Results by recipe, arrays of shape (number of recipes,); 0 where not computable."""

    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    i2_q: FloatArray
    i2_tau2: FloatArray
    computable: BoolArray
    distinct: BoolArray


def pool_recipes(events: ArrayLike, totals: ArrayLike, recipes: tuple[Recipe, ...]) -> Pools:
    """Pool the same counts by many recipes.

    Each entry equals what :func:`metaprop.pool` gives; work that recipes share (effect sizes, τ²,
    the mixed model's fit) is done once.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each cohort.
    recipes : tuple of Recipe
        Of the kinds in :func:`~reviewbook.robustness.choices.multiverse_recipes`.
    """
    x, n = np.asarray(events), np.asarray(totals)
    extreme = bool(((x == 0) | (x == n)).any())
    size = len(recipes)
    result = np.zeros((size, 5))
    computable = np.zeros(size, dtype=np.bool_)
    distinct = np.zeros(size, dtype=np.bool_)
    seen: set[tuple[str, str, str]] = set()
    groups: dict[tuple[str, str], dict[str, list[int]]] = {}
    for i, recipe in enumerate(recipes):
        groups.setdefault((recipe.scale, recipe.zeros), {}).setdefault(recipe.method, []).append(i)
    for (scale, _), methods in groups.items():
        for method, members in methods.items():
            try:
                rows = _pool(x, n, [recipes[i] for i in members])
            except ValueError:  # no study left after dropping; no finite likelihood estimate
                continue
            result[members], computable[members] = rows, True
            for i in members:
                same = (scale, method, recipes[i].ci)
                distinct[i] = extreme or method == "GLMM" or same not in seen
                if method != "GLMM":
                    seen.add(same)
    estimate, low, high, i2_q, i2_tau2 = result.T.copy()
    return Pools(estimate, low, high, i2_q, i2_tau2, computable, distinct)


def _pool(x: NDArray[np.int64], n: NDArray[np.int64], recipes: list[Recipe]) -> list[list[float]]:
    """Return estimate, limits and both I² for recipes that differ in the interval only."""
    base = recipes[0]
    fit = metaprop.pool(x, n, base)
    assert fit.proportion is not None  # counts are given
    i2 = [fit.i2_q, fit.i2_tau2]
    rows = [[*fit.proportion, *i2]]
    if len(recipes) == 1:
        return rows
    if base.method == "GLMM":
        for recipe in recipes[1:]:
            pooled = fit if not np.isfinite(fit.se) or fit.k < 2 else None
            if pooled is not None:
                rows.append([*fit.proportion, *i2])
                continue
            half = t_quantile(recipe.level, fit.k - 1) * fit.se
            centre = fit.working.estimate
            rows.append([*_back([centre, centre - half, centre + half], base, n), *i2])
        return rows
    sizes = metaprop.effect_sizes(x, n, scale=base.scale, zeros=base.zeros)
    w = 1.0 / (sizes.vi + fit.tau2)
    mean = fit.working.estimate
    residual_q = float(w @ (sizes.yi - mean) ** 2)
    classic = float(w.sum()) ** -0.5
    limits = [
        tuple(
            confidence_interval(
                mean, classic, ci=r.ci, df=fit.k - 1, level=r.level, residual_q=residual_q
            )[0]
        )
        for r in recipes[1:]
    ]
    back = _back(limits, base, n[sizes.kept])
    rows.extend([[*map(float, values), *i2] for values in back])
    return rows


def _back(values: ArrayLike, recipe: Recipe, totals: NDArray[np.int64]) -> FloatArray:
    return metaprop.back_transform(values, scale=recipe.scale, totals=totals)
