"""What abstracts allow to be judged: cohorts against items, four states that differ in form."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from reviewbook import words
from reviewbook.pooling.appraisal import IN_PART, ITEMS, NO, STATES, UNKNOWN, YES

from .drawing.canvas import line
from .drawing.figure import BookFigure, compose
from .drawing.style import CATEGORY_COLOURS, MUTED
from .forest.layout import status_mark
from .matrix import Look, draw_matrix

MARKS = {YES: "reported", IN_PART: "derived", NO: "secondary"}
"""Full, half and empty circle, as the status of a count has them."""


def appraisal_map(judged: pd.DataFrame, labels: pd.Series, *, name: str) -> BookFigure:
    """Draw what can be judged of each cohort.

    Parameters
    ----------
    judged : DataFrame
        :func:`reviewbook.pooling.appraisal.appraisal`.
    labels : Series
        Names of the cohorts by identifier.
    """
    headings = {key: item.label for key, item in ITEMS.items()}
    drawn = judged.rename(index=labels.to_dict(), columns=headings)
    long = judged.rename_axis("cohort_id").reset_index()
    long = long.melt(id_vars="cohort_id", var_name="item", value_name="state")
    long.insert(1, "label", long["cohort_id"].map(labels))
    tally = long["state"].value_counts()
    counts = words.join(f"{tally[state]} {state}" for state in STATES if state in tally)
    texts = [
        f"{heading}: "
        + words.join(f"{n} {state}" for state, n in cells.value_counts().items())
        + "."
        for heading, cells in drawn.items()
    ]
    return compose(
        lambda variant: draw_matrix(drawn, LOOK, variant),
        name=name,
        caption=f"What the texts read allow to be judged of {words.count(len(judged), 'cohort')}. "
        "This is no score of the risk of bias.",
        alt=f"Matrix of {words.count(len(judged), 'cohort')} by {len(ITEMS)} items: of "
        f"{len(long)} cells, {counts}.",
        description=" ".join(texts),
        data=long,
        call="figures.appraisal_map(appraisal(book, cohorts), labels, ...)",
    )


def _draw(ax: Axes, x: float, y: float, state: str) -> None:
    if state == UNKNOWN:
        line(ax, [(x - 0.035, y), (x + 0.035, y)], colour=MUTED, width=0.8)
    else:
        status_mark(ax, x, y, MARKS[state], size=6.4, colour=CATEGORY_COLOURS[0])


LOOK = Look(_draw, STATES)
