"""Evidence map: which outcome of which cohort can be read, and how far it is from the report."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from reviewbook import words
from reviewbook.evidence.evidence import Evidence
from reviewbook.pooling.selection import Selection
from reviewbook.review.rules import STATUSES

from .drawing.canvas import line
from .drawing.figure import BookFigure, compose
from .drawing.style import CATEGORY_COLOURS, MUTED
from .forest.layout import status_mark
from .matrix import LETTERS, Look, draw_matrix

OTHER, MISSING = "other denominator", "not readable"
COLOURS = dict(zip((*STATUSES, OTHER), CATEGORY_COLOURS, strict=False))
POPULATION = "infused"
"""Whom a count is of; one in other patients is marked as having another denominator."""


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
    whom = f"Among patients {POPULATION}{', unless marked' if OTHER in tally else ''}."
    return compose(
        lambda variant: draw_matrix(drawn, LOOK, variant),
        name=name,
        caption=f"What can be read of {words.count(len(table), 'cohort')}: {counts}. {whom}",
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
    text = f"{words.capital(str(heading))}: {known} of {len(cells)} readable"
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


LOOK = Look(draw_cell, (*STATUSES, OTHER, MISSING))
