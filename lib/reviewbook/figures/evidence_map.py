"""Evidence map: which outcome of which cohort can be read, and how far it is from the report."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.evidence.evidence import Evidence
from reviewbook.pooling.selection import Selection
from reviewbook.review.rules import STATUSES

from .drawing.canvas import canvas, cut, line, put
from .drawing.figure import BookFigure, compose
from .drawing.style import (
    CATEGORY_COLOURS,
    LINE,
    MUTED,
    NARROW,
    RULE,
    WIDE,
    text_width,
    wrap,
)
from .forest.layout import status_mark

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
        When no count belongs to the cohorts and outcomes asked for, or more than 26 outcomes do.
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
    drawn = table.rename(index=labels, columns=headings)

    long = table.rename_axis("cohort_id").reset_index()
    long = long.melt(id_vars="cohort_id", var_name="outcome", value_name="status")
    long.insert(1, "label", long["cohort_id"].map(labels))
    tally = long["status"].value_counts()
    counts = words.join(f"{tally[s]} {s}" for s in (*STATUSES, OTHER, MISSING) if s in tally)
    return compose(
        lambda variant: _wide(drawn) if variant == "wide" else _narrow(drawn),
        name=name,
        caption=f"What can be read of {words.count(len(table), 'cohort')}: {counts}. "
        f"Among patients {POPULATION}, unless marked.",
        alt=f"Map of {words.count(len(table), 'cohort')} by "
        f"{words.count(len(table.columns), 'outcome')}: of {len(long)} cells, {counts}.",
        description=" ".join(_sentence(heading, cells) for heading, cells in drawn.items()),
        data=long,
        call="figures.evidence_map(book.evidence, cohorts)",
    )


def grid(
    evidence: Evidence, cohorts: pd.DataFrame, outcomes: Mapping[str, str] | None
) -> pd.DataFrame:
    """Return cohorts × outcomes, each cell a status, "other denominator" or "not readable"."""
    counts, ids = evidence.outcomes, list(cohorts["cohort_id"])
    counts = counts[counts["cohort_id"].isin(ids) & counts["preferred"].astype(bool)]
    names = list(outcomes or [])
    if outcomes is None:
        frequent = counts["outcome"].value_counts()
        names = sorted(frequent.index, key=lambda o: (-int(frequent[o]), str(o)))
    counts = counts[counts["outcome"].isin(names)]
    if counts.empty:
        return pd.DataFrame()
    cells = counts["status"].where(counts["population"] == POPULATION, OTHER)
    table = counts.assign(cell=cells).pivot_table(
        index="cohort_id", columns="outcome", values="cell", aggfunc="last"
    )
    return table.reindex(index=ids, columns=names).fillna(MISSING)


def _sentence(heading: object, cells: pd.Series) -> str:
    gaps = list(cells.index[cells == MISSING])
    known = len(cells) - len(gaps)
    text = f"{str(heading)[:1].upper()}{str(heading)[1:]}: {known} of {len(cells)} readable"
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


def _wide(table: pd.DataFrame) -> Figure:
    """Draw names at the left, headings turned upright, and a column of marks for each."""
    columns, room = len(table.columns), WIDE - 2 * MARGIN
    label_width = min(max(map(text_width, table.index)), room - 0.28 * columns - 0.2)
    step = min(0.5, (room - label_width - 0.15) / columns)
    places = [MARGIN + label_width + 0.15 + step * (number + 0.5) for number in range(columns)]
    labels = [wrap(label, label_width) for label in table.index]
    heights = [max(0.23, LINE * len(label) + 0.07) for label in labels]
    top = max(map(text_width, table.columns)) + 0.2
    bottom = top + sum(heights)
    ax = canvas(WIDE)
    for x, heading in zip(places, table.columns, strict=True):
        ax.text(x + 0.045, top - 0.1, heading, rotation=90, ha="center", va="bottom")
        line(ax, [(x, top), (x, bottom)], colour=RULE, width=0.5, level=1)
    y = top
    for cells, label, height in zip(table.to_numpy(), labels, heights, strict=True):
        middle = y + height / 2
        for number, piece in enumerate(label):
            put(ax, MARGIN, middle + LINE * (number - (len(label) - 1) / 2), piece)
        for x, status in zip(places, cells, strict=True):
            draw_cell(ax, x, middle, status)
        y += height
    _draw_legend(ax, bottom + 0.18, WIDE)
    return cut(ax, bottom + 0.34)


def _narrow(table: pd.DataFrame) -> Figure:
    """Draw a key of letters, then each name above its marks, in lines of at most eight."""
    room = NARROW - 2 * MARGIN
    per_line = min(len(table.columns), 8)
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
            draw_cell(ax, x + 0.06, middle, status)
        y += 0.19 * -(-len(cells) // per_line)
    _draw_legend(ax, y + 0.14, NARROW)
    return cut(ax, y + 0.5)


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
