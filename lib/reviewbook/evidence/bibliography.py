"""What the evidence needs of ``references.bib``: its keys, and that they are sound."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from .tableschema import Problem, Table

_ENTRY = re.compile(r"^@\w+\{([^,\s]*),", re.MULTILINE)
_DOI = re.compile(r"^\s*doi\s*=\s*\{([^}]+)\}", re.MULTILINE)
_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def read_bibliography(path: Path) -> tuple[frozenset[str], frozenset[str], list[Problem]]:
    """Return the keys, the DOIs (lower case) and the problems of a BibTeX file."""
    if not path.is_file():
        problem = Problem(path.name, None, None, "no such file", "a BibTeX file")
        return frozenset(), frozenset(), [problem]
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problem = Problem(
            path.name, line, None, f"the byte 0x{error.object[error.start]:02x}", "UTF-8"
        )
        return frozenset(), frozenset(), [problem]
    problems = []
    first: dict[str, int] = {}
    for match in _ENTRY.finditer(text):
        key, line = match[1], text.count("\n", 0, match.start()) + 1
        if not _IDENTIFIER.fullmatch(key):
            problems.append(Problem(path.name, line, None, repr(key), "a key in lower_snake_case"))
        if key in first:
            expected = f"each key once (also on line {first[key]})"
            problems.append(Problem(path.name, line, None, repr(key), expected))
        first.setdefault(key, line)
    opened, closed = text.count("{"), text.count("}")
    if opened != closed:
        found = f"{opened} opening and {closed} closing braces"
        problems.append(Problem(path.name, None, None, found, "as many of one as of the other"))
    return frozenset(first), frozenset(doi.lower() for doi in _DOI.findall(text)), problems


def syntax_problems(path: Path) -> list[Problem]:
    """Return where a BibTeX file cannot be read by the library that prints the references.

    Apart from :func:`read_bibliography`, which every page calls: this takes time.
    """
    from pybtex.database import parse_bytes
    from pybtex.exceptions import PybtexError

    try:
        parse_bytes(path.read_bytes(), "bibtex", encoding="utf-8")
    except PybtexError as error:
        found = re.sub(r"^syntax error in line \d+: ", "", str(error))
        line = getattr(error, "lineno", None)
        return [Problem(path.name, line, None, found, "entries that BibTeX can read")]
    return []


def check_citations(
    path: Path,
    keys: Iterable[str],
    dois: Iterable[str],
    tables: Mapping[str, Table],
    article_key: str,
) -> list[Problem]:
    """Return the entries that the tables and the settings ask for and the bibliography lacks."""
    keys, dois = set(keys), set(dois)
    problems = []

    def missing(file: str, line: int | None, column: str, key: str) -> None:
        expected = f"an entry with this key in {path.name}"
        problems.append(Problem(file, line, column, repr(key), expected))

    if article_key not in keys:
        missing("review.toml", None, "article.key", article_key)
    for name, key_column in (("reports", "report_id"), ("other_reviews", "review_id")):
        if name not in tables:
            continue
        table = tables[name]
        for row in table.rows:
            key, doi = row[key_column], row["doi"]
            if key is not None and key not in keys and (doi is not None or name == "other_reviews"):
                missing(table.file, row.line, key_column, key)
            if doi is not None and doi.lower() not in dois:
                expected = f"an entry with this doi in {path.name}"
                problems.append(Problem(table.file, row.line, "doi", repr(doi), expected))
    return problems
