"""Icon arrays: 100 patients, those with the event filled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.robustness.summary import Summary

from .drawing.canvas import canvas, cut, put_wrapped
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
    texts = [
        f"{one.label}: {count} of 100 ({words.number(one.per_100.low, 0)} to "
        f"{words.number(one.per_100.high, 0)})"
        for one, count in zip(found, counts, strict=True)
    ]

    def draw(variant: Variant) -> Figure:
        width, size = WIDTHS[variant], STEP * _SIDE
        columns = max(1, int((width + GAP) / (size + GAP)))
        columns = min(columns, len(found))
        room = (width - (columns - 1) * GAP) / columns
        ax = canvas(width)
        y = 0.05
        for start in range(0, len(found), columns):
            row = range(start, min(start + columns, len(found)))
            lines = max(len(wrap(texts[i], room)) for i in row)
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
                put_wrapped(ax, x, y + size + 0.14, texts[i], room, line=LINE)
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
