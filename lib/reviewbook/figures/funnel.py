"""Funnel plots: by standard error, or by sample size as proportions ask for."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.robustness.points import FunnelPoints, funnel_points

from .drawing.axes import Entry, plot_axes
from .drawing.figure import BookFigure, compose, python_call
from .drawing.style import ACCENT, INK, MUTED, Variant, text_width
from .forest.named_set import outcome_in_set

RINGED = Entry("two cohorts at one place", INK, "o", ring=True)
LEGEND = (
    Entry("cohort", INK, "o"),
    Entry("pooled", ACCENT, line=True),
    Entry("95% limits of chance", MUTED, line=True, dashes=(3, 2)),
)
PATIENTS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Ticks of an axis of patients, which is logarithmic."""
SCALE = {"standard-error": "", "sample-size": ", on a log axis"}
MISPLACED = 0.01
"""Radians between a cohort and the tick of its proportion that can be seen."""
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

    same = [RINGED] if (table["before"] > 0).any() else []

    def draw(variant: Variant) -> Figure:
        figure, (ax,), _ = plot_axes(
            variant,
            height={"wide": 3.3, "narrow": 2.6}[variant],
            xlabel=xlabel,
            ylabel=f"{measure.capitalize()} of each cohort",
            legend=[*LEGEND, *same],
        )
        draw_funnel(ax, found)
        return figure

    largest, smallest = (
        table.iloc[at] for at in (table["total"].argmax(), table["total"].argmin())
    )
    beyond = [str(label) for label in table.loc[table["outside"], "label"]]
    named = f": {words.join(beyond)}" if beyond else ""
    return compose(
        draw,
        name=name or f"fig-{outcome.id.replace('_', '-')}-funnel-{SHORT[axis]}",
        caption=f"{outcome_in_set(analysis)}: cohorts by {measure}{SCALE[axis]}. "
        "Dashed: where 95% of cohorts "
        f"would lie if all had the pooled proportion and only chance moved them.{_short(found)}",
        alt=f"Funnel plot of {words.within_sentence(outcome_in_set(analysis))}: "
        f"{words.count(analysis.selection.k, 'cohort')} by {measure} around a pooled "
        f"{words.percent(proportion(analysis.comparison).estimate)}; {len(beyond)} of them outside "
        f"the 95% limits of chance{named}.",
        description=f"Outside the limits: {words.join(beyond) or 'none'}. The most precise cohort "
        f"is {largest['label']} with {largest['total']} patients, the least precise "
        f"{smallest['label']} with {smallest['total']}.",
        data=table.drop(columns="before"),
        call=f'figures.funnel({python_call(analysis)}, axis="{axis}")',
    )


def _short(found: FunnelPoints) -> str:
    """Say why a cohort with no or all events need not stand at 0% or 100% of the axis.

    On the double arcsine scale the place of a proportion depends on the size of the cohort, and the
    ticks are those of the mean size.
    """
    ends = []
    for x, p in found.ticks:
        own = found.table.loc[found.table["proportion"] == p, found.x]
        if p in (0.0, 1.0) and (abs(own - x) > MISPLACED).any():
            ends.append(words.percent(p))
    if not ends:
        return ""
    return (
        f" On this scale the place of {words.join(ends)} depends on the size of the cohort, and a "
        "small cohort lies short of the tick."
    )


def draw_funnel(ax: Axes, found: FunnelPoints) -> None:
    """Draw effects against precision, precise cohorts on top."""
    table, limits, centre, (left, right) = found.table, found.limits, found.centre, found.span
    bottom, top = float(limits["at"].min()), float(limits["at"].max())
    for limit in ("low", "high"):
        xs, ys = _inside(limits[limit], limits["at"], left, right)
        ax.plot(xs, ys, color=MUTED, ls=(0, (3, 2)), lw=0.9)
    ax.plot([centre, centre], [bottom, top], color=ACCENT, lw=1.3)
    seaborn.scatterplot(
        table[table["before"] == 0], x=found.x, y=found.y, color=INK, s=25, linewidth=0, zorder=2.2,
        clip_on=False, ax=ax,
    )  # fmt: skip
    draw_rings(ax, table, found.x, found.y)
    ax.set_xlim(left, right)
    if found.y == "total":
        ax.set_yscale("log")
        ax.set_ylim(bottom, top)
        ax.set_yticks([n for n in PATIENTS if bottom <= n <= top],
                      [str(n) for n in PATIENTS if bottom <= n <= top])  # fmt: skip
        ax.minorticks_off()
    else:
        ax.set_ylim(top, 0)
    _label_effects(ax, found)


def draw_rings(ax: Axes, table: pd.DataFrame, x: str, y: str) -> None:
    """Draw a ring around a point for every further cohort at its place."""
    for row in table[table["before"] > 0].to_dict("records"):
        ax.plot([row[x]], [row[y]], "o", ms=6 + 3 * row["before"], mfc="none", mec=INK, mew=1.1,
                clip_on=False, zorder=2.1)  # fmt: skip


def _inside(
    xs: pd.Series, ys: pd.Series, left: float, right: float
) -> tuple[list[float], list[float]]:
    """Return the part of a line that lies on the axis, ending at its edge."""
    points = [(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True) if x == x]
    found: list[tuple[float, float]] = []
    for (x0, y0), (x1, y1) in pairwise(points):
        for x, y in ((x0, y0), (x1, y1)):
            if left <= x <= right:
                found.append((x, y))
            elif (x0 - x1) and (left < x0 < right) != (left < x1 < right):
                edge = left if x < left else right
                found.append((edge, y0 + (edge - x0) / (x1 - x0) * (y1 - y0)))
    kept = list(dict.fromkeys(found))
    return [x for x, _ in kept], [y for _, y in kept]


def _label_effects(ax: Axes, found: FunnelPoints) -> None:
    """Label the axis of effects in percent: its ends first, then what has room between them."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    inches = figure.get_figwidth() * ax.get_position().width
    left, right = found.span
    on_axis = [(x, p) for x, p in found.ticks if left - 1e-9 <= x <= right + 1e-9]
    ends = [tick for tick in on_axis if tick[1] in (0.0, 1.0)]
    room = max(0.11, (text_width("100%") + 0.08) / inches) * (right - left)
    spaced = list(ends)
    for x, p in sorted(on_axis, key=lambda tick: (round(tick[1] * 100) % 10 > 0, tick[0])):
        if all(abs(x - other) >= room for other, _ in spaced):
            spaced.append((x, p))
    ax.set_xticks([x for x, _ in spaced], [f"{100 * p:.0f}%" for _, p in spaced])
