"""Funnel plots: by standard error, or by sample size as proportions ask for."""

from __future__ import annotations

from typing import Literal

import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.robustness.points import FunnelPoints, funnel_points

from .drawing.axes import Entry, plot_axes
from .drawing.figure import BookFigure, compose, python_call
from .drawing.style import ACCENT, INK, MUTED, Variant

LEGEND = (
    Entry("cohort", INK, "o"),
    Entry("pooled", ACCENT, line=True),
    Entry("95% limits of chance", MUTED, line=True, dashes=(3, 2)),
)
SHORT = {"standard-error": "se", "sample-size": "size"}


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
    found = funnel_points(analysis, axis)
    table, measure, outcome = found.table, found.measure, analysis.outcome
    xlabel = f"{outcome.label}, share of patients"
    if axis == "standard-error":
        xlabel += f" ({analysis.comparison.recipe.scale.replace('_', ' ')} scale)"

    def draw(variant: Variant) -> Figure:
        figure, (ax,), _ = plot_axes(
            variant,
            height={"wide": 3.3, "narrow": 2.6}[variant],
            xlabel=xlabel,
            ylabel=f"{measure.capitalize()} of each cohort",
            legend=LEGEND,
        )
        draw_funnel(ax, found)
        return figure

    largest, smallest = (
        table.iloc[at] for at in (table["total"].argmax(), table["total"].argmin())
    )
    beyond = [str(label) for label in table.loc[table["outside"], "label"]]
    return compose(
        draw,
        name=name or f"fig-{outcome.id.replace('_', '-')}-funnel-{SHORT[axis]}",
        caption=f"{outcome.label}: cohorts by {measure}. Dashed: where 95% of cohorts would lie if "
        "all had the pooled proportion and only chance moved them.",
        alt=f"Funnel plot of {words.within_sentence(outcome.label)}: "
        f"{words.count(analysis.selection.k, 'cohort')} by {measure} around a pooled "
        f"{words.percent(proportion(analysis.comparison).estimate)}; {len(beyond)} of them outside "
        "the 95% limits of chance.",
        description=f"Outside the limits: {words.join(beyond) or 'none'}. The most precise cohort "
        f"is {largest['label']} with {largest['total']} patients, the least precise "
        f"{smallest['label']} with {smallest['total']}.",
        data=table,
        call=f'figures.funnel({python_call(analysis)}, axis="{axis}")',
    )


def draw_funnel(ax: Axes, found: FunnelPoints) -> None:
    """Draw effects against precision, precise cohorts on top."""
    table, limits, centre = found.table, found.limits, found.centre
    top = float(limits["at"].max())
    for limit in ("low", "high"):
        ax.plot(limits[limit], limits["at"], color=MUTED, ls=(0, (3, 2)), lw=0.9)
    ax.plot([centre, centre], [0, top], color=ACCENT, lw=1.3)
    seaborn.scatterplot(
        table, x=found.x, y=found.y, color=INK, s=25, linewidth=0, zorder=2.2, ax=ax
    )
    if found.y == "total":
        ax.set_xlim(-0.02, 1.02)
        ax.set_ylim(0, top)
        reach = 1.02
    else:
        reach = max(limits["high"].max() - centre, 1.05 * (table[found.x] - centre).abs().max())
        ax.set_xlim(centre - reach, centre + reach)
        ax.set_ylim(top, 0)
    spaced: list[tuple[float, float]] = []
    for x, p in found.ticks:
        if abs(x - centre) < reach and (not spaced or x - spaced[-1][0] > 0.22 * reach):
            spaced.append((x, p))
    ax.set_xticks([x for x, _ in spaced], [f"{100 * p:.0f}%" for _, p in spaced])
