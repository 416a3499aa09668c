"""Survival at the times that reports print: one row an arm, at its true time, with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words

from .drawing.axes import Entry, categories, percent_axis
from .drawing.canvas import Scale, canvas, cut, line, put
from .drawing.figure import BookFigure, compose
from .drawing.style import LINE, MUTED, RULE, WIDTHS, Variant, text_width, wrap

MARGIN, GAP = 0.06, 0.16
MARK = 34
"""Area of a mark in points²."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the plot: an arm with its value, or, without one, a heading.

    Attributes
    ----------
    heading : str
        Endpoint and time, of the first row of a panel.
    cohort : str
        Name of the cohort, of its first row in a panel.
    arm : str
        The arm, with what else tells it apart.
    group : str
        Value of the column of groups; fixes colour and shape.
    estimate, low, high : float
        Fractions; limits that are not printed are NaN.
    """

    heading: str
    cohort: str
    arm: str
    group: str
    estimate: float
    low: float
    high: float

    @property
    def value(self) -> str:
        """The value in percent, with the limits that are printed."""
        text = words.in_percent(self.estimate)
        low, high = (None if np.isnan(v) else words.in_percent(v) for v in (self.low, self.high))
        if low is not None and high is not None:
            return f"{text} ({low} to {high})"
        return f"{text} (from {low})" if low is not None else str(text)


def printed_survival(
    frame: pd.DataFrame,
    *,
    name: str,
    caption: str,
    what: str = "Survival",
    by: str = "arm",
    labels: Mapping[str, str] | None = None,
) -> BookFigure:
    """Draw printed survival in panels of one endpoint and one time, a row a cohort and arm.

    Parameters
    ----------
    frame : DataFrame
        ``label`` (cohort), the column `by`, ``time_months``, ``estimate`` and, where printed,
        ``low`` and ``high``: fractions, missing limits empty. With a column ``panel``, its values
        head the panels beside the time; with ``detail``, its words follow the group.
    what : str
        What is alive or free of what, such as "Overall survival"; names the axis, and the panels
        where the frame does not.
    by : str
        Column of the groups; they differ in colour and in shape, and are named in each row.
    labels : mapping, optional
        Group → words, in the order of the rows of a cohort; by default as they occur.

    Raises
    ------
    ValueError
        When a column is missing, the frame is empty, a value is no fraction, or a group has no
        words.
    """
    data = _checked(frame, name, by)
    names = dict(labels) if labels else {g: g.replace("_", " ") for g in dict.fromkeys(data[by])}
    unknown = [group for group in data[by] if group not in names]
    if unknown:
        raise ValueError(f"labels: words for {unknown[0]!r} were expected; there are {list(names)}")
    looks = categories(names)
    data = _ordered(data, list(names), by)
    rows = list(_lines(data, names, by=by, what=what))
    rates, months = data["estimate"], data["time_months"]
    return compose(
        lambda variant: draw_survival(variant, rows, looks, what),
        name=name,
        caption=caption,
        alt=f"{what} at the times that reports print: {words.count(len(data), 'value')} of "
        f"{words.count(data['label'].nunique(), 'cohort')}, from "
        f"{words.percent(float(rates.min()))} to {words.percent(float(rates.max()))}, at "
        f"{float(months.min()):g} to {float(months.max()):g} months.",
        description=_description(rows),
        data=data,
        call="figures.printed_survival(frame, ...)",
    )


def _checked(frame: pd.DataFrame, name: str, by: str) -> pd.DataFrame:
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
    return data


def _ordered(data: pd.DataFrame, groups: list[str], by: str) -> pd.DataFrame:
    """Return the rows by panel, time, cohort and group; of cohorts the best survival first."""
    panel = pd.factorize(data["panel"])[0] if "panel" in data else 0
    order = data.assign(_panel=panel, _group=[groups.index(group) for group in data[by]])
    best = order.groupby(["_panel", "time_months", "label"])["estimate"].transform("max")
    keys = ["_panel", "time_months", "_best", "label", "_group", "estimate"]
    order = order.assign(_best=-best).sort_values(keys, kind="stable")
    return order.drop(columns=["_panel", "_group", "_best"]).reset_index(drop=True)


def _lines(data: pd.DataFrame, names: Mapping[str, str], *, by: str, what: str) -> Iterator[Line]:
    panel, cohort = "", ""
    for row in data.to_dict("records"):
        heading = f"{row.get('panel', what)}, {row['time_months']:g} months"
        first = heading != panel
        detail = row.get("detail")
        arm = ", ".join([names[row[by]], *([str(detail)] if detail else [])])
        yield Line(
            heading=heading if first else "",
            cohort=str(row["label"]) if first or row["label"] != cohort else "",
            arm=arm,
            group=row[by],
            estimate=row["estimate"],
            low=row["low"],
            high=row["high"],
        )
        panel, cohort = heading, row["label"]


def _description(rows: list[Line]) -> str:
    """Every value as a sentence, a paragraph a panel."""
    paragraphs: list[str] = []
    cohort = ""
    for row in rows:
        cohort = row.cohort or cohort
        value = row.value.replace(" (", "% (", 1) if "(" in row.value else f"{row.value}%"
        text = f"{cohort}, {words.within_sentence(row.arm)}: {value}."
        if row.heading:
            paragraphs.append(f"{row.heading}. {text}")
        else:
            paragraphs[-1] += f" {text}"
    return "\n\n".join(paragraphs)


def draw_survival(
    variant: Variant, rows: list[Line], looks: Mapping[str, Entry], what: str
) -> Figure:
    """Draw headings, names, marks and values on one canvas, the axis at its foot."""
    place = _wide if variant == "wide" else _narrow
    width = WIDTHS[variant]
    ax = canvas(width)
    scale, heights = place(ax, rows, looks)
    top, bottom = heights[0] - 0.14, heights[-1] + 0.16
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        line(ax, [(scale(share), top), (scale(share), bottom)], colour=RULE, width=0.6, level=1)
    for row, y in zip(rows, heights, strict=True):
        _draw_interval(ax, row, scale, y, looks[row.group].colour)
    points = pd.DataFrame(
        {"x": [scale(row.estimate) for row in rows], "y": heights, "by": [r.group for r in rows]}
    )
    seaborn.scatterplot(
        points, x="x", y="y", hue="by", style="by", hue_order=list(looks), style_order=list(looks),
        palette={group: look.colour for group, look in looks.items()},
        markers={group: look.marker for group, look in looks.items()},
        s=MARK, linewidth=0, zorder=2.2, legend=False, ax=ax,
    )  # fmt: skip
    scale.draw_axis(ax, bottom, percent_axis(0.0, 1.0))
    label = f"{what}, share of patients"
    half = text_width(label) / 2
    x = min(max((scale.left + scale.right) / 2, MARGIN + half), width - MARGIN - half)
    put(ax, x, bottom + 0.33, label, anchor="center", colour=MUTED)
    return cut(ax, bottom + 0.46)


def _draw_interval(ax: Axes, row: Line, scale: Scale, y: float, colour: str) -> None:
    """Draw the printed limits; where only one is printed, the line ends at the estimate."""
    ends = [v for v in (row.low, row.high) if not np.isnan(v)]
    if not ends:
        return
    left, right = (scale(f(*ends, row.estimate)) for f in (min, max))
    if right - left > 1e-9:
        line(ax, [(left, y), (right, y)], colour=colour, width=1.3)


def _head(ax: Axes, text: str, y: float, width: float) -> None:
    line(ax, [(MARGIN, y - 0.15), (width - MARGIN, y - 0.15)], colour=MUTED, width=0.7)
    put(ax, MARGIN, y, text, bold=True)


def _wide(ax: Axes, rows: list[Line], looks: Mapping[str, Entry]) -> tuple[Scale, list[float]]:
    """Write cohort, arm and value as columns; return the axis and the height of each row."""
    width = WIDTHS["wide"]
    value = max(text_width(row.value) for row in rows)
    cohort = min(max(text_width(row.cohort) for row in rows), 2.05) + 0.02
    arm = min(max(text_width(row.arm) for row in rows), 1.45) + 0.02
    arms = MARGIN + cohort + GAP
    scale = Scale(0.0, 1.0, arms + arm + GAP, width - MARGIN - value - GAP)
    y, heights = 0.2, []
    for number, row in enumerate(rows):
        if row.heading:
            _head(ax, row.heading, y, width)
            y += 0.26
        lines, own = wrap(row.cohort, cohort), wrap(row.arm, arm)
        for at, piece in enumerate(lines):
            put(ax, MARGIN, y + LINE * at, piece)
        for at, piece in enumerate(own):
            put(ax, arms, y + LINE * at, piece, colour=looks[row.group].colour)
        put(ax, width - MARGIN, y, row.value, anchor="right")
        heights.append(y)
        step = max(0.21, LINE * max(len(lines), len(own)) + 0.05)
        # The second line of a cohort's name may stand beside its next arm.
        if len(lines) > len(own) and number + 1 < len(rows) and not rows[number + 1].cohort:
            step = max(0.21, LINE * len(own) + 0.05)
        y += step
        if number + 1 < len(rows) and rows[number + 1].heading:
            y += 0.12
    return scale, heights


def _narrow(ax: Axes, rows: list[Line], looks: Mapping[str, Entry]) -> tuple[Scale, list[float]]:
    """Write the cohort on lines of its own, each arm above its mark, for phones."""
    width = WIDTHS["narrow"]
    room = width - 2 * MARGIN
    value = max(text_width(row.value) for row in rows)
    scale = Scale(0.0, 1.0, MARGIN + 0.1, width - MARGIN - value - GAP)
    y, heights = 0.2, []
    for number, row in enumerate(rows):
        if row.heading:
            _head(ax, row.heading, y, width)
            y += 0.24
        if row.cohort:
            for piece in wrap(row.cohort, room):
                put(ax, MARGIN, y, piece)
                y += LINE
        for piece in wrap(row.arm, room - 0.1):
            put(ax, MARGIN + 0.1, y, piece, colour=looks[row.group].colour)
            y += LINE
        put(ax, width - MARGIN, y, row.value, anchor="right")
        heights.append(y)
        y += 0.22
        if number + 1 < len(rows) and rows[number + 1].heading:
            y += 0.1
    return scale, heights
