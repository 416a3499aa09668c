"""What a meta-regression says about studies with other values of the moderators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import finite_numbers
from .design import column_names
from .intervals import normal_quantile, t_quantile
from .results import Result
from .transforms import back_transform

if TYPE_CHECKING:
    from .recipe import Recipe

FloatArray = NDArray[np.float64]
# Degrees of freedom that each kind of prediction interval loses beyond the coefficients.
_LOST = {"z": None, "simple": None, "t-k-1": 0, "t-k-2": 1}


@dataclass(frozen=True, slots=True, eq=False)
class Intervals(Result):
    """Estimates with their interval limits, one for each row.

    Attributes
    ----------
    estimate, low, high : ndarray, shape (m,)
    """

    estimate: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RegressionPrediction(Result):
    """Effects that a meta-regression predicts.

    Attributes
    ----------
    recipe : Recipe
        Scale, test and level of the regression.
    at : ndarray, shape (m, p)
        The rows predicted for, intercept included.
    working : Intervals
        Mean effect at each row with its confidence limits, on the working scale.
    se : ndarray, shape (m,)
        Standard errors behind `working`.
    proportion : Intervals or None
        `working` as proportions in [0, 1]; None for Freeman–Tukey effects without study sizes.
    prediction, prediction_working : Intervals or None
        Prediction interval of a new study at each row; None where it does not exist (fixed effect,
        too few studies for its degrees of freedom).
    note : str
        Which rows lie outside the values of the studies; empty when none do.
    """

    recipe: Recipe
    at: FloatArray
    working: Intervals
    se: FloatArray
    proportion: Intervals | None
    prediction: Intervals | None
    prediction_working: Intervals | None
    note: str


class Fit(Protocol):
    """What a prediction needs of a meta-regression: :class:`metaprop.MetaRegression` has it."""

    @property
    def recipe(self) -> Recipe: ...  # noqa: D102
    @property
    def k(self) -> int: ...  # noqa: D102
    @property
    def names(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def design(self) -> FloatArray: ...  # noqa: D102
    @property
    def beta(self) -> FloatArray: ...  # noqa: D102
    @property
    def tau2(self) -> float: ...  # noqa: D102
    @property
    def covariance(self) -> FloatArray: ...  # noqa: D102
    @property
    def covariance_classic(self) -> FloatArray: ...  # noqa: D102


def predict(fit: Fit, at: ArrayLike, *, totals: ArrayLike | None = None) -> RegressionPrediction:
    """Predict at new rows; see :meth:`metaprop.MetaRegression.predict`."""
    rows = new_rows(at, fit.names, fit.design)
    recipe, df = fit.recipe, fit.k - len(fit.names)
    estimate = rows @ fit.beta
    variance = np.einsum("ij,jk,ik->i", rows, fit.covariance, rows)
    se = np.sqrt(np.maximum(variance, 0.0))
    critical = (
        normal_quantile(recipe.level) if recipe.ci == "wald" else t_quantile(recipe.level, df)
    )
    working = _around(estimate, critical * se)

    prediction_working = None
    lost = _LOST[recipe.prediction]
    if recipe.method != "FE" and (lost is None or df > lost):
        if recipe.prediction_se == "classic":
            variance = np.einsum("ij,jk,ik->i", rows, fit.covariance_classic, rows)
        spread = fit.tau2 + (0.0 if recipe.prediction == "simple" else np.maximum(variance, 0.0))
        critical = (
            normal_quantile(recipe.level) if lost is None else t_quantile(recipe.level, df - lost)
        )
        prediction_working = _around(estimate, critical * np.sqrt(spread))
    return RegressionPrediction(
        recipe=recipe,
        at=rows,
        working=working,
        se=se,
        proportion=_proportions(working, recipe.scale, totals),
        prediction=_proportions(prediction_working, recipe.scale, totals),
        prediction_working=prediction_working,
        note=outside(rows, fit.names, fit.design),
    )


def new_rows(at: Any, names: tuple[str, ...], design: FloatArray) -> FloatArray:
    """Return the rows to predict for, in the columns of the design and with its intercept.

    Raises
    ------
    ValueError
        For a column that is missing, another number of columns, or values that are no numbers.
    """
    ones = (design == 1.0).all(axis=0)
    moderators = np.flatnonzero(~ones)
    labels = column_names(at)
    if labels is not None and hasattr(at, "columns") and set(names) & set(labels):
        lacking = [names[j] for j in moderators if names[j] not in labels]
        if lacking:
            raise ValueError(f"at lacks the column {lacking[0]!r}; it has {', '.join(labels)}")
        found = np.ones((len(at), len(names)))
        for j in moderators:
            column = at[at.columns[labels.index(names[j])]]
            found[:, j] = finite_numbers(column, f"{names[j]} of at", row="at index")
        return found
    values = np.atleast_1d(finite_numbers(at, "at", row="at index"))
    if values.ndim == 1:  # values of the only moderator, or one row
        values = values[:, None] if moderators.size == 1 else values[None, :]
    if values.ndim == 2 and values.shape[1] == len(names):
        return values
    if values.ndim != 2 or values.shape[1] != moderators.size:
        wanted = ", ".join(names[j] for j in moderators) or "no column"
        raise ValueError(
            f"at must have one column for each moderator ({wanted}), got shape {values.shape}"
        )
    found = np.ones((values.shape[0], len(names)))
    found[:, moderators] = values
    return found


def outside(rows: FloatArray, names: tuple[str, ...], design: FloatArray) -> str:
    """Return which new values lie outside those of the studies; empty when none do."""
    low, high = design.min(axis=0), design.max(axis=0)
    slack = 1e-9 * (high - low)
    parts = []
    for j, name in enumerate(names):
        beyond = (rows[:, j] < low[j] - slack[j]) | (rows[:, j] > high[j] + slack[j])
        if beyond.any():
            values = ", ".join(f"{value:g}" for value in np.unique(rows[beyond, j])[:5])
            parts.append(
                f"{name} {values} lies outside the values of the studies, {low[j]:g} to {high[j]:g}"
            )
    return "; ".join(parts)


def _around(estimate: FloatArray, half: FloatArray) -> Intervals:
    return Intervals(estimate, estimate - half, estimate + half)


def _proportions(found: Intervals | None, scale: str, totals: ArrayLike | None) -> Intervals | None:
    """Back-transform intervals; None when there are none or the study sizes are missing."""
    if found is None or (scale == "double_arcsine" and totals is None):
        return None
    return Intervals(
        *(
            back_transform(values, scale=scale, totals=totals)
            for values in (found.estimate, found.low, found.high)
        )
    )
