"""A canvas in inches: axes that span the figure, with the origin at the top left.

Tables with a picture in them, such as forest plots, are easier to lay out in inches than in
fractions: a row is as high as its text, whatever the number of rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from .style import INK, RULE, SIZE, STATUS_FILL, text_width, wrap

Anchor = Literal["left", "center", "right"]


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure of `width` × `height` inches and axes in inches from top left."""
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.axis("off")
    return figure, ax


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


def polygon(
    ax: Axes,
    points: list[tuple[float, float]],
    *,
    fill: str = INK,
    edge: str = "none",
    alpha: float | None = None,
    width: float = 0.8,
) -> None:
    """Draw a closed, filled shape."""
    ax.add_patch(
        Polygon(
            points,
            closed=True,
            facecolor=fill,
            edgecolor=edge,
            alpha=alpha,
            linewidth=width,
            zorder=2,
        )
    )


def status_mark(
    ax: Axes, x: float, y: float, status: str, *, size: float = 5.6, colour: str = INK
) -> None:
    """Draw the circle of a status: full (reported), half (derived), empty (secondary)."""
    if status not in STATUS_FILL:
        allowed = ", ".join(STATUS_FILL)
        raise ValueError(f"status {status!r} is unknown; allowed: {allowed}")
    ax.plot(
        [x],
        [y],
        marker="o",
        markersize=size,
        fillstyle=STATUS_FILL[status],
        color=colour,
        markerfacecoloralt="none",
        markeredgecolor=colour,
        markeredgewidth=0.8,
        linestyle="none",
    )


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
