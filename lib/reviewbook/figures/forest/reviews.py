"""Forest plot of what reviews of the same treatment pool, with this book."""

from __future__ import annotations

from reviewbook import words
from reviewbook.figures.drawing.figure import BookFigure
from reviewbook.pooling.pools import Pools
from reviewbook.pooling.reviews import OURS, ReviewValue, review_values

from .estimates import forest_rows
from .rows import Row


def reviews_forest(pools: Pools, *, name: str) -> BookFigure:
    """Draw the pooled outcomes of the article, its sister reviews and the primary set."""
    found = review_values(pools)
    rows: list[Row] = []
    texts: list[str] = []
    for outcome in pools.review.outcomes:
        own = [value for value in found if value.outcome == outcome.id]
        rows.append(Row(label=outcome.label, kind="heading"))
        rows += [
            Row(
                label=f"{value.review}, {value.size}" if value.size else value.review,
                estimate=value.estimate,
                low=value.low,
                high=value.high,
                kind="pooled" if value.review == OURS else "printed",
                group=outcome.label,
            )
            for value in own
        ]
        texts.append(f"{outcome.label}: {words.join(f'{v.review} {_text(v)}' for v in own)}")
    return forest_rows(
        rows,
        name=name,
        caption="Reviews of the same treatment beside this book: pooled proportions, as printed in "
        "grey, ours from the primary set by the random-intercept logistic model.",
        axis_label="Share of patients",
        label_header="Review",
        footer=[
            "A mark without a line: no interval is printed.",
            "There are few trials, so the reviews most probably share many of them.",
        ],
        alt=f"Forest plot of reviews. {'. '.join(texts)}.",
        call="figures.reviews_forest(book, ...)",
    )


def _text(value: ReviewValue) -> str:
    return words.interval(value) if value.low is not None else words.percent(value.estimate)
