"""The numbers of figures and tables on a page: anchors in their cells, and a way to their origins.

A page would drown in entries for each of them, so they stand on a page of their own beside it
(:mod:`reviewbook.site.number_pages`), made of what is left here for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from docutils import nodes

from .downloads import download_file, file_node

PARTS = "shown"
"""Folder of the files that the pages leave for it."""


def address(docname: str, name: str) -> str:
    """Return where the numbers of a figure or table of a page are told, seen from the page."""
    return f"{'../' * docname.count('/')}numbers/{docname}.html#{name}"


def mark_cells(rows: Sequence[nodes.row], told: dict[str, Any]) -> None:
    """Give each cell that shows a number the number's identifier as its anchor."""
    for row in told["rows"]:
        marked: set[int] = set()
        for column in told["columns"]:
            place, name = column["place"], row["ids"].get(column["key"])
            # The first column heads the rows.
            if name is None or not place or place in marked:
                continue
            cell = rows[row["at"]][place]
            if cell.astext():
                marked.add(place)
                cell["ids"].append(name)


def way_to(docname: str, payload: dict[str, Any], said: str, of_what: str) -> str:
    """Return the link to where the numbers come from; nothing where that is not told."""
    if not payload.get("told"):
        return ""
    to = escape(address(docname, payload["name"]), quote=True)
    return f'<a class="rb-shown" href="{to}">{said}<span class="rb-sr">{of_what}</span></a>'


def shown_file(
    docname: str, payload: dict[str, Any], title: str, order: Sequence[int]
) -> list[download_file]:
    """Return the file that tells the numbers of a figure or table; none where there is nothing.

    Parameters
    ----------
    title : str
        What it is called, in a few words.
    order : sequence of int
        Its place on the page: cell, and output of the cell.
    """
    told = payload.get("told")
    if not told:
        return []
    own = {**told, "page": docname, "title": title, "order": list(order)}
    text = json.dumps(own, ensure_ascii=False, sort_keys=True)
    return [file_node(f"{PARTS}/{docname.replace('/', '--')}--{payload['name']}.json", text)]
