"""Best linear unbiased predictions: the studies' own effects, shrunken to the pooled one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_effects
from .intervals import normal_quantile, t_quantile
from .pooling import pool_effects
from .recipe import Recipe, as_recipe
from .results import Result

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Blup(Result):
    """Shrunken effects of the studies on the working scale.

    Attributes
    ----------
    recipe : Recipe
        How the pooled effect was computed.
    estimates, se, low, high : ndarray, shape (k,)
        Predictions, their standard errors and the limits of their intervals.
    """

    recipe: Recipe
    estimates: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray


def blup(yi: ArrayLike, vi: ArrayLike, recipe: Recipe | None = None) -> Blup:
    """Predict the true effect of each study.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances.
    recipe : Recipe, optional
        Estimator of τ², interval and level.

    Returns
    -------
    Blup
        With λ = τ² / (τ² + v): the estimate is λ y + (1 − λ) μ, its variance λ v + (1 − λ)² se²
        (Raudenbush and Bryk 1985; metafor's ``blup``). Under FE every prediction is μ.

    Examples
    --------
    >>> import metaprop
    >>> metaprop.blup([0.1, 0.6, 1.4], [0.04, 0.05, 0.09]).estimates.round(2)
    array([0.16, 0.61, 1.25])
    """
    recipe = as_recipe(recipe)
    y, v = check_effects(yi, vi)
    pooled = pool_effects(y, v, recipe)
    share = pooled.tau2 / (pooled.tau2 + v)
    estimates = share * y + (1.0 - share) * pooled.working.estimate
    se = np.sqrt(share * v + (1.0 - share) ** 2 * pooled.se**2)
    if recipe.ci == "wald" or y.size == 1:
        critical = normal_quantile(recipe.level)
    else:
        critical = t_quantile(recipe.level, y.size - 1)
    return Blup(recipe, estimates, se, estimates - critical * se, estimates + critical * se)
