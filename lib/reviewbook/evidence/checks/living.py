"""Checks of the registered trials and of the log of updates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from reviewbook.evidence.table import Report, Row, Table
from reviewbook.review.settings import Review


def check_registered_trials(report: Report, tables: Mapping[str, Table], review: Review) -> None:
    """Check that linked reports exist, and that a trial with one has public results."""
    known = {row["report_id"] for row in tables["reports"].rows}
    for row in report.table.rows:
        linked = _listed(row, "linked_report_ids")
        for name in linked if known else ():
            if name not in known:
                expected = "report_ids of reports.csv"
                report.add(row, "linked_report_ids", expected, repr(name))
        if linked and row["results_public"] == "no":
            report.add(row, "results_public", "yes or an empty cell, since a report is linked")
        if row["source_url"] is None and row["results_public"] == "no":
            report.add(row, "source_url", "the text that says so")


def check_updates(report: Report, tables: Mapping[str, Table], review: Review) -> None:
    """Check that tables and reports exist, and that what was added is what a table has."""
    known = {row["report_id"] for row in tables["reports"].rows}
    sizes: Counter[str] = Counter()
    last: dict[str, Row] = {}
    for row in report.table.rows:
        name = row["table"]
        if name is not None and name not in tables:
            report.add(row, "table", f"one of {', '.join(tables)}")
            continue
        for one in _listed(row, "report_ids") if known else ():
            if one not in known:
                report.add(row, "report_ids", "report_ids of reports.csv", repr(one))
        if None not in (name, row["rows_added"], row["rows_removed"]):
            sizes[name] += row["rows_added"] - row["rows_removed"]
            last[name] = row
    for name, row in last.items():
        if tables[name].rows and sizes[name] != len(tables[name].rows):
            there = f"{len(tables[name].rows)} rows of {tables[name].file}"
            expected = f"rows added less rows removed to give the {there}, in a row of this look"
            report.add(row, "rows_added", expected, f"{sizes[name]} in all")


def _listed(row: Row, column: str) -> list[str]:
    return [name for name in (row[column] or "").split(";") if name]
