"""Forest plots of further outcomes: cohorts by group, and a diamond only where there is a pool."""

from __future__ import annotations

from collections.abc import Sequence

import metaprop
from reviewbook import words
from reviewbook.figures.drawing.figure import BookFigure
from reviewbook.pooling.analysis import proportion
from reviewbook.pooling.further import FurtherPool, Part

from .cohorts import bounds_footer
from .estimates import forest_rows
from .named_set import set_words
from .rows import Row


def further_forest(
    found: Sequence[FurtherPool], *, name: str, caption: str = "", axis_label: str = ""
) -> BookFigure:
    """Draw the cohorts of one or more further outcomes, each with what it pools to.

    Parameters
    ----------
    found : sequence of FurtherPool
        From :func:`reviewbook.pooling.further.further_pool`; each gets a heading.
    caption, axis_label : str, optional
        By default made of the labels.
    """
    rows: list[Row] = []
    texts: list[str] = []
    for one in found:
        for part in one.parts:
            heading = ": ".join(filter(None, (one.outcome.label, part.label)))
            rows.append(Row(label=heading, kind="heading"))
            rows += _cohorts(part, heading)
            texts.append(f"{heading}: {_summary(part)}")
            if part.analysis is not None:
                counts = str(words.counts(part.events, part.selection.n))
                label = f"Pooled, {words.count(part.selection.k, 'cohort')}"
                pooled = proportion(part.analysis.primary)
                rows.append(Row.of(label, pooled, "pooled", counts=counts, group=heading))
    labels = [one.outcome.label for one in found]
    # Labels have commas in them, so a list of them takes semicolons.
    outcomes = "; ".join(words.within_sentence(label) for label in labels)
    where = set_words(found[0].review, found[0].selection.set_id)
    asked = ", ".join(f'"{one.outcome.id}"' for one in found)
    return forest_rows(
        rows,
        name=name,
        caption=caption
        or f"{words.capital(outcomes)}, in {where}. Squares are cohorts; a diamond is drawn only "
        "where there is a pool, by the random-intercept logistic model.",
        axis_label=axis_label or "Share of patients",
        footer=[
            *bounds_footer(*(part.selection for one in found for part in one.parts)),
            "Intervals of cohorts: Wilson. Cohorts without a diamond are listed, not pooled.",
        ],
        alt=f"Forest plot of outcomes in {where}. {'. '.join(texts)}.",
        call=f"figures.further_forest([further_pool(book, name) for name in ({asked},)], ...)",
    )


def _cohorts(part: Part, group: str) -> list[Row]:
    selection = part.selection
    low, high = metaprop.proportion_interval(selection.events, selection.totals, method="wilson")
    cells = zip(
        selection.labels,
        selection.events,
        selection.totals,
        low,
        high,
        selection.included["status"],
        selection.included["bound"],
        strict=True,
    )
    return [
        Row(
            label=label,
            estimate=float(events / total),
            low=float(least),
            high=float(most),
            counts=str(words.counts(events, total, bound=str(bound))),
            status=str(status),
            group=group,
        )
        for label, events, total, least, most, status, bound in cells
    ]


def _summary(part: Part) -> str:
    counts = words.counts(part.events, part.selection.n)
    where = f"{counts} in {words.count(part.selection.k, 'cohort')}"
    if part.analysis is None:
        return f"{where}, not pooled"
    return f"{where}, pooled {words.interval(part.analysis.primary)}"
