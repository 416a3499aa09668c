"""Cells and columns that tables share, so that every table spells a thing the same way.

Functions on a *value* are formats of a :class:`~reviewbook.tables.table.Column`; functions on a
*row* make a cell of several columns. A missing value is never a number: its cell stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.review.settings import Review

from .table import Column, Markup, escape, link, missing, role

Row = Mapping[Any, Any]
NO_BREAK = "\u00a0"
DASH = "–"
"""What stands for a number that does not exist, as opposed to one that could not be read."""
LIMITS = ("estimate", "low", "high")


def plain(value: Any) -> str:
    """Return an identifier as words: ``er_retention`` is ``er retention``."""
    return str(value).replace("_", " ")


def whole(value: Any) -> str:
    """Return a whole number as text."""
    return words.number(int(value), 0)


def points(value: float) -> str:
    """Return a difference of proportions in percentage points, with its sign: ``+1.2``."""
    text = words.number(100 * value, 1)
    return text if text.startswith(words.MINUS) or text == "0.0" else f"+{text}"


def yes_or_no(value: bool) -> str:
    """Return a truth value as a word."""
    return "yes" if value else "no"


def code_text(value: Any) -> Markup:
    """Return text as code, or as plain text if it holds a backtick."""
    return escape(str(value)) if "`" in str(value) else Markup(f"`{value}`")


def anchor(outcome: str, kind: str) -> str:
    """Return the name of a table of an outcome: ``tbl-crs-any-rules``."""
    return f"tbl-{outcome.replace('_', '-')}-{kind}"


def wide(frame: pd.DataFrame, rows: list[str], column: str, value: str) -> pd.DataFrame:
    """Return `value` with a column for each value of `column`, in the order of their occurrence."""
    table = frame.pivot_table(value, rows, column, aggfunc="first", sort=False)
    return table.reset_index()


def together(text: str) -> Markup:
    """Keep the limits of an interval on one line: a break may come only before its bracket."""
    start, bracket, rest = text.partition(" (")
    return Markup(start.replace(" ", NO_BREAK) + bracket + rest.replace(" ", NO_BREAK))


def interval_text(row: Row, prefix: str = "", *, unit: str = "", digits: int = 0) -> str:
    """Return fractions as ``83 (75 to 89)``: columns :data:`LIMITS`, behind a prefix.

    Without limits the estimate stands alone; `unit` follows it.
    """
    values = [row[f"{prefix}{part}"] for part in LIMITS]
    if missing(values[0]):
        return ""
    estimate, low, high = ("" if missing(v) else words.number(100 * v, digits) for v in values)
    return f"{estimate}{unit} ({low} to {high})" if low and high else f"{estimate}{unit}"


def prediction_text(row: Row, *, digits: int = 0) -> str:
    """Return the limits ``prediction_low prediction_high`` in percent, or a dash."""
    low, high = row["prediction_low"], row["prediction_high"]
    if missing(low) or missing(high):
        return DASH
    return f"{words.number(100 * low, digits)} to {words.number(100 * high, digits)}"


def counts_text(row: Row) -> str:
    """Return ``events`` and ``total`` of a row as ``18/20``, with the sign of its ``bound``."""
    return words.counts(int(row["events"]), int(row["total"]), bound=row.get("bound") or "")


def report_text(row: Row) -> Markup:
    """Return the report of a cohort: cited where the bibliography has it, else by its name."""
    if not missing(row.get("citation_key")):
        return role("cite:t", str(row["citation_key"]))
    return escape(str(row["report_name"]))


_IDENTIFIER = re.compile(r"\b([a-z0-9]+(?:_[a-z0-9]+)+)\b")


def with_outcomes_named(text: str, review: Review) -> str:
    """Return a note of the tables with each identifier of an outcome in it as its words, quoted."""
    known = {*review.other_outcomes, *(outcome.id for outcome in review.outcomes)}

    def named(found: re.Match[str]) -> str:
        one = found[1]
        return f"“{words.within_sentence(review.outcome_words(one))}”" if one in known else one

    return _IDENTIFIER.sub(named, text)


def with_reports_named(text: str, reports: Mapping[str, Row]) -> Markup:
    """Return a note of the tables with each identifier of a report in it as :func:`report_text`.

    `reports` holds ``report_name`` and ``citation_key`` by identifier.
    """
    parts = _IDENTIFIER.split(text)
    return Markup(
        "".join(report_text(reports[one]) if one in reports else escape(one) for one in parts)
    )


def cohort_report_text(row: Row) -> Markup:
    """Return a cohort with its report below, both in one cell."""
    return lines(escape(str(row["label"])), report_text(row))


def lines(*texts: str) -> Markup:
    """Return texts one below the other: paragraphs of a cell of a list-table."""
    return Markup("\n\n    ".join(text for text in texts if text))


def source_text(row: Row) -> str:
    """Return where a number was read, linked."""
    text, url = row.get("locator"), row.get("source_url")
    return link("source" if missing(text) else str(text), "" if missing(url) else str(url))


def interval(label: str, prefix: str = "", *, digits: int = 0) -> Column:
    """Return the column of :func:`interval_text`, without a unit."""

    def cell(row: Row) -> str:
        return interval_text(row, prefix, digits=digits)

    return Column(f"{prefix}estimate", label, "right", cell=cell)


def percent_interval(label: str, prefix: str = "", *, empty: str = "") -> Column:
    """Return the column of :func:`interval_text` in %, with what stands for no estimate."""

    def cell(row: Row) -> str:
        return interval_text(row, prefix, unit="%") or empty

    return Column(f"{prefix}estimate", label, cell=cell)


def joined_interval(label: str) -> Column:
    """Return the column of :func:`interval_text` whose limits stay :func:`together`."""
    return Column("estimate", label, "right", cell=lambda row: together(interval_text(row)))


def prediction(label: str, *, digits: int = 0) -> Column:
    """Return the column of :func:`prediction_text`."""
    cell = partial(prediction_text, digits=digits)
    return Column("prediction_low", label, "right", cell=cell)


def i2(label: str) -> Column:
    """Return the column of I², with a dash for a single cohort, which has none."""
    return Column("i2", label, "right", cell=lambda row: i2_text(row["i2"]))


def i2_text(value: float | None) -> str:
    """Return I² in percent, or a dash where it does not exist."""
    return DASH if value is None or missing(value) else words.i2(value)


def integer(key: str, label: str) -> Column:
    """Return a column of whole numbers."""
    return Column(key, label, "right", whole)


def pvalue(key: str, label: str) -> Column:
    """Return a column of p-values."""
    return Column(key, label, "right", words.pvalue)


def code(key: str, label: str) -> Column:
    """Return a column of names and identifiers as code."""
    return Column(key, label, format=code_text)


COHORT = Column("label", "Cohort")
COHORT_REPORT = Column("label", "Cohort, report", cell=cohort_report_text)
OUTCOME = Column("outcome", "Outcome")
REPORT = Column("report_id", "Report", cell=report_text)
INFUSED = integer("n_infused", "Infused")
K, N = integer("k", "Cohorts"), integer("n", "Patients")
COHORTS, PATIENTS = integer("cohorts", "Cohorts"), integer("patients", "Patients")
COUNTS = Column("events", "Events/total", "right", cell=counts_text)
I2 = i2("I²")
STATUS = Column("status", "Status", format=lambda value: role("status", str(value)))
SOURCE = Column("locator", "Read in", cell=source_text)
