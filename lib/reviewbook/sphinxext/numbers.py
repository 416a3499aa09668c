"""The numbers of a page: each is a link to where it comes from, told at the foot of the page.

A phrase of a chapter brings its numbers with their origins from the kernel (:mod:`.number_nodes`).
Here each becomes a link, and the origins of a page one folded block at its end; rows that feed
several numbers are written once. Without a script the link opens the entry of the number.
"""

from __future__ import annotations

import json
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from metaprop import Recipe, as_r
from reviewbook import words
from reviewbook.site.html import render
from reviewbook.site.shared_rows import Tables, shared

from .citing.page import edition_of, page_language
from .downloads import file_node
from .languages import words_of_page
from .number_nodes import number

LOGGER = logging.getLogger(__name__)
PARTS = "numbers"
"""Folder of the files that the pages leave for ``numbers.json``."""


def tell_origins(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write at the foot of the page where each of its numbers comes from."""
    found: dict[str, dict[str, Any]] = {}
    for node in doctree.findall(number):
        origin = node["origin"]
        own = found.setdefault(origin["id"], {**origin, "texts": []})
        if own["expression"] != origin["expression"]:
            LOGGER.error(
                "%s was expected to be one number; it is %s and %s",
                origin["id"], own["expression"], origin["expression"], location=node,
            )  # fmt: skip
        node["first"] = not own["texts"]
        if node.astext() not in own["texts"]:
            own["texts"].append(node.astext())
    if not found:
        return
    edition, review = edition_of(app), edition_of(app).review
    tables: Tables = {}
    for own in found.values():
        own["tables"] = [shared(tables, source) for source in own["sources"]]
        own["said"], own["r"] = sentence(own), in_r(own)
        own["outcomes"], own["sets"] = names_of(review, own["sources"])
        own["label"] = Recipe(**own["recipe"]).label if own["recipe"] else ""
        own["address"] = edition.url(docname, own["id"]) or f"{docname}.html#{own['id']}"
    html = render(
        "origins.html",
        numbers=list(found.values()),
        tables=tables,
        review=review,
        up="../" * docname.count("/"),
        english=bool(page_language(docname)),
        language=page_language(docname),
        said=words_of_page(docname),
        version=review.version,
        title=review.title,
    )
    top = next(iter(doctree.findall(nodes.section)), doctree)
    # Above the box that closes the chapter, which stands directly above the citation.
    foot = [
        node
        for node in doctree.findall(nodes.Element)
        if {"rb-header", "cite-this"} & set(node.get("classes", ()))
    ]
    parent, place = top, len(top.children)
    if foot:
        parent, place = foot[0].parent, foot[0].parent.index(foot[0])
    parent.insert(place, nodes.raw("", html, format="html"))
    kept = [{**own, "page": docname} for own in found.values()]
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    top.append(file_node(f"{PARTS}/{docname.replace('/', '--')}.json", text))


def in_r(own: dict[str, Any]) -> str | None:
    """Return the R code of a pool; None for other numbers, and where R has no such pool."""
    if own["recipe"] is None or own["counts"] is None:
        return None
    return as_r(*own["counts"], Recipe(**own["recipe"]))


def names_of(review: Any, sources: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """Return the outcomes and the sets that the rows of a number are of, as the book calls them."""
    outcomes, named = (
        [known[source[of]].label for source in sources if source[of] in known]
        for of, known in (("outcome", review.every_outcome), ("set", review.sets))
    )
    return list(dict.fromkeys(filter(None, outcomes))), list(dict.fromkeys(filter(None, named)))


def sentence(own: dict[str, Any]) -> str:
    """Return where a number comes from in one sentence."""
    rows = {(row["table"], row["key"]) for source in own["sources"] for row in source["rows"]}
    files = sorted({table for table, _ in rows})
    what = words.capital(own["what"])
    if not rows:
        return f"{what}. No row of the data feeds it."
    rows_of = f"{len(rows)} row{'' if len(rows) == 1 else 's'} of {' and '.join(files)}"
    return f"{what}, from {rows_of}."


def write_number(translator: HTML5Translator, node: number) -> None:
    """Open the link."""
    name = node["origin"]["id"]
    own = f' id="{name}"' if node.get("first") else ""
    translator.body.append(f'<a class="rb-number"{own} href="#o-{name}">')


def end_number(translator: HTML5Translator, node: number) -> None:
    """Close the link."""
    translator.body.append("</a>")


def _nothing(translator: nodes.NodeVisitor, node: nodes.Node) -> None:
    """Write nothing round a number: other formats show its text alone."""


def setup(app: Sphinx) -> None:
    """Register the node, and the foot of the page."""
    plain = (_nothing, _nothing)
    app.add_node(number, html=(write_number, end_number), latex=plain, text=plain)
    # After the box of the citation, whose downloads need the page as it was.
    app.connect("doctree-resolved", tell_origins, priority=600)
