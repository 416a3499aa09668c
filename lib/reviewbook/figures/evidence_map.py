"""Evidence map: which outcome of which cohort can be read, and how far it is from the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.figures.drawing.canvas import canvas, line, put, status_mark
from reviewbook.figures.drawing.figure import BookFigure, Variant, compose
from reviewbook.figures.drawing.style import (
    CATEGORY_COLOURS,
    INK,
    LINE,
    MUTED,
    NARROW,
    RULE,
    STATUSES,
    WIDE,
    text_width,
    wrap,
)

if TYPE_CHECKING:
    from reviewbook.evidence.evidence import Evidence
    from reviewbook.pooling.selection import Selection

OTHER, MISSING = "other denominator", "not readable"
COLOURS = dict(zip((*STATUSES, OTHER), CATEGORY_COLOURS, strict=False))
POPULATION = "infused"
"""Whom a count is of; one in other patients is marked as having another denominator."""
MARGIN, LETTERS = 0.06, "abcdefghijklmnopqrstuvwxyz"


def evidence_map(
    evidence: Evidence,
    cohorts: Selection | pd.DataFrame,
    *,
    outcomes: Mapping[str, str] | None = None,
    name: str = "fig-evidence-map",
) -> BookFigure:
    """Draw cohorts against outcomes; a mark says where the preferred count comes from.

    Parameters
    ----------
    cohorts : Selection or DataFrame
        The rows, in this order; a DataFrame has ``cohort_id`` and ``label``.
    outcomes : mapping, optional
        Outcome → heading, in the order of the columns. By default every outcome that any of the
        cohorts reports, most frequent first.

    Raises
    ------
    ValueError
        When no count belongs to the cohorts and outcomes asked for.
    """
    given = cohorts if isinstance(cohorts, pd.DataFrame) else cohorts.included
    table = grid(evidence, given, outcomes)
    if table.empty:
        raise ValueError(f"figure {name}: no count belongs to these cohorts and outcomes")
    if len(table.columns) > len(LETTERS):
        raise ValueError(
            f"figure {name}: at most {len(LETTERS)} outcomes fit, got {len(table.columns)}"
        )
    headings = {o: (outcomes or {}).get(o) or str(o).replace("_", " ") for o in table.columns}
    labels = dict(zip(given["cohort_id"], given["label"], strict=True))

    def draw(variant: Variant) -> Figure:
        drawing = _wide if variant == "wide" else _narrow
        return drawing(table, labels, headings)

    long = table.rename_axis("cohort_id").reset_index()
    long = long.melt(id_vars="cohort_id", var_name="outcome", value_name="status")
    long.insert(1, "label", long["cohort_id"].map(labels))
    tally = long["status"].value_counts()
    counts = [f"{tally[s]} {s}" for s in (*STATUSES, OTHER, MISSING) if s in tally]
    return compose(
        draw,
        name=name,
        caption=f"What can be read of {words.count(len(table), 'cohort')}: {words.join(counts)}. "
        f"Among patients {POPULATION}, unless marked.",
        alt=f"Map of {words.count(len(table), 'cohort')} by "
        f"{words.count(len(table.columns), 'outcome')}: of {len(long)} cells, "
        f"{words.join(counts)}.",
        description=" ".join(_sentence(table, o, headings[o], labels) for o in table.columns),
        data=long,
        call="figures.evidence_map(book.evidence, cohorts)",
    )


def grid(
    evidence: Evidence,
    cohorts: pd.DataFrame,
    outcomes: Mapping[str, str] | None,
) -> pd.DataFrame:
    """Return cohorts × outcomes, each cell a status, "other denominator" or "not readable"."""
    counts = evidence.outcomes
    ids = [str(identifier) for identifier in cohorts["cohort_id"]]
    counts = counts[counts["cohort_id"].isin(ids) & counts["preferred"].astype(bool)]
    if outcomes is None:
        frequent = counts["outcome"].value_counts()
        names = sorted(frequent.index, key=lambda o: (-int(frequent[o]), str(o)))
    else:
        names = list(outcomes)
    cells: dict[tuple[str, str], str] = {}
    for row in counts.to_dict("records"):
        own = row["population"] == POPULATION
        cells[(row["cohort_id"], row["outcome"])] = str(row["status"]) if own else OTHER
    if not any(outcome in names for _, outcome in cells):
        return pd.DataFrame()
    data = [[cells.get((i, o), MISSING) for o in names] for i in ids]
    return pd.DataFrame(data, index=ids, columns=names)


def _sentence(table: pd.DataFrame, outcome: str, heading: str, labels: Mapping[str, str]) -> str:
    column = table[outcome]
    gaps = [labels[identifier] for identifier in table.index[column == MISSING]]
    known = len(column) - len(gaps)
    text = f"{heading[:1].upper()}{heading[1:]}: {known} of {len(column)} readable"
    if gaps and len(gaps) <= known:
        text += f", not in {words.join(gaps)}"
    return f"{text}."


def draw_cell(ax: Axes, x: float, y: float, status: str) -> None:
    """Draw the mark of one cell."""
    if status == MISSING:
        line(ax, [(x - 0.035, y), (x + 0.035, y)], colour=MUTED, width=0.8)
    elif status == OTHER:
        ax.plot([x], [y], "D", color=COLOURS[OTHER], ms=4.6, mfc="none", mew=1.1)
    else:
        status_mark(ax, x, y, status, size=6.4, colour=COLOURS[status])


def _draw_legend(ax: Axes, y: float, width: float) -> None:
    x = MARGIN + 0.06
    for status in (*STATUSES, OTHER, MISSING):
        need = 0.13 + text_width(status)
        if x + need > width:
            x, y = MARGIN + 0.06, y + 0.2
        draw_cell(ax, x, y, status)
        put(ax, x + 0.13, y, status, colour=MUTED)
        x += need + 0.22


def _wide(table: pd.DataFrame, labels: Mapping[str, str], headings: Mapping[str, str]) -> Figure:
    heights = max(text_width(headings[o]) for o in table.columns)
    longest = max(text_width(labels[i]) for i in table.index)
    label_width = min(longest, WIDE - 2 * MARGIN - 0.28 * len(table.columns) - 0.2)
    step = min(0.5, (WIDE - 2 * MARGIN - label_width - 0.15) / len(table.columns))
    left = MARGIN + label_width + 0.15 + step / 2
    lines = [wrap(labels[i], label_width) for i in table.index]
    row_heights = [max(0.23, LINE * len(text) + 0.07) for text in lines]
    top = heights + 0.2
    bottom = top + sum(row_heights)
    figure, ax = canvas(WIDE, bottom + 0.34)
    for number, outcome in enumerate(table.columns):
        x = left + number * step
        ax.text(x + 0.045, top - 0.1, headings[outcome], rotation=90, ha="center", va="bottom")
        line(ax, [(x, top), (x, bottom)], colour=RULE, width=0.5, level=1)
    y = top
    for identifier, text, height in zip(table.index, lines, row_heights, strict=True):
        middle = y + height / 2
        for number, piece in enumerate(text):
            put(ax, MARGIN, middle + LINE * (number - (len(text) - 1) / 2), piece)
        for number, outcome in enumerate(table.columns):
            draw_cell(ax, left + number * step, middle, table.loc[identifier, outcome])
        y += height
    _draw_legend(ax, bottom + 0.18, WIDE)
    return figure


def _narrow(table: pd.DataFrame, labels: Mapping[str, str], headings: Mapping[str, str]) -> Figure:
    columns = list(table.columns)
    per_line = min(len(columns), 8)
    step = (NARROW - 2 * MARGIN) / per_line
    mark_lines = -(-len(columns) // per_line)
    lines = [wrap(labels[i], NARROW - 2 * MARGIN) for i in table.index]
    row_heights = [LINE * len(text) + 0.12 + 0.19 * mark_lines for text in lines]
    key = [f"{LETTERS[i]}  {headings[o]}" for i, o in enumerate(columns)]
    half = (len(key) + 1) // 2
    left_width = max(map(text_width, key[:half]))
    right_width = max(map(text_width, key[half:]), default=0.0)
    two = left_width + right_width < NARROW - 2 * MARGIN - 0.1
    top = 0.1 + LINE * (half if two else len(key)) + 0.06
    bottom = top + sum(row_heights)
    figure, ax = canvas(NARROW, bottom + 0.5)
    for number, entry in enumerate(key):
        column, row = divmod(number, half) if two else (0, number)
        x = MARGIN if column == 0 else NARROW - MARGIN - right_width
        put(ax, x, 0.1 + LINE * row, entry, colour=MUTED)
    y = top
    for identifier, text, height in zip(table.index, lines, row_heights, strict=True):
        line(ax, [(MARGIN, y), (NARROW - MARGIN, y)], colour=RULE, width=0.5, level=1)
        for number, piece in enumerate(text):
            put(ax, MARGIN, y + 0.1 + LINE * number, piece, colour=INK)
        first = y + 0.12 + LINE * len(text)
        for number, outcome in enumerate(columns):
            row, column = divmod(number, per_line)
            x, middle = MARGIN + step * (column + 0.4), first + 0.19 * row
            put(ax, x - 0.09, middle, LETTERS[number], anchor="center", colour=MUTED)
            draw_cell(ax, x + 0.06, middle, table.loc[identifier, outcome])
        y += height
    _draw_legend(ax, bottom + 0.14, NARROW)
    return figure
