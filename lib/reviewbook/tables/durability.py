"""Tables of survival of all infused, of two sites of disease, and of enrolled against infused."""

from __future__ import annotations

import pandas as pd

from reviewbook import words
from reviewbook.review.settings import Review

from . import columns
from .columns import Row
from .table import BookTable, Column, missing


def durability_table(rows: pd.DataFrame, review: Review, *, name: str) -> BookTable:
    """Return survival of all infused as printed, at a time or as a median, with its source.

    `rows` is what :func:`reviewbook.survival.durability.everyone_rows` returns.
    """

    def endpoint(row: Row) -> str:
        return ", ".join(filter(None, (review.endpoint(row["endpoint"]).label, row["detail"])))

    shown = [
        columns.COHORT_REPORT,
        Column("endpoint", "What", cell=endpoint),
        Column("time_months", "When", cell=_when),
        Column("estimate", "Printed (95% CI)", "right", cell=_printed),
        Column("transplanted", "Transplanted", "right", cell=_transplanted),
        columns.STATUS,
        columns.SOURCE,
    ]
    caption = (
        f"Survival of everyone infused, as printed: {words.count(len(rows), 'value')} of "
        f"{words.count(rows['cohort_id'].nunique(), 'cohort')}."
    )
    notes = (
        "Transplanted: of all infused; empty where that is not printed. Crude shares at a data cut "
        "are no survival estimates and are not shown here."
    )
    return BookTable(rows, name, caption, shown, notes, sortable=True)


def _when(row: Row) -> str:
    return "median" if missing(row["time_months"]) else f"{row['time_months']:g} months"


def _printed(row: Row) -> str:
    if not missing(row["time_months"]):
        return columns.together(columns.interval_text(row, unit="%"))
    limits = "" if missing(row["low"]) else f" ({row['low']:g} to {row['high']:g})"
    return columns.together(f"{row['estimate']:g} months{limits}")


def _transplanted(row: Row) -> str:
    if missing(row["transplanted"]):
        return ""
    return words.counts(int(row["transplanted"]), int(row["transplanted_of"]))


def sites_table(pairs: pd.DataFrame, *, name: str) -> BookTable:
    """Return remission of the marrow and outside it, as each report counts them."""

    def counts(kind: str) -> Column:
        def cell(row: Row) -> str:
            return words.counts(int(row[f"{kind}_events"]), int(row[f"{kind}_total"]))

        return Column(f"{kind}_events", {"marrow": "Marrow", "beyond": "Outside"}[kind], "right",
                      cell=cell)  # fmt: skip

    shown = [columns.COHORT_REPORT, counts("marrow"), counts("beyond")]
    caption = f"Remission of the marrow and outside it in {words.count(len(pairs), 'report')}."
    below = [Column("marrow_notes", "Marrow"), Column("beyond_notes", "Outside")]
    return BookTable(pairs, name, caption, shown, below=below)


def enrolled_table(rows: pd.DataFrame, *, name: str) -> BookTable:
    """Return remissions over those infused and over those enrolled.

    `rows` is what :func:`reviewbook.survival.durability.enrolled_rows` returns.
    """

    def share(key: str, label: str, of: str) -> Column:
        def cell(row: Row) -> str:
            if missing(row[key]):
                return ""
            counts = words.counts(int(row["remissions"]), int(row[of]))
            return columns.together(f"{counts} ({words.percent(row[key])})")

        return Column(key, label, "right", cell=cell)

    shown = [
        columns.COHORT_REPORT,
        Column("infused", "Infused of enrolled", "right",
               cell=lambda row: words.counts(int(row["infused"]), int(row["enrolled"]))),
        share("of_infused", "Remission of infused", "infused"),
        share("of_enrolled", "Remission of enrolled", "enrolled"),
        columns.STATUS,
        columns.SOURCE,
    ]  # fmt: skip
    caption = (
        f"Enrolled and infused in {words.count(len(rows), 'cohort')}, and what counting from "
        "enrolment does to complete remission."
    )
    return BookTable(rows, name, caption, shown, below=[Column("notes", "")])
