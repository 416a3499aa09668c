"""What the settings name by a word of the tables: a slip there would change a result in silence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from reviewbook.review.settings import ArmsEvidence, CohortsEvidence, Review

from .table import Table

Named = tuple[str, Iterable[str], Collection[Any], str]
"""A setting, the words it names, the words there are, and what was expected."""


_ITEMS = ("outcome", "item")
"""Columns that say what a row is a value of."""


def words_of(table: Table, column: str) -> tuple[str, ...]:
    """Return the words a column may hold: those of its schema or, without any, those it holds."""
    for field in table.fields:
        if field["name"] == column and (allowed := field.get("constraints", {}).get("enum")):
            return tuple(allowed)
    return tuple(dict.fromkeys(row[column] for row in table.rows if row[column] is not None))


def named_words(review: Review, tables: Mapping[str, Table]) -> Iterator[Named]:
    """Yield what the settings name among outcomes, arms, endpoints, reviews and groups."""
    outcomes = words_of(tables["outcomes"], "outcome")
    an_outcome = "an outcome of outcomes.csv"
    for i, pair in enumerate(review.checks.nested_outcomes):
        yield f"checks.nested_outcomes[{i}]", pair, outcomes, an_outcome
    for i, aside in enumerate(review.set_aside):
        yield f"set_aside[{i}].outcomes", aside.outcomes, outcomes, an_outcome
    reviews = words_of(tables["other_reviews"], "review_id")
    expected = "a review_id of other_reviews.csv"
    yield "analysis.sister_reviews", review.sister_reviews, reviews, expected
    arms, survival = words_of(tables["survival"], "arm"), "arms_outside_cohort"
    yield f"checks.{survival}", review.checks.arms_outside_cohort, arms, "an arm of survival.csv"
    beyond = review.checks.populations_beyond_infused
    populations = words_of(tables["outcomes"], "population")
    expected = f"one of {', '.join(populations)}"
    yield "checks.populations_beyond_infused", beyond, populations, expected
    kinds = words_of(tables["reports"], "publication_type")
    expected = f"one of {', '.join(kinds)}"
    yield "checks.peer_reviewed_types", review.checks.peer_reviewed_types, kinds, expected
    yield from _labels(review, tables)
    for name, one in review.directions_evidence.items():
        yield from _direction(f"directions_evidence.{name}", one, tables)


def _labels(review: Review, tables: Mapping[str, Table]) -> Iterator[Named]:
    """Yield the words that have a label: a slip there would leave another word without one."""
    survival = tables["survival"]
    directions = words_of(tables["claims"], "value")
    yield (
        "endpoints",
        review.endpoints,
        words_of(survival, "endpoint"),
        "an endpoint of survival.csv",
    )
    yield "arms", review.arms, words_of(survival, "arm"), "an arm of survival.csv"
    items = [(table, field["name"]) for table in tables.values() for field in table.fields]
    outcomes = [word for table, name in items if name in _ITEMS for word in words_of(table, name)]
    expected = "an outcome or item of one of the tables"
    yield "other_outcomes", review.other_outcomes, outcomes, expected
    yield "directions", review.directions, directions, "a direction of claims.csv"


def _direction(place: str, one: Any, tables: Mapping[str, Table]) -> Iterator[Named]:
    """Yield what the evidence for a direction names."""
    if not isinstance(one, ArmsEvidence | CohortsEvidence):
        return
    endpoints = words_of(tables["survival"], "endpoint")
    yield f"{place}.endpoints", one.endpoints, endpoints, "an endpoint of survival.csv"
    if isinstance(one, ArmsEvidence):
        arms, counted = words_of(tables["survival"], "arm"), words_of(tables["outcomes"], "outcome")
        for side in ("better", "worse"):
            yield f"{place}.{side}", getattr(one, side), arms, "an arm of survival.csv"
        yield f"{place}.counts_of", filter(None, [one.counts_of]), counted, "an outcome"
        reports = words_of(tables["reports"], "report_id")
        named = one.randomised_or_landmark
        yield f"{place}.randomised_or_landmark", named, reports, "a report_id of reports.csv"
        return
    columns = [field["name"] for field in tables["cohorts"].fields]
    for setting, column in (("column", one.column), ("within_column", one.within_column)):
        yield f"{place}.{setting}", [column], columns, "a column of cohorts.csv"
    for setting, column, values in (
        ("better", one.column, one.better),
        ("worse", one.column, one.worse),
        ("within_value", one.within_column, (one.within_value,)),
    ):
        if column in columns:
            known = words_of(tables["cohorts"], column)
            yield f"{place}.{setting}", values, known, f"a value of {column} in cohorts.csv"
