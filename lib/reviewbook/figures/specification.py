"""The specification curve: all pools in order, and below it where the pools of each choice lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.evidence.claims import Claims
from reviewbook.prose.multiverse import level_words
from reviewbook.robustness.multiverse import Multiverse
from reviewbook.robustness.specification import BINS, LEAST, Specification, specification

from .drawing.axes import percent_axis
from .drawing.canvas import Scale, canvas, cut, line, polygon, put, put_wrapped
from .drawing.figure import BookFigure, compose
from .drawing.style import (
    ACCENT,
    C1,
    INK,
    LINE,
    MUTED,
    PRINTED,
    RULE,
    WIDTHS,
    Variant,
    text_width,
    wrap,
)

MARGIN, ROW, TALL = 0.06, 0.25, 0.17
"""Margin, height of a level and of its highest bar, in inches."""


Guide = tuple[float, str, tuple[float, float] | None]
"""Rank, colour and dashes of a line down through the choices."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where things stand: the rank across, the estimate up, and the right end of the values."""

    across: Scale
    up: Scale
    end: float


def multiverse_choices(universe: Multiverse, printed: Claims | None = None) -> BookFigure:
    """Draw the pools in order of their estimate, and along it the pools of each choice.

    Parameters
    ----------
    universe : Multiverse
        All pools of an outcome.
    printed : Claims, optional
        What the article prints of it, drawn across the curve.
    """
    outcome, found = universe.outcome, specification(universe)
    value = None if printed is None else printed.estimate
    minor = [f"{row['name']} ({_small(row['share'])})" for row in found.minor.to_dict("records")]
    note = f"Not drawn, as they explain less than {words.percent(LEAST)} each: "
    note = f"{note}{words.join(words.within_sentence(text) for text in minor)}. " if minor else ""
    note += f"Combinations of choices explain {words.percent(found.rest)}."
    more = "" if printed is None else f', book.claims("{outcome.topic}")'
    return compose(
        lambda variant: draw_specification(variant, found, value, outcome.label, note),
        name=f"fig-{outcome.id.replace('_', '-')}-multiverse-choices",
        caption=f"Which choices move {words.within_sentence(outcome.label)}. Above, "
        f"{words.count(universe.n_pools, 'pool')} in order of their estimate, with the median 95% "
        f"interval of neighbours{_cut(found, value)}. Below, where along this curve the pools lie "
        "that make each choice, and their median; choices in the order of the variance between "
        "analyses that they explain.",
        alt=_alt(found, outcome.label),
        description=_description(found, note),
        data=found.levels.merge(_wide_places(found), on=["choice", "level"]),
        call="from reviewbook.robustness.multiverse import multiverse\n"
        f'figures.multiverse_choices(multiverse(book, "{outcome.id}"){more})',
    )


def _small(share: float) -> str:
    """Return a small share of the variance; "0.0%" would read as none at all."""
    return str(words.percent(share, digits=1)) if words.rounded(100 * share, 1) else "under 0.1%"


def _wide_places(found: Specification) -> pd.DataFrame:
    """Return one row a level, a column a step along the curve."""
    table = found.places.pivot_table(
        index=["choice", "level"], columns="step", values="pools", sort=False
    ).astype(int)
    return table.add_prefix("pools_at_step_").reset_index()


def _alt(found: Specification, what: str) -> str:
    levels = found.levels
    if levels.empty:
        return f"Specification curve of {words.within_sentence(what)}: no choice explains 1%."
    names = [
        f"{words.within_sentence(str(name))} {words.percent(share)}"
        for name, share in levels.drop_duplicates("choice")[["name", "share"]].to_numpy()
    ]
    return (
        f"Specification curve of {words.within_sentence(what)} around a median of "
        f"{words.percent(found.median)}. Variance explained: {words.join(names)}."
    )


def _description(found: Specification, note: str) -> str:
    paragraphs = []
    for name, part in found.levels.groupby("name", sort=False):
        share = float(part["share"].iloc[0])
        texts = [
            f"{level_words(row['choice'], row['level'])}: {words.percent(row['estimate'])}, nine "
            f"in ten pools from {words.percent(row['low'])} to {words.percent(row['high'])}"
            for row in part.to_dict("records")
        ]
        paragraphs.append(f"{name}, {words.percent(share)} of the variance. {'; '.join(texts)}.")
    return "\n\n".join([*paragraphs, note])


def draw_specification(
    variant: Variant, found: Specification, printed: float | None, what: str, note: str
) -> Figure:
    """Draw curve, printed value and choices on one canvas."""
    width, beside = WIDTHS[variant], variant == "wide"
    rows = found.levels.to_dict("records")
    labels = [level_words(row["choice"], row["level"]) for row in rows]
    names = min(max(map(text_width, labels), default=0.0), 2.7) if beside else 0.55
    end = width - MARGIN
    right = end - text_width("printed 100%") - 0.1
    tall = {"wide": 1.9, "narrow": 1.7}[variant]
    top = 0.34
    low, high = _limits(found, printed)
    frame = Frame(
        Scale(0.0, 1.0, MARGIN + names + 0.12, right), Scale(low, high, top + tall, top), end
    )
    ax = canvas(width)
    put(ax, MARGIN, 0.13, f"{what}, share of patients" if beside else "Share of patients",
        colour=MUTED)  # fmt: skip
    _draw_curve(ax, found, printed, frame)
    y = top + tall + 0.18
    put(ax, frame.across.left, y, "lowest pools", colour=MUTED)
    put(ax, frame.across.right, y, "highest", anchor="right", colour=MUTED)
    put(ax, end, y, "median", anchor="right", colour=MUTED)
    guides: list[Guide] = [(0.5, MUTED, (3.0, 2.5))]
    if printed is not None:
        guides.append((found.rank_of(printed), PRINTED, None))
    _draw_guides(ax, guides, frame, top, top + tall)
    y += 0.24
    choice = ""
    for row, label in zip(rows, labels, strict=True):
        if row["choice"] != choice:
            choice = row["choice"]
            y = _draw_heading(ax, row, y, frame)
        y = _draw_level(ax, row, label, found, y, frame, guides, names=names if beside else 0.0)
    y = put_wrapped(ax, MARGIN, y + 0.2, note, width - 2 * MARGIN, line=0.16, colour=MUTED)
    return cut(ax, y - 0.02)


def _limits(found: Specification, printed: float | None) -> tuple[float, float]:
    """Return an axis for all but the outermost neighbourhoods of pools, and the printed value."""
    curve = found.curve
    inner = curve.iloc[1:-1] if len(curve) > 10 else curve
    ends = [float(inner["estimate"].min()), float(inner["estimate"].max())]
    ends += [] if printed is None else [printed]
    low, high = np.floor(min(ends) * 20 - 0.2) / 20, np.ceil(max(ends) * 20 + 0.2) / 20
    return max(0.0, float(low)), min(1.0, float(high))


def _cut(found: Specification, printed: float | None) -> str:
    """Say that the band goes on beyond the axis, where it does."""
    low, high = _limits(found, printed)
    beyond = (found.curve["low"] < low - 1e-9) | (found.curve["high"] > high + 1e-9)
    return ", cut at the ends of the axis" if beyond.any() else ""


def _draw_curve(ax: Axes, found: Specification, printed: float | None, frame: Frame) -> None:
    """Draw the band and the curve, and level lines at the median and at the printed value."""
    across, up = frame.across, frame.up
    line(ax, [(across.left, up.left), (across.left, up.right)], colour=MUTED, width=0.7)
    for value, text in percent_axis(up.low, up.high):
        line(ax, [(across.left, up(value)), (across.right, up(value))], colour=RULE, width=0.6,
             level=1)  # fmt: skip
        put(ax, across.left - 0.06, up(value), text, anchor="right")
    curve = found.curve
    places = [across(rank) for rank in curve["rank"]]

    def path(column: str) -> list[tuple[float, float]]:
        return [(x, up(float(v))) for x, v in zip(places, curve[column], strict=True)]

    polygon(ax, [*path("low"), *reversed(path("high"))], fill=C1, alpha=0.18, width=0, level=1.2)
    drawn = pd.DataFrame(path("estimate"), columns=["x", "y"])
    seaborn.lineplot(drawn, x="x", y="y", color=INK, lw=1.6, estimator=None, sort=False, ax=ax)
    texts = [(found.median, f"median {words.percent(found.median)}", MUTED)]
    if printed is not None:
        texts.append((printed, f"printed {words.percent(printed)}", PRINTED))
    places_of = _apart([up(value) for value, _, _ in texts])
    for (value, text, colour), y in zip(texts, places_of, strict=True):
        dashes = (3.0, 2.5) if colour == MUTED else None
        line(ax, [(across.left, up(value)), (across.right, up(value))], colour=colour,
             width=0.9 if dashes else 1.4, dashes=dashes, level=1.8)  # fmt: skip
        put(ax, frame.end, y, text, anchor="right", colour=colour)


def _apart(heights: list[float]) -> list[float]:
    """Move two heights to a line's distance from each other."""
    if len(heights) < 2 or abs(heights[0] - heights[1]) >= LINE:
        return heights
    middle, step = sum(heights) / 2, LINE / 2
    return [middle - step, middle + step] if heights[0] <= heights[1] else [
        middle + step, middle - step
    ]  # fmt: skip


def _draw_guides(ax: Axes, guides: Sequence[Guide], frame: Frame, top: float, foot: float) -> None:
    """Draw the ranks of the median and of the printed value from `top` to `foot`."""
    for rank, colour, dashes in guides:
        x = frame.across(rank)
        line(ax, [(x, top), (x, foot)], colour=colour, width=0.9, dashes=dashes, level=2.5)


def _draw_heading(ax: Axes, row: Mapping[Any, Any], y: float, frame: Frame) -> float:
    y += 0.08
    share = f"{words.percent(row['share'])} of variance"
    put(ax, MARGIN, y, str(row["name"]), bold=True)
    put(ax, frame.end, y, share, anchor="right", colour=MUTED)
    return y + 0.24


def _draw_level(
    ax: Axes, row: Mapping[Any, Any], label: str, found: Specification, y: float, frame: Frame,
    guides: Sequence[Guide], *, names: float,
) -> float:  # fmt: skip
    """Draw a level: its words, bars along the curve, the median of its pools; return the next y."""
    across = frame.across
    lines = wrap(label, names or frame.end - MARGIN)
    if not names:
        for piece in lines:
            put(ax, MARGIN, y, piece)
            y += LINE
        y += 0.02
    places = found.places
    own = places[(places["choice"] == row["choice"]) & (places["level"] == row["level"])]
    pools = own.sort_values("step")["pools"].to_numpy(dtype=float)
    tops = pools / pools.max() * TALL
    foot = y + 0.09
    steps = np.linspace(across.left, across.right, BINS + 1).tolist()
    outline = [(steps[0], foot)]
    for left, right, rise in zip(steps, steps[1:], tops.tolist(), strict=False):
        if outline[-1] == (left, foot - rise):  # as high as the last: one longer bar
            outline.pop()
        else:
            outline.append((left, foot - rise))
        outline.append((right, foot - rise))
    polygon(ax, [*outline, (steps[-1], foot)], fill=C1, alpha=0.75, width=0)
    line(ax, [(across.left, foot), (across.right, foot)], colour=RULE, width=0.6, level=1)
    _draw_guides(ax, guides, frame, foot - TALL, foot + 0.03)
    if names:
        for number, piece in enumerate(lines):
            put(ax, MARGIN, y + LINE * (number - (len(lines) - 1) / 2), piece)
    median = words.percent(row["estimate"])
    put(ax, frame.end, y, str(median), anchor="right", colour=ACCENT)
    return y + max(ROW, LINE * len(lines) + 0.05 if names else ROW + 0.03)
