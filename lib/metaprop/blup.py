"""Best linear unbiased predictions: the studies' own effects, shrunken to the pooled one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .intervals import normal_quantile, t_quantile
from .pooling import pool_effects
from .recipe import Recipe, as_recipe
from .results import Result
from .studies import read_effects

if TYPE_CHECKING:
    import pandas as pd

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
    labels : tuple of str or None
        Names of the studies, where they have any.
    note : str
        Which rows were rearranged or left out; empty when none.
    """

    recipe: Recipe
    estimates: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    labels: tuple[str, ...] | None = None
    note: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for each study, indexed by label or position; needs pandas."""
        import pandas as pd

        labels = range(self.estimates.size) if self.labels is None else self.labels
        names = ("estimates", "se", "low", "high")
        columns = {name: getattr(self, name) for name in names}
        return pd.DataFrame(columns, index=pd.Index(labels, name="study"))


def blup(
    yi: ArrayLike,
    vi: ArrayLike,
    recipe: Recipe | None = None,
    *,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> Blup:
    """Predict the true effect of each study.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances.
    recipe : Recipe, optional
        Estimator of τ², interval and level.
    labels, missing
        Names of the studies, and what happens to incomplete rows, which have no prediction; see
        :func:`~metaprop.pool_effects`.

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
    studies = read_effects(yi, vi, labels=labels, missing=missing)
    y, v = studies.first, studies.second
    pooled = pool_effects(y, v, recipe)
    share = pooled.tau2 / (pooled.tau2 + v)
    estimates = share * y + (1.0 - share) * pooled.working.estimate
    se = np.sqrt(share * v + (1.0 - share) ** 2 * pooled.se**2)
    if recipe.ci == "wald" or y.size == 1:
        critical = normal_quantile(recipe.level)
    else:
        critical = t_quantile(recipe.level, y.size - 1)
    return Blup(
        recipe=recipe,
        estimates=estimates,
        se=se,
        low=estimates - critical * se,
        high=estimates + critical * se,
        labels=None if studies.labels is None else tuple(map(str, studies.names)),
        note="; ".join(studies.notes),
    )
