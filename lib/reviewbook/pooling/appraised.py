"""The rows of ``data/`` that an appraisal reads for its answers."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from types import MappingProxyType

import pandas as pd

from reviewbook.evidence.rows import records_of
from reviewbook.words import asked
from reviewbook.words.frames import FrameOrigin, SourceOf, read_rows
from reviewbook.words.origin import Row, Source

from .pools import Pools

IMPORT = "from reviewbook.pooling.appraisal import appraisal"
READ = MappingProxyType({
    "registered": ("cohorts", "reports", "characteristics"),
    "peer_reviewed": ("cohorts", "reports", "outcomes"),
    "everyone": ("cohorts", "outcomes"),
    "time": ("cohorts", "outcomes"),
    "follow_up": ("cohorts", "characteristics"),
    "counts": ("cohorts", "outcomes"),
    "unselected": ("cohorts",),
    "distinct": ("cohorts", "reports"),
    "enrolled": ("cohorts", "outcomes"),
    "twice": ("cohorts", "second_extraction"),
})  # fmt: skip
"""Item → the tables that its rule reads. A cohort of which they say nothing is looked at too."""


def appraisal_origin(pools: Pools, cohorts: Collection[str]) -> FrameOrigin:
    """Return how an appraisal of cohorts is made; the sources of each item are the rows it read."""
    names = list(cohorts)

    @cache
    def rows() -> dict[str, tuple[Row, ...]]:
        with asked.quietly():  # whoever asked for the appraisal was told of them
            return _rows(pools, names)

    def of(*tables: str) -> SourceOf:
        return lambda _: (Source(rows=tuple(one for name in tables for one in rows()[name])),)

    every = tuple(dict.fromkeys(table for tables in READ.values() for table in tables))
    return FrameOrigin(
        expression=f"appraisal(book, {names!r})",
        what="what texts tell of cohorts",
        key=(),
        source_of=of(*every),
        imports=(IMPORT,),
        sources_of_column={item: of(*tables) for item, tables in READ.items()},
    )


def _rows(pools: Pools, cohorts: list[str]) -> dict[str, tuple[Row, ...]]:
    """Return the rows of each table on the cohorts, as the rules read them."""
    evidence = pools.evidence
    reports = {
        str(report["report_id"])
        for name in cohorts
        for report in records_of(evidence).reports_of[name]
    }
    outcomes = [*(outcome.id for outcome in pools.review.outcomes), "infused_of_enrolled"]
    counts, facts = evidence.outcomes, evidence.other["characteristics"]

    def among(frame: pd.DataFrame, column: str = "cohort_id") -> pd.Series:
        return frame[column].isin(reports if column == "report_id" else cohorts)

    return {
        "cohorts": read_rows(
            evidence.cohorts[among(evidence.cohorts)], "label", "overlap_group", "selected_after"
        ),
        "reports": read_rows(
            evidence.reports[among(evidence.reports, "report_id")],
            "first_author", "year", "registration", "peer_reviewed",
        ),
        "outcomes": read_rows(
            counts[among(counts) & counts["preferred"] & counts["outcome"].isin(outcomes)],
            "outcome", "events", "total", "population", "timepoint", "status",
        ),
        "characteristics": read_rows(
            facts[among(facts) & facts["item"].str.contains("^(?:registration|follow_up)")],
            "item", "value", "unit",
        ),
        "second_extraction": read_rows(
            evidence.other["second_extraction"][among(evidence.other["second_extraction"])],
            "outcome", "first_events", "first_total", "second_events", "second_total",
        ),
    }  # fmt: skip
