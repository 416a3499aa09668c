"""Result objects: frozen, documented, and convertible to plain data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .recipe import Recipe

if TYPE_CHECKING:
    import pandas as pd

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


def short(value: Any) -> str:
    """Return a value in a few characters: numbers with six digits, arrays by their size."""
    if isinstance(value, Recipe):
        return repr(value.label)
    if isinstance(value, Interval):
        return f"{value.estimate:.6g} ({value.low:.6g} to {value.high:.6g})"
    if isinstance(value, Result):
        return f"{type(value).__name__}(…)"
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, np.ndarray):
        return f"<{' × '.join(map(str, value.shape))} values>"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {short(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple) and len(value) > 4:
        return f"<{len(value)} values>"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(short, value)) + ("," if len(value) == 1 else "") + ")"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:76]} …{text[-1]}"


class Result:
    """What every result of the package can do."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        # dataclass() writes a repr, arrays and all, only into a class that has none of its own.
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = cls.__repr__  # type: ignore[method-assign]

    def _items(self) -> dict[str, Any]:
        """Return the fields by name, in order."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]

    def __repr__(self) -> str:
        """Return the fields in a few characters each; empty ones left out."""
        shown = [
            f"{name}={short(value)}"
            for name, value in self._items().items()
            if value is not None and not (isinstance(value, str | tuple) and not value)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def summary(self) -> str:
        """Return the result as text: a line for each field, then what its note says."""
        lines = [type(self).__name__]
        for name, value in self._items().items():
            if name not in _NOTES and value is not None:
                lines.append(f"  {name:<20} {short(value)}")
        return "\n".join([*lines, *self._note_lines()])

    def _note_lines(self) -> list[str]:
        """Return what a reader must know, a line for each note."""
        texts: list[str] = []
        for name in _NOTES:
            value = getattr(self, name, None) or ()
            texts += [value] if isinstance(value, str) else [str(text) for text in value]
        return [f"  Note: {text}" for text in texts]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data, ready for JSON.

        Nested results become dicts, and infinite values None.
        """
        data: dict[str, Any] = plain(self)
        return data

    def to_frame(self) -> pd.DataFrame:
        """Return the result as a table of one row; needs pandas.

        An interval gives three columns, the limits with the endings ``_low`` and ``_high``; a
        recipe gives its label. Arrays, and results inside the result, are left out.
        """
        import pandas as pd

        row: dict[str, Any] = {}
        for name, value in self._items().items():
            if isinstance(value, Interval):
                row |= {name: value.estimate, f"{name}_low": value.low, f"{name}_high": value.high}
            elif isinstance(value, Recipe):
                row[name] = value.label
            elif not isinstance(value, np.ndarray | Result | dict | tuple):
                row[name] = value
        return pd.DataFrame([row])


_NOTES = ("note", "notes", "cautions")


@dataclass(frozen=True, slots=True)
class Interval(Result):
    """A point estimate with its interval limits.

    Attributes
    ----------
    estimate, low, high : float
        ``low <= high``. Unpacks in this order, and is an array of the three for numpy.
    """

    estimate: float
    low: float
    high: float

    def __repr__(self) -> str:
        return f"Interval(estimate={self.estimate!r}, low={self.low!r}, high={self.high!r})"

    def __iter__(self) -> Iterator[float]:
        return iter((self.estimate, self.low, self.high))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array((self.estimate, self.low, self.high), dtype=dtype)

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

    def to_frame(self) -> pd.DataFrame:
        """Return a table of the kept studies, indexed by their position; needs pandas."""
        import pandas as pd

        rows = pd.Index(np.flatnonzero(self.kept), name="study")
        columns = {"yi": self.yi, "vi": self.vi, "adjusted": self.adjusted[self.kept]}
        return pd.DataFrame(columns, index=rows)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pooled(Result):
    """A pooled effect.

    Attributes
    ----------
    recipe : Recipe
        How everything below was computed.
    k : int
        Studies pooled (studies dropped by the zeros rule do not count).
    n : int, float or None
        Patients in the pooled studies (a float for fractional counts); None when only effect sizes
        were given.
    kept : ndarray of bool
        Which of the studies given were pooled.
    working : Interval
        Pooled effect and confidence interval on the working scale.
    se : float
        Standard error behind `working` (scaled, under a Hartung–Knapp interval).
    proportion : Interval or None
        `working` as a proportion in [0, 1]. None where there is none: Freeman–Tukey effects
        without study sizes, scale "identity", and effects on the raw or log scale whose mean is no
        proportion.
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
    labels : tuple of str or None
        Names of the studies given, where they have any.
    double_arcsine_n : float or None
        Study size at which Freeman–Tukey values were turned into proportions.
    """

    recipe: Recipe
    k: int
    n: float | None
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
    labels: tuple[str, ...] | None = None
    double_arcsine_n: float | None = None

    def __repr__(self) -> str:
        """Return recipe, number of studies and the pooled value."""
        value = f"working={short(self.working)}"
        if self.proportion is not None:
            value = f"proportion={short(self.proportion)}"
        said = ", see note" if self.note else ""
        name = type(self).__name__
        return (
            f"{name}({self.recipe.label!r}, k={self.k}, {value}, tau2={self.tau2:.6g}, "
            f"i2={self.i2:.6g}{said})"
        )

    def summary(self) -> str:
        """Return the result as text: recipe, pooled value, heterogeneity, and every caution."""
        patients = "" if self.n is None else f", {self.n:.15g} patients"
        lines = [self.recipe.label, f"{self.k} of {self.kept.size} studies{patients}"]
        level = f"{100 * self.recipe.level:.4g}% CI"
        if self.proportion is not None:
            lines.append(f"  proportion   {_rounded(self.proportion, level)}")
        lines.append(f"  {self.recipe.scale:<12} {_rounded(self.working, level)}, SE {self.se:.4f}")
        if self.prediction is not None:
            lines.append(f"  prediction   {self.prediction.low:.4f} to {self.prediction.high:.4f}")
        elif self.prediction_working is not None:
            limits = self.prediction_working
            lines.append(f"  prediction   {limits.low:.4f} to {limits.high:.4f}")
        lines.append(
            f"  tau2 {self.tau2:.4g}, I2 {self.i2:.1%}, Q {self.q:.2f} with {self.q_df} df, "
            f"p {self.q_pvalue:.4g}"
        )
        if not self.converged:
            lines.append("  Note: the estimation did not converge")
        return "\n".join([*lines, *self._note_lines()])

    def studies(self) -> pd.DataFrame:
        """Return a table of the studies given: which were pooled, and their weights.

        The index holds the labels of the studies, or their positions. Needs pandas.
        """
        import pandas as pd

        labels = range(self.kept.size) if self.labels is None else self.labels
        index = pd.Index(labels, name="study")
        return pd.DataFrame({"kept": self.kept, "weight": self.weights}, index=index)


def _rounded(interval: Interval, level: str) -> str:
    return f"{interval.estimate:.4f} ({level} {interval.low:.4f} to {interval.high:.4f})"
