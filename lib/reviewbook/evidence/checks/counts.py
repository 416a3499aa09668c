"""Checks of the counts, the time-to-event figures and the figures of other reviews."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from reviewbook.evidence.table import Report, Row, Table, listed
from reviewbook.review.settings import Review

_SHARE = re.compile(r"(\d+(?:\.\d+)?)% of (\d+)")
_TELL_APART = ("report_id", "arm", "endpoint", "statistic", "time_months", "estimator")
_FRACTION = re.compile(r"\((\d+)/(\d+)\)")


def _belongs(report: Report, row: Row, tables: Mapping[str, Table]) -> int | None:
    """Check the cohort of a row against that of its report; return the size of the cohort."""
    cohorts = {one["report_id"]: one["cohort_id"] for one in tables["reports"].rows}
    own = listed(cohorts.get(row["report_id"]))
    if own and row["cohort_id"] is not None and row["cohort_id"] not in own:
        which = "the cohort" if len(own) == 1 else "a cohort"
        expected = f"{' or '.join(map(repr, own))}, {which} of report {row['report_id']}"
        report.add(row, "cohort_id", expected)
    sizes = {one["cohort_id"]: one["n_infused"] for one in tables["cohorts"].rows}
    return sizes.get(row["cohort_id"])


def _source(report: Report, row: Row) -> None:
    locator = row["locator"] or "no address"
    if row["source_url"] is None and not re.search(r"no (stable )?address", locator):
        report.add(row, "source_url", "a web address, or 'no address' in the locator")


def _limits(report: Report, row: Row, column: str) -> None:
    """Check that the limits of a figure lie on their sides of it."""
    report.at_most(row, "ci_low", row[column], f"the {column}")
    report.at_least(row, "ci_high", row[column], f"the {column}")


def check_outcomes(report: Report, tables: Mapping[str, Table], review: Review) -> None:
    """Check counts against total, cohort, derivation and nesting, and the preferred rows."""
    rows_of: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in report.table.rows:
        size = _belongs(report, row, tables)
        _source(report, row)
        events, total = row["events"], row["total"]
        report.at_most(row, "events", total, "the total")
        if row["population"] not in review.checks.populations_beyond_infused:
            report.at_most(row, "total", size, "n_infused of the cohort")
        if events is not None and total is not None:
            _derivation(report, row, events, total)
        if None not in (size, total) and total < size and row["population"] == "infused":
            report.add(row, "total", f"n_infused of the cohort, {size}, for this population")
        if row["status"] == "derived" and row["derivation"] is None:
            report.add(row, "derivation", "the arithmetic, since the status is derived")
        if row["cohort_id"] and row["outcome"]:
            rows_of[row["cohort_id"], row["outcome"]].append(row)
    preferred = _preferred(report, rows_of)
    for (cohort, outcome), row in preferred.items():
        for part, whole in review.checks.nested_outcomes:
            other = preferred.get((cohort, whole))
            if outcome != part or other is None or None in (row["events"], other["events"]):
                continue
            same = all(row[name] == other[name] for name in ("total", "population"))
            if same and row["events"] > other["events"]:
                most = f"at most the {other['events']} of {whole} on line {other.line}"
                report.add(row, "events", most)


def _derivation(report: Report, row: Row, events: int, total: int) -> None:
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
    report: Report, rows_of: Mapping[tuple[str, str], list[Row]]
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


def check_survival(report: Report, tables: Mapping[str, Table], review: Review) -> None:
    """Check figures against their limits, cohort and crude shares, and p-values in pairs."""
    contrasts: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    alike: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in report.table.rows:
        size = _belongs(report, row, tables)
        _source(report, row)
        _survival_interval(report, row)
        alike[tuple(row[name] for name in _TELL_APART)].append(row)
        n, events = row["n"], row["events"]
        report.at_most(row, "events", n, "n")
        if row["arm"] not in review.checks.arms_outside_cohort:
            report.at_most(row, "n", size, "n_infused of the cohort")
        if row["p_value"] is not None:
            names = ("report_id", "endpoint", "statistic", "time_months", "p_value")
            contrasts[tuple(row[name] for name in names)].append(row)
        if n and events is not None and row["estimator"] == "crude":
            share = 100 * events / n
            if row["statistic"] == "survival_rate":
                share = 100 - share
            if row["estimate"] is not None and abs(share - row["estimate"]) > 0.6:
                report.add(row, "estimate", f"the crude share {share:.1f} of {events} in {n}")
    for twins in alike.values():
        details = [row["detail"] for row in twins]
        for row in twins if len(twins) > 1 else ():
            if row["detail"] is None or details.count(row["detail"]) > 1:
                report.add(row, "detail", f"words that tell the rows on {_lines(twins)} apart")
    for rows in contrasts.values():
        if len(rows) != 2 or rows[0]["arm"] == rows[1]["arm"]:
            found = f"{rows[0]['p_value']!r} on {_lines(rows)}"
            report.add(rows[0], "p_value", "it on both arms that are compared", found)


def _survival_interval(report: Report, row: Row) -> None:
    if row["statistic"] == "median_months":
        if row["time_months"] is not None:
            report.add(row, "time_months", "an empty cell: a median has no time")
    else:
        for column in ("estimate", "ci_low", "ci_high"):
            if row[column] is not None and row[column] > 100:
                report.add(row, column, "a percentage from 0 to 100")
    _limits(report, row, "estimate")
    limits = {row["ci_low"], row["ci_high"]} != {None}
    if limits != (row["ci_level"] is not None):
        report.add(row, "ci_level", "a level where there are limits, and only there")


def check_other_reviews(report: Report, tables: Mapping[str, Table], review: Review) -> None:
    """Check values and ranges against their kind, limits and unit."""
    for row in report.table.rows:
        _source(report, row)
        value = row["value"]
        if row["statistic"] == "range":
            if value is not None:
                report.add(row, "value", "an empty cell: a range has range_low and range_high only")
            ends = row["range_low"], row["range_high"]
            if None in ends or ends[0] > ends[1]:
                report.add(row, "range_low", "range_low and range_high, in this order")
        elif value is None:
            report.add(row, "value", "a number, except for a range")
        _limits(report, row, "value")
        if value is not None and row["unit"] == "percent" and not 0 <= value <= 100:
            report.add(row, "value", "a percentage from 0 to 100")
