"""Command ``python -m reviewbook verify``: the reproduction ledger on a terminal."""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.book import Book, open_book
from reviewbook.evidence.evidence import EvidenceError
from reviewbook.evidence.rows import records
from reviewbook.review.project import ProjectError

_HEADER = ("topic", "quantity", "printed", "ours", "GLMM", "verdict")
_CELL = 25  # characters of a cell on one line: the table fits into 120 columns
_COLUMNS = ("topic", "quantity", "printed", "ours", "primary")


def main(argv: Sequence[str] | None = None) -> int:
    """Print every printed value beside ours, with verdict; a discrepancy is no error.

    Returns
    -------
    int
        0; 1 only when the evidence cannot be read.
    """
    parser = argparse.ArgumentParser(
        prog="python -m reviewbook verify",
        description="Print every printed value beside ours, with verdict and reason.",
    )
    parser.add_argument("root", nargs="?", help="folder of the review (default: found from here)")
    parser.add_argument("--json", action="store_true", help="as JSON, with full precision")
    parser.add_argument("--reasons", action="store_true", help="print the reason below each row")
    options = parser.parse_args(argv)
    try:
        book = open_book(options.root)
    except (EvidenceError, ProjectError) as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(as_json(book), ensure_ascii=False, indent=1))
        return 0
    for name in judged_sets(book):
        print(f"{book.review.set(name).label} ({name})\n")
        print(as_text(book.ledger(name), reasons=options.reasons))
        print(f"\n{len(book.ledger(name))} printed values: {book.verdict_tally(name)}.")
        print(f"ours: {book.review.recipe_labels[book.review.comparison_recipe]};", end=" ")
        print(f"GLMM: {book.review.recipe_labels[book.review.primary_recipe]}\n")
    return 0


def judged_sets(book: Book) -> list[str]:
    """Return the primary set, and the article's study table where it is present."""
    sets = [book.review.primary_set]
    if book.evidence.article_table is not None:
        sets += [name for name, item in book.review.sets.items() if item.rules is None]
    return sets


def as_text(ledger: pd.DataFrame, *, reasons: bool = False, width: int = 100) -> str:
    """Return a ledger as an aligned table; the long words of a direction take several lines."""
    rows: list[Sequence[str]] = [_HEADER]
    for record in records(ledger):
        rows.append([*(record[name] for name in _COLUMNS), words.verdict(record["verdict"])])
    wrapped = [[textwrap.wrap(str(cell), _CELL) or [""] for cell in row] for row in rows]
    widths = [max(len(line) for row in wrapped for line in row[i]) for i in range(len(_HEADER))]
    lines = []
    for i, row in enumerate(wrapped):
        for cells in itertools.zip_longest(*row, fillvalue=""):
            padded = (cell.ljust(size) for cell, size in zip(cells, widths, strict=True))
            lines.append("  ".join(padded).rstrip())
        if i == 0:
            lines.append("  ".join("-" * size for size in widths))
        elif reasons:
            reason = ledger["reason"].iloc[i - 1]
            lines += textwrap.wrap(reason, width, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def as_json(book: Book) -> dict[str, Any]:
    """Return all ledgers with their tallies as plain data."""
    ledgers = {}
    for name in judged_sets(book):
        frame = book.ledger(name)
        found = frame["verdict"].value_counts()
        tally = {verdict: int(found.get(verdict, 0)) for verdict in words.VERDICTS}
        ledgers[name] = {"tally": tally, "rows": records(frame)}
    return {
        "article": book.review.article.doi,
        "version": book.review.version,
        "recipe": book.review.recipe(book.review.comparison_recipe).to_dict(),
        "ledgers": ledgers,
    }


def main_explorer(argv: list[str]) -> int:
    """Write the data of the explorer: ``python -m reviewbook explorer ROOT FOLDER``."""
    from reviewbook.robustness.subsets import write

    parser = argparse.ArgumentParser(prog="python -m reviewbook explorer")
    parser.add_argument("root", type=Path)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args(argv)
    write(open_book(chosen.root), chosen.folder, report=print)
    return 0
