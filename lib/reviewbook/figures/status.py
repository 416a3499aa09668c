"""The circle of a status: how far a count is from the report."""

from __future__ import annotations

from matplotlib.axes import Axes

from reviewbook.figures.drawing.style import INK
from reviewbook.review.rules import STATUSES

FILL = dict(zip(STATUSES, ("full", "left", "none"), strict=True))


def status_mark(
    ax: Axes, x: float, y: float, status: str, *, size: float = 5.6, colour: str = INK
) -> None:
    """Draw the circle of a status: full (reported), half (derived), empty (secondary).

    Raises
    ------
    ValueError
        When the status is unknown.
    """
    if status not in FILL:
        raise ValueError(f"status {status!r} is unknown; allowed: {', '.join(FILL)}")
    ax.plot(
        [x], [y], marker="o", markersize=size, fillstyle=FILL[status], color=colour,
        markerfacecoloralt="none", markeredgecolor=colour, markeredgewidth=0.8, linestyle="none",
    )  # fmt: skip
