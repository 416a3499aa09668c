"""The evidence of a review that is one table of studies, and published values to hold it against.

One row is one study, or with a column ``outcome`` one study for one outcome: ``study`` is its name,
``events`` of ``total`` had the event. Both are empty where a study does not give the outcome.
Other columns describe the study. What spreadsheets write is read where it has one meaning only,
see :func:`~reviewbook.evidence.table.read_table`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from metaprop.labels import skeleton
from reviewbook.review.study_review import StudyReview

from .bibliography import read_bibliography
from .claims import Claims
from .evidence import BIBLIOGRAPHY, EvidenceError
from .rows import COUNT_COLUMNS
from .table import Problem, Report, Row, Table, headings, read_table

COUNTS = ("study", "events", "total")
OUTCOME, CITED = "outcome", "key"
RESERVED = frozenset(
    (*COUNT_COLUMNS, "cohort_id", "label", "n_infused", "stage", "reason", "outcome_label")
) - {"events", "total"}
"""Names that a column of a table cannot have, since selections and tables have it."""
PRINTED = ("outcome", "estimate", "low", "high", "digits", "source")


@dataclass(frozen=True, slots=True, eq=False)
class Studies:
    """The validated table of a review, and what was published.

    Attributes
    ----------
    frame : DataFrame
        ``outcome study events total`` and the columns that describe a study; events and total are
        Int64 with NA where a study does not give the outcome.
    printed : mapping of str to Claims
        Published pooled values by outcome, fractions.
    sources : mapping of str to str
        Where each was published, in words.
    citation_keys : frozenset of str
        Keys of ``references.bib``.
    """

    frame: pd.DataFrame
    printed: Mapping[str, Claims]
    sources: Mapping[str, str]
    citation_keys: frozenset[str]


def study_schema(
    columns: Iterable[str], *, names: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """Return the table schema of a table of studies.

    Parameters
    ----------
    columns : iterable of str
        Its columns beside `COUNTS`, which it must have.
    names : mapping, optional
        How the file spells columns, where it spells them otherwise.
    """

    def field(name: str, description: str, kind: str = "string", **rules: Any) -> dict[str, Any]:
        spelled = names.get(name, name)
        return {"name": spelled, "type": kind, "description": description, "constraints": rules}

    known = {
        "study": field("study", "Name of the study.", required=True),
        "events": field("events", "How many had the event.", "integer", minimum=0, required=False),
        "total": field("total", "How many were assessed.", "integer", minimum=1, required=False),
        OUTCOME: field(OUTCOME, "What was counted.", required=True),
    }
    others = {name: field(name, "Describes the study.") for name in columns if name not in known}
    fields = [known["study"], known["events"], known["total"]]
    fields += [known[OUTCOME]] if OUTCOME in columns else []
    key = [names.get(name, name) for name in (OUTCOME, "study") if name in (*columns, "study")]
    return {"fields": [*fields, *others.values()], "missingValues": [""], "primaryKey": key}


def read_studies(
    path: Path, columns: Iterable[str], *, names: Mapping[str, str] = MappingProxyType({})
) -> tuple[Table, list[Problem]]:
    """Return a table of studies, and everything that is wrong with it.

    Parameters
    ----------
    path : Path
        A CSV file.
    columns, names
        As in :func:`study_schema`.
    """
    from .package import validated

    columns = tuple(columns)
    table = read_table(path, study_schema(columns, names=names), lenient=True)
    table = validated({"studies": table})["studies"]
    spelled = {name: names.get(name, name) for name in (*COUNTS, *columns)}
    needed = "the columns study, events, total"
    lacking = [
        Problem(table.file, table.rows[0].line - 1, name, "no such column", needed)
        for name in (spelled["events"], spelled["total"])
        if table.rows and name not in {field["name"] for field in table.fields}
    ]
    report = Report(table)
    events, total = spelled["events"], spelled["total"]
    for row in table.rows:
        if (row[events] is None) != (row[total] is None):
            empty = events if row[events] is None else total
            report.add(row, empty, "events and total both, or neither")
        report.at_most(row, events, row[total], "the total")
    _look_alikes(report, [spelled[name] for name in spelled if name not in ("events", "total")])
    if OUTCOME in columns:
        describing = [spelled[c] for c in columns if c not in (*COUNTS, OUTCOME)]
        _same_in_each_outcome(report, spelled["study"], describing)
    return table, [*table.problems, *lacking, *report.problems]


def _look_alikes(report: Report, columns: Sequence[str]) -> None:
    """Report names, and words of groups, that look like another one and are not.

    Case, kinds of blanks and dashes, and characters without width do not count.
    """
    for column in columns:
        first: dict[str, tuple[str, int]] = {}
        for row in report.table.rows:
            cell = row[column]
            if cell is None:
                continue
            other, line = first.setdefault(skeleton(cell).casefold(), (cell, row.line))
            if other != cell:
                expected = f"one spelling of a name (line {line} has {other!a})"
                report.add(row, column, expected, ascii(cell))


def _same_in_each_outcome(report: Report, study: str, columns: Sequence[str]) -> None:
    """Report what describes a study otherwise on one row than on another."""
    first: dict[str, Row] = {}
    for row in report.table.rows:
        if row[study] is None:
            continue
        other = first.setdefault(row[study], row)
        for column in columns:
            if row[column] != other[column]:
                there = "an empty cell" if other[column] is None else repr(other[column])
                expected = f"what line {other.line} has of the same study, {there}"
                report.add(row, column, expected)


def printed_schema() -> dict[str, Any]:
    """Return the table schema of published values: percentages, with the decimals printed."""
    percent = {"minimum": 0, "maximum": 100}
    described: dict[str, tuple[str, str, dict[str, Any]]] = {
        "outcome": ("string", "An outcome of the review.", {"required": True, "unique": True}),
        "estimate": ("number", "Pooled proportion, in percent.", {"required": True, **percent}),
        "low": ("number", "Lower limit of its 95% interval, in percent.", percent),
        "high": ("number", "Upper limit.", percent),
        "digits": ("integer", "Decimals as printed.", {"minimum": 0, "maximum": 9}),
        "source": ("string", "Where it was published.", {"required": True}),
    }
    fields = [
        {"name": name, "type": kind, "description": text, "constraints": rules}
        for name, (kind, text, rules) in described.items()
    ]
    return {"fields": fields, "missingValues": [""], "primaryKey": "outcome"}


def read_printed(path: Path, outcomes: Sequence[str]) -> tuple[Table, list[Problem]]:
    """Return the published values of a review, and everything that is wrong with them."""
    from .package import validated

    table = read_table(path, printed_schema(), lenient=True)
    table = validated({"printed": table})["printed"]
    report = Report(table)
    for row in table.rows:
        if row["outcome"] is not None and row["outcome"] not in outcomes:
            report.add(row, "outcome", f"one of {', '.join(outcomes)}")
        if (row["low"] is None) != (row["high"] is None):
            report.add(row, "low" if row["low"] is None else "high", "both limits, or neither")
        report.at_most(row, "low", row["estimate"], "the estimate")
        report.at_least(row, "high", row["estimate"], "the estimate")
    return table, [*table.problems, *report.problems]


def load_studies(review: StudyReview) -> Studies:
    """Load the table of a review and its published values, and check them.

    Raises
    ------
    EvidenceError
        With every problem found: file, line, column, what is there and what was expected.
    """
    folder = review.root / "data"
    found = headings(folder / review.table, {*COUNTS, OUTCOME})
    named = isinstance(found, list) and OUTCOME in found  # a table of one outcome need not name it
    several = (OUTCOME,) if named or len(review.outcomes) > 1 else ()
    columns = dict.fromkeys((*several, *review.groups, *review.characteristics, CITED))
    table, problems = read_studies(folder / review.table, columns)
    ids = [outcome.id for outcome in review.outcomes]
    report = Report(table)
    for row in table.rows:
        if row[OUTCOME] is not None and row[OUTCOME] not in ids:
            report.add(row, OUTCOME, f"an id of [[outcomes]] in review.toml: {', '.join(ids)}")
    bibliography = read_bibliography(folder / BIBLIOGRAPHY)
    for row in table.rows:
        if row[CITED] is not None and row[CITED] not in bibliography.keys:
            report.add(row, CITED, f"the key of an entry in {BIBLIOGRAPHY}")
    problems += [*report.problems, *bibliography.problems]
    problems += _settings(review, table)
    printed, sources = {}, {}
    if review.printed:
        values, wrong = read_printed(folder / review.printed, ids)
        problems += wrong
        if not wrong:
            printed = {row["outcome"]: _claims(values, row) for row in values.rows}
            sources = {row["outcome"]: str(row["source"]) for row in values.rows}
    if problems:
        raise EvidenceError(problems)
    frame = table.frame()
    if OUTCOME not in frame:
        frame.insert(0, OUTCOME, ids[0])
    for name in columns:
        if name not in frame:
            frame[name] = ""
    return Studies(frame, MappingProxyType(printed), MappingProxyType(sources), bibliography.keys)


def _settings(review: StudyReview, table: Table) -> list[Problem]:
    """Return what ``review.toml`` names and the table lacks: outcomes, columns, studies, words."""
    if not table.rows:
        return []
    present = {field["name"] for field in table.fields}
    problems = []

    def lacks(place: str, found: str, expected: str) -> None:
        problems.append(Problem("review.toml", None, place, repr(found), expected))

    if OUTCOME in present:
        counted = {row[OUTCOME] for row in table.rows if row["total"] is not None}
        for i, outcome in enumerate(review.outcomes):
            if outcome.id not in counted:
                expected = f"an outcome that is counted in {table.file}"
                lacks(f"outcomes[{i}].id", outcome.id, expected)
    for name in (*review.groups, *review.characteristics):
        place = "groups" if name in review.groups else "characteristics"
        if name in RESERVED or name in (*COUNTS, OUTCOME):
            lacks(f"{place}.{name}", name, "another name: this one has a meaning of its own")
        elif name not in present:
            lacks(f"{place}.{name}", name, f"a column of {table.file}")
    names = {row["study"] for row in table.rows}
    for set_id, one in review.sets.items():
        for study in one.without:
            if study not in names:
                lacks(f"sets.{set_id}.without", study, f"a study of {table.file}")
        for column, words in one.only.items():
            if column not in present:
                lacks(f"sets.{set_id}.only", column, f"a column of {table.file}")
                continue
            values = {row[column] for row in table.rows}
            for word in words:
                if word not in values:
                    expected = f"a value of the column {column} of {table.file}"
                    lacks(f"sets.{set_id}.only.{column}", word, expected)
    return problems


def decimals(table: Table, row: Row) -> int:
    """Return the decimals of a published estimate: as given, else as it is written."""
    if row["digits"] is not None:
        return int(row["digits"])
    at = [field["name"] for field in table.fields].index("estimate")
    return len(row.texts[at].partition(".")[2])


def _claims(table: Table, row: Row) -> Claims:
    """Return a row of published values as fractions."""
    parts = {"pooled_proportion": "estimate", "ci_low": "low", "ci_high": "high"}
    values = {name: row[key] / 100 for name, key in parts.items() if row[key] is not None}
    return Claims(
        topic=row["outcome"],
        estimate=values["pooled_proportion"],
        low=values.get("ci_low"),
        high=values.get("ci_high"),
        i2=None,
        pvalue=None,
        values=MappingProxyType(values),
        digits=MappingProxyType({"pooled_proportion": decimals(table, row)}),
    )
