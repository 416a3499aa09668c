"""Forest plots of any rows: proportions in percent, ratios, or numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reviewbook import words
from reviewbook.figures.drawing.axes import percent_steps
from reviewbook.figures.drawing.figure import BookFigure, compose
from reviewbook.figures.drawing.style import Variant

from .layout import ForestSpec, ScaleName, draw_narrow, draw_wide
from .rows import Row, frame_of, rows_of, sentence

_VALUES = {"percent": "% (95% CI)", "ratio": "Ratio (95% CI)", "number": "Value (95% CI)"}
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
    alt: str | None = None,
    call: str = "figures.forest_rows(rows, ...)",
) -> BookFigure:
    """Draw estimates with intervals, one a row: leave-one-out, cumulative, ratios, anything alike.

    Parameters
    ----------
    rows : sequence of Row, or DataFrame
        A DataFrame has the columns label, estimate, low, high and any other attribute of
        :class:`~reviewbook.figures.forest.rows.Row` (kind, counts, weight, status, group).
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
    alt : str, optional
        Text alternative; by default the lowest and the highest estimate.

    Raises
    ------
    ValueError
        When `scale` is unknown, no row has an estimate, or a row is not sound.
    """
    if scale not in _VALUES:
        raise ValueError(f"scale {scale!r} is unknown; allowed: {', '.join(_VALUES)}")
    listed = rows_of(rows)
    drawn = [row for row in listed if row.drawn]
    if not drawn:
        raise ValueError(f"figure {name}: at least one row with an estimate was expected, got none")
    if scale == "ratio" and reference is None:
        reference = 1.0
    ends = limits or _limits(drawn, scale)
    spec = ForestSpec(
        rows=listed,
        scale=scale,
        limits=ends,
        ticks=axis_ticks(ends, scale),
        reference=reference,
        label_header=label_header,
        counts_header=counts_header,
        value_header=value_header or _VALUES[scale],
        axis_label=axis_label,
        favours=favours,
        footer=tuple(footer),
    )

    def draw(variant: Variant) -> Figure:
        return draw_wide(spec) if variant == "wide" else draw_narrow(spec)

    return compose(
        draw,
        name=name,
        caption=caption,
        alt=alt or _alt(spec),
        description=_description(spec),
        data=frame_of(listed),
        call=call,
    )


def _description(spec: ForestSpec) -> str:
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
    lowest, highest = (end(drawn, key=lambda row: row.estimate or 0.0) for end in (min, max))
    unit = " percent" if spec.percent else ""
    return (
        f"Forest plot of {words.count(len(drawn), 'row')}: estimates from {spec.text(lowest)} "
        f"({lowest.label}) to {spec.text(highest)} ({highest.label}){unit}."
    )


def _limits(rows: Sequence[Row], scale: ScaleName) -> tuple[float, float]:
    if scale == "percent":
        return (0.0, 1.0)
    values = [v for row in rows for v in (row.low, row.estimate, row.high) if v is not None]
    if scale == "ratio":
        if min(row.estimate for row in rows if row.estimate is not None) <= 0:
            raise ValueError("ratios above 0 were expected")
        low, high = max(min(*values, 0.5), 0.05), min(max(*values, 2.0), 20.0)
        return (max(t for t in _RATIO_TICKS if t <= low), min(t for t in _RATIO_TICKS if t >= high))
    pad = 0.05 * (max(values) - min(values)) or 1.0
    return (min(values) - pad, max(values) + pad)


def axis_ticks(limits: tuple[float, float], scale: ScaleName) -> list[tuple[float, str]]:
    """Return places and labels of the ticks of an axis."""
    low, high = limits
    if scale == "ratio":
        return [(t, f"{t:g}") for t in _RATIO_TICKS if low <= t <= high]
    if scale == "percent":
        steps = percent_steps(low, high, most=5, sizes=(0.02, 0.05, 0.1, 0.25))
        return [(v, f"{100 * v:.0f}%") for v in steps]
    values = [float(v) for v in MaxNLocator(5).tick_values(low, high) if low <= v <= high]
    return [(v, f"{v:g}".replace("-", "−")) for v in values]
