"""Typed links in the head of a page, by which a machine finds its way: FAIR Signposting, level 1.

Where a page is, who made it, under which licence it is, what describes it and what it consists of
[1]_. Files of the site are linked relative to the page, which is true wherever the site stands; the
address under which a page is cited is linked only once the edition has one. Authors are printed
as they are named and have no address of their own; linked is what the crate says of them.

References
----------
.. [1] Van de Sompel H, Klein M, Jones S, et al. (2022). FAIR Signposting Profile,
   https://signposting.org/FAIR/.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx

from reviewbook.citation.edition import Edition
from reviewbook.evidence.evidence import has_data_package
from reviewbook.sphinxext.downloads import address

from .page import edition_of, executed

BOOK = ("https://schema.org/AboutPage", "https://schema.org/Book")
CHAPTER = ("https://schema.org/AboutPage", "https://schema.org/ScholarlyArticle")
# Files of a citation, by their ending.
CITATIONS = {
    "json": "application/vnd.citationstyles.csl+json",
    "bib": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
}
CRATE = "ro-crate-metadata.json"
# What a book with evidence carries, from the root of the site.
WHOLE = {"results.json": "application/json", "data/datapackage.json": "application/json"}


class Link(NamedTuple):
    """A typed link: relation, address, media type and profile of what is there, if it has any."""

    rel: str
    href: str
    type: str = ""
    profile: str = ""

    @property
    def html(self) -> str:
        """The element of the head."""
        named = zip(self._fields, self, strict=True)
        attributes = (f'{name}="{escape(value, quote=True)}"' for name, value in named if value)
        return f"<link {' '.join(attributes)}>"


def typed_links(
    edition: Edition,
    page: str,
    *,
    book: bool,
    cited: bool,
    notebook: bool,
    evidence: bool,
    numbers: bool = False,
) -> Iterator[Link]:
    """Yield the links of a page.

    Parameters
    ----------
    page : str
        Its name, as ``chapters/methods``.
    book : bool
        Whether it is the page of the book as a whole.
    cited, notebook, evidence : bool
        Whether it offers the files of its citation, has an executed notebook, and whether the book
        has a data package.
    numbers : bool
        Whether numbers of the page say where they come from: the site then lists them.
    """
    up, name = "../" * page.count("/"), PurePosixPath(page).name
    if url := edition.url(page):
        yield Link("cite-as", url)
    for kind in BOOK if book else CHAPTER:
        yield Link("type", kind)
    if edition.license_url.startswith("https://"):
        yield Link("license", edition.license_url)
    for number in range(1, len(edition.review.authors) + 1):
        yield Link("author", f"{up}{CRATE}#author-{number}")
    if not book:
        yield Link("collection", f"{up}index.html", "text/html")
    yield Link("describedby", up + CRATE, "application/ld+json", "https://w3id.org/ro/crate")
    if cited:
        for ending, media in CITATIONS.items():
            yield Link("describedby", address(page, f"citations/{name}.{ending}"), media)
    if notebook:
        yield Link("item", address(page, f"notebooks/{name}.ipynb"), "application/x-ipynb+json")
    if evidence:
        for path, media in WHOLE.items():
            yield Link("item", up + path, media)
    if numbers:
        yield Link("item", f"{up}numbers.json", "application/json")


def add_links(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Add the links to the head of a page of the book."""
    if doctree is None:  # search page, index, 404
        return
    links = typed_links(
        edition_of(app),
        pagename,
        book=pagename == app.config.root_doc,
        cited=any("cite-this" in part["classes"] for part in doctree.findall(nodes.section)),
        notebook=executed(app, pagename) is not None,
        evidence=has_data_package(Path(app.srcdir)),
        numbers='<a class="rb-number"' in context.get("body", ""),
    )
    context["metatags"] = "\n".join([context.get("metatags", ""), *(link.html for link in links)])


def setup(app: Sphinx) -> None:
    """Connect to the making of pages."""
    app.connect("html-page-context", add_links)
