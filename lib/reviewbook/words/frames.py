"""Numbers of a frame that say where they come from.

A frame loses what its numbers carry. So the function that makes one says once how it is made, which
columns tell its rows apart and which rows of ``data/`` each was computed from; who tells a number
of it takes it by :func:`cell`, :func:`rows_of` or :func:`number_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from .origin import Origin, Row, Source, traced

_HERE = "origin of its numbers"
_IMPORT = "from reviewbook.words.frames import cell"
SourceOf = Callable[[Mapping[str, Any]], Iterable[Source]]


@dataclass(frozen=True, slots=True, eq=False)
class FrameOrigin:
    """How a frame is made.

    Attributes
    ----------
    expression : str
        Python that makes it from `book`.
    what : str
        What a row is, in words; the column follows it.
    key : tuple of str
        Columns that tell its rows apart.
    source_of : callable
        Row as a mapping → the sources it was computed from.
    imports : tuple of str
        Lines that the expression needs.
    units : mapping
        Unit of a column.
    sources_of_column : mapping
        Column → what gives the sources of its values, where they are not those of the whole row.
    made_alone : callable or None
        Row as a mapping → Python that makes a frame of it and the rows that `key` tells it apart
        from, where that is shorter than to make the whole frame.
    """

    expression: str
    what: str
    key: tuple[str, ...]
    source_of: SourceOf
    imports: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    sources_of_column: Mapping[str, SourceOf] = field(default_factory=dict)
    made_alone: Callable[[Mapping[str, Any]], str] | None = None

    def __deepcopy__(self, memo: object) -> FrameOrigin:
        return self  # pandas copies what a frame carries with every step


def made_by(frame: pd.DataFrame, origin: FrameOrigin) -> pd.DataFrame:
    """Return the frame, which now knows how it was made; steps of pandas keep it."""
    frame.attrs[_HERE] = origin
    return frame


def frame_origin(frame: pd.DataFrame) -> FrameOrigin | None:
    """Return how a frame was made; None where nobody said."""
    found = frame.attrs.get(_HERE)
    return found if isinstance(found, FrameOrigin) else None


def part_of(frame: pd.DataFrame, query: str) -> pd.DataFrame:
    """Return the rows of a frame for which a query of pandas holds, with how it was made."""
    origin, found = frame_origin(frame), frame.query(query)
    if origin is None:
        return found
    return made_by(found, replace(origin, expression=f"{origin.expression}.query({query!r})"))


def cell(frame: pd.DataFrame, column: str, **key: Any) -> Any:
    """Return a value of the only row whose cells are those of the key; a missing one is None.

    Raises
    ------
    ValueError
        When there is no such row, or more than one.
    """
    chosen = frame
    for name, value in key.items():
        own = chosen[name]
        same = own.isna() | (own == "") if value in (None, "") else (own == value).fillna(False)
        chosen = chosen[same.astype(bool)]
    if len(chosen) != 1:
        raise ValueError(f"one row with {key} was expected, got {len(chosen)}")
    value = chosen.iloc[0][column]
    return None if pd.isna(value) else value


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dicts whose numbers say where they come from.

    Missing values are None. Without :func:`made_by` the numbers are plain.
    """
    return [traced_row(frame, row) for row in records(frame)]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dicts, with None for missing values."""
    # Column by column: pandas makes a frame of objects of each type first, which takes long.
    columns = [
        [
            None if empty else _plain(value)
            for value, empty in zip(column.tolist(), column.isna(), strict=True)
        ]
        for _, column in frame.items()
    ]
    names = [str(name) for name in frame]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def traced_row(frame: pd.DataFrame, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a frame, given as a dict, with numbers that say where they come from."""
    origin = frame_origin(frame)
    return {str(name): _cell(origin, row, str(name), value) for name, value in row.items()}


def sources_of(frame: pd.DataFrame, row: Mapping[str, Any]) -> tuple[Source, ...]:
    """Return the sources of a row of a frame, given as a dict."""
    origin = frame_origin(frame)
    return () if origin is None else tuple(origin.source_of(row))


def _cell(origin: FrameOrigin | None, row: Mapping[Any, Any], name: str, value: Any) -> Any:
    value = _plain(value)
    if origin is None or isinstance(value, bool) or not isinstance(value, int | float):
        return value
    source_of = origin.sources_of_column.get(name, origin.source_of)
    keys = ", ".join(f"{key}={_plain(row[key])!r}" for key in origin.key)
    made = origin.made_alone(row) if origin.made_alone else origin.expression
    told = Origin(
        expression=f"cell({made}, {name!r}, {keys})",
        what=f"{origin.what}: {name.replace('_', ' ')}",
        unit=origin.units.get(name, ""),
        sources=tuple(source_of({str(k): v for k, v in row.items()})),
        imports=(*origin.imports, _IMPORT),
    )
    return traced(value, told)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def number_of(
    frame: pd.DataFrame,
    what: str,
    unit: str = "",
    *,
    query: str = "",
    shown: tuple[str, ...] | None = None,
) -> int:
    """Return how many rows a frame has, or how many of them a query of pandas holds for.

    All of its rows were looked at, so the sources are those of all of them.

    Parameters
    ----------
    what, unit : str
        The number in words, and what is counted.
    shown : tuple of str, optional
        As of :func:`made_number`.
    """
    number, origin = len(frame.query(query) if query else frame), frame_origin(frame)
    if origin is None:
        return number
    chosen = f".query({query!r})" if query else ""
    return made_number(frame, number, f"len({{}}{chosen})", what, unit, shown=shown)


def made_number(
    frame: pd.DataFrame,
    value: Any,
    form: str,
    what: str,
    unit: str = "",
    *,
    imports: tuple[str, ...] = (),
    column: str = "",
    shown: tuple[str, ...] | None = None,
) -> Any:
    """Return a number computed of a whole frame; `form` makes it of the frame's expression.

    Parameters
    ----------
    value : int or float
        The number, as `form` gives it when ``{}`` is the expression of the frame.
    imports : tuple of str
        Lines that `form` needs.
    column : str
        The column that it was computed of, where its values have sources of their own.
    shown : tuple of str, optional
        Columns that a reader is shown of the rows of ``data/``, which then stand in one table; as
        they are when omitted.
    """
    origin = frame_origin(frame)
    if origin is None:
        return value
    source_of = origin.sources_of_column.get(column, origin.source_of)
    sources = tuple(dict.fromkeys(one for row in records(frame) for one in source_of(row)))
    if shown is not None:
        sources = (Source(rows=_with_columns(sources, shown)),)
    expression = form.format(origin.expression)
    told = Origin(expression, what, unit, sources, (*origin.imports, *imports))
    return traced(_plain(value), told)


def read_rows(frame: pd.DataFrame, *shown: str) -> tuple[Row, ...]:
    """Return the rows of ``data/`` behind those of a frame, with what a reader is shown of them."""
    sources = (one for row in records(frame) for one in sources_of(frame, row))
    return _with_columns(sources, shown)


def _with_columns(sources: Iterable[Source], shown: tuple[str, ...]) -> tuple[Row, ...]:
    """Return the rows of some sources, each once, with some of their columns."""
    return tuple(
        dict.fromkeys(
            replace(row, shown=tuple(one for one in row.shown if one[0] in shown))
            for source in sources
            for row in source.rows
        )
    )
