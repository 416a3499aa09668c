"""Hold tables against their data package, by frictionless, and say what is wrong in our words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import frictionless
from frictionless import Check, Checklist, Package, Resource, Schema, errors

from metaprop.labels import skeleton
from reviewbook import words

from .table import NUMERALS, Problem, Table, as_printed

FILLERS = frozenset(
    ("nr", "na", "n/a", "n.a.", "nan", "null", "none", "-", "–", "—", "?", "unknown",
     "not reported")
)  # fmt: skip
NUMERAL = "a numeral"
MARKUP = re.compile(r"</?[A-Za-z!?]|javascript:", re.IGNORECASE)


class PlainCells(Check):
    """What a schema cannot say: a cell is empty or holds a plain value.

    Words such as "NR" stand for an empty cell; blanks at the ends, line breaks and odd quotation
    marks are slips; numerals have no leading zero and the digits of ASCII. What a spreadsheet would
    run and what a page would take for markup is refused, for the tables are opened in both.
    """

    type = "plain-cells"
    Errors: ClassVar = [errors.CellError]

    def validate_row(self, row: frictionless.Row) -> Iterator[errors.CellError]:
        """Yield one error for each cell that is not plain; the note says what was expected."""
        for field, cell in zip(self.resource.schema.fields, row.cells, strict=True):
            expected = plain(cell, field.type) or _as_syntax(cell, field)
            if expected:
                yield errors.CellError.from_row(row, note=expected, field_name=field.name)


def plain(cell: str, kind: str) -> str:
    """Return what was expected instead of a cell; "" when it is plain."""
    if cell != cell.strip():
        return "no blanks at the ends of a cell"
    if "\n" in cell or "\r" in cell:
        return "no line break in a cell (is a quotation mark missing?)"
    if cell.count('"') % 2:
        return "quotation marks in pairs"
    if cell.lower() in FILLERS:
        return "a cell left empty where nothing is reported"
    if words.FORMULA.match(cell) and not NUMERALS["number"].fullmatch(cell):
        return "text that a spreadsheet does not run as a formula (not =, @, + or - in front)"
    if MARKUP.search(cell) or words.UNSEEN.search(cell):
        return "text without markup or characters that cannot be seen"
    if cell and kind in NUMERALS and not NUMERALS[kind].fullmatch(cell):
        return NUMERAL
    return ""


def _as_syntax(cell: str, field: frictionless.Field) -> str:
    """Return what was expected instead of an address, the target of a link; "" when it is right.

    A schema may be laxer, and a column that somebody adds may have no pattern at all.
    """
    pattern = str(field.constraints.get("pattern", ""))
    addressed = field.name.endswith("url") or pattern.startswith("^http") or field.format == "uri"
    if not cell:
        return ""
    if addressed and not words.ADDRESS.fullmatch(cell):
        return "a web address (http or https, special characters percent-encoded)"
    return ""


def validated(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Return the tables with everything that is wrong with single cells, keys and references.

    Tables that could not be read have said so and are left alone, and so are rows with a wrong
    number of cells and keys that refer to such a table. Wrong cells are dropped from the rows.
    """
    usable = {name: table for name, table in tables.items() if table.rows}
    try:
        package = Package(resources=[_resource(name, usable) for name in usable])
        package.to_descriptor(validate=True)
    except frictionless.FrictionlessException as error:
        raise ValueError(f"not a data package: {error.to_errors()[0].note}") from None
    digests = {name: _digest(table) for name, table in usable.items()}
    found = dict(tables)
    for name, table in usable.items():
        # Our check first: of two problems of one cell it knows more of the cause.
        wrong = _errors(package.get_resource(name), digests)
        ordered = sorted(wrong, key=lambda error: error.type != "cell-error")
        problems = [
            _problem(error, table, tables)
            for error in ordered
            if not isinstance(error, errors.PrimaryKeyError)  # a key that is repeated
        ]
        problems += _repeated(table)
        each = {(p.line, p.column or p.found): p for p in reversed(problems)}
        found[name] = table.without(sorted(each.values(), key=lambda p: p.line or 0))
    return found


_CHECKED: dict[tuple[str, ...], Sequence[frictionless.Error]] = {}
"""Errors of tables that were checked, by what decides them: of two editions of a review, or of a
review before and after a report is added, most tables are the same."""


def _errors(resource: Resource, digests: Mapping[str, str]) -> Sequence[frictionless.Error]:
    """Return the errors of a table; it and the tables that it refers to decide them."""
    referred = [key["reference"]["resource"] for key in resource.schema.foreign_keys]
    decides = tuple(f"{name} {digests[name]}" for name in (resource.name, *referred))
    if decides not in _CHECKED:
        checks = Checklist(checks=[PlainCells()], skip_errors=["unique-error"])
        (task,) = resource.validate(checklist=checks).tasks
        _CHECKED[decides] = task.errors
    return _CHECKED[decides]


def _digest(table: Table) -> str:
    """Return a digest of what frictionless is told of a table."""
    told = repr((table.schema, [row.texts for row in table.rows]))
    return hashlib.sha256(told.encode()).hexdigest()


def _resource(name: str, usable: Mapping[str, Table]) -> Resource:
    """Return a table for frictionless, with the references that can be followed."""
    table = usable[name]
    keys = [k for k in table.schema.get("foreignKeys", []) if k["reference"]["resource"] in usable]
    schema = Schema.from_descriptor({**table.schema, "foreignKeys": keys})
    head = [field["name"] for field in table.fields]
    data = [list(row.texts) for row in table.rows if row.texts]
    return Resource(name=name, data=[head, *data], schema=schema)


def _repeated(table: Table) -> Iterator[Problem]:
    """Yield the keys, and the cells that must be unique, that an earlier row has or looks to have.

    Case, the Unicode form, kinds of blanks and dashes, and characters without width do not count.
    """
    key = table.schema.get("primaryKey", [])
    keys = [(key,) if isinstance(key, str) else tuple(key)]
    keys += [(one["name"],) for one in table.fields if one.get("constraints", {}).get("unique")]
    for names in filter(None, dict.fromkeys(keys)):
        first: dict[str, tuple[int, str]] = {}
        for row in table.rows:
            cells = [row[name] for name in names]
            if set(cells) == {None}:
                continue
            text = "/".join("" if cell is None else as_printed(cell) for cell in cells)
            line, other = first.setdefault(skeleton(text).casefold(), (row.line, text))
            if line == row.line:
                continue
            found, why = repr(text), f"also on line {line}"
            if text.lower() != other.lower():
                found, why = ascii(text), f"it looks like {other!a} on line {line}"
            column = names[0] if len(names) == 1 else None
            expected = f"each {'/'.join(names)} once ({why})"
            yield Problem(table.file, row.line, column, found, expected)


def _problem(error: frictionless.Error, table: Table, tables: Mapping[str, Table]) -> Problem:
    """Return an error of frictionless in our words."""
    if not isinstance(error, errors.RowError):
        return Problem(table.file, None, None, error.note, "what the data package says")
    row = [row for row in table.rows if row.texts][error.row_number - 2]
    fields = {field["name"]: field for field in table.fields}
    cells = dict(zip(fields, row.texts, strict=True))
    if isinstance(error, errors.ForeignKeyError):
        (column,), (key,) = error.field_names, error.reference_field_names
        expected = f"a {key} of {tables[error.reference_name].file}"
        return Problem(table.file, row.line, column, repr(cells[column]), expected)
    assert isinstance(error, errors.CellError)
    name = error.field_name
    cell = cells[name]
    found = repr(cell if len(cell) < 200 else f"{cell[:200]}…") if cell else "an empty cell"
    plain = error.type == "cell-error" and error.note != NUMERAL
    expected = error.note if plain else _expected(fields[name])
    if "," in cell and fields[name].get("type") in NUMERALS:
        expected += " (no comma in a number)"
    return Problem(table.file, row.line, name, found, expected)


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
    if low is not None:
        words += f", at least {low}" if high is None else f" from {low} to {high}"
    return words
