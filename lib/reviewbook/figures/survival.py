"""Survival at the times that reports print: one mark an arm and time, with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words

from .drawing.axes import Entry, categories, percent_ticks, plot_axes, title
from .drawing.canvas import put_wrapped
from .drawing.figure import BookFigure, compose
from .drawing.style import INK, LINE, SIZE, WIDTHS, Variant, text_width, wrap

# Points from a mark to its number, in the order of preference; and half the size of a mark.
PLACES = ((4, 3), (-4, 3), (4, -10), (-4, -10))
MARK = 3.0
Box = tuple[float, float, float, float]


def printed_survival(
    frame: pd.DataFrame,
    *,
    name: str,
    caption: str,
    what: str = "Survival",
    by: str = "arm",
    labels: Mapping[str, str] | None = None,
) -> BookFigure:
    """Draw printed survival against time; groups differ in colour and in shape.

    Parameters
    ----------
    frame : DataFrame
        ``label`` (cohort), the column `by`, ``time_months``, ``estimate`` and, where printed,
        ``low`` and ``high``: fractions, missing limits empty. Each row gets a number, explained
        under the plot. With a column ``panel``, each of its values is drawn in axes of its own,
        under that title.
    what : str
        What is alive or free of what, such as "Overall survival".
    by : str
        Column of the groups.
    labels : mapping, optional
        Group → words, in the order of the legend; by default as they occur.

    Raises
    ------
    ValueError
        When a column is missing, the frame is empty, or a value is no fraction.
    """
    data = _checked(frame, name, by)
    names = dict(labels) if labels else {g: g.replace("_", " ") for g in dict.fromkeys(data[by])}
    unknown = [group for group in data[by] if group not in names]
    if unknown:
        raise ValueError(f"labels: words for {unknown[0]!r} were expected; there are {list(names)}")
    looks = categories(names)
    panels = list(dict.fromkeys(data["panel"])) if "panel" in data else [""]
    entries = [_entry(row, names[row[by]]) for row in data.to_dict("records")]
    key = [f"{number}  {entry}" for number, entry in enumerate(entries, start=1)]

    def draw(variant: Variant) -> Figure:
        width, several = WIDTHS[variant] - 0.12, len(panels) > 1
        lines = sum(len(wrap(text, width)) for text in key)
        figure, axes, page = plot_axes(
            variant,
            height={"wide": 3.2, "narrow": 2.7}[variant],
            xlabel="Months",
            ylabel=what,
            legend=list(looks.values()),
            panels=len(panels),
            below=LINE * lines + 0.1,
        )
        span = max(float(data["time_months"].max()), 1.0)
        for panel, ax in zip(panels, axes, strict=True):
            part = data if panel == "" else data[data["panel"] == panel]
            # Panels side by side are narrow: their marks need more of the axis between them.
            draw_survival(ax, part, looks, by=by, span=span, step=0.045 if several else 0.034)
            if several:
                title(page, ax, panel)
        y = page.get_ylim()[0] - LINE * lines - 0.02
        for text in key:
            y = put_wrapped(page, 0.06, y, text, width, line=LINE)
        return figure

    rates, months = data["estimate"], data["time_months"]
    if len(panels) > 1:
        entries = [f"{panel}: {entry}" for panel, entry in zip(data["panel"], entries, strict=True)]
    return compose(
        draw,
        name=name,
        caption=caption,
        alt=f"{what} at the times that reports print: {words.count(len(data), 'value')} of "
        f"{words.count(data['label'].nunique(), 'cohort')}, from "
        f"{words.percent(float(rates.min()))} to {words.percent(float(rates.max()))}, at "
        f"{float(months.min()):g} to {float(months.max()):g} months.",
        description=". ".join(entries) + ".",
        data=data,
        call="figures.printed_survival(frame, ...)",
    )


def _checked(frame: pd.DataFrame, name: str, by: str) -> pd.DataFrame:
    """Return the rows in the order of their numbers: by panel, time and, falling, estimate."""
    missing = [c for c in ("label", by, "time_months", "estimate") if c not in frame]
    if missing:
        raise ValueError(f"figure {name}: columns {missing} are missing from the frame")
    if frame.empty:
        raise ValueError(f"figure {name}: at least one row was expected, got none")
    data = frame.reset_index(drop=True)
    for column in ("time_months", "estimate", "low", "high"):
        data[column] = pd.to_numeric(data[column]).astype(float) if column in data else np.nan
    given = data[["estimate", "low", "high"]]
    wrong = (given < 0).any(axis=1) | (given > 1).any(axis=1) | data["estimate"].isna()
    for index, row in data[wrong | ~(data["time_months"] >= 0)].iterrows():
        values = row[["time_months", "estimate", "low", "high"]].to_dict()
        raise ValueError(
            f"row {index} ({row['label']}): estimate must be a fraction from 0 to 1, like its "
            f"limits, at a time of 0 months or more; got {values}"
        )
    panel = pd.factorize(data["panel"])[0] if "panel" in data else 0
    order = data.assign(_panel=panel).sort_values(
        ["_panel", "time_months", "estimate"], ascending=[True, True, False]
    )
    return order.drop(columns="_panel").reset_index(drop=True)


def _entry(row: Mapping[Any, Any], group: str) -> str:
    low, high = float(row["low"]), float(row["high"])
    shown = ""
    if np.isfinite(low) and np.isfinite(high):
        shown = f" ({words.number(100 * low, 0)} to {words.number(100 * high, 0)})"
    return (
        f"{row['label']}, {group}, {float(row['time_months']):g} months: "
        f"{words.percent(float(row['estimate']))}{shown}"
    )


def draw_survival(
    ax: Axes,
    data: pd.DataFrame,
    looks: Mapping[str, Entry],
    *,
    by: str,
    span: float,
    step: float,
) -> None:
    """Draw the marks; those of the same time stand side by side, in the order of their groups.

    `step` is the share of the axis between two of them, `span` the last time of all panels.
    """
    largest = int(data["time_months"].value_counts().max())
    placed = _side_by_side(data, list(looks), by=by, step=min(step, 0.24 / largest) * span)
    for row in placed.dropna(subset=["low", "high"]).to_dict("records"):
        colour = looks[row[by]].colour
        ax.plot([row["x"], row["x"]], [row["low"], row["high"]], color=colour, lw=1.2)
    # Group by group: the drawing then holds each shape once, not once a mark.
    for group, look in looks.items():
        seaborn.scatterplot(
            placed[placed[by] == group], x="x", y="estimate", color=look.colour,
            marker=look.marker, s=(2 * MARK) ** 2, linewidth=0, zorder=2.2, ax=ax,
        )  # fmt: skip
    ax.set_xlim(0, span * 1.12)
    ax.set_ylim(-0.02, 1.04)
    numbers = (str(number) for number in placed.index + 1)
    _draw_numbers(ax, list(zip(numbers, placed["x"], placed["estimate"], strict=True)))
    percent_ticks(ax, "y", (0.0, 0.25, 0.5, 0.75, 1.0))
    months = [m for m in (0, 3, 6, 9, 12, 18, 24, 30, 36, 48, 60) if m <= span * 1.1]
    few = months if span <= 12 else [m for m in months if m % 6 == 0]
    ax.set_xticks(few if span <= 36 else [m for m in months if m % 12 == 0])


def _side_by_side(data: pd.DataFrame, groups: list[str], *, by: str, step: float) -> pd.DataFrame:
    """Add the column ``x``: the time, moved so that marks of the same time stand apart."""
    placed = data.assign(_place=[groups.index(group) for group in data[by]])
    placed = placed.sort_values(
        ["time_months", "_place", "estimate"], ascending=[True, True, False]
    )
    same_time = placed.groupby("time_months")["estimate"]
    middle = (same_time.transform("size") - 1) / 2
    return placed.assign(x=placed["time_months"] + step * (same_time.cumcount() - middle))


def _draw_numbers(ax: Axes, numbers: list[tuple[str, float, float]]) -> None:
    """Write the number of each mark beside it: to the upper right, else where it is free."""
    points = [(x, y) for _, x, y in numbers]
    places = (72.0 / ax.figure.dpi * ax.transData.transform(points)).tolist()
    taken = [(x - MARK, y - MARK, x + MARK, y + MARK) for x, y in places]
    for (text, months, share), (x, y) in zip(numbers, places, strict=True):
        width = 72.0 * text_width(text)
        boxes = []
        for right, up in PLACES:
            start = x + (right if right > 0 else right - width)
            boxes.append((start, y + up, start + width, y + up + 0.75 * SIZE))
        free = [not any(_touch(one, other) for other in taken) for one in boxes]
        chosen = free.index(True) if any(free) else 0
        taken.append(boxes[chosen])
        away = PLACES[chosen]
        ax.annotate(
            text,
            (months, share),
            xytext=away,
            textcoords="offset points",
            ha="left" if away[0] > 0 else "right",
            size=SIZE,
            color=INK,
        )


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
