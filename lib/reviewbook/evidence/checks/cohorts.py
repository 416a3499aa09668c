"""Checks of the printed values, the reports and the cohorts."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Mapping

from reviewbook.evidence.tableschema import Row, Table
from reviewbook.review.settings import Checks

from .report import Report

READY_MADE_SETS = ("in_set_2024", "in_set_all")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def check_claims(report: Report, tables: Mapping[str, Table], checks: Checks) -> None:
    """Check numbers against unit, decimals and limits; directions against their form."""
    values: dict[str, dict[str, tuple[float, Row]]] = defaultdict(dict)
    for row in report.table.rows:
        text = row["value"]
        if row["kind"] == "direction":
            if row["quantity"] != "direction":
                report.add(row, "quantity", "'direction' in a row of that kind")
            for column in ("unit", "digits"):
                if row[column] is not None:
                    report.add(row, column, "an empty cell: a direction has no unit and no digits")
            if text is not None and not _IDENTIFIER.fullmatch(text):
                report.add(row, "value", "an identifier in lower_snake_case for a direction")
        elif row["kind"] == "number" and text is not None:
            if not re.fullmatch(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?", text):
                report.add(row, "value", "a number with a decimal point")
                continue
            value = float(text)
            decimals = len(text.partition(".")[2])
            if row["digits"] != decimals:
                report.add(row, "digits", f"{decimals}, the decimals of the value {text}")
            top = {"percent": 100.0, "probability": 1.0}.get(row["unit"])
            if top is not None and value > top:
                report.add(row, "value", f"a {row['unit']} from 0 to {top:g}")
            if row["topic"] and row["quantity"]:
                if row["quantity"] in values[row["topic"]]:
                    report.add(row, "quantity", f"one row for it in the topic {row['topic']}")
                values[row["topic"]][row["quantity"]] = (value, row)
    for topic in values.values():
        if "pooled_proportion" in topic:
            estimate, row = topic["pooled_proportion"]
            low, high = topic.get("ci_low", (0.0, row))[0], topic.get("ci_high", (100.0, row))[0]
            if not low <= estimate <= high:
                report.add(row, "value", f"an estimate between its limits {low:g} and {high:g}")
        if {"n_autologous", "n_donor", "n_patients"} <= set(topic):
            parts = topic["n_autologous"][0] + topic["n_donor"][0]
            if parts != topic["n_patients"][0]:
                row = topic["n_patients"][1]
                report.add(row, "value", f"n_autologous + n_donor = {parts:g}")


def check_reports(report: Report, tables: Mapping[str, Table], checks: Checks) -> None:
    """Check dates, and peer review against the kind of publication."""
    for row in report.table.rows:
        date, year = row["publication_date"], row["year"]
        if date is not None and len(date) == 10:
            try:
                datetime.date.fromisoformat(date)
            except ValueError:
                report.add(row, "publication_date", "a day of the calendar")
        if date is not None and year is not None and year - int(date[:4]) not in (0, 1):
            # Online in one year and in an issue of the next is common.
            report.add(row, "year", f"the year of publication_date {date}, or the next")
        kind, reviewed = row["publication_type"], row["peer_reviewed"]
        if None not in (kind, reviewed) and reviewed != (kind in checks.peer_reviewed_types):
            expected = "yes" if kind in checks.peer_reviewed_types else "no"
            report.add(row, "peer_reviewed", f"{expected!r} for the publication type {kind}")


def check_cohorts(report: Report, tables: Mapping[str, Table], checks: Checks) -> None:
    """Check sizes, cell sources, overlaps, ready-made sets, and that a report exists."""
    rows = {row["cohort_id"]: row for row in report.table.rows if row["cohort_id"]}
    publications = defaultdict(list)
    for publication in tables["reports"].rows if "reports" in tables else ():
        publications[publication["cohort_id"]].append(publication)
    for row in rows.values():
        if row["overlap_group"] is not None and row["notes"] is None:
            report.add(
                row, "notes", "a note on which cohort of the overlap group to prefer, and why"
            )
        for other in _others(row):
            if other == row["cohort_id"]:
                report.add(row, "also_overlaps", "other cohorts than the row's own", repr(other))
            elif other not in rows:
                report.add(row, "also_overlaps", "a cohort_id of cohorts.csv", repr(other))
        _cell_sources(report, row)
        if "reports" in tables and not publications[row["cohort_id"]]:
            report.add(row, "cohort_id", "at least one report of the cohort in reports.csv")
        for column in READY_MADE_SETS:
            if row[column] and row["n_infused"] is None:
                report.add(row, "n_infused", f"a number, since {column} is yes")
        if row["in_set_2024"] and "reports" in tables:
            dates = [
                p["publication_date"] for p in publications[row["cohort_id"]] if p["peer_reviewed"]
            ]
            if not any(date and date <= "2024-12-31" for date in dates):
                report.add(row, "in_set_2024", "a peer-reviewed report dated to 2024-12-31")
    _ready_made_sets(report, rows)


def _cell_sources(report: Report, row: Row) -> None:
    n, own, donor = row["n_infused"], row["n_autologous"], row["n_donor"]
    universal, source = row["n_universal"], row["cell_source"]
    if None not in (n, own, donor) and own + donor != n:
        report.add(row, "n_infused", f"n_autologous + n_donor = {own + donor}")
    if None not in (universal, donor) and universal > donor:
        report.add(row, "n_universal", f"at most n_donor, {donor}")
    if source == "autologous" and donor not in (None, 0):
        report.add(row, "n_donor", "0 or an empty cell for the cell source autologous")
    if source in ("donor", "universal") and own not in (None, 0):
        report.add(row, "n_autologous", f"0 or an empty cell for the cell source {source}")
    if source == "universal" and universal != n:
        report.add(row, "n_universal", f"n_infused, {n}, for the cell source universal")


def _ready_made_sets(report: Report, rows: Mapping[str, Row]) -> None:
    for column in READY_MADE_SETS:
        first: dict[str, str] = {}
        for row in rows.values():
            if not row[column]:
                continue
            group = row["overlap_group"]
            if group is not None and group in first:
                report.add(
                    row, column, f"one cohort of the group {group}; {first[group]} is yes too"
                )
            first.setdefault(group, row["cohort_id"])
            for other in _others(row):
                if other in rows and rows[other][column]:
                    report.add(row, column, f"no overlap with {other}, which is yes too")


def _others(row: Row) -> list[str]:
    return [other for other in (row["also_overlaps"] or "").split(";") if other]
