"""A table of any frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from pandas.api import types

from .table import BookTable, Column


def fact_table(
    frame: pd.DataFrame,
    *,
    name: str,
    caption: str,
    labels: Mapping[str, str] | None = None,
    formats: Mapping[str, Callable[[Any], str]] | None = None,
    notes: str = "",
    sortable: bool = False,
) -> BookTable:
    """Return `frame` as a table; numbers go right, text goes left.

    Parameters
    ----------
    frame : DataFrame
        Its first column heads the rows.
    labels : mapping, optional
        Column → heading. When given, only these columns are shown, in this order.
    formats : mapping, optional
        Column → function from a value to text or :class:`~reviewbook.tables.table.Markup`.
    """
    shown = list(labels) if labels is not None else [str(column) for column in frame.columns]
    headings = dict(labels or {})
    columns = []
    for key in shown:
        numeric = key in frame and types.is_numeric_dtype(frame[key].dtype)
        numeric = numeric and not types.is_bool_dtype(frame[key].dtype)
        label = headings.get(key, key.replace("_", " ").capitalize())
        align = "right" if numeric else "left"
        columns.append(Column(key, label, align, (formats or {}).get(key)))
    return BookTable(frame, name, caption, columns, notes=notes, sortable=sortable)
