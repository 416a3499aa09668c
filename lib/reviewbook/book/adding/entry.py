"""What is to be added: one publication, its cohorts and what it says of them, as rows of tables."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pybtex.database import BibliographyData, Entry

from reviewbook.evidence.evidence import BIBLIOGRAPHY, Evidence
from reviewbook.evidence.package import plain
from reviewbook.evidence.table import Problem, listed
from reviewbook.review.toml_file import read_toml

TABLES = ("reports", "cohorts", "outcomes", "survival")
"""Tables that a report adds rows to, in the order of asking."""
UPDATES = "updates"
"""The log of what each look added, where the data package has one."""
DECISIONS = "decisions"
"""The log of cells that were changed, where the data package has one."""
_CELL = re.compile(r'("(?:[^"]|"")*"|[^,]*)(?:,|$)')
Cells = dict[str, str]
_BIBTEX = {"journal": "journal", "volume": "volume", "number": "issue", "pages": "pages"}


@dataclass(frozen=True, slots=True)
class Known:
    """What the tables have already: cohorts, and the cohorts of each report."""

    cohorts: frozenset[str]
    reports: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, evidence: Evidence) -> Known:
        """Return what the tables of the evidence have."""
        rows = evidence.reports[["report_id", "cohort_id"]].itertuples(index=False)
        reports = {str(name): listed(cohorts) for name, cohorts in rows}
        return cls(frozenset(evidence.cohorts["cohort_id"]), reports)


@dataclass(slots=True)
class Addition:
    """Rows to be added, as texts of cells; columns that are not there are empty.

    A report has one row in ``reports.csv``, which names all of its cohorts. One that is there
    already gets no second row: its list of cohorts gets longer, and nothing else of it changes.

    Attributes
    ----------
    rows : dict of str to list of dict
        By table.
    authors : str
        As BibTeX has them; "" where they were not seen.
    update : dict of str to str
        ``date`` and ``why`` of the row in the log of updates.
    extended : str
        A report that is in ``reports.csv`` already, "" for a new one.
    before, after : tuple of str
        The cohorts of that report, as they are and with those added.
    """

    rows: dict[str, list[Cells]] = field(default_factory=lambda: {name: [] for name in TABLES})
    authors: str = ""
    update: Cells = field(default_factory=dict)
    extended: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def extend(self, report_id: str, known: Known) -> None:
        """Say that the report is in ``reports.csv`` already."""
        self.extended = report_id
        self.before = self.after = known.reports[report_id]

    def add_cohort(
        self,
        report: Mapping[str, str],
        cohort: Mapping[str, str],
        outcomes: list[Cells],
        survival: list[Cells],
        *,
        known: bool,
    ) -> None:
        """Add a cohort of the publication with its counts and figures."""
        own = cohort["cohort_id"]
        if self.extended:
            self.after = tuple(dict.fromkeys((*self.after, own)))
        elif self.rows["reports"]:
            row = self.rows["reports"][0]
            row["cohort_id"] = ";".join(dict.fromkeys((*listed(row["cohort_id"]), own)))
        else:
            self.rows["reports"].append({**report, "cohort_id": own})
        if not known:
            self.rows["cohorts"].append(dict(cohort))
        keys = {"report_id": report["report_id"], "cohort_id": own}
        self.rows["outcomes"] += [{**one, **keys} for one in outcomes]
        self.rows["survival"] += [{**one, **keys} for one in survival]

    def appended(self, folder: Path, package: Mapping[str, Any]) -> dict[str, bytes]:
        """Return the new contents of the files that change, by name.

        Old bytes stay in front, but for the list of cohorts of a report that was there.
        """
        found = {}
        tables = dict(self.rows)
        if self.longer and has_table(package, DECISIONS):
            tables[DECISIONS] = [self._decided()]
        if has_table(package, UPDATES):
            tables[UPDATES] = list(self._logged())
        for name, rows in tables.items():
            if rows:
                resource = resource_of(package, name)
                found[resource["path"]] = _with_rows(
                    (folder / resource["path"]).read_bytes(),
                    [one["name"] for one in resource["schema"]["fields"]],
                    rows,
                )
        if self.longer:
            resource = resource_of(package, "reports")
            columns = [one["name"] for one in resource["schema"]["fields"]]
            old = (folder / resource["path"]).read_bytes()
            cells = {"report_id": self.extended, "cohort_id": ";".join(self.after)}
            found[resource["path"]] = _with_cell(old, columns, **cells)
        if not self.extended:
            old = (folder / BIBLIOGRAPHY).read_bytes()
            found[BIBLIOGRAPHY] = _ended(old) + b"\n" + self.bibtex().encode()
        return found

    @property
    def longer(self) -> bool:
        """Whether a report that was there gets another cohort."""
        return self.after != self.before

    def told(self, package: Mapping[str, Any]) -> str:
        """Return what is added and changed, in words."""
        parts = [
            f"{len(rows)} to {resource_of(package, name)['path']}"
            for name, rows in self.rows.items()
            if rows
        ]
        if not self.extended:
            parts.append(f"an entry to {BIBLIOGRAPHY}")
        text = f"Added: {', '.join(parts)}."
        if self.longer:
            changed = f"{';'.join(self.before)!r} is now {';'.join(self.after)!r}"
            text += f" In reports.csv the cohort_id of {self.extended}, {changed}."
        return text

    def _decided(self) -> Cells:
        """Return the row on the cell that was changed."""
        return {
            **{"date": self.update.get("date", ""), "table": "reports", "row": self.extended},
            **{"column": "cohort_id", "old": ";".join(self.before), "new": ";".join(self.after)},
            **{"decision": "entered", "reason": self.update.get("why", "")},
        }

    def _logged(self) -> Iterator[Cells]:
        """Yield a row of the log for each table that gets rows."""
        ids = ";".join(row["report_id"] for row in self.rows["reports"])
        for name, rows in self.rows.items():
            if rows:
                sizes = {"rows_added": str(len(rows)), "rows_removed": "0"}
                named = {"report_ids": ids if name == "reports" else ""}
                yield {"table": name, **sizes, **named, **self.update}

    def bibtex(self) -> str:
        """Return the entry of the publication for the bibliography."""
        row = self.rows["reports"][0]
        fields = {
            "author": self.authors,
            "title": row.get("title") or "[Title not seen]",
            **{name: row.get(column, "") for name, column in _BIBTEX.items()},
            "year": row.get("year", ""),
            "doi": row.get("doi", ""),
            "pubmed": row.get("pmid", ""),
            "annote": "" if self.authors else "Author list not seen.",
        }
        article = row.get("publication_type") in ("journal_article", "letter")
        kind = "article" if article and row.get("journal") else "misc"
        if kind == "misc":
            fields["howpublished"] = fields.pop("journal")
        given = {name: value for name, value in fields.items() if value}
        for name, value in given.items():
            if value.count("{") != value.count("}"):
                raise ValueError(f"{name}: found {value!r}; expected braces in pairs")
        return str(BibliographyData({row["report_id"]: Entry(kind, given)}).to_string("bibtex"))


def resource_of(package: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a table of the data package."""
    return next(one for one in package["resources"] if one["name"] == name)


def has_table(package: Mapping[str, Any], name: str) -> bool:
    """Whether the data package has a table, such as the log of updates."""
    return any(one["name"] == name for one in package["resources"])


def by_hand(package: Mapping[str, Any]) -> dict[str, str]:
    """Return the columns that choose cohorts by hand, with "no": an added one is in none."""
    fields = resource_of(package, "cohorts")["schema"]["fields"]
    return {one["name"]: "no" for one in fields if one["name"].startswith("in_set_")}


def _ended(content: bytes) -> bytes:
    return content if content.endswith(b"\n") or not content else content + b"\n"


def _with_rows(old: bytes, columns: list[str], rows: list[Cells]) -> bytes:
    text = io.StringIO(newline="")
    end = "\r\n" if b"\r\n" in old.partition(b"\n")[0] + b"\n" else "\n"
    writer = csv.DictWriter(text, columns, restval="", lineterminator=end)
    writer.writerows(rows)
    return _ended(old) + text.getvalue().encode("utf-8")


def _with_cell(old: bytes, columns: list[str], *, report_id: str, cohort_id: str) -> bytes:
    """Return the reports with the cohorts of one of them; every other byte stays."""
    name, place = columns.index("report_id"), columns.index("cohort_id")
    lines = old.decode("utf-8").split("\n")
    for i, line in enumerate(lines):
        cells = list(_CELL.finditer(line))
        if len(cells) > max(name, place) and cells[name][1].strip('"') == report_id:
            start, end = cells[place].span(1)
            lines[i] = line[:start] + cohort_id + line[end:]
    return "\n".join(lines).encode("utf-8")


def completed(report: Cells) -> Cells:
    """Return a row of a report with what follows from other cells of it, where it was not given."""
    kind = report.get("publication_type", "")
    found = dict(report)
    found["year"] = report.get("year") or report.get("publication_date", "")[:4]
    reviewed = "yes" if kind in ("journal_article", "letter") else "no"
    found["peer_reviewed"] = report.get("peer_reviewed") or reviewed
    return found


def read_entry(path: Path, package: Mapping[str, Any], known: Known) -> Addition:
    """Read an entry from a TOML file; ``docs/adding-a-report.md`` has the form.

    Parameters
    ----------
    known : Known
        What there is: a table ``[[cohorts]]`` with a cohort of it has nothing but its name, its
        outcomes and its survival, and a table ``[report]`` with a report of it nothing but that.

    Raises
    ------
    ValueError
        When the file is no TOML, or has a table or column that is not known; names each.
    """
    raw = read_toml(path)
    problems: list[Problem] = []

    def cells(table: str, where: str, given: Any, *more: str) -> Cells:
        return dict(_cells(path.name, package, table, where, given, more, problems))

    _tables(path.name, raw, ("update", "report", "cohorts"), problems)
    given = raw.get("report", {})
    logged = has_table(package, UPDATES)
    update = cells(UPDATES, "update", raw.get("update", {})) if logged else {}
    for name in ("date", "why") if logged else ():
        if not update.get(name):
            expected = "the day on which it was read" if name == "date" else "where it is from"
            problems.append(Problem(path.name, None, f"update.{name}", "an empty cell", expected))
    report = cells("reports", "report", given, "authors")
    there = report.get("report_id", "") in known.reports
    if there and len(report) > 1:
        extra = next(key for key in report if key != "report_id")
        expected = (
            f"nothing but report_id: {report['report_id']} is in reports.csv and its row stays as "
            "it is, but for further cohorts"
        )
        found = repr(report[extra])
        problems.append(Problem(path.name, None, f"report.{extra}", found, expected))
    report = completed(report)
    authors = report.pop("authors", "")
    if wrong := plain(authors, "string"):
        problems.append(Problem(path.name, None, "report.authors", repr(authors), wrong))
    report.pop("cohort_id", None)
    addition = Addition(authors=authors, update=update)
    if there:
        addition.extend(report["report_id"], known)
    if not report.get("report_id"):
        expected = "an identifier of the report in lower_snake_case"
        problems.append(Problem(path.name, None, "report.report_id", "an empty cell", expected))
    listed = raw.get("cohorts", [])
    if not isinstance(listed, list) or not listed:
        expected = "at least one table [[cohorts]]"
        problems.append(Problem(path.name, None, "cohorts", repr(listed), expected))
        listed = []
    for number, one in enumerate(listed, start=1):
        where = f"cohorts[{number}]"
        inner = dict(one) if isinstance(one, dict) else {}
        parts = {
            name: [
                cells(name, f"{where}.{name}[{i}]", row)
                for i, row in enumerate(inner.pop(name, []), start=1)
            ]
            for name in ("outcomes", "survival")
        }
        cohort = cells("cohorts", where, inner)
        name = cohort.get("cohort_id", "")
        old = name in known.cohorts
        if old and len(cohort) > 1:
            extra = next(key for key in cohort if key != "cohort_id")
            expected = f"nothing but cohort_id: {name} is in cohorts.csv, and no row is overwritten"
            found = repr(cohort[extra])
            problems.append(Problem(path.name, None, f"{where}.{extra}", found, expected))
        if not name:
            expected = "an identifier of the cohort in lower_snake_case"
            problems.append(Problem(path.name, None, f"{where}.cohort_id", "no cell", expected))
        if not old:
            cohort = by_hand(package) | cohort
        if name and report.get("report_id"):
            addition.add_cohort(report, cohort, parts["outcomes"], parts["survival"], known=old)
    if problems:
        raise ValueError("\n  ".join(["The entry cannot be read:", *map(str, problems)]))
    return addition


def _tables(
    file: str, raw: Mapping[str, Any], known: tuple[str, ...], found: list[Problem]
) -> None:
    for name in raw:
        if name not in known:
            expected = f"only the tables {', '.join(known)}"
            found.append(Problem(file, None, name, "an unknown table", expected))


def _cells(
    file: str,
    package: Mapping[str, Any],
    table: str,
    where: str,
    given: Any,
    more: tuple[str, ...],
    problems: list[Problem],
) -> Iterator[tuple[str, str]]:
    """Yield the cells of a table of the entry as texts."""
    columns = [one["name"] for one in resource_of(package, table)["schema"]["fields"]]
    if not isinstance(given, dict):
        problems.append(Problem(file, None, where, repr(given), "a table"))
        return
    for name, value in given.items():
        if name not in (*columns, *more):
            expected = f"only the columns {', '.join(columns)}"
            problems.append(Problem(file, None, f"{where}.{name}", "an unknown column", expected))
        elif isinstance(value, bool):
            yield name, "yes" if value else "no"
        elif isinstance(value, str | int | float | dt.date) and not isinstance(value, dt.datetime):
            yield name, str(value)
        else:
            expected = "text, a number, a date, true or false"
            problems.append(Problem(file, None, f"{where}.{name}", repr(value), expected))
