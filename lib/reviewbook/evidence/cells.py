"""Cells of a table: typed by their field, or a problem that names the place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

FILLERS = frozenset(
    (
        "nr",
        "na",
        "n/a",
        "n.a.",
        "nan",
        "null",
        "none",
        "-",
        "–",
        "—",
        "?",
        "not reported",
        "unknown",
    )
)
# The digits of ASCII only, without leading zeros, and no more than any count or figure needs.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where.

    Attributes
    ----------
    file : str
        Name of the file.
    line : int or None
        Line as an editor counts, the header being line 1.
    column : str or None
        Name of the column.
    found, expected : str
        What is there (in quotes when it is a cell) and what should be.
    """

    file: str
    line: int | None
    column: str | None
    found: str
    expected: str

    def __str__(self) -> str:
        place = self.file
        if self.line is not None:
            place += f", line {self.line}"
        if self.column is not None:
            # In a settings file the place is the path of a setting.
            kind = "setting" if self.file.endswith(".toml") else "column"
            place += f", {kind} {self.column}"
        return f"{place}: found {self.found}; expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Row:
    """A row with typed cells: str, int, float or bool; None for an empty or unreadable cell."""

    line: int
    cells: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.cells.get(column)


class Cells:
    """Types the cells of a table, collecting what is wrong.

    Parameters
    ----------
    file : str
        Name of the file, for messages.
    fields : dict
        Field descriptors by column.
    problems : list of Problem
        Grows with every problem found.
    """

    def __init__(
        self, file: str, fields: dict[str, dict[str, Any]], problems: list[Problem]
    ) -> None:
        self.file, self.fields, self.problems = file, fields, problems
        self.seen: dict[tuple[str, str], int] = {}

    def row(self, line: int, head: list[str], cells: list[str]) -> Row:
        """Return a row of typed cells; without cells when their number is wrong."""
        if len(cells) != len(head):
            found = "a blank line" if not cells else f"{len(cells)} cells"
            self.problems.append(Problem(self.file, line, None, found, f"{len(head)} cells"))
            return Row(line, {})
        return Row(
            line, {name: self.cell(line, name, c) for name, c in zip(head, cells, strict=True)}
        )

    def cell(self, line: int, name: str, cell: str) -> Any:
        """Return the typed cell; None when it is empty or wrong."""
        field = self.fields[name]
        rules = field.get("constraints", {})
        found, expected = repr(cell), _expected(field)
        if cell == "":
            if not rules.get("required"):
                return None
            found = "an empty cell"
        elif cell != cell.strip():
            expected = "no blanks at the ends of a cell"
        elif "\n" in cell or "\r" in cell:
            expected = "no line break in a cell (is a quotation mark missing?)"
        elif cell.count('"') % 2:
            expected = "quotation marks in pairs"
        elif cell.lower() in FILLERS:
            expected = "an empty cell where nothing is reported"
        else:
            value = _typed(cell, field)
            if value is not None and _allowed(cell, value, rules):
                first = self.seen.setdefault((name, cell.lower()), line)
                if not rules.get("unique") or first == line:
                    return value
                expected = f"each {name} once (also on line {first})"
        self.problems.append(Problem(self.file, line, name, found, expected))
        return None


def _typed(cell: str, field: dict[str, Any]) -> Any:
    kind = field.get("type", "string")
    if kind == "integer":
        return int(cell) if _INTEGER.fullmatch(cell) else None
    if kind == "number":
        return float(cell) if _NUMBER.fullmatch(cell) else None
    if kind == "boolean":
        words = {
            **dict.fromkeys(field["trueValues"], True),
            **dict.fromkeys(field["falseValues"], False),
        }
        return words.get(cell)
    return cell


def _allowed(cell: str, value: Any, rules: dict[str, Any]) -> bool:
    return (
        ("enum" not in rules or cell in rules["enum"])
        and ("pattern" not in rules or re.search(rules["pattern"], cell) is not None)
        and ("minimum" not in rules or value >= rules["minimum"])
        and ("maximum" not in rules or value <= rules["maximum"])
    )


def _expected(field: dict[str, Any]) -> str:
    rules = field.get("constraints", {})
    kind = field.get("type", "string")
    if "enum" in rules:
        return f"one of {', '.join(rules['enum'])}"
    if kind == "boolean":
        return f"one of {', '.join((*field['trueValues'], *field['falseValues']))}"
    if kind == "string":
        return str(field.get("expected", "text"))
    words = "a whole number" if kind == "integer" else "a number with a decimal point"
    low, high = rules.get("minimum"), rules.get("maximum")
    if low is not None and high is not None:
        return f"{words} from {low} to {high}"
    return f"{words}, at least {low}" if low is not None else words
