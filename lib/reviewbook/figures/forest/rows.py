"""Rows of a forest plot, apart from how they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from reviewbook import words
from reviewbook.review.rules import STATUSES

KINDS = ("study", "pooled", "comparison", "printed", "prediction", "heading", "note")
"""study: square and interval; pooled: diamond of the estimate that is stood behind; comparison: a
second diamond; printed: what an article prints; prediction: bar; heading and note: text only."""
_DRAWN = KINDS[:5]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a forest plot.

    Attributes
    ----------
    label : str
        What stands at the left.
    estimate, low, high : float or None
        Proportions (0–1) or ratios. A printed value may lack its interval; a prediction needs no
        estimate; headings and notes have none.
    kind : str
        One of :data:`KINDS`.
    counts : str
        Events and total, or another short text of the second column.
    weight : float or None
        Share of the pooled weight, 0–1; the area of a study's square is proportional to it.
    status : str
        ``reported``, ``derived``, ``secondary`` or empty.
    group : str
        Subgroup; only carried into the CSV.
    """

    label: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    kind: str = "study"
    counts: str = ""
    weight: float | None = None
    status: str = ""
    group: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(
                f"row {self.label!r}: kind {self.kind!r} is unknown; allowed: {', '.join(KINDS)}"
            )
        if self.status and self.status not in STATUSES:
            raise ValueError(
                f"row {self.label!r}: status {self.status!r} is unknown; "
                f"allowed: {', '.join(STATUSES)}"
            )
        values = [v for v in (self.low, self.estimate, self.high) if v is not None]
        if not all(np.isfinite(values)):
            raise ValueError(f"row {self.label!r}: finite values were expected, got {values}")
        # At 0 and at n a limit equals the proportion, up to rounding of the last bits.
        if any(right < left - 1e-9 for left, right in pairwise(values)):
            raise ValueError(
                f"row {self.label!r}: low ≤ estimate ≤ high was expected, got {values}"
            )
        if self.kind in _DRAWN and not values:
            raise ValueError(f"row {self.label!r}: a {self.kind} row needs an estimate")

    @classmethod
    def of(cls, label: str, interval: Any, kind: str = "study", **more: Any) -> Row:
        """Return the row of an interval: anything with ``estimate low high``."""
        return cls(
            label=label,
            estimate=interval.estimate,
            low=interval.low,
            high=interval.high,
            kind=kind,
            **more,
        )

    @property
    def drawn(self) -> bool:
        """Whether the row has a mark on the axis."""
        return self.kind in _DRAWN

    @property
    def strong(self) -> bool:
        """Whether its label is set bold."""
        return self.kind in ("pooled", "heading")


def rows_of(rows: Sequence[Row] | pd.DataFrame) -> list[Row]:
    """Return `rows` as a list of :class:`Row`; a DataFrame needs label, estimate, low and high.

    Other columns named as the attributes of :class:`Row` are used; empty cells count as absent.

    Raises
    ------
    ValueError
        When a column is missing or a row is not sound.
    """
    if not isinstance(rows, pd.DataFrame):
        return list(rows)
    missing = [name for name in ("label", "estimate", "low", "high") if name not in rows]
    if missing:
        raise ValueError(
            f"rows: columns label, estimate, low and high were expected, missing: {missing}"
        )
    known = [name for name in Row.__dataclass_fields__ if name in rows]
    result = []
    for record in rows[known].to_dict("records"):
        given = {str(k): v for k, v in record.items() if not _absent(v)}
        for name in ("estimate", "low", "high", "weight"):
            if name in given:
                given[name] = float(given[name])
        result.append(Row(**given))
    return result


def _absent(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def frame_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Return the rows with a mark as a table, for the CSV beside the figure."""
    frame = pd.DataFrame([asdict(row) for row in rows if row.drawn])
    optional = ("counts", "weight", "status", "group")
    empty = [name for name in optional if all(_absent(v) or v == "" for v in frame[name])]
    columns = ["label", "kind", "counts", "estimate", "low", "high", "weight", "status", "group"]
    return frame[columns].drop(columns=empty)


def value_text(row: Row, *, percent: bool, digits: int) -> str:
    """Estimate and interval of a row as text: ``90 (70 to 97)``; empty for rows without a mark."""
    if not row.drawn:
        return ""

    def one(value: float) -> str:
        return str(words.number(100 * value if percent else value, digits))

    interval = ""
    if row.low is not None and row.high is not None:
        interval = f"{one(row.low)} to {one(row.high)}"
    if row.estimate is None or row.kind == "prediction":
        return interval
    return f"{one(row.estimate)} ({interval})" if interval else one(row.estimate)


def sentence(row: Row, *, percent: bool, digits: int) -> str:
    """Return a row in words, for the long description."""
    unit = "%" if percent else ""
    counts = f", {row.counts}" if row.counts else ""
    value = value_text(row, percent=percent, digits=digits).replace(" (", f"{unit} (", 1)
    if "(" not in value:
        value += unit
    mark = f", {row.status}" if row.status else ""
    weight = f", weight {words.percent(row.weight, digits=1)}" if row.weight is not None else ""
    return f"{row.label}{counts}: {value}{weight}{mark}."
