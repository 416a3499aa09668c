"""Forest plots of any rows: proportions in percent, ratios, or numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import pandas as pd
from matplotlib.figure import Figure

from reviewbook.figures.drawing.figure import BookFigure, Variant, compose

from .layout import ForestSpec, draw_narrow, draw_wide
from .rows import Row, frame_of, rows_of, sentence, value_text

ScaleName = Literal["percent", "ratio", "number"]
_SCALES = ("percent", "ratio", "number")
_RATIO_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


def forest_rows(
    rows: Sequence[Row] | pd.DataFrame,
    *,
    name: str,
    caption: str,
    scale: ScaleName = "percent",
    limits: tuple[float, float] | None = None,
    reference: float | None = None,
    label_header: str = "Cohort",
    counts_header: str = "Events/total",
    value_header: str | None = None,
    axis_label: str = "",
    favours: tuple[str, str] | None = None,
    footer: Sequence[str] = (),
    call: str | None = None,
) -> BookFigure:
    """Draw estimates with intervals, one a row: leave-one-out, cumulative, ratios, anything alike.

    Parameters
    ----------
    rows : sequence of Row, or DataFrame
        A DataFrame has the columns label, estimate, low, high and any other attribute of
        :class:`~reviewbook.figures.rows.Row` (kind, counts, weight, status, group).
    scale : {"percent", "ratio", "number"}
        percent: proportions (0–1) shown as percent; ratio: log axis with 1 as reference;
        number: a linear axis of plain values.
    limits : tuple of float, optional
        Ends of the axis in the unit of the rows. Intervals beyond them end in an arrow. By
        default 0 to 1 for proportions, and what the rows need (at most 1/20 to 20) for ratios.
    reference : float, optional
        Where the dashed vertical line stands; 1 for ratios unless given.
    favours : tuple of str, optional
        Words left and right of the reference, as ("favours transplant", "favours none").
    footer : sequence of str
        Paragraphs under the plot, such as heterogeneity.

    Raises
    ------
    ValueError
        When `scale` is unknown, no row has an estimate, or a row is not sound.
    """
    if scale not in _SCALES:
        raise ValueError(f"scale {scale!r} is unknown; allowed: {', '.join(_SCALES)}")
    listed = rows_of(rows)
    drawn = [row for row in listed if row.drawn]
    if not drawn:
        raise ValueError(f"figure {name}: at least one row with an estimate was expected, got none")
    if scale == "ratio" and reference is None:
        reference = 1.0
    if limits is None:
        limits = _limits(drawn, scale)
    spec = ForestSpec(
        rows=listed,
        percent=scale == "percent",
        log=scale == "ratio",
        limits=limits,
        ticks=axis_ticks(limits, scale),
        reference=reference,
        label_header=label_header,
        counts_header=counts_header,
        value_header=value_header
        or {"percent": "% (95% CI)", "ratio": "Ratio (95% CI)"}.get(scale, "Value (95% CI)"),
        axis_label=axis_label,
        favours=favours,
        footer=tuple(footer),
        digits=0 if scale == "percent" else 2,
    )
    return forest_figure(
        spec, name=name, caption=caption, call=call or "figures.forest_rows(rows, ...)"
    )


def forest_figure(
    spec: ForestSpec,
    *,
    name: str,
    caption: str,
    call: str,
    alt: str | None = None,
    description: str | None = None,
) -> BookFigure:
    """Draw `spec` in both widths; `alt` and `description` are computed when not given."""

    def draw(variant: Variant) -> Figure:
        return draw_wide(spec) if variant == "wide" else draw_narrow(spec)

    return compose(
        draw,
        name=name,
        caption=caption,
        alt=alt or _alt(spec),
        description=description or describe_rows(spec),
        data=frame_of(spec.rows),
        call=call,
    )


def describe_rows(spec: ForestSpec) -> str:
    """Every row as a sentence, headings as beginnings of paragraphs, then the footer."""
    paragraphs: list[list[str]] = [[]]
    for row in spec.rows:
        if row.kind == "heading":
            paragraphs.append([f"{row.label}."])
        elif row.kind == "note":
            paragraphs[-1].append(row.label if row.label.endswith(".") else f"{row.label}.")
        else:
            paragraphs[-1].append(sentence(row, percent=spec.percent, digits=spec.digits))
    texts = [" ".join(part) for part in paragraphs if part]
    return "\n\n".join([*texts, *spec.footer])


def _alt(spec: ForestSpec) -> str:
    drawn = [row for row in spec.rows if row.drawn and row.estimate is not None]
    lowest = min(drawn, key=lambda row: row.estimate or 0.0)
    highest = max(drawn, key=lambda row: row.estimate or 0.0)

    def say(row: Row) -> str:
        return f"{value_text(row, percent=spec.percent, digits=spec.digits)} ({row.label})"

    unit = " percent" if spec.percent else ""
    count = f"{len(drawn)} row" + ("s" if len(drawn) != 1 else "")
    return f"Forest plot of {count}: estimates from {say(lowest)} to {say(highest)}{unit}."


def _limits(rows: Sequence[Row], scale: ScaleName) -> tuple[float, float]:
    if scale == "percent":
        return (0.0, 1.0)
    values = [v for row in rows for v in (row.low, row.estimate, row.high) if v is not None]
    if scale == "ratio":
        if min(v for row in rows for v in [row.estimate] if v is not None) <= 0:
            raise ValueError("ratios above 0 were expected")
        low = max(min(*values, 0.5), 0.05)
        high = min(max(*values, 2.0), 20.0)
        return (
            max(t for t in _RATIO_TICKS if t <= low),
            min(t for t in _RATIO_TICKS if t >= high),
        )
    pad = 0.05 * (max(values) - min(values)) or 1.0
    return (min(values) - pad, max(values) + pad)


def axis_ticks(limits: tuple[float, float], scale: ScaleName) -> list[tuple[float, str]]:
    """Return places and labels of the ticks of an axis."""
    low, high = limits
    if scale == "ratio":
        return [(t, f"{t:g}") for t in _RATIO_TICKS if low <= t <= high]
    if scale == "percent":
        step = next(s for s in (0.02, 0.05, 0.1, 0.25) if (high - low) / s <= 5 or s == 0.25)
        values = [
            step * i for i in range(math.ceil(low / step - 1e-9), int(high / step + 1e-9) + 1)
        ]
        return [(v, f"{100 * v:.0f}%") for v in values]
    from matplotlib.ticker import MaxNLocator

    values = [float(v) for v in MaxNLocator(5).tick_values(low, high) if low <= v <= high]
    return [(v, f"{v:g}".replace("-", "−")) for v in values]
