"""Funnel plots: by standard error, or by sample size as proportions ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import metaprop
from reviewbook import words
from reviewbook.figures.drawing.axes import Entry, percent_ticks, plot_axes
from reviewbook.figures.drawing.calls import expression
from reviewbook.figures.drawing.figure import BookFigure, Variant, compose
from reviewbook.figures.drawing.style import ACCENT, INK, MUTED
from reviewbook.pooling.analysis import proportion

if TYPE_CHECKING:
    from reviewbook.pooling.analysis import Analysis

Z = 1.959963984540054
TICKS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
AXES = ("standard-error", "sample-size")


def funnel(
    analysis: Analysis,
    *,
    axis: Literal["standard-error", "sample-size"] = "standard-error",
    name: str | None = None,
) -> BookFigure:
    """Draw the cohorts against their precision, with the limits chance alone would give.

    Parameters
    ----------
    axis : {"standard-error", "sample-size"}
        standard-error: effects of the comparison recipe on its own scale; the standard error of
        a proportion depends on the proportion, so a tilt is no proof of anything. sample-size:
        proportions against patients (Hunter et al. 2014), which is free of that.

    Raises
    ------
    ValueError
        When `axis` is unknown.
    """
    if axis not in AXES:
        raise ValueError(f"axis {axis!r} is unknown; allowed: {', '.join(AXES)}")
    selection, outcome = analysis.selection, analysis.outcome
    data = _by_error(analysis) if axis == "standard-error" else _by_size(analysis)
    outside = int(data["outside"].sum())
    estimate = words.percent(proportion(analysis.comparison).estimate)
    measure = "standard error" if axis == "standard-error" else "number of patients"

    def draw(variant: Variant) -> Figure:
        legend = [
            Entry("cohort", INK, "o"),
            Entry("pooled", ACCENT, line=True),
            Entry("95% limits of chance", MUTED, line=True, dashes=(3, 2)),
        ]
        xlabel = f"{outcome.label}, share of patients"
        if axis == "standard-error":
            xlabel += f" ({analysis.comparison.recipe.scale.replace('_', ' ')} scale)"
        figure, (ax,), _ = plot_axes(
            variant,
            height=3.3 if variant == "wide" else 2.6,
            xlabel=xlabel,
            ylabel=f"{measure.capitalize()} of each cohort",
            legend=legend,
        )
        if axis == "standard-error":
            draw_error_funnel(ax, data, analysis)
        else:
            draw_size_funnel(ax, data, proportion(analysis.comparison).estimate)
        return figure

    alt = (
        f"Funnel plot of {words.within_sentence(outcome.label)}: "
        f"{words.count(selection.k, 'cohort')} by {measure} around "
        f"a pooled {estimate}; {outside} of them outside the 95% limits of chance."
    )
    largest = data.iloc[int(data["total"].to_numpy().argmax())]
    smallest = data.iloc[int(data["total"].to_numpy().argmin())]
    beyond = [str(label) for label in data.loc[data["outside"], "label"]]
    stem = outcome.id.replace("_", "-")
    return compose(
        draw,
        name=name or f"fig-{stem}-funnel-{'se' if axis == 'standard-error' else 'size'}",
        caption=f"{outcome.label}: cohorts by {measure}. Dashed: where 95% of cohorts would lie if "
        "all had the pooled proportion and only chance moved them.",
        alt=alt,
        description="Outside the limits: " + (words.join(beyond) if beyond else "none") + ". "
        "The most precise cohort is "
        f"{largest['label']} with {largest['total']} patients, the "
        f"least precise {smallest['label']} with {smallest['total']}.",
        data=data,
        call=f'figures.funnel({expression(analysis)}, axis="{axis}")',
    )


def _base(analysis: Analysis) -> pd.DataFrame:
    selection = analysis.selection
    return pd.DataFrame(
        {
            "label": selection.labels,
            "events": selection.events,
            "total": selection.totals,
            "proportion": selection.events / selection.totals,
        }
    )


def _by_error(analysis: Analysis) -> pd.DataFrame:
    selection, recipe = analysis.selection, analysis.comparison.recipe
    sizes = metaprop.effect_sizes(
        selection.events, selection.totals, scale=recipe.scale, zeros=recipe.zeros
    )
    data = _base(analysis)[sizes.kept].reset_index(drop=True)
    data["yi"], data["sei"] = sizes.yi, np.sqrt(sizes.vi)
    centre = analysis.comparison.working.estimate
    data["outside"] = (data["yi"] - centre).abs() > Z * data["sei"]
    return data


def _by_size(analysis: Analysis) -> pd.DataFrame:
    data = _base(analysis)
    p = proportion(analysis.comparison).estimate
    low, high = size_limits(p, data["total"].to_numpy(dtype=float))
    data["outside"] = (data["proportion"] < low) | (data["proportion"] > high)
    return data


def size_limits(p: float, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return p ± 1.96 √(p (1 − p) / n), cut at 0 and 1: the limits of chance at size `n`."""
    half = Z * np.sqrt(p * (1.0 - p) / n)
    return np.maximum(p - half, 0.0), np.minimum(p + half, 1.0)


def draw_error_funnel(ax: Axes, data: pd.DataFrame, analysis: Analysis) -> None:
    """Draw effects on the working scale against their standard errors, precise ones on top."""
    centre, scale = analysis.comparison.working.estimate, analysis.comparison.recipe.scale
    top = 1.08 * float(data["sei"].max())
    for sign in (-1, 1):
        ax.plot([centre, centre + sign * Z * top], [0, top], color=MUTED, ls=(0, (3, 2)), lw=0.9)
    ax.plot([centre, centre], [0, top], color=ACCENT, lw=1.3)
    ax.plot(data["yi"], data["sei"], "o", color=INK, ms=5, mec="none")
    reach = max(Z * top, float((data["yi"] - centre).abs().max()) * 1.05)
    ax.set_xlim(centre - reach, centre + reach)
    ax.set_ylim(top, 0)
    totals = analysis.selection.totals
    places = metaprop.transform(list(TICKS), scale=scale, totals=totals)
    shown = [(x, p) for x, p in zip(places, TICKS, strict=True) if abs(x - centre) < reach]
    spaced: list[tuple[float, float]] = []
    for x, p in shown:
        if not spaced or x - spaced[-1][0] > 0.22 * reach:
            spaced.append((float(x), p))
    ax.set_xticks([x for x, _ in spaced], [f"{100 * p:.0f}%" for _, p in spaced])


def draw_size_funnel(ax: Axes, data: pd.DataFrame, p: float) -> None:
    """Draw proportions against sizes, large cohorts on top."""
    top = 1.08 * float(data["total"].max())
    n = np.geomspace(1.0, top, 60)
    low, high = size_limits(p, n)
    for limit in (low, high):
        ax.plot(limit, n, color=MUTED, ls=(0, (3, 2)), lw=0.9)
    ax.plot([p, p], [0, top], color=ACCENT, lw=1.3)
    ax.plot(data["proportion"], data["total"], "o", color=INK, ms=5, mec="none")
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(0, top)
    percent_ticks(ax, "x", (0.0, 0.25, 0.5, 0.75, 1.0))
