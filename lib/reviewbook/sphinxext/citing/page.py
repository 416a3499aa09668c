"""What a page is cited by, and what its head says of it.

Title, language, figures, outputs and source of a page become its citation and its metadata:
Highwire, Dublin Core, Open Graph, JSON-LD and the canonical URL, all from the one base URL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any
from weakref import WeakKeyDictionary

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from reviewbook.citation import Citation, Edition
from reviewbook.citation.provenance import FileIdentity, identify
from reviewbook.citation.schema_org import page_graph
from reviewbook.sphinxext.number_nodes import origins_of

DESCRIPTION_LENGTH = 200
SOCIAL_CARD = "_static/social-card.png"
_EDITIONS: WeakKeyDictionary[Sphinx, Edition] = WeakKeyDictionary()


def edition_of(app: Sphinx) -> Edition:
    """Return the edition that is being built, read once a build (it asks git)."""
    if app not in _EDITIONS:
        _EDITIONS[app] = Edition.load(Path(app.srcdir))
    return _EDITIONS[app]


def page_citation(app: Sphinx, docname: str, note: str = "") -> Citation:
    """Return the citation of a page: the book for the first page, a chapter for any other."""
    edition = edition_of(app)
    if docname == app.config.root_doc:
        return edition.cite("book", note=note)
    return edition.cite(
        "chapter",
        title=app.env.titles[docname].astext(),
        url=edition.url(docname),
        key=PurePosixPath(docname).name,
        language=page_language(docname),
        note=note,
    )


def page_language(docname: str) -> str:
    """Return the language of a page: one named …-zh is in Chinese; empty means the book's."""
    return "zh-Hans" if docname.endswith("-zh") else ""


def page_source(app: Sphinx, docname: str) -> FileIdentity:
    """Return the identifiers of the source file of a page."""
    root = Path(app.srcdir)
    return identify(root, Path(app.env.doc2path(docname)).relative_to(root))


def anchors(app: Sphinx, docname: str, doctree: nodes.document) -> Iterator[tuple[str, str, str]]:
    """Yield (kind with number, anchor, caption) of each named figure and table of a page."""
    for kind in (nodes.figure, nodes.table):
        numbers = app.env.toc_fignumbers.get(docname, {}).get(kind.__name__, {})
        for node in doctree.findall(kind):
            # docutils counts nameless elements (id1, id2 …): such an anchor moves with the text.
            lasting = [i for i in node["ids"] if not re.fullmatch(r"id\d+", i)]
            captions = [*node.findall(nodes.caption), *node.findall(nodes.title)]
            if lasting and captions:
                number = next((numbers[i] for i in node["ids"] if i in numbers), ())
                label = f"{kind.__name__.capitalize()} {'.'.join(map(str, number))}"
                yield label.strip(), lasting[0], captions[0].astext()


def executed(app: Sphinx, docname: str) -> dict[str, Any] | None:
    """Return the executed notebook of a page, or None for a page without code."""
    path = Path(app.outdir).parent / "jupyter_execute" / f"{docname}.ipynb"  # left by MyST-NB
    if not path.is_file():
        return None
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    runs = any(cell["cell_type"] == "code" for cell in notebook["cells"])
    return notebook if runs else None


def set_base_url(app: Sphinx, config: Config) -> None:
    """Give Sphinx the base URL, from which the canonical link of each page is made; or none."""
    config.html_baseurl = edition_of(app).base_url


def description(doctree: nodes.document, fallback: str) -> str:
    """Return the first paragraph of the page's prose as plain text, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if len(text) >= 30 and isinstance(paragraph.parent, nodes.section):
            if len(text) <= DESCRIPTION_LENGTH:
                return text
            return text[: DESCRIPTION_LENGTH - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
    return fallback


def cited_works(app: Sphinx, docname: str) -> list[dict[str, str]]:
    """Return the works that a page cites as schema.org nodes, sorted by citation key."""
    if "cite" not in app.env.domains:
        return []
    domain: Any = app.env.get_domain("cite")
    references = (ref.targets for ref in domain.citation_refs if ref.docname == docname)
    keys = {target.key for targets in references for target in targets}
    entries = domain.bibdata.data.entries
    works = []
    for key in sorted(keys & set(entries)):
        fields = entries[key].fields
        work = {"@type": "ScholarlyArticle", "name": re.sub("[{}]", "", fields.get("title", key))}
        if "doi" in fields:
            work["@id"] = f"https://doi.org/{fields['doi']}"
        works.append(work)
    return works


def meta_tags(cited: Citation, summary: str) -> list[tuple[str, str]]:
    """Return the ``citation_*`` tags that scholarly search engines read, and Dublin Core terms."""
    tags = [
        ("citation_title", cited.title),
        *(("citation_author", author) for author in cited.authors),
        ("citation_publication_date", cited.date.replace("-", "/")),
        ("citation_inbook_title", cited.container),
        ("citation_language", cited.language),
        ("citation_public_url", cited.url),
        ("DC.title", cited.title),
        *(("DC.creator", author) for author in cited.authors),
        ("DC.date", cited.date),
        ("DC.type", "Text"),
        ("DC.format", "text/html"),
        ("DC.identifier", cited.url),
        ("DC.language", cited.language),
        ("DC.description", summary),
        ("DC.relation.isPartOf", cited.container),
        ("DC.rights", cited.license),
    ]
    return [(name, value) for name, value in tags if value]


def open_graph(cited: Citation, edition: Edition, summary: str, card: str) -> dict[str, str]:
    """Return the Open Graph properties of a page.

    `card` is the relative address of its picture, which stands as long as there is no other.
    """
    properties = {
        "og:title": cited.title,
        "og:type": "article" if cited.container else "book",
        "og:url": cited.url,
        "og:site_name": edition.review.title,
        "og:description": summary,
        "og:locale": {"en": "en_GB", "zh-Hans": "zh_CN"}.get(cited.language, cited.language),
        "og:image": edition.base_url + SOCIAL_CARD if edition.base_url else card,
        "og:image:alt": edition.review.title,
    }
    return {name: value for name, value in properties.items() if value}


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
    graph = page_graph(
        edition,
        cited,
        summary=summary,
        works=cited_works(app, pagename),
        source=page_source(app, pagename).swhid,
        parts=list(anchors(app, pagename, doctree)),
        numbers=origins_of(doctree),
    )
    card = "../" * pagename.count("/") + SOCIAL_CARD
    existing = context.get("metatags", "")
    tags = meta_tags(cited, summary)
    if 'name="description"' not in existing:
        tags.insert(0, ("description", summary))
    head = [f'<meta name="{name}" content="{escape(value)}">' for name, value in tags]
    head += [
        f'<meta property="{name}" content="{escape(value)}">'
        for name, value in open_graph(cited, edition, summary, card).items()
    ]
    head.append('<meta name="twitter:card" content="summary_large_image">')
    head.append(f'<script type="application/ld+json">\n{script_json(graph)}\n</script>')
    context["metatags"] = "\n".join([existing, *head])
    # The address under which the page is cited: the first page's ends with the slash.
    context["pageurl"] = cited.url


def setup(app: Sphinx) -> None:
    """Register the metadata."""
    app.connect("config-inited", set_base_url)
    app.connect("html-page-context", add_head)
