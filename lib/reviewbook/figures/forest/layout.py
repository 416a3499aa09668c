"""Drawing of forest plots: one function for the page's width, one for phones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.figures.drawing.canvas import (
    Scale,
    canvas,
    line,
    polygon,
    put,
    put_wrapped,
    status_mark,
)
from reviewbook.figures.drawing.style import (
    ACCENT,
    INK,
    LINE,
    MUTED,
    NARROW,
    PAPER,
    PRINTED,
    SMALL,
    STATUSES,
    WIDE,
    text_width,
    wrap,
)

from .rows import Row, value_text

MARGIN = 0.06
GAP = 0.16
SQUARE = 0.165
"""Side in inches of the square of the heaviest study."""
COLOURS = {
    "study": INK,
    "pooled": ACCENT,
    "comparison": INK,
    "printed": PRINTED,
    "prediction": ACCENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestSpec:
    """What a forest plot shows and says, apart from its width.

    Attributes
    ----------
    rows : sequence of Row
    percent : bool
        Values are proportions shown as percent, on an axis that need not begin at 0; otherwise
        ratios on a log axis or plain numbers.
    log : bool
        Log axis with 1 as reference.
    limits : tuple of float
        Ends of the axis; intervals beyond them end in an arrow.
    ticks : list of (float, str)
    reference : float or None
        Value of the dashed vertical line.
    label_header, counts_header, value_header : str
        Column headings.
    axis_label : str
    favours : tuple of str or None
        Words left and right of the reference under the axis.
    footer : tuple of str
        Paragraphs under the plot.
    digits : int
        Decimals of the values.
    """

    rows: Sequence[Row]
    percent: bool
    log: bool
    limits: tuple[float, float]
    ticks: list[tuple[float, str]]
    reference: float | None
    label_header: str
    counts_header: str
    value_header: str
    axis_label: str
    favours: tuple[str, str] | None = None
    footer: tuple[str, ...] = field(default=())
    digits: int = 0

    def text(self, row: Row) -> str:
        """Estimate and interval of `row`."""
        return value_text(row, percent=self.percent, digits=self.digits)

    @property
    def marks(self) -> list[str]:
        """Statuses that occur, in their fixed order."""
        return [name for name in STATUSES if any(row.status == name for row in self.rows)]


def draw_mark(ax: Axes, row: Row, scale: Scale, y: float, heaviest: float) -> None:
    """Draw square, diamond or bar of `row` with its interval at height `y`."""
    colour = COLOURS[row.kind]
    if row.low is not None and row.high is not None:
        _draw_interval(ax, row, scale, y, colour)
    if row.estimate is None or not scale.low <= row.estimate <= scale.high:
        return
    x = scale(row.estimate)
    if row.kind == "study":
        share = 0.3 if row.weight is None else row.weight / heaviest
        half = SQUARE * math.sqrt(share) / 2
        polygon(
            ax,
            [
                (x - half, y - half),
                (x + half, y - half),
                (x + half, y + half),
                (x - half, y + half),
            ],
        )
    elif row.kind == "printed":
        half = 0.055
        diamond = [(x - half, y), (x, y - half), (x + half, y), (x, y + half)]
        polygon(ax, diamond, fill=PAPER, edge=colour, width=1.3)
    elif row.kind in ("pooled", "comparison") and (row.low is None or row.high is None):
        polygon(ax, [(x - 0.05, y), (x, y - 0.07), (x + 0.05, y), (x, y + 0.07)], fill=colour)


def _draw_interval(ax: Axes, row: Row, scale: Scale, y: float, colour: str) -> None:
    assert row.low is not None
    assert row.high is not None
    left, right = scale(row.low), scale(row.high)
    if row.kind in ("pooled", "comparison") and row.estimate is not None:
        middle = scale(row.estimate)
        polygon(ax, [(left, y), (middle, y - 0.075), (right, y), (middle, y + 0.075)], fill=colour)
        return
    if row.kind == "prediction":
        line(ax, [(left, y), (right, y)], colour=colour, width=3.4)
    else:
        line(ax, [(left, y), (right, y)], colour=colour, width=1.1)
        if row.kind == "printed":
            for x in (left, right):
                line(ax, [(x, y - 0.045), (x, y + 0.045)], colour=colour, width=1.1)
    for cut, x, sign in ((row.low < scale.low, left, 1), (row.high > scale.high, right, -1)):
        if cut:
            tip = [(x, y), (x + sign * 0.08, y - 0.045), (x + sign * 0.08, y + 0.045)]
            polygon(ax, tip, fill=colour)


def draw_wide(spec: ForestSpec) -> Figure:
    """Draw labels, counts, plot, values and weights as columns."""
    rows = spec.rows
    counted = any(row.counts for row in rows)
    weighted = any(row.weight is not None for row in rows)
    marks = spec.marks
    indent = 0.17 if marks else 0.0
    value_width = max(text_width(t, bold=True) for t in [spec.value_header, *map(spec.text, rows)])
    # The heading of this column may reach over the labels, so only its entries need room.
    counts_width = max(text_width(row.counts) for row in rows)
    weight_width = text_width("Weight") if weighted else 0.0
    taken = 2 * MARGIN + value_width + GAP * (2 + counted + weighted) + counts_width + weight_width
    wish = max(text_width(r.label, bold=r.kind in ("pooled", "heading")) for r in rows if r.drawn)
    label_width = min(wish + 0.02, WIDE - taken - indent - 2.0)
    plot_left = MARGIN + indent + label_width + counts_width + GAP * (1 + counted)
    value_right = WIDE - MARGIN - (weight_width + GAP if weighted else 0.0)
    scale = Scale(*spec.limits, plot_left, value_right - value_width - GAP, spec.log)
    counts_right = MARGIN + indent + label_width + GAP + counts_width

    labels = [
        wrap(
            r.label,
            label_width if r.drawn else WIDE - 2 * MARGIN,
            bold=r.kind in ("pooled", "heading"),
        )
        for r in rows
    ]
    heights = [_height(row, len(label), 0.235) for row, label in zip(rows, labels, strict=True)]
    top = 0.36
    bottom = top + sum(heights) + 0.04
    height = bottom + _below_height(spec, WIDE)
    figure, ax = canvas(WIDE, height)

    put(ax, MARGIN + indent, 0.15, spec.label_header, bold=True)
    if counted:
        put(ax, counts_right, 0.15, spec.counts_header, anchor="right", bold=False, colour=MUTED)
    put(ax, value_right, 0.15, spec.value_header, anchor="right", colour=MUTED)
    if weighted:
        put(ax, WIDE - MARGIN, 0.15, "Weight", anchor="right", colour=MUTED)
    line(ax, [(MARGIN, 0.29), (WIDE - MARGIN, 0.29)], colour=MUTED, width=0.7)
    _reference(ax, spec, scale, top, bottom)
    scale.draw_axis(ax, bottom, spec.ticks)

    heaviest = max((row.weight or 0.0 for row in rows), default=1.0) or 1.0
    y = top
    for row, label, row_height in zip(rows, labels, heights, strict=True):
        middle = y + row_height / 2
        strong = row.kind in ("pooled", "heading")
        colour = _text_colour(row)
        first = middle - LINE * (len(label) - 1) / 2
        for number, piece in enumerate(label):
            put(ax, MARGIN + indent, first + number * LINE, piece, bold=strong, colour=colour)
        if row.status:
            status_mark(ax, MARGIN + 0.05, first, row.status)
        put(ax, counts_right, middle, row.counts, anchor="right", colour=colour)
        if row.drawn:
            draw_mark(ax, row, scale, middle, heaviest)
        put(ax, value_right, middle, spec.text(row), anchor="right", bold=strong, colour=colour)
        if row.weight is not None:
            text = words.percent(row.weight, digits=1)
            put(ax, WIDE - MARGIN, middle, text, anchor="right", colour=colour)
        y += row_height
    _draw_below(ax, spec, scale, bottom, WIDE)
    return figure


def draw_narrow(spec: ForestSpec) -> Figure:
    """Draw each label on a line of its own above its interval, for phones."""
    rows = spec.rows
    marks = spec.marks
    indent = 0.15 if marks else 0.0
    value_width = max(text_width(spec.text(r), bold=r.kind == "pooled") for r in rows)
    scale = Scale(*spec.limits, MARGIN + 0.1, NARROW - MARGIN - value_width - 0.2, spec.log)
    labels = []
    for row in rows:
        right = text_width(row.counts) + 0.12 if row.counts else 0.0
        strong = row.kind in ("pooled", "heading")
        labels.append(wrap(row.label, NARROW - 2 * MARGIN - indent - right, bold=strong))
    heights = [
        LINE * len(label) + (0.27 if row.drawn else 0.1)
        for row, label in zip(rows, labels, strict=True)
    ]
    header = wrap(spec.value_header, NARROW / 2)
    top = 0.2 + LINE * len(header)
    bottom = top + sum(heights) + 0.04
    figure, ax = canvas(NARROW, bottom + _below_height(spec, NARROW))

    put(ax, MARGIN, 0.13, spec.label_header, bold=True)
    if any(row.counts for row in rows):
        both = f"{spec.counts_header}, then {spec.value_header}"
        if text_width(both) < NARROW - 2 * MARGIN - text_width(spec.label_header, bold=True) - 0.2:
            header = [both]
        put(ax, NARROW - MARGIN, 0.13, header[0], anchor="right", colour=MUTED)
    else:
        put(ax, NARROW - MARGIN, 0.13, header[0], anchor="right", colour=MUTED)
    line(ax, [(MARGIN, 0.26), (NARROW - MARGIN, 0.26)], colour=MUTED, width=0.7)
    scale.draw_axis(ax, bottom, spec.ticks)

    heaviest = max((row.weight or 0.0 for row in rows), default=1.0) or 1.0
    y = top
    for row, label, row_height in zip(rows, labels, heights, strict=True):
        strong = row.kind in ("pooled", "heading")
        colour = _text_colour(row)
        first = y + LINE / 2
        for number, piece in enumerate(label):
            put(ax, MARGIN + indent, first + number * LINE, piece, bold=strong, colour=colour)
        if row.status:
            status_mark(ax, MARGIN + 0.05, first, row.status)
        put(ax, NARROW - MARGIN, first, row.counts, anchor="right", colour=colour)
        if row.drawn:
            middle = y + LINE * len(label) + 0.085
            _reference(ax, spec, scale, middle - 0.085, middle + 0.1)
            draw_mark(ax, row, scale, middle, heaviest)
            text = spec.text(row)
            put(ax, NARROW - MARGIN, middle, text, anchor="right", bold=strong, colour=colour)
        y += row_height
    _draw_below(ax, spec, scale, bottom, NARROW)
    return figure


def _text_colour(row: Row) -> str:
    if row.kind == "printed":
        return PRINTED
    return MUTED if row.kind == "note" else INK


def _height(row: Row, lines: int, single: float) -> float:
    extra = 0.08 if row.kind == "heading" else 0.0
    return max(single, LINE * lines + 0.07) + extra


def _reference(ax: Axes, spec: ForestSpec, scale: Scale, top: float, bottom: float) -> None:
    if spec.reference is not None and spec.limits[0] <= spec.reference <= spec.limits[1]:
        x = scale(spec.reference)
        line(ax, [(x, top), (x, bottom)], colour=MUTED, width=0.7, dashes=(3.0, 2.5), level=1)


def _favours_fit(spec: ForestSpec, scale: Scale, width: float) -> bool:
    if spec.favours is None or spec.reference is None:
        return True
    x = scale(spec.reference)
    left, right = text_width(f"← {spec.favours[0]}"), text_width(f"{spec.favours[1]} →")
    return x - 0.12 - left > 0.02 and x + 0.12 + right < width - 0.02


def _footer_lines(spec: ForestSpec, width: float) -> list[list[str]]:
    return [wrap(text, width - 2 * MARGIN, SMALL) for text in spec.footer]


def _below_height(spec: ForestSpec, width: float) -> float:
    height = 0.26
    if spec.axis_label:
        height += 0.17 * len(wrap(spec.axis_label, width - 2 * MARGIN))
    if spec.favours:
        # Two lines where they may not fit beside each other.
        height += 0.18 if width == WIDE else 0.36
    if spec.marks:
        height += 0.24
    lines = _footer_lines(spec, width)
    return height + (0.06 if lines else 0.0) + sum(0.155 * len(p) + 0.03 for p in lines)


def _draw_below(ax: Axes, spec: ForestSpec, scale: Scale, bottom: float, width: float) -> None:
    y = bottom + 0.31
    if spec.favours and spec.reference is not None:
        x = scale(spec.reference)
        left, right = f"← {spec.favours[0]}", f"{spec.favours[1]} →"
        if _favours_fit(spec, scale, width):
            put(ax, x - 0.12, y, left, anchor="right", colour=MUTED)
            put(ax, x + 0.12, y, right, colour=MUTED)
        else:
            put(ax, MARGIN, y, left, colour=MUTED)
            y += 0.18
            put(ax, max(scale.right, MARGIN + text_width(right)), y, right, anchor="right",
                colour=MUTED)  # fmt: skip
        y += 0.18
    if spec.axis_label:
        centre = (scale.left + scale.right) / 2
        for piece in wrap(spec.axis_label, width - 2 * MARGIN):
            half = text_width(piece) / 2
            x = min(max(centre, MARGIN + half), width - MARGIN - half)
            put(ax, x, y, piece, anchor="center", colour=MUTED)
            y += 0.17
    if spec.marks:
        y += 0.04
        x = MARGIN + 0.05
        for status in spec.marks:
            status_mark(ax, x, y, status)
            put(ax, x + 0.11, y, status, size=SMALL, colour=MUTED)
            x += 0.11 + text_width(status, SMALL) + 0.24
        y += 0.2
    y += 0.06
    for text in spec.footer:
        y = put_wrapped(
            ax, MARGIN, y, text, width - 2 * MARGIN, line=0.155, size=SMALL, colour=MUTED
        )
        y += 0.03
