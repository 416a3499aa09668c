"""Posterior densities of pooled proportions, one panel an outcome, one line a prior."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from metaprop import Interval
from metaprop.bayes_result import BayesPooled
from reviewbook import words
from reviewbook.evidence.claims import Claims
from reviewbook.review.project import Review

from .drawing.axes import Entry, categories, percent_steps, percent_ticks, plot_axes, title
from .drawing.figure import BookFigure, compose
from .drawing.style import INK, PRINTED, Variant

MARKS = ((INK, "P"), (PRINTED, "v"))
"""Colour and shape of values that are no posteriors; four priors have the shapes before these."""
STEP = 0.09
"""Distance of the intervals below the densities, as a share of the highest density."""


def posteriors(
    fits: Mapping[str, Mapping[str, BayesPooled]],
    review: Review,
    *,
    names: Mapping[str, str] | None = None,
    beside: Mapping[str, Mapping[str, Interval | Claims]] | None = None,
    name: str = "fig-posteriors",
) -> BookFigure:
    """Draw the posterior of each outcome's pooled proportion under each prior.

    Parameters
    ----------
    fits : mapping
        Outcome → prior → fit of the binomial model (working scale: logit).
    names : mapping, optional
        Prior → its name in the legend.
    beside : mapping, optional
        Outcome → name → a value that is no posterior, such as the estimate of the logistic model
        and the printed one: drawn as marks with their intervals under those of the priors.

    Raises
    ------
    ValueError
        When there is nothing to draw, or a fit has no proportion.
    """
    named = names or {}
    outcomes = {
        outcome.label: {named.get(prior, prior): fit for prior, fit in fits[outcome.id].items()}
        for outcome in review.outcomes
        if outcome.id in fits
    }
    if not outcomes:
        raise ValueError(f"figure {name}: fits of the review's outcomes were expected, got none")
    ids = {outcome.label: outcome.id for outcome in review.outcomes}
    others = {outcome.label: (beside or {}).get(outcome.id, {}) for outcome in review.outcomes}
    marks = marks_of(others)
    priors = list(dict.fromkeys(prior for by_prior in outcomes.values() for prior in by_prior))
    looks = categories({prior: prior for prior in priors}, line=True)
    curves = {
        label: pd.concat(
            [density_of(fit).assign(prior=prior) for prior, fit in by_prior.items()],
            ignore_index=True,
        )
        for label, by_prior in outcomes.items()
    }

    def draw(variant: Variant) -> Figure:
        several = len(outcomes) > 1
        figure, axes, page = plot_axes(
            variant,
            height=1.7,
            xlabel="Pooled proportion",
            ylabel="Posterior density; below it median and 95% interval",
            legend=[*looks.values(), *marks.values()],
            panels=len(outcomes) + (len(outcomes) % 2 if variant == "wide" and several else 0),
            columns=2 if several else 1,
            left=0.2,
            title_lines=1,
        )
        for ax, (label, by_prior) in zip(axes, outcomes.items(), strict=False):
            intervals = {prior: _interval(fit) for prior, fit in by_prior.items()}
            draw_posteriors(ax, curves[label], intervals, looks, others[label], marks)
            title(page, ax, label)
        for ax in axes[len(outcomes) :]:
            ax.remove()
        return figure

    first = priors[0]
    medians = [f"{label} {_say(by_prior[first])}" for label, by_prior in outcomes.items()]
    return compose(
        draw,
        name=name,
        caption="Posterior of the pooled proportion of each outcome, under "
        f"{words.count(len(priors), 'prior')} of the standard deviation between cohorts"
        f"{_beside(marks)}.",
        alt=f"Posterior densities of {words.count(len(outcomes), 'outcome')} under "
        f"{words.count(len(priors), 'prior')}. Under {first}: {'; '.join(medians)}.",
        description=" ".join(
            f"{label}: {'; '.join(f'{prior} {_say(fit)}' for prior, fit in by_prior.items())}"
            + "".join(f"; {text} {words.interval(one)}" for text, one in others[label].items())
            + "."
            for label, by_prior in outcomes.items()
        ),
        data=pd.concat([curve.assign(outcome=ids[label]) for label, curve in curves.items()])[
            ["outcome", "prior", "proportion", "density"]
        ],
        call="figures.posteriors(fits, book.review)",
    )


def _beside(marks: Mapping[str, Entry]) -> str:
    if not marks:
        return ""
    names = words.join(words.within_sentence(text) for text in marks)
    return f"; also marked: {names}"


def marks_of(others: Mapping[str, Mapping[str, Interval | Claims]]) -> dict[str, Entry]:
    """Return the legend of the values that are no posteriors, in order."""
    found = list(dict.fromkeys(text for own in others.values() for text in own))
    if len(found) > len(MARKS):
        raise ValueError(f"beside: at most {len(MARKS)} values can be told apart, got {found}")
    return {
        text: Entry(text, colour, marker, line=True)
        for text, (colour, marker) in zip(found, MARKS, strict=False)
    }


def density_of(fit: BayesPooled) -> pd.DataFrame:
    """Return the posterior density of the proportion, from that of its logit; tails are cut.

    Columns: ``proportion density``; the density of p is that of logit p over p (1 − p).
    """
    x: NDArray[np.float64] = np.asarray(fit.mu_curve.x, dtype=float)
    p = 1.0 / (1.0 + np.exp(-x))
    slope = p * (1.0 - p)
    keep = slope > 1e-9  # where the logit scale has run off, a proportion no longer moves
    density = np.asarray(fit.mu_curve.density, dtype=float)[keep] / slope[keep]
    shown = density > 0.002 * density.max()
    return pd.DataFrame({"proportion": p[keep][shown], "density": density[shown]})


def _interval(fit: BayesPooled) -> Interval:
    if fit.proportion is None:
        raise ValueError("a fit of counts was expected: this one holds no proportion")
    return fit.proportion


def _say(fit: BayesPooled) -> str:
    return words.interval(_interval(fit)).replace("CI", "interval")


def draw_posteriors(
    ax: Axes,
    curves: pd.DataFrame,
    intervals: Mapping[str, Interval],
    looks: Mapping[str, Entry],
    others: Mapping[str, Interval | Claims],
    marks: Mapping[str, Entry],
) -> None:
    """Draw the densities of one outcome, with medians and intervals below them.

    `curves` has ``prior proportion density``; `looks` has every prior of the figure and `marks`
    every other value, in order.
    """
    # Every second point of a curve: it stays smooth and the drawing small.
    thin = curves[curves.groupby("prior").cumcount() % 2 == 0]
    seaborn.lineplot(
        thin, x="proportion", y="density", hue="prior", estimator=None, sort=False, legend=False,
        palette={prior: looks[prior].colour for prior in intervals}, lw=1.4, ax=ax,
    )  # fmt: skip
    top = float(curves["density"].max())
    rows = {**looks, **marks}
    step = top * STEP
    ends = [float(curves["proportion"].min()) - 0.01, float(curves["proportion"].max()) + 0.01]
    for number, (text, look) in enumerate(rows.items(), start=1):
        found = intervals.get(text) or others.get(text)
        if found is None or found.estimate is None:
            continue
        y = -step * number
        limits = [found.estimate if v is None else v for v in (found.low, found.high)]
        ax.plot(limits, [y, y], color=look.colour, lw=1.4)
        ax.plot([found.estimate], [y], look.marker, color=look.colour, ms=5, mec="none")
        ends += [limits[0] - 0.01, limits[1] + 0.01]
    low, high = max(min(ends), 0.0), min(max(ends), 1.0)
    ax.set_xlim(low, high)
    ax.set_ylim(-step * (len(rows) + 0.8), top * 1.05)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    percent_ticks(ax, "x", percent_steps(low, high, most=6))
