"""Leave-one-out and cumulative forests of an analysis, by the primary recipe."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import metaprop
from reviewbook import words
from reviewbook.figures.drawing.calls import expression
from reviewbook.figures.drawing.figure import BookFigure
from reviewbook.pooling.analysis import proportion
from reviewbook.review.rules import last_day

from .estimates import forest_rows
from .rows import Row

if TYPE_CHECKING:
    from reviewbook.pooling.analysis import Analysis


def leave_one_out_forest(
    analysis: Analysis,
    *,
    name: str | None = None,
) -> BookFigure:
    """Draw the pooled proportion without each cohort in turn."""
    selection, outcome, recipe = analysis.selection, analysis.outcome, analysis.primary.recipe
    steps = metaprop.leave_one_out(selection.events, selection.totals, recipe)
    rows = [
        _row(f"Without {selection.labels[int(i)]}", step)
        for i, step in zip(steps.index, steps.to_dict("records"), strict=True)
    ]
    return _forest(
        analysis,
        [*rows, _all(analysis, counts="")],
        name=name or f"fig-{outcome.id.replace('_', '-')}-leave-one-out",
        caption=f"{outcome.label}, pooled again without each cohort in turn; the last row has all.",
        footer=f"Recipe: {recipe.label}.",
        header="Pooled",
        call=f"figures.leave_one_out_forest({expression(analysis)})",
    )


def cumulative_forest(
    analysis: Analysis,
    *,
    name: str | None = None,
) -> BookFigure:
    """Draw the pooled proportion as it grew, cohorts added by date of publication.

    A date of which only the year or the month is known counts as its last day; cohorts of unknown
    date come last.
    """
    selection, outcome, recipe = analysis.selection, analysis.outcome, analysis.primary.recipe
    dates = [str(date) for date in selection.included["publication_date"]]
    order = [last_day(date) or "9999-99-99" for date in dates]
    steps = metaprop.cumulative(selection.events, selection.totals, recipe, order=order)
    totals, seen, rows = selection.totals, 0, []
    for i, step in zip(steps.index, steps.to_dict("records"), strict=True):
        seen += int(totals[int(i)])
        label = f"{dates[int(i)][:4] or 'No date'}: {selection.labels[int(i)]}"
        rows.append(_row(label, step, counts=str(words.number(seen, 0))))
    return _forest(
        analysis,
        [*rows, _all(analysis, counts=str(words.number(selection.n, 0)))],
        name=name or f"fig-{outcome.id.replace('_', '-')}-cumulative",
        caption=f"{outcome.label}, pooled anew after each cohort in the order of publication.",
        footer=f"Recipe: {recipe.label}. Patients are those pooled so far.",
        header="Added",
        call=f"figures.cumulative_forest({expression(analysis)})",
    )


def _row(label: str, step: dict[Any, Any], *, counts: str = "") -> Row:
    estimate, low, high = (float(step[name]) for name in ("estimate", "low", "high"))
    return Row(
        label=label,
        estimate=estimate,
        low=min(low, estimate),
        high=max(high, estimate),
        counts=counts,
    )


def _all(analysis: Analysis, *, counts: str) -> Row:
    interval = proportion(analysis.primary)
    return Row(
        label="All cohorts",
        estimate=interval.estimate,
        low=min(interval.low, interval.estimate),
        high=max(interval.high, interval.estimate),
        kind="pooled",
        counts=counts,
    )


def _forest(
    analysis: Analysis,
    rows: list[Row],
    *,
    name: str,
    caption: str,
    footer: str,
    header: str,
    call: str,
) -> BookFigure:
    # Steps differ little: the axis is cut to the tenths in which they all lie.
    low = math.floor(10 * min(row.low for row in rows if row.low is not None)) / 10
    high = math.ceil(10 * max(row.high for row in rows if row.high is not None)) / 10
    return forest_rows(
        rows,
        name=name,
        caption=caption,
        limits=(low, high),
        reference=proportion(analysis.primary).estimate,
        label_header=header,
        counts_header="Patients",
        axis_label=f"{analysis.outcome.label}, share of patients",
        footer=[footer],
        call=call,
    )
