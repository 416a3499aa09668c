"""Drawing of forest plots: one function for the page's width, one for phones."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook.figures.drawing.canvas import (
    Scale,
    canvas,
    cut,
    diamond,
    line,
    polygon,
    put,
    put_wrapped,
    square,
    upright,
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
    WIDE,
    text_width,
    wrap,
)
from reviewbook.review.rules import STATUSES

from .rows import ForestSpec, Row

MARGIN = 0.06
GAP = 0.16
PLOT = 2.95
"""Least width in inches of the plot between the columns of text."""
SQUARE = 0.165
"""Side in inches of the square of the heaviest study."""
COLOURS = {
    "study": INK,
    "pooled": ACCENT,
    "comparison": INK,
    "printed": PRINTED,
    "prediction": ACCENT,
}

FILL = dict(zip(STATUSES, ("full", "left", "none"), strict=True))


def status_mark(
    ax: Axes, x: float, y: float, status: str, *, size: float = 5.6, colour: str = INK
) -> None:
    """Draw the circle of a status: full (reported), half (derived), empty (secondary).

    Raises
    ------
    ValueError
        When the status is unknown.
    """
    if status not in FILL:
        raise ValueError(f"status {status!r} is unknown; allowed: {', '.join(FILL)}")
    ax.plot(
        [x], [y], marker="o", markersize=size, fillstyle=FILL[status], color=colour,
        markerfacecoloralt="none", markeredgecolor=colour, markeredgewidth=0.8, linestyle="none",
    )  # fmt: skip


def draw_mark(ax: Axes, row: Row, scale: Scale, y: float, heaviest: float = 1.0) -> None:
    """Draw square, diamond or bar of `row` with its interval at height `y`."""
    colour = COLOURS[row.kind]
    whole = row.low is not None and row.high is not None
    if row.low is not None and row.high is not None:
        _draw_interval(ax, row, row.low, row.high, scale, y)
    if row.estimate is None or not scale.low <= row.estimate <= scale.high:
        return
    x = scale(row.estimate)
    if row.kind == "study":
        share = 0.3 if row.weight is None else row.weight / heaviest
        square(ax, x, y, SQUARE * math.sqrt(share) / 2)
    elif row.kind == "printed":
        diamond(ax, x, y, 0.055, fill=PAPER, edge=colour, width=1.3)
    elif row.kind in ("pooled", "comparison") and not whole:
        diamond(ax, x, y, 0.05, tall=0.07, fill=colour)


def _draw_interval(ax: Axes, row: Row, low: float, high: float, scale: Scale, y: float) -> None:
    colour, left, right = COLOURS[row.kind], scale(low), scale(high)
    if row.kind in ("pooled", "comparison") and row.estimate is not None:
        # Beyond the axis the estimate has no place: the widest part then follows the arrow's head.
        head = 0.0 if scale.low <= row.estimate <= scale.high else 0.08
        middle = scale(row.estimate) + (head if row.estimate < scale.low else -head)
        polygon(ax, [(left, y), (middle, y - 0.075), (right, y), (middle, y + 0.075)], fill=colour)
    else:
        thick = 3.4 if row.kind == "prediction" else 1.1
        line(ax, [(left, y), (right, y)], colour=colour, width=thick)
    if row.kind == "printed":
        for x in (left, right):
            line(ax, [(x, y - 0.045), (x, y + 0.045)], colour=colour, width=1.1)
    for beyond, x, sign in ((low < scale.low, left, 1), (high > scale.high, right, -1)):
        if beyond:
            tip = [(x, y), (x + sign * 0.08, y - 0.045), (x + sign * 0.08, y + 0.045)]
            polygon(ax, tip, fill=colour)


def draw_wide(spec: ForestSpec) -> Figure:
    """Draw labels, counts, plot, values and weights as columns."""
    rows = spec.rows
    counted = any(row.counts for row in rows)
    label_left = MARGIN + (0.17 if spec.marks else 0.0)
    value_width = max(text_width(t, bold=True) for t in [spec.value_header, *map(spec.text, rows)])
    # The heading of this column may reach over the labels, so only its entries need room.
    counts_width = max(text_width(row.counts) for row in rows)
    taken = MARGIN + value_width + GAP * (2 + counted) + counts_width
    wish = max(text_width(row.label, bold=row.strong) for row in rows if row.drawn)
    label_width = min(wish + 0.02, WIDE - taken - label_left - PLOT)
    counts_right = label_left + label_width + GAP + counts_width
    value_right = WIDE - MARGIN
    plot_left = label_left + label_width + counts_width + GAP * (1 + counted)
    scale = spec.across(plot_left, value_right - value_width - GAP)

    whole = WIDE - 2 * MARGIN
    labels = [wrap(r.label, label_width if r.drawn else whole, bold=r.strong) for r in rows]
    heights = [
        max(0.235, LINE * len(label) + 0.07) + (0.08 if row.kind == "heading" else 0.0)
        for row, label in zip(rows, labels, strict=True)
    ]
    top = 0.36
    bottom = top + sum(heights) + 0.04
    ax = canvas(WIDE)
    put(ax, label_left, 0.15, spec.label_header, bold=True)
    if counted:
        put(ax, counts_right, 0.15, spec.counts_header, anchor="right", colour=MUTED)
    put(ax, value_right, 0.15, spec.value_header, anchor="right", colour=MUTED)
    line(ax, [(MARGIN, 0.29), (WIDE - MARGIN, 0.29)], colour=MUTED, width=0.7)
    scale.draw_axis(ax, bottom, spec.ticks)

    y, written = top, []
    for row, label, height in zip(rows, labels, heights, strict=True):
        middle = y + height / 2
        first = (label_left, middle - LINE * (len(label) - 1) / 2)
        _draw_label(ax, row, label, first, counts=(counts_right, middle))
        _draw_value(ax, spec, row, scale, value_right, middle)
        for number, piece in enumerate(label):
            end = label_left + text_width(piece, bold=row.strong)
            written.append((label_left, end, first[1] + LINE * number))
        y += height
    _reference(ax, spec, scale, top, bottom, around=written)
    return _finish(ax, spec, scale, bottom, WIDE)


def draw_narrow(spec: ForestSpec) -> Figure:
    """Draw each label on a line of its own above its interval, for phones."""
    rows = spec.rows
    label_left = MARGIN + (0.15 if spec.marks else 0.0)
    value_width = max(text_width(spec.text(r), bold=r.kind == "pooled") for r in rows)
    scale = spec.across(MARGIN + 0.1, NARROW - MARGIN - value_width - 0.2)
    labels = []
    for row in rows:
        counts = text_width(row.counts) + 0.12 if row.counts else 0.0
        labels.append(wrap(row.label, NARROW - MARGIN - label_left - counts, bold=row.strong))
    header = wrap(spec.value_header, NARROW / 2)
    y = 0.2 + LINE * len(header)
    heights = [
        LINE * len(label) + (0.27 if row.drawn else 0.1)
        for row, label in zip(rows, labels, strict=True)
    ]
    bottom = y + sum(heights) + 0.04
    ax = canvas(NARROW)
    put(ax, MARGIN, 0.13, spec.label_header, bold=True)
    if any(row.counts for row in rows):
        both = f"{spec.counts_header}, then {spec.value_header}"
        if text_width(both) < NARROW - 2 * MARGIN - text_width(spec.label_header, bold=True) - 0.2:
            header = [both]
    put(ax, NARROW - MARGIN, 0.13, header[0], anchor="right", colour=MUTED)
    line(ax, [(MARGIN, 0.26), (NARROW - MARGIN, 0.26)], colour=MUTED, width=0.7)
    scale.draw_axis(ax, bottom, spec.ticks)

    for row, label, height in zip(rows, labels, heights, strict=True):
        first, middle = y + LINE / 2, y + LINE * len(label) + 0.085
        _draw_label(ax, row, label, (label_left, first), counts=(NARROW - MARGIN, first))
        if row.drawn:
            _reference(ax, spec, scale, middle - 0.085, middle + 0.1)
            _draw_value(ax, spec, row, scale, NARROW - MARGIN, middle)
        y += height
    return _finish(ax, spec, scale, bottom, NARROW)


def row_colour(row: Row) -> str:
    """Return the colour of the texts of a row."""
    return PRINTED if row.kind == "printed" else INK


def _draw_label(
    ax: Axes, row: Row, label: list[str], at: tuple[float, float], *, counts: tuple[float, float]
) -> None:
    """Write the lines of a label, the first at `at`, the mark of its status, and its counts."""
    x, y = at
    for number, piece in enumerate(label):
        put(ax, x, y + number * LINE, piece, bold=row.strong, colour=row_colour(row))
    if row.status:
        status_mark(ax, MARGIN + 0.05, counts[1], row.status)
    put(ax, *counts, row.counts, anchor="right", colour=row_colour(row))


def _draw_value(ax: Axes, spec: ForestSpec, row: Row, scale: Scale, x: float, y: float) -> None:
    """Draw the mark of a row at height `y` and write its value up to `x`."""
    if row.drawn:
        draw_mark(ax, row, scale, y, spec.heaviest)
    text, colour = spec.text(row), row_colour(row)
    put(ax, x, y, text, anchor="right", bold=row.strong, colour=colour)


def _reference(
    ax: Axes,
    spec: ForestSpec,
    scale: Scale,
    top: float,
    bottom: float,
    *,
    around: Sequence[tuple[float, float, float]] = (),
) -> None:
    if spec.reference is not None and spec.limits[0] <= spec.reference <= spec.limits[1]:
        x = scale(spec.reference)
        upright(ax, x, top, bottom, around=around, colour=MUTED, width=0.7, dashes=(3.0, 2.5),
                level=1)  # fmt: skip


def _finish(ax: Axes, spec: ForestSpec, scale: Scale, bottom: float, width: float) -> Figure:
    """Write what stands under the axis, cut the canvas there and return its figure."""
    y = bottom + 0.31
    if spec.favours and spec.reference is not None:
        y = _draw_favours(ax, spec.favours, scale, scale(spec.reference), y, width)
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
    y += 0.06 if spec.footer else 0.0
    for text in spec.footer:
        y = put_wrapped(
            ax, MARGIN, y, text, width - 2 * MARGIN, line=0.155, size=SMALL, colour=MUTED
        )
        y += 0.03
    return cut(ax, y - 0.05)


def _draw_favours(
    ax: Axes, favours: tuple[str, str], scale: Scale, x: float, y: float, width: float
) -> float:
    """Write the words left and right of the reference at `x`, on two lines where they must be."""
    left, right = f"← {favours[0]}", f"{favours[1]} →"
    if x - 0.14 > text_width(left) and x + 0.14 + text_width(right) < width:
        put(ax, x - 0.12, y, left, anchor="right", colour=MUTED)
        put(ax, x + 0.12, y, right, colour=MUTED)
        return y + 0.18
    put(ax, MARGIN, y, left, colour=MUTED)
    x = max(scale.right, MARGIN + text_width(right))
    put(ax, x, y + 0.18, right, anchor="right", colour=MUTED)
    return y + 0.36
