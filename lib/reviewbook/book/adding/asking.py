"""Ask for a report, cell by cell; what the checks refuse is named and asked again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from reviewbook.evidence.package import plain

from .candidate import Fault, cell_fault, lines_of
from .entry import UPDATES, Addition, Cells, Known, by_hand, completed, has_table, resource_of

_NOT_ASKED = {
    "reports": ("cohort_id", "year", "peer_reviewed"),
    "cohorts": ("cohort_id",),
    "outcomes": ("report_id", "cohort_id"),
    "survival": ("report_id", "cohort_id"),
}
"""Columns that follow from others or, for choices made by hand once, are "no"."""
_DEFAULTS = {"population": "infused", "status": "reported", "preferred": "yes"}
UNCLEAR = "unclear"
"""What is offered where the words of a column have it."""
REPORT, COHORT = "Report", "Cohort"


class Asking:
    """A conversation on one report.

    Parameters
    ----------
    root : Path
        Root of the review.
    package : dict
        Its data package, for columns, words and descriptions.
    known : Known
        The cohorts and reports there are.
    """

    def __init__(self, root: Path, package: dict[str, Any], known: Known) -> None:
        self.root, self.package, self.known = root, package, known

    def addition(self) -> Addition:
        """Ask for all of it; an empty answer leaves a cell empty."""
        click.echo("An empty answer leaves a cell empty: not given in any text read. Ctrl-C stops.")
        update = {}
        if has_table(self.package, UPDATES):
            click.echo("\nThis look at the literature")
            update = {column: self._cell(UPDATES, 0, column) for column in ("date", "why")}
        click.echo(f"\n{REPORT}: a new identifier, or one of reports.csv for a known one")
        report = {"report_id": self._cell("reports", 0, "report_id")}
        addition = Addition(update=update)
        if report["report_id"] in self.known.reports:
            addition.extend(report["report_id"], self.known)
            click.echo(f"{report['report_id']} is known; its row stays, but for further cohorts.")
        else:
            report = completed(report | self._row("reports", 0, skip=("report_id",)))
            addition.authors = self._authors()
        while True:
            cohort, known = self._cohort(addition)
            outcomes = self._several("outcomes", "outcome", addition)
            survival = self._several("survival", "arm", addition)
            addition.add_cohort(report, cohort, outcomes, survival, known=known)
            if not click.confirm("Another cohort of this report?", default=False):
                return addition

    def again(self, addition: Addition, found: Fault) -> None:
        """Say what is wrong with a cell and ask for it again."""
        click.echo(str(found.problem))
        rows = addition.rows[found.table]
        rows[found.row][found.column] = self._cell(found.table, found.row, found.column)

    def _authors(self) -> str:
        while True:
            authors = _text("Authors as BibTeX has them (Li, Z. and Wu, Y.)")
            wrong = plain(authors, "string")
            if not wrong and authors.count("{") != authors.count("}"):
                wrong = "braces in pairs"
            if not wrong:
                return authors
            click.echo(f"authors: found {authors!r}; expected {wrong}")

    def _cohort(self, addition: Addition) -> tuple[Cells, bool]:
        click.echo(f"\n{COHORT}: a new identifier, or one of cohorts.csv for a known one")
        row = len(addition.rows["cohorts"])
        name = self._cell("cohorts", row, "cohort_id")
        if name in self.known.cohorts:
            click.echo(f"{name} is known; its row stays as it is.")
            return {"cohort_id": name}, True
        new = {"cohort_id": name} | by_hand(self.package)
        return new | self._row("cohorts", row), False

    def _several(self, table: str, first: str, addition: Addition) -> list[Cells]:
        rows: list[Cells] = []
        while True:
            row = len(addition.rows[table]) + len(rows)
            click.echo(f"\n{table}.csv, another row; an empty {first} ends them")
            start = self._cell(table, row, first, ends=True)
            if not start:
                return rows
            rows.append({first: start} | self._row(table, row, skip=(first,)))

    def _row(self, table: str, row: int, *, skip: tuple[str, ...] = ()) -> Cells:
        fields = resource_of(self.package, table)["schema"]["fields"]
        unasked = (*_NOT_ASKED[table], *by_hand(self.package), *skip)
        return {
            one["name"]: self._cell(table, row, one["name"])
            for one in fields
            if one["name"] not in unasked
        }

    def _cell(self, table: str, row: int, column: str, *, ends: bool = False) -> str:
        resource = resource_of(self.package, table)
        one = next(one for one in resource["schema"]["fields"] if one["name"] == column)
        line = lines_of(self.root / "data" / resource["path"]) + row + 1
        click.echo(f"  {one['description']}")
        words = one.get("constraints", {}).get("enum", ())
        usual = UNCLEAR if UNCLEAR in words else _DEFAULTS.get(column, "")
        if words:
            click.echo(f"  One of {', '.join(words)}.")
        while True:
            text = _text(column, "" if ends else usual)
            if ends and not text:
                return ""
            wrong = cell_fault(self.package, table, line, column, text)
            if not wrong:
                return text
            click.echo(wrong)


def _text(question: str, default: str = "") -> str:
    answer = click.prompt(question, default=default, show_default=bool(default))
    return str(answer).strip()


def mend(asking: Asking, addition: Addition, find: Callable[[Addition], list[Fault]]) -> None:
    """Ask again for cells until the checks find nothing.

    Raises
    ------
    ValueError
        When a problem is about no cell of the entry.
    """
    while found := find(addition):
        elsewhere = [str(fault.problem) for fault in found if not fault.column]
        if elsewhere:
            raise ValueError("\n  ".join(["The entry cannot be added:", *elsewhere]))
        for fault in found:
            asking.again(addition, fault)
