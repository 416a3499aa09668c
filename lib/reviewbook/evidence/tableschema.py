"""Read a CSV table against its schema and say precisely what is wrong with it.

The schema is a Frictionless Table Schema: ``fields`` with type and constraints, ``primaryKey`` and
``foreignKeys``. Nothing is repaired: a table either is what its schema says, or has problems.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from .cells import Cells, Problem, Row

__all__ = ["Problem", "Row", "Table", "read_table"]

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DTYPES = {"string": "str", "integer": "Int64", "number": "Float64", "boolean": "boolean"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose header is right, and what was found wrong below it."""

    file: str
    fields: tuple[dict[str, Any], ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]

    def frame(self) -> pd.DataFrame:
        """Return the rows as a DataFrame: text (empty cells ""), Int64, Float64 or bool."""
        columns: dict[str, pd.Series] = {}
        for field in self.fields:
            name, dtype = field["name"], _DTYPES[field.get("type", "string")]
            cells = [row[name] for row in self.rows]
            if dtype == "str":
                cells = ["" if cell is None else cell for cell in cells]
            elif dtype == "boolean" and None not in cells:
                dtype = "bool"
            columns[name] = pd.Series(cells, dtype=dtype)
        return pd.DataFrame(columns)


def read_table(path: Path, schema: dict[str, Any], *, optional: Sequence[str] = ()) -> Table:
    """Read and check one table.

    Parameters
    ----------
    path : Path
        A CSV file.
    schema : dict
        Its Frictionless Table Schema.
    optional : sequence of str
        Columns that may be left out; when given, columns may stand in any order.

    Returns
    -------
    Table
        With all problems found. Its rows are empty when the file or its header cannot be used.
    """
    fields = tuple(schema["fields"])
    text, problem = _text(path)
    if problem is not None:
        return Table(path.name, fields, (), (problem,))
    problems: list[Problem] = []
    lines = _lines(path.name, text, problems)
    first = next(lines, None)
    if first is None:
        return Table(path.name, fields, (), tuple(problems))
    head = first[1]
    header = _header(path.name, head, [field["name"] for field in fields], optional)
    if header:
        return Table(path.name, fields, (), (*problems, *header))
    fields = tuple(field for field in fields if field["name"] in head)
    reader = Cells(path.name, {field["name"]: field for field in fields}, problems)
    rows = tuple(reader.row(line, head, cells) for line, cells in lines if cells is not None)
    if not rows and not problems:
        problems.append(Problem(path.name, 1, None, "no rows", "at least one row below the header"))
    problems += _repeated_keys(path.name, rows, schema.get("primaryKey", []))
    return Table(path.name, fields, rows, tuple(problems))


def _text(path: Path) -> tuple[str, Problem | None]:
    """Return the text of a UTF-8 file, or the reason why it is not one."""

    def problem(found: str, expected: str, line: int | None = None) -> tuple[str, Problem]:
        return "", Problem(path.name, line, None, found, expected)

    if not path.is_file():
        return problem("no such file", f"the table {path.name} in the folder {path.parent.name}")
    raw = path.read_bytes()
    if not raw.strip():
        return problem("an empty file", "a header row and at least one row")
    if raw.startswith(_UTF16) or b"\x00" in raw:
        return problem("UTF-16 text or NUL bytes", "UTF-8 without a byte order mark", 1)
    if raw.startswith(b"\xef\xbb\xbf"):
        return problem("a byte order mark", "UTF-8 without a byte order mark", 1)
    try:
        return raw.decode("utf-8"), None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        byte = raw[error.start]
        return problem(f"the byte 0x{byte:02x} (Latin-1 or Windows text?)", "UTF-8", line)


def _lines(file: str, text: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells); broken quoting ends the table with a problem."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.append(
                Problem(
                    file, line, None, f"broken quoting ({error})", "cells quoted as in RFC 4180"
                )
            )
            return
        yield line, cells


def _header(file: str, head: list[str], names: list[str], optional: Sequence[str]) -> list[Problem]:
    found = []
    for name in names:
        if name not in head and name not in optional:
            found.append(
                Problem(file, 1, name, "no such column", f"the columns {', '.join(names)}")
            )
    for name in dict.fromkeys(head):
        if name not in names:
            known = f"only the columns {', '.join(names)}"
            found.append(Problem(file, 1, name, f"an unknown column {name!r}", known))
        elif head.count(name) > 1:
            found.append(Problem(file, 1, name, f"the column {head.count(name)} times", "it once"))
    if not found and not optional and head != names:
        order = ", ".join(names)
        found.append(Problem(file, 1, None, "the columns in another order", order))
    return found


def _repeated_keys(file: str, rows: Sequence[Row], key: str | list[str]) -> list[Problem]:
    names = [key] if isinstance(key, str) else list(key)
    first: dict[tuple[Any, ...], int] = {}
    found = []
    for row in rows:
        value = tuple(row[name] for name in names)
        if not names or not row.cells or value[0] is None:
            continue
        if value in first:
            text = "/".join("" if cell is None else str(cell) for cell in value)
            expected = f"each {'/'.join(names)} once (also on line {first[value]})"
            found.append(
                Problem(file, row.line, names[0] if len(names) == 1 else None, repr(text), expected)
            )
        first.setdefault(value, row.line)
    return found
