"""Metadata in the head of every page: Highwire, Dublin Core, Open Graph, JSON-LD, canonical URL.

Everything is computed from the one base URL and from the page itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from reviewbook.citation.edition import Edition
from reviewbook.citation.formats import Citation
from reviewbook.citation.schema_org import page_graph

from .page import anchors, edition_of, page_citation, page_source

DESCRIPTION_LENGTH = 200
SOCIAL_CARD = "_static/social-card.png"


def set_base_url(app: Sphinx, config: Config) -> None:
    """Give Sphinx the base URL, from which the theme makes the canonical link of each page."""
    config.html_baseurl = edition_of(app).base_url


def description(doctree: nodes.document, fallback: str) -> str:
    """Return the first paragraph of the page's prose as plain text, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        if not isinstance(paragraph.parent, nodes.section):
            continue
        text = " ".join(paragraph.astext().split())
        if len(text) < 30:
            continue
        if len(text) <= DESCRIPTION_LENGTH:
            return text
        return text[: DESCRIPTION_LENGTH - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
    return fallback


def cited_works(app: Sphinx, docname: str) -> list[dict[str, str]]:
    """Return the works that a page cites as schema.org nodes, sorted by citation key."""
    if "cite" not in app.env.domains:
        return []
    domain: Any = app.env.get_domain("cite")
    keys = {
        target.key
        for ref in domain.citation_refs
        if ref.docname == docname
        for target in ref.targets
    }
    works = []
    for key in sorted(keys):
        entry = domain.bibdata.data.entries.get(key)
        if entry is None:
            continue
        work = {
            "@type": "ScholarlyArticle",
            "name": entry.fields.get("title", key).replace("{", "").replace("}", ""),
        }
        if "doi" in entry.fields:
            work["@id"] = f"https://doi.org/{entry.fields['doi']}"
        works.append(work)
    return works


def highwire(cited: Citation) -> Iterator[tuple[str, str]]:
    """Yield the ``citation_*`` tags that scholarly search engines read."""
    yield "citation_title", cited.title
    for author in cited.authors:
        yield "citation_author", author
    if cited.date:
        yield "citation_publication_date", cited.date.replace("-", "/")
    if cited.container:
        yield "citation_inbook_title", cited.container
    yield "citation_language", cited.language
    yield "citation_public_url", cited.url


def dublin_core(cited: Citation, summary: str) -> Iterator[tuple[str, str]]:
    """Yield the Dublin Core terms of a page."""
    yield "DC.title", cited.title
    for author in cited.authors:
        yield "DC.creator", author
    if cited.date:
        yield "DC.date", cited.date
    yield "DC.type", "Text"
    yield "DC.format", "text/html"
    yield "DC.identifier", cited.url
    yield "DC.language", cited.language
    yield "DC.description", summary
    if cited.container:
        yield "DC.relation.isPartOf", cited.container
    if cited.license:
        yield "DC.rights", cited.license


def open_graph(cited: Citation, edition: Edition, summary: str, card: str) -> dict[str, str]:
    """Return the Open Graph properties of a page."""
    tags = {
        "og:title": cited.title,
        "og:type": "article" if cited.container else "book",
        "og:url": cited.url,
        "og:site_name": edition.review.title,
        "og:description": summary,
        "og:locale": {"en": "en_GB", "zh-Hans": "zh_CN"}.get(cited.language, cited.language),
    }
    if card:
        tags["og:image"] = edition.review.base_url + card
        tags["og:image:alt"] = edition.review.title
    return tags


def script_json(value: Any) -> str:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def add_head(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Add the metadata of a page of the book to its head."""
    if doctree is None:  # search page, index, 404: nothing to cite
        return
    edition = edition_of(app)
    cited = page_citation(app, pagename)
    summary = str(app.env.metadata[pagename].get("description", "")) or description(
        doctree, edition.review.subtitle or edition.review.title
    )
    card = SOCIAL_CARD if (Path(app.outdir) / SOCIAL_CARD).is_file() else ""
    graph = page_graph(
        edition,
        cited,
        summary=summary,
        works=cited_works(app, pagename),
        source=page_source(app, pagename).swhid,
        parts=list(anchors(app, pagename, doctree)),
    )
    existing = context.get("metatags", "")
    tags = [*highwire(cited), *dublin_core(cited, summary)]
    if 'name="description"' not in existing:
        tags.insert(0, ("description", summary))
    head = [f'<meta name="{name}" content="{escape(value)}">' for name, value in tags]
    head += [
        f'<meta property="{name}" content="{escape(value)}">'
        for name, value in open_graph(cited, edition, summary, card).items()
    ]
    head.append(f'<script type="application/ld+json">\n{script_json(graph)}\n</script>')
    context["metatags"] = "\n".join([existing, *head])
    # The address under which the page is cited: the first page's ends with the slash.
    context["pageurl"] = cited.url


def setup(app: Sphinx) -> None:
    """Register the metadata."""
    app.connect("config-inited", set_base_url)
    app.connect("html-page-context", add_head)
