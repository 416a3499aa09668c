"""The evidence row by row, for code that walks through cohorts, and back into frames."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.review.rules import last_day
from reviewbook.review.settings import Review
from reviewbook.words import asked, reads
from reviewbook.words.frames import records as records

from .cited_as import UNDATED, CitedAs
from .evidence import Evidence
from .table import listed

_OF_THE_REPORT = (
    "cohort_id", "label", "name", "report_id", "report_name", "citation_key", "first_author",
    "year", "publication_date", "publication_type", "peer_reviewed",
)  # fmt: skip
_OF_THE_COHORT = ("overlap_group", "also_overlaps", "cohort_notes")
COUNT_COLUMNS = (
    "events", "total", "bound", "population", "timepoint", "phase", "status", "derivation",
    "locator", "source_url", "preferred", "notes",
)  # fmt: skip
_UNKNOWN_DATE = "9999-99-99"


def cohort_columns(review: Review) -> tuple[str, ...]:
    """Return the columns of a cohort beside its counts, by the settings of the review."""
    own = (*review.characteristics, "n_infused", *review.parts)
    return (*_OF_THE_REPORT, *own, *_OF_THE_COHORT)


@dataclass(frozen=True, slots=True)
class Records:
    """The evidence as dicts, by identifier; a report has its name and its citation key, too.

    The reports of a cohort stand in the order of publication. The ``label`` of a cohort names the
    report it is known by, see :func:`cohort_label`; its ``name`` is the label of ``cohorts.csv``.
    """

    cohorts: dict[str, dict[str, Any]]
    reports: dict[str, dict[str, Any]]
    reports_of: dict[str, list[dict[str, Any]]]
    counts_of: dict[tuple[str, str], list[dict[str, Any]]]

    def cohort_row(
        self, cohort_id: str, report: Mapping[str, Any], columns: Iterable[str]
    ) -> dict[str, Any]:
        """Return a cohort with one of its reports, in the columns of :func:`cohort_columns`."""
        cohort = self.cohorts[cohort_id]
        joined = {**report, **cohort, "cohort_notes": cohort["notes"]}
        return {name: joined[name] for name in columns}

    def report_of(self, cohort_id: str) -> dict[str, Any]:
        """Return the report a cohort is known by: the first that is peer-reviewed, or the first."""
        reports = self.reports_of[cohort_id]
        return min(reports, key=lambda report: not report["peer_reviewed"])

    def same_group(self, one: str, other: str) -> bool:
        """Whether two cohorts are of one group of cohorts that may share patients."""
        groups = [self.cohorts[cohort_id]["overlap_group"] for cohort_id in (one, other)]
        return bool(groups[0]) and groups[0] == groups[1]

    def linked(self, one: str, other: str) -> bool:
        """Whether either cohort names the other among those that may share patients."""
        return any(
            b in self.cohorts[a]["also_overlaps"].split(";")
            for a, b in ((one, other), (other, one))
        )


def records_of(evidence: Evidence) -> Records:
    """Return the evidence as dicts; the same object for the same evidence."""
    asked.note("cohorts.csv", "reports.csv", "outcomes.csv")
    reads.tell("data/references.bib")  # how reports are named
    return _records_of(evidence)


@lru_cache(maxsize=8)
def _records_of(evidence: Evidence) -> Records:
    cohorts = {row["cohort_id"]: row for row in records(evidence.cohorts)}
    reports = {row["report_id"]: row for row in records(evidence.reports)}
    for name, row in reports.items():
        named = report_name(row, evidence.cited_as.get(name))
        row |= {"report_name": named, "citation_key": evidence.citation_key(name)}
    reports_of: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(
        reports.values(), key=lambda row: (day_of(row["publication_date"]), row["report_id"])
    ):
        for cohort_id in listed(row["cohort_id"]):
            reports_of.setdefault(cohort_id, []).append(row)
    counts_of: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in records(evidence.outcomes):
        counts_of.setdefault((row["cohort_id"], row["outcome"]), []).append(row)
    found = Records(dict(sorted(cohorts.items())), reports, reports_of, counts_of)
    for cohort_id, row in cohorts.items():
        report = found.report_of(cohort_id) if cohort_id in reports_of else None
        row |= {"name": row["label"], "label": cohort_label(row["label"], report)}
    return found


def report_name(report: Mapping[str, Any], cited: CitedAs | None) -> str:
    """Return author and year of a report; of one without an author, where it was published.

    Parameters
    ----------
    report : mapping
        A row of ``reports.csv``.
    cited : CitedAs or None
        How citations name it; None where the bibliography has no entry. The name has their year
        and letter, so that a figure and the list of references mean the same work.
    """
    if cited is None:
        year = report["year"] or UNDATED
        place = report["journal"] or str(report["report_id"]).replace("_", " ")
        cited = CitedAs(place.removesuffix(f" {year}"), str(year))
    return f"{surname(report['first_author']) or cited.who} {cited.when}"


def surname(author: str | None) -> str:
    """Return an author without initials: ``Oh`` for ``Oh BLZ``; "" for none."""
    return re.sub(r" [A-Z]+$", "", author or "")


def cohort_label(name: str, report: Mapping[str, Any] | None) -> str:
    """Return what a cohort is called in figures and tables: ``Pan 2021 · Boren phase I``.

    Who knows the literature looks for author and year. A report without an author lends its year
    only, after the name: the title of a journal tells no two of them apart.

    Parameters
    ----------
    name : str
        The label of ``cohorts.csv``.
    report : mapping or None
        The report it is known by, with its ``report_name``; None where it has none.
    """
    if report is None:
        return name
    if report["first_author"]:
        return f"{report['report_name']}{words.BESIDE}{name}"
    return f"{name} ({report['year'] or UNDATED})"


def labels_of(evidence: Evidence) -> dict[str, str]:
    """Return the label of every cohort by its identifier."""
    return {key: row["label"] for key, row in records_of(evidence).cohorts.items()}


def day_of(date: str) -> str:
    """Return the last day a date can mean, for sorting; unknown dates come last."""
    return last_day(date) or _UNKNOWN_DATE


def whole(column: str) -> bool:
    """Whether a column holds whole numbers; names that begin with ``n_`` count patients."""
    return column in ("year", "events", "total") or column.startswith("n_")


def frame_of(rows: list[dict[str, Any]], columns: Iterable[str]) -> pd.DataFrame:
    """Return dicts as a typed frame: Int64, bool, and text with "" for empty cells."""
    frame = pd.DataFrame(rows, columns=list(columns))
    types = {c: "Int64" for c in frame if whole(str(c))}
    types |= {c: "bool" for c in ("preferred", "peer_reviewed") if c in frame}
    types |= {c: "str" for c in frame.columns if c not in types}
    return frame.astype(types)
