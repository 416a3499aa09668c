"""Printed and ours, joined: each pooled outcome on one axis, with its verdict beside it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.evidence.claims import Claims
from reviewbook.figures.drawing.axes import percent_axis
from reviewbook.figures.drawing.canvas import (
    Anchor,
    Scale,
    canvas,
    cut,
    diamond,
    line,
    put,
    put_wrapped,
)
from reviewbook.figures.drawing.chip import chip, chip_width
from reviewbook.figures.drawing.figure import BookFigure, compose, python_call
from reviewbook.figures.drawing.style import (
    INK,
    LINE,
    MUTED,
    NARROW,
    PAPER,
    PRINTED,
    RULE,
    WIDE,
    text_width,
    wrap,
)
from reviewbook.pooling.analysis import Analysis, proportion

from .overview import Block, blocks_of
from .rows import Row, value_text

MARGIN, APART = 0.06, 0.2
"""Margin, and inches between the printed interval and ours."""


def printed_and_ours(
    analyses: Sequence[Analysis],
    printed: Sequence[Claims],
    *,
    verdicts: Sequence[str],
    name: str = "fig-printed-and-ours",
) -> BookFigure:
    """Draw for each outcome the printed value, a line to ours, both intervals and the verdict.

    Parameters
    ----------
    analyses : sequence of Analysis
        One an outcome.
    printed : sequence of Claims
        What the article prints of each, in the same order.
    verdicts : sequence of str
        Verdict on each, in the same order.

    Raises
    ------
    ValueError
        When the three differ in length, or the article prints no value of an outcome.
    """
    blocks = blocks_of(analyses, printed, verdicts)
    for one in blocks:
        if one.printed.estimate is None:
            raise ValueError(f"{one.printed.topic}: a printed value was expected, got none")
    return compose(
        lambda variant: _wide(blocks) if variant == "wide" else _narrow(blocks),
        name=name,
        caption="From the printed value (open, grey) to ours (filled) for each pooled outcome, "
        "with both 95% intervals, by the comparison recipe on which the verdict stands. Where it "
        "cannot be decided, counts that no public text prints would decide it, however near the "
        "two values are.",
        alt="Printed values joined to ours on one axis. "
        + " ".join(
            f"{one.analysis.outcome.short}: printed {words.interval(one.printed)}, ours "
            f"{words.interval(proportion(one.analysis.comparison))}, {one.verdict}."
            for one in blocks
        ),
        description="\n\n".join(
            f"{one.label}, {one.size}: printed {words.interval(one.printed)}, "
            f"ours {words.interval(proportion(one.analysis.comparison))}. Verdict: {one.chip}."
            for one in blocks
        ),
        data=pd.DataFrame(
            {
                "outcome": one.analysis.outcome.id,
                "cohorts": one.analysis.selection.k,
                "patients": one.analysis.selection.n,
                **{f"printed_{n}": getattr(one.printed, n) for n in ("estimate", "low", "high")},
                **{f"ours_{n}": getattr(_ours(one), n) for n in ("estimate", "low", "high")},
                "verdict": one.verdict,
            }
            for one in blocks
        ),
        call=f"figures.printed_and_ours(\n    {python_call(list(analyses))},\n"
        f"    {python_call(list(printed))},\n"
        f"    verdicts=[{', '.join(f'book.verdict({claims.topic!r})' for claims in printed)}],\n)",
    )


def _printed(one: Block) -> Row:
    return Row.of("printed", one.printed, "printed")


def _ours(one: Block) -> Row:
    return Row.of("ours", proportion(one.analysis.comparison), "comparison")


def _value(row: Row) -> str:
    return f"{row.label} {value_text(row, percent=True)}"


def _scale(blocks: list[Block], left: float, right: float) -> tuple[Scale, float | None]:
    """Return the axis, and the end of a column of values where they do not fit beside the marks."""
    whole = Scale(0.0, 1.0, left, right)
    rows = [row for one in blocks for row in (_printed(one), _ours(one))]
    if all(_beside(row, whole) is not None for row in rows):
        return whole, None
    width = max(text_width(_value(row)) for row in rows)
    return Scale(0.0, 1.0, left, right - width - 0.2), right


def _beside(row: Row, scale: Scale) -> tuple[float, Anchor] | None:
    """Return where the value of a row stands: right of its interval, else left of it."""
    assert row.estimate is not None
    low, high = (row.estimate if v is None else v for v in (row.low, row.high))
    room, gap = text_width(_value(row)), 0.12
    if scale(high) + gap + room <= scale.right:
        return scale(high) + gap, "left"
    if scale(low) - gap - room >= scale.left:
        return scale(low) - gap, "right"
    return None


def _draw_pair(ax: Axes, one: Block, scale: Scale, y: float, end: float | None) -> None:
    """Draw the printed value above ours, joined, around `y`; values beside them or up to `end`."""
    printed, ours = _printed(one), _ours(one)
    assert printed.estimate is not None
    assert ours.estimate is not None
    above, below = y - APART / 2, y + APART / 2
    join = [(scale(printed.estimate), above), (scale(ours.estimate), below)]
    line(ax, join, colour=MUTED, width=2.4, level=1.4)
    for row, at, colour, fill in ((printed, above, PRINTED, PAPER), (ours, below, INK, INK)):
        if row.low is not None and row.high is not None:
            left, right = scale(row.low), scale(row.high)
            line(ax, [(left, at), (right, at)], colour=colour, width=1.3)
            for x in (left, right):
                line(ax, [(x, at - 0.04), (x, at + 0.04)], colour=colour, width=1.1)
        assert row.estimate is not None
        diamond(ax, scale(row.estimate), at, 0.065, fill=fill, edge=colour, width=1.3, level=3)
        place: tuple[float, Anchor] | None = _beside(row, scale) if end is None else (end, "right")
        assert place is not None
        put(ax, place[0], at, _value(row), anchor=place[1], colour=colour)


def _wide(blocks: list[Block]) -> Figure:
    names, tall = 2.0, 0.62
    chips = max(chip_width(one.chip) for one in blocks)
    scale, end = _scale(blocks, MARGIN + names + 0.15, WIDE - MARGIN - chips - 0.25)
    labels = [wrap(one.label, names, bold=True) for one in blocks]
    heights = [max(tall, LINE * (len(label) + 1) + 0.2) for label in labels]
    bottom = 0.06 + sum(heights)
    ax = canvas(WIDE)
    scale.draw_axis(ax, bottom, percent_axis(0.0, 1.0), grid_from=0.1)
    y = 0.06
    for one, label, height in zip(blocks, labels, heights, strict=True):
        middle = y + height / 2
        first = middle - LINE * len(label) / 2
        for number, piece in enumerate(label):
            put(ax, MARGIN, first + LINE * number, piece, bold=True)
        put(ax, MARGIN, first + LINE * len(label), one.size, colour=MUTED)
        _draw_pair(ax, one, scale, middle, end)
        chip(ax, WIDE - MARGIN - chips, middle, one.verdict)
        y += height
        if y < bottom - 0.01:
            line(ax, [(MARGIN, y), (WIDE - MARGIN, y)], colour=RULE, width=0.6)
    put(ax, (scale.left + scale.right) / 2, bottom + 0.33, "Share of patients", anchor="center",
        colour=MUTED)  # fmt: skip
    return cut(ax, bottom + 0.46)


def _narrow(blocks: list[Block]) -> Figure:
    edge = NARROW - MARGIN
    scale, end = _scale(blocks, MARGIN + 0.1, edge - 0.2)
    ax = canvas(NARROW)
    y = 0.05
    for one in blocks:
        if one is not blocks[0]:
            line(ax, [(MARGIN, y), (edge, y)], colour=RULE, width=0.6)
        label = one.label
        y = put_wrapped(ax, MARGIN, y + 0.13, label, edge - MARGIN, line=LINE, bold=True)
        chip(ax, MARGIN, y + 0.05, one.verdict)
        put(ax, edge, y + 0.05, one.size, anchor="right", colour=MUTED)
        y += 0.39
        _draw_pair(ax, one, scale, y, end)
        y += 0.25
    scale.draw_axis(ax, y, percent_axis(0.0, 1.0))
    put(ax, MARGIN, y + 0.33, "Share of patients", colour=MUTED)
    return cut(ax, y + 0.46)
