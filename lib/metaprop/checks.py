"""Validation of what callers hand in, with errors that name the study and the value."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .rows import cells, in_order, is_missing, paired

FloatArray = NDArray[np.float64]
STUDY = "of the study at index"
# What is further from a whole number than this share of it was no count before rounding.
_ROUNDING = 1e-9
_LARGEST_EFFECT = 1e50
_VARIANCES = (1e-50, 1e50)
# With weights further apart than this the heterogeneity of the others is lost to rounding.
VARIANCE_RATIO = 1e13


class Unusable(ValueError):
    """A study that cannot be computed with.

    Parameters
    ----------
    text : str
        The message, with ``{study}`` where the study is named.
    index : int
        Its position among the studies at hand, which may be some of those that a caller gave.
    """

    def __init__(self, text: str, index: int) -> None:
        super().__init__(text.format(study=f"the study at index {index}"))
        self.text, self.index = text, index


def as_float(values: Any, name: str, *, row: str = STUDY) -> FloatArray:
    """Return a float64 array of any shape, or say which value is not a number.

    Parameters
    ----------
    values : array_like
        Numbers. Text and dates are refused where numpy would convert them ("12", say), and so are
        missing and masked entries.
    name : str
        What messages call the values.
    row : str
        What messages put between the name and the index along the first axis.
    """
    if np.ma.is_masked(values):
        hidden = np.ma.getmaskarray(values)
        values = np.ma.getdata(values).astype(object)
        values[hidden] = None
    values = in_order(values, name)
    try:
        array = np.asarray(values)
        if array.dtype.kind in "biuf":
            return array.astype(np.float64)
        array = np.asarray(values, dtype=object)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers, got {values!r}") from error
    if array.ndim == 0:
        raise ValueError(f"{name} must be numbers, got {values!r}")
    result = np.empty(array.shape)
    for at in np.ndindex(array.shape):
        if not isinstance(array[at], Real | Decimal | np.bool_):
            raise ValueError(f"{_place(name, row, at)} is {array[at]!r}: a number is needed")
        try:
            result[at] = array[at]
        except OverflowError:
            result[at] = math.inf
    return result


def finite_numbers(values: Any, name: str, *, row: str = STUDY) -> FloatArray:
    """Return :func:`as_float` of values that are all finite, or say which one is not."""
    array = as_float(values, name, row=row)
    finite = np.isfinite(array)
    if not finite.all():
        at = tuple(np.argwhere(~finite)[0].tolist())
        raise ValueError(f"{_place(name, row, at)} is {array[at]}: a finite number is needed")
    return array


def _place(name: str, row: str, at: tuple[int, ...]) -> str:
    columns = "".join(f", column {j}," for j in at[1:])
    return f"{name} {row} {at[0]}{columns}" if at else name


def check_vector(values: Any, name: str, *, row: str = STUDY) -> FloatArray:
    """Return a one-dimensional, non-empty array of finite numbers, or say what is wrong."""
    array = finite_numbers(values, name, row=row)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} is empty: at least one value is needed")
    return array


def _whole(values: ArrayLike, name: str) -> FloatArray:
    """Return counts that are whole numbers, but for the rounding of 0.57 * 100, say."""
    array = check_vector(values, name)
    whole = np.rint(array)
    slack = np.minimum(_ROUNDING * np.maximum(np.abs(whole), 1.0), 1e-6)
    broken = np.abs(array - whole) > slack
    if broken.any():
        i = int(np.flatnonzero(broken)[0])
        raise ValueError(
            f"{name} {STUDY} {i} is {float(array[i])!r}: not a whole number (a percentage is no "
            "count: multiply it by the total and round)"
        )
    return whole


def check_totals(totals: ArrayLike, k: int, *, fractional: bool = False) -> FloatArray:
    """Return the sizes of `k` studies: whole numbers of at least 1, or any positive ones.

    Raises
    ------
    ValueError
        Naming the index of the first study at fault, and its value.
    """
    n = _counts(totals, "totals", fractional)
    if n.size != k:
        raise ValueError(f"totals has {n.size} studies, but there are {k}")
    return _positive(n, fractional)


def _counts(values: ArrayLike, name: str, fractional: bool) -> FloatArray:
    return check_vector(values, name) if fractional else _whole(values, name)


def _positive(n: FloatArray, fractional: bool) -> FloatArray:
    low = n <= 0 if fractional else n < 1
    if low.any():
        i = int(np.flatnonzero(low)[0])
        needed = "more than 0" if fractional else "at least 1"
        raise ValueError(f"totals {STUDY} {i} is {float(n[i]):.15g}: {needed} is needed")
    return n


def check_counts(
    events: ArrayLike, totals: ArrayLike, *, fractional: bool = False
) -> tuple[FloatArray, FloatArray]:
    """Validate the counts of a set of studies.

    Parameters
    ----------
    events, totals : array_like, shape (k,)
        Whole numbers with ``0 <= events <= totals`` and ``totals >= 1``. Two pandas Series are
        paired by their index.
    fractional : bool
        Take numbers that are not whole, such as weighted counts and effective sample sizes.

    Returns
    -------
    events, totals : ndarray of float64, shape (k,)

    Raises
    ------
    ValueError
        Naming the index of the first study at fault, and its value.
    """
    events, totals = paired(events=events, totals=totals).columns.values()
    x, n = _counts(events, "events", fractional), _counts(totals, "totals", fractional)
    if x.size != n.size:
        raise ValueError(f"events has {x.size} studies but totals has {n.size}")
    n = _positive(n, fractional)
    if (x < 0).any():
        i = int(np.flatnonzero(x < 0)[0])
        raise ValueError(f"events {STUDY} {i} is {x[i]:.15g}: negative, at least 0 is needed")
    if (x > n).any():
        i = int(np.flatnonzero(x > n)[0])
        raise ValueError(f"events {STUDY} {i} is {x[i]:.15g}: more than its total {n[i]:.15g}")
    return x, n


def check_effects(yi: ArrayLike, vi: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Validate effect sizes and their sampling variances.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and variances; every variance is positive. Two pandas Series are paired by
        their index.

    Returns
    -------
    yi, vi : ndarray of float64, shape (k,)

    Raises
    ------
    ValueError
        Naming the index of the first study at fault, and its value.
    """
    yi, vi = paired(yi=yi, vi=vi).columns.values()
    y, v = check_vector(yi, "yi"), check_vector(vi, "vi")
    if y.size != v.size:
        raise ValueError(f"yi has {y.size} studies but vi has {v.size}")
    if (v <= 0).any():
        i = int(np.flatnonzero(v <= 0)[0])
        raise ValueError(f"vi {STUDY} {i} is {v[i]:g}: a positive variance is needed")
    # Beyond these bounds squares and reciprocals leave the range of floating-point numbers.
    huge = np.abs(y) > _LARGEST_EFFECT
    if huge.any():
        i = int(np.flatnonzero(huge)[0])
        raise ValueError(
            f"yi {STUDY} {i} is {y[i]:g}: effects up to {_LARGEST_EFFECT:g} in size can be "
            "computed with; use another unit"
        )
    low, high = _VARIANCES
    beyond = (v < low) | (v > high)
    if beyond.any():
        i = int(np.flatnonzero(beyond)[0])
        raise ValueError(
            f"vi {STUDY} {i} is {v[i]:g}: variances from {low:g} to {high:g} can be computed "
            "with; use another unit, or leave out what has no variance"
        )
    check_spread(v, "vi of {study}")
    return y, v


def check_spread(v: FloatArray, what: str) -> None:
    """Raise an error naming a study unless the weights of all can be added up.

    Parameters
    ----------
    v : ndarray
        Sampling variances.
    what : str
        What the message calls a study's variance, with ``{study}`` in it.
    """
    if v.max() > VARIANCE_RATIO * v.min():
        i = int(np.argmin(v))
        raise Unusable(
            f"{what} is {v[i]:g}, and the largest is {v.max():g}: variances that differ "
            f"by more than a factor of {VARIANCE_RATIO:g} leave no digit of the smaller weights",
            i,
        )


def check_labels(values: ArrayLike, name: str, n: int, *, row: str = STUDY) -> list[Any]:
    """Return `n` labels, none of them missing (None, NaN, NA) or empty.

    Raises
    ------
    ValueError
        When there are not `n`, or naming the index of the first one missing.
    """
    values = in_order(values, name)
    if np.ma.is_masked(values):
        values = cells(values, name)
    if not isinstance(values, list | tuple):
        values = np.asarray(values, dtype=object).ravel()
    labels = list(values)
    if len(labels) != n:
        rows = "studies" if row == STUDY else "rows"
        raise ValueError(f"{name} has {len(labels)} labels for {n} {rows}")
    for i, label in enumerate(labels):
        if is_missing(label) or label == "":
            raise ValueError(f"{name} {row} {i} has no label, got {label!r}")
    return labels


def check_names(names: Sequence[str] | None, p: int, *, first: int = 0) -> tuple[str, ...]:
    """Return the names of `p` columns; x0, x1, … (counting from `first`) when none are given."""
    if names is None:
        return tuple(f"x{j + first}" for j in range(p))
    if isinstance(names, str) or len(names) != p:
        raise ValueError(f"names must be {p} names, one for each column; got {names!r}")
    return tuple(names)


def check_choice(name: str, value: object, allowed: Collection[str]) -> None:
    """Raise a ValueError that lists the allowed values unless `value` is one of them."""
    if not isinstance(value, str) or value not in allowed:
        options = ", ".join(repr(option) for option in allowed)
        raise ValueError(f"{name} must be one of {options}; got {value!r}")


def check_number(name: str, value: object, *, at_least: float = -math.inf) -> float:
    """Return a single finite number of at least `at_least`, or raise a ValueError."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    found = float(value) if number else math.nan  # type: ignore[arg-type]
    if not (math.isfinite(found) and found >= at_least):
        wanted = "a finite number" + (f" of at least {at_least:g}" if at_least > -math.inf else "")
        raise ValueError(f"{name} must be {wanted}, got {value!r}")
    return found


def check_whole(name: str, value: object, *, at_least: int = 0, at_most: int | None = None) -> int:
    """Return a single whole number in a range, or raise a ValueError that says which."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    found = int(value) if whole else at_least - 1  # type: ignore[call-overload]
    if found < at_least or (at_most is not None and found > at_most):
        wanted = f"of at least {at_least}" if at_most is None else f"from {at_least} to {at_most}"
        raise ValueError(f"{name} must be a whole number {wanted}, got {value!r}")
    return int(found)


def check_level(level: object) -> None:
    """Raise a ValueError unless `level` is a confidence level, a fraction between 0 and 1."""
    if isinstance(level, bool) or not isinstance(level, int | float | np.floating):
        raise ValueError(f"level must be a number between 0 and 1, got {level!r}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, got {level!r}")
