"""Specification curve: the pooled value under every combination of choices, in order."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from reviewbook import words
from reviewbook.figures.drawing.canvas import Scale, canvas, line, polygon, put, put_wrapped
from reviewbook.figures.drawing.figure import BookFigure, Variant, compose
from reviewbook.figures.drawing.style import (
    ACCENT,
    C1,
    INK,
    LINE,
    MUTED,
    NARROW,
    PRINTED,
    WIDE,
    text_width,
    wrap,
)
from reviewbook.figures.forest.estimates import axis_ticks

from .density import ALPHAS

COLUMNS = {"wide": 180, "narrow": 90}
MARGIN = 0.06


def specification_curve(
    frame: pd.DataFrame,
    *,
    choices: Mapping[str, str],
    name: str,
    what: str,
    printed: Any = None,
    primary: int | None = None,
    limits: tuple[float, float] | None = None,
    caption: str | None = None,
    call: str | None = None,
) -> BookFigure:
    """Draw thousands of analyses by the size of their estimate, and which choices lie where.

    Parameters
    ----------
    frame : DataFrame
        One row an analysis: ``estimate``, ``low``, ``high`` (fractions) and a column for each
        choice.
    choices : mapping
        Column → heading of its panel, in the order of the panels.
    what : str
        What is pooled, such as "Complete remission".
    printed : Claims or Interval, optional
        Drawn across: the article's value and its interval.
    primary : int, optional
        Row (position) of the analysis the book stands behind.
    limits : tuple of float, optional
        Ends of the vertical axis; by default what the intervals need.

    Notes
    -----
    Where there are more analyses than columns of the drawing, each column stands for as many
    neighbours: it shows their median estimate, the lowest lower and the highest upper limit.

    Raises
    ------
    ValueError
        When a column is missing, the frame is empty, or `primary` is no row.
    """
    missing = [c for c in ("estimate", "low", "high", *choices) if c not in frame]
    if missing:
        raise ValueError(f"figure {name}: columns {missing} are missing from the frame")
    if frame.empty:
        raise ValueError(f"figure {name}: at least one analysis was expected, got none")
    if primary is not None and not 0 <= primary < len(frame):
        raise ValueError(f"primary: a row from 0 to {len(frame) - 1} was expected, got {primary}")
    order = np.argsort(frame["estimate"].to_numpy(dtype=float), kind="stable")
    ordered = frame.iloc[order].reset_index(drop=True)
    rank = None if primary is None else int(np.flatnonzero(order == primary)[0])

    def draw(variant: Variant) -> Figure:
        return draw_curve(variant, ordered, choices, what, printed, rank, limits)

    return compose(
        draw,
        name=name,
        caption=caption or _caption(len(frame), what, printed, rank),
        alt=_alt(ordered, what, printed, rank),
        description=_description(ordered, choices),
        data=as_drawn(ordered, choices),
        call=call or "figures.specification_curve(analyses, choices=choices, ...)",
    )


def as_drawn(ordered: pd.DataFrame, choices: Mapping[str, str]) -> pd.DataFrame:
    """Return the data of the drawing: every analysis, or its columns where there are more.

    Columns of the drawing carry ``first last`` (ranks), the median ``estimate``, the lowest
    ``low`` and highest ``high``, and for each value of each choice the share of analyses made
    with it. All of tens of thousands of analyses would be a file nobody opens; the call makes them.
    """
    columns = COLUMNS["wide"]
    if len(ordered) <= columns:
        return ordered
    edges = np.linspace(0, len(ordered), columns + 1).round().astype(int)
    column = np.repeat(np.arange(columns), np.diff(edges))
    shares = pd.get_dummies(ordered[list(choices)].astype(str), prefix_sep=": ", dtype=float)
    groups = ordered.groupby(column)
    drawn = pd.DataFrame(
        {
            "first": edges[:-1] + 1,
            "last": edges[1:],
            "estimate": groups["estimate"].median(),
            "low": groups["low"].min(),
            "high": groups["high"].max(),
        }
    )
    return pd.concat([drawn, shares.groupby(column).mean()], axis=1).round(5)


def _caption(count: int, what: str, printed: Any, rank: int | None) -> str:
    text = (
        f"{what} under {words.count(count, 'analysis', 'analyses')}, ordered by their estimate, "
        "with 95% intervals as a band. Below, how often each choice was made among the analyses "
        "above it."
    )
    if printed is not None:
        text += " Grey: the printed value."
    return text if rank is None else f"{text} Diamond: the primary analysis."


def _alt(ordered: pd.DataFrame, what: str, printed: Any, rank: int | None) -> str:
    estimates = ordered["estimate"].to_numpy(dtype=float)
    low, middle, high = (words.percent(float(f(estimates))) for f in (np.min, np.median, np.max))
    text = (
        f"Specification curve of {words.count(len(ordered), 'analysis', 'analyses')} of "
        f"{words.within_sentence(what)}: "
        f"estimates from {low} to {high}, median {middle}."
    )
    if printed is not None and printed.estimate is not None:
        below = int((estimates < printed.estimate).sum())
        share = words.percent(below / len(estimates))
        text += f" The printed {words.percent(printed.estimate)} lies above {share} of them."
    if rank is not None:
        text += (
            f" The primary analysis, {words.percent(float(estimates[rank]))}, has rank {rank + 1}."
        )
    return text


def _description(ordered: pd.DataFrame, choices: Mapping[str, str]) -> str:
    parts = []
    for column, heading in choices.items():
        groups = ordered.groupby(column, sort=False)["estimate"]
        texts = [
            f"{value} {words.percent(float(part.median()))} "
            f"({words.percent(float(part.min()))} to {words.percent(float(part.max()))})"
            for value, part in groups
        ]
        parts.append(f"{heading}, median estimate and range: {'; '.join(texts)}.")
    return "\n\n".join(parts)


def draw_curve(
    variant: Variant,
    ordered: pd.DataFrame,
    choices: Mapping[str, str],
    what: str,
    printed: Any,
    rank: int | None,
    limits: tuple[float, float] | None,
) -> Figure:
    """Draw curve, band, printed value and choices on one canvas."""
    wide = variant == "wide"
    width, rows = (WIDE if wide else NARROW), _choice_rows(ordered, choices)
    label_width = max(text_width(label) for _, label, _ in rows if label)
    left = MARGIN + label_width + 0.15 if wide else 0.52
    height, top = (2.7 if wide else 2.2), 0.34
    step = 0.19 if wide else 0.34
    panel_height = sum(0.26 if not label else step for _, label, _ in rows)
    bottom = top + height
    heading = wrap(f"{what}, share of patients", width - 2 * MARGIN)
    figure, ax = canvas(width, bottom + 0.36 + panel_height + 0.08)
    put(ax, MARGIN, 0.14, heading[0], colour=MUTED)

    values = ordered[["low", "estimate", "high"]].to_numpy(dtype=float)
    low, high = limits or _limits(values, printed)
    scale = Scale(low, high, bottom, top)
    across = Scale(0.0, float(len(ordered)), left, width - MARGIN - 0.06)
    edges = (
        np.linspace(0, len(ordered), min(COLUMNS[variant], len(ordered)) + 1).round().astype(int)
    )
    for value, text in axis_ticks((low, high), "percent"):
        y = scale(value)
        line(ax, [(left - 0.05, y), (left, y)], colour=MUTED, width=0.7)
        put(ax, left - 0.09, y, text, anchor="right")
    line(ax, [(left, top), (left, bottom)], colour=MUTED, width=0.7)
    _draw_band(ax, values, edges, across, scale)
    if printed is not None and printed.estimate is not None:
        _draw_printed(ax, printed, across, scale, rank is not None and 2 * rank < len(ordered))
    if rank is not None:
        _draw_primary(ax, values[rank], across(rank + 0.5), scale)
    count = words.count(len(ordered), "analysis", "analyses")
    put(ax, (across.left + across.right) / 2, bottom + 0.13, f"{count}, by estimate",
        anchor="center", colour=MUTED)  # fmt: skip
    y = bottom + 0.34
    for column, label, mask in rows:
        if not label:
            put(ax, MARGIN, y + 0.13, column, bold=True)
            y += 0.26
            continue
        if wide:
            put(ax, left - 0.15, y + 0.095, label, anchor="right")
            _draw_choice(ax, mask, edges, across, y + 0.03, y + 0.16)
        else:
            put_wrapped(ax, MARGIN, y + 0.09, label, width - 2 * MARGIN, line=LINE)
            _draw_choice(ax, mask, edges, across, y + 0.19, y + 0.3)
        y += step
    return figure


def _choice_rows(
    ordered: pd.DataFrame, choices: Mapping[str, str]
) -> list[tuple[str, str, NDArray[np.bool_]]]:
    """Rows of the lower panel: a heading (empty label), then one for each value of the choice."""
    nothing = np.zeros(0, dtype=np.bool_)
    rows: list[tuple[str, str, NDArray[np.bool_]]] = []
    for column, heading in choices.items():
        rows.append((heading, "", nothing))
        texts = ordered[column].astype(str)
        rows += [(heading, v, (texts == v).to_numpy()) for v in sorted(texts.unique())]
    return rows


def _limits(values: NDArray[np.float64], printed: Any) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    if printed is not None and printed.low is not None and printed.high is not None:
        low, high = min(low, printed.low), max(high, printed.high)
    return max(np.floor(low * 20) / 20, 0.0), min(np.ceil(high * 20) / 20, 1.0)


def _draw_band(
    ax: Axes, values: NDArray[np.float64], edges: NDArray[np.int_], across: Scale, scale: Scale
) -> None:
    lows, middles, highs = [], [], []
    for start, end in pairwise(edges):
        part, x = values[start:end], across((start + end) / 2)
        lows.append((x, scale(float(part[:, 0].min()))))
        middles.append((x, scale(float(np.median(part[:, 1])))))
        highs.append((x, scale(float(part[:, 2].max()))))
    if len(middles) == 1:
        line(ax, [lows[0], highs[0]], colour=C1, width=3)
        return
    polygon(ax, [*lows, *reversed(highs)], fill=C1, alpha=0.2, width=0)
    line(ax, middles, colour=INK, width=1.6, level=3)


def _draw_printed(ax: Axes, printed: Any, across: Scale, scale: Scale, right: bool) -> None:
    y = scale(printed.estimate)
    line(ax, [(across.left, y), (across.right, y)], colour=PRINTED, width=1.4, level=4)
    for limit in (printed.low, printed.high):
        if limit is not None:
            z = scale(limit)
            ends = [(across.left, z), (across.right, z)]
            line(ax, ends, colour=PRINTED, width=0.9, dashes=(4, 3), level=4)
    text = f"printed {words.percent(printed.estimate)}"
    # The label stands at the end that the primary analysis leaves free.
    if right:
        put(ax, across.right - 0.04, y + 0.1, text, anchor="right", colour=PRINTED)
    else:
        put(ax, across.left + 0.06, y - 0.1, text, colour=PRINTED)


def _draw_primary(ax: Axes, value: NDArray[np.float64], x: float, scale: Scale) -> None:
    low, estimate, high = (scale(float(v)) for v in value)
    line(ax, [(x, low), (x, high)], colour=ACCENT, width=1.4, level=4)
    diamond = [
        (x - 0.06, estimate),
        (x, estimate - 0.08),
        (x + 0.06, estimate),
        (x, estimate + 0.08),
    ]
    polygon(ax, diamond, fill=ACCENT)
    ax.patches[-1].set_zorder(5)
    right = x > ax.get_xlim()[1] * 0.7
    put(ax, x + (-0.1 if right else 0.1), low + 0.02 if low < estimate else estimate + 0.16,
        f"primary {words.percent(float(value[1]))}", anchor="right" if right else "left",
        colour=ACCENT)  # fmt: skip


def _draw_choice(
    ax: Axes,
    mask: NDArray[np.bool_],
    edges: NDArray[np.int_],
    across: Scale,
    top: float,
    bottom: float,
) -> None:
    """Shade each column by the share of its analyses that made the choice."""
    shares = [float(mask[a:b].mean()) for a, b in pairwise(edges)]
    levels = [int(np.ceil(share * len(ALPHAS))) for share in shares]
    start = 0
    for i in range(1, len(levels) + 1):
        if i == len(levels) or levels[i] != levels[start]:
            if levels[start]:
                left, right = across(float(edges[start])), across(float(edges[i]))
                box = [(left, top), (right, top), (right, bottom), (left, bottom)]
                polygon(ax, box, fill=INK, alpha=ALPHAS[levels[start] - 1], width=0)
            start = i
