"""Design matrices: columns, their names, and whether an intercept is among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_names, finite_numbers

FloatArray = NDArray[np.float64]
ADDED = (
    "an intercept was added, as no combination of the columns of {what} is constant; "
    "intercept=False fits a regression through the origin"
)


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A design matrix of full rank, ready to be used.

    Attributes
    ----------
    x : ndarray, shape (k, p)
        The columns, an intercept that was added first.
    names : tuple of str
        One name for each column.
    note : str
        Says that an intercept was added where nobody asked for it; empty otherwise.
    """

    x: FloatArray
    names: tuple[str, ...]
    note: str


def read_design(
    design: ArrayLike,
    k: int,
    *,
    names: Sequence[str] | None = None,
    intercept: bool | None = None,
    what: str = "design",
) -> Design:
    """Return the design of `k` studies with names and an intercept, or say what is wrong.

    Parameters
    ----------
    design : array_like, shape (k,) or (k, p)
        The columns; a data frame or a series brings their names.
    k : int
        Number of studies.
    names : sequence of str, optional
        Names of the columns given, before those of a data frame.
    intercept : bool, optional
        None and True add a column of ones in front unless some combination of the columns is
        constant already (a column of ones, or an indicator for each of several groups); None says
        so in `note`. False uses the columns as they are.
    what : str
        What messages call the design.

    Raises
    ------
    ValueError
        For another number of rows, values that are no finite numbers, or collinear columns.
    """
    check_intercept(intercept)
    labels = names if names is not None else column_names(design)
    x = finite_numbers(design, what)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or x.shape[0] != k:
        raise ValueError(f"{what} must have one row for each of {k} studies, got shape {x.shape}")
    if x.shape[1] == 0:
        raise ValueError(f"{what} has no columns, got shape {x.shape}")
    if k < x.shape[1]:
        raise ValueError(no_freedom(k, x.shape[1]))
    if not independent(x):
        raise ValueError(f"{what} has collinear columns: the coefficients are not unique")
    with_ones = np.column_stack((np.ones(k), x))
    if intercept is False or k <= x.shape[1] or not independent(with_ones):
        return Design(x, check_names(labels, x.shape[1]), "")
    return Design(
        with_ones,
        ("intercept", *check_names(labels, x.shape[1], first=1)),
        ADDED.format(what=what) if intercept is None else "",
    )


def no_freedom(k: int, p: int) -> str:
    """Return the words for too few studies."""
    return f"{k} studies leave no residual degree of freedom for {p} coefficients"


def check_intercept(intercept: object) -> None:
    """Raise a ValueError unless `intercept` is True, False or None."""
    if not (intercept is None or isinstance(intercept, bool | np.bool_)):
        raise ValueError(f"intercept must be True, False or None, got {intercept!r}")


def independent(x: FloatArray) -> bool:
    """Whether no column is a combination of the others, whatever their units."""
    norms = np.linalg.norm(x, axis=0)
    return bool((norms > 0.0).all() and np.linalg.matrix_rank(x / norms) == x.shape[1])


def column_names(columns: Any) -> tuple[str, ...] | None:
    """Return the names of a data frame's columns or of a series; None where there are none."""
    found = getattr(columns, "columns", None)
    if found is not None:
        return tuple(str(name) for name in found)
    name = getattr(columns, "name", None)
    return (name,) if isinstance(name, str) and name else None
