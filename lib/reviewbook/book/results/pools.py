"""Every pool of a book as parts of the document of results."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from metaprop import Interval, Pooled
from reviewbook.book import Book
from reviewbook.pooling.analysis import Analysis
from reviewbook.pooling.further import further_pool
from reviewbook.pooling.selection import Selection
from reviewbook.robustness.certainty import Sureness, certainty_of
from reviewbook.robustness.summary import summaries

from .document import Certainty, Estimate, Input, Pool, Range, Reason


def finite(value: float | None) -> float | None:
    """Return a number; None where it is not finite or there is none."""
    return None if value is None or not math.isfinite(value) else float(value)


def range_of(interval: Interval | None) -> Range | None:
    """Return an interval as a part of the document."""
    if interval is None:
        return None
    low, high = finite(interval.low), finite(interval.high)
    return Range(estimate=finite(interval.estimate), low=low, high=high)


def estimate_of(pooled: Pooled) -> Estimate:
    """Return a pool by one recipe; a single cohort has neither τ² nor I²."""
    several = pooled.k > 1
    working = range_of(pooled.working)
    assert working is not None
    return Estimate(
        proportion=range_of(pooled.proportion),
        working=working,
        se=finite(pooled.se),
        tau2=finite(pooled.tau2) if several else None,
        i2=finite(pooled.i2) if several else None,
        q=finite(pooled.q) if several else None,
        q_df=pooled.q_df,
        q_pvalue=finite(pooled.q_pvalue) if several else None,
        weights=[float(weight) for weight in pooled.weights],
        converged=pooled.converged,
    )


def inputs_of(book: Book, selection: Selection) -> list[Input]:
    """Return the cohorts of a selection with their counts and the keys of their rows."""
    assert selection.outcome is not None
    table = book.review.set(selection.set_id).table
    found = []
    for row in selection.included.to_dict("records"):
        if table is None:
            key = _key(book, row, selection.outcome.counted)
        else:
            key = f"{table}: {row['label']}"
        cells: dict[str, Any] = {n: str(row[n]) for n in Input.model_fields if n in row}
        counts = {name: int(row[name]) for name in ("events", "total")}
        found.append(Input.model_validate(cells | counts | {"row": key}))
    return found


def _key(book: Book, row: Mapping[Any, Any], outcome: str) -> str:
    """Return file and key of a row of ``outcomes.csv``, by the data package."""
    resource = next(r for r in book.evidence.package["resources"] if r["name"] == "outcomes")
    key = resource["schema"]["primaryKey"]
    cells = [outcome if column == "outcome" else str(row[column]) for column in key]
    return f"{resource['path']}: {'|'.join(cells)}"


def certainty(found: Sureness | None) -> Certainty | None:
    """Return a certainty as a part of the document."""
    if found is None:
        return None
    reasons = [
        Reason(name=one.name, lowered=one.lowered, value=finite(one.value), reason=one.reason)
        for one in found.domains
    ]
    return Certainty(level=found.level, word=found.word, start=found.start, reasons=reasons)


def pools_of(book: Book) -> Iterator[Pool]:
    """Yield every pool: outcomes in all sets, with subgroups, then the further outcomes.

    A set that is a study table is there when the table is; it has no subgroups and no certainty,
    since it says nothing of its cohorts but the counts.
    """
    review = book.review
    for name, chosen in review.sets.items():
        if chosen.rules is None and book.evidence.article_table is None:
            continue
        for outcome in review.outcomes:
            selection = book.select(outcome, name)
            start = f"{name}/{outcome.id}"
            if selection.k == 0:
                yield _pool(book, start, "outcome", selection, None, why_not="no cohort gives it")
                continue
            analysis = book.analyse(outcome, name)
            rated = chosen.rules is not None and review.certainty is not None
            sure = certainty_of(book, analysis) if rated else None
            yield _pool(book, start, "outcome", selection, analysis, sure=sure)
            if chosen.rules is not None:
                yield from _subgroups(book, start, analysis)
    yield from _further(book)


def _pool(
    book: Book,
    name: str,
    kind: Any,
    selection: Selection,
    analysis: Analysis | None,
    *,
    sure: Sureness | None = None,
    group: str = "",
    why_not: str = "",
) -> Pool:
    outcome, estimates = selection.outcome, {}
    assert outcome is not None
    if analysis is not None:
        review = book.review
        estimates = {
            review.primary_recipe: estimate_of(analysis.primary),
            review.comparison_recipe: estimate_of(analysis.comparison),
            **{recipe: estimate_of(pooled) for recipe, pooled in analysis.alternatives.items()},
        }
    return Pool(
        id=name,
        kind=kind,
        set=selection.set_id,
        outcome=outcome.id,
        label=outcome.label,
        group=group,
        k=selection.k,
        events=int(selection.events.sum()),
        total=selection.n,
        inputs=inputs_of(book, selection),
        estimates=estimates,
        why_not=why_not,
        per_100=range_of(analysis.per_100) if analysis else None,
        new_cohort=range_of(analysis.new_cohort) if analysis else None,
        certainty=certainty(sure),
    )


def _subgroups(book: Book, start: str, analysis: Analysis) -> Iterator[Pool]:
    review, inputs = book.review, inputs_of(book, analysis.selection)
    for variable in review.subgroups:
        found = analysis.subgroups(variable)
        for label, pooled in found.groups.items():
            inside = [one for one, own in zip(inputs, found.members, strict=True) if own == label]
            estimates = {review.comparison_recipe: estimate_of(pooled)}
            if label in found.primary:
                estimates = {review.primary_recipe: estimate_of(found.primary[label])} | estimates
            yield Pool(
                id=f"{start}/{variable}={label}",
                kind="subgroup",
                set=analysis.selection.set_id,
                outcome=analysis.outcome.id,
                label=analysis.outcome.label,
                group=label,
                k=len(inside),
                events=sum(one.events for one in inside),
                total=sum(one.total for one in inside),
                inputs=inside,
                estimates=estimates,
                why_not="" if label in found.primary else found.note,
                per_100=None,
                new_cohort=None,
                certainty=None,
            )


def _further(book: Book) -> Iterator[Pool]:
    review = book.review
    rated = {
        (one.finding.outcome, one.finding.part): one.certainty
        for one in (summaries(book) if review.certainty else ())
    }
    for outcome in review.further_outcomes:
        for part in further_pool(book, outcome.id).parts:
            name = "/".join(filter(None, (review.further_set, outcome.id, part.label)))
            yield _pool(
                book,
                name,
                "further outcome",
                part.selection,
                part.analysis,
                sure=rated.get((outcome.id, part.label)),
                group=part.label,
                why_not=part.why_not,
            )


def recipes_of(book: Book) -> dict[str, dict[str, Any]]:
    """Return the recipes of the review with their labels."""
    labels = book.review.recipe_labels
    return {
        name: {"label": labels[name], **recipe.to_dict()}
        for name, recipe in book.review.recipes.items()
    }
