"""Lines over a condition, such as the rejection rate of a test over the number of studies."""

from __future__ import annotations

import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words

from .drawing.axes import Entry, categories, plot_axes
from .drawing.figure import BookFigure, compose
from .drawing.style import MUTED, Variant


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
    missing = [column for column in (x, y, series) if column not in frame]
    if missing:
        raise ValueError(f"figure {name}: columns {missing} are missing from the frame")
    if frame.empty:
        raise ValueError(f"figure {name}: at least one point was expected, got none")
    labels = list(dict.fromkeys(frame[series].astype(str)))
    looks = categories({label: label for label in labels}, line=True)
    data = frame[[x, y, series]].astype({series: str}).sort_values(x, kind="stable")
    legend = list(looks.values())
    if reference_label:
        legend.append(Entry(reference_label, MUTED, line=True, dashes=(3, 2)))

    def draw(variant: Variant) -> Figure:
        figure, (ax,), _ = plot_axes(
            variant,
            height={"wide": 3.0, "narrow": 2.5}[variant],
            xlabel=xlabel,
            ylabel=ylabel,
            legend=legend,
        )
        seaborn.lineplot(
            data, x=x, y=y, hue=series, style=series, hue_order=labels, style_order=labels,
            palette={label: look.colour for label, look in looks.items()},
            markers={label: look.marker for label, look in looks.items()}, dashes=False,
            estimator=None, legend=False, ms=5, mec="none", mew=1, lw=1.5, ax=ax,
        )  # fmt: skip
        if reference is not None:
            ax.axhline(reference, color=MUTED, ls=(0, (3, 2)), lw=0.9, zorder=0.5)
        _finish(ax, limits, percent)
        return figure

    def say(value: float) -> str:
        return str(words.percent(value, digits=1) if percent else words.number(value, 2))

    def points(label: str) -> list[tuple[str, str]]:
        part = data[data[series] == label]
        return [(f"{float(a):g}", say(float(b))) for a, b in zip(part[x], part[y], strict=True)]

    ends = [(label, points(label)[0], points(label)[-1]) for label in labels]
    first_to_last = "; ".join(
        f"{label} {start} at {low}, {end} at {high}" for label, (low, start), (high, end) in ends
    )
    return compose(
        draw,
        name=name,
        caption=caption,
        alt=f"{ylabel} over {xlabel}: {first_to_last}.",
        description=" ".join(
            f"{label}. {'; '.join(f'{at}: {value}' for at, value in points(label))}."
            for label in labels
        ),
        data=frame[[x, y, series]],
        call=f'figures.rates(frame, x="{x}", y="{y}", ...)',
        clip=limits is not None,
    )


def _finish(ax: Axes, limits: tuple[float, float] | None, percent: bool) -> None:
    if limits is not None:
        ax.set_ylim(*limits)
    if percent:
        bottom, top = ax.get_ylim()
        ticks = [float(t) for t in ax.get_yticks() if bottom - 1e-9 <= t <= top + 1e-9]
        ax.set_yticks(ticks, [f"{round(100 * t, 1):g}%".replace("-", "−") for t in ticks])
        ax.set_ylim(bottom, top)
