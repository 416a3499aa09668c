"""What the article, its sister reviews and this book pool, outcome by outcome."""

from __future__ import annotations

from dataclasses import dataclass

from reviewbook.words.frames import rows_of

from .analysis import proportion
from .pools import Pools

OURS = "This book"


@dataclass(frozen=True, slots=True)
class ReviewValue:
    """A pooled proportion of a review, as a fraction; limits are None where none are printed.

    Attributes
    ----------
    outcome : str
        Identifier of the outcome.
    review : str
        Author and year, or :data:`OURS`.
    estimate : float
    low, high : float or None
    size : str
        Cohorts and patients, as far as they are known.
    """

    outcome: str
    review: str
    estimate: float
    low: float | None
    high: float | None
    size: str = ""


def review_values(pools: Pools) -> list[ReviewValue]:
    """Return the pooled outcomes of the article, of its sister reviews and of the primary set.

    By outcome in the order of the settings, and within it the article first and this book last. A
    review without a pooled figure for an outcome has no row there.
    """
    review = pools.review
    article = _article(pools)
    sisters = [
        row
        for row in rows_of(pools.evidence.other_reviews)
        if row["review_id"] in review.sister_reviews and row["statistic"] == "pooled_proportion"
    ]
    found = []
    for outcome in review.outcomes:
        printed = pools.claims(outcome.topic)
        if printed.estimate is not None:
            limits = printed.estimate, printed.low, printed.high
            found.append(ReviewValue(outcome.id, article, *limits))
        for row in sisters:
            if row["outcome"] == outcome.id:
                name = f"{row['first_author']} {row['year']}"
                limits = row["value"] / 100, _fraction(row["ci_low"]), _fraction(row["ci_high"])
                found.append(ReviewValue(outcome.id, name, *limits))
        analysis = pools.analyse(outcome)
        ours = proportion(analysis.primary)
        size = f"{analysis.selection.k} cohorts, {analysis.selection.n} patients"
        found.append(ReviewValue(outcome.id, OURS, ours.estimate, ours.low, ours.high, size))
    return found


def _article(pools: Pools) -> str:
    """Return the first author and the year of the article, from its citation."""
    citation = pools.review.examined.citation
    author = citation.partition(",")[0]
    year = pools.review.examined.key.split("_")[1]
    return f"{author} {year}"


def _fraction(percent: float | None) -> float | None:
    return None if percent is None else percent / 100
