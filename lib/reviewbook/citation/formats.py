"""A citation as text, BibTeX, RIS and CSL-JSON.

A BibTeX library could write the entry, but those at hand leave ``$``, ``^`` and braces of a title
unescaped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

UNPUBLISHED = "not yet published"
"""What a citation says in place of an address."""


def filled(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that have a value."""
    return {name: value for name, value in fields.items() if value}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What one kind of thing is called in each format."""

    bibtex: str
    ris: str
    csl: str
    contained: bool  # has a title of its own inside the book


# `incollection`, not `inbook`: BibTeX's own styles drop the title of an @inbook's book.
KINDS: dict[str, _Kind] = {
    "book": _Kind("book", "BOOK", "book", False),
    "chapter": _Kind("incollection", "CHAP", "chapter", True),
    "figure": _Kind("misc", "FIGURE", "figure", True),
    "table": _Kind("misc", "FIGURE", "figure", True),
    "data": _Kind("misc", "DATA", "dataset", False),
    "library": _Kind("misc", "COMP", "software", False),
}


@dataclass(frozen=True, slots=True)
class Citation:
    """One citable thing.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    key : str
        Citation key; holds the version, so that two editions can be cited side by side.
    title, container : str
        Its own title, and the book's title for what is a part of the book.
    date : str
        ISO day, or empty if unknown.
    url : str
        Address, or empty if the thing is not yet published.
    note : str
        Identifiers: commit and SWHID.
    """

    kind: str
    key: str
    title: str
    container: str
    authors: tuple[str, ...]
    date: str
    version: str
    url: str
    language: str
    license: str
    note: str

    def text(self) -> str:
        """Return the citation as one line of plain text."""
        medium = {"data": " [data set]", "library": " [computer software]"}.get(self.kind, "")
        parts = [
            f"{', '.join(self.authors)}.",
            f"{self.title}{medium}.",
            f"In: {self.container}." if self.container else "",
            f"Version {self.version}, {self.date or 'date unknown'}.",
            self.url or f"{UNPUBLISHED.capitalize()}.",
            f"({self.note})" if self.note else "",
        ]
        return " ".join(filter(None, parts))

    @property
    def remark(self) -> str:
        """The note, behind the words for what has no address."""
        return "; ".join(filter(None, ("" if self.url else UNPUBLISHED, self.note)))

    def bibtex(self) -> str:
        """Return a BibTeX entry; braces around titles and group names keep their spelling."""
        fields = {
            "author": " and ".join(f"{{{bibtex_escape(name)}}}" for name in self.authors),
            "title": f"{{{bibtex_escape(self.title)}}}",
            "booktitle": f"{{{bibtex_escape(self.container)}}}" if self.container else "",
            "year": self.date[:4],
            "date": self.date,
            "version": bibtex_escape(self.version),
            "url": self.url,
            "language": self.language,
            "note": bibtex_escape(self.remark),
        }
        lines = [f"  {name} = {{{value}}}," for name, value in filled(fields).items()]
        return "\n".join([f"@{KINDS[self.kind].bibtex}{{{self.key},", *lines, "}", ""])

    def ris(self) -> str:
        """Return a RIS record (Research Information Systems, 2011 tag set)."""
        fields = [
            ("TY", KINDS[self.kind].ris),
            ("ID", self.key),
            *(("AU", name) for name in self.authors),
            ("TI", self.title),
            ("T2", self.container),
            ("PY", self.date[:4]),
            ("DA", self.date.replace("-", "/") + "/" if self.date else ""),
            ("ET", self.version),
            ("LA", self.language),
            ("UR", self.url),
            ("N1", self.remark),
        ]
        # A line break inside a value would start a new tag.
        lines = [f"{tag}  - {' '.join(value.split())}" for tag, value in fields if value]
        return "\n".join([*lines, "ER  - ", ""])

    def csl(self) -> dict[str, Any]:
        """Return a CSL-JSON item (Citation Style Language 1.0.2)."""
        day = [int(part) for part in self.date.split("-") if part]
        return filled(
            {
                "id": self.key,
                "type": KINDS[self.kind].csl,
                "title": self.title,
                "author": [{"literal": name} for name in self.authors],
                "version": self.version,
                "URL": self.url,
                "language": self.language,
                "container-title": self.container,
                "issued": {"date-parts": [day]} if day else None,
                "note": self.remark,
            }
        )

    def csl_json(self) -> str:
        """Return the CSL-JSON item as a file: a list with one item."""
        return json.dumps([self.csl()], ensure_ascii=False, indent=2) + "\n"

    def files(self) -> dict[str, str]:
        """Return the contents of the files to download, keyed by suffix: bib, ris, json."""
        return {"bib": self.bibtex(), "ris": self.ris(), "json": self.csl_json()}


_BIBTEX_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_"},
}


def bibtex_escape(text: str) -> str:
    """Return `text` so that LaTeX prints it as it stands."""
    return "".join(_BIBTEX_SPECIAL.get(character, character) for character in text)
