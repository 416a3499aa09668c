"""The multiverse of one outcome: how its pools spread, beside the printed value and our two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from metaprop import Interval
from reviewbook import words
from reviewbook.evidence.claims import Claims
from reviewbook.robustness.multiverse import Multiverse
from reviewbook.robustness.specification import histogram

from .drawing.axes import percent_axis
from .drawing.canvas import Scale, canvas, cut, line, put, upright
from .drawing.figure import BookFigure, compose
from .drawing.style import C1, LINE, MUTED, PRINTED, RULE, WIDTHS, Variant, text_width, wrap
from .forest.layout import draw_mark, row_colour
from .forest.rows import Row, value_text

MARGIN = 0.06
STEP = 0.2
"""Inches between two marks above the bars."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What the figure shows.

    Attributes
    ----------
    bars : DataFrame
        ``low high pools``; the first and the last row hold what lies beyond the axis.
    rows : tuple of Row
        The printed value and ours, from the top.
    median : float
        Of all pools.
    digits : int
        Decimals of percentages.
    """

    bars: pd.DataFrame
    rows: tuple[Row, ...]
    median: float
    digits: int = 0

    def text(self, row: Row) -> str:
        """Estimate and interval of `row`."""
        return value_text(row, percent=True, digits=self.digits)

    @property
    def limits(self) -> tuple[float, float]:
        """Ends of the axis."""
        return float(self.bars["high"].iloc[0]), float(self.bars["low"].iloc[-1])

    @property
    def beyond(self) -> tuple[int, int]:
        """Pools below and above the axis."""
        return int(self.bars["pools"].iloc[0]), int(self.bars["pools"].iloc[-1])


def multiverse_pools(universe: Multiverse, printed: Claims) -> BookFigure:
    """Draw how many pools give which estimate, the printed value and the two fixed analyses.

    Parameters
    ----------
    universe : Multiverse
        All pools of an outcome.
    printed : Claims
        What the article prints of it; without an estimate only our two values are drawn.
    """
    outcome = universe.outcome
    ours = {
        "Comparison recipe": (universe.comparison, "comparison"),
        "Logistic model (GLMM)": (universe.primary, "pooled"),
    }
    rows = [Row.of(text, _interval(universe, at), kind) for text, (at, kind) in ours.items()]
    return spread_of_pools(
        universe.estimate[universe.distinct],
        rows,
        printed,
        name=f"fig-{outcome.id.replace('_', '-')}-multiverse",
        what=outcome.label,
        each="each by one rule for cohorts and one recipe",
        above="the printed value (open grey diamond) and the two analyses that were fixed in "
        "advance",
        call="from reviewbook.robustness.multiverse import multiverse\n"
        f'figures.multiverse_pools(multiverse(book, "{outcome.id}"), '
        f'book.claims("{outcome.topic}"))',
    )


def spread_of_pools(
    estimates: NDArray[np.float64],
    ours: Sequence[Row],
    printed: Claims | Interval | None,
    *,
    name: str,
    what: str,
    each: str,
    above: str,
    call: str,
    people: str = "patients",
    digits: int = 0,
) -> BookFigure:
    """Draw a histogram of estimates below the values that they are set beside.

    Parameters
    ----------
    estimates : ndarray
        Pooled proportions, one a pool.
    ours : sequence of Row
        The analyses that are told apart, from the top.
    printed : Claims, Interval or None
        What was published; it stands above ours.
    what, people : str
        What is counted, among whom.
    each, above : str
        Parts of the caption: what a pool is, and what stands above the bars.
    digits : int
        Decimals of percentages.
    """
    rows = list(ours)
    value = None if printed is None else printed.estimate
    if printed is not None and value is not None:
        rows.insert(0, Row.of("Printed", printed, "printed"))
    bars, median = histogram(estimates, *rows), float(np.median(estimates))
    spread = Spread(bars, tuple(rows), median, digits)
    return compose(
        lambda variant: draw_spread(variant, spread, what, people),
        name=name,
        caption=f"{what}: the estimates of {words.count(len(estimates), 'pool')}, {each}. "
        f"Above them {above}, with their 95% intervals; dashed: the median of all pools."
        f"{_beyond(spread)}",
        alt=_alt(estimates, what, value, digits),
        description=_description(spread, estimates, ours),
        data=_frame(spread),
        call=call,
    )


def _interval(universe: Multiverse, at: tuple[int, int]) -> Interval:
    return Interval(*(float(getattr(universe, n)[at]) for n in ("estimate", "low", "high")))


def _beyond(spread: Spread) -> str:
    below, above = spread.beyond
    if not below + above:
        return ""
    return f" {words.count(below + above, 'pool')} beyond the axis are not drawn."


def _alt(estimates: NDArray[np.float64], what: str, printed: float | None, digits: int = 0) -> str:
    low, middle, high = (
        words.percent(float(f(estimates)), digits=digits) for f in (np.min, np.median, np.max)
    )
    pools = f"{words.count(len(estimates), 'pool')} of {words.within_sentence(what)}"
    text = f"Histogram of {pools}: from {low} to {high}, median {middle}."
    if printed is not None:
        below = float((estimates < printed).mean())
        value, share = words.percent(printed, digits=digits), words.percent(below)
        text += f" The printed {value} lies above {share} of them."
    return text


def _description(spread: Spread, estimates: NDArray[np.float64], ours: Sequence[Row]) -> str:
    parts = [f"{row.label}: {spread.text(row)}, in percent." for row in spread.rows]
    for row in ours:
        assert row.estimate is not None
        below = words.percent(float((estimates < row.estimate).mean()))
        parts.append(f"{row.label} lies above {below} of the pools.")
    shares = {0.05: "a twentieth", 0.25: "a quarter", 0.75: "three quarters", 0.95: "nineteen "
              "twentieths"}  # fmt: skip
    steps = (
        f"{name} of the pools up to "
        f"{words.percent(float(np.quantile(estimates, share)), digits=spread.digits + 1)}"
        for share, name in shares.items()
    )
    return " ".join([*parts, f"{'; '.join(steps).capitalize()}."])


def _frame(spread: Spread) -> pd.DataFrame:
    bars = spread.bars.assign(what="pools", estimate=np.nan)
    marks = [
        {"what": row.label, "low": row.low, "estimate": row.estimate, "high": row.high}
        for row in spread.rows
    ]
    both = pd.concat([pd.DataFrame(marks), bars], ignore_index=True)
    both["pools"] = both["pools"].astype("Int64")
    return both[["what", "low", "estimate", "high", "pools"]]


def draw_spread(variant: Variant, spread: Spread, what: str, people: str) -> Figure:
    """Draw the marks in rows of their own and the bars below them, on one axis."""
    width, tall = WIDTHS[variant], {"wide": 2.1, "narrow": 1.7}[variant]
    beside = variant == "wide"
    texts = [f"{row.label} {spread.text(row)}" for row in spread.rows]
    name_width = max(map(text_width, texts)) if beside else 0.0
    scale = Scale(*spread.limits, MARGIN + name_width + (0.2 if beside else 0.12), width - 0.24)
    ax = canvas(width)
    y, marks, written = 0.14, [], []
    for row, text in zip(spread.rows, texts, strict=True):
        bold = row.strong and not beside
        put(ax, MARGIN, y, text, colour=row_colour(row), bold=bold)
        written.append((MARGIN, MARGIN + text_width(text, bold=bold), y))
        y += 0.0 if beside else LINE
        marks.append(y)
        y += STEP if beside else STEP + 0.04
    top = y + 0.1
    bottom = top + tall
    written += _label_bars(ax, spread, scale, top=top, beside=beside)
    at_median = scale(spread.median)
    line(ax, [(at_median, top - 0.02), (at_median, bottom)], colour=MUTED, width=0.9,
         dashes=(3.0, 2.5), level=3)  # fmt: skip
    for row, y in zip(spread.rows, marks, strict=True):
        assert row.estimate is not None
        x = scale(row.estimate)
        own = row.kind == "printed"
        upright(ax, x, y, bottom, around=written, colour=PRINTED if own else RULE,
                width=1.2 if own else 0.8, level=1.6 if own else 1)  # fmt: skip
        draw_mark(ax, row, scale, y)
    scale.draw_axis(ax, bottom, percent_axis(*spread.limits))
    y = bottom + 0.33
    for piece in wrap(f"{what}, share of {people}", width - 2 * MARGIN):
        half = text_width(piece) / 2
        x = min(max((scale.left + scale.right) / 2, MARGIN + half), width - MARGIN - half)
        put(ax, x, y, piece, anchor="center", colour=MUTED)
        y += 0.18
    figure = cut(ax, y - 0.06)
    _draw_bars(figure, spread, scale, top=top, bottom=bottom)
    return figure


def _draw_bars(figure: Figure, spread: Spread, scale: Scale, *, top: float, bottom: float) -> None:
    """Draw a bar a step of the axis behind the canvas, between two heights in inches."""
    width, height = figure.get_size_inches()
    box = (scale.left / width, 1 - bottom / height, (scale.right - scale.left) / width,
           (bottom - top) / height)  # fmt: skip
    ax = figure.add_axes(box, zorder=-1)
    inside = spread.bars.iloc[1:-1]
    inside = inside.assign(middle=(inside["low"] + inside["high"]) / 2)
    seaborn.histplot(
        inside, x="middle", weights="pools", bins=[*inside["low"], inside["high"].iloc[-1]],
        element="step", color=C1, alpha=0.35, linewidth=0, ax=ax,
    )  # fmt: skip
    ax.set_xlim(*spread.limits)
    ax.set_ylim(0, float(inside["pools"].max()))
    ax.axis("off")


def _label_bars(
    ax: Axes, spread: Spread, scale: Scale, *, top: float, beside: bool
) -> list[tuple[float, float, float]]:
    """Say what the bars and the dashed line are, in the free corner; return where it stands."""
    texts = [
        f"{words.number(int(spread.bars['pools'].sum()), 0)} pools",
        f"median {words.percent(spread.median, digits=spread.digits)}",
    ]
    at_right = not beside and spread.median < np.mean(spread.limits)
    written = []
    for number, text in enumerate(texts):
        y, wide = top + 0.1 + LINE * number, text_width(text)
        x = scale.right - wide if at_right else MARGIN if beside else scale.left
        put(ax, x + wide if at_right else x, y, text, anchor="right" if at_right else "left",
            colour=MUTED)  # fmt: skip
        written.append((x, x + wide, y))
    return written
