"""Leave-one-out and cumulative forests of an analysis, by the primary recipe."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.figures.drawing.figure import BookFigure, python_call
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.robustness.sensitivity import cumulative, leave_one_out

from .estimates import forest_rows
from .rows import Row

FEW = 3
"""Cohorts below which a pool says little of how much they differ."""


def leave_one_out_forest(analysis: Analysis, *, name: str | None = None) -> BookFigure:
    """Draw the pooled proportion without each cohort in turn, the largest step first."""
    pools = leave_one_out(analysis)
    # The pool of all cohorts, whose step is 0, stays last.
    order = pools["change"].abs().sort_values(ascending=False, kind="stable").index
    rows = [
        Row(label=words.capital(pool["label"]), **_quantities(pool))
        for pool in pools.loc[order].to_dict("records")
    ]
    return _forest(
        analysis,
        rows,
        name=name or f"fig-{analysis.outcome.id.replace('_', '-')}-leave-one-out",
        caption=f"{analysis.outcome.label}, pooled again without each cohort in turn, the largest "
        "step first; the last row has all.",
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
    rows = [
        Row(
            label=f"{step['date'][:4] or 'Undated'}: {label}",
            counts=_patients(step["n"]),
            **_quantities(step),
        )
        for step, label in zip(steps.to_dict("records"), added, strict=True)
    ]
    counts = _patients(analysis.selection.n)
    rows.append(Row.of("All cohorts", proportion(analysis.primary), "pooled", counts=counts))
    return _forest(
        analysis,
        rows,
        name=name or f"fig-{analysis.outcome.id.replace('_', '-')}-cumulative",
        caption=f"{analysis.outcome.label}, pooled anew after each cohort in the order of "
        "publication.",
        footer=f" Patients are those pooled so far.{_cautions(steps)}",
        header="Added",
        call=f"figures.cumulative_forest({python_call(analysis)})",
    )


def _cautions(steps: pd.DataFrame) -> str:
    """Say what keeps the first and the last rows from being read like the others."""
    text = f" The first {FEW - 1} rows pool fewer than {FEW} cohorts."
    if (steps["date"] == "").any():
        text += " Undated: the report that is read shows no date, so the cohort comes last."
    return text


def _quantities(pool: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: pool[name] for name in ("estimate", "low", "high", "kind")}


def _patients(number: int) -> str:
    return str(words.number(number, 0))


def _forest(
    analysis: Analysis, rows: list[Row], *, footer: str, header: str, **named: Any
) -> BookFigure:
    # Steps differ little: the axis is cut to the tenths in which they all lie.
    ends = [end for row in rows for end in (row.low, row.high) if end is not None]
    return forest_rows(
        rows,
        limits=(math.floor(10 * min(ends)) / 10, math.ceil(10 * max(ends)) / 10),
        reference=proportion(analysis.primary).estimate,
        label_header=header,
        counts_header="Patients",
        axis_label=f"{analysis.outcome.label}, share of patients",
        footer=[f"Recipe: {analysis.primary.recipe.label}.{footer}"],
        **named,
    )
