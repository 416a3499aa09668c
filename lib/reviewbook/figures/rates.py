"""Lines over a condition, such as the rejection rate of a test over the number of studies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from reviewbook import words

from .drawing.axes import Entry, categories, plot_axes, title
from .drawing.canvas import line, put
from .drawing.figure import BookFigure, compose
from .drawing.style import LINE, MUTED, Variant, text_width, wrap

ROOM: Mapping[Variant, float] = {"wide": 1.6, "narrow": 1.05}
"""Most inches that the names of the lines take at their right ends."""
BETWEEN = 0.28
"""Inches from the names of the lines to what stands right of a panel: the ticks of the next."""
RATIOS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the axes of a figure of lines look.

    Attributes
    ----------
    percent, xpercent : bool
        Whether y and x hold fractions to be shown in percent.
    log : bool
        Whether the vertical axis is one of ratios.
    limits : tuple of float or None
        Ends of the vertical axis in the unit of y.
    reference : float or None
        Where a dashed level line stands, with its name at its end.
    reference_label : str
    """

    percent: bool = False
    xpercent: bool = False
    log: bool = False
    limits: tuple[float, float] | None = None
    reference: float | None = None
    reference_label: str = ""


def rates(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    series: str,
    xlabel: str,
    ylabel: str,
    name: str,
    caption: str,
    panel: str | None = None,
    **look: object,
) -> BookFigure:
    """Draw `y` over `x`, one line a series, such as the rejection rate of tests over study number.

    Each line is named at its right end.

    Parameters
    ----------
    frame : DataFrame
        Long format; one row a point.
    x, y, series : str
        Columns.
    panel : str, optional
        Column whose values get axes of their own, so that lines of one course do not hide each
        other.
    **look
        The attributes of :class:`Look`, such as ``percent``, ``log`` and ``reference``.

    Raises
    ------
    ValueError
        When a column is missing, the frame is empty, there are more than six series, or a point
        lies beyond the limits.
    """
    shown = Look(**look)  # type: ignore[arg-type]
    columns = [x, y, series, *([panel] if panel else [])]
    missing = [column for column in columns if column not in frame]
    if missing:
        raise ValueError(f"figure {name}: columns {missing} are missing from the frame")
    if frame.empty:
        raise ValueError(f"figure {name}: at least one point was expected, got none")
    low, high = shown.limits or (frame[y].min(), frame[y].max())
    beyond = frame[(frame[y] < low) | (frame[y] > high)]
    if len(beyond):
        raise ValueError(f"limits: {low} to {high} leave out {float(beyond[y].iloc[0])}")
    labels = list(dict.fromkeys(frame[series].astype(str)))
    looks = categories({label: label for label in labels}, line=True)
    data = frame[columns].astype({series: str}).sort_values(x, kind="stable")
    parts = {"": data}
    if panel:
        parts = {str(text): part for text, part in data.groupby(panel, sort=False)}
        parts = {text: parts[text] for text in dict.fromkeys(frame[panel].astype(str))}

    def draw(variant: Variant) -> Figure:
        names = [*labels, *([shown.reference_label] if shown.reference_label else [])]
        room = min(ROOM[variant], max(map(text_width, names)) + 0.02)
        figure, axes, page = plot_axes(
            variant,
            height={"wide": 3.0, "narrow": 2.5}[variant],
            xlabel=xlabel,
            ylabel=f"{ylabel}, log scale" if shown.log else ylabel,
            panels=len(parts),
            right=room + (0.2 if len(parts) == 1 else BETWEEN),
        )
        for ax, (text, part) in zip(axes, parts.items(), strict=True):
            draw_lines(ax, part, looks, x=x, y=y, series=series)
            _finish(ax, shown)
            _name_lines(page, ax, _ends(part, looks, shown, x=x, y=y, series=series), room)
            if text:
                title(page, ax, text)
        return figure

    return compose(
        draw,
        name=name,
        caption=caption,
        alt=f"Lines of {words.within_sentence(ylabel)}, by {words.within_sentence(xlabel)}: "
        f"{'; '.join(_course(data, x, y, series, panel, shown))}.",
        description=" ".join(_points(data, x, y, series, panel, shown)),
        data=frame[columns],
        call=f'figures.rates(frame, x="{x}", y="{y}", ...)',
    )


def draw_lines(
    ax: Axes, data: pd.DataFrame, looks: Mapping[str, Entry], *, x: str, y: str, series: str
) -> None:
    """Draw a line with its markers for every series."""
    labels = [label for label in looks if (data[series] == label).any()]
    seaborn.lineplot(
        data, x=x, y=y, hue=series, style=series, hue_order=labels, style_order=labels,
        palette={label: looks[label].colour for label in labels},
        markers={label: looks[label].marker for label in labels}, dashes=False,
        estimator=None, legend=False, ms=5, mec="none", mew=1, lw=1.5, clip_on=False, ax=ax,
    )  # fmt: skip


def _finish(ax: Axes, shown: Look) -> None:
    """Set limits, ticks and the reference line."""
    if shown.log:
        ax.set_yscale("log")
    if shown.limits is not None:
        ax.set_ylim(*shown.limits)
    bottom, top = ax.get_ylim()
    if shown.log:
        ticks = [value for value in RATIOS if bottom - 1e-9 <= value <= top + 1e-9]
        ax.set_yticks(ticks, [f"{value:g}" for value in ticks])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.set_ylim(bottom, top)
    for axis, wanted in ((ax.yaxis, shown.percent), (ax.xaxis, shown.xpercent)):
        if wanted:
            low, high = sorted(axis.get_view_interval())
            ticks = [float(t) for t in axis.get_ticklocs() if low - 1e-9 <= t <= high + 1e-9]
            labels = [f"{round(100 * t, 1):g}%".replace("-", "−") for t in ticks]
            axis.set_ticks(ticks, labels=labels)
            axis.set_view_interval(low, high, ignore=True)
    if shown.reference is not None:
        ax.axhline(shown.reference, color=MUTED, ls=(0, (3, 2)), lw=0.9, zorder=0.5)


def _ends(
    data: pd.DataFrame, looks: Mapping[str, Entry], shown: Look, *, x: str, y: str, series: str
) -> list[tuple[float, str, str]]:
    """Return height, name and colour of the right end of every line."""
    ends = []
    for label, look in looks.items():
        part = data[data[series] == label]
        if len(part):
            ends.append((float(part[y].iloc[-1]), label, look.colour))
    if shown.reference is not None and shown.reference_label:
        ends.append((shown.reference, shown.reference_label, MUTED))
    return ends


def _name_lines(page: Axes, ax: Axes, ends: Sequence[tuple[float, str, str]], room: float) -> None:
    """Write the names right of the axes, each as near its line as the others allow."""
    width, height = page.get_xlim()[1], page.get_ylim()[0]
    box = ax.get_position()
    right, top, bottom = box.x1 * width, (1 - box.y1) * height, (1 - box.y0) * height
    places = []
    for value, label, colour in ends:
        share = ax.transAxes.inverted().transform(ax.transData.transform((0.0, value)))[1]
        y = min(max(bottom - float(share) * (bottom - top), top + 0.06), bottom)
        places.append((y, wrap(label, room), colour))
    places.sort(key=lambda place: place[0])
    talls = [LINE * len(lines) for _, lines, _ in places]
    heights = spread([y for y, _, _ in places], talls, start=top - 0.04)
    for (y, lines, colour), middle in zip(places, heights, strict=True):
        line(page, [(right + 0.03, y), (right + 0.12, middle)], colour=colour, width=0.7)
        for number, text in enumerate(lines):
            put(page, right + 0.15, middle + LINE * (number - (len(lines) - 1) / 2), text,
                colour=colour)  # fmt: skip


def spread(
    middles: Sequence[float], talls: Sequence[float], *, start: float = -math.inf
) -> list[float]:
    """Move boxes, sorted by their middles, apart until none touches the next.

    Those that touch become a group around the mean of their middles, none of it above `start`.
    """
    groups: list[tuple[list[int], float]] = []

    def group(members: list[int]) -> tuple[list[int], float]:
        middle = sum(middles[i] for i in members) / len(members)
        return members, max(middle, start + sum(talls[i] for i in members) / 2)

    for index in range(len(middles)):
        groups.append(group([index]))
        while len(groups) > 1 and _end(groups[-2], talls, 1) > _end(groups[-1], talls, -1) + 1e-9:
            groups[-2:] = [group(groups[-2][0] + groups[-1][0])]
    placed = [0.0] * len(middles)
    for members, middle in groups:
        y = middle - sum(talls[i] for i in members) / 2
        for i in members:
            placed[i] = y + talls[i] / 2
            y += talls[i]
    return placed


def _end(group: tuple[list[int], float], talls: Sequence[float], side: int) -> float:
    members, middle = group
    return middle + side * sum(talls[i] for i in members) / 2


def _say(value: float, shown: Look) -> str:
    return str(words.percent(value, digits=1) if shown.percent else words.number(value, 2))


def _at(value: float, shown: Look) -> str:
    return str(words.percent(value)) if shown.xpercent else f"{value:g}"


def _lines(data: pd.DataFrame, series: str, panel: str | None) -> list[tuple[str, pd.DataFrame]]:
    """Return every line with its name, that of its panel first."""
    by = [panel, series] if panel else [series]
    return [(": ".join(map(str, key)), part) for key, part in data.groupby(by, sort=False)]


def _course(
    data: pd.DataFrame, x: str, y: str, series: str, panel: str | None, shown: Look
) -> list[str]:
    """Return where every line begins and ends."""
    texts = []
    for label, part in _lines(data, series, panel):
        ends = [
            f"{_say(float(part[y].iloc[at]), shown)} at {_at(float(part[x].iloc[at]), shown)}"
            for at in (0, -1)
        ]
        texts.append(f"{label} {', '.join(ends)}")
    return texts


def _points(
    data: pd.DataFrame, x: str, y: str, series: str, panel: str | None, shown: Look
) -> list[str]:
    """Return every point of every line."""
    return [
        f"{label}. "
        + "; ".join(
            f"{_at(float(a), shown)}: {_say(float(b), shown)}"
            for a, b in zip(part[x], part[y], strict=True)
        )
        + "."
        for label, part in _lines(data, series, panel)
    ]
