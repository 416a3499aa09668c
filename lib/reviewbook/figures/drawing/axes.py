"""Plots with two axes: the frame around them, their labels and legend, in both widths."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .canvas import put, put_wrapped
from .style import (
    CATEGORY_COLOURS,
    INK,
    MARKERS,
    MUTED,
    SIZE,
    SMALL,
    WIDTHS,
    Variant,
    text_width,
    wrap,
)

RIGHT = 0.24
ROW = 0.19
TITLE_LINE = 0.17
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
"""Steps of an axis of proportions."""
_FINE = tuple(step * 10.0**-place for place in range(11, 1, -1) for step in (1, 2, 5))[:-2]
"""Those of rare events: up to 0.01."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the legend: a marker, in a ring or not, a line, dashed or not, or both."""

    label: str
    colour: str = INK
    marker: str = ""
    line: bool = False
    dashes: tuple[float, float] | None = None
    ring: bool = False


def categories(names: Mapping[str, str], *, line: bool = False) -> dict[str, Entry]:
    """Return the entry of each category under its key; `names` gives the words, in order.

    Raises
    ------
    ValueError
        When there are more categories than shapes: a seventh could not be told apart.
    """
    if len(names) > len(MARKERS):
        raise ValueError(f"at most {len(MARKERS)} categories can be told apart, got {len(names)}")
    looks = zip(names.items(), CATEGORY_COLOURS, MARKERS, strict=False)
    return {key: Entry(name, colour, mark, line) for (key, name), colour, mark in looks}


def plot_axes(
    variant: Variant,
    *,
    height: float,
    xlabel: str,
    ylabel: str,
    legend: Sequence[Entry] = (),
    left: float = 0.56,
    right: float = RIGHT,
    panels: int = 1,
    columns: int = 0,
    below: float = 0.0,
    title_lines: int | None = None,
) -> tuple[Figure, list[Axes], Axes]:
    """Return a figure with labelled axes.

    Parameters
    ----------
    height : float
        Height in inches of the plotting area of one panel.
    ylabel : str
        Written level, above the axis: turned text is hard to read on a phone.
    legend : sequence of Entry
        Set in rows under the plot.
    left : float
        Room in inches for the labels of the vertical axis.
    right : float
        Room in inches at the right of each panel.
    panels : int
        Panels side by side in the wide variant, below each other in the narrow one.
    columns : int
        Panels in a row of the wide variant; 0 for all. `panels` is a multiple of it.
    below : float
        Inches left free at the foot.
    title_lines : int, optional
        Lines of the longest title of a panel; by default a line where there are several panels.

    Returns
    -------
    figure, axes, page
        `page` spans the figure in inches from the top left, for texts outside the axes.
    """
    width = WIDTHS[variant]
    across = (columns or panels) if variant == "wide" else 1
    down = panels // across
    lines = title_lines if title_lines is not None else int(panels > 1)
    titled = 0.24 + TITLE_LINE * (lines - 1) if lines else 0.0
    xlines = wrap(xlabel, width - 0.2)
    ylines = wrap(ylabel, width - 0.1)
    places, rows = _legend_places(legend, width - 0.12)
    top = 0.08 + 0.18 * len(ylines) + 0.04
    step = titled + height + 0.3
    foot = 0.06 + 0.18 * len(xlines) + (0.08 + ROW * rows if rows else 0.0)
    total = top + step * down + foot + below
    figure = Figure(figsize=(width, total))
    gap = max(0.55, right + 0.4)
    panel_width = (width - left - right - gap * (across - 1)) / across
    axes = []
    for number in range(panels):
        column, row = number % across, number // across
        upper = top + row * step + titled
        x = left + column * (panel_width + gap)
        box = (x / width, 1 - (upper + height) / total, panel_width / width, height / total)
        axes.append(figure.add_axes(box))
    page = figure.add_axes((0, 0, 1, 1))
    page.set_xlim(0, width)
    page.set_ylim(total, 0)
    page.axis("off")
    page.patch.set_visible(False)
    put_wrapped(page, 0.05, 0.14, ylabel, width - 0.1, line=0.18, colour=MUTED)
    y = top + step * down + 0.1
    centre = left + (width - left - right) / 2
    for piece in xlines:
        half = text_width(piece) / 2
        put(page, min(max(centre, half + 0.05), width - half - 0.05), y, piece, anchor="center",
            colour=MUTED)  # fmt: skip
        y += 0.18
    for entry, (across_page, row) in zip(legend, places, strict=True):
        _draw_entry(page, entry, across_page, y + 0.06 + ROW * row)
    return figure, axes, page


def title(page: Axes, ax: Axes, text: str, room: float | None = None) -> None:
    """Write a title above the left end of a panel, a little smaller where it would be cut.

    With `room`, a width in inches, it is broken into lines, the last of them next to the panel.
    """
    box = ax.get_position()
    total, width = page.get_ylim()[0], page.get_xlim()[1]
    if room is not None:
        lines = wrap(text, room, bold=True)
        for above, line in enumerate(reversed(lines)):
            y = (1 - box.y1) * total - 0.12 - TITLE_LINE * above
            put(page, box.x0 * width, y, line, bold=True)
        return
    size = SIZE if text_width(text, bold=True) <= width - 0.1 else SMALL
    left = min(box.x0 * width, max(0.05, width - 0.05 - text_width(text, size, bold=True)))
    put(page, left, (1 - box.y1) * total - 0.12, text, size=size, bold=True)


def percent_steps(
    low: float, high: float, *, most: int, sizes: Sequence[float] = STEPS
) -> list[float]:
    """Return round fractions between `low` and `high`, at most `most` steps apart.

    `sizes` are the steps to choose from; the last is taken when all others are too small.
    """
    step = next(size for size in sizes if (high - low) / size <= most or size == sizes[-1])
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [step * number for number in range(first, last + 1)]


def percent_axis(low: float, high: float) -> list[tuple[float, str]]:
    """Return places and labels in percent of the ticks of an axis of fractions."""
    steps = percent_steps(low, high, most=5, sizes=(*_FINE, 0.02, 0.05, 0.1, 0.25))
    apart = 100 * (steps[1] - steps[0]) if len(steps) > 1 else 1.0
    digits = max(0, -math.floor(math.log10(apart) + 1e-9))
    return [(value, f"{100 * value:.{digits}f}%") for value in steps]


def percent_ticks(ax: Axes, axis: str, values: Sequence[float]) -> None:
    """Label the ticks of one axis in percent."""
    labels = [f"{100 * value:.0f}%" for value in values]
    if axis == "x":
        ax.set_xticks(list(values), labels)
    else:
        ax.set_yticks(list(values), labels)


def _legend_places(entries: Sequence[Entry], width: float) -> tuple[list[tuple[float, int]], int]:
    """Return the left end in inches and the row of each entry, and the number of rows."""
    places: list[tuple[float, int]] = []
    x, row = 0.0, 0
    for entry in entries:
        need = 0.3 + text_width(entry.label) + 0.22
        if places and x + need - 0.22 > width:
            x, row = 0.0, row + 1
        places.append((0.06 + x, row))
        x += need
    return places, row + 1 if entries else 0


def _draw_entry(page: Axes, entry: Entry, x: float, y: float) -> None:
    if entry.line:
        style = "-" if entry.dashes is None else (0, entry.dashes)
        page.plot([x, x + 0.22], [y, y], color=entry.colour, linestyle=style, linewidth=1.4)
    if entry.marker:
        page.plot(
            [x + 0.11], [y], marker=entry.marker, color=entry.colour, markersize=5.5,
            linestyle="none",
        )  # fmt: skip
    if entry.ring:
        page.plot([x + 0.11], [y], "o", ms=9, mfc="none", mec=entry.colour, mew=1.1)
    put(page, x + 0.3, y, entry.label)
