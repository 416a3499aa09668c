"""Rules that tie the cells and tables of the evidence together.

A schema says what a cell may hold; these rules say what must hold between cells: a count does not
exceed its cohort, a derivation leads to its count, exactly one count per cohort and outcome is
preferred, cohorts in one ready-made set share no patients. Each rule adds to a list of problems.
"""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .project import Checks
from .tableschema import Problem, Row, Table

READY_MADE_SETS = ("in_set_2024", "in_set_all")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)% of (\d+)")
_FRACTION = re.compile(r"\((\d+)/(\d+)\)")


class _Report:
    """Collects problems of one table."""

    def __init__(self, table: Table) -> None:
        self.table, self.problems = table, list[Problem]()

    def add(self, row: Row, column: str | None, expected: str, found: object = None) -> None:
        if found is None:
            cell = row[column] if column else None
            found = "an empty cell" if cell is None else repr(_as_printed(cell))
        self.problems.append(Problem(self.table.file, row.line, column, str(found), expected))


def _as_printed(cell: object) -> object:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell)


def check_tables(tables: Mapping[str, Table], checks: Checks) -> list[Problem]:
    """Return what is wrong between the cells and tables of the evidence.

    Parameters
    ----------
    tables : mapping
        The core tables by name. Cells that could not be read are None and are skipped here.
    checks : Checks
        What the rules need to know of this review.
    """
    rules: dict[str, Callable[[_Report, Mapping[str, Table], Checks], None]] = {
        "claims": _claims,
        "reports": _reports,
        "cohorts": _cohorts,
        "outcomes": _outcomes,
        "survival": _survival,
        "other_reviews": _other_reviews,
    }
    problems = []
    for name, rule in rules.items():
        if name in tables:
            report = _Report(tables[name])
            rule(report, tables, checks)
            problems += report.problems
    return problems


def _claims(report: _Report, tables: Mapping[str, Table], checks: Checks) -> None:
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
            if not re.fullmatch(r"\d+(\.\d+)?", text):
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


def _reports(report: _Report, tables: Mapping[str, Table], checks: Checks) -> None:
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


def _cohorts(report: _Report, tables: Mapping[str, Table], checks: Checks) -> None:
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


def _cell_sources(report: _Report, row: Row) -> None:
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


def _ready_made_sets(report: _Report, rows: Mapping[str, Row]) -> None:
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


def _belongs(report: _Report, row: Row, tables: Mapping[str, Table]) -> int | None:
    """Check the cohort of a row against that of its report; return the size of the cohort."""
    if "reports" in tables:
        for publication in tables["reports"].rows:
            if (
                publication["report_id"] == row["report_id"]
                and None
                not in (
                    row["cohort_id"],
                    publication["cohort_id"],
                )
                and publication["cohort_id"] != row["cohort_id"]
            ):
                expected = f"{publication['cohort_id']!r}, the cohort of report {row['report_id']}"
                report.add(row, "cohort_id", expected)
    for cohort in tables["cohorts"].rows if "cohorts" in tables else ():
        if cohort["cohort_id"] == row["cohort_id"]:
            size: int | None = cohort["n_infused"]
            return size
    return None


def _source(report: _Report, row: Row) -> None:
    locator = row["locator"]
    if (
        row["source_url"] is None
        and locator is not None
        and not re.search(r"no (stable )?address", locator)
    ):
        report.add(row, "source_url", "a web address, or 'no address' in the locator")


def _outcomes(report: _Report, tables: Mapping[str, Table], checks: Checks) -> None:
    rows_of: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in report.table.rows:
        size = _belongs(report, row, tables)
        _source(report, row)
        events, total = row["events"], row["total"]
        if events is not None and total is not None:
            if events > total:
                report.add(row, "events", f"at most the total, {total}")
            _derivation(report, row, events, total)
        if size is not None and total is not None:
            if total > size:
                report.add(row, "total", f"at most n_infused of the cohort, {size}")
            elif row["population"] == "infused" and total != size:
                report.add(row, "total", f"n_infused of the cohort, {size}, for this population")
        if row["status"] == "derived" and row["derivation"] is None:
            report.add(row, "derivation", "the arithmetic, since the status is derived")
        if row["cohort_id"] and row["outcome"]:
            rows_of[row["cohort_id"], row["outcome"]].append(row)
    preferred = _preferred(report, rows_of)
    for part, whole in checks.nested_outcomes:
        for (cohort, outcome), row in preferred.items():
            other = preferred.get((cohort, whole))
            if outcome != part or other is None or None in (row["events"], other["events"]):
                continue
            same = (row["total"], row["population"]) == (other["total"], other["population"])
            if same and row["events"] > other["events"]:
                report.add(
                    row, "events", f"at most the {other['events']} of {whole} on line {other.line}"
                )


def _derivation(report: _Report, row: Row, events: int, total: int) -> None:
    text = row["derivation"] or ""
    for share, base in _SHARE.findall(text):
        # Reports round or truncate; one unit of the last printed decimal covers both.
        tolerance = 10.0 ** -len(share.partition(".")[2]) * (1 + 1e-9)
        off = abs(100 * events / int(base) - float(share)) > tolerance if int(base) else True
        if off and "assumed" not in text:
            report.add(row, "derivation", f"a share that fits: {events} of {base}", repr(text))
    fraction = _FRACTION.search(text)
    if fraction and (int(fraction[1]), int(fraction[2])) != (events, total):
        report.add(row, "derivation", f"the counts of the row, {events}/{total}", repr(text))


def _preferred(
    report: _Report, rows_of: Mapping[tuple[str, str], list[Row]]
) -> dict[tuple[str, str], Row]:
    """Check that exactly one row of a cohort and outcome is preferred; return those rows."""
    chosen = {}
    for (cohort, outcome), rows in rows_of.items():
        if any(row["preferred"] is None for row in rows):
            continue  # reported already
        marked = [row for row in rows if row["preferred"]]
        where = f"exactly one preferred row for {cohort}, {outcome}"
        if not marked:
            lines = _lines(rows)
            report.add(rows[0], "preferred", where, f"none among the rows on {lines}")
        for row in marked[1:]:
            report.add(row, "preferred", f"{where}; line {marked[0].line} is preferred too")
        if len(marked) == 1:
            chosen[cohort, outcome] = marked[0]
    return chosen


def _lines(rows: Iterable[Row]) -> str:
    numbers = [str(row.line) for row in rows]
    return ("line " if len(numbers) == 1 else "lines ") + ", ".join(numbers)


def _survival(report: _Report, tables: Mapping[str, Table], checks: Checks) -> None:
    contrasts: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in report.table.rows:
        size = _belongs(report, row, tables)
        _source(report, row)
        _survival_interval(report, row)
        n, events = row["n"], row["events"]
        if None not in (n, events) and events > n:
            report.add(row, "events", f"at most n, {n}")
        if None not in (size, n) and n > size and row["arm"] not in checks.arms_outside_cohort:  # type: ignore[operator]
            report.add(row, "n", f"at most n_infused of the cohort, {size}")
        if row["p_value"] is not None:
            names = ("report_id", "endpoint", "statistic", "time_months", "p_value")
            contrasts[tuple(row[name] for name in names)].append(row)
        if n and events is not None and (row["notes"] or "").startswith("Crude"):
            share = 100 * events / n
            if row["statistic"] == "survival_rate":
                share = 100 - share
            if row["estimate"] is not None and abs(share - row["estimate"]) > 0.6:
                report.add(row, "estimate", f"the crude share {share:.1f} of {events} in {n}")
    for rows in contrasts.values():
        if len(rows) != 2 or rows[0]["arm"] == rows[1]["arm"]:
            found = f"{rows[0]['p_value']!r} on {_lines(rows)}"
            report.add(rows[0], "p_value", "it on both arms that are compared", found)


def _survival_interval(report: _Report, row: Row) -> None:
    estimate, low, high = row["estimate"], row["ci_low"], row["ci_high"]
    if row["statistic"] == "median_months":
        if row["time_months"] is not None:
            report.add(row, "time_months", "an empty cell: a median has no time")
    else:
        for column in ("estimate", "ci_low", "ci_high"):
            if row[column] is not None and row[column] > 100:
                report.add(row, column, "a percentage from 0 to 100")
    if estimate is not None:
        if low is not None and low > estimate:
            report.add(row, "ci_low", f"at most the estimate, {estimate:g}")
        if high is not None and high < estimate:
            report.add(row, "ci_high", f"at least the estimate, {estimate:g}")
    if (low is not None or high is not None) != (row["ci_level"] is not None):
        report.add(row, "ci_level", "a level where there are limits, and only there")


def _other_reviews(report: _Report, tables: Mapping[str, Table], checks: Checks) -> None:
    for row in report.table.rows:
        _source(report, row)
        value, low, high = row["value"], row["ci_low"], row["ci_high"]
        if row["statistic"] == "range":
            if value is not None:
                report.add(row, "value", "an empty cell: a range has range_low and range_high only")
            ends = row["range_low"], row["range_high"]
            if None in ends or ends[0] > ends[1]:
                report.add(row, "range_low", "range_low and range_high, in this order")
        elif value is None:
            report.add(row, "value", "a number, except for a range")
        if value is not None:
            if low is not None and low > value:
                report.add(row, "ci_low", f"at most the value, {value:g}")
            if high is not None and high < value:
                report.add(row, "ci_high", f"at least the value, {value:g}")
            if row["unit"] == "percent" and not 0 <= value <= 100:
                report.add(row, "value", "a percentage from 0 to 100")
