"""The study table of the article itself, for the day someone adds it.

One row is one study as the article lists it. ``study`` is its name; ``patients``, ``autologous``
and ``donor`` are numbers of patients and may be left out; for each outcome of the review there may
be a pair of columns, ``<outcome id>_events`` and ``<outcome id>_total``. Empty cells mean that the
article gives nothing for that study.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reviewbook.review.settings import Review

from .tableschema import Problem, Table, read_table

SIZES = ("patients", "autologous", "donor")


def article_schema(review: Review) -> dict[str, Any]:
    """Return the table schema of the article's study table for the outcomes of `review`."""

    def count(name: str, description: str, minimum: int = 0) -> dict[str, Any]:
        return {
            "name": name,
            "type": "integer",
            "unit": "patients",
            "description": description,
            "constraints": {"minimum": minimum},
        }

    fields: list[dict[str, Any]] = [
        {
            "name": "study",
            "type": "string",
            "unit": "none (text)",
            "description": "Name of the study as the article prints it.",
            "constraints": {"required": True, "unique": True},
        },
        count("patients", "Patients of the study.", 1),
        count("autologous", "Patients with autologous products."),
        count("donor", "Patients with donor-derived products."),
    ]
    for outcome in review.outcomes:
        fields.append(count(f"{outcome.id}_events", f"{outcome.label}: patients with the event."))
        fields.append(count(f"{outcome.id}_total", f"{outcome.label}: patients assessed.", 1))
    return {"fields": fields, "missingValues": [""], "primaryKey": "study"}


def read_article_table(path: Path, review: Review) -> tuple[Table, list[Problem]]:
    """Read and check the article's study table.

    Returns
    -------
    Table, list of Problem
        The table, and everything that is wrong with it.
    """
    schema = article_schema(review)
    optional = [field["name"] for field in schema["fields"][1:]]
    table = read_table(path, schema, optional=optional)
    problems = list(table.problems)
    names = {field["name"] for field in table.fields}

    def add(line: int, column: str, found: object, expected: str) -> None:
        problems.append(Problem(table.file, line, column, str(found), expected))

    pairs = [(f"{outcome.id}_events", f"{outcome.id}_total") for outcome in review.outcomes]
    if table.rows and not any(total in names for _, total in pairs):
        add(1, pairs[0][1], "no such column", "events and total of at least one outcome")
    for events, total in pairs:
        for present, absent in ((events, total), (total, events)):
            if table.rows and present in names and absent not in names:
                add(1, absent, "no such column", f"it beside {present}")
    for row in table.rows:
        size, own, donor = (row[name] for name in SIZES)
        if None not in (size, own, donor) and own + donor != size:
            add(row.line, "patients", repr(str(size)), f"autologous + donor = {own + donor}")
        for events, total in pairs:
            e, n = row[events], row[total]
            if (e is None) != (n is None) and events in names and total in names:
                column = events if e is None else total
                add(row.line, column, "an empty cell", "events and total both, or neither")
            if e is not None and n is not None and e > n:
                add(row.line, events, repr(str(e)), f"at most the total, {n}")
            if n is not None and size is not None and n > size:
                add(row.line, total, repr(str(n)), f"at most the patients of the study, {size}")
    return table, problems
