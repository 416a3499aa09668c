"""Tables of cohorts: who is pooled, what is known of each, and how they fall into groups."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.pooling.pools import Pools
from reviewbook.pooling.selection import Selection
from reviewbook.review.settings import Review

from . import columns
from .columns import Row, plain
from .table import BookTable, Column, escape, missing

READ_TWO_WAYS = "†"


def cohort_table(
    selection: Selection, *, name: str, readings: pd.DataFrame | None = None
) -> BookTable:
    """Return the cohorts pooled for an outcome: report, count, status and where it was read.

    Parameters
    ----------
    readings : DataFrame, optional
        ``readings.csv``: cohorts whose count allows another reading are marked, and the note names
        the reading. A count that is a bound has its sign and its note in any case.
    """
    assert selection.outcome is not None
    included = selection.included
    others = _other_readings(selection, readings)
    shown = [
        columns.COHORT,
        columns.REPORT,
        columns.INFUSED,
        Column("events", "Events/total", "right", cell=partial(_marked_counts, others=others)),
        Column("timepoint", "Counted at", format=plain),
        columns.STATUS,
        columns.SOURCE,
    ]
    if any(population != "infused" for population in included["population"]):
        shown.insert(4, Column("population", "Among", format=plain))
    derived = included[(included["status"] == "derived") & (included["derivation"] != "")]
    how = "; ".join(
        f"{escape(label)}: {escape(text)}"
        for label, text in zip(derived["label"], derived["derivation"], strict=True)
    )
    caption = (
        f"{escape(selection.outcome.label)}: {words.count(selection.k, 'cohort')} with "
        f"{words.count(selection.n, 'patient')}, by date of publication."
    )
    notes = [*_bound_notes(included), *_reading_notes(included, others)]
    if how:
        notes.append(f"Derived counts. {how}.")
    return BookTable(included, name, caption, shown, "\n\n".join(notes), sortable=True)


def _other_readings(selection: Selection, readings: pd.DataFrame | None) -> dict[str, list[str]]:
    """Return the other readings of each cohort of a selection, in words."""
    found: dict[str, list[str]] = {}
    if readings is not None and selection.outcome is not None:
        for row in readings[readings["outcome"] == selection.outcome.id].to_dict("records"):
            count = "" if missing(row["events"]) else f" {columns.counts_text(row)}"
            found.setdefault(row["cohort_id"], []).append(f"{row['reading']}{count}")
    return found


def _marked_counts(row: Row, *, others: Mapping[str, list[str]]) -> str:
    mark = f" {READ_TWO_WAYS}" if row["cohort_id"] in others else ""
    return f"{columns.counts_text(row)}{mark}"


def _bound_notes(included: pd.DataFrame) -> list[str]:
    """Say in words what the signs of bounds mean, and why the counts are bounds."""
    meanings = {"lower": "at least so many; there may be more", "upper": "at most so many"}
    notes = []
    for bound, meaning in meanings.items():
        rows = included[included["bound"] == bound].to_dict("records")
        if rows:
            why = " ".join(escape(f"{row['label']}: {row['notes']}") for row in rows)
            notes.append(f"{words.BOUNDS[bound]} {meaning}. {why}")
    return notes


def _reading_notes(included: pd.DataFrame, others: Mapping[str, list[str]]) -> list[str]:
    """Name the readings that were not taken, cohort by cohort."""
    rows = included[included["cohort_id"].isin(list(others))].to_dict("records")
    if not rows:
        return []
    each = "; ".join(f"{row['label']}: {', '.join(others[row['cohort_id']])}" for row in rows)
    return [escape(f"{READ_TWO_WAYS} The texts allow another reading. {each}.")]


def characteristics_table(cohorts: pd.DataFrame, pools: Pools, *, name: str) -> BookTable:
    """Return what is known of each cohort, in the columns that the settings give a head.

    Parameters
    ----------
    cohorts : DataFrame
        The cohorts to list, in this order: ``pools.eligible()`` or ``pools.ineligible()``.
    pools : Pools
        Has the columns that `cohorts` lacks, and the words for groups.
    """
    review, known = pools.review, pools.evidence.cohorts.set_index("cohort_id")
    parts = {column: part.head for column, part in review.parts.items() if part.head}
    own = {column: head for column, head in review.characteristics.items() if head}
    headings = {**own, "n_infused": "Infused", **parts}
    frame = cohorts.join(known[[c for c in known if c not in cohorts]], on="cohort_id")
    shown = [columns.COHORT_REPORT]
    for column, heading in headings.items():
        group = review.groups.get(column)
        if column.startswith("n_"):
            shown.append(columns.integer(column, heading))
        else:
            shown.append(Column(column, heading, format=group.label if group else plain))
    size = words.count(len(frame), "cohort")
    groups = frame["overlap_group"][frame["overlap_group"] != ""]
    if groups.duplicated().any():  # their patients do not add up
        caption = f"Characteristics of {size}, some of which may share patients."
    else:
        patients = words.count(int(frame["n_infused"].sum()), "patient")
        caption = (
            f"Characteristics of {size} with {patients} infused, as far as their number is known."
        )
    notes = (
        "An empty cell means: not reported in any source that could be read. Donor cells include "
        "universal products."
    )
    return BookTable(frame, name, caption, shown, notes, sortable=True, wide=True)


def composition_table(cohorts: pd.DataFrame, review: Review, *, name: str) -> BookTable:
    """Return how many cohorts and patients fall in each group that tables of subgroups show."""
    total = int(cohorts["n_infused"].sum())
    rows: list[tuple[Any, ...]] = []
    for column in review.subgroups:
        group = review.group(column)
        values = cohorts[column].fillna("")
        # In the order of the settings; what they do not name comes last.
        found = set(values)
        for value in dict.fromkeys(v for v in (*group.labels, *values) if v in found):
            part = cohorts.loc[values == value, "n_infused"]
            patients = int(part.sum())
            share = patients / total if total else None
            rows.append((group.title, group.label(value), len(part), patients, share))
    frame = pd.DataFrame(rows, columns=["characteristic", "group", "cohorts", "patients", "share"])
    titles = words.join(
        words.within_sentence(review.group(column).title) for column in review.subgroups
    )
    caption = (
        f"{words.count(len(cohorts), 'cohort')} with {words.count(total, 'patient')} infused, by "
        f"{titles}."
    )
    shown = [
        Column("group", "Group"),
        columns.COHORTS,
        columns.PATIENTS,
        Column("share", "Share of patients", "right", words.percent),
    ]
    head = Column("characteristic", "Characteristic")
    return BookTable(frame, name, caption, shown, kind="numbers", group=head)
