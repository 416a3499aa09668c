"""Tables that say how to cite the book and from what it was built, for the pages that show them."""

from __future__ import annotations

import re
from html import escape as html_escape
from pathlib import Path
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.citation.edition import Edition, whole_citations
from reviewbook.citation.formats import Citation
from reviewbook.citation.provenance import commit, identify, library_versions, lock_hash
from reviewbook.review.project import toc_pages

from .table import BookTable, Column, Markup, escape, role

CITATION_FOLDER = "_downloads/citations"


def page_title(source: str) -> str:
    """Return the first heading of a MyST page.

    Raises
    ------
    ValueError
        If the page has none.
    """
    body = re.sub(r"\A---\n.*?\n---\n", "", source, flags=re.DOTALL)
    found = re.search(r"^# +(.+?) *$", body, flags=re.MULTILINE)
    if found is None:
        raise ValueError(f"the page has no heading of the first level: {body[:60]!r}")
    return found[1]


def example_figure(root: Path, page: str, anchor: str, title: str) -> Citation:
    """Return the citation of one figure of a page, cited by its permanent anchor."""
    edition = Edition.load(root)
    return edition.cite(
        "figure", title=title, url=edition.url(page, anchor), key=anchor, note=edition.commit
    )


def citations_table(root: Path, figure: Citation, *, name: str) -> BookTable:
    """Return how the whole, its data, its code and, as an example, a figure are cited."""
    cited = {**whole_citations(Edition.load(root)), "figure": figure}
    labels = {"book": "The book", "data": "The data", "library": "The code", "figure": "A figure"}
    frame = pd.DataFrame(
        [
            {
                "what": label,
                "citation": cited[kind].text(),
                "stem": "" if kind == "figure" else kind,
            }
            for kind, label in labels.items()
        ]
    )

    def files(row: Any) -> Markup:
        if not row["stem"]:
            return Markup("")
        return Markup(
            " ".join(
                f'<a href="../{CITATION_FOLDER}/{row["stem"]}.{suffix}" download>{word}</a>'
                for suffix, word in (("bib", "BibTeX"), ("ris", "RIS"), ("json", "CSL-JSON"))
            )
        )

    columns = [
        Column("what", "What"),
        Column("citation", "Citation"),
        Column("stem", "Files", cell=files),
    ]
    return BookTable(frame, name, "How to cite the whole and its parts", columns)


def pages_table(root: Path, *, name: str) -> BookTable:
    """Return every page with its address and the identifier of its source."""
    edition = Edition.load(root)
    rows = []
    for page in toc_pages(root):
        source = identify(root, f"{page}.md")
        title = page_title((root / source.path).read_text(encoding="utf-8"))
        rows.append(
            {
                "title": title,
                "page": page,
                "address": edition.url(page),
                "source": source.path,
                "swhid": source.swhid,
                "sha256": source.sha256,
            }
        )

    def titled(row: Any) -> Markup:
        return role("doc", f"{row['title']} </{row['page']}>")

    columns = [
        Column("title", "Page", cell=titled),
        Column("address", "Address", cell=lambda row: _code(row["address"])),
        Column("swhid", "Identifier of its source", cell=lambda row: _code(row["swhid"])),
    ]
    return BookTable(pd.DataFrame(rows), name, "Every page, by address and identifier", columns)


def data_files_table(root: Path, *, name: str) -> BookTable:
    """Return the files of ``data/`` and the lock with size and identifiers, to download."""
    paths = sorted(
        p for p in (root / "data").iterdir() if p.suffix in (".csv", ".json", ".toml", ".bib")
    )
    found = [identify(root, path.relative_to(root)) for path in paths]
    found.append(identify(root, "requirements.lock"))
    frame = pd.DataFrame(found)

    def linked(row: Any) -> Markup:
        path = html_escape(row["path"])
        return Markup(f'<a href="../{path}" download><code>{path}</code></a>')

    columns = [
        Column("path", "File", cell=linked),
        Column("size", "Bytes", align="right", format=lambda size: str(words.number(size, 0))),
        Column("sha256", "SHA-256", cell=lambda row: _code(row["sha256"])),
        Column("swhid", "SWHID", cell=lambda row: _code(row["swhid"])),
    ]
    return BookTable(frame, name, "Data files and lock this site was built from", columns)


def build_table(root: Path, *, name: str) -> BookTable:
    """Return version, date, commit and state of the sources, and the versions of the libraries."""
    edition, state = Edition.load(root), commit(root)
    clean = {True: "no: there were uncommitted changes", False: "yes", None: "unknown"}
    rows = [
        ("Version of the book", edition.review.version),
        ("Date of the edition", edition.date),
        ("Commit", state.sha),
        ("Built from exactly this commit", clean[state.dirty]),
        ("SHA-256 of requirements.lock", lock_hash(root)),
        *library_versions().items(),
    ]
    frame = pd.DataFrame(rows, columns=["what", "value"])
    columns = [
        Column("what", "What"),
        Column("value", "Value", cell=lambda row: _code(row["value"])),
    ]
    return BookTable(frame, name, "The sources and the software of this site", columns)


def address_note(root: Path) -> str:
    """Return one sentence on the address of the book; a placeholder is called a placeholder."""
    edition = Edition.load(root)
    host = edition.base_url.split("/")[2]
    if host == "example.org" or host.endswith(".example"):
        return (
            f"The address {edition.base_url} is a placeholder: this edition has not been published "
            "at an address of its own yet."
        )
    return f"This edition is published at {edition.base_url}."


def _code(text: str) -> Markup:
    """Return `text` as code, or as plain text if it holds a backtick."""
    return escape(text) if "`" in text else Markup(f"`{text}`")
