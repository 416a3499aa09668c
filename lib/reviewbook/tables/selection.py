"""Tables of a selection: who is left after each stage, who leaves and why, who shares patients."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.evidence.evidence import Evidence
from reviewbook.evidence.rows import labels_of
from reviewbook.pooling.eligibility import NO_REPORT, OVERLAP, TOO_FEW, UNREADABLE
from reviewbook.pooling.selection import Selection
from reviewbook.review.settings import Review

from . import columns
from .columns import Row, plain, whole
from .table import BookTable, Column, Markup, escape

STAGE_WORDS = {
    "identified": "Identified",
    NO_REPORT: "Date and peer review of the report",
    TOO_FEW: "Number infused",
    UNREADABLE: "Count can be read",
    OVERLAP: "Overlap: included",
}
"""What each stage looks at, in the words of the table of all outcomes."""


def flow_table(selections: Mapping[str, Selection], review: Review, *, name: str) -> BookTable:
    """Return cohorts and patients left after each stage, outcomes (by id) as columns."""
    frame = pd.DataFrame({"stage": list(STAGE_WORDS)})
    shown = [Column("stage", "Left after", format=STAGE_WORDS.__getitem__)]
    for outcome in review.outcomes:
        flow = selections[outcome.id].flow.set_index("stage").loc[frame["stage"]]
        for what in ("cohorts", "patients"):
            frame[f"{outcome.id}_{what}"] = flow[what].to_numpy()
        cell = partial(_cohorts_patients, outcome=outcome.id)
        shown.append(Column(f"{outcome.id}_cohorts", outcome.short, "right", cell=cell))
    caption = (
        "Cohorts (patients of known number) left after each stage, by outcome. Until the last "
        "stage, patients in cohorts that overlap count in each of them."
    )
    return BookTable(frame, name, caption, shown, kind="numbers")


def _cohorts_patients(row: Row, *, outcome: str) -> str:
    return f"{whole(row[f'{outcome}_cohorts'])} ({whole(row[f'{outcome}_patients'])})"


def excluded_table(selection: Selection, *, name: str) -> BookTable:
    """Return every cohort left out, with the stage and the reason."""
    assert selection.outcome is not None
    frame = selection.excluded
    caption = (
        f"{escape(selection.outcome.label)}: {words.count(len(frame), 'cohort')} left out, in the "
        "order of the rules."
    )
    shown = [
        columns.COHORT,
        columns.INFUSED,
        Column("reason", "Reason"),
    ]
    head = Column("stage", "Left at", format=words.capital)
    return BookTable(frame, name, caption, shown, sortable=True, group=head)


def unreadable_table(
    selections: Mapping[str, Selection], review: Review, *, name: str
) -> BookTable:
    """Return, for all outcomes (by id) but the first, the cohorts whose count cannot be read."""
    parts = {}
    asked = review.outcomes[1:]
    for outcome in asked:
        frame = selections[outcome.id].excluded
        parts[outcome.label] = frame[frame["stage"] == UNREADABLE]
    gaps = pd.concat(parts, names=["outcome"]).reset_index("outcome")
    grid = columns.wide(gaps, ["cohort_id", "label", "n_infused"], "outcome", "reason")
    # A reason that all have is said once.
    reasons = dict.fromkeys(gaps["reason"])
    notes = f"Not read: {'; '.join(reasons)}." if len(reasons) == 1 else ""

    def gap(reason: str) -> str:
        return "not read" if notes else reason

    caption = (
        "Cohorts that meet the rules but whose count could not be read: "
        f"{words.count(len(gaps), 'gap')} over {words.count(len(parts), 'outcome')}."
    )
    shown = [columns.COHORT, columns.INFUSED]
    shown += [Column(one.label, one.short, format=gap) for one in asked if one.label in grid]
    return BookTable(grid, name, caption, shown, escape(notes), data=gaps)


def overlap_table(
    evidence: Evidence,
    selection: Selection,
    *,
    name: str,
    names: Mapping[str, str] | None = None,
) -> BookTable:
    """Return the groups of cohorts that may share patients and which member is pooled.

    `names` has the words for the groups, as ``overlap_names`` of the settings.

    A group of one is shown where that cohort names another group's among its possible overlaps.
    """
    labels = labels_of(evidence)
    pooled = set(selection.included["cohort_id"])
    reasons = selection.excluded.set_index("cohort_id")["reason"]
    rows: list[tuple[Any, ...]] = []
    grouped = evidence.cohorts[evidence.cohorts["overlap_group"] != ""]
    for group, members in grouped.groupby("overlap_group", sort=False):
        if len(members) < 2 and not any(members["also_overlaps"]):
            continue
        for member in members.to_dict("records"):
            key = member["cohort_id"]
            inside = ("pooled", "") if key in pooled else ("not pooled", reasons.get(key, ""))
            others = filter(None, member["also_overlaps"].split(";"))
            named = "; ".join(labels.get(other, other) for other in others)
            title = (names or {}).get(str(group), plain(group))
            rows.append((key, title, labels[key], member["n_infused"], *inside, named))
    frame = pd.DataFrame(
        rows,
        columns=["cohort_id", "group", "label", "n_infused", "pooled", "reason", "also_overlaps"],
    )
    count = words.count(frame["group"].nunique(), "group")
    caption = f"Cohorts that may share patients, in {count}; which member is pooled."
    shown = [
        columns.COHORT,
        columns.INFUSED,
        Column("pooled", "In this pool", cell=_in_pool),
    ]
    below = [Column("also_overlaps", "May also overlap with")]
    return BookTable(frame, name, caption, shown, group=Column("group", "Group"), below=below)


def _in_pool(row: Row) -> str:
    if row["pooled"] == "pooled":
        return Markup("**pooled**")
    return f"no: {row['reason']}" if row["reason"] else "no"
