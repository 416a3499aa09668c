"""The evidence of a review: tables that are exactly what their data package says, or an error.

``data/datapackage.json`` (a Frictionless Data Package) is the single source of columns, types,
vocabularies and keys. :mod:`reviewbook.evidence.checks` adds what must hold between cells
and tables. Everything that is wrong is collected and reported at once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from reviewbook.review.rules import STATUSES
from reviewbook.review.settings import Review
from reviewbook.words import asked, reads
from reviewbook.words.frames import FrameOrigin, made_by
from reviewbook.words.origin import Row, Source

from .bibliography import Bibliography, read_bibliography
from .checks import check_tables
from .cited_as import CitedAs
from .descriptor import read_descriptor
from .named import named_words
from .study_table import read_article_table, unknown_cohorts
from .table import Problem, Table, read_table

CORE = ("claims", "cohorts", "reports", "outcomes", "survival", "other_reviews")
DESCRIPTOR = "datapackage.json"
BIBLIOGRAPHY = "references.bib"
_FILES = {"cited_as": BIBLIOGRAPHY, "package": DESCRIPTOR}
SOUND = "REVIEWBOOK_SOUND"
"""Environment variable: the ``digest`` of a ``data/`` that has been checked."""


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
    cited_as : mapping of str to CitedAs
        How each work of ``references.bib`` is cited, by its key.
    package : mapping
        The data package descriptor.
    article_file : str
        Where in ``data/`` the article's own study table would stand; empty without an article.
    """

    claims: pd.DataFrame
    cohorts: pd.DataFrame
    reports: pd.DataFrame
    outcomes: pd.DataFrame
    survival: pd.DataFrame
    other_reviews: pd.DataFrame
    article_table: pd.DataFrame | None
    other: Mapping[str, pd.DataFrame]
    cited_as: Mapping[str, CitedAs]
    package: Mapping[str, Any]
    article_file: str = ""

    def __getattribute__(self, name: str) -> Any:
        """Return an attribute, and note a table that is handed out."""
        if name in CORE:
            asked.note(f"{name}.csv")
        elif name in _FILES:
            reads.tell(f"data/{_FILES[name]}")
        elif name == "article_table" and self.article_file:
            reads.tell(f"data/{self.article_file}")
        return object.__getattribute__(self, name)

    @property
    def citation_keys(self) -> frozenset[str]:
        """Keys of ``references.bib``."""
        return frozenset(self.cited_as)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return all tables of the data package by resource name."""
        frames = {name: getattr(self, name) for name in CORE} | dict(self.other)
        return {one["name"]: frames[one["name"]] for one in self.package["resources"]}

    def vocabulary(self, resource: str, column: str) -> tuple[str, ...]:
        """Return the allowed words of a column, as the data package lists them."""
        for item in self.package["resources"]:
            for field in item["schema"]["fields"]:
                if (item["name"], field["name"]) == (resource, column):
                    return tuple(field.get("constraints", {}).get("enum", ()))
        raise ValueError(f"the data package has no column {column!r} in a resource {resource!r}")

    def citation_key(self, report_id: str) -> str:
        """Return the bibliography key of a report, "" where it has no entry."""
        return report_id if report_id in self.cited_as else ""


class HandedOut(Mapping[str, pd.DataFrame]):
    """Tables by name, each noted when it is handed out."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._frames = dict(frames)

    def __getitem__(self, name: str) -> pd.DataFrame:
        frame = self._frames[name]
        asked.note(f"{name}.csv")
        return frame

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)


def load_evidence(review: Review, *, check: bool | None = None) -> Evidence:
    """Load the evidence of `review` and check it.

    Parameters
    ----------
    check : bool, optional
        Whether to check it. By default it is, unless ``$REVIEWBOOK_SOUND`` says that it was: a
        build checks once and tells its chapters the ``digest`` of what it found sound, so that
        not one of their kernels need do it again. Other files have another digest.

    Raises
    ------
    EvidenceError
        With every problem found: file, line, column, what is there and what was expected.
    """
    folder = review.root / "data"
    if check is None:
        check = os.environ.get(SOUND) != digest(folder)
    package, wrong_package = read_descriptor(folder / DESCRIPTOR, CORE)
    if wrong_package:
        raise EvidenceError(wrong_package)
    tables = {
        one["name"]: read_table(folder / one["path"], one["schema"]) for one in package["resources"]
    }
    bibliography = read_bibliography(folder / BIBLIOGRAPHY)
    article, wrong = None, list[Problem]()
    chosen = review.article_set
    if chosen is not None and chosen.table is not None and (folder / chosen.table).exists():
        article, wrong = read_article_table(folder / chosen.table, review)
        wrong += unknown_cohorts(article, tables["cohorts"])
    if check:
        wrong = [*_problems(review, tables, bibliography), *wrong]
    else:
        wrong += [problem for table in tables.values() for problem in table.problems]
    if wrong:
        raise EvidenceError(_in_order(wrong, package))
    frames = {
        one["name"]: _made_by(one, tables[one["name"]].frame()) for one in package["resources"]
    }
    return Evidence(
        **{name: frames[name] for name in CORE},
        article_table=None if article is None else article.frame(),
        other=HandedOut({name: frame for name, frame in frames.items() if name not in CORE}),
        cited_as=bibliography.cited_as,
        package=package,
        article_file=(chosen and chosen.table) or "",
    )


def _made_by(resource: Mapping[str, Any], frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose numbers say which row of which file they stand in."""
    name, path, schema = resource["name"], Path(resource["path"]).name, resource["schema"]
    keys = schema.get("primaryKey", [])
    key = (keys,) if isinstance(keys, str) else tuple(keys)

    def source_of(row: Mapping[str, Any]) -> tuple[Source, ...]:
        said = tuple((column, _text(value)) for column, value in row.items() if _text(value))
        joined = "|".join(_text(row[column]) for column in key)
        return (Source(rows=(Row(path, joined, said, _text(row.get("source_url"))),)),)

    expression = f"book.evidence.{name}" if name in CORE else f"book.evidence.other[{name!r}]"
    return made_by(frame, FrameOrigin(expression, f"row of {path}", key, source_of))


def _text(value: Any) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    return format(value, ".15g") if isinstance(value, float) else str(value)


def has_data_package(root: Path) -> bool:
    """Whether there are tables with a data package; a review of one table of studies has none."""
    return (root / "data" / DESCRIPTOR).is_file()


def digest(folder: Path) -> str:
    """Return a hash of the files of a folder and of their names."""
    whole = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            whole.update(path.name.encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _problems(
    review: Review, tables: Mapping[str, Table], bibliography: Bibliography
) -> list[Problem]:
    """Return everything that is wrong with the tables of the data package."""
    from .package import validated  # frictionless takes time to import, and only this needs it

    try:
        found = validated(tables)
    except ValueError as error:
        return [Problem(DESCRIPTOR, None, None, str(error), "a data package")]
    problems = [problem for table in found.values() for problem in table.problems]
    problems += check_tables(found, review)
    problems += [*_settings(review, found), *bibliography.problems]
    if bibliography.keys or not bibliography.problems:
        problems += bibliography.missing(found, review.examined.key)
    return problems


def _settings(review: Review, tables: Mapping[str, Table]) -> Iterator[Problem]:
    """Yield what ``review.toml`` names and the tables lack: outcomes, columns, words, cohorts."""
    named: list[tuple[str, Iterable[str], Collection[Any], str]] = []
    outcomes, topics, cohorts = (
        {row[column] for row in tables[name].rows}
        for name, column in (("outcomes", "outcome"), ("claims", "topic"), ("cohorts", "cohort_id"))
    )
    for i, outcome in enumerate(review.outcomes):
        where = f"outcomes[{i}]"
        named += [
            (f"{where}.id", [outcome.id], outcomes, "an outcome that occurs in outcomes.csv"),
            (
                f"{where}.topic",
                filter(None, [outcome.topic]),
                topics,
                "a topic that occurs in claims.csv",
            ),
        ]
    fields = {field["name"]: field for field in tables["outcomes"].fields}
    for i, further in enumerate(review.further_outcomes):
        where, count = f"further_outcomes[{i}]", "an outcome that occurs in outcomes.csv"
        named.append((f"{where}.counts", [further.counts], outcomes, count))
        window = review.windows[further.window].timepoints
        for rule, column, given in (
            ("populations", "population", further.populations),
            ("phases", "phase", further.phases),
            ("window", "timepoint", window),
        ):
            allowed = fields[column]["constraints"]["enum"]
            expected = f"one of {', '.join(allowed)}"
            named.append((f"{where}.{rule}", given, (*allowed, ""), expected))
    for rule, column in (("statuses", "status"), ("populations", "population")):
        allowed = fields[column]["constraints"]["enum"]
        expected = f"one of {', '.join(allowed)}"
        for place, words in _rules_that_name(review, rule):
            named.append((place, words, (*allowed, "any"), expected))
    for word in fields["status"]["constraints"]["enum"]:
        if word not in STATUSES:  # no rule accepts it and no figure has a mark for it
            expected = f"words among {', '.join(STATUSES)} for the status of a count"
            yield Problem(DESCRIPTOR, None, None, f"the status {word!r}", expected)
    columns = [field["name"] for field in tables["cohorts"].fields]
    places: dict[str, Iterable[str]] = {
        **{f"groups.{name}": [name] for name in review.groups},
        "parts": review.parts,
        "characteristics": review.characteristics,
        "checks.parts_by": filter(None, [review.checks.parts_by]),
        "checks.ready_made_sets": review.checks.ready_made_sets,
    }
    named += [(place, names, columns, "a column of cohorts.csv") for place, names in places.items()]
    for i, aside in enumerate(review.set_aside):
        place = f"set_aside[{i}].cohorts"
        named.append((place, aside.cohorts, cohorts, "a cohort_id of cohorts.csv"))
    named += named_words(review, tables)
    for place, names, known, expected in named:
        for name in names if known else ():  # nothing is known of a table that cannot be read
            if name not in known:
                yield Problem("review.toml", None, place, repr(name), expected)


def _rules_that_name(review: Review, rule: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield every place of the settings that names words for a rule, with the words."""
    for name, one in review.sets.items():
        yield f"sets.{name}.{rule}", getattr(one.rules, rule, ())
    changes = {
        "variants": review.variants,
        "multiverse.denominators": review.multiverse.denominators,
    }
    for place, table in changes.items():
        for name, change in table.items():
            yield f"{place}.{name}.{rule}", getattr(change, rule) or ()
    if rule == "statuses":
        for name, words in review.multiverse.statuses.items():
            yield f"multiverse.statuses.{name}", words


def _in_order(problems: Sequence[Problem], package: Mapping[str, Any]) -> list[Problem]:
    """Sort by file (as in the data package) and line; drop exact repeats."""
    files = {Path(r["path"]).name: i for i, r in enumerate(package["resources"])}
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda p: (files.get(p.file, len(files)), p.file, p.line or 0))
