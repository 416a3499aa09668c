"""A matrix of marks: names against headings, as wide as the page or folded for a phone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_lowercase

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing.canvas import canvas, cut, line, put
from .drawing.style import LINE, MUTED, NARROW, RULE, WIDE, Variant, text_width, wrap

MARGIN, LETTERS = 0.06, ascii_lowercase
FOOT = 0.16
"""From the middle of the last line of the legend to the lower edge, in inches."""
SIDE = 0.14
"""From the left edge of a mark on a phone to the heading after it, in inches."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the states of a matrix look.

    Attributes
    ----------
    draw : callable
        Draws the mark of a state at a place of the axes.
    states : tuple of str
        Every state, in the order of the legend.
    """

    draw: Callable[[Axes, float, float, str], None]
    states: tuple[str, ...]


def draw_matrix(table: pd.DataFrame, look: Look, variant: Variant) -> Figure:
    """Draw states of rows against columns; the index and the columns are the words shown."""
    return _wide(table, look) if variant == "wide" else _narrow(table, look)


def _draw_legend(ax: Axes, y: float, width: float, table: pd.DataFrame, look: Look) -> float:
    """Draw the states that occur, in the order of the look; return the height of the last."""
    x = MARGIN + 0.06
    drawn = set(table.to_numpy().ravel())
    for status in (state for state in look.states if state in drawn):
        need = 0.13 + text_width(status)
        if x + need > width:
            x, y = MARGIN + 0.06, y + 0.2
        look.draw(ax, x, y, status)
        put(ax, x + 0.13, y, status, colour=MUTED)
        x += need + 0.22
    return y


def _wide(table: pd.DataFrame, look: Look) -> Figure:
    """Draw names at the left, and a column of marks under each heading.

    Headings stand level where each has room over its column, else turned upright.
    """
    columns, room = len(table.columns), WIDE - 2 * MARGIN
    label_width = min(max(map(text_width, table.index)), room - 0.28 * columns - 0.2)
    free = (room - label_width - 0.15) / columns
    widths = [text_width(heading) for heading in table.columns]
    # Level headings must not touch, and the last must not leave the drawing.
    need = max([0.5, widths[-1], *((a + b) / 2 + 0.1 for a, b in pairwise(widths))])
    level = need <= free
    step = min(need if level else 0.5, free)
    places = [MARGIN + label_width + 0.15 + step * (number + 0.5) for number in range(columns)]
    labels = [wrap(label, label_width) for label in table.index]
    heights = [max(0.23, LINE * len(label) + 0.07) for label in labels]
    top = 0.3 if level else max(widths) + 0.2
    bottom = top + sum(heights)
    ax = canvas(WIDE)
    for x, heading in zip(places, table.columns, strict=True):
        if level:
            put(ax, x, top - 0.14, heading, anchor="center")
        else:
            ax.text(x + 0.045, top - 0.1, heading, rotation=90, ha="center", va="bottom")
        line(ax, [(x, top), (x, bottom)], colour=RULE, width=0.5, level=1)
    y = top
    for cells, label, height in zip(table.to_numpy(), labels, heights, strict=True):
        middle = y + height / 2
        for number, piece in enumerate(label):
            put(ax, MARGIN, middle + LINE * (number - (len(label) - 1) / 2), piece)
        for x, status in zip(places, cells, strict=True):
            look.draw(ax, x, middle, status)
        y += height
    last = _draw_legend(ax, bottom + 0.18, WIDE, table, look)
    return cut(ax, last + FOOT)


def _narrow(table: pd.DataFrame, look: Look) -> Figure:
    """Draw each name above its marks: with their headings if these fit in a line, else letters.

    Letters have a key above all, and stand in lines of at most eight, all equally long.
    """
    room = NARROW - 2 * MARGIN
    spare = room - sum(text_width(heading) + SIDE for heading in table.columns)
    if spare >= 0:
        return _with_headings(table, look, spare / max(len(table.columns) - 1, 1))
    lines = math.ceil(len(table.columns) / 8)
    per_line = math.ceil(len(table.columns) / lines)
    step = room / per_line
    ax = canvas(NARROW)
    y = _draw_key(ax, list(table.columns), room)
    for name, cells in zip(table.index, table.to_numpy(), strict=True):
        line(ax, [(MARGIN, y), (NARROW - MARGIN, y)], colour=RULE, width=0.5, level=1)
        label = wrap(name, room)
        for number, piece in enumerate(label):
            put(ax, MARGIN, y + 0.1 + LINE * number, piece)
        y += 0.12 + LINE * len(label)
        for number, status in enumerate(cells):
            row, column = divmod(number, per_line)
            x, middle = MARGIN + step * (column + 0.4), y + 0.19 * row
            put(ax, x - 0.09, middle, LETTERS[number], anchor="center", colour=MUTED)
            look.draw(ax, x + 0.06, middle, status)
        y += 0.19 * -(-len(cells) // per_line)
    return cut(ax, _draw_legend(ax, y + 0.14, NARROW, table, look) + FOOT)


def _with_headings(table: pd.DataFrame, look: Look, gap: float) -> Figure:
    """Draw each name above one line of marks, each before its heading."""
    ax, y = canvas(NARROW), 0.05
    for name, cells in zip(table.index, table.to_numpy(), strict=True):
        line(ax, [(MARGIN, y), (NARROW - MARGIN, y)], colour=RULE, width=0.5, level=1)
        label = wrap(name, NARROW - 2 * MARGIN)
        for number, piece in enumerate(label):
            put(ax, MARGIN, y + 0.1 + LINE * number, piece)
        y += 0.12 + LINE * len(label)
        x = MARGIN
        for heading, status in zip(table.columns, cells, strict=True):
            look.draw(ax, x + 0.05, y, status)
            put(ax, x + SIDE, y, heading, colour=MUTED)
            x += SIDE + text_width(heading) + gap
        y += 0.19
    return cut(ax, _draw_legend(ax, y + 0.14, NARROW, table, look) + FOOT)


def _draw_key(ax: Axes, headings: list[str], room: float) -> float:
    """Say which letter stands for which heading, in two columns if they fit; return the next y."""
    key = [f"{letter}  {heading}" for letter, heading in zip(LETTERS, headings, strict=False)]
    half = (len(key) + 1) // 2
    right = max(map(text_width, key[half:]), default=0.0)
    if max(map(text_width, key[:half])) + right >= room - 0.1:
        half = len(key)
    for number, entry in enumerate(key):
        column, row = divmod(number, half)
        put(ax, NARROW - MARGIN - right if column else MARGIN, 0.1 + LINE * row, entry,
            colour=MUTED)  # fmt: skip
    return 0.16 + LINE * half
