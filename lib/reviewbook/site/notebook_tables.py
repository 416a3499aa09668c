"""A table of the book as the table of plain Markdown that every reader of notebooks shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

_OPENING = re.compile(r":{3,}\{list-table\}\s*(.*)")
_SENTENCE = re.compile(r":{3,}\{container\}.*")
_CELL = re.compile(r"(\* -|  -)(?: (.*))?")


def pipe_table(myst: str) -> str:
    """Return a ``list-table`` as `BookTable.myst` writes it as a table of bars.

    The first row heads the columns; the caption stands above. In a cell a bar is escaped already. A
    table without rows is a container with a sentence, which is returned as it is.

    Raises
    ------
    ValueError
        If the text is no such directive.
    """
    lines = myst.strip().splitlines()
    if lines and _SENTENCE.fullmatch(lines[0]):
        return "\n".join(line for line in lines if not line.startswith(":")).strip() + "\n"
    opening = _OPENING.fullmatch(lines[0]) if lines else None
    rows = list(_rows(lines[1:]))
    if opening is None or not rows:
        raise ValueError(f"expected a list-table with rows, got {myst[:60]!r}")
    head, *body = rows
    table = [head, ["---"] * len(head), *body]
    text = "\n".join(f"| {' | '.join(row)} |" for row in table)
    return f"**{opening[1].rstrip('.')}.**\n\n{text}\n"


def _rows(lines: list[str]) -> Iterator[list[str]]:
    row: list[str] = []
    for line in lines:
        cell = _CELL.fullmatch(line)
        if cell is None:
            more = line.strip()
            if row and more and line.startswith("    "):  # a further paragraph of the cell
                row[-1] = f"{row[-1]}<br>{more}"
            continue
        if cell[1] == "* -" and row:
            yield row
            row = []
        row.append((cell[2] or "").strip())
    if row:
        yield row
