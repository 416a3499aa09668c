"""Result objects: frozen, documented, and convertible to plain data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .recipe import Recipe

FloatArray = NDArray[np.float64]


def plain(value: Any) -> Any:
    """Turn results, arrays and numpy scalars into dicts, lists, floats, ints, bools and strings."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None  # infinite: JSON has no word for it
    return value


class Result:
    """What every result of the package can do."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data, ready for JSON.

        Nested results become dicts, and infinite values None.
        """
        data: dict[str, Any] = plain(self)
        return data


@dataclass(frozen=True, slots=True)
class Interval(Result):
    """A point estimate with its interval limits.

    Attributes
    ----------
    estimate, low, high : float
        ``low <= high``. Unpacks in this order.
    """

    estimate: float
    low: float
    high: float

    def __iter__(self) -> Iterator[float]:
        return iter((self.estimate, self.low, self.high))

    def __contains__(self, value: float) -> bool:
        return bool(self.low <= value <= self.high)

    @property
    def width(self) -> float:
        """Distance between the limits."""
        return self.high - self.low


@dataclass(frozen=True, slots=True, eq=False)
class EffectSizes(Result):
    """Effect sizes of the studies that a zeros rule keeps.

    Attributes
    ----------
    yi, vi : ndarray, shape (k,)
        Effect sizes and sampling variances on the working scale, of the kept studies only.
    kept : ndarray of bool, shape (number of studies given,)
        Which of the studies given are in `yi` and `vi`.
    adjusted : ndarray of bool, same shape as `kept`
        Studies whose estimate or variance carries a continuity correction.
    """

    yi: FloatArray
    vi: FloatArray
    kept: NDArray[np.bool_]
    adjusted: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pooled(Result):
    """A pooled effect.

    Attributes
    ----------
    recipe : Recipe
        How everything below was computed.
    k : int
        Studies pooled (studies dropped by the zeros rule do not count).
    n : int or None
        Patients in the pooled studies; None when only effect sizes were given.
    kept : ndarray of bool
        Which of the studies given were pooled.
    working : Interval
        Pooled effect and confidence interval on the working scale.
    se : float
        Standard error behind `working` (scaled, under a Hartung–Knapp interval).
    proportion : Interval or None
        `working` as a proportion in [0, 1]. None when it cannot be computed: Freeman–Tukey effects
        without study sizes.
    prediction, prediction_working : Interval or None
        Prediction interval for the proportion (or effect) of a new study; None where it does not
        exist: fixed effect, a single study, too few studies for its degrees of freedom.
    tau2 : float
        Between-study variance on the working scale.
    i2, i2_tau2, i2_q : float
        Headline I² (which one: ``recipe.i2``), the one based on τ² (Higgins and Thompson 2002,
        Eq. 9) and the one based on Q, each a fraction in [0, 1].
    h2 : float
        H² as metafor defines it: τ²-based, or Q / (k − 1) for the fixed effect.
    q, q_df, q_pvalue : float, int, float
        Cochran's Q, its degrees of freedom and p-value. For the mixed model the Wald version.
    weights : ndarray, shape (number of studies given,)
        Weights, summing to 1; 0 for a study that was dropped.
    converged : bool
        Whether every iterative step met its tolerance.
    q_lrt, q_lrt_pvalue : float or None
        Likelihood-ratio version of Q (mixed model only).
    loglik : float or None
        Maximised log-likelihood, binomial coefficients included (mixed model only).
    tau2_lrt, tau2_lrt_pvalue : float or None
        Likelihood-ratio test of τ² = 0 against the half-half mixture of χ²₀ and χ²₁
        (Self and Liang 1987), mixed model only.
    note : str
        What a reader must know about this result; empty when there is nothing to say.
    """

    recipe: Recipe
    k: int
    n: int | None
    kept: NDArray[np.bool_]
    working: Interval
    se: float
    proportion: Interval | None
    prediction: Interval | None
    prediction_working: Interval | None
    tau2: float
    i2: float
    i2_tau2: float
    i2_q: float
    h2: float
    q: float
    q_df: int
    q_pvalue: float
    weights: FloatArray
    converged: bool
    q_lrt: float | None = None
    q_lrt_pvalue: float | None = None
    loglik: float | None = None
    tau2_lrt: float | None = None
    tau2_lrt_pvalue: float | None = None
    note: str = ""
