"""Baujat plot: which cohorts make the heterogeneity, and which move the pooled value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import metaprop
from reviewbook import words
from reviewbook.figures.drawing.axes import plot_axes
from reviewbook.figures.drawing.calls import expression
from reviewbook.figures.drawing.figure import BookFigure, Variant, compose
from reviewbook.figures.drawing.style import INK, NARROW, SIZE, WIDE, text_width

if TYPE_CHECKING:
    from reviewbook.pooling.analysis import Analysis

NAMED = 3


def baujat(
    analysis: Analysis,
    *,
    name: str | None = None,
) -> BookFigure:
    """Draw each cohort's share in Q against its pull on the pooled value (Baujat et al. 2002).

    The three cohorts farthest from the origin carry their name.
    """
    selection, outcome = analysis.selection, analysis.outcome
    recipe = analysis.comparison.recipe
    sizes = metaprop.effect_sizes(
        selection.events, selection.totals, scale=recipe.scale, zeros=recipe.zeros
    )
    # Under the fixed-effect model the coordinates are Baujat's own: shares of Q add up to Q.
    fixed = replace(recipe, method="FE")
    points = metaprop.baujat(sizes.yi, sizes.vi, fixed).reset_index(drop=True)
    data = points[["x", "y"]].set_axis(["q_contribution", "influence"], axis=1)
    kept = [label for label, keep in zip(selection.labels, sizes.kept, strict=True) if keep]
    data.insert(0, "label", kept)
    ranked = data.assign(distance=_distance(data)).sort_values("distance", ascending=False)

    def draw(variant: Variant) -> Figure:
        figure, (ax,), _ = plot_axes(
            variant,
            height=3.2 if variant == "wide" else 2.6,
            xlabel="Contribution to Cochran’s Q",
            ylabel="Influence on the pooled value",
        )
        width = (WIDE if variant == "wide" else NARROW) - 0.72
        draw_baujat(ax, data, [int(i) for i in ranked.index[:NAMED]], width)
        return figure

    first = ranked.iloc[0]
    return compose(
        draw,
        name=name or f"fig-{outcome.id.replace('_', '-')}-baujat",
        caption=f"{outcome.label}: cohorts to the right differ most from the others, cohorts at "
        "the top move the pooled value most.",
        alt=f"Baujat plot of {words.within_sentence(outcome.label)}: "
        f"of {words.count(len(data), 'cohort')}, "
        f"{first['label']} stands out most, with {words.number(first['q_contribution'], 1)} of a "
        f"total Q of {words.number(float(data['q_contribution'].sum()), 1)}.",
        description="Contribution to Q and influence, most striking first: "
        + "; ".join(
            f"{row['label']} {words.number(row['q_contribution'], 2)} and "
            f"{words.number(row['influence'], 2)}"
            for row in ranked.to_dict("records")
        )
        + ".",
        data=data,
        call=f"figures.baujat({expression(analysis)})",
    )


def _distance(data: pd.DataFrame) -> pd.Series:
    scaled = [data[c] / max(float(data[c].max()), 1e-12) for c in ("q_contribution", "influence")]
    return pd.Series(np.hypot(scaled[0], scaled[1]), index=data.index)


def draw_baujat(ax: Axes, data: pd.DataFrame, named: list[int], width: float) -> None:
    """Draw the points; those whose index is in `named` carry their label."""
    x, y = data["q_contribution"], data["influence"]
    ax.plot(x, y, "o", color=INK, ms=5, mec="none")
    right = 1.08 * float(x.max())
    ax.set_xlim(-0.02 * right, right)
    ax.set_ylim(-0.03 * float(y.max()), 1.15 * float(y.max()))
    for index in named:
        label = str(data.loc[index, "label"])
        at = float(x[index]) / right * width
        beside = at + text_width(label) + 0.12 < width
        # Above the point when there is no room beside it, moved left as far as needed.
        shift = 0.09 if beside else min(0.0, width - at - text_width(label))
        ax.annotate(
            label,
            (float(x[index]), float(y[index])),
            xytext=(72 * shift, -0.36 * SIZE if beside else 7),
            textcoords="offset points",
            ha="left",
            va="baseline",
            size=SIZE,
        )
