"""Icon arrays: 100 patients, those with the event filled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.robustness.summary import Summary

from .drawing.canvas import canvas, cut, put, put_wrapped
from .drawing.figure import BookFigure, compose
from .drawing.style import C1, LINE, MUTED, WIDTHS, Variant, wrap

STEP, GAP, MARK = 0.118, 0.3, 6.0
"""Inches between icons and between arrays; points of an icon."""
_SIDE = 10


def icon_arrays(found: Sequence[Summary], *, name: str) -> BookFigure:
    """Draw 100 patients for each outcome; those with the event are filled.

    Parameters
    ----------
    found : sequence of Summary
        Outcomes to draw, in order; numbers are those of the summary of findings, rounded.
    """
    counts = [int(words.rounded(one.per_100.estimate)) for one in found]
    # Number and interval have a line each: a bracket broken over two lines reads badly.
    values = [
        (
            f"{count} of 100",
            f"({words.number(one.per_100.low, 0)} to {words.number(one.per_100.high, 0)})",
        )
        for one, count in zip(found, counts, strict=True)
    ]
    texts = [f"{one.label}: {' '.join(value)}" for one, value in zip(found, values, strict=True)]

    def draw(variant: Variant) -> Figure:
        width, size = WIDTHS[variant], STEP * _SIDE
        columns = max(1, int((width + GAP) / (size + GAP)))
        columns = min(columns, len(found))
        room = (width - (columns - 1) * GAP) / columns
        ax = canvas(width)
        y = 0.05
        for start in range(0, len(found), columns):
            row = range(start, min(start + columns, len(found)))
            lines = max(len(wrap(found[i].label, room)) for i in row) + 2
            for i in row:
                x = (i - start) * (room + GAP)
                places = np.arange(_SIDE * _SIDE)
                across = x + (places % _SIDE + 0.5) * STEP
                down = y + (places // _SIDE + 0.5) * STEP
                for chosen, fill, edge in (
                    (places < counts[i], C1, C1),
                    (places >= counts[i], "none", MUTED),
                ):
                    ax.plot(across[chosen], down[chosen], "o", markersize=MARK,
                            markerfacecolor=fill, markeredgecolor=edge)  # fmt: skip
                number, limits = values[i]
                down_to = put_wrapped(ax, x, y + size + 0.14, found[i].label, room, line=LINE)
                put(ax, x, down_to, number, bold=True)
                put(ax, x, down_to + LINE, limits)
            y += size + 0.14 + LINE * lines + 0.16
        return cut(ax, y)

    return compose(
        draw,
        name=name,
        caption="Of 100 patients, those with each outcome, averaged over cohorts; in brackets the "
        "95% confidence interval. The chapters of the outcomes also give the proportion of the "
        "median cohort, which can differ.",
        alt="Arrays of 100 icons. " + "; ".join(texts) + ".",
        description="Filled icons of 100: " + "; ".join(texts) + ".",
        data=pd.DataFrame(
            {
                "outcome": [one.label for one in found],
                "filled": counts,
                "per_100": [one.per_100.estimate for one in found],
                "low": [one.per_100.low for one in found],
                "high": [one.per_100.high for one in found],
            }
        ),
        call=f"figures.icon_arrays([one for one in found if one.finding.icons], name={name!r})",
    )
