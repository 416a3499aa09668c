"""Validation of survival data: times, events, entry times, groups and covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Checked survival data of n rows (patients, or intervals of patients).

    Attributes
    ----------
    time : ndarray, shape (n,)
        End of follow-up, in any unit.
    event : ndarray of bool, shape (n,)
        True where follow-up ended with the event.
    entry : ndarray, shape (n,)
        Start of follow-up: a row is at risk on (entry, time].
    strata : ndarray of int, shape (n,)
        Stratum of each row, numbered from 0.
    """

    time: FloatArray
    event: BoolArray
    entry: FloatArray
    strata: NDArray[np.int64]


def _numbers(values: ArrayLike, name: str) -> FloatArray:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers, got {values!r}") from error
    if array.ndim != 1 or array.size == 0:
        raise ValueError(
            f"{name} must be a one-dimensional, non-empty array, got shape {array.shape}"
        )
    finite = np.isfinite(array)
    if not finite.all():
        i = int(np.flatnonzero(~finite)[0])
        raise ValueError(f"{name} at index {i} is {array[i]}: a finite number is needed")
    return array


def check_observations(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: Sequence[Any] | ArrayLike | None = None,
) -> Observations:
    """Validate follow-up times and event indicators.

    Parameters
    ----------
    time : array_like, shape (n,)
        Positive, finite follow-up times.
    event : array_like, shape (n,)
        1 or True where the event happened, 0 or False where follow-up was cut.
    entry : array_like, shape (n,), optional
        Start of each row, not negative and before its `time`; 0 by default.
    strata : array_like, shape (n,), optional
        Labels of strata; one stratum by default.

    Raises
    ------
    ValueError
        Naming the row (index) and the value at fault.
    """
    t = _numbers(time, "time")
    d = _numbers(event, "event")
    start = np.zeros_like(t) if entry is None else _numbers(entry, "entry")
    for name, array in (("event", d), ("entry", start)):
        if array.size != t.size:
            raise ValueError(f"time has {t.size} rows but {name} has {array.size}")
    for broken, name, array, wanted in (
        (t <= 0, "time", t, "a positive time is needed"),
        ((d != 0) & (d != 1), "event", d, "1 (event) or 0 (censored) is needed"),
        (start < 0, "entry", start, "a time of at least 0 is needed"),
        (start >= t, "entry", start, "a time before the end of follow-up is needed"),
    ):
        if broken.any():
            i = int(np.flatnonzero(broken)[0])
            raise ValueError(f"{name} at index {i} is {array[i]:g}: {wanted}")
    if strata is None:
        codes = np.zeros(t.size, dtype=np.int64)
    else:
        labels = np.asarray(strata)
        if labels.shape != t.shape:
            raise ValueError(f"time has {t.size} rows but strata has shape {labels.shape}")
        codes = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    return Observations(time=t, event=d == 1, entry=start, strata=codes)


def check_groups(group: Sequence[Any] | ArrayLike, n: int) -> tuple[list[Any], NDArray[np.int64]]:
    """Return the sorted labels of at least two groups and the code of each row."""
    labels = np.asarray(group)
    if labels.shape != (n,):
        raise ValueError(f"group must have one label per row ({n}), got shape {labels.shape}")
    names, codes = np.unique(labels, return_inverse=True)
    if names.size < 2:
        raise ValueError(f"group needs at least two labels, got only {names.tolist()[0]!r}")
    return names.tolist(), codes.astype(np.int64)


def check_covariates(
    covariates: ArrayLike, n: int, names: Sequence[str] | None
) -> tuple[FloatArray, tuple[str, ...]]:
    """Return the covariates as an (n, p) array without constant columns, and their names."""
    x = np.asarray(covariates, dtype=np.float64)
    if x.ndim == 1:
        x = x[:, None]
    if x.ndim != 2 or x.shape[0] != n or x.shape[1] == 0:
        raise ValueError(f"covariates must have one row per patient ({n}), got shape {x.shape}")
    if names is None:
        names = [f"x{j + 1}" for j in range(x.shape[1])]
    if len(names) != x.shape[1]:
        raise ValueError(f"{len(names)} names were given for {x.shape[1]} covariates")
    for j, name in enumerate(names):
        finite = np.isfinite(x[:, j])
        if not finite.all():
            i = int(np.flatnonzero(~finite)[0])
            raise ValueError(
                f"covariate {name!r} at index {i} is {x[i, j]}: a finite number is needed"
            )
        if np.ptp(x[:, j]) == 0:
            raise ValueError(f"covariate {name!r} is {x[0, j]:g} in every row: nothing to compare")
    return x, tuple(names)
