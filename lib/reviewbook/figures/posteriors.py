"""Posterior densities of pooled proportions, one panel an outcome, one line a prior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from reviewbook import words
from reviewbook.figures.drawing.axes import Entry, percent_ticks, plot_axes, title
from reviewbook.figures.drawing.figure import BookFigure, Variant, compose
from reviewbook.figures.drawing.style import category

if TYPE_CHECKING:
    from metaprop import Interval
    from metaprop.bayes_result import BayesPooled
    from reviewbook.review.project import Review


def posteriors(
    fits: Mapping[str, Mapping[str, BayesPooled]],
    review: Review,
    *,
    names: Mapping[str, str] | None = None,
    name: str = "fig-posteriors",
) -> BookFigure:
    """Draw the posterior of each outcome's pooled proportion under each prior.

    Parameters
    ----------
    fits : mapping
        Outcome → prior → fit of the binomial model (working scale: logit).
    names : mapping, optional
        Prior → its name in the legend.

    Raises
    ------
    ValueError
        When there is nothing to draw, or a fit has no proportion.
    """
    labels = {o.id: o.label for o in review.outcomes if o.id in fits}
    if not labels:
        raise ValueError(f"figure {name}: fits of the review's outcomes were expected, got none")
    named = dict(names or {})
    fits = {
        outcome: {named.get(prior, prior): fit for prior, fit in by_prior.items()}
        for outcome, by_prior in fits.items()
    }
    priors = list(dict.fromkeys(prior for by_prior in fits.values() for prior in by_prior))
    records = [
        {"outcome": outcome, "prior": prior, "proportion": float(p), "density": float(d)}
        for outcome in labels
        for prior, fit in fits[outcome].items()
        for p, d in zip(*density_of(fit), strict=True)
    ]

    def draw(variant: Variant) -> Figure:
        figure, axes, page = plot_axes(
            variant,
            height=1.7,
            xlabel="Pooled proportion",
            ylabel="Posterior density; below it median and 95% interval",
            legend=[
                Entry(prior, category(i).colour, category(i).marker, line=True)
                for i, prior in enumerate(priors)
            ],
            panels=len(labels) + (len(labels) % 2 if variant == "wide" and len(labels) > 1 else 0),
            columns=2 if len(labels) > 1 else 1,
            left=0.2,
        )
        for ax, (outcome, label) in zip(axes, labels.items(), strict=False):
            draw_posteriors(ax, fits[outcome], priors)
            title(page, ax, label)
        for ax in axes[len(labels) :]:
            ax.remove()
        return figure

    texts = [_sentence(label, fits[outcome]) for outcome, label in labels.items()]
    first = priors[0]
    medians = [
        f"{label} {words.interval(_interval(fits[outcome][first]))}"
        for outcome, label in labels.items()
    ]
    return compose(
        draw,
        name=name,
        caption="Posterior of the pooled proportion of each outcome, under "
        f"{words.count(len(priors), 'prior')} of the standard deviation between cohorts.",
        alt=f"Posterior densities of {words.count(len(labels), 'outcome')} under "
        f"{words.count(len(priors), 'prior')}. Under {first}: "
        f"{'; '.join(medians).replace('CI', 'interval')}.",
        description=" ".join(texts),
        data=pd.DataFrame(records),
        call="figures.posteriors(fits, book.review)",
    )


def density_of(fit: BayesPooled) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the posterior density of the proportion, from that of its logit; tails are cut."""
    x = np.asarray(fit.mu_curve.x, dtype=float)
    p = 1.0 / (1.0 + np.exp(-x))
    slope = p * (1.0 - p)
    keep = slope > 1e-9  # where the logit scale has run off, a proportion no longer moves
    density = np.asarray(fit.mu_curve.density, dtype=float)[keep] / slope[keep]
    shown = density > 0.002 * density.max()
    return p[keep][shown], density[shown]


def _interval(fit: BayesPooled) -> Interval:
    if fit.proportion is None:
        raise ValueError("a fit of counts was expected: this one holds no proportion")
    return fit.proportion


def _sentence(label: str, by_prior: Mapping[str, BayesPooled]) -> str:
    parts = [
        f"{prior} {words.interval(_interval(fit))}".replace("CI", "interval")
        for prior, fit in by_prior.items()
    ]
    return f"{label}: {'; '.join(parts)}."


def draw_posteriors(ax: Axes, by_prior: Mapping[str, BayesPooled], priors: list[str]) -> None:
    """Draw the densities of one outcome, with medians and intervals below them."""
    curves = {prior: density_of(fit) for prior, fit in by_prior.items()}
    top = max(float(d.max()) for _, d in curves.values())
    ends = []
    for prior, (p, d) in curves.items():
        number = priors.index(prior)
        look = category(number)
        # Every second point: the curve stays smooth and the drawing small.
        ax.plot(p[::2], d[::2], color=look.colour, lw=1.4)
        ends += [float(p.min()), float(p.max())]
        interval = _interval(by_prior[prior])
        y = -top * 0.09 * (number + 1)
        ax.plot([interval.low, interval.high], [y, y], color=look.colour, lw=1.4)
        ax.plot([interval.estimate], [y], look.marker, color=look.colour, ms=5, mec="none")
    low, high = max(min(ends) - 0.01, 0.0), min(max(ends) + 0.01, 1.0)
    ax.set_xlim(low, high)
    ax.set_ylim(-top * 0.09 * (len(priors) + 0.8), top * 1.05)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    span = high - low
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25) if span / s <= 6 or s == 0.25)
    first = float(np.ceil(low / step - 1e-9)) * step
    percent_ticks(ax, "x", [abs(float(v)) for v in np.arange(first, high + 1e-9, step)])
