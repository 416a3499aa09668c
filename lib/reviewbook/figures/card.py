"""The social card: what a shared link shows, 1200 by 630 pixels."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words

from .drawing.canvas import Scale, diamond, line, put
from .drawing.style import ACCENT, MUTED, PAPER, PRINTED, RC, RULE
from .forest.overview import Block

WIDTH, HEIGHT, DPI = 12.0, 6.3, 100
LEFT, TOP, STEP = 0.75, 2.75, 0.7
"""Margin, first outcome, and distance of outcomes in inches."""


def social_card(title: str, subtitle: str, blocks: Sequence[Block] = ()) -> Figure:
    """Draw title and subtitle, and below them the printed value of each outcome with ours.

    Parameters
    ----------
    blocks : sequence of Block
        At most four outcomes; without any, the card has words only.
    """
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor=PAPER)
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set_xlim(0, WIDTH)
        ax.set_ylim(HEIGHT, 0)
        ax.axis("off")
        y = 0.75
        for text in textwrap.wrap(title, 52 if blocks else 32, break_on_hyphens=False)[:2]:
            put(ax, LEFT, y, text, size=25 if blocks else 40, bold=True)
            y += 0.55 if blocks else 0.8
        for text in textwrap.wrap(subtitle, 82 if blocks else 58)[:2]:
            put(ax, LEFT, y + 0.05, text, size=17 if blocks else 20, colour=MUTED)
            y += 0.32 if blocks else 0.42
        if blocks:
            _draw_blocks(ax, list(blocks)[:4])
        foot = "Every number computed when the book is built"
        put(ax, LEFT, HEIGHT - 0.32, foot, size=16, colour=ACCENT)
    return figure


def _draw_blocks(ax: Axes, blocks: list[Block]) -> None:
    scale = Scale(0.0, 1.0, 5.9, WIDTH - 3.0)
    top, bottom = TOP - 0.45, TOP + STEP * (len(blocks) - 1) + 0.38
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = scale(share)
        line(ax, [(x, top), (x, bottom)], colour=RULE, width=1.0, level=1)
        put(ax, x, bottom + 0.17, str(words.percent(share)), anchor="center", size=14, colour=MUTED)
    put(ax, scale.left - 0.05, top - 0.17, "◇ printed", size=14, colour=PRINTED)
    put(ax, scale.left + 1.25, top - 0.17, "◆ ours", size=14, colour=ACCENT)
    for number, one in enumerate(blocks):
        y = TOP + STEP * number
        lines = textwrap.wrap(one.label, 30)[:2]
        for at, text in enumerate(lines):
            put(ax, LEFT, y + 0.28 * (at - (len(lines) - 1) / 2), text, size=17)
        ours = one.analysis.comparison.proportion
        for value, up, colour in ((one.printed, -0.13, PRINTED), (ours, 0.13, ACCENT)):
            if value is None or value.estimate is None:
                continue
            if value.low is not None and value.high is not None:
                ends = [(scale(value.low), y + up), (scale(value.high), y + up)]
                line(ax, ends, colour=colour, width=2.6)
            fill = PAPER if colour == PRINTED else colour
            diamond(ax, scale(value.estimate), y + up, 0.12, fill=fill, edge=colour, width=2.2,
                    level=3)  # fmt: skip
        put(ax, WIDTH - 0.75, y, one.chip, anchor="right", size=17, bold=True)
