"""Every subset of the cohorts: where the pooled value and I² fall (GOSH, Olkin et al. 2012)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from reviewbook import words
from reviewbook.figures.drawing.axes import Entry, percent_ticks, plot_axes, title
from reviewbook.figures.drawing.figure import BookFigure, Variant, compose
from reviewbook.figures.drawing.style import ACCENT, INK, text_width

from .density import draw_cells, shades

if TYPE_CHECKING:
    from metaprop import Subsets

BINS = (56, 32)


def gosh(
    subsets: Subsets,
    *,
    labels: Sequence[str],
    name: str,
    highlight: int | None = None,
    what: str = "the pooled proportion",
) -> BookFigure:
    """Draw how the pooled value and I² spread over all subsets.

    Parameters
    ----------
    subsets : Subsets
        From :func:`metaprop.all_subsets`; single studies, which have no I², are left out.
    labels : sequence of str
        Name of each cohort, in the order of the bits.
    highlight : int, optional
        Position of one cohort; subsets with and without it get a panel each.
    what : str
        What is pooled, in words.

    Raises
    ------
    ValueError
        When `highlight` is no position, or no subset holds two studies.
    """
    if highlight is not None and not 0 <= highlight < len(labels):
        raise ValueError(
            f"highlight: a position from 0 to {len(labels) - 1} was expected, got {highlight}"
        )
    several = subsets.size >= 2
    if not several.any():
        raise ValueError("subsets of at least two studies were expected, got none")
    bits, x, y = subsets.bits[several], subsets.estimate[several], subsets.i2[several]
    everyone = x[np.argmax(subsets.size[several])], y[np.argmax(subsets.size[several])]
    panels = _panels(bits, highlight, labels)
    x_edges = np.linspace(max(x.min() - 0.01, 0.0), min(x.max() + 0.01, 1.0), BINS[0] + 1)
    y_edges = np.linspace(0.0, max(float(y.max()), 0.05) * 1.001, BINS[1] + 1)

    def draw(variant: Variant) -> Figure:
        side = len(panels) > 1
        figure, axes, page = plot_axes(
            variant,
            height=2.6 if side else 3.2,
            xlabel=f"{what[:1].upper()}{what[1:]} of a subset",
            ylabel="I² of a subset",
            legend=[
                Entry("subsets, stronger where there are more", ACCENT, "s"),
                Entry("all cohorts", INK, "D"),
            ],
            panels=len(panels),
        )
        for ax, (text, mask) in zip(axes, panels, strict=True):
            draw_gosh(ax, x[mask], y[mask], x_edges, y_edges)
            ax.plot([everyone[0]], [everyone[1]], "D", color=INK, ms=5.5, mec="none", zorder=5)
            if side:
                title(page, ax, _fitted(text, variant))
        return figure

    sentences = [_sentence(text, x[mask], y[mask]) for text, mask in panels]
    data = pd.DataFrame(
        {
            "bits": bits,
            "size": subsets.size[several],
            "estimate": x,
            "low": subsets.low[several],
            "high": subsets.high[several],
            "i2": y,
        }
    )
    return compose(
        draw,
        name=name,
        caption=f"{words.number(len(x), 0)} subsets of {words.count(len(labels), 'cohort')}: "
        f"{what} and I² of each.",
        alt=f"Density of {words.number(len(x), 0)} subsets: {what} runs from "
        f"{words.percent(float(x.min()))} to {words.percent(float(x.max()))}, I² from "
        f"{words.i2(float(y.min()))} to {words.i2(float(y.max()))}; with all cohorts "
        f"{words.percent(float(everyone[0]))} and {words.i2(float(everyone[1]))}.",
        description=" ".join(sentences),
        data=data,
        call=f"figures.gosh(subsets, labels=labels, highlight={highlight})",
    )


def _panels(
    bits: NDArray[np.int64], highlight: int | None, labels: Sequence[str]
) -> list[tuple[str, NDArray[np.bool_]]]:
    if highlight is None:
        return [("All subsets", np.ones(bits.shape, dtype=np.bool_))]
    inside = (bits >> highlight) & 1 == 1
    return [(f"With {labels[highlight]}", inside), (f"Without {labels[highlight]}", ~inside)]


def _fitted(text: str, variant: Variant) -> str:
    room = 3.1 if variant == "wide" else 2.8
    if text_width(text, bold=True) <= room:
        return text
    while text and text_width(f"{text}…", bold=True) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _sentence(text: str, x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    if x.size == 0:
        return f"{text}: no subset."
    low, middle, high = (float(np.quantile(x, q)) for q in (0.05, 0.5, 0.95))
    return (
        f"{text}: {words.number(x.size, 0)} subsets, median {words.percent(middle)}, nine in ten "
        f"between {words.percent(low)} and {words.percent(high)}, median I² "
        f"{words.i2(float(np.median(y)))}."
    )


def draw_gosh(
    ax: Axes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    x_edges: NDArray[np.float64],
    y_edges: NDArray[np.float64],
) -> None:
    """Draw the density of the subsets on a fixed grid."""
    counts, _, _ = np.histogram2d(x, y, bins=(x_edges, y_edges))
    draw_cells(ax, shades(counts), x_edges, y_edges, colour=ACCENT)
    ax.set_xlim(x_edges[0], x_edges[-1])
    ax.set_ylim(-0.02 * y_edges[-1], y_edges[-1])
    for axis, edges in (("x", x_edges), ("y", y_edges)):
        span = edges[-1] - edges[0]
        step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25) if span / s <= 6 or s == 0.25)
        first = np.ceil(edges[0] / step - 1e-9) * step
        percent_ticks(ax, axis, [abs(float(v)) for v in np.arange(first, edges[-1] + 1e-9, step)])
