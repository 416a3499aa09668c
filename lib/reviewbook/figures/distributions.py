"""Distributions of the results of repeated simulations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from reviewbook import words
from reviewbook.figures.drawing.axes import Entry, plot_axes
from reviewbook.figures.drawing.figure import BookFigure, Variant, compose
from reviewbook.figures.drawing.style import MUTED, category


def distributions(
    samples: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    name: str,
    caption: str,
    reference: float | None = None,
    reference_label: str = "",
    limits: tuple[float, float] | None = None,
    bins: int = 40,
    log_x: bool = False,
    ylabel: str = "Share of repetitions",
    digits: int = 2,
    call: str | None = None,
) -> BookFigure:
    """Draw how results of repeated simulations spread, one outline a sample.

    Parameters
    ----------
    samples : mapping
        Label → values, such as apparent hazard ratios under a method of analysis.
    reference : float, optional
        The true value, as a dashed upright line.
    limits : tuple of float, optional
        Ends of the horizontal axis; values beyond count in the outermost bins.
    log_x : bool
        Whether bins and axis are logarithmic, as ratios ask for.

    Raises
    ------
    ValueError
        When a sample is empty or holds values that are not finite (or not above 0 on a log axis).
    """
    arrays = {str(label): np.asarray(v, dtype=float).ravel() for label, v in samples.items()}
    for label, values in arrays.items():
        if values.size == 0 or not np.isfinite(values).all() or (log_x and values.min() <= 0):
            raise ValueError(
                f"sample {label!r}: finite values were expected" + (" above 0" * log_x)
            )
    category(len(arrays) - 1)
    everything = np.concatenate(list(arrays.values()))
    low, high = limits or (float(everything.min()), float(everything.max()))
    if not low < high:
        low, high = low - 0.5, high + 0.5
    edges = np.geomspace(low, high, bins + 1) if log_x else np.linspace(low, high, bins + 1)
    shares = {
        label: np.histogram(np.clip(values, low, high), bins=edges)[0] / values.size
        for label, values in arrays.items()
    }

    def draw(variant: Variant) -> Figure:
        entries = [
            Entry(label, category(i).colour, category(i).marker, line=True)
            for i, label in enumerate(arrays)
        ]
        if reference is not None and reference_label:
            entries.append(Entry(reference_label, MUTED, line=True, dashes=(3, 2)))
        figure, (ax,), _ = plot_axes(
            variant, height=2.8 if variant == "wide" else 2.4, xlabel=xlabel, ylabel=ylabel,
            legend=entries,
        )  # fmt: skip
        draw_distributions(ax, shares, edges, log_x=log_x)
        if reference is not None:
            ax.axvline(reference, color=MUTED, ls=(0, (3, 2)), lw=0.9)
        return figure

    texts = []
    for label, values in arrays.items():
        a, b, c = (words.number(float(np.quantile(values, q)), digits) for q in (0.05, 0.5, 0.95))
        texts.append(f"{label}: median {b}, nine in ten between {a} and {c}")
    data = pd.DataFrame({"bin_low": edges[:-1], "bin_high": edges[1:], **shares})
    return compose(
        draw,
        name=name,
        caption=caption,
        alt=f"Distributions of {xlabel}. {'; '.join(texts)}.",
        description=" ".join(
            f"{label}: {words.number(values.size, 0)} repetitions, from "
            f"{words.number(float(values.min()), digits)} to "
            f"{words.number(float(values.max()), digits)}."
            for label, values in arrays.items()
        ),
        data=data,
        call=call or f'figures.distributions(samples, xlabel="{xlabel}", ...)',
    )


def draw_distributions(
    ax: Axes, shares: Mapping[str, NDArray[np.float64]], edges: np.ndarray, *, log_x: bool
) -> None:
    """Draw the outline of each histogram; its marker stands on its highest bin."""
    middles = np.sqrt(edges[:-1] * edges[1:]) if log_x else (edges[:-1] + edges[1:]) / 2
    for number, values in enumerate(shares.values()):
        look, heights = category(number), values
        ax.stairs(heights, edges, color=look.colour, lw=1.4)
        ax.stairs(heights, edges, color=look.colour, alpha=0.1, fill=True, lw=0)
        peak = int(heights.argmax())
        ax.plot([middles[peak]], [heights[peak]], look.marker, color=look.colour, ms=6, mec="none")
    if log_x:
        ax.set_xscale("log")
        steps = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
        ticks = [t for t in steps if edges[0] * 0.999 <= t <= edges[-1] * 1.001]
        ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
        ax.minorticks_off()
    ax.set_ylim(0, None)
    top = ax.get_ylim()[1]
    shown = [float(t) for t in ax.get_yticks() if 0 <= t <= top]
    ax.set_yticks(shown, [f"{round(100 * t, 1):g}%" for t in shown])
    ax.set_ylim(0, top)
