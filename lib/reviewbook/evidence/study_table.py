"""The study table of the article itself, for the day someone adds it.

One row is one study as the article lists it. ``study`` is its name; ``patients`` and the parts of
the review are numbers of patients and may be left out; for each outcome of the review there may
be a pair of columns, ``<outcome id>_events`` and ``<outcome id>_total``. Empty cells mean that the
article gives nothing for that study. ``cohort_id`` may say which of our cohorts it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reviewbook.review.settings import Review

from .table import Problem, Report, Table, read_table

COHORT = "cohort_id"
"""Column that says which of our cohorts a study is; it changes no pool and may be left out."""


def study_parts(review: Review) -> dict[str, str]:
    """Return the columns that add up to the patients of a study: part of the review → column."""
    return {name: part.noun for name, part in review.parts.items() if not part.within}


def article_schema(review: Review) -> dict[str, Any]:
    """Return the table schema of the article's study table for the outcomes of `review`."""

    def count(name: str, description: str, minimum: int = 0) -> dict[str, Any]:
        return {
            "name": name,
            "type": "integer",
            "description": description,
            "constraints": {"minimum": minimum},
        }

    fields: list[dict[str, Any]] = [
        {
            "name": "study",
            "type": "string",
            "description": "Name of the study as the article prints it.",
            "constraints": {"required": True, "unique": True},
        },
        {
            "name": COHORT,
            "type": "string",
            "description": "The cohort of cohorts.csv that the study is, as who adds it judges.",
            "constraints": {"unique": True},
        },
        count("patients", "Patients of the study.", 1),
        *(count(noun, f"Patients called {noun}.") for noun in study_parts(review).values()),
    ]
    for outcome in review.outcomes:
        fields.append(count(f"{outcome.id}_events", f"{outcome.label}: patients with the event."))
        fields.append(count(f"{outcome.id}_total", f"{outcome.label}: patients assessed.", 1))
    return {"fields": fields, "missingValues": [""], "primaryKey": "study"}


def unknown_cohorts(table: Table, cohorts: Table) -> list[Problem]:
    """Return the cohorts that a study table names and ``cohorts.csv`` does not have."""
    known, report = {row[COHORT] for row in cohorts.rows}, Report(table)
    for row in table.rows if known else ():
        if row[COHORT] is not None and row[COHORT] not in known:
            report.add(row, COHORT, f"a cohort_id of {cohorts.file}, or an empty cell")
    return report.problems


def read_article_table(path: Path, review: Review) -> tuple[Table, list[Problem]]:
    """Return the article's study table, and everything that is wrong with it."""
    from .package import validated

    table = read_table(path, article_schema(review), lenient=True)
    table = validated({"study_table": table})["study_table"]
    if not table.rows:
        return table, list(table.problems)
    names = {field["name"] for field in table.fields}
    pairs = [(f"{outcome.id}_events", f"{outcome.id}_total") for outcome in review.outcomes]
    report, parts = Report(table), list(study_parts(review).values())
    for row in table.rows:
        size, own = row["patients"], [row[name] for name in parts]
        if own and None not in (size, *own) and sum(own) != size:
            report.add(row, "patients", f"{' + '.join(parts)} = {sum(own)}")
        for events, total in pairs:
            e, n = row[events], row[total]
            if (e is None) != (n is None) and {events, total} <= set(row.cells):
                report.add(row, events if e is None else total, "events and total both, or neither")
            report.at_most(row, events, n, "the total")
            report.at_most(row, total, size, "the patients of the study")
    lacking = []
    if not any(total in names for _, total in pairs):
        lacking.append((pairs[0][1], "events and total of at least one outcome"))
    for events, total in pairs:
        lacking += [
            (absent, f"it beside {present}")
            for present, absent in ((events, total), (total, events))
            if present in names and absent not in names
        ]
    head = table.rows[0].line - 1
    header = [Problem(table.file, head, name, "no such column", why) for name, why in lacking]
    return table, [*table.problems, *header, *report.problems]
