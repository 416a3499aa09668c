"""Checks of the printed values, the reports and the cohorts."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping

from reviewbook.evidence.table import IDENTIFIER, NUMERALS, Report, Row, Table, listed
from reviewbook.review.settings import Review

SCOPE = "scope"
"""Claim of the printed values that belong to none: the size of the review."""


def check_claims(report: Report, tables: Mapping[str, Table], review: Review) -> None:
    """Check numbers against unit, decimals and limits; directions against their form."""
    values: dict[str, dict[str, tuple[float, Row]]] = defaultdict(dict)
    claims = {claim.id for claim in review.claims} | {SCOPE}
    for row in report.table.rows:
        text, kind = row["value"], row["kind"]
        if row["claim"] is not None and row["claim"] not in claims:
            report.add(row, "claim", f"a claim of review.toml, or {SCOPE}", repr(row["claim"]))
        if row["topic"] is not None and row["topic"] not in review.every_topic:
            report.add(row, "topic", "a topic of an outcome or of [topics] in review.toml")
        if kind in ("direction", "conclusion"):
            if row["quantity"] != kind:
                report.add(row, "quantity", f"{kind!r} in a row of that kind")
            for column in ("unit", "digits"):
                if row[column] is not None:
                    report.add(row, column, f"an empty cell: a {kind} has no unit and no digits")
            if text is not None and not IDENTIFIER.fullmatch(text):
                report.add(row, "value", f"an identifier in lower_snake_case for a {kind}")
        elif kind == "number" and text is not None:
            if not NUMERALS["number"].fullmatch(text) or text.startswith("-"):
                report.add(row, "value", "a number with a decimal point")
                continue
            value = float(text)
            decimals = len(text.partition(".")[2])
            if row["digits"] != decimals:
                report.add(row, "digits", f"{decimals}, the decimals of the value {text}")
            top = {"percent": 100.0, "probability": 1.0}.get(row["unit"])
            if top is not None and value > top:
                report.add(row, "value", f"a {row['unit']} from 0 to {top:g}")
            topic, quantity = row["topic"], row["quantity"]
            if topic and quantity:
                if quantity in values[topic]:
                    report.add(row, "quantity", f"one row for it in the topic {topic}")
                values[topic][quantity] = (value, row)
    parts = [name for name, part in review.parts.items() if not part.within]
    for printed in values.values():
        if "pooled_proportion" in printed:
            estimate, row = printed["pooled_proportion"]
            low, _ = printed.get("ci_low", (0.0, row))
            high, _ = printed.get("ci_high", (100.0, row))
            if not low <= estimate <= high:
                report.add(row, "value", f"an estimate between its limits {low:g} and {high:g}")
        if parts and {*parts, "n_patients"} <= set(printed):
            (patients, row), total = printed["n_patients"], sum(printed[name][0] for name in parts)
            if total != patients:
                report.add(row, "value", f"{' + '.join(parts)} = {total:g}")


def check_reports(report: Report, tables: Mapping[str, Table], review: Review) -> None:
    """Check cohorts, dates, and peer review against the kind of publication."""
    cohorts = {row["cohort_id"] for row in tables["cohorts"].rows}
    for row in report.table.rows:
        for one in listed(row["cohort_id"]) if cohorts else ():
            if one not in cohorts:
                report.add(row, "cohort_id", "a cohort_id of cohorts.csv", repr(one))
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
        expected = kind in review.checks.peer_reviewed_types
        if None not in (kind, reviewed) and reviewed != expected:
            word = "yes" if expected else "no"
            report.add(row, "peer_reviewed", f"{word!r} for the publication type {kind}")


def check_cohorts(report: Report, tables: Mapping[str, Table], review: Review) -> None:
    """Check sizes, cell sources, overlaps, ready-made sets, and that a report exists."""
    rows = {row["cohort_id"]: row for row in report.table.rows if row["cohort_id"]}
    reports = tables["reports"].rows
    for row in rows.values():
        if row["overlap_group"] is not None and row["notes"] is None:
            note = "a note on which cohort of the overlap group to prefer, and why"
            report.add(row, "notes", note)
        for other in listed(row["also_overlaps"]):
            if other == row["cohort_id"]:
                report.add(row, "also_overlaps", "other cohorts than the row's own", repr(other))
            elif other not in rows:
                report.add(row, "also_overlaps", "a cohort_id of cohorts.csv", repr(other))
        holder = row["inside"]
        if holder is not None and (holder not in rows or holder == row["cohort_id"]):
            report.add(row, "inside", "another cohort_id of cohorts.csv", repr(holder))
        _parts(report, row, review)
        own = [one for one in reports if row["cohort_id"] in listed(one["cohort_id"])]
        if reports and not own:
            report.add(row, "cohort_id", "at least one report of the cohort in reports.csv")
        dates = [one["publication_date"] for one in own if one["peer_reviewed"]]
        for column, day in review.checks.ready_made_sets.items():
            if row[column] and row["n_infused"] is None:
                report.add(row, "n_infused", f"a number, since {column} is yes")
            if reports and row[column] and day and not any(date and date <= day for date in dates):
                report.add(row, column, f"a peer-reviewed report dated to {day}")
    for column in review.checks.ready_made_sets:
        _ready_made_set(report, rows, column)


def _parts(report: Report, row: Row, review: Review) -> None:
    """Check that the parts of a cohort add up and agree with the column that says which it has."""
    size, by = row["n_infused"], review.checks.parts_by
    outer = {name: part for name, part in review.parts.items() if not part.within}
    known = [row[name] for name in outer]
    if outer and None not in (size, *known) and sum(known) != size:
        report.add(row, "n_infused", f"{' + '.join(outer)} = {sum(known)}")
    which, called = row[by], by.replace("_", " ")
    whole = {name for name, part in review.parts.items() if which in part.all_of}
    for name, part in review.parts.items():
        if part.within:
            report.at_most(row, name, row[part.within], part.within)
            if name in whole and row[name] != size:
                report.add(row, name, f"n_infused, {size}, for the {called} {which}")
        elif whole and name not in whole and row[name] not in (None, 0):
            report.add(row, name, f"0 or an empty cell for the {called} {which}")


def _ready_made_set(report: Report, rows: Mapping[str, Row], column: str) -> None:
    """Check that no two cohorts of a ready-made set may share patients."""
    first: dict[str, str] = {}
    for row in rows.values():
        if not row[column]:
            continue
        group = row["overlap_group"]
        if group is not None and group in first:
            report.add(row, column, f"one cohort of the group {group}; {first[group]} is yes too")
        first.setdefault(group, row["cohort_id"])
        for other in listed(row["also_overlaps"]):
            if other in rows and rows[other][column]:
                report.add(row, column, f"no overlap with {other}, which is yes too")
