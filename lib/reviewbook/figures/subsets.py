"""Every subset of the cohorts: where the pooled value and I² fall (GOSH, Olkin et al. 2012).

Thousands of points are drawn as a few shades: how many fall where.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from reviewbook import words
from reviewbook.pooling.analysis import Analysis, i2_told
from reviewbook.robustness.sensitivity import ALL_UP_TO, subsets

from .drawing.axes import Entry, percent_steps, percent_ticks, plot_axes, title
from .drawing.figure import BookFigure, compose, python_call
from .drawing.style import ACCENT, INK, Variant, wrap
from .forest.named_set import set_words

Floats = NDArray[np.float64]
BINS = (56, 32)
ALPHAS = (0.12, 0.26, 0.42, 0.6, 0.8, 1.0)
"""Opacity of the shades, from few subsets to many."""


def all_subsets(
    analysis: Analysis, *, name: str | None = None, highlight: int | None = None
) -> BookFigure:
    """Draw how the pooled value and I² spread over all subsets, by the comparison recipe.

    Single cohorts, which have no I², are left out.

    Parameters
    ----------
    highlight : int, optional
        Position of one cohort; subsets with and without it get a panel each.

    Raises
    ------
    ValueError
        When `highlight` is no position, or no subset holds two cohorts.
    """
    labels, outcome = analysis.selection.labels, analysis.outcome
    if highlight is not None and not 0 <= highlight < len(labels):
        raise ValueError(
            f"highlight: a position from 0 to {len(labels) - 1} was expected, got {highlight}"
        )
    data = _of_several(analysis)
    x, y = data["estimate"].to_numpy(), data["i2"].to_numpy()
    whole = float(x[data["size"].argmax()]), float(y[data["size"].argmax()])
    drawn = len(labels) > ALL_UP_TO
    panels = {"Random subsets" if drawn else "All subsets": data}
    if highlight is not None:
        inside = (data["bits"].to_numpy() >> highlight) & 1 == 1
        panels = {f"With {labels[highlight]}": data[inside],
                  f"Without {labels[highlight]}": data[~inside]}  # fmt: skip
    x_edges = np.linspace(max(x.min() - 0.01, 0.0), min(x.max() + 0.01, 1.0), BINS[0] + 1)
    y_edges = np.linspace(0.0, max(float(y.max()), 0.05) * 1.001, BINS[1] + 1)
    what = words.within_sentence(outcome.label)
    rooms = {"wide": 3.1, "narrow": 2.8}

    def draw(variant: Variant) -> Figure:
        several = len(panels) > 1
        figure, axes, page = plot_axes(
            variant,
            height=2.6 if several else 3.2,
            xlabel=f"{words.capital(what)} of a subset",
            ylabel="I² of a subset",
            legend=[
                Entry("subsets, stronger where there are more", ACCENT, "s"),
                Entry("all cohorts", INK, "D"),
            ],
            panels=len(panels),
            title_lines=max(len(wrap(text, rooms[variant], bold=True)) for text in panels)
            if several
            else 0,
        )
        for ax, (text, part) in zip(axes, panels.items(), strict=True):
            draw_subsets(ax, part, x_edges, y_edges)
            ax.plot(*whole, "D", color=INK, ms=5.5, mec="none", zorder=5)
            if several:
                title(page, ax, text, rooms[variant])
        return figure

    where = set_words(analysis.review, analysis.selection.set_id)
    given = "" if highlight is None else f", highlight={highlight}"
    return compose(
        draw,
        name=name or f"fig-{outcome.id.replace('_', '-')}-subsets",
        caption=f"{words.number(len(x), 0)} {'random ' if drawn else ''}subsets of "
        f"{words.count(len(labels), 'cohort')} in {where}: {what} and I² of each. "
        f"{i2_told(analysis.comparison.recipe)}",
        alt=f"Density of {words.number(len(x), 0)} subsets of "
        f"{words.count(len(labels), 'cohort')}: {what} runs from "
        f"{words.percent(float(x.min()))} to {words.percent(float(x.max()))}, I² from "
        f"{words.i2(float(y.min()))} to {words.i2(float(y.max()))}; with all cohorts "
        f"{words.percent(whole[0])} and {words.i2(whole[1])}.",
        description=" ".join(_sentence(text, part) for text, part in panels.items()),
        data=data,
        call=f"figures.all_subsets({python_call(analysis)}{given})",
    )


def _of_several(analysis: Analysis) -> pd.DataFrame:
    pooled = subsets(analysis)
    several = pooled.size >= 2
    if not several.any():
        raise ValueError("subsets of at least two cohorts were expected, got none")
    columns = ("bits", "size", "estimate", "low", "high", "i2")
    return pd.DataFrame({column: getattr(pooled, column)[several] for column in columns})


def _sentence(text: str, part: pd.DataFrame) -> str:
    if part.empty:
        return f"{text}: no subset."
    low, middle, high = part["estimate"].quantile([0.05, 0.5, 0.95])
    return (
        f"{text}: {words.number(len(part), 0)} subsets, median {words.percent(middle)}, nine in "
        f"ten between {words.percent(low)} and {words.percent(high)}, median I² "
        f"{words.i2(part['i2'].median())}."
    )


def draw_subsets(ax: Axes, part: pd.DataFrame, x_edges: Floats, y_edges: Floats) -> None:
    """Draw the density of the subsets on a fixed grid."""
    counts, _, _ = np.histogram2d(part["estimate"], part["i2"], bins=(x_edges, y_edges))
    draw_shades(ax, shades(counts), x_edges, y_edges)
    ax.set_xlim(x_edges[0], x_edges[-1])
    ax.set_ylim(-0.02 * y_edges[-1], y_edges[-1])
    for axis, edges in (("x", x_edges), ("y", y_edges)):
        percent_ticks(ax, axis, percent_steps(float(edges[0]), float(edges[-1]), most=6))


def shades(counts: Floats) -> NDArray[np.int64]:
    """Return the shade of each count: 0 for none, then 1 to 6 in equal steps of its logarithm."""
    share = np.log1p(counts) / np.log1p(max(counts.max(), 1.0))
    return np.ceil(share * len(ALPHAS)).astype(np.int64)


def draw_shades(ax: Axes, levels: NDArray[np.int64], x_edges: Floats, y_edges: Floats) -> None:
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
            ax.add_patch(PathPatch(path, facecolor=ACCENT, edgecolor="none", alpha=alpha))


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    padded = np.concatenate(([False], mask, [False])).astype(np.int8)
    steps = np.diff(padded)
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]


def _box(left: float, right: float, low: float, high: float) -> Path:
    corners = [(left, low), (right, low), (right, high), (left, high), (left, low)]
    return Path(corners, closed=True)
