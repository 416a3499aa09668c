"""Lines over a condition, such as the rejection rate of a test over the number of studies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.figures.drawing.axes import Entry, plot_axes
from reviewbook.figures.drawing.figure import BookFigure, Variant, compose
from reviewbook.figures.drawing.style import MUTED, category


def lines(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    xlabel: str,
    ylabel: str,
    name: str,
    caption: str,
    series: str | None = None,
    reference: float | None = None,
    reference_label: str = "",
    percent: bool = False,
    limits: tuple[float, float] | None = None,
) -> BookFigure:
    """Draw `y` over `x`, one line a series, such as the rejection rate of tests over study number.

    Parameters
    ----------
    frame : DataFrame
        Long format; one row a point.
    x, y, series : str
        Columns.
    reference : float, optional
        Value of a dashed level line, such as a nominal 5%, with `reference_label` in the legend.
    percent : bool
        `y` holds fractions to be shown in percent.
    limits : tuple of float, optional
        Ends of the vertical axis in the unit of `y`.

    Raises
    ------
    ValueError
        When a column is missing, the frame is empty, or there are more than six series.
    """
    wanted = [c for c in (x, y, series) if c is not None]
    missing = [c for c in wanted if c not in frame]
    if missing:
        raise ValueError(f"figure {name}: columns {missing} are missing from the frame")
    if frame.empty:
        raise ValueError(f"figure {name}: at least one point was expected, got none")
    parts = _parts(frame, series)

    def draw(variant: Variant) -> Figure:
        entries = [
            Entry(label, category(i).colour, category(i).marker, line=True)
            for i, label in enumerate(parts)
        ]
        if len(parts) == 1 and series is None:
            entries = []
        if reference is not None and reference_label:
            entries.append(Entry(reference_label, MUTED, line=True, dashes=(3, 2)))
        figure, (ax,), _ = plot_axes(
            variant, height=3.0 if variant == "wide" else 2.5, xlabel=xlabel, ylabel=ylabel,
            legend=entries,
        )  # fmt: skip
        draw_lines(ax, parts, x=x, y=y)
        if reference is not None:
            ax.axhline(reference, color=MUTED, ls=(0, (3, 2)), lw=0.9, zorder=0.5)
        _finish(ax, limits, percent)
        return figure

    texts = [_series_text(label, part, x, y, percent) for label, part in parts.items()]
    return compose(
        draw,
        name=name,
        caption=caption,
        alt=f"{ylabel} over {xlabel}: {'; '.join(texts)}.",
        description=" ".join(
            _points_text(label, part, x, y, percent) for label, part in parts.items()
        ),
        data=frame[list(dict.fromkeys(wanted))],
        call=f'figures.lines(frame, x="{x}", y="{y}", ...)',
        clip=limits is not None,
    )


def _parts(frame: pd.DataFrame, series: str | None) -> dict[str, pd.DataFrame]:
    if series is None:
        return {"": frame}
    labels = list(dict.fromkeys(frame[series].astype(str)))
    category(len(labels) - 1)  # more series than marker shapes is an error, whatever the frame
    return {label: frame[frame[series].astype(str) == label] for label in labels}


def draw_lines(ax: Axes, parts: Mapping[str, pd.DataFrame], *, x: str, y: str) -> None:
    """Draw one line with its markers for each part."""
    for number, part in enumerate(parts.values()):
        look = category(number)
        data = part.sort_values(x)
        marker = look.marker if len(data) <= 40 else ""
        ax.plot(data[x], data[y], color=look.colour, marker=marker, ms=5, mec="none", lw=1.5)


def _finish(ax: Axes, limits: tuple[float, float] | None, percent: bool) -> None:
    if limits is not None:
        ax.set_ylim(*limits)
    if percent:
        ticks = [
            float(t)
            for t in ax.get_yticks()
            if ax.get_ylim()[0] - 1e-9 <= t <= ax.get_ylim()[1] + 1e-9
        ]
        bottom, top = ax.get_ylim()
        ax.set_yticks(ticks, [f"{round(100 * t, 1):g}%".replace("-", "−") for t in ticks])
        ax.set_ylim(bottom, top)


def _say(value: float, percent: bool) -> str:
    return str(words.percent(value, digits=1) if percent else words.number(value, 2))


def _series_text(label: str, part: pd.DataFrame, x: str, y: str, percent: bool) -> str:
    data = part.sort_values(x)
    first, last = data.iloc[0], data.iloc[-1]
    start = f"{label} " if label else ""
    return (
        f"{start}{_say(float(first[y]), percent)} at {float(first[x]):g}, "
        f"{_say(float(last[y]), percent)} at {float(last[x]):g}"
    )


def _points_text(label: str, part: pd.DataFrame, x: str, y: str, percent: bool) -> str:
    data = part.sort_values(x)
    if len(data) > 40:
        data = data.iloc[np.linspace(0, len(data) - 1, 12).round().astype(int)]
    points = [
        f"{float(a):g}: {_say(float(b), percent)}" for a, b in zip(data[x], data[y], strict=True)
    ]
    return f"{label + '. ' if label else ''}{'; '.join(points)}."
