"""Rules against outcomes: what each change of the rules makes of each pooled value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words

from .drawing.axes import percent_axis
from .drawing.canvas import Scale, canvas, cut, line, polygon, put, put_wrapped, upright
from .drawing.figure import BookFigure, compose
from .drawing.style import (
    ACCENT,
    C1,
    INK,
    LINE,
    MUTED,
    RULE,
    WIDTHS,
    text_width,
    wrap,
)

MARGIN, GAP = 0.06, 0.3
COLUMNS = ("outcome", "label", "variant", "k", "n", "estimate", "low", "high", "same")
LOOKS = {"other counts": (INK, "o"), "the same counts": (MUTED, "D")}
"""Marks of a pool of other counts and of one of the very counts of the primary set."""
UNDER_TWO = "under 2 cohorts"


def rules_by_outcome(frame: pd.DataFrame, *, name: str = "fig-rules-by-outcome") -> BookFigure:
    """Draw each pooled value under each change of the rules, beside that of the primary set.

    Parameters
    ----------
    frame : DataFrame
        :func:`reviewbook.robustness.sensitivity.rules_by_outcome`; the first variant of an outcome
        is the primary set, drawn as a line with its interval as a band.

    Raises
    ------
    ValueError
        When a column is missing or the frame is empty.
    """
    missing = [column for column in COLUMNS if column not in frame]
    if missing:
        raise ValueError(f"figure {name}: columns {missing} are missing from the frame")
    if frame.empty:
        raise ValueError(f"figure {name}: at least one row was expected, got none")
    outcomes = {str(label): part for label, part in frame.groupby("label", sort=False)}
    changes = words.count(frame["variant"].nunique() - 1, "change")
    return compose(
        lambda variant: _wide(outcomes) if variant == "wide" else _narrow(outcomes),
        name=name,
        caption=f"{words.count(len(outcomes), 'pooled outcome')} under {changes} of the rules for "
        "choosing cohorts and counts, one change at a time, each on the axis of its own range. "
        "Line and band: the primary set with its 95% interval, random-intercept logistic model. "
        "Grey diamonds: the change selects the very counts of the primary set.",
        alt=_alt(outcomes, changes),
        description="\n\n".join(
            f"{label}. {' '.join(_sentence(row) for row in part.to_dict('records'))}"
            for label, part in outcomes.items()
        ),
        data=frame[list(COLUMNS)],
        call="from reviewbook.robustness import sensitivity\n"
        f"figures.rules_by_outcome(sensitivity.rules_by_outcome(book), name={name!r})",
    )


def _alt(outcomes: dict[str, pd.DataFrame], changes: str) -> str:
    texts = []
    for label, part in outcomes.items():
        low, high = (words.percent(float(f(part["estimate"].dropna()))) for f in (min, max))
        fixed = words.percent(float(part["estimate"].iloc[0]))
        texts.append(f"{label}: {fixed} as fixed in advance, from {low} to {high}.")
    return f"Pooled values under {changes} of the rules. {' '.join(texts)}"


def _sentence(row: Mapping[Any, Any]) -> str:
    variant = words.capital(str(row["variant"]))
    if pd.isna(row["estimate"]):
        return f"{variant}: fewer than two cohorts."
    return f"{variant}: {_value(row)}, {words.count(int(row['k']), 'cohort')}."


def _value(row: Mapping[Any, Any] | pd.Series) -> str:
    limits = f"{words.in_percent(row['low'])} to {words.in_percent(row['high'])}"
    return f"{words.percent(row['estimate'])} ({limits})"


def _axis(part: pd.DataFrame, left: float, right: float) -> Scale:
    """Return the axis of one outcome: whole steps of 5 % around all its intervals."""
    low, high = float(part["low"].min()), float(part["high"].max())
    low, high = np.floor(low * 20 + 1e-9) / 20, np.ceil(high * 20 - 1e-9) / 20
    return Scale(max(low, 0.0), min(high, 1.0), left, right)


def _draw_outcome(ax: Axes, part: pd.DataFrame, scale: Scale, heights: list[float]) -> None:
    """Draw the band of the primary set, and a dot with its interval for each change."""
    top, bottom = heights[0] - 0.12, heights[-1] + 0.14
    fixed, changed = part.iloc[0], part.iloc[1:]
    low, middle, high = (scale(float(fixed[name])) for name in ("low", "estimate", "high"))
    corners = [(low, top), (high, top), (high, bottom), (low, bottom)]
    polygon(ax, corners, fill=C1, alpha=0.13, width=0, level=1)
    points, written = [], []
    for row, y in zip(changed.to_dict("records"), heights, strict=True):
        if pd.isna(row["estimate"]):
            put(ax, scale.left, y, UNDER_TWO, colour=MUTED)
            written.append((scale.left, scale.left + text_width(UNDER_TWO), y))
            continue
        kind = "the same counts" if row["same"] else "other counts"
        ends = [(scale(row["low"]), y), (scale(row["high"]), y)]
        line(ax, ends, colour=LOOKS[kind][0], width=1.2)
        points.append((scale(row["estimate"]), y, kind))
    upright(ax, middle, top, bottom, around=written, colour=ACCENT, width=1.3)
    seaborn.scatterplot(
        pd.DataFrame(points, columns=["x", "y", "kind"]), x="x", y="y", hue="kind", style="kind",
        hue_order=list(LOOKS), style_order=list(LOOKS), legend=False, s=26, linewidth=0,
        palette={kind: colour for kind, (colour, _) in LOOKS.items()},
        markers={kind: marker for kind, (_, marker) in LOOKS.items()}, zorder=2.3, ax=ax,
    )  # fmt: skip
    scale.draw_axis(ax, bottom, percent_axis(scale.low, scale.high))


def _rules(part: pd.DataFrame, width: float) -> list[list[str]]:
    """Return the words of every change in lines of at most `width` inches."""
    return [wrap(words.capital(v), width) for v in part["variant"].iloc[1:]]


def _heights(labels: list[list[str]], y: float) -> list[float]:
    """Return the middle of each row, the first one below `y`."""
    heights = []
    for label in labels:
        tall = max(0.25, LINE * len(label) + 0.08)
        heights.append(y + tall / 2)
        y += tall
    return heights


def _write_rules(ax: Axes, labels: list[list[str]], heights: list[float]) -> None:
    for label, y in zip(labels, heights, strict=True):
        for number, piece in enumerate(label):
            put(ax, MARGIN, y + LINE * (number - (len(label) - 1) / 2), piece)


def _wide(outcomes: dict[str, pd.DataFrame]) -> Figure:
    """Draw the outcomes side by side, the rules named once at the left."""
    width, names = WIDTHS["wide"], 1.82
    panel = (width - MARGIN - names - 0.16 - GAP * len(outcomes)) / len(outcomes)
    titles = [wrap(label, panel + 0.1, bold=True) for label in outcomes]
    lines = max(map(len, titles))
    labels = _rules(next(iter(outcomes.values())), names)
    ax = canvas(width)
    heights = _heights(labels, 0.12 + LINE * (lines + 1) + 0.1)
    put(ax, MARGIN, 0.12 + LINE * lines, "As fixed in advance", colour=ACCENT)
    _write_rules(ax, labels, heights)
    for y in heights:
        line(
            ax, [(MARGIN + names + 0.1, y), (width - MARGIN, y)], colour=RULE, width=0.5, level=0.9
        )
    left = MARGIN + names + GAP
    for text, part in zip(titles, outcomes.values(), strict=True):
        for number, piece in enumerate(text):
            y = 0.12 + LINE * (lines - len(text) + number)
            put(ax, left - 0.1, y, piece, bold=True)
        put(ax, left - 0.1, 0.12 + LINE * lines, _value(part.iloc[0]), colour=ACCENT)
        _draw_outcome(ax, part, _axis(part, left, left + panel), heights)
        left += panel + GAP
    return cut(ax, heights[-1] + 0.44)


def _narrow(outcomes: dict[str, pd.DataFrame]) -> Figure:
    """Draw the outcomes below each other, the rules named at each, for phones."""
    width, names = WIDTHS["narrow"], 1.72
    ax = canvas(width)
    y = 0.12
    for label, part in outcomes.items():
        y = put_wrapped(ax, MARGIN, y, label, width - 2 * MARGIN, line=LINE, bold=True)
        put(ax, MARGIN, y, "As fixed in advance", colour=ACCENT)
        put(ax, width - MARGIN, y, _value(part.iloc[0]), anchor="right", colour=ACCENT)
        labels = _rules(part, names)
        heights = _heights(labels, y + 0.2)
        _write_rules(ax, labels, heights)
        right = width - MARGIN - text_width("100%") / 2
        _draw_outcome(ax, part, _axis(part, MARGIN + names + 0.2, right), heights)
        y = heights[-1] + 0.56
    return cut(ax, y - 0.12)
