"""What a forest plot shows: its rows, headings and axis, apart from how they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from reviewbook import words
from reviewbook.figures.drawing.axes import percent_axis
from reviewbook.figures.drawing.canvas import Scale
from reviewbook.review.rules import STATUSES

KINDS = ("study", "pooled", "comparison", "printed", "prediction", "heading")
"""study: square and interval; pooled: diamond of the estimate that is stood behind; comparison: a
second diamond; printed: what an article prints; prediction: bar; heading: text only."""

RATIO_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


_RARE = tuple(end * 10.0**-place for place in range(11, 1, -1) for end in (1, 2, 3, 4, 5))
ENDS = (*_RARE, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
"""Right ends of an axis of proportions that begins at 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a forest plot.

    Attributes
    ----------
    label : str
        What stands at the left.
    estimate, low, high : float or None
        Proportions (0–1) or ratios. A printed value may lack its interval; a prediction needs no
        estimate; a heading has none.
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
        if self.drawn and not values:
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
        return self.kind != "heading"

    @property
    def strong(self) -> bool:
        """Whether its label is set bold."""
        return self.kind in ("pooled", "heading")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestSpec:
    """What a forest plot shows and says, apart from its width.

    Attributes
    ----------
    rows : sequence of Row
    scale : {"percent", "ratio"}
        Proportions shown as percent, on an axis that need not begin at 0; ratios on a log axis.
    limits : tuple of float
        Ends of the axis in the unit of the rows; intervals beyond them end in an arrow.
    value_header, label_header, counts_header : str
        Column headings.
    reference : float or None
        Where the dashed vertical line stands.
    axis_label : str
    favours : tuple of str or None
        Words left and right of the reference, as ("favours treatment", "favours none").
    footer : sequence of str
        Paragraphs under the plot, such as heterogeneity.
    digits : int
        Decimals of percentages.
    """

    rows: Sequence[Row]
    scale: Literal["percent", "ratio"]
    limits: tuple[float, float]
    value_header: str
    label_header: str = "Cohort"
    counts_header: str = "Events/total"
    reference: float | None = None
    axis_label: str = ""
    favours: tuple[str, str] | None = None
    footer: Sequence[str] = ()
    digits: int = 0

    @property
    def percent(self) -> bool:
        """Whether values are proportions shown as percent."""
        return self.scale == "percent"

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Places and labels of the ticks of the axis."""
        low, high = self.limits
        if self.percent:
            return percent_axis(low, high)
        return [(tick, f"{tick:g}") for tick in RATIO_TICKS if low <= tick <= high]

    def text(self, row: Row) -> str:
        """Estimate and interval of `row`."""
        return value_text(row, percent=self.percent, digits=self.digits)

    def across(self, left: float, right: float) -> Scale:
        """Return the axis between two places in inches."""
        return Scale(*self.limits, left, right, self.scale == "ratio")

    @property
    def marks(self) -> list[str]:
        """Statuses that occur, in their fixed order."""
        return [name for name in STATUSES if any(row.status == name for row in self.rows)]

    @property
    def heaviest(self) -> float:
        """Largest weight of a row; 1 where none has a weight."""
        return max((row.weight or 0.0 for row in self.rows), default=1.0) or 1.0


def percent_limits(rows: Sequence[Row]) -> tuple[float, float]:
    """Return an axis from 0 to the first of :data:`ENDS` beyond every interval.

    A rare harm then fills the plot, and none of its intervals is cut.
    """
    reach = max(v for row in rows for v in (row.estimate, row.high) if row.drawn and v is not None)
    return 0.0, next((end for end in ENDS if reach <= end * (1 + 1e-9)), 1.0)


def frame_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Return the rows with a mark as a table, for the CSV beside the figure."""
    frame = pd.DataFrame([asdict(row) for row in rows if row.drawn])
    optional = ("counts", "weight", "status", "group")
    empty = [name for name in optional if frame[name].isin(["", None]).all()]
    columns = ["label", "kind", "counts", "estimate", "low", "high", "weight", "status", "group"]
    return frame[columns].drop(columns=empty)


def value_text(row: Row, *, percent: bool, digits: int = 0) -> str:
    """Estimate and interval of a row as text: ``90 (70 to 97)``; empty for rows without a mark.

    Proportions are shown in percent with `digits` decimals, ratios with two.
    """
    if not row.drawn:
        return ""

    def one(value: float) -> str:
        return str(words.number(100 * value, digits) if percent else words.number(value, 2))

    interval = ""
    if row.low is not None and row.high is not None:
        interval = f"{one(row.low)} to {one(row.high)}"
    if row.estimate is None or row.kind == "prediction":
        return interval
    return f"{one(row.estimate)} ({interval})" if interval else one(row.estimate)


def sentence(row: Row, *, percent: bool, digits: int = 0) -> str:
    """Return a row in words, for the long description."""
    unit = "%" if percent else ""
    counts = f", {row.counts}" if row.counts else ""
    value = value_text(row, percent=percent, digits=digits).replace(" (", f"{unit} (", 1)
    if "(" not in value:
        value += unit
    mark = f", {row.status}" if row.status else ""
    weight = f", weight {words.percent(row.weight, digits=1)}" if row.weight is not None else ""
    return f"{row.label}{counts}: {value}{weight}{mark}."
