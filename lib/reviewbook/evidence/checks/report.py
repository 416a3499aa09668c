"""Collects what the checks of a table find."""

from __future__ import annotations

from reviewbook.evidence.tableschema import Problem, Row, Table


class Report:
    """Collects problems of one table in `problems`."""

    def __init__(self, table: Table) -> None:
        self.table, self.problems = table, list[Problem]()

    def add(self, row: Row, column: str | None, expected: str, found: object = None) -> None:
        """Add a problem; `found` is by default the cell of the row."""
        if found is None:
            cell = row[column] if column else None
            found = "an empty cell" if cell is None else repr(_as_printed(cell))
        self.problems.append(Problem(self.table.file, row.line, column, str(found), expected))


def _as_printed(cell: object) -> object:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return format(cell, ".12g") if isinstance(cell, float) else str(cell)
