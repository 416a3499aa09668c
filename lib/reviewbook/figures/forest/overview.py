"""The overview: every outcome on one axis, the printed value above ours, with the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.figures.drawing.calls import expression
from reviewbook.figures.drawing.canvas import Scale, canvas, line, put, put_wrapped
from reviewbook.figures.drawing.figure import BookFigure, Variant, compose
from reviewbook.figures.drawing.style import (
    INK,
    MUTED,
    NARROW,
    PRINTED,
    RULE,
    WIDE,
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
        call=f"figures.overview(\n    {expression(list(analyses))},\n"
        f"    {expression(list(printed))},\n"
        f"    verdicts=[{', '.join(f'book.verdict({claims.topic!r})' for claims in printed)}],\n)",
    )


def _rows(analysis: Analysis, claims: Claims) -> list[Row]:
    rows = []
    if claims.estimate is not None:
        rows.append(_row("printed", claims))
    rows.append(_row("comparison", proportion(analysis.comparison)))
    rows.append(_row("pooled", proportion(analysis.primary)))
    return rows


def _row(kind: str, interval: Any) -> Row:
    return Row(
        label=NAMES[kind],
        kind=kind,
        estimate=interval.estimate,
        low=interval.low,
        high=interval.high,
    )


def _percent(value: float | None) -> str:
    return "nothing" if value is None else str(words.percent(value))


def _size(analysis: Analysis) -> str:
    cohorts = words.count(analysis.selection.k, "cohort")
    return f"{cohorts}, {words.count(analysis.selection.n, 'patient')}"


def _draw_rows(ax: Axes, rows: list[Row], scale: Scale, y: float, names: float, end: float) -> None:
    for number, row in enumerate(rows):
        middle = y + number * STEP
        colour = PRINTED if row.kind == "printed" else INK
        bold = row.kind == "pooled"
        draw_mark(ax, row, scale, middle, 1.0)
        put(ax, names, middle, row.label, colour=colour)
        text = value_text(row, percent=True, digits=0)
        put(ax, end, middle, text, anchor="right", colour=colour, bold=bold)


def _wide(analyses: Sequence[Analysis], blocks: list[list[Row]], chips: list[str]) -> Figure:
    label_width = 2.25
    value_width = max(
        text_width(value_text(r, percent=True, digits=0), bold=True) for b in blocks for r in b
    )
    name_width = max(text_width(r.label) for b in blocks for r in b)
    names = WIDE - MARGIN - value_width - 0.14 - name_width
    scale = Scale(0.0, 1.0, MARGIN + label_width + 0.2, names - 0.25)
    labels = [wrap(a.outcome.label, label_width, bold=True) for a in analyses]
    heights = [
        max(STEP * len(rows), 0.18 * (len(label) + 2)) + 0.16
        for rows, label in zip(blocks, labels, strict=True)
    ]
    top = 0.34
    bottom = top + sum(heights)
    figure, ax = canvas(WIDE, bottom + 0.34)
    put(ax, MARGIN, 0.14, "Outcome", bold=True)
    put(ax, WIDE - MARGIN, 0.14, "% (95% CI)", anchor="right", colour=MUTED)
    line(ax, [(MARGIN, 0.28), (WIDE - MARGIN, 0.28)], colour=MUTED, width=0.7)
    scale.draw_axis(ax, bottom, axis_ticks((0.0, 1.0), "percent"), grid_from=top)
    y = top
    for analysis, rows, label, chip, height in zip(
        analyses, blocks, labels, chips, heights, strict=True
    ):
        text_y = y + 0.17
        for piece in label:
            put(ax, MARGIN, text_y, piece, bold=True)
            text_y += 0.18
        put(ax, MARGIN, text_y, _size(analysis), colour=MUTED)
        put(ax, MARGIN, text_y + 0.18, chip)
        _draw_rows(ax, rows, scale, y + 0.17, names, WIDE - MARGIN)
        y += height
        if y < bottom - 0.01:
            line(ax, [(MARGIN, y), (WIDE - MARGIN, y)], colour=RULE, width=0.6)
    return figure


def _narrow(analyses: Sequence[Analysis], blocks: list[list[Row]], chips: list[str]) -> Figure:
    value_width = max(
        text_width(value_text(r, percent=True, digits=0), bold=True) for b in blocks for r in b
    )
    scale = Scale(0.0, 1.0, MARGIN + 0.1, NARROW - MARGIN - value_width - 0.22)
    labels = [wrap(a.outcome.label, NARROW - 2 * MARGIN, bold=True) for a in analyses]
    line_height, step = 0.17, 0.36
    heights = [
        line_height * (len(label) + 1) + 0.16 + step * len(rows)
        for label, rows in zip(labels, blocks, strict=True)
    ]
    top = 0.06
    bottom = top + sum(heights) + 0.02
    figure, ax = canvas(NARROW, bottom + 0.52)
    scale.draw_axis(ax, bottom, axis_ticks((0.0, 1.0), "percent"))
    put(ax, NARROW - MARGIN, bottom + 0.34, "% (95% CI)", anchor="right", colour=MUTED)
    y = top
    for number, (analysis, rows, chip, height) in enumerate(
        zip(analyses, blocks, chips, heights, strict=True)
    ):
        if number:
            line(ax, [(MARGIN, y), (NARROW - MARGIN, y)], colour=RULE, width=0.6)
        text_y = put_wrapped(
            ax, MARGIN, y + 0.12, analysis.outcome.label, NARROW - 2 * MARGIN,
            line=line_height, bold=True,
        )  # fmt: skip
        put(ax, MARGIN, text_y, chip)
        put(ax, NARROW - MARGIN, text_y, _size(analysis), anchor="right", colour=MUTED)
        for i, row in enumerate(rows):
            middle = text_y + 0.21 + i * step
            colour = PRINTED if row.kind == "printed" else INK
            put(ax, MARGIN, middle, row.label, colour=colour)
            draw_mark(ax, row, scale, middle + 0.17, 1.0)
            text = value_text(row, percent=True, digits=0)
            bold = row.kind == "pooled"
            put(ax, NARROW - MARGIN, middle + 0.17, text, anchor="right", colour=colour, bold=bold)
        y += height
    return figure


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
