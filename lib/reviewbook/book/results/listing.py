"""What ``numbers.json`` and ``numbers.csv`` hold: each number of a page, and where it comes from.

Pages tell what they show while they are built; :func:`listed` makes one list of it. A number of
the text comes alone; those of a figure or table come together, as one program made them. The
classes are the format, and its JSON Schema follows from them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd
from pydantic import Field

from reviewbook.review.settings import Review

from .document import Document, Part, Source, schema_text

FORMAT: Final = "reviewbook-numbers-1"
NUMBERS, NUMBERS_CSV, SCHEMA = "numbers.json", "numbers.csv", "numbers.schema.json"
PACKAGE = "numbers.datapackage.json"
"""Names of the files in the root of a site."""
CSV_COLUMNS = {
    "id": ("string", "Permanent: a hash of what the number means, and never of its value."),
    "value": ("number", "With 17 significant digits; proportions are fractions."),
    "low": ("number", "Lower limit, of an estimate of the text."),
    "high": ("number", "Upper limit."),
    "unit": ("string", "Unit of a number of the text."),
    "text": ("string", "As it is printed in the text."),
    "what": ("string", "The number in words; of a figure or table its anchor, row and column."),
    "expression": ("string", "Python that makes it; its program is in numbers.json."),
    "rows": (
        "string",
        "What it was made from: file and key of each row; see numbers.json for a table.",
    ),
    "addresses": ("string", "Where it stands, or is told, on the site."),
    "content": ("string", "SHA-256 of value, interval and rows: it changes with them."),
}
"""Type and meaning of each column of ``numbers.csv``."""


class Place(Part):
    """Where a number stands."""

    page: str
    address: str = Field(description="Of the first place on the page; relative without a base URL.")
    texts: list[str] = Field(description="As it is printed there.")


class Rows(Part):
    """Rows that fed numbers together."""

    id: str
    outcome: str
    set: str
    rows: list[str] = Field(description="File and key of each row.")
    left_out: list[str] = Field(description="What the set leaves out, each with the reason.")


class Number(Part):
    """A number of the text."""

    id: str = Field(description="Permanent: a hash of the expression, which never names the value.")
    value: float
    unit: str
    interval: list[float] | None = Field(description="Lower and upper limit, of an estimate.")
    what: str = Field(description="The number in words, with its formula.")
    recipe: dict[str, Any] | None
    expression: str = Field(description="Python that makes it from `book = open_book()`.")
    python: str = Field(description="A program that prints it with 17 significant digits.")
    sources: list[str] = Field(description="The rows that fed it, by the `id` of their group.")
    places: list[Place]
    content: str = Field(description="SHA-256 of value, interval and rows: it changes with them.")


class Cell(Part):
    """A number of a figure or table."""

    id: str = Field(description="Permanent: a hash of the anchor and the names of row and column.")
    row: str
    column: str
    at: int = Field(description="Place of the row in the frame, from 0.")
    value: float
    content: str = Field(description="SHA-256 of the value and the rows; it changes with them.")


class Shown(Part):
    """A figure or table, which one program makes.

    The address of a cell is ``numbers/``, the page, ``.html#`` and its `id`.
    """

    name: str = Field(description="Its anchor on the page.")
    page: str
    title: str
    python: str = Field(description="A program that makes it as `table` or `figure`.")
    frame: str = Field(description="Python of its numbers after that program: a data frame.")
    files: list[str] = Field(description="Files of `data/` that were asked for as a whole.")
    sources: list[str] = Field(description="Rows that sets took, by the `id` of their group.")
    cells: list[Cell]

    def address(self, cell: Cell) -> str:
        """Return where a number is told."""
        return f"numbers/{self.page}.html#{cell.id}"


class Numbers(Document):
    """The document."""

    format: Literal["reviewbook-numbers-1"]
    title: str
    source: Source
    sources: list[Rows]
    numbers: list[Number]
    shown: list[Shown] = Field(default_factory=list)

    def rows_of(self, one: Number) -> list[str]:
        """Return the rows that fed a number, once each."""
        groups = {group.id: group.rows for group in self.sources}
        return list(dict.fromkeys(row for name in one.sources for row in groups[name]))

    def csv(self) -> str:
        """Return a row for each number, with what fits into a cell.

        The rows of a figure or table are told once, in ``numbers.json``.
        """
        rows = [
            {
                "id": one.id,
                "value": format(one.value, ".17g"),
                "low": "" if one.interval is None else format(one.interval[0], ".17g"),
                "high": "" if one.interval is None else format(one.interval[1], ".17g"),
                "unit": one.unit,
                "text": one.places[0].texts[0],
                "what": one.what,
                "expression": one.expression,
                "rows": "; ".join(self.rows_of(one)),
                "addresses": "; ".join(place.address for place in one.places),
                "content": one.content,
            }
            for one in self.numbers
        ]
        rows += [
            {
                "id": cell.id,
                "value": format(cell.value, ".17g"),
                "what": f"{one.name}: {cell.row}, {cell.column}",
                "expression": value_of(one.frame, cell.column, cell.at),
                "addresses": one.address(cell),
                "content": cell.content,
            }
            for one in self.shown
            for cell in one.cells
        ]
        frame = pd.DataFrame(rows, columns=list(CSV_COLUMNS))
        return str(frame.to_csv(index=False, lineterminator="\n"))


def value_of(frame: str, column: str, at: int) -> str:
    """Return the Python that takes a number out of the frame of a figure or table."""
    return f"{frame}[{column!r}].iloc[{at}]"


def python_of(shown: Mapping[str, Any]) -> str:
    """Return the program that makes a figure or table, as ``figure`` or ``table``."""
    name = "table" if shown["name"].startswith("tbl-") else "figure"
    return "\n".join([*shown["lines"], "", f"{name} = {shown['expression']}", ""])


def listed(
    pages: Iterable[Iterable[Mapping[str, Any]]],
    review: Review,
    shown: Iterable[Mapping[str, Any]] = (),
) -> Numbers:
    """Return one list of what the pages tell of their numbers, in the order of identifiers.

    Parameters
    ----------
    pages : iterable of iterable of mapping
        The numbers of the text, page by page.
    shown : iterable of mapping
        The figures and tables of all pages.

    Raises
    ------
    ValueError
        When two pages mean different numbers by one identifier, or give one different values.
    """
    found: dict[str, dict[str, Any]] = {}
    for one in (one for page in pages for one in page):
        own = found.setdefault(one["id"], {**one, "places": []})
        for name in ("expression", "value"):
            if own[name] != one[name]:
                raise ValueError(
                    f"{one['id']}: one {name} was expected, got {own[name]!r} and {one[name]!r}"
                )
        place = Place(page=one["page"], address=one["address"], texts=one["texts"])
        own["places"].append(place)
    shown = sorted(shown, key=lambda one: (one["page"], one["order"]))
    told = [*found.values(), *shown]
    groups = {group.id: group for one in told for group in map(_rows, one["sources"])}
    return Numbers(
        format=FORMAT,
        title=review.title,
        source=Source.of(review),
        sources=[groups[name] for name in sorted(groups)],
        numbers=[_number(found[name]) for name in sorted(found)],
        shown=list(map(_shown, shown)),
    )


def _shown(one: Mapping[str, Any]) -> Shown:
    sources = [_rows(source) for source in one["sources"]]
    rows = sorted({row for group in sources for row in group.rows} | set(one["files"]))
    return Shown(
        name=one["name"],
        page=one["page"],
        title=one["title"],
        python=python_of(one),
        frame=one["frame"],
        files=one["files"],
        sources=list(dict.fromkeys(group.id for group in sources)),
        cells=[
            Cell(
                id=row["ids"][column],
                row=row["label"],
                column=column,
                at=row["at"],
                value=value,
                content=_content(value, None, rows),
            )
            for row in one["rows"]
            for column, value in row["values"].items()
        ],
    )


def _content(value: float, interval: list[float] | None, rows: list[str]) -> str:
    text = json.dumps([repr(value), interval, rows])
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _rows(source: Mapping[str, Any]) -> Rows:
    """Return the rows of a source; their name is a hash of what they are."""
    rows = [f"{row['table']}: {row['key']}" for row in source["rows"]]
    left = [f"{gone['what']}: {gone['reason']}" for gone in source["left_out"]]
    text = json.dumps([source["outcome"], source["set"], rows, left])
    return Rows(
        id=f"r-{hashlib.sha256(text.encode()).hexdigest()[:10]}",
        outcome=source["outcome"],
        set=source["set"],
        rows=rows,
        left_out=left,
    )


def _number(one: Mapping[str, Any]) -> Number:
    groups = list(map(_rows, one["sources"]))
    rows = {row for group in groups for row in group.rows}
    return Number(
        id=one["id"],
        value=one["value"],
        unit=one["unit"],
        interval=one["interval"],
        what=one["what"],
        recipe=one["recipe"],
        expression=one["expression"],
        python=one["python"],
        sources=list(dict.fromkeys(group.id for group in groups)),
        places=sorted(one["places"], key=lambda place: place.page),
        content=_content(one["value"], one["interval"], sorted(rows)),
    )


def read_numbers(place: Path) -> Numbers | None:
    """Read the numbers of a site; None where the folder has none, as sites of older editions.

    Raises
    ------
    ValueError
        When the file is not of this format.
    """
    path = place / NUMBERS
    if not path.is_file():
        return None
    return Numbers.model_validate_json(path.read_text(encoding="utf-8"))


def number_moves(old: Numbers, new: Numbers) -> Iterator[str]:
    """Yield a line for each number of the text that moved or is told in one edition alone.

    Numbers are the same when their identifiers are: of one meaning, whatever their value.
    """
    before, after = ({one.id: one for one in edition.numbers} for edition in (old, new))
    for name in sorted(before.keys() & after.keys()):
        was, now = before[name], after[name]
        if was.content == now.content:
            continue
        rows = [set(edition.rows_of(one)) for edition, one in ((old, was), (new, now))]
        gone, come = len(rows[0] - rows[1]), len(rows[1] - rows[0])
        yield (
            f"{name} {now.what}: {was.value:.6g} → {now.value:.6g} "
            f"(rows: {gone} gone, {come} new; {now.places[0].address})"
        )
    yield from _shown_moves(old, new)
    for told, edition, names in (
        ("no longer told", before, before.keys() - after.keys()),
        ("told for the first time", after, after.keys() - before.keys()),
    ):
        for name in sorted(names):
            one = edition[name]
            yield f"{name} {one.what}: {one.value:.6g}, {told} ({one.places[0].address})"


def _shown_moves(old: Numbers, new: Numbers) -> Iterator[str]:
    """Yield a line for each figure or table that has numbers with another value."""
    before = {cell.id: cell for one in old.shown for cell in one.cells}
    for one in new.shown:
        moved = [
            (before[cell.id].value, cell)
            for cell in one.cells
            if cell.id in before and before[cell.id].value != cell.value
        ]
        if moved:
            was, most = max(moved, key=lambda pair: abs(pair[1].value - pair[0]))
            yield (
                f"{one.name}: {len(moved)} of {len(one.cells)} numbers moved, most of all "
                f"{most.row}, {most.column}: {was:.6g} → {most.value:.6g} ({one.address(most)})"
            )


def data_package() -> dict[str, Any]:
    """Return the Frictionless data package of ``numbers.csv``."""
    fields = [
        {"name": name, "type": kind, "description": meaning}
        for name, (kind, meaning) in CSV_COLUMNS.items()
    ]
    fields[0]["constraints"] = {"required": True, "unique": True}  # type: ignore[assignment]
    resource = {"name": "numbers", "path": NUMBERS_CSV, "schema": {"fields": fields}}
    return {"name": "numbers", "resources": [resource]}


def write_numbers(
    pages: Iterable[Iterable[Mapping[str, Any]]],
    shown: Iterable[Mapping[str, Any]],
    site: Path,
    review: Review,
) -> None:
    """Write the list, its table and the descriptions of both; arguments as of :func:`listed`."""
    numbers = listed(pages, review, shown)
    texts = {
        NUMBERS: numbers.text(),
        NUMBERS_CSV: numbers.csv(),
        SCHEMA: schema_text(Numbers, SCHEMA),
        PACKAGE: json.dumps(data_package(), ensure_ascii=False, indent=1) + "\n",
    }
    for name, text in texts.items():
        (site / name).write_text(text, encoding="utf-8", newline="\n")
