"""Thousands of points as a few shades: how many fall where."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

ALPHAS = (0.12, 0.26, 0.42, 0.6, 0.8, 1.0)
"""Opacity of the shades, from few points to many."""


def shades(counts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the shade of each count: 0 for none, then 1 to 6 in equal steps of its logarithm."""
    if counts.size == 0 or counts.max() <= 0:
        return np.zeros(counts.shape, dtype=np.int64)
    share = np.log1p(counts) / np.log1p(counts.max())
    levels = np.ceil(share * len(ALPHAS)).astype(np.int64)
    return np.where(counts > 0, np.maximum(levels, 1), 0)


def draw_cells(
    ax: Axes,
    levels: NDArray[np.int64],
    x_edges: NDArray[np.float64],
    y_edges: NDArray[np.float64],
    *,
    colour: str,
) -> None:
    """Draw a grid of shades; `levels` has one row a step of `x_edges`, one column of `y_edges`.

    Neighbours of one shade become one rectangle, and all rectangles of a shade one path.
    """
    for level, alpha in enumerate(ALPHAS, start=1):
        boxes = [
            _box(x_edges[start], x_edges[end], y_edges[column], y_edges[column + 1])
            for column in range(levels.shape[1])
            for start, end in _runs(levels[:, column] == level)
        ]
        if boxes:
            path = Path.make_compound_path(*boxes)
            ax.add_patch(PathPatch(path, facecolor=colour, edgecolor="none", alpha=alpha))


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    padded = np.concatenate(([False], mask, [False])).astype(np.int8)
    steps = np.diff(padded)
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]


def _box(left: float, right: float, low: float, high: float) -> Path:
    corners = [(left, low), (right, low), (right, high), (left, high), (left, low)]
    return Path(corners, closed=True)
