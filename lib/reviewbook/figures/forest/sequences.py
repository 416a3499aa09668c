"""Leave-one-out and cumulative forests of an analysis, by the primary recipe."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.figures.drawing.figure import BookFigure, python_call
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.robustness.sensitivity import cumulative, leave_one_out

from .estimates import forest_rows
from .named_set import outcome_in_set
from .rows import Row

FEW = 3
"""Cohorts below which a pool says little of how much they differ."""


def leave_one_out_forest(analysis: Analysis, *, name: str | None = None) -> BookFigure:
    """Draw the pooled proportion without each cohort in turn, the largest step first."""
    pools = leave_one_out(analysis)
    # The pool of all cohorts, whose step is 0, stays last.
    order = pools["change"].abs().sort_values(ascending=False, kind="stable").index
    what = outcome_in_set(analysis)
    rows = [
        Row(label=words.capital(pool["label"]), **_quantities(pool))
        for pool in pools.loc[order].to_dict("records")
    ]
    return _forest(
        analysis,
        rows,
        name=name or f"fig-{analysis.outcome.id.replace('_', '-')}-leave-one-out",
        caption=f"{what}, pooled again without each cohort in turn, the largest step first; the "
        "last row has all.",
        alt=extremes(f"Forest plot of {words.within_sentence(what)}, pooled again", rows),
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
            label=_dated(label, step["date"][:4]),
            counts=_patients(step["n"]),
            **_quantities(step),
        )
        for step, label in zip(steps.to_dict("records"), added, strict=True)
    ]
    what = outcome_in_set(analysis)
    counts = _patients(analysis.selection.n)
    rows.append(Row.of("All cohorts", proportion(analysis.primary), "pooled", counts=counts))
    return _forest(
        analysis,
        rows,
        name=name or f"fig-{analysis.outcome.id.replace('_', '-')}-cumulative",
        caption=f"{what}, pooled anew after each cohort in the order of publication.",
        alt=_course(f"Forest plot of {words.within_sentence(what)}, pooled anew", rows),
        footer=f" Patients are those pooled so far.{_cautions(steps)}",
        header="Added",
        call=f"figures.cumulative_forest({python_call(analysis)})",
    )


def _dated(label: str, year: str) -> str:
    """Return a label after its year, unless the label has it, as in ``Lu 2025b · CTD402``."""
    if year and re.search(rf"\b{year}[a-z]?\b", label):
        return label
    return f"{year or 'Undated'}: {label}"


def _cautions(steps: pd.DataFrame) -> str:
    """Say what keeps the first and the last rows from being read like the others."""
    text = f" The first {FEW - 1} rows pool fewer than {FEW} cohorts."
    if (steps["date"] == "").any():
        text += " Undated: the report that is read shows no date, so the cohort comes last."
    return text


def extremes(begin: str, rows: list[Row], *, whole: str = "all cohorts") -> str:
    """Return the lowest and the highest pool without a cohort, and that of all, in words."""
    *without, last = rows
    ordered = sorted(without, key=lambda row: row.estimate or 0.0)
    low, high = (
        f"{words.interval(row)} {words.within_sentence(row.label)}"
        for row in (ordered[0], ordered[-1])
    )
    return f"{begin}: from {low} to {high}; with {whole} {words.interval(last)}."


def _course(begin: str, rows: list[Row]) -> str:
    """Return the first pool and the last, and how many cohorts lie between, in words."""
    first, last = rows[0], rows[-1]
    cohorts = words.count(len(rows) - 1, "cohort")
    return (
        f"{begin} after each of {cohorts} in the order of publication: first "
        f"{words.interval(first)} ({first.label}), with all {words.interval(last)}."
    )


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
