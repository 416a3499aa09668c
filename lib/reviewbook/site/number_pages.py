"""A page beside each page: where the numbers of its figures and tables come from.

``numbers/chapters/complete-remission.html`` tells each at full precision, with the program that
makes it and the rows of ``data/`` that were asked for. The script of the panel loads the same from
a file of the same name, because a browser reads no other page from a disk.
"""

from __future__ import annotations

import hashlib
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

FOLDER = "numbers"


def source_name(source: Mapping[str, Any]) -> str:
    """Return the name of rows that were asked for together: a hash of what they are."""
    text = json.dumps(source, sort_keys=True)
    return f"r-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


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
        sources: dict[str, Mapping[str, Any]] = {}
        parts = []
        for one in told:
            own = {source_name(source): source for source in one["sources"] if source["rows"]}
            sources |= own
            parts.append({**one, "tables": list(own), "program": python_of(one)})
        up = "../" * (page.count("/") + 1)
        body = render(
            "shown.html",
            parts=parts,
            page=f"{up}{page}.html",
            sources=sources,
            review=review,
            said=said,
            columns=columns,
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


def columns(source: Mapping[str, Any]) -> list[str]:
    """Return the columns in which rows of a source are shown."""
    return list(dict.fromkeys(column for row in source["rows"] for column in row["shown"]))
