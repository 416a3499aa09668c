"""Read a CSV table against its schema: typed cells, and what keeps the file from being read.

The schema is a Frictionless Table Schema. What a cell must be beyond its type is the concern of
:mod:`reviewbook.evidence.package`. Nothing is repaired: a cell that cannot be read is left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

# Names that tables and settings share, such as keys of the bibliography.
IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# The digits of ASCII only, without leading zeros, and no more than any count or figure needs.
NUMERALS = {
    "integer": re.compile(r"0|-?[1-9][0-9]{0,14}"),
    "number": re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?"),
}
_DECIMAL_COMMA = re.compile(r"-?[0-9]{1,15},[0-9]{1,15}")
TYPES = {"string": "str", "integer": "Int64", "number": "Float64", "boolean": "boolean"}
"""Types that a column may have, and the pandas type of each."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"
_SOMETHING = "a header row and at least one row"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


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
            kind = "setting" if self.file.endswith((".toml", ".json")) else "column"
            place += f", {kind} {self.column}"
        return f"{place}: found {self.found}; expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Row:
    """A row with typed cells: str, int, float or bool; None for an empty cell.

    ``row["column"]`` is None for a cell that could not be read, too; `cells` has no such column.
    `texts` are the cells as they stand in the file; () when there are too many or too few.
    """

    line: int
    cells: dict[str, Any]
    texts: tuple[str, ...] = ()

    def __getitem__(self, column: str) -> Any:
        return self.cells.get(column)


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose header is right, and what was found wrong with it.

    Attributes
    ----------
    file : str
        Name of the file.
    schema : dict
        Its Table Schema; `fields` are those whose columns the file has, in its order.
    rows : tuple of Row
        Empty when the file or its header cannot be used.
    problems : tuple of Problem
    """

    file: str
    schema: dict[str, Any]
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def fields(self) -> list[dict[str, Any]]:
        """Descriptions of the columns."""
        fields: list[dict[str, Any]] = self.schema["fields"]
        return fields

    def without(self, problems: Sequence[Problem]) -> Table:
        """Return the table with problems added, and without the cells that they name."""
        wrong = {(problem.line, problem.column) for problem in problems}
        rows = []
        for row in self.rows:
            right = {name: v for name, v in row.cells.items() if (row.line, name) not in wrong}
            rows.append(replace(row, cells=right))
        return replace(self, rows=tuple(rows), problems=(*self.problems, *problems))

    def frame(self) -> pd.DataFrame:
        """Return the rows as a DataFrame: text (empty cells ""), Int64, Float64 or bool."""
        columns: dict[str, pd.Series] = {}
        for one in self.fields:
            name, dtype = one["name"], TYPES[one.get("type", "string")]
            cells = [row[name] for row in self.rows]
            if dtype == "str":
                cells = ["" if cell is None else cell for cell in cells]
            elif dtype == "boolean" and None not in cells:
                dtype = "bool"
            columns[name] = pd.Series(cells, dtype=dtype)
        return pd.DataFrame(columns)


class Report:
    """Collects problems of one table in `problems`."""

    def __init__(self, table: Table) -> None:
        self.table, self.problems = table, list[Problem]()

    def add(self, row: Row, column: str, expected: str, found: str | None = None) -> None:
        """Add a problem; `found` is by default the cell of the row.

        A cell that could not be read has been reported, whatever else it breaks.
        """
        if column in row.cells:
            cell = "an empty cell" if row[column] is None else repr(as_printed(row[column]))
            problem = Problem(self.table.file, row.line, column, found or cell, expected)
            self.problems.append(problem)

    def at_most(self, row: Row, column: str, limit: float | None, name: str) -> None:
        """Expect a number to be no more than a limit, called `name`; either may be unknown."""
        if limit is not None and row[column] is not None and row[column] > limit:
            self.add(row, column, f"at most {name}, {as_printed(limit)}")

    def at_least(self, row: Row, column: str, limit: float | None, name: str) -> None:
        """Expect a number to be no less than a limit; see :meth:`at_most`."""
        if limit is not None and row[column] is not None and row[column] < limit:
            self.add(row, column, f"at least {name}, {as_printed(limit)}")


def listed(cell: str | None) -> tuple[str, ...]:
    """Return the names in a cell that holds several, separated by semicolons."""
    return tuple(name for name in (cell or "").split(";") if name)


def as_printed(cell: object) -> str:
    """Return a typed cell as a table prints it."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return format(cell, ".12g") if isinstance(cell, float) else str(cell)


def read_table(path: Path, schema: dict[str, Any], *, lenient: bool = False) -> Table:
    """Read one table.

    Parameters
    ----------
    path : Path
        A CSV file.
    schema : dict
        Its Frictionless Table Schema.
    lenient : bool
        Read what spreadsheets write, where it has one meaning only: a byte order mark, UTF-16 that
        begins with one, semicolons, tabs or vertical bars instead of commas, a first line
        ``sep=;``, blank lines before the header, rows and columns of empty cells at the end;
        where commas do not separate cells, a decimal comma, and ``12,0`` for a whole number.
        Columns may stand in any order, and only required ones must be there.
    """
    text = _text(path, lenient)
    if isinstance(text, Problem):
        return Table(path.name, schema, problems=(text,))
    by_name = {one["name"]: one for one in schema["fields"]}
    separator, skipped = _separator(text, by_name.keys())
    if not lenient and (separator, skipped) != (",", 0):
        found = f"cells separated by {_SEPARATORS.get(separator, repr(separator))}"
        found = "a line that names the separator" if skipped else found
        problem = Problem(path.name, 1, None, found, "a header with commas between the columns")
        return Table(path.name, schema, problems=(problem,))
    problems: list[Problem] = []
    lines = list(_lines(path.name, text, separator, problems))
    if lenient:
        lines = _without_empty_edges(lines, skipped)
    if not lines:
        if not problems:
            found = "nothing but empty cells"
            problems.append(Problem(path.name, None, None, found, _SOMETHING))
        return Table(path.name, schema, problems=tuple(problems))
    start, head = lines[0]
    head = [name.strip() for name in head] if lenient else head
    header = _header(path.name, start, head, by_name, lenient)
    if header:
        return Table(path.name, schema, problems=(*problems, *header))
    fields = [by_name[name] for name in head]
    rows = []
    for line, cells in lines[1:]:
        if len(cells) != len(head) or not any(cells):
            found, expected = _wrong_row(cells, len(head), separator)
            problems.append(Problem(path.name, line, None, found, expected))
            rows.append(Row(line, {}))
            continue
        if lenient and separator != ",":
            cells = [_with_point(cell, one) for one, cell in zip(fields, cells, strict=True)]
        typed = {one["name"]: _typed(cell, one) for one, cell in zip(fields, cells, strict=True)}
        right = {name: cell for name, cell in typed.items() if cell is not _WRONG}
        rows.append(Row(line, right, tuple(cells)))
    if not rows and not problems:
        expected = "at least one row below the header"
        problems.append(Problem(path.name, start, None, "no rows", expected))
    return Table(path.name, {**schema, "fields": fields}, tuple(rows), tuple(problems))


def _text(path: Path, lenient: bool) -> str | Problem:
    """Return the text of a file, or the reason why there is none."""

    def problem(found: str, expected: str, line: int | None = None) -> Problem:
        return Problem(path.name, line, None, found, expected)

    if not path.is_file():
        return problem("no such file", f"the table {path.name} in the folder {path.parent.name}")
    raw = path.read_bytes()
    if not raw.removeprefix(_BOM).strip():
        return problem("an empty file", _SOMETHING)
    if raw.startswith(_WORKBOOKS):
        found = "a workbook such as Excel writes (.xlsx, .xls, .ods)"
        return problem(found, "text: in the spreadsheet, save the sheet as CSV UTF-8")
    wide = raw.startswith(_UTF16)
    if (wide and not lenient) or (not wide and b"\x00" in raw):
        return problem("UTF-16 text or NUL bytes", "UTF-8 without a byte order mark", 1)
    if raw.startswith(_BOM) and not lenient:
        return problem("a byte order mark", "UTF-8 without a byte order mark", 1)
    try:
        text = raw.decode("utf-16") if wide else raw.removeprefix(_BOM).decode("utf-8")
        if "\x00" in text:
            return problem("UTF-32 text or NUL bytes", "UTF-8", 1)
        return text if text.strip() else problem("an empty file", _SOMETHING)
    except UnicodeDecodeError as error:
        if wide:
            return problem("broken UTF-16 text", "UTF-8")
        line = error.object[: error.start].count(b"\n") + 1
        byte = error.object[error.start]
        return problem(f"the byte 0x{byte:02x} (Latin-1 or Windows text?)", "UTF-8", line)


def _separator(text: str, names: Set[str]) -> tuple[str, int]:
    """Return what separates the cells, and how many lines before the header say so."""
    first = next((line for line in re.split(r"[\r\n]+", text) if line.strip()), "")
    said = re.fullmatch(r'"?sep=(.)"?', first, re.IGNORECASE)
    if said:
        return said[1], 1

    def known(separator: str) -> int:
        cells = next(csv.reader([first], delimiter=separator), [])
        return len(names & set(cells))

    return max(_SEPARATORS, key=known), 0  # commas when nothing is known


def _without_empty_edges(
    lines: list[tuple[int, list[str]]], skipped: int
) -> list[tuple[int, list[str]]]:
    """Leave out blank lines before the header, and rows and columns of empty cells at the end.

    A cell of blanks alone is empty there. A column is left out when neither its header nor any row
    has something in it. `skipped` lines before the header name the separator.
    """
    filled = [i for i, (_, cells) in enumerate(lines) if any(map(str.strip, cells))]
    if len(filled) <= skipped:
        return []
    lines = lines[filled[skipped] : filled[-1] + 1]
    width = max(j + 1 for _, cells in lines for j, cell in enumerate(cells) if cell.strip())
    return [(line, cells[:width]) for line, cells in lines]


def _lines(
    file: str, text: str, separator: str, problems: list[Problem]
) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells); broken quoting ends the table with a problem."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            found, expected = f"broken quoting ({error})", "cells quoted as in RFC 4180"
            problems.append(Problem(file, line, None, found, expected))
            return
        yield line, cells


def _header(
    file: str, line: int, head: list[str], fields: Mapping[str, Mapping[str, Any]], lenient: bool
) -> list[Problem]:
    """Return what is wrong with a header; a `lenient` one may leave columns out, in any order."""
    found = []

    def add(column: str | None, what: str, expected: str) -> None:
        found.append(Problem(file, line, column, what, expected))

    names = ", ".join(fields)
    for place, name in enumerate(head, 1):
        if not name.strip():
            add(None, f"no heading of column {place}", "a name for every column")
    head = [name for name in head if name.strip()]
    for name, field in fields.items():
        optional = lenient and not field.get("constraints", {}).get("required")
        if name not in head and not optional:
            add(name, "no such column", f"the columns {names}")
    for name in dict.fromkeys(head):
        if name not in fields:
            add(name, f"an unknown column {name!r}", f"only the columns {names}")
        elif head.count(name) > 1:
            add(name, f"the column {head.count(name)} times", "it once")
    if not found and not lenient and head != list(fields):
        add(None, "the columns in another order", names)
    return found


def _wrong_row(cells: list[str], width: int, separator: str) -> tuple[str, str]:
    """Return what is found and what was expected where a row does not have its cells."""
    if len(cells) > width:
        one = _SEPARATORS.get(separator, "separators")[:-1]
        why = f" (a cell that holds a {one} stands in quotation marks)"
        return f"{len(cells)} cells", f"{width} cells{why}"
    if cells and not any(cells):
        return "an empty row", "a row with something in it"
    return f"{len(cells)} cells" if cells else "a blank line", f"{width} cells"


def _with_point(cell: str, field: Mapping[str, Any]) -> str:
    """Return a number that is written with a decimal comma as a schema wants it; else the cell."""
    kind = field.get("type", "string")
    if kind not in NUMERALS or not _DECIMAL_COMMA.fullmatch(cell):
        return cell
    whole, _, decimals = cell.partition(",")
    if kind == "integer":
        return cell if decimals.strip("0") else whole
    return f"{whole}.{decimals}"


def headings(path: Path, known: Set[str]) -> list[str] | Problem:
    """Return the headings of a file that is read leniently, whatever they are.

    Parameters
    ----------
    path : Path
        A CSV file.
    known : set of str
        Headings by which its separator is told, in small letters.
    """
    text = _text(path, lenient=True)
    if isinstance(text, Problem):
        return text
    spelled = {form(name) for name in known for form in (str, str.capitalize, str.upper)}
    separator, skipped = _separator(text, spelled)
    problems: list[Problem] = []
    lines = _without_empty_edges(list(_lines(path.name, text, separator, problems)), skipped)
    if not lines:
        return problems[0] if problems else Problem(path.name, None, None, "nothing", _SOMETHING)
    return [name.strip() for name in lines[0][1]]


_WRONG = object()


def _typed(cell: str, field: dict[str, Any]) -> Any:
    """Return the value of a cell: None when empty, `_WRONG` when it is not of its type."""
    kind = field.get("type", "string")
    if cell == "":
        return None
    if kind == "boolean":
        truth = dict.fromkeys(field["trueValues"], True)
        return {**truth, **dict.fromkeys(field["falseValues"], False)}.get(cell, _WRONG)
    if kind in NUMERALS:
        if not NUMERALS[kind].fullmatch(cell):
            return _WRONG
        return int(cell) if kind == "integer" else float(cell)
    return cell
