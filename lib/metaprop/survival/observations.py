"""Validation of survival data: times, events, entry times, groups and covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metaprop.checks import as_float, check_labels, check_names, check_vector
from metaprop.labels import check_distinct

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
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
    strata: IntArray


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
    t = check_vector(time, "time", row="at index")
    d = check_vector(event, "event", row="at index")
    start = np.zeros_like(t) if entry is None else check_vector(entry, "entry", row="at index")
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
        codes = _codes(strata, "strata", t.size)[1]
    return Observations(time=t, event=d == 1, entry=start, strata=codes)


def check_groups(group: Sequence[Any] | ArrayLike, n: int) -> tuple[list[Any], IntArray]:
    """Return the sorted labels of at least two groups and the code of each row."""
    names, codes = _codes(group, "group", n)
    if len(names) < 2:
        raise ValueError(f"group needs at least two labels, got only {names[0]!r}")
    return names, codes


def _codes(values: Sequence[Any] | ArrayLike, name: str, n: int) -> tuple[list[Any], IntArray]:
    """Return the sorted labels and the place of each row's label among them."""
    check_distinct(check_labels(values, name, n, row="at index"), name)
    labels, codes = np.unique(np.asarray(values).ravel(), return_inverse=True)
    return labels.tolist(), codes.astype(np.int64)


def check_covariates(
    covariates: ArrayLike, n: int, names: Sequence[str] | None
) -> tuple[FloatArray, tuple[str, ...]]:
    """Return the covariates as an (n, p) array without constant columns, and their names."""
    x = as_float(covariates, "covariates", row="at index")
    if x.ndim == 1:
        x = x[:, None]
    if x.ndim != 2 or x.shape[0] != n or x.shape[1] == 0:
        raise ValueError(f"covariates must have one row per patient ({n}), got shape {x.shape}")
    names = check_names(names, x.shape[1], first=1)
    for j, name in enumerate(names):
        finite = np.isfinite(x[:, j])
        if not finite.all():
            i = int(np.flatnonzero(~finite)[0])
            raise ValueError(
                f"covariate {name!r} at index {i} is {x[i, j]}: a finite number is needed"
            )
        if np.ptp(x[:, j]) == 0:
            raise ValueError(f"covariate {name!r} is {x[0, j]:g} in every row: nothing to compare")
    return x, names
