"""The multiverse of one outcome: where its pools lie, all of them and by each choice.

The pools are drawn as a curve, in order of their estimate, in a small drawing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.evidence.claims import Claims
from reviewbook.prose.multiverse import level_words
from reviewbook.robustness.choice_effects import level_spreads
from reviewbook.robustness.multiverse import CHOICES, Multiverse

from .drawing.axes import percent_axis
from .drawing.canvas import Anchor, Scale, canvas, cut, diamond, line, polygon, put, square
from .drawing.figure import BookFigure, compose
from .drawing.style import ACCENT, C1, INK, LINE, MUTED, PRINTED, WIDTHS, Variant, wrap
from .forest.estimates import forest_rows
from .forest.rows import Row

STEPS = 160
"""Points the curve is drawn through; each stands for as many neighbours as fall to it."""


def multiverse_pools(universe: Multiverse, printed: Claims) -> BookFigure:
    """Draw all pools of an outcome, the printed value across and the two fixed analyses marked."""
    outcome, frame = universe.outcome, universe.pools()
    home = frame["selection"] == universe.primary[0]
    places = {"primary": universe.primary, "comparison": universe.comparison}
    marks = {
        word: int(np.flatnonzero(home & (frame["recipe"] == place[1]))[0])
        for word, place in places.items()
    }
    values = {word: _value(frame.iloc[at]) for word, at in marks.items()}
    return multiverse_curve(
        frame,
        name=f"fig-{outcome.id.replace('_', '-')}-multiverse",
        what=outcome.label,
        marks=marks,
        printed=printed,
        caption=(
            f"{outcome.label} under {words.count(len(frame), 'pool')}, ordered by their "
            "estimate. Inner band: the median 95% interval of neighbouring pools; outer band: its "
            "extremes. Grey: the printed value with its interval. Diamond: the primary analysis, "
            f"{values['primary']}. Square: the comparison analysis, {values['comparison']}."
        ),
        call=_call("multiverse_pools", universe, f', book.claims("{outcome.topic}")'),
    )


def multiverse_choices(universe: Multiverse) -> BookFigure:
    """Draw where the pools lie that make each choice: median and middle nine tenths."""
    label = universe.outcome.label
    rows: list[Row] = []
    for level in level_spreads(universe).to_dict("records"):
        group = CHOICES[level["choice"]]
        if not rows or rows[-1].group != group:
            rows.append(Row(label=group, kind="heading"))
        rows.append(
            Row(
                label=level_words(level["choice"], level["level"]),
                estimate=level["estimate"],
                low=level["low"],
                high=level["high"],
                counts=words.number(level["pools"], 0),
                group=group,
            )
        )
    low, high = np.quantile(universe.estimate[universe.distinct], (0.01, 0.99))
    return forest_rows(
        rows,
        name=f"fig-{universe.outcome.id.replace('_', '-')}-multiverse-choices",
        caption=f"{label}: where the pools lie that make each choice. Square: their median; line: "
        "the middle nine tenths. These are spreads over pools, not confidence intervals.",
        limits=(max(0.0, float(np.floor(low * 20) / 20)), min(1.0, float(np.ceil(high * 20) / 20))),
        label_header="Choice",
        counts_header="Pools",
        value_header="Median (90% of pools)",
        axis_label=f"{label}, share of patients",
        call=_call("multiverse_choices", universe),
    )


def summarise(frame: pd.DataFrame) -> pd.DataFrame:
    """Gather pools, in order of their estimate, into at most :data:`STEPS` neighbourhoods.

    Parameters
    ----------
    frame : DataFrame
        One row a pool: ``estimate low high``.

    Returns
    -------
    DataFrame
        ``first last`` (ranks from 1) and the medians of estimate and limits with the lowest lower
        and the highest upper limit among them.
    """
    ordered = frame.sort_values("estimate", kind="stable")
    edges = np.linspace(0, len(frame), min(STEPS, len(frame)) + 1).round().astype(int)
    curve = ordered.groupby(np.repeat(edges[:-1], np.diff(edges))).agg(
        estimate=("estimate", "median"),
        median_low=("low", "median"),
        median_high=("high", "median"),
        lowest_low=("low", "min"),
        highest_high=("high", "max"),
    )
    curve.insert(0, "first", edges[:-1] + 1)
    curve.insert(1, "last", edges[1:])
    return curve


def multiverse_curve(
    frame: pd.DataFrame,
    *,
    name: str,
    what: str,
    marks: dict[str, int],
    printed: Any = None,
    people: str = "patients",
    caption: str,
    call: str,
) -> BookFigure:
    """Draw all pools of an outcome by the size of their estimate.

    Parameters
    ----------
    frame : DataFrame
        One row a pool: ``estimate low high``, fractions.
    what : str
        What is pooled.
    marks : dict
        Word → row (position) of an analysis that is marked; the first one as a diamond, the second
        as a square.
    printed : Claims or Interval, optional
        Drawn across: the article's value and its interval.
    people : str
        Whose share it is.

    Raises
    ------
    ValueError
        When the frame is empty or a mark is no row.
    """
    if frame.empty:
        raise ValueError(f"figure {name}: at least one pool was expected, got none")
    for word, row in marks.items():
        if not 0 <= row < len(frame):
            raise ValueError(f"{word}: a row from 0 to {len(frame) - 1} was expected, got {row}")
    curve = summarise(frame)
    order = np.argsort(frame["estimate"].to_numpy(dtype=float), kind="stable")
    ranks = {word: int(np.flatnonzero(order == row)[0]) for word, row in marks.items()}
    marked = {word: (ranks[word], frame.iloc[row]) for word, row in marks.items()}
    return compose(
        lambda variant: draw_curve(variant, curve, f"{what}, share of {people}", printed, marked),
        name=name,
        caption=caption,
        alt=_alt(frame, what, printed),
        description=_description(curve, marked, len(frame)),
        data=curve,
        call=call,
    )


def _alt(frame: pd.DataFrame, what: str, printed: Any) -> str:
    estimates = frame["estimate"].to_numpy(dtype=float)
    low, middle, high = (words.percent(float(f(estimates))) for f in (np.min, np.median, np.max))
    pools = f"{words.count(len(frame), 'pool')} of {words.within_sentence(what)}"
    text = f"{pools}: from {low} to {high}, median {middle}."
    if printed is not None and printed.estimate is not None:
        below = float((estimates < printed.estimate).mean())
        value, share = words.percent(printed.estimate), words.percent(below)
        text += f" The printed {value} lies above {share} of them."
    return text


def _value(pool: pd.Series) -> str:
    limits = f"{words.in_percent(pool['low'])} to {words.in_percent(pool['high'])}"
    return f"{words.percent(pool['estimate'])} ({limits})"


def _description(curve: pd.DataFrame, marked: dict[str, tuple[int, pd.Series]], count: int) -> str:
    parts = [
        f"The {word} analysis gives {_value(pool)} and has rank {words.number(rank + 1, 0)} of "
        f"{words.number(count, 0)}."
        for word, (rank, pool) in marked.items()
    ]
    tenths = [int(share * (len(curve) - 1)) for share in (0.1, 0.25, 0.5, 0.75, 0.9)]
    texts = [str(words.percent(float(curve["estimate"].iloc[at]))) for at in tenths]
    share = ("a tenth", "a quarter", "half", "three quarters", "nine tenths")
    steps = "; ".join(f"{name} at {text}" for name, text in zip(share, texts, strict=True))
    return " ".join([*parts, f"Along the curve: {steps}."])


def draw_curve(
    variant: Variant,
    curve: pd.DataFrame,
    what: str,
    printed: Any,
    marked: dict[str, tuple[int, pd.Series]],
) -> Figure:
    """Draw bands, curve, printed value and marked analyses on one canvas."""
    width, height = WIDTHS[variant], {"wide": 3.0, "narrow": 2.6}[variant]
    heading = wrap(what, width - 0.12, 8.9)
    left, top = 0.58, 0.2 + LINE * len(heading)
    bottom = top + height
    ax = canvas(width)
    for i, text in enumerate(heading):
        put(ax, 0.06, 0.14 + LINE * i, text, colour=MUTED, size=8.9)
    low, high = float(curve["lowest_low"].min()), float(curve["highest_high"].max())
    low, high = max(np.floor(low * 20) / 20, 0.0), min(np.ceil(high * 20) / 20, 1.0)
    scale = Scale(low, high, bottom, top)
    count = int(curve["last"].iloc[-1])
    across = Scale(0.0, float(count), left, width - 0.12)
    for value, text in percent_axis(low, high):
        line(ax, [(left - 0.05, scale(value)), (left, scale(value))], colour=MUTED, width=0.7)
        put(ax, left - 0.09, scale(value), text, anchor="right")
    line(ax, [(left, top), (left, bottom)], colour=MUTED, width=0.7)
    places = [across((a + b - 1) / 2) for a, b in zip(curve["first"], curve["last"], strict=True)]

    def path(column: str) -> list[tuple[float, float]]:
        return [(x, scale(float(y))) for x, y in zip(places, curve[column], strict=True)]

    if len(places) > 1:
        for lower, upper, alpha in (
            ("lowest_low", "highest_high", 0.12),
            ("median_low", "median_high", 0.2),
        ):
            polygon(ax, [*path(lower), *reversed(path(upper))], fill=C1, alpha=alpha, width=0)
        line(ax, path("estimate"), colour=INK, width=1.6)
    if printed is not None and printed.estimate is not None:
        _draw_printed(ax, printed, across, scale)
    for number, (word, (rank, pool)) in enumerate(marked.items()):
        _draw_mark(ax, word, pool, across(rank + 0.5), scale, second=number > 0)
    middle = (across.left + across.right) / 2
    put(ax, middle, bottom + 0.15, f"{words.count(count, 'pool')}, by estimate",
        anchor="center", colour=MUTED)  # fmt: skip
    return cut(ax, bottom + 0.34)


def _draw_printed(ax: Axes, printed: Any, across: Scale, scale: Scale) -> None:
    for value, width, dashes in (
        (printed.estimate, 1.4, None),
        (printed.low, 0.9, (4.0, 3.0)),
        (printed.high, 0.9, (4.0, 3.0)),
    ):
        if value is not None:
            ends = [(across.left, scale(value)), (across.right, scale(value))]
            line(ax, ends, colour=PRINTED, width=width, dashes=dashes)
    text = f"printed {words.percent(printed.estimate)}"
    put(
        ax, across.right - 0.04, scale(printed.estimate) + 0.1, text, anchor="right", colour=PRINTED
    )


def _draw_mark(
    ax: Axes, word: str, pool: pd.Series, x: float, scale: Scale, *, second: bool
) -> None:
    low, estimate, high = (scale(pool[name]) for name in ("low", "estimate", "high"))
    line(ax, [(x, low), (x, high)], colour=ACCENT, width=1.4)
    shape, half = (square, 0.05) if second else (diamond, 0.065)
    shape(ax, x, estimate, half, fill=ACCENT, level=5)
    # The words of the two marks stand at opposite ends of their intervals, clear of each other.
    y = high - 0.1 if second else min(low + 0.12, scale.left - 0.1)
    anchor: Anchor = "right" if x > 0.6 * ax.get_xlim()[1] else "left"
    put(ax, x + (-0.04 if anchor == "right" else 0.04), y,
        f"{word} {words.percent(pool['estimate'])}", anchor=anchor, colour=ACCENT)  # fmt: skip


def _call(function: str, universe: Multiverse, more: str = "") -> str:
    return (
        "from reviewbook.robustness.multiverse import multiverse\n"
        f'figures.{function}(multiverse(book, "{universe.outcome.id}"){more})'
    )
