"""Rows that belong together: columns paired by index, incomplete rows, names of studies."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
MISSING = ("raise", "drop")


def in_order(values: Any, name: str) -> Any:
    """Return values that numpy reads in order: views and iterators become lists, masked ones None.

    Raises
    ------
    ValueError
        For a set or a dict, with the reason.
    """
    if isinstance(values, set | frozenset):
        raise ValueError(
            f"{name} is a set, which has no order, so its values belong to no study: pass a list"
        )
    if isinstance(values, Mapping):
        raise ValueError(f"{name} is a dict: pass a list, such as list({name}.values())")
    if isinstance(values, list | tuple) and any(value is np.ma.masked for value in values):
        return [None if value is np.ma.masked else value for value in values]
    container = hasattr(values, "__array__") or isinstance(values, Sequence)
    return values if container or not isinstance(values, Iterable) else list(values)


def is_missing(value: object) -> bool:
    """Whether a value stands for nothing: None, NaN, NaT, pandas' NA or a masked entry."""
    if value is None or value is np.ma.masked:
        return True
    itself = value == value  # False for NaN and NaT, and neither True nor False for NA
    if not isinstance(itself, bool | np.bool_):
        return type(value).__name__ == "NAType"
    return not itself


def cells(values: Any, name: str, *, matrix: bool = False) -> NDArray[np.object_]:
    """Return a column, or a matrix with a row for each study, as objects; masked ones as None.

    Without `matrix` a row that is a tuple or a list is one value, such as a label.
    """
    if np.ma.is_masked(values):
        column = np.ma.getdata(values).astype(object)
        column[np.ma.getmaskarray(values)] = None
        return column
    values = in_order(values, name)
    if isinstance(values, str) or not hasattr(values, "__len__") or getattr(values, "ndim", 1) == 0:
        raise ValueError(f"{name} must have one value for each study, got {values!r}")
    if matrix:
        try:
            return np.array(values, dtype=object)
        except ValueError as error:
            raise ValueError(f"{name} must be numbers, got {values!r}") from error
    column = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        column[i] = value
    return column


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """Columns in one order of rows.

    Attributes
    ----------
    columns : dict
        The columns as given, those with another order of the index rearranged.
    labels : tuple or None
        The index, where one of the columns has one that is more than positions.
    note : str
        Which columns were rearranged; empty when none.
    """

    columns: dict[str, Any]
    labels: tuple[Any, ...] | None
    note: str


def _index(values: Any) -> Any:
    # A Series or a frame exists only where pandas has been imported, by whoever made it.
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(values, pandas.Series | pandas.DataFrame):
        return None
    return values.index


def _is_positions(index: Any) -> bool:
    """Whether an index says no more than 0, 1, 2 and so on."""
    return type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1


def paired(**columns: Any) -> Paired:
    """Put columns into the order of the first that is a pandas Series or frame with labels.

    Columns of other types, None included, stay as they are: they have no index to go by.

    Raises
    ------
    ValueError
        When the indexes of two columns do not hold the same labels, each once.
    """
    indexed = {name: _index(values) for name, values in columns.items()}
    indexed = {name: index for name, index in indexed.items() if index is not None}
    if all(_is_positions(index) for index in indexed.values()):
        return Paired(columns, None, "")
    (first, index), *others = indexed.items()
    moved = []
    for name, other in others:
        if index.equals(other):
            continue
        if len(index) != len(other) or not (index.is_unique and other.is_unique):
            _refuse(first, index, name, other)
        if not index.isin(other).all():
            _refuse(first, index, name, other)
        columns[name] = columns[name].reindex(index)
        moved.append(name)
    note = ""
    if moved:
        verb = "was" if len(moved) == 1 else "were"
        note = f"{' and '.join(moved)} {verb} put in the order of the index of {first}"
    return Paired(columns, tuple(index), note)


def _refuse(first: str, index: Any, name: str, other: Any) -> None:
    alone = [*(x for x in index if x not in other), *(x for x in other if x not in index)]
    why = f"{alone[0]!r} stands in one of them only" if alone else "a label stands there twice"
    raise ValueError(
        f"the indexes of {first} and {name} differ ({why}), so their rows cannot be paired by "
        "index: give both the same index, or pair them by position with .to_numpy()"
    )


def complete(columns: Mapping[str, NDArray[np.object_]]) -> BoolArray:
    """Say which rows have a value in every column, and in every cell of a matrix."""
    rows = zip(*columns.values(), strict=True)
    return np.array([not any(_lacks(value) for value in row) for row in rows], dtype=np.bool_)


def _lacks(value: object) -> bool:
    """Whether a cell, or one of the cells of a row of a matrix, is missing."""
    if isinstance(value, np.ndarray) and value.ndim:
        return any(is_missing(cell) for cell in value)
    return is_missing(value)
