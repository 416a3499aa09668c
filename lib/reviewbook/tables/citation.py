"""Tables that say how to cite the book and from what it was built, for the pages that show them."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

import pandas as pd

from reviewbook.citation.edition import Edition, whole_citations
from reviewbook.citation.formats import Citation
from reviewbook.citation.provenance import commit, identify, library_versions, lock_hash
from reviewbook.review.project import toc_pages

from . import columns
from .table import BookTable, Column, Markup, role

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
    """Return the citation of one figure of a page, cited by its permanent anchor.

    As long as the book is not published the note names page and anchor.
    """
    edition = Edition.load(root)
    address = edition.url(page, anchor)
    place = "" if address else f"{page}.html#{anchor}"
    note = "; ".join(filter(None, (place, edition.commit)))
    return edition.cite("figure", title=title, url=address, key=anchor, note=note)


def citations_table(root: Path, figure: Citation, *, name: str) -> BookTable:
    """Return how the whole, its data, its code and, as an example, a figure are cited."""
    cited = {**whole_citations(Edition.load(root)), "figure": figure}
    labels = {"book": "The book", "data": "The data", "library": "The code", "figure": "A figure"}
    rows = [
        (label, cited[kind].text(), "" if kind == "figure" else kind)
        for kind, label in labels.items()
    ]
    frame = pd.DataFrame(rows, columns=["what", "citation", "stem"])

    def files(stem: str) -> Markup:
        formats = {"bib": "BibTeX", "ris": "RIS", "json": "CSL-JSON"}
        links = (
            f'<a href="../{CITATION_FOLDER}/{stem}.{suffix}" download>{word}</a>'
            for suffix, word in formats.items()
        )
        return Markup(" ".join(links))

    shown = [
        Column("what", "What"),
        Column("citation", "Citation"),
        Column("stem", "Files", format=files),
    ]
    return BookTable(frame, name, "How to cite the whole and its parts", shown)


def pages_table(root: Path, *, name: str) -> BookTable:
    """Return every page with its address below the book's and the identifier of its source."""
    rows = []
    for page in toc_pages(root):
        source = identify(root, f"{page}.md")
        rows.append(
            {
                "title": page_title((root / source.path).read_text(encoding="utf-8")),
                "page": page,
                "address": f"{page}.html",
                "source": source.path,
                "swhid": source.swhid,
                "sha256": source.sha256,
            }
        )
    shown = [
        Column("title", "Page", cell=lambda row: role("doc", f"/{row['page']}")),
        columns.code("address", "Address below the book’s"),
        columns.code("swhid", "Identifier of its source"),
    ]
    caption = "Every page, by address and identifier"
    return BookTable(pd.DataFrame(rows), name, caption, shown, folded=True)


def data_files_table(root: Path, *, name: str) -> BookTable:
    """Return the files of ``data/`` and the lock with size and identifiers, to download."""
    paths = sorted(
        p for p in (root / "data").iterdir() if p.suffix in (".csv", ".json", ".toml", ".bib")
    )
    paths.append(root / "requirements.lock")
    frame = pd.DataFrame([identify(root, path.relative_to(root)) for path in paths])

    def linked(path: str) -> Markup:
        safe = escape(path)
        return Markup(f'<a href="../{safe}" download><code>{safe}</code></a>')

    shown = [
        Column("path", "File", format=linked),
        columns.integer("size", "Bytes"),
    ]
    below = [columns.code("sha256", "SHA-256"), columns.code("swhid", "SWHID")]
    caption = "Data files and lock this site was built from"
    return BookTable(frame, name, caption, shown, below=below)


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
    shown = [Column("what", "What"), columns.code("value", "Value")]
    return BookTable(frame, name, "The sources and the software of this site", shown)


def address_note(root: Path) -> str:
    """Return in words where the book is published, or how to cite it as long as it is not."""
    edition = Edition.load(root)
    if edition.base_url:
        return f"This edition is published at {edition.base_url}."
    return (
        "It is not yet published and has no address: citations name the title, the version, the "
        "commit and the identifier of the content instead."
    )
