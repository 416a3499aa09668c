"""A canvas in inches: axes that span the figure, with the origin at the top left.

Tables with a picture in them, such as forest plots, are easier to lay out in inches than in
fractions: a row is as high as its text, whatever the number of rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from .style import INK, LINE, RULE, SIZE, text_width, wrap

Anchor = Literal["left", "center", "right"]
CLEAR = 0.03
"""Inches that a line keeps from the ends of a text."""


def canvas(width: float) -> Axes:
    """Return axes in inches from the top left, on a figure `width` inches wide.

    Draw downwards, then :func:`cut` the canvas where the drawing ends.
    """
    ax = Figure(figsize=(width, 1.0)).add_axes((0, 0, 1, 1))
    ax.set_xlim(0, width)
    ax.set_ylim(1.0, 0)
    ax.axis("off")
    return ax


def cut(ax: Axes, height: float) -> Figure:
    """Cut a canvas at `height` inches and return its figure."""
    figure = ax.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise TypeError(f"axes of a figure were expected, got those of {figure!r}")
    figure.set_size_inches(ax.get_xlim()[1], height)
    ax.set_ylim(height, 0)
    return figure


def put(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    *,
    anchor: Anchor = "left",
    size: float = SIZE,
    colour: str = INK,
    bold: bool = False,
) -> None:
    """Write one line of `text` with its middle at height `y`."""
    if text:
        # A fixed share of the size, not the height of this very text: lines then share a baseline.
        baseline = y + 0.36 * size / 72
        weight = "bold" if bold else "normal"
        ax.text(x, baseline, text, ha=anchor, va="baseline", size=size, color=colour, weight=weight)


def put_wrapped(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    width: float,
    *,
    line: float,
    size: float = SIZE,
    colour: str = INK,
    bold: bool = False,
) -> float:
    """Write `text` in lines of at most `width` inches, the first at `y`; return the next `y`."""
    for piece in wrap(text, width, size, bold=bold):
        put(ax, x, y, piece, size=size, colour=colour, bold=bold)
        y += line
    return y


def line(
    ax: Axes,
    points: list[tuple[float, float]],
    *,
    colour: str = INK,
    width: float = 1.0,
    dashes: tuple[float, float] | None = None,
    level: float = 1.5,
) -> None:
    """Draw a line through `points`; what has a higher `level` lies above."""
    style = "-" if dashes is None else (0, dashes)
    ax.add_collection(
        LineCollection(
            [points], colors=[colour], linewidths=[width], linestyles=[style], zorder=level
        ),
        autolim=False,
    )


def upright(
    ax: Axes,
    x: float,
    top: float,
    bottom: float,
    *,
    around: Iterable[tuple[float, float, float]],
    **look: Any,
) -> None:
    """Draw a line down from `top` that leaves out the lines of text in its way.

    Parameters
    ----------
    around : iterable of tuple of float
        Left end, right end and middle height of every line of text, in inches.
    **look
        As in :func:`line`.
    """
    for left, right, middle in sorted(around, key=lambda text: text[2]):
        if left - CLEAR < x < right + CLEAR and top < middle + LINE / 2 and middle < bottom:
            if top < middle - LINE / 2:
                line(ax, [(x, top), (x, middle - LINE / 2)], **look)
            top = middle + LINE / 2
    if top < bottom:
        line(ax, [(x, top), (x, bottom)], **look)


def polygon(
    ax: Axes,
    points: list[tuple[float, float]],
    *,
    fill: str = INK,
    edge: str = "none",
    alpha: float | None = None,
    width: float = 0.8,
    level: float = 2,
) -> None:
    """Draw a closed, filled shape; what has a higher `level` lies above."""
    ax.add_patch(
        Polygon(points, closed=True, facecolor=fill, edgecolor=edge, alpha=alpha, linewidth=width,
                zorder=level)
    )  # fmt: skip


def square(ax: Axes, x: float, y: float, half: float, **look: Any) -> None:
    """Draw a square around (x, y) whose sides are twice `half`; `look` as in :func:`polygon`."""
    left, right, top, bottom = x - half, x + half, y - half, y + half
    polygon(ax, [(left, top), (right, top), (right, bottom), (left, bottom)], **look)


def diamond(ax: Axes, x: float, y: float, half: float, *, tall: float = 0.0, **look: Any) -> None:
    """Draw a diamond around (x, y), `half` to each side and `tall` (or `half`) up and down."""
    rise = tall or half
    polygon(ax, [(x - half, y), (x, y - rise), (x + half, y), (x, y + rise)], **look)


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values to inches across the canvas.

    Attributes
    ----------
    low, high : float
        Values at the left and right end.
    left, right : float
        Their places in inches.
    log : bool
        Whether distances are ratios.
    """

    low: float
    high: float
    left: float
    right: float
    log: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"limits: low < high was expected, got {self.low} and {self.high}")
        if self.log and self.low <= 0:
            raise ValueError(f"limits: a log scale begins above 0, got {self.low}")

    def __call__(self, value: float) -> float:
        """Place of `value` in inches, cut at both ends."""
        value = min(max(value, self.low), self.high)
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left)

    def draw_axis(
        self,
        ax: Axes,
        y: float,
        ticks: list[tuple[float, str]],
        *,
        grid_from: float | None = None,
    ) -> None:
        """Draw the axis at height `y` with labelled ticks; thin lines rise to `grid_from`."""
        line(ax, [(self.left, y), (self.right, y)], colour=INK, width=0.7)
        labelled = self._room(ticks)
        for value, text in ticks:
            x = self(value)
            if grid_from is not None:
                line(ax, [(x, grid_from), (x, y)], colour=RULE, width=0.6, level=1)
            line(ax, [(x, y), (x, y + 0.05)], colour=INK, width=0.7)
            if value in labelled:
                put(ax, x, y + 0.14, text, anchor="center")

    def _room(self, ticks: list[tuple[float, str]]) -> set[float]:
        """Ticks whose labels do not touch: both ends and 1 first, then from left to right."""
        first = (self.low, self.high, 1.0)
        taken: list[tuple[float, float]] = []
        chosen: set[float] = set()
        for value, text in sorted(ticks, key=lambda tick: (tick[0] not in first, tick[0])):
            half = text_width(text) / 2 + 0.03
            left, right = self(value) - half, self(value) + half
            if all(right <= a or left >= b for a, b in taken):
                taken.append((left, right))
                chosen.add(value)
        return chosen
