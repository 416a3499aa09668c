"""Survival at the times that reports print: one mark an arm and time, with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.figures.drawing.axes import Entry, percent_ticks, plot_axes, title
from reviewbook.figures.drawing.canvas import put_wrapped
from reviewbook.figures.drawing.figure import BookFigure, Variant, compose
from reviewbook.figures.drawing.style import (
    INK,
    LINE,
    NARROW,
    SIZE,
    WIDE,
    category,
    text_width,
    wrap,
)

REQUIRED = ("label", "arm", "time_months", "estimate")

# Points from a mark to its number, in the order of preference; and half the size of a mark.
PLACES = ((4, 3), (-4, 3), (4, -10), (-4, -10))
MARK = 3.0
Box = tuple[float, float, float, float]


def survival_anchors(
    frame: pd.DataFrame,
    *,
    name: str,
    caption: str,
    what: str = "Survival",
    arms: Mapping[str, str] | None = None,
) -> BookFigure:
    """Draw printed survival against time; arms differ in colour and in shape.

    Parameters
    ----------
    frame : DataFrame
        ``label`` (cohort), ``arm``, ``time_months``, ``estimate`` and, where printed, ``low`` and
        ``high``: fractions, missing limits empty. Each row gets a number, explained under the plot.
        With a column ``panel``, each of its values is drawn in axes of its own, under that title.
    what : str
        What is alive or free of what, such as "Overall survival".
    arms : mapping, optional
        Arm → words, in the order of the legend; by default as they occur.

    Raises
    ------
    ValueError
        When a column is missing, the frame is empty, or a value is no fraction.
    """
    data = _checked(frame, name)
    names = dict(arms) if arms else {a: a.replace("_", " ") for a in dict.fromkeys(data["arm"])}
    unknown = [arm for arm in data["arm"] if arm not in names]
    if unknown:
        raise ValueError(f"arms: words for {unknown[0]!r} were expected; there are {list(names)}")
    category(len(names) - 1)
    panels = list(dict.fromkeys(data["panel"])) if "panel" in data else [""]
    key = [f"{n}  {_entry(row, names)}" for n, row in enumerate(data.to_dict("records"), start=1)]

    def draw(variant: Variant) -> Figure:
        width = WIDE if variant == "wide" else NARROW
        lines = [piece for text in key for piece in wrap(text, width - 0.12)]
        figure, axes, page = plot_axes(
            variant,
            height=3.2 if variant == "wide" else 2.7,
            xlabel="Months",
            ylabel=what,
            legend=[
                Entry(text, category(i).colour, category(i).marker)
                for i, text in enumerate(names.values())
            ],
            panels=len(panels),
            below=LINE * len(lines) + 0.1,
        )
        span = max(float(data["time_months"].max()), 1.0)
        for panel, ax in zip(panels, axes, strict=True):
            part = data if panel == "" else data[data["panel"] == panel]
            # Panels side by side are narrow: their marks need more of the axis between them.
            draw_anchors(
                ax, part, list(names), span=span, step=0.034 if len(panels) == 1 else 0.045
            )
            if len(panels) > 1:
                title(page, ax, panel)
        y = page.get_ylim()[0] - LINE * len(lines) - 0.02
        for text in key:
            y = put_wrapped(page, 0.06, y, text, width - 0.12, line=LINE)
        return figure

    rates = data["estimate"]
    return compose(
        draw,
        name=name,
        caption=caption,
        alt=f"{what} at the times that reports print: {words.count(len(data), 'value')} of "
        f"{words.count(data['label'].nunique(), 'cohort')}, from "
        f"{words.percent(float(rates.min()))} to {words.percent(float(rates.max()))}, at "
        f"{float(data['time_months'].min()):g} to {float(data['time_months'].max()):g} months.",
        description=". ".join(_entry(row, names, panels) for row in data.to_dict("records")) + ".",
        data=data,
        call="figures.survival_anchors(frame, ...)",
    )


def _checked(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    missing = [column for column in REQUIRED if column not in frame]
    if missing:
        raise ValueError(f"figure {name}: columns {missing} are missing from the frame")
    if frame.empty:
        raise ValueError(f"figure {name}: at least one row was expected, got none")
    data = frame.reset_index(drop=True).copy()
    for column in ("low", "high"):
        if column not in data:
            data[column] = np.nan
    for column in ("time_months", "estimate", "low", "high"):
        data[column] = pd.to_numeric(data[column]).astype("float64")
    for index, row in enumerate(data.to_dict("records")):
        for column in ("estimate", "low", "high"):
            if row[column] == row[column] and not 0 <= row[column] <= 1:
                raise ValueError(
                    f"row {index} ({row['label']}): {column} must be a fraction from 0 to 1, got "
                    f"{row[column]!r}"
                )
        if not np.isfinite(row["estimate"]) or not row["time_months"] >= 0:
            raise ValueError(f"row {index} ({row['label']}): an estimate and a time were expected")
    order = {panel: i for i, panel in enumerate(dict.fromkeys(data.get("panel", [])))}
    return (
        data.assign(_place=[order[p] for p in data["panel"]] if order else 0)
        .sort_values(["_place", "time_months", "estimate"], ascending=[True, True, False])
        .drop(columns="_place")
        .reset_index(drop=True)
    )


def _entry(row: Mapping[Any, Any], arms: Mapping[str, str], panels: list[str] | None = None) -> str:
    low, high = float(row["low"]), float(row["high"])
    shown = ""
    if np.isfinite(low) and np.isfinite(high):
        shown = f" ({words.number(100 * low, 0)} to {words.number(100 * high, 0)})"
    where = f"{row['panel']}: " if panels and len(panels) > 1 else ""
    return (
        f"{where}{row['label']}, {arms[str(row['arm'])]}, {float(row['time_months']):g} months: "
        f"{words.percent(float(row['estimate']))}{shown}"
    )


def draw_anchors(
    ax: Axes,
    data: pd.DataFrame,
    arms: list[str],
    *,
    span: float | None = None,
    step: float = 0.034,
) -> None:
    """Draw the marks; those of the same time stand side by side, in the order of their arms.

    `step` is the share of the axis between two of them, `span` the last time of all panels.
    """
    span = max(float(data["time_months"].max()), 1.0) if span is None else span
    largest = int(data["time_months"].value_counts().max())
    step = min(step, 0.24 / largest) * span
    numbers: list[tuple[str, float, float]] = []
    for time in dict.fromkeys(data["time_months"]):
        group = data[data["time_months"] == time]
        group = group.assign(place=[arms.index(arm) for arm in group["arm"]])
        group = group.sort_values(["place", "estimate"], ascending=[True, False])
        for position, (index, row) in enumerate(group.iterrows()):
            look = category(arms.index(row["arm"]))
            x = float(time) + step * (position - (len(group) - 1) / 2)
            if np.isfinite(row["low"]) and np.isfinite(row["high"]):
                ax.plot([x, x], [row["low"], row["high"]], color=look.colour, lw=1.2)
            ax.plot([x], [row["estimate"]], look.marker, color=look.colour, ms=6, mec="none")
            numbers.append((str(int(str(index)) + 1), x, float(row["estimate"])))
    ax.set_xlim(0, span * 1.12)
    ax.set_ylim(-0.02, 1.04)
    _draw_numbers(ax, numbers)
    percent_ticks(ax, "y", (0.0, 0.25, 0.5, 0.75, 1.0))
    months = [m for m in (0, 3, 6, 9, 12, 18, 24, 30, 36, 48, 60) if m <= span * 1.1]
    few = months if span <= 12 else [m for m in months if m % 6 == 0]
    ax.set_xticks(few if span <= 36 else [m for m in months if m % 12 == 0])


def _draw_numbers(ax: Axes, numbers: list[tuple[str, float, float]]) -> None:
    """Write the number of each mark beside it: to the upper right, else where it is free."""
    figure, box = ax.get_figure(root=True), ax.get_position()
    if figure is None:
        raise ValueError("axes of a figure were expected")
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    across = 72.0 * figure.get_size_inches()[0] * box.width / (right - left)
    up = 72.0 * figure.get_size_inches()[1] * box.height / (top - bottom)
    taken = [
        (x * across - MARK, y * up - MARK, x * across + MARK, y * up + MARK) for _, x, y in numbers
    ]
    for text, x, y in numbers:
        width = 72.0 * text_width(text)
        boxes = []
        for away in PLACES:
            start = x * across + (away[0] if away[0] > 0 else away[0] - width)
            foot = y * up + away[1]
            boxes.append((start, foot, start + width, foot + 0.75 * SIZE))
        free = [not any(_touch(one, other) for other in taken) for one in boxes]
        chosen = free.index(True) if any(free) else 0
        taken.append(boxes[chosen])
        away = PLACES[chosen]
        ax.annotate(
            text,
            (x, y),
            xytext=away,
            textcoords="offset points",
            ha="left" if away[0] > 0 else "right",
            size=SIZE,
            color=INK,
        )


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
