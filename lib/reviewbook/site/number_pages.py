"""A page beside each page: where the numbers of its figures and tables come from.

``numbers/chapters/complete-remission.html`` tells each at full precision, with the program that
makes it and the rows of ``data/`` that were asked for. The script of the panel loads the same from
a file of the same name, because a browser reads no other page from a disk.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from reviewbook import words
from reviewbook.book.results.listing import python_of
from reviewbook.review.settings import Review

from .html import render
from .shared_rows import Tables, shared

FOLDER = "numbers"


def write_number_pages(
    shown: Iterable[Mapping[str, Any]], titles: Mapping[str, str], site: Path, review: Review
) -> None:
    """Write the page of numbers, and its script, of each page that has figures or tables.

    Parameters
    ----------
    shown : iterable of mapping
        What the pages told, in any order.
    titles : mapping
        Title of each page.
    """
    in_order = sorted(shown, key=lambda one: (one["page"], one["order"]))
    for page, told in groupby(in_order, key=lambda one: str(one["page"])):
        tables: Tables = {}
        parts = []
        for one in told:
            own = dict.fromkeys(shared(tables, rows) for rows in one["sources"] if rows["rows"])
            parts.append({**one, "tables": list(own), "program": python_of(one)})
        up = "../" * (page.count("/") + 1)
        body = render(
            "shown.html",
            parts=parts,
            page=f"{up}{page}.html",
            tables=tables,
            review=review,
            said=said,
        )
        target = site / FOLDER / f"{page}.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        named = titles.get(page, page)
        html = render("numbers.html", body=body, page=page, named=named, up=up, title=review.title)
        target.write_text(html, encoding="utf-8", newline="\n")
        script = f"rbNumbers({json.dumps(body, ensure_ascii=False)});\n"
        target.with_suffix(".js").write_text(script, encoding="utf-8", newline="\n")


def said(told: Mapping[str, Any]) -> str:
    """Return in one sentence which rows and files were asked for."""
    rows = {(row["table"], row["key"]) for one in told["sources"] for row in one["rows"]}
    by_table = Counter(table for table, _ in sorted(rows))
    parts = [f"{words.count(n, 'row')} of {table}" for table, n in by_table.items()]
    parts += [f"{file} as a whole" for file in told["files"]]
    if not parts:
        return "No row of the evidence was asked for."
    return f"Made from {words.join(parts)}."
