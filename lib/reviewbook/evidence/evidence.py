"""The evidence of a review: tables that are exactly what their data package says, or an error.

``data/datapackage.json`` (a Frictionless Data Package) is the single source of columns, types,
vocabularies and keys. :mod:`reviewbook.evidence.checks` adds what must hold between cells
and tables. Everything that is wrong is collected and reported at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from reviewbook.review.project import load_review
from reviewbook.review.settings import Review

from .bibliography import check_citations, read_bibliography, syntax_problems
from .checks import check_tables
from .study_table import read_article_table
from .tableschema import Problem, Table, read_table

CORE = ("claims", "cohorts", "reports", "outcomes", "survival", "other_reviews")
DESCRIPTOR = "datapackage.json"
BIBLIOGRAPHY = "references.bib"


class EvidenceError(ValueError):
    """The evidence is not what it should be.

    Attributes
    ----------
    problems : tuple of Problem
        Everything that is wrong, in the order of files and lines.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        number = len(self.problems)
        head = f"{number} problem{'s' if number != 1 else ''} in the evidence:"
        super().__init__("\n  ".join((head, *map(str, self.problems))))


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Validated tables.

    Text columns hold "" where a cell is empty; whole numbers are Int64 and other numbers Float64
    with NA; yes/no columns are bool.

    Attributes
    ----------
    claims, cohorts, reports, outcomes, survival, other_reviews : DataFrame
        The core tables, in the order of their files.
    article_table : DataFrame or None
        The article's own study table, where somebody has added it.
    other : mapping of str to DataFrame
        Further resources of the data package.
    citation_keys : frozenset of str
        Keys of ``references.bib``.
    package : mapping
        The data package descriptor.
    """

    claims: pd.DataFrame
    cohorts: pd.DataFrame
    reports: pd.DataFrame
    outcomes: pd.DataFrame
    survival: pd.DataFrame
    other_reviews: pd.DataFrame
    article_table: pd.DataFrame | None
    other: Mapping[str, pd.DataFrame]
    citation_keys: frozenset[str]
    package: Mapping[str, Any]

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return all tables of the data package by resource name."""
        core = {name: getattr(self, name) for name in CORE}
        return {
            resource["name"]: {**core, **self.other}[resource["name"]]
            for resource in self.package["resources"]
        }

    def vocabulary(self, resource: str, column: str) -> tuple[str, ...]:
        """Return the allowed words of a column, as the data package lists them."""
        for item in self.package["resources"]:
            if item["name"] == resource:
                for field in item["schema"]["fields"]:
                    if field["name"] == column:
                        return tuple(field.get("constraints", {}).get("enum", ()))
        raise ValueError(f"the data package has no column {column!r} in a resource {resource!r}")

    def citation_key(self, report_id: str) -> str:
        """Return the bibliography key of a report, "" where it has no entry."""
        return report_id if report_id in self.citation_keys else ""


def load_evidence(review: Review | None = None) -> Evidence:
    """Load and validate the evidence of `review` (by default that of the working directory).

    Raises
    ------
    EvidenceError
        With every problem found: file, line, column, what is there and what was expected.
    """
    if review is None:
        review = load_review()
    folder = review.root / "data"
    package = _descriptor(folder)
    tables: dict[str, Table] = {}
    problems: list[Problem] = []
    for resource in package["resources"]:
        table = read_table(folder / resource["path"], resource["schema"])
        problems += table.problems
        tables[resource["name"]] = table
    usable = {name: table for name, table in tables.items() if table.rows}
    problems += _foreign_keys(package, usable)
    problems += check_tables({n: t for n, t in usable.items() if n in CORE}, review.checks)
    problems += _settings(review, usable)
    bibliography = folder / BIBLIOGRAPHY
    keys, dois, wrong = read_bibliography(bibliography)
    problems += wrong
    if bibliography.is_file():
        problems += check_citations(bibliography, keys, dois, usable, review.article.key)
    article = _article_table(review, folder, problems)
    if problems:
        raise EvidenceError(_in_order(problems, package))
    return Evidence(
        **{name: tables[name].frame() for name in CORE},
        article_table=None if article is None else article.frame(),
        other={name: table.frame() for name, table in tables.items() if name not in CORE},
        citation_keys=keys,
        package=package,
    )


def check_bibliography(review: Review) -> None:
    """Raise :class:`EvidenceError` where ``references.bib`` is not BibTeX throughout."""
    problems = syntax_problems(review.root / "data" / BIBLIOGRAPHY)
    if problems:
        raise EvidenceError(problems)


def _descriptor(folder: Path) -> dict[str, Any]:
    path = folder / DESCRIPTOR

    def fail(found: str, expected: str, line: int | None = None) -> EvidenceError:
        return EvidenceError([Problem(DESCRIPTOR, line, None, found, expected)])

    if not path.is_file():
        raise fail("no such file", f"the data package descriptor in {folder.name}/")
    try:
        package: dict[str, Any] = json.loads(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise fail(str(error), "UTF-8") from None
    except json.JSONDecodeError as error:
        raise fail(error.msg, "JSON", error.lineno) from None
    names = [resource.get("name") for resource in package.get("resources", [])]
    missing = [name for name in CORE if name not in names]
    if missing:
        raise fail(f"no resource {', '.join(missing)}", f"resources {', '.join(CORE)}")
    return package


def _foreign_keys(package: Mapping[str, Any], tables: Mapping[str, Table]) -> list[Problem]:
    problems = []
    for resource in package["resources"]:
        for key in resource["schema"].get("foreignKeys", []):
            column, reference = key["fields"], key["reference"]
            if resource["name"] not in tables or reference["resource"] not in tables:
                continue
            target = tables[reference["resource"]]
            known = {row[reference["fields"]] for row in target.rows}
            table = tables[resource["name"]]
            problems += [
                Problem(
                    table.file,
                    row.line,
                    column,
                    repr(row[column]),
                    f"a {reference['fields']} of {target.file}",
                )
                for row in table.rows
                if row[column] is not None and row[column] not in known
            ]
    return problems


def _settings(review: Review, tables: Mapping[str, Table]) -> list[Problem]:
    """Check what ``review.toml`` says of the tables: names of outcomes, columns and cohorts."""

    def column(table: str, name: str) -> set[Any]:
        return {row[name] for row in tables[table].rows} if table in tables else set()

    problems = []

    def add(place: str, found: str, expected: str) -> None:
        problems.append(Problem("review.toml", None, place, repr(found), expected))

    outcomes, topics = column("outcomes", "outcome"), column("claims", "topic")
    for i, outcome in enumerate(review.outcomes):
        if outcomes and outcome.id not in outcomes:
            add(f"outcomes[{i}].id", outcome.id, "an outcome that occurs in outcomes.csv")
        if topics and outcome.topic not in topics:
            add(f"outcomes[{i}].topic", outcome.topic, "a topic that occurs in claims.csv")
    if "outcomes" in tables:
        for name, analysis_set in review.sets.items():
            for rule, field in (("statuses", "status"), ("populations", "population")):
                allowed = _words(tables["outcomes"], field)
                for word in getattr(analysis_set.rules, rule, ()):
                    if word not in allowed:
                        add(f"sets.{name}.{rule}", word, f"one of {', '.join(allowed)}")
    if "cohorts" in tables:
        columns = [field["name"] for field in tables["cohorts"].fields]
        for group in review.groups.values():
            if group.column not in columns:
                add(f"groups.{group.id}", group.column, "a column of cohorts.csv")
        cohorts = column("cohorts", "cohort_id")
        for i, aside in enumerate(review.set_aside):
            for name in aside.cohorts:
                if name not in cohorts:
                    add(f"set_aside[{i}].cohorts", name, "a cohort_id of cohorts.csv")
    return problems


def _words(table: Table, column: str) -> Sequence[str]:
    """Return the allowed words of a column."""
    field = next(field for field in table.fields if field["name"] == column)
    words: Sequence[str] = field["constraints"]["enum"]
    return words


def _article_table(review: Review, folder: Path, problems: list[Problem]) -> Table | None:
    for analysis_set in review.sets.values():
        if analysis_set.table is not None and (folder / analysis_set.table).exists():
            table, wrong = read_article_table(folder / analysis_set.table, review)
            problems += wrong
            return table
    return None


def _in_order(problems: Sequence[Problem], package: Mapping[str, Any]) -> list[Problem]:
    """Sort by file (as in the data package) and line; drop exact repeats."""
    files = {Path(r["path"]).name: i for i, r in enumerate(package["resources"])}
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda p: (files.get(p.file, len(files)), p.file, p.line or 0))
