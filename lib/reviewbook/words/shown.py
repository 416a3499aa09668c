"""The numbers of a figure or table, each with the row and the column it stands in.

They were made together, by the cell that shows them: its program and the rows it asked for are told
once, and a number is what stands in a row and a column of its frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from .export import numbers_in
from .frames import records
from .origin import number_id
from .program import shown_by

MOST_ROWS = 120
"""A figure of more rows draws a cloud or a curve; its numbers are told by its file alone."""
COMPANIONS = {
    "estimate": ("low", "high", "ci_low", "ci_high"),
    "low": ("high",),
    "events": ("total",),
    "value": ("ci_low", "ci_high", "range_low", "range_high"),
}
"""By the end of a column's name: what stands in one cell with it, in columns of the same prefix."""


def told_of(
    name: str,
    frame: pd.DataFrame,
    columns: Sequence[tuple[str, str]],
    *,
    called: str,
    labels: Iterable[str] | None = None,
) -> dict[str, Any] | None:
    """Return the numbers of a figure or table of the running cell as plain data.

    Parameters
    ----------
    name : str
        Its anchor; a number's identifier is of it, of the row's label and of the column.
    frame : DataFrame
        What it is made of.
    columns : sequence of (str, str)
        Columns of the frame in the order of the page, and what the page calls them.
    called : str
        Python of the frame, where the figure or table is ``figure`` or ``table``.
    labels : iterable of str, optional
        What each row of the frame is called, where the page shows its rows and columns as a table;
        otherwise :func:`names_of_rows` names them, and they have no place on the page.

    Returns
    -------
    dict or None
        ``lines expression sources files`` of :func:`reviewbook.words.program.shown_by`; `columns`
        with ``key label place``, the place on the page from 0 or None; `rows` with ``at``, the
        place in the frame, ``label``, and ``values ids`` by column. None outside of a page, and
        when there is no number.
    """
    program = shown_by() if len(frame) <= MOST_ROWS else None
    if program is None:
        return None
    places, on_page = _places(frame, columns), labels is not None
    names = names_of_rows(frame) if labels is None else labels
    rows = list(_rows(name, frame, names, list(places)))
    used = {key for row in rows for key in row["values"]}
    if not used:
        return None
    told = [
        {"key": key, "label": columns[place][1], "place": place if on_page else None}
        for key, place in places.items()
        if key in used
    ]
    return {"name": name, "frame": called, **program, "columns": told, "rows": rows}


def names_of_rows(frame: pd.DataFrame) -> list[str]:
    """Return what each row of a frame is called: as many of its texts as tell the rows apart.

    Texts that hold numbers, such as counts, do not name: they change with the evidence.
    """
    numeric = set(frame.select_dtypes(["number", "bool"]))
    texts = (frame[key].fillna("").astype(str) for key in frame if key not in numeric)
    names: list[list[str]] = [[] for _ in range(len(frame))]
    for text in texts:
        if len(frame) > 1 and len(set(map(tuple, names))) == len(frame):
            break
        told = set(text) if len(frame) > 1 else set()
        if len(told) != 1 and not any(map(numbers_in, text)):
            for name, own in zip(names, text, strict=True):
                name += [own] if own else []
    return list(map(", ".join, names))


def _places(frame: pd.DataFrame, columns: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return the columns of the frame that the page's columns show, each with its place."""
    places: dict[str, int] = {}
    for place, (key, _) in enumerate(columns):
        for one in (key, *companions(key)):
            if one in frame:
                places.setdefault(one, place)
    return places


def companions(key: str) -> tuple[str, ...]:
    """Return the columns whose numbers may stand in a cell together with `key`, or instead of it.

    >>> companions("mean_low")
    ('mean_high',)
    >>> companions("ours")
    ('ours_value', 'ours_of', 'ours_estimate', 'ours_low', 'ours_high')
    """
    for end, others in COMPANIONS.items():
        if key == end or key.endswith(f"_{end}"):
            prefix = key.removesuffix(end)
            return tuple(f"{prefix}{other}" for other in others)
    return tuple(f"{key}_{end}" for end in ("value", "of", "estimate", "low", "high"))


def _rows(
    name: str, frame: pd.DataFrame, labels: Iterable[str], keys: Sequence[str]
) -> Iterator[dict[str, Any]]:
    seen: dict[str, int] = {}
    for place, (label, row) in enumerate(zip(labels, records(frame), strict=True)):
        seen[label] = seen.get(label, 0) + 1
        called = label if seen[label] == 1 else f"{label} ({seen[label]})"
        values = {key: row[key] for key in keys if _is_number(row[key])}
        ids = {key: number_id(f"{name} | {key} | {called}") for key in values}
        if values:
            yield {"at": place, "label": called, "values": values, "ids": ids}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
