"""BookTable: a data frame as a numbered, captioned, accessible table of the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.words.export import csv_text
from reviewbook.words.marked import unmarked
from reviewbook.words.shown import told_of

from .text import Markup as Markup
from .text import escape as escape
from .text import link as link
from .text import missing as missing
from .text import role as role

MIME = "application/vnd.reviewbook.table+json"
ALIGNMENTS = ("left", "right")
FOLDS = ("", "phone", "always")
KINDS = ("records", "numbers")
"""What a table becomes on a phone: blocks of a row each, or a grid that keeps its columns."""
ROW_KEY = "cohort_id"
"""Column of a frame that says which cohort a row is about."""
_NAME = re.compile(r"tbl-[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    key : str
        Column of the frame.
    label : str
        Heading; plain text.
    align : {"left", "right"}
        Numbers go right.
    format : callable, optional
        Value → text (escaped) or :class:`Markup`. Missing values never reach it: they stay empty.
    cell : callable, optional
        Row as a mapping → text or Markup; for cells made of several columns. Goes before `format`.
    folded : {"", "phone", "always"}
        Where the cell is shown only when it is opened, under the heading of its column: on a phone
        for what explains a value; always only for what stands below a row.
    """

    key: str
    label: str
    align: str = "left"
    format: Callable[[Any], str] | None = None
    cell: Callable[[Mapping[str, Any]], str] | None = None
    folded: str = ""

    def __post_init__(self) -> None:
        if self.align not in ALIGNMENTS:
            raise ValueError(
                f"column {self.label!r}: align {self.align!r} is unknown; "
                f"allowed: {', '.join(ALIGNMENTS)}"
            )
        if self.folded not in FOLDS:
            raise ValueError(
                f"column {self.label!r}: folded {self.folded!r} is unknown; "
                f"allowed: {', '.join(map(repr, FOLDS))}"
            )

    def text(self, row: Mapping[str, Any]) -> Markup:
        """Return the cell of `row` as MyST."""
        if self.cell is not None:
            value = self.cell(row)
        else:
            raw = row[self.key]
            if missing(raw):
                return Markup("")
            value = self.format(raw) if self.format is not None else str(raw)
        return value if isinstance(value, Markup) else escape(value)


@dataclass(frozen=True, slots=True, eq=False)
class BookTable:
    """A finished table of the book.

    Attributes
    ----------
    frame : DataFrame
        What the rows are made of; all of it goes to the CSV file.
    name : str
        Anchor, ``tbl-…``: lower case, digits and hyphens. It is part of citations and permanent.
    caption : str
        MyST inline markdown, one line.
    columns : sequence of Column
        What is shown, in order; the first one heads the rows.
    notes : str
        MyST text under the table.
    sortable : bool
        Whether the page offers sorting by column.
    folded : bool
        Whether the page shows it only when it is opened.
    kind : {"records", "numbers"}
        ``records``: on a phone each row is a block, a line a cell. ``numbers``: a grid of short
        cells that is read along its columns, and keeps them on a phone.
    group : Column, optional
        Rows that follow each other with the same text here stand under it as their head.
    below : sequence of Column
        What stands below a row over the whole width, as far as it is not empty: sentences.
    wide : bool
        Whether it may be as wide as the page, under the contents at its right.
    data : DataFrame, optional
        What goes to the CSV file in place of `frame`: of a grid, its cells as rows.
    """

    frame: pd.DataFrame
    name: str
    caption: str
    columns: Sequence[Column]
    notes: str = ""
    sortable: bool = False
    folded: bool = False
    kind: str = "records"
    group: Column | None = None
    below: Sequence[Column] = ()
    wide: bool = False
    data: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                "name: 'tbl-' followed by lower-case words joined by hyphens was expected, "
                f"got {self.name!r}"
            )
        if not self.columns:
            raise ValueError(f"table {self.name}: at least one column was expected, got none")
        if self.kind not in KINDS:
            raise ValueError(
                f"table {self.name}: kind {self.kind!r} is unknown; allowed: {', '.join(KINDS)}"
            )
        every = [*self.columns, *self.below, *([self.group] if self.group else [])]
        unknown = [c.key for c in every if c.cell is None and c.key not in self.frame]
        if unknown:
            raise ValueError(
                f"table {self.name}: columns {unknown} are not in the frame, which has "
                f"{list(self.frame.columns)}"
            )

    @property
    def stem(self) -> str:
        """Name of its file, without suffix."""
        return self.name.removeprefix("tbl-")

    @property
    def myst(self) -> str:
        """The table as a complete ``list-table`` directive; without rows, a sentence in its place.

        The sentence keeps the anchor, which may be in somebody's reference list.
        """
        if self.frame.empty:
            nothing = f"{words.one_line(self.caption).rstrip('.')}: none."
            return f":::{{container}}\n:name: {self.name}\n\n{nothing}\n:::\n"
        right = [f"rb-right-{i}" for i, c in enumerate(self.columns, 1) if c.align == "right"]
        lines = [f":::{{list-table}} {words.one_line(self.caption)}", f":name: {self.name}"]
        lines += [":header-rows: 1", ":stub-columns: 1"]
        if right:
            lines.append(f":class: {' '.join(right)}")
        lines.append("")
        lines += _list_row([escape(column.label) for column in self.columns])
        for _, cells in self._rows():
            lines += _list_row(cells + [""] * (len(self.columns) - len(cells)))
        return "\n".join([*lines, ":::", ""])

    @property
    def row_kinds(self) -> list[str]:
        """What each row of the body is.

        ``row``; ``group``, the head of those after it; ``below``, what stands below the row before;
        ``phone …`` and ``always …``, the same, folded where the word says under the other words.
        """
        return [kind for kind, _ in self._rows()]

    def _rows(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the kind and the cells of each row; a head and what stands below have one cell."""
        above = None
        for row in self.frame.to_dict("records"):
            named = {str(key): value for key, value in row.items()}
            head = self.group.text(named) if self.group else None
            if head is not None and head != above:
                yield "group", [head]
            above = head
            yield "row", [column.text(named) for column in self.columns]
            for column in self.below:
                text = column.text(named)
                if text and column.folded:
                    yield f"{column.folded} {column.label}", [text]
                elif text:
                    said = f"{escape(column.label)}: {text}" if column.label else text
                    yield "below", [Markup(said)]

    @property
    def row_keys(self) -> list[str]:
        """Cohort of each row, by which an error in it is reported; empty for other tables."""
        return ["" if missing(key) else str(key) for key in self.frame.get(ROW_KEY, ())]

    @property
    def told(self) -> dict[str, Any] | None:
        """Where its numbers come from, on a page; see :func:`reviewbook.words.shown.told_of`."""
        shown = [(column.key, column.label) for column in self.columns]
        found = told_of(self.name, self.frame, shown, called="table.frame", labels=self._labels())
        if found is not None or self.data is None:
            return found
        # A grid of texts: the numbers are those of the data that its cells were made of.
        keys = [(str(key), str(key)) for key in self.data.select_dtypes("number")]
        return told_of(self.name, self.data, keys, called="table.data")

    def _labels(self) -> Iterator[str]:
        """Yield what each row is called: the head it stands under, and what begins it.

        Not as the page shows it, where numbers may stand beside: a name must not change with them.
        """
        keys = [one.key for one in (self.group, self.columns[0]) if one]
        for row in self.frame.to_dict("records"):
            yield ": ".join(str(row[key]) for key in keys if not missing(row.get(key)))

    @property
    def csv(self) -> str:
        """All of the data as CSV text."""
        return csv_text(self.frame if self.data is None else self.data)

    def to_dict(self) -> dict[str, Any]:
        """Return the payload that the page renderer reads."""
        return {
            "name": self.name,
            "caption": self.caption,
            "myst": self.myst,
            "notes": self.notes,
            "csv": self.csv,
            "empty": self.frame.empty,
            "stem": self.stem,
            "sortable": self.sortable,
            "row_keys": self.row_keys,
            "folded": self.folded,
            "kind": self.kind,
            "row_kinds": self.row_kinds,
            "folded_columns": [i for i, column in enumerate(self.columns) if column.folded],
            "wide": self.wide,
            "told": self.told,
        }

    def __repr__(self) -> str:
        return f"BookTable({self.name!r}, {len(self.frame)} rows)"

    @unmarked
    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {MIME: self.to_dict(), "text/markdown": self.myst, "text/plain": self.csv}


def _list_row(cells: Sequence[str]) -> list[str]:
    return [f"{'* -' if i == 0 else '  -'} {cell}".rstrip() for i, cell in enumerate(cells)]


def plain_table(
    frame: pd.DataFrame,
    *,
    name: str,
    caption: str,
    labels: Mapping[str, str] | None = None,
    formats: Mapping[str, Callable[[Any], str]] | None = None,
    notes: str = "",
    kind: str = "numbers",
    group: str = "",
) -> BookTable:
    """Return any frame as a table; numbers go right, text goes left.

    Parameters
    ----------
    frame : DataFrame
        Its first column heads the rows.
    labels : mapping, optional
        Column → heading. When given, only these columns are shown, in this order.
    formats : mapping, optional
        Column → function from a value to text or :class:`Markup`.
    kind : {"numbers", "records"}
        As of :class:`BookTable`.
    group : str, optional
        Column whose value heads the rows that have it; it is no column of the page then.
    """
    headings = labels or {str(key): str(key).replace("_", " ").capitalize() for key in frame}
    numbers = frame.select_dtypes("number")
    columns = {
        key: Column(key, heading, "right" if key in numbers else "left", (formats or {}).get(key))
        for key, heading in headings.items()
    }
    head = columns.pop(group) if group else None
    return BookTable(frame, name, caption, [*columns.values()], notes, kind=kind, group=head)
