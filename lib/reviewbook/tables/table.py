"""BookTable: a data frame as a numbered, captioned, accessible table of the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reviewbook import words

MIME = "application/vnd.reviewbook.table+json"
ALIGNMENTS = ("left", "right")
ROW_KEY = "cohort_id"
"""Column of a frame that says which cohort a row is about."""
_NAME = re.compile(r"tbl-[a-z0-9]+(?:-[a-z0-9]+)*")


class Markup(str):
    """Text that is MyST already and must not be escaped."""

    __slots__ = ()


def escape(text: str) -> Markup:
    """Return `text` as MyST that shows exactly these characters."""
    return Markup(words.escape(text))


def link(text: str, url: str) -> Markup:
    """Return a MyST link; only the text when there is no address, or one that is none."""
    if not words.ADDRESS.fullmatch(url):
        return escape(text)
    return Markup(f"[{escape(text)}](<{url}>)")


def role(name: str, text: str) -> Markup:
    """Return a MyST role with plain content, such as ``{verdict}`reproduced```."""
    if "`" in text:
        raise ValueError(f"the content of a role has no backtick, got {text!r}")
    return Markup(f"{{{name}}}`{text}`")


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
    """

    key: str
    label: str
    align: str = "left"
    format: Callable[[Any], str] | None = None
    cell: Callable[[Mapping[str, Any]], str] | None = None

    def __post_init__(self) -> None:
        if self.align not in ALIGNMENTS:
            raise ValueError(
                f"column {self.label!r}: align {self.align!r} is unknown; "
                f"allowed: {', '.join(ALIGNMENTS)}"
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


def missing(value: Any) -> bool:
    """Whether `value` is None, NA, NaN or an empty text."""
    return not value.strip() if isinstance(value, str) else bool(pd.isna(value))


@dataclass(frozen=True, slots=True, eq=False)
class BookTable:
    """A finished table of the book.

    Attributes
    ----------
    frame : DataFrame
        The data; all of it goes to the CSV file.
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
    """

    frame: pd.DataFrame
    name: str
    caption: str
    columns: Sequence[Column]
    notes: str = ""
    sortable: bool = False
    folded: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                "name: 'tbl-' followed by lower-case words joined by hyphens was expected, "
                f"got {self.name!r}"
            )
        if not self.columns:
            raise ValueError(f"table {self.name}: at least one column was expected, got none")
        unknown = [c.key for c in self.columns if c.cell is None and c.key not in self.frame]
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
        for row in self.frame.to_dict("records"):
            named = {str(key): value for key, value in row.items()}
            lines += _list_row([column.text(named) for column in self.columns])
        return "\n".join([*lines, ":::", ""])

    @property
    def row_keys(self) -> list[str]:
        """Cohort of each row, by which an error in it is reported; empty for other tables."""
        return ["" if missing(key) else str(key) for key in self.frame.get(ROW_KEY, ())]

    @property
    def csv(self) -> str:
        """All of the frame as CSV text."""
        text: str = self.frame.to_csv(index=False, float_format="%.10g", lineterminator="\n")
        return text

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
        }

    def __repr__(self) -> str:
        return f"BookTable({self.name!r}, {len(self.frame)} rows)"

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
    """
    headings = labels or {str(key): str(key).replace("_", " ").capitalize() for key in frame}
    numbers = frame.select_dtypes("number")
    columns = [
        Column(key, heading, "right" if key in numbers else "left", (formats or {}).get(key))
        for key, heading in headings.items()
    ]
    return BookTable(frame, name, caption, columns, notes)
