"""The directive ``{cite-this-chapter}``: how to cite this page, with identifiers and downloads.

The box becomes a section of its own at the foot of the page. It is written when the page is, since
figure numbers and the outputs of the executed notebook are known only then.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from reviewbook.citation.provenance import FileIdentity, has_outputs, identify, outputs_hash
from reviewbook.site.html import render
from reviewbook.sphinxext.downloads import address, file_node
from reviewbook.sphinxext.languages import words_of_page
from reviewbook.sphinxext.notebooks import download

from .header import HEADER_DATA, words_of
from .page import anchors, edition_of, page_citation, page_language, page_source

LOGGER = logging.getLogger(__name__)
DOWNLOADS = "citations"
FORMATS = ("BibTeX", "RIS", "CSL-JSON")  # in the order of Citation.files


class cite_box(nodes.General, nodes.Element):
    """Placeholder of the box until the page is written."""


class CiteThisChapter(SphinxDirective):
    """Place the box; ``:data:`` adds data files to those that the chapter's header names."""

    has_content = False
    option_spec: ClassVar = {"data": words_of}

    def run(self) -> list[nodes.Node]:
        """Return the placeholder, which knows the data files of the page."""
        named = {*self.env.temp_data.get(HEADER_DATA, ()), *self.options.get("data", ())}
        node = cite_box(data=sorted(name.removeprefix("data/") for name in named))
        self.set_source_info(node)
        return [node]


class MoveToFoot(SphinxTransform):
    """Wrap the box in a section at the end of the page, so that it is in the page's contents."""

    default_priority = 400

    def apply(self, **kwargs: Any) -> None:
        """Move every box of the document to the end of its top section."""
        for node in list(self.document.findall(cite_box)):
            node.parent.remove(node)
            top = next(iter(self.document.findall(nodes.section)), self.document)
            book = self.env.docname == self.config.root_doc
            words = "Cite this book" if book else "Cite this chapter"
            anchor, title = nodes.make_id(words), words_of_page(self.env.docname)[words]
            section = nodes.section("", nodes.title("", title), node, ids=[anchor], names=[anchor])
            section["classes"].append("cite-this")
            top.append(section)


def fill_boxes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholders of a page by the finished box, and write the files to download."""
    stem = PurePosixPath(docname).name
    for node in list(doctree.findall(cite_box)):
        edition, source = edition_of(app), page_source(app, docname)
        cited = page_citation(app, docname, f"{edition.commit}; {source.swhid}")
        files = {f"{stem}.{suffix}": text for suffix, text in cited.files().items()}
        notebook = download(app, docname)
        text = cited.text()
        before, _, after = text.partition(cited.url) if cited.url else (text, "", "")
        box = render(
            "cite-box.html",
            cited=cited,
            before=before,
            after=after,
            edition=edition,
            source=source,
            formats=zip(FORMATS, files.items(), strict=True),
            folder=address(docname, DOWNLOADS),
            up="../" * docname.count("/"),
            data=list(_identified(app, docname, node["data"])),
            outputs=notebook and (outputs_hash(notebook) if has_outputs(notebook) else ""),
            parts=anchors(app, docname, doctree),
            docname=docname,
            said=words_of_page(docname),
            english=bool(page_language(docname)),
        )
        offered = [file_node(f"{DOWNLOADS}/{name}", text) for name, text in files.items()]
        node.replace_self([nodes.raw("", box, format="html"), *offered])


def _identified(app: Sphinx, docname: str, names: list[str]) -> Iterator[FileIdentity]:
    """Yield the identifiers of data files; one that is absent is a warning."""
    for name in names:
        if (Path(app.srcdir) / "data" / name).is_file():
            yield identify(Path(app.srcdir), f"data/{name}")
        else:
            LOGGER.warning("chapter-header names data/%s, which is absent", name, location=docname)


def setup(app: Sphinx) -> None:
    """Register the directive and its transform."""
    app.add_node(cite_box)
    app.add_directive("cite-this-chapter", CiteThisChapter)
    app.add_transform(MoveToFoot)
    app.connect("doctree-resolved", fill_boxes)
