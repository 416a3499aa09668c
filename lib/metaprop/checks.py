"""Validation of what callers hand in, with errors that name the study and the value."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def _vector(values: ArrayLike, name: str) -> FloatArray:
    """Return `values` as a one-dimensional finite float64 array, or say which value is not."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers, got {values!r}") from error
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} is empty: at least one study is needed")
    finite = np.isfinite(array)
    if not finite.all():
        i = int(np.flatnonzero(~finite)[0])
        raise ValueError(
            f"{name} of the study at index {i} is {array[i]}: a finite number is needed"
        )
    return array


def check_counts(events: ArrayLike, totals: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Validate the counts of a set of studies.

    Parameters
    ----------
    events, totals : array_like, shape (k,)
        Whole numbers with ``0 <= events <= totals`` and ``totals >= 1``.

    Returns
    -------
    events, totals : ndarray of float64, shape (k,)

    Raises
    ------
    ValueError
        Naming the index of the first study at fault, and its value.
    """
    x, n = _vector(events, "events"), _vector(totals, "totals")
    if x.size != n.size:
        raise ValueError(f"events has {x.size} studies but totals has {n.size}")
    for name, array in (("events", x), ("totals", n)):
        broken = array != np.floor(array)
        if broken.any():
            i = int(np.flatnonzero(broken)[0])
            raise ValueError(
                f"{name} of the study at index {i} is {array[i]:g}: not a whole number"
            )
    if (n < 1).any():
        i = int(np.flatnonzero(n < 1)[0])
        raise ValueError(f"totals of the study at index {i} is {n[i]:.0f}: at least 1 is needed")
    if (x < 0).any():
        i = int(np.flatnonzero(x < 0)[0])
        raise ValueError(f"events of the study at index {i} is {x[i]:.0f}: negative")
    if (x > n).any():
        i = int(np.flatnonzero(x > n)[0])
        raise ValueError(
            f"events of the study at index {i} is {x[i]:.0f}: more than its total {n[i]:.0f}"
        )
    return x, n


def check_effects(yi: ArrayLike, vi: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Validate effect sizes and their sampling variances.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and variances; every variance is positive.

    Returns
    -------
    yi, vi : ndarray of float64, shape (k,)

    Raises
    ------
    ValueError
        Naming the index of the first study at fault, and its value.
    """
    y, v = _vector(yi, "yi"), _vector(vi, "vi")
    if y.size != v.size:
        raise ValueError(f"yi has {y.size} studies but vi has {v.size}")
    if (v <= 0).any():
        i = int(np.flatnonzero(v <= 0)[0])
        raise ValueError(f"vi of the study at index {i} is {v[i]:g}: a positive variance is needed")
    return y, v


def check_choice(name: str, value: object, allowed: Collection[str]) -> None:
    """Raise a ValueError that lists the allowed values unless `value` is one of them."""
    if not isinstance(value, str) or value not in allowed:
        options = ", ".join(repr(option) for option in allowed)
        raise ValueError(f"{name} must be one of {options}; got {value!r}")


def check_level(level: object) -> None:
    """Raise a ValueError unless `level` is a confidence level, a fraction between 0 and 1."""
    if isinstance(level, bool) or not isinstance(level, int | float | np.floating):
        raise ValueError(f"level must be a number between 0 and 1, got {level!r}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, got {level!r}")
