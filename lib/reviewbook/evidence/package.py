"""Hold tables against their data package, by frictionless, and say what is wrong in our words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import frictionless
from frictionless import Check, Checklist, Package, Resource, Schema, errors

from .table import NUMERALS, Problem, Table

FILLERS = frozenset(
    ("nr", "na", "n/a", "n.a.", "nan", "null", "none", "-", "–", "—", "?", "unknown",
     "not reported")
)  # fmt: skip
NUMERAL = "a numeral"


class PlainCells(Check):
    """What a schema cannot say: a cell is empty or holds a plain value.

    Words such as "NR" stand for an empty cell; blanks at the ends, line breaks and odd quotation
    marks are slips; numerals have no leading zero and the digits of ASCII.
    """

    type = "plain-cells"
    Errors: ClassVar = [errors.CellError]

    def validate_row(self, row: frictionless.Row) -> Iterator[errors.CellError]:
        """Yield one error for each cell that is not plain; the note says what was expected."""
        for field, cell in zip(self.resource.schema.fields, row.cells, strict=True):
            expected = _plain(cell, field.type)
            if expected:
                yield errors.CellError.from_row(row, note=expected, field_name=field.name)


def _plain(cell: str, kind: str) -> str:
    """Return what was expected instead of a cell; "" when it is plain."""
    if cell != cell.strip():
        return "no blanks at the ends of a cell"
    if "\n" in cell or "\r" in cell:
        return "no line break in a cell (is a quotation mark missing?)"
    if cell.count('"') % 2:
        return "quotation marks in pairs"
    if cell.lower() in FILLERS:
        return "a cell left empty where nothing is reported"
    if cell and kind in NUMERALS and not NUMERALS[kind].fullmatch(cell):
        return NUMERAL
    return ""


def looks(text: str) -> str:
    """Return what a reader sees of a text: equal for texts that look alike.

    Case, the Unicode form, kinds of blanks and dashes, and characters without width do not count.
    """
    seen = []
    for char in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(char)
        if category == "Pd":
            char = "-"
        elif category in ("Cf", "Cc", "Zs") or char.isspace():
            char = "" if category == "Cf" else " "
        seen.append(char)
    return unicodedata.normalize("NFKC", " ".join("".join(seen).split()).casefold())


def validated(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Return the tables with everything that is wrong with single cells, keys and references.

    Tables that could not be read have said so and are left alone, and so are rows with a wrong
    number of cells and keys that refer to such a table. Wrong cells are dropped from the rows.
    """
    usable = {name: table for name, table in tables.items() if table.rows}
    try:
        package = Package(resources=[_resource(name, usable) for name in usable])
        report = package.validate(
            checklist=Checklist(checks=[PlainCells()], skip_errors=["unique-error"])
        )
    except frictionless.FrictionlessException as error:
        raise ValueError(f"not a data package: {error.error.note}") from None
    if report.errors:  # nothing was checked
        raise ValueError(f"not a data package: {report.errors[0].note}")
    found = dict(tables)
    for task in report.tasks:
        table, wording = tables[task.name], _Wording(tables[task.name], tables)
        # Our check first: of two problems of one cell it knows more of the cause.
        ordered = sorted(task.errors, key=lambda error: error.type != "cell-error")
        problems = [*filter(None, map(wording.problem, ordered)), *_look_alikes(table)]
        each = {(p.line, p.column or p.found): p for p in reversed(problems)}
        found[task.name] = table.without(sorted(each.values(), key=lambda p: p.line or 0))
    return found


def _resource(name: str, usable: Mapping[str, Table]) -> Resource:
    """Return a table for frictionless, with the references that can be followed."""
    table = usable[name]
    keys = [k for k in table.schema.get("foreignKeys", []) if k["reference"]["resource"] in usable]
    schema = Schema.from_descriptor({**table.schema, "foreignKeys": keys})
    head = [field["name"] for field in table.fields]
    data = [list(cells) for row, cells in _whole(table)]
    return Resource(name=name, data=[head, *data], schema=schema)


def _whole(table: Table) -> list[tuple[Any, tuple[str, ...]]]:
    """Return the rows with the right number of cells, and these as they stand in the file."""
    width = len(table.fields)
    pairs = zip(table.rows, table.texts, strict=True)
    return [(row, texts) for row, texts in pairs if len(texts) == width and any(texts)]


def _look_alikes(table: Table) -> Iterator[Problem]:
    """Yield the cells that must differ from all others of their column and look like one."""
    key = table.schema.get("primaryKey", [])
    single = key if isinstance(key, str) else "".join(key[:1]) if len(key) == 1 else ""
    for field in table.fields:
        name = field["name"]
        if name != single and not field.get("constraints", {}).get("unique"):
            continue
        first: dict[str, Any] = {}
        for row in table.rows:
            cell = row[name]
            other = first.setdefault(looks(cell), row) if cell is not None else row
            if other is row:
                continue
            found, expected = repr(cell), f"each {name} once (also on line {other.line})"
            if cell.lower() != other[name].lower():
                found = ascii(cell)
                expected = f"each {name} once (it looks like {other[name]!a} on line {other.line})"
            yield Problem(table.file, row.line, name, found, expected)


class _Wording:
    """Turns errors of frictionless into problems of one table."""

    def __init__(self, table: Table, tables: Mapping[str, Table]) -> None:
        self.table, self.tables, self.rows = table, tables, _whole(table)
        self.fields = {field["name"]: field for field in table.fields}

    def problem(self, error: frictionless.Error) -> Problem | None:
        """Return an error in our words; None for one that says again what another says."""
        if not isinstance(error, errors.RowError):
            return Problem(self.table.file, None, None, error.note, "what the data package says")
        row, texts = self.rows[error.row_number - 2]
        cells = dict(zip(self.fields, texts, strict=True))
        if isinstance(error, errors.ForeignKeyError):
            (column,), (key,) = error.field_names, error.reference_field_names
            expected = f"a {key} of {self.tables[error.reference_name].file}"
            return Problem(self.table.file, row.line, column, repr(cells[column]), expected)
        if isinstance(error, errors.PrimaryKeyError):
            return self._repeated(error, row.line, cells)
        assert isinstance(error, errors.CellError)
        name = error.field_name
        cell = cells[name]
        found = repr(cell if len(cell) < 200 else f"{cell[:200]}…") if cell else "an empty cell"
        plain = error.type == "cell-error" and error.note != NUMERAL
        expected = error.note if plain else _expected(self.fields[name])
        return Problem(self.table.file, row.line, name, found, expected)

    def _repeated(
        self, error: frictionless.Error, line: int, cells: Mapping[str, str]
    ) -> Problem | None:
        first = re.search(r"same as in the row at position (\d+)", error.note)
        names = self.table.schema["primaryKey"]
        if first is None or isinstance(names, str) or len(names) == 1:
            return None  # a constraint or a look-alike
        also = self.rows[int(first[1]) - 2][0].line
        expected = f"each {'/'.join(names)} once (also on line {also})"
        found = repr("/".join(cells[name] for name in names))
        return Problem(self.table.file, line, None, found, expected)


def _expected(field: Mapping[str, Any]) -> str:
    """Return what a cell may hold, in words."""
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
