"""The overview: every outcome on one axis, the printed value above ours, with the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.figures.drawing.calls import python_call
from reviewbook.figures.drawing.canvas import Scale, canvas, cut, line, put, put_wrapped
from reviewbook.figures.drawing.figure import BookFigure, compose
from reviewbook.figures.drawing.style import (
    INK,
    LINE,
    MUTED,
    NARROW,
    PRINTED,
    RULE,
    WIDE,
    Variant,
    text_width,
    wrap,
)
from reviewbook.pooling.analysis import proportion

from .estimates import axis_ticks
from .layout import draw_mark
from .rows import Row, value_text

if TYPE_CHECKING:
    from reviewbook.evidence.claims import Claims
    from reviewbook.pooling.analysis import Analysis

NAMES = {"printed": "Printed", "comparison": "Ours", "pooled": "Ours, GLMM"}
MARGIN, STEP = 0.06, 0.2


def overview(
    analyses: Sequence[Analysis],
    printed: Sequence[Claims],
    *,
    verdicts: Sequence[str],
    name: str = "fig-at-a-glance",
) -> BookFigure:
    """Draw each outcome's printed value above ours, on one axis from 0 to 100 %.

    Parameters
    ----------
    analyses : sequence of Analysis
        One an outcome.
    printed : sequence of Claims
        What the article prints of each, in the same order.
    verdicts : sequence of str
        Verdict on each pooled proportion, in the same order.

    Raises
    ------
    ValueError
        When the three differ in length.
    """
    if not len(analyses) == len(printed) == len(verdicts):
        raise ValueError(
            "as many printed values and verdicts as analyses were expected, got "
            f"{len(analyses)} analyses, {len(printed)} printed values and {len(verdicts)} verdicts"
        )
    blocks = [_rows(a, claims) for a, claims in zip(analyses, printed, strict=True)]
    chips = [str(words.verdict(verdict)) for verdict in verdicts]

    def draw(variant: Variant) -> Figure:
        drawing = _wide if variant == "wide" else _narrow
        return drawing(analyses, blocks, chips)

    sentences = [
        _sentence(a, claims, chip) for a, claims, chip in zip(analyses, printed, chips, strict=True)
    ]
    return compose(
        draw,
        name=name,
        caption="Pooled proportions with 95% intervals. Open grey diamonds are what the article "
        "prints; filled diamonds are recomputed: the upper one by the comparison recipe, on which "
        "the verdict stands, the lower one by the random-intercept logistic model (GLMM), which "
        "this book stands behind.",
        alt=f"{words.count(len(analyses), 'outcome')} on one axis, printed above ours. "
        + " ".join(
            f"{a.outcome.short}: printed {_percent(claims.estimate)}, ours "
            f"{_percent(proportion(a.comparison).estimate)}, {verdict}."
            for a, claims, verdict in zip(analyses, printed, verdicts, strict=True)
        ),
        description="\n\n".join(sentences),
        data=_data(analyses, blocks, verdicts),
        call=f"figures.overview(\n    {python_call(list(analyses))},\n"
        f"    {python_call(list(printed))},\n"
        f"    verdicts=[{', '.join(f'book.verdict({claims.topic!r})' for claims in printed)}],\n)",
    )


def _rows(analysis: Analysis, claims: Claims) -> list[Row]:
    values: dict[str, Any] = {
        "printed": claims,
        "comparison": proportion(analysis.comparison),
        "pooled": proportion(analysis.primary),
    }
    return [
        Row.of(NAMES[kind], interval, kind)
        for kind, interval in values.items()
        if interval.estimate is not None
    ]


def _percent(value: float | None) -> str:
    return "nothing" if value is None else str(words.percent(value))


def _size(analysis: Analysis) -> str:
    cohorts = words.count(analysis.selection.k, "cohort")
    return f"{cohorts}, {words.count(analysis.selection.n, 'patient')}"


def _value(row: Row) -> str:
    return value_text(row, percent=True, digits=0)


def _value_width(blocks: list[list[Row]]) -> float:
    return max(text_width(_value(row), bold=True) for rows in blocks for row in rows)


def _draw_row(
    ax: Axes, row: Row, scale: Scale, y: float, *, name: tuple[float, float], end: float
) -> None:
    """Draw mark and value of `row` at height `y`, its value up to `end`, its name at `name`."""
    colour = PRINTED if row.kind == "printed" else INK
    draw_mark(ax, row, scale, y)
    put(ax, *name, row.label, colour=colour)
    put(ax, end, y, _value(row), anchor="right", colour=colour, bold=row.strong)


def _wide(analyses: Sequence[Analysis], blocks: list[list[Row]], chips: list[str]) -> Figure:
    label_width, end = 2.25, WIDE - MARGIN
    name_width = max(text_width(row.label) for rows in blocks for row in rows)
    names = end - _value_width(blocks) - 0.14 - name_width
    scale = Scale(0.0, 1.0, MARGIN + label_width + 0.2, names - 0.25)
    labels = [wrap(a.outcome.label, label_width, bold=True) for a in analyses]
    heights = [
        max(STEP * len(rows), 0.18 * (len(label) + 2)) + 0.16
        for rows, label in zip(blocks, labels, strict=True)
    ]
    top = 0.34
    bottom = top + sum(heights)
    ax = canvas(WIDE)
    put(ax, MARGIN, 0.14, "Outcome", bold=True)
    put(ax, end, 0.14, "% (95% CI)", anchor="right", colour=MUTED)
    line(ax, [(MARGIN, 0.28), (end, 0.28)], colour=MUTED, width=0.7)
    scale.draw_axis(ax, bottom, axis_ticks((0.0, 1.0), "percent"), grid_from=top)
    y = top
    for analysis, rows, label, chip, height in zip(
        analyses, blocks, labels, chips, heights, strict=True
    ):
        for number, piece in enumerate(label):
            put(ax, MARGIN, y + 0.17 + 0.18 * number, piece, bold=True)
        below = y + 0.17 + 0.18 * len(label)
        put(ax, MARGIN, below, _size(analysis), colour=MUTED)
        put(ax, MARGIN, below + 0.18, chip)
        for number, row in enumerate(rows):
            middle = y + 0.17 + STEP * number
            _draw_row(ax, row, scale, middle, name=(names, middle), end=end)
        y += height
        if y < bottom - 0.01:
            line(ax, [(MARGIN, y), (end, y)], colour=RULE, width=0.6)
    return cut(ax, bottom + 0.34)


def _narrow(analyses: Sequence[Analysis], blocks: list[list[Row]], chips: list[str]) -> Figure:
    end = NARROW - MARGIN
    scale = Scale(0.0, 1.0, MARGIN + 0.1, end - _value_width(blocks) - 0.22)
    ax = canvas(NARROW)
    y = 0.06
    for analysis, rows, chip in zip(analyses, blocks, chips, strict=True):
        if analysis is not analyses[0]:
            line(ax, [(MARGIN, y), (end, y)], colour=RULE, width=0.6)
        label = analysis.outcome.label
        below = put_wrapped(ax, MARGIN, y + 0.12, label, end - MARGIN, line=LINE, bold=True)
        put(ax, MARGIN, below, chip)
        put(ax, end, below, _size(analysis), anchor="right", colour=MUTED)
        for number, row in enumerate(rows):
            above = below + 0.21 + 0.36 * number
            _draw_row(ax, row, scale, above + 0.17, name=(MARGIN, above), end=end)
        y = below + LINE + 0.04 + 0.36 * len(rows)
    bottom = y + 0.02
    scale.draw_axis(ax, bottom, axis_ticks((0.0, 1.0), "percent"))
    put(ax, end, bottom + 0.34, "% (95% CI)", anchor="right", colour=MUTED)
    return cut(ax, bottom + 0.52)


def _sentence(analysis: Analysis, claims: Claims, chip: str) -> str:
    return (
        f"{analysis.outcome.label}, {_size(analysis)}: printed {words.interval(claims)}; ours by "
        f"the comparison recipe {words.interval(proportion(analysis.comparison))}, by the logistic "
        f"model {words.interval(proportion(analysis.primary))}. Verdict: {chip}."
    )


def _data(
    analyses: Sequence[Analysis], blocks: list[list[Row]], verdicts: Sequence[str]
) -> pd.DataFrame:
    records = [
        {
            "outcome": analysis.outcome.id,
            "cohorts": analysis.selection.k,
            "patients": analysis.selection.n,
            "source": row.label,
            "estimate": row.estimate,
            "low": row.low,
            "high": row.high,
            "verdict": verdict,
        }
        for analysis, rows, verdict in zip(analyses, blocks, verdicts, strict=True)
        for row in rows
    ]
    return pd.DataFrame(records)
