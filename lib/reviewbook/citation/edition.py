"""Citations of the book, a chapter, a figure, the data and the libraries, in four formats.

An `Edition` says what is published where (one setting, the base URL); a `Citation` is one thing
that can be cited, and renders itself as text, BibTeX, RIS and CSL-JSON.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reviewbook.review.project import Article, load_review

from .provenance import UNKNOWN, commit, edition_date

BASE_URL_VARIABLE = "REVIEWBOOK_BASE_URL"


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
class Edition:
    """One published state of the book.

    Attributes
    ----------
    title, version, language, license : str
        As in ``data/review.toml``.
    authors : tuple of str
        Names as they are to be printed; a group is one name.
    base_url : str
        Where the site stands, with a final slash. The only place where that is said.
    repository : str
        Address of the sources.
    slug : str
        Short lower-case name that starts every citation key.
    date : str
        ISO day, or ``"unknown"``.
    commit : str
        The commit in words.
    revision : str
        SWHID of the commit, or empty if unknown.
    article : Article
        The article that the book executes.
    redirects : mapping
        Page that was published once -> page that answers for it now, without suffix.
    """

    title: str
    subtitle: str
    version: str
    language: str
    license: str
    authors: tuple[str, ...]
    base_url: str
    repository: str
    slug: str
    date: str
    commit: str
    revision: str
    article: Article
    redirects: Mapping[str, str]

    @classmethod
    def load(cls, root: Path) -> Edition:
        """Read the settings of the review at `root`; ``$REVIEWBOOK_BASE_URL`` overrides its URL."""
        review = load_review(root)
        state = commit(root)
        return cls(
            title=review.title,
            subtitle=review.subtitle,
            version=review.version,
            language=review.language,
            license=review.license,
            authors=review.authors,
            base_url=site_url(os.environ.get(BASE_URL_VARIABLE) or review.base_url),
            repository=review.repository,
            # Not from the override: a citation key must not change with the place of a release.
            slug=_slug(review.base_url.rstrip("/").rsplit("/", 1)[-1]),
            date=edition_date(root),
            commit=state.describe(),
            revision=state.swhid,
            article=review.article,
            redirects=getattr(review, "redirects", {}),
        )

    @property
    def year(self) -> str:
        """Year of the edition, or an empty string."""
        return "" if self.date == UNKNOWN else self.date[:4]

    def url(self, page: str = "", anchor: str = "") -> str:
        """Address of a page (``chapters/methods``), or of an anchor on it; no page: the book."""
        address = self.base_url + (f"{page}.html" if page and page != "index" else "")
        return f"{address}#{anchor}" if anchor else address

    def cite(
        self,
        kind: str,
        *,
        title: str = "",
        url: str = "",
        key: str = "",
        language: str = "",
        note: str = "",
    ) -> Citation:
        """Return the `Citation` of one thing of this edition; see `Citation` for the fields."""
        if kind not in KINDS:
            raise ValueError(f"Unknown kind of citation {kind!r}, expected one of {list(KINDS)}.")
        return Citation(
            kind=kind,
            key="-".join(filter(None, (self.slug, _slug(key), self.version))),
            title=title or self.title,
            container=self.title if KINDS[kind].contained else "",
            authors=self.authors,
            date="" if self.date == UNKNOWN else self.date,
            version=self.version,
            url=url or self.base_url,
            language=language or self.language,
            license=self.license,
            note=note,
        )


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

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary."""
        return asdict(self)

    def text(self) -> str:
        """Return the citation as one line of plain text."""
        medium = {"data": " [data set]", "library": " [computer software]"}.get(self.kind, "")
        parts = [f"{', '.join(self.authors)}.", f"{self.title}{medium}."]
        if self.container:
            parts.append(f"In: {self.container}.")
        issued = f"Version {self.version}"
        parts.append(f"{issued}, {self.date or 'date unknown'}.")
        parts.append(self.url)
        return " ".join(parts) + (f" ({self.note})" if self.note else "")

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
            "note": bibtex_escape(self.note),
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
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
            ("N1", self.note),
        ]
        # A line break inside a value would start a new tag.
        lines = [f"{tag}  - {' '.join(value.split())}" for tag, value in fields if value]
        return "\n".join([*lines, "ER  - ", ""])

    def csl(self) -> dict[str, Any]:
        """Return a CSL-JSON item (Citation Style Language 1.0.2)."""
        item: dict[str, Any] = {
            "id": self.key,
            "type": KINDS[self.kind].csl,
            "title": self.title,
            "author": [{"literal": name} for name in self.authors],
            "version": self.version,
            "URL": self.url,
            "language": self.language,
        }
        if self.container:
            item["container-title"] = self.container
        if self.date:
            item["issued"] = {"date-parts": [[int(part) for part in self.date.split("-")]]}
        if self.note:
            item["note"] = self.note
        return item

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


def site_url(url: str) -> str:
    """Return an absolute http(s) address with exactly one final slash, or raise ValueError."""
    if not re.fullmatch(r"https?://[^\s?#]+", url):
        raise ValueError(
            f"base_url is {url!r}, expected an absolute address such as https://example.org/book/"
        )
    return url.rstrip("/") + "/"


LICENSES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "MIT": "https://opensource.org/license/mit",
}


def license_url(name: str) -> str:
    """Return the address of a licence known by its SPDX name, or the name itself."""
    return LICENSES.get(name, name)


def _slug(text: str) -> str:
    """Lower-case letters, digits and hyphens only."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def whole_citations(edition: Edition) -> dict[str, Citation]:
    """Return the citations of the book, its data and its libraries, by the stem of their files."""
    pages = {"data": "chapters/data-dictionary", "library": "chapters/library-reference"}
    return {
        "book": edition.cite("book", note=edition.commit),
        "data": edition.cite(
            "data",
            title=f"Data of: {edition.title}",
            url=edition.url(pages["data"]),
            key="data",
            note=edition.commit,
        ),
        "library": edition.cite(
            "library",
            title=f"Code of: {edition.title}",
            url=edition.url(pages["library"]),
            key="library",
            note="; ".join(filter(None, (edition.revision or edition.commit, edition.repository))),
        ),
    }
