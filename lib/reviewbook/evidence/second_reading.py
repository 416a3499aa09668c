"""What two readings of the same public texts agree on, cell by cell.

The tables ``second_extraction*.csv`` hold a first and a second reading side by side. Counts are
equal when events and total are; figures of survival when estimate and limits are the same numbers;
for characteristics, which are words, the table itself says so in its column ``agreement``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import metaprop
from reviewbook.words import asked
from reviewbook.words.frames import FrameOrigin, made_by, records, sources_of
from reviewbook.words.origin import Source

from .evidence import Evidence

COUNTS = "second_extraction"
SURVIVAL = "second_extraction_survival"
CHARACTERISTICS = "second_extraction_characteristics"
_KEY = ("kind", "report_id", "cohort_id", "what", "detail", "first", "second")
_LIMITS = ("estimate", "ci_low", "ci_high")


def read_twice(evidence: Evidence) -> pd.DataFrame:
    """Return every cell that was read twice, with both readings as text.

    Returns
    -------
    DataFrame
        One row a cell, ``kind part report_id cohort_id what detail first second found equal
        remark``. `kind` is "count", "survival" or "characteristic"; `part` is that of the counts,
        "" for the others; `what` names the outcome, the endpoint or the item, `detail` the
        denominator or the arm. `second` is "" where the second reading found nothing.

    Raises
    ------
    ValueError
        When the evidence has no such table.
    """
    missing = [name for name in (COUNTS, SURVIVAL, CHARACTERISTICS) if name not in evidence.other]
    if missing:
        raise ValueError(f"the data package has no resource {', '.join(missing)}")
    parts = {
        COUNTS: _counts(evidence),
        SURVIVAL: _survival(evidence),
        CHARACTERISTICS: _characteristics(evidence),
    }
    with asked.quietly():  # the parts were asked for above
        tables = {name: evidence.other[name] for name in parts}

    @cache
    def sources() -> dict[tuple[str, ...], list[Source]]:
        found: dict[tuple[str, ...], list[Source]] = {}
        for name, part in parts.items():
            for row, one in zip(records(tables[name]), records(part), strict=True):
                found.setdefault(_place(one), []).extend(sources_of(tables[name], row))
        return found

    origin = FrameOrigin(
        expression="read_twice(book.evidence)",
        what="cell that was read twice",
        key=_KEY,
        source_of=lambda row: sources()[_place(row)],
        imports=("from reviewbook.evidence.second_reading import read_twice",),
    )
    return made_by(pd.concat(list(parts.values()), ignore_index=True), origin)


def _place(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in _KEY)


def agreement(cells: pd.DataFrame, by: str | list[str]) -> pd.DataFrame:
    """Count what was found again and what is equal, with an exact interval.

    Parameters
    ----------
    cells : DataFrame
        From :func:`read_twice`, or some of its rows.
    by : str or list of str
        Columns that name a group.

    Returns
    -------
    DataFrame
        One row a group, in the order of the rows: the columns of `by` and ``rows found equal
        estimate low high``. `estimate` is equal / found, with the 95 % interval of Clopper and
        Pearson (1934); NA where nothing was found. It takes cells as independent, which those of
        one report are not.
    """
    groups = cells.groupby(by, sort=False)
    frame = groups.agg(rows=("found", "size"), found=("found", "sum"), equal=("equal", "sum"))
    frame = frame.reset_index()
    limits = pd.DataFrame(np.nan, index=frame.index, columns=["estimate", "low", "high"])
    some = frame[frame["found"] > 0]
    if len(some):
        equal, found = (some[name].to_numpy(dtype=int) for name in ("equal", "found"))
        low, high = metaprop.proportion_interval(equal, found, method="exact")
        limits.loc[some.index] = np.column_stack([equal / found, low, high])
    return frame.join(limits.astype("Float64"))


def _counts(evidence: Evidence) -> pd.DataFrame:
    table = evidence.other[COUNTS]
    found = table["second_events"].notna() & table["second_total"].notna()
    same = [
        (table[f"first_{name}"] == table[f"second_{name}"]).fillna(False)
        for name in ("events", "total")
    ]
    return _cells(
        table,
        kind="count",
        part=table["part"],
        what=table["outcome"],
        detail=table["population"],
        first=_fraction(table, "first"),
        second=_fraction(table, "second").where(found, ""),
        found=found,
        equal=found & same[0] & same[1],
    )


def _survival(evidence: Evidence) -> pd.DataFrame:
    table = evidence.other[SURVIVAL]
    found = table["second_estimate"].notna()
    equal = found
    for name in _LIMITS:
        first, second = table[f"first_{name}"], table[f"second_{name}"]
        equal = equal & ((first == second).fillna(False) | (first.isna() & second.isna()))
    return _cells(
        table,
        kind="survival",
        part="",
        what=table["endpoint"],
        detail=table["arm"],
        first=_figure(table, "first"),
        second=_figure(table, "second").where(found, ""),
        found=found,
        equal=equal,
    )


def _characteristics(evidence: Evidence) -> pd.DataFrame:
    table = evidence.other[CHARACTERISTICS]
    found = table["agreement"] != "not_found"
    return _cells(
        table,
        kind="characteristic",
        part="",
        what=table["item"],
        detail="",
        first=(table["first_value"] + " " + table["first_unit"]).str.strip(),
        second=(table["second_value"] + " " + table["second_unit"]).str.strip().where(found, ""),
        found=found,
        equal=table["agreement"] == "equal",
    )


def _cells(table: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    own = table[["report_id", "cohort_id", "remark"]].assign(**columns)
    order = ["kind", "part", "report_id", "cohort_id", "what", "detail", "first", "second"]
    return own[[*order, "found", "equal", "remark"]].astype({"found": bool, "equal": bool})


def _fraction(table: pd.DataFrame, reading: str) -> pd.Series:
    columns = [table[f"{reading}_{name}"].astype("str") for name in ("events", "total")]
    return columns[0] + "/" + columns[1]


def _figure(table: pd.DataFrame, reading: str) -> pd.Series:
    """Return an estimate with its limits, where they are printed, as text."""

    def text(row: pd.Series) -> str:
        values = ["" if pd.isna(v) else f"{v:g}" for v in row]
        return f"{values[0]} ({values[1]} to {values[2]})" if all(values) else values[0]

    return table[[f"{reading}_{name}" for name in _LIMITS]].apply(text, axis=1)
