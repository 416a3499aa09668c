"""Add a report: check it, show what it moves, write it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from reviewbook.book import Book
from reviewbook.book.results.telling import before_and_after
from reviewbook.evidence.evidence import BIBLIOGRAPHY

from .asking import Asking, mend
from .candidate import faults, numbers, numbers_with, write
from .entry import (
    DECISIONS,
    TABLES,
    UPDATES,
    Addition,
    Known,
    has_table,
    read_entry,
    resource_of,
)


def add_report(
    book: Book,
    entry: Path | None,
    *,
    dry_run: bool = False,
    report: Callable[[str], None] = click.echo,
) -> bool:
    """Add a report to the evidence of a book; return whether it was written.

    Parameters
    ----------
    book : Book
        The review as it is.
    entry : Path, optional
        A TOML file with the report; by default it is asked for.
    dry_run : bool
        Show what would move and write nothing.
    report : callable
        Is told what moves.

    Raises
    ------
    ValueError
        When the checks of the evidence refuse it; names file, line, column, value and what was
        expected. Nothing is written then.
    """
    root, package = book.review.root, dict(book.evidence.package)
    known, seen = Known.of(book.evidence), _files(root, package)

    def find(addition: Addition) -> list[Any]:
        return faults(root, addition, package)

    if entry is None:
        asking = Asking(root, package, known)
        addition = asking.addition()
        mend(asking, addition, find)
    else:
        addition = read_entry(entry, package, known)
        if found := find(addition):
            lines = [str(fault.problem) for fault in found]
            raise ValueError("\n  ".join(["The report cannot be added:", *lines]))
    report("What it moves:\n")
    report(before_and_after(numbers(book), numbers_with(root, addition, package)))
    if dry_run or (entry is None and not click.confirm("\nAdd it to data/?", default=False)):
        report("\nNothing was written.")
        return False
    write(root, addition, package, seen)
    report(f"\n{addition.told(package)} data/README.md counts rows, too.")
    return True


def _files(root: Path, package: dict[str, Any]) -> dict[str, bytes]:
    tables = [name for name in (*TABLES, UPDATES, DECISIONS) if has_table(package, name)]
    names = [resource_of(package, name)["path"] for name in tables]
    return {name: (root / "data" / name).read_bytes() for name in (*names, BIBLIOGRAPHY)}
