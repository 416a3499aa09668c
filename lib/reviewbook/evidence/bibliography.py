"""What the evidence needs of ``references.bib``: keys, citations, and that it is sound."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pybtex.errors
from pybtex.database import parse_bytes

from reviewbook import words

from .cited_as import CitedAs, cited_as
from .table import IDENTIFIER, Problem, Table

_LINKED = {
    "url": (words.ADDRESS, "a web address (http or https, special characters percent-encoded)"),
    "doi": (re.compile(r"10\.\d{4,9}/[^\s\"]+"), "a DOI, which begins with 10."),
    "eprint": (re.compile(r"[\w./-]+", re.ASCII), "an identifier of arXiv"),
    "pubmed": (re.compile(r"\d{1,9}"), "an identifier of PubMed, digits alone"),
}
"""Fields from which the list of references makes links, and what they must be."""


@dataclass(frozen=True, slots=True)
class Bibliography:
    """A BibTeX file.

    Attributes
    ----------
    file : str
        Its name.
    keys, dois : frozenset of str
        Of its entries; DOIs in lower case.
    cited_as : mapping of str to CitedAs
        By key.
    problems : tuple of Problem
        Where it cannot be read, and keys that no table could name.
    """

    file: str
    keys: frozenset[str] = frozenset()
    dois: frozenset[str] = frozenset()
    cited_as: Mapping[str, CitedAs] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def missing(self, tables: Mapping[str, Table], article_key: str) -> list[Problem]:
        """Return what the tables and the settings ask for and the bibliography lacks."""
        problems = []

        def lacks(file: str, line: int | None, column: str, value: str, what: str) -> None:
            expected = f"an entry with this {what} in {self.file}"
            problems.append(Problem(file, line, column, repr(value), expected))

        if article_key not in self.keys:
            lacks("review.toml", None, "article.key", article_key, "key")
        for name, key_column in (("reports", "report_id"), ("other_reviews", "review_id")):
            for row in tables[name].rows:
                key, doi = row[key_column], row["doi"]
                cited = doi is not None or name == "other_reviews"
                if key is not None and key not in self.keys and cited:
                    lacks(tables[name].file, row.line, key_column, key, "key")
                if doi is not None and doi.lower() not in self.dois:
                    lacks(tables[name].file, row.line, "doi", doi, "doi")
        return problems


def read_bibliography(path: Path) -> Bibliography:
    """Read a BibTeX file by the library that prints the references; collect all it finds wrong."""

    def problem(line: int | None, found: str, expected: str) -> Problem:
        return Problem(path.name, line, None, found, expected)

    if not path.is_file():
        return Bibliography(path.name, problems=(problem(None, "no such file", "a BibTeX file"),))
    raw = path.read_bytes()
    try:
        with pybtex.errors.capture() as faults:
            entries = parse_bytes(raw, "bibtex", encoding="utf-8").entries
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        found = problem(line, f"the byte 0x{raw[error.start]:02x}", "UTF-8")
        return Bibliography(path.name, problems=(found,))
    problems = []
    for fault in faults:
        text = re.sub(r"^syntax error in line \d+: ", "", str(fault))
        repeated = text.removeprefix("repeated bibliography entry: ")
        if repeated != text:
            problems.append(problem(None, repr(repeated), "each key once"))
        else:
            at = getattr(fault, "lineno", None)
            problems.append(problem(at, text, "entries that BibTeX can read"))
    problems += [
        problem(None, repr(key), "a key in lower_snake_case")
        for key in entries
        if not IDENTIFIER.fullmatch(key)
    ]
    problems += [
        problem(None, f"{name} of {key}: {value!r}", expected)
        for key, entry in entries.items()
        for name, (right, expected) in _LINKED.items()
        if (value := entry.fields.get(name, "")) and not right.fullmatch(value)
    ]
    problems += [
        problem(line, ascii(unseen[0]), "text without characters that cannot be seen")
        for line, text in enumerate(raw.decode("utf-8").split("\n"), 1)
        if (unseen := words.UNSEEN.search(text))
    ]
    dois = (entry.fields.get("doi", "").lower() for entry in entries.values())
    return Bibliography(
        path.name,
        frozenset(entries),
        frozenset(dois) - {""},
        cited_as(entries),
        tuple(problems),
    )
