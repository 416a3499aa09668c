"""Baujat plot: which cohorts make the heterogeneity, and which move the pooled value."""

from __future__ import annotations

import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.pooling.analysis import Analysis
from reviewbook.robustness.points import baujat_points

from .drawing.axes import plot_axes
from .drawing.figure import BookFigure, compose, python_call
from .drawing.style import INK, MUTED, SIZE, WIDTHS, Variant, text_width
from .forest.named_set import outcome_in_set
from .funnel import RINGED, draw_rings

NAMED = 3
"""How many cohorts, the farthest from the origin, carry their name; the others are grey."""


def baujat(analysis: Analysis, *, name: str | None = None) -> BookFigure:
    """Draw each cohort's share in Q against its pull on the pooled value (Baujat et al. 2002)."""
    outcome, points = analysis.outcome, baujat_points(analysis)
    what = outcome_in_set(analysis)
    ranked = points.sort_values("distance", ascending=False)
    first = ranked.iloc[0]

    def draw(variant: Variant) -> Figure:
        figure, (ax,), _ = plot_axes(
            variant,
            height={"wide": 3.2, "narrow": 2.6}[variant],
            xlabel="Contribution to Cochran’s Q",
            ylabel="Influence on the pooled value",
            legend=[RINGED] if (points["before"] > 0).any() else [],
        )
        draw_baujat(ax, points, WIDTHS[variant] - 0.72)
        return figure

    return compose(
        draw,
        name=name or f"fig-{outcome.id.replace('_', '-')}-baujat",
        caption=f"{what}: cohorts to the right differ most from the others, cohorts at the top "
        f"move the pooled value most. The {NAMED} farthest are named, the others grey.",
        alt=f"Baujat plot of {words.within_sentence(what)}: "
        f"of {words.count(len(points), 'cohort')}, "
        f"{first['label']} stands out most, with {words.number(first['q_contribution'], 1)} of a "
        f"total Q of {words.number(float(points['q_contribution'].sum()), 1)}.",
        description="Contribution to Q and influence, most striking first: "
        + "; ".join(
            f"{row['label']} {words.number(row['q_contribution'], 2)} and "
            f"{words.number(row['influence'], 2)}"
            for row in ranked.to_dict("records")
        )
        + ".",
        data=points.drop(columns=["distance", "before"]),
        call=f"figures.baujat({python_call(analysis)})",
    )


def draw_baujat(ax: Axes, points: pd.DataFrame, width: float) -> None:
    """Draw the points on axes `width` inches wide; the farthest carry their label."""
    x, y = "q_contribution", "influence"
    named = points.nlargest(NAMED, "distance")
    looks = points.assign(named=points.index.isin(named.index))
    seaborn.scatterplot(
        looks, x=x, y=y, hue="named", palette={True: INK, False: MUTED}, s=25, linewidth=0,
        legend=False, zorder=2.2, ax=ax,
    )  # fmt: skip
    draw_rings(ax, points, x, y)
    right, top = 1.08 * float(points[x].max()), float(points[y].max())
    ax.set_xlim(-0.02 * right, right)
    ax.set_ylim(-0.03 * top, 1.15 * top)
    for row in named.to_dict("records"):
        label, at = row["label"], row[x] / right * width
        if text_width(label) > width:  # a long name would cross the axis: author and year alone
            label = label.split(words.BESIDE)[0]
        beside = at + text_width(label) + 0.12 < width
        # Above the point when there is no room beside it, moved left as far as needed.
        shift = 0.09 if beside else min(0.0, width - at - text_width(label))
        ax.annotate(
            label,
            (row[x], row[y]),
            xytext=(72 * shift, -0.36 * SIZE if beside else 7),
            textcoords="offset points",
            ha="left",
            va="baseline",
            size=SIZE,
        )
