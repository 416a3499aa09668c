"""Leave-one-out and cumulative forests of an analysis, by the primary recipe."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from reviewbook import words
from reviewbook.figures.drawing.calls import python_call
from reviewbook.figures.drawing.figure import BookFigure
from reviewbook.pooling.analysis import proportion
from reviewbook.robustness.sensitivity import cumulative, leave_one_out

from .estimates import forest_rows

if TYPE_CHECKING:
    from reviewbook.pooling.analysis import Analysis

QUANTITIES = ["estimate", "low", "high", "kind"]


def leave_one_out_forest(analysis: Analysis, *, name: str | None = None) -> BookFigure:
    """Draw the pooled proportion without each cohort in turn."""
    rows = leave_one_out(analysis)[["label", *QUANTITIES]]
    rows["label"] = rows["label"].str[:1].str.upper() + rows["label"].str[1:]
    return _forest(
        analysis,
        rows,
        name=name or f"fig-{analysis.outcome.id.replace('_', '-')}-leave-one-out",
        caption=f"{analysis.outcome.label}, pooled again without each cohort in turn; the last row "
        "has all.",
        footer="",
        header="Pooled",
        call=f"figures.leave_one_out_forest({python_call(analysis)})",
    )


def cumulative_forest(analysis: Analysis, *, name: str | None = None) -> BookFigure:
    """Draw the pooled proportion as it grew, cohorts added by date of publication.

    A date of which only the year or the month is known counts as its last day; cohorts of unknown
    date come last.
    """
    steps = cumulative(analysis)
    added = analysis.selection.labels[-len(steps) :]
    years = [str(date)[:4] or "No date" for date in steps["date"]]
    rows = steps[QUANTITIES]
    rows.insert(0, "label", [f"{y}: {label}" for y, label in zip(years, added, strict=True)])
    rows.insert(1, "counts", [str(words.number(n, 0)) for n in steps["n"]])
    rows.loc[len(rows)] = [
        "All cohorts",
        str(words.number(analysis.selection.n, 0)),
        *proportion(analysis.primary),
        "pooled",
    ]
    return _forest(
        analysis,
        rows,
        name=name or f"fig-{analysis.outcome.id.replace('_', '-')}-cumulative",
        caption=f"{analysis.outcome.label}, pooled anew after each cohort in the order of "
        "publication.",
        footer=" Patients are those pooled so far.",
        header="Added",
        call=f"figures.cumulative_forest({python_call(analysis)})",
    )


def _forest(
    analysis: Analysis, rows: pd.DataFrame, *, footer: str, header: str, **named: Any
) -> BookFigure:
    # Steps differ little: the axis is cut to the tenths in which they all lie.
    low, high = math.floor(10 * rows["low"].min()) / 10, math.ceil(10 * rows["high"].max()) / 10
    return forest_rows(
        rows,
        limits=(low, high),
        reference=proportion(analysis.primary).estimate,
        label_header=header,
        counts_header="Patients",
        axis_label=f"{analysis.outcome.label}, share of patients",
        footer=[f"Recipe: {analysis.primary.recipe.label}.{footer}"],
        **named,
    )
