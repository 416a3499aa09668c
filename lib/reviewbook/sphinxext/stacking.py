"""Tables on a phone: each row a block with a line a cell; heads of groups and what stands below.

The style sheet makes the blocks, and leaves the table itself a table. A browser may forget that a
row is one when it is laid out otherwise, so rows and cells say what they are; and as the heads of
the columns are out of sight, each cell says its own. A cell that is folded there opens without
script.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape

from docutils import nodes

_TABLE = re.compile(r"<table\b([^>]*)>(.*?)</table>", re.DOTALL)
_ROW = re.compile(r"<tr\b([^>]*)>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[hd])\b([^>]*)>(.*?)</\1>", re.DOTALL)
_GROUP = re.compile(r'(?<=</tr>)\s*(?=<tr\b[^>]*class="[^"]*\brb-group\b)')


def span_rows(table: nodes.table, kinds: Sequence[str]) -> list[nodes.row]:
    """Let the cell of heads and of what stands below span the table; return the other rows.

    `kinds` has words for each row of the body (``BookTable.row_kinds``); without it all are rows.
    """
    rows = [row for body in table.findall(nodes.tbody) for row in body]
    for row, kind in zip(rows, kinds, strict=bool(kinds)):
        if kind == "row":
            continue
        where, _, label = kind.partition(" ")
        row["classes"].append("rb-group" if kind == "group" else "rb-below")
        row[0]["morecols"] = len(row) - 1
        del row[1:]
        if label:
            opening = f'<details class="rb-fold-{where}"><summary>{escape(label)}</summary>'
            row[0].insert(0, nodes.raw(text=opening, format="html"))
            row[0] += nodes.raw(text="</details>", format="html")
    return [row for row in rows if not is_spanning(row)]


def is_spanning(row: nodes.Element) -> bool:
    """Whether `row` is a head of rows or stands below one."""
    return not {"rb-group", "rb-below"}.isdisjoint(row["classes"])


def stack(html: str) -> str:
    """Return the HTML of a page with its tables ready to be stacked."""
    return _TABLE.sub(_table, html)


def _table(found: re.Match[str]) -> str:
    attributes, inside = found.groups()
    head, mark, body = inside.rpartition("</thead>")
    if not mark:
        return found[0]
    stacks = "rb-numbers" not in attributes
    heads = _ROW.findall(head)
    labels = [_words(cell) for _, _, cell in _CELL.findall(heads[-1][1])] if heads else []
    # Rows under a head are a group of rows, which the head is the head of.
    body = _GROUP.sub("</tbody>\n<tbody>", body)
    body = _ROW.sub(lambda row: _row(row, labels if stacks else ()), body)
    if not stacks:
        return f"<table{attributes}>{head}{mark}{body}</table>"
    head = _ROW.sub(lambda row: f'<tr role="row"{row[1]}>{row[2]}</tr>', head)
    head = head.replace("<th ", '<th role="columnheader" ')
    inside = re.sub(r"<(thead|tbody)>", r'<\1 role="rowgroup">', f"{head}{mark}{body}")
    attributes = attributes.replace('class="', 'class="rb-stacks ', 1)
    return f"<table{attributes}>{inside}</table>"


def _row(found: re.Match[str], labels: Sequence[str]) -> str:
    attributes, inside = found.groups()
    cells = _CELL.findall(inside)
    if "rb-below" in attributes:
        cells = [("td", _without_stub(of), text) for _, of, text in cells]
    elif "rb-group" in attributes:
        cells = [("th", f'{of} scope="rowgroup"', text) for _, of, text in cells]
    elif len(cells) != len(labels):
        return found[0]
    named = len(cells) == len(labels) > 1
    written = [
        _cell(*cell, label=labels[i] if named and i else "", says=bool(labels))
        for i, cell in enumerate(cells)
    ]
    role = ' role="row"' if labels else ""
    return f"<tr{role}{attributes}>" + "\n".join(written) + "</tr>"


def _cell(name: str, attributes: str, inside: str, *, label: str, says: bool) -> str:
    if says:
        role = {"th": "rowheader", "td": "cell"}[name]
        attributes = f' role="{role}"{attributes}'
    if not _words(inside) and says:
        attributes += ' data-empty=""'
    elif "rb-folded-cell" in attributes:
        inside = (
            f'<details class="rb-fold-phone"><summary>{escape(label)}</summary>{inside}</details>'
        )
    elif label:
        attributes += f' data-label="{escape(label, quote=True)}"'
    return f"<{name}{attributes}>{inside}</{name}>"


def _without_stub(attributes: str) -> str:
    return attributes.replace(' class="stub"', "").replace(" stub", "")


def _words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())
