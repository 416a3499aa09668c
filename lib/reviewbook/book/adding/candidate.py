"""The evidence as it would be with a report added: checked, and run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviewbook.book import Book, open_book
from reviewbook.book.results.collect import results_of
from reviewbook.book.results.numbers import Numbers, numbers_of
from reviewbook.evidence.evidence import EvidenceError, load_evidence
from reviewbook.evidence.package import validated
from reviewbook.evidence.table import Problem, Row, Table
from reviewbook.review.project import load_review

from .entry import TABLES, Addition, resource_of
from .files import replace_all


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem of the evidence with the report, and the cell of the entry that it is about.

    Attributes
    ----------
    problem : Problem
    table, row, column : str, int, str
        Table, place in :attr:`Addition.rows` and column; "" and -1 where it is about no cell of
        the entry.
    """

    problem: Problem
    table: str = ""
    row: int = -1
    column: str = ""


@contextmanager
def candidate(root: Path, addition: Addition, package: dict[str, Any]) -> Iterator[Path]:
    """Make a copy of ``data/`` with the report added; yield its root."""
    with tempfile.TemporaryDirectory(prefix="reviewbook-") as folder:
        target = Path(folder) / "data"
        target.mkdir()
        for path in (root / "data").iterdir():
            if path.is_file():
                shutil.copyfile(path, target / path.name)
        for name, content in addition.appended(root / "data", package).items():
            (target / name).write_bytes(content)
        yield Path(folder)


def faults(root: Path, addition: Addition, package: dict[str, Any]) -> list[Fault]:
    """Return what the checks of the evidence find with the report added."""
    with candidate(root, addition, package) as copy:
        try:
            load_evidence(load_review(copy), check=True)
        except EvidenceError as error:
            return [_fault(root, addition, package, problem) for problem in error.problems]
    return []


def _fault(root: Path, addition: Addition, package: dict[str, Any], problem: Problem) -> Fault:
    for table in TABLES:
        path = resource_of(package, table)["path"]
        if path == problem.file and problem.line is not None:
            row = problem.line - 1 - lines_of(root / "data" / path)
            if 0 <= row < len(addition.rows[table]):
                return Fault(problem, table, row, problem.column or "")
    return Fault(problem)


def lines_of(path: Path) -> int:
    """Return how many lines a table has, the last one ended or not."""
    content = path.read_bytes()
    return content.count(b"\n") + (not content.endswith(b"\n"))


def cell_fault(package: dict[str, Any], table: str, line: int, column: str, text: str) -> str:
    """Return what is wrong with one cell by the data package, "" when nothing is."""
    resource = resource_of(package, table)
    field = next(one for one in resource["schema"]["fields"] if one["name"] == column)
    # A row of one empty cell is a blank line to whoever reads it: a filled one stands before it.
    filled = {"name": "filled", "type": "string"}
    rows = (Row(line, {}, ("x", text)),)
    one = Table(Path(resource["path"]).name, {"fields": [filled, field]}, rows)
    found = validated({table: one})[table].problems
    return str(found[0]) if found else ""


def numbers_with(root: Path, addition: Addition, package: dict[str, Any]) -> Numbers:
    """Return every number of the book with the report added."""
    with candidate(root, addition, package) as copy:
        return numbers(open_book(copy))


def numbers(book: Book) -> Numbers:
    """Return every number of a book."""
    return numbers_of(results_of(book).model_dump(mode="json"))


def write(root: Path, addition: Addition, package: dict[str, Any], seen: dict[str, bytes]) -> None:
    """Append the rows to the files of ``data/``: to all of them, or to none.

    Parameters
    ----------
    seen : dict of str to bytes
        The files as they were when the entry was checked.
    """
    contents = addition.appended(root / "data", package)
    replace_all(root / "data", contents, {name: seen[name] for name in contents})
