"""The directive ``{cite-this-chapter}``: how to cite this page, with identifiers and downloads.

The box becomes a section of its own at the foot of the page. It is written when the page is, since
figure numbers and the outputs of the executed notebook are known only then.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from reviewbook.citation import Citation, Edition
from reviewbook.citation.provenance import FileIdentity, has_outputs, identify, outputs_hash
from reviewbook.site.carried import export_files
from reviewbook.site.manifest import RUN_TIMES
from reviewbook.sphinxext.downloads import address, file_node

from . import metadata as citation_head
from .page import anchors, edition_of, executed, page_citation, page_source

LOGGER = logging.getLogger(__name__)
DOWNLOADS = "citations"
FORMATS = {"bib": "BibTeX", "ris": "RIS", "json": "CSL-JSON"}


class cite_box(nodes.General, nodes.Element):
    """Placeholder of the box until the page is written."""


class CiteThisChapter(SphinxDirective):
    """Place the box; ``:data:`` adds data files to those that the chapter's header names."""

    has_content = False
    option_spec: ClassVar = {"data": directives.unchanged, "language": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the placeholder, which knows the data files of the page."""
        source = Path(self.env.doc2path(self.env.docname)).read_text(encoding="utf-8")
        named = f"{header_data(source)} {self.options.get('data', '')}"
        files = sorted(set(re.findall(r"[\w./-]+", named)))
        node = cite_box(data=[name.removeprefix("data/") for name in files])
        if "language" in self.options:
            self.env.metadata[self.env.docname]["language"] = self.options["language"].strip()
        for name in node["data"]:
            self.env.note_dependency(str(Path(self.env.srcdir) / "data" / name))
        self.set_source_info(node)
        return [node]


def header_data(source: str) -> str:
    """Return the option ``:data:`` of the ``{chapter-header}`` in the source of a page."""
    header = re.search(r"\{chapter-header\}.*?\n(.*?)\n(?:`{3,}|:{3,})", source, flags=re.DOTALL)
    option = re.search(r"^:data:(.*)$", header[1], flags=re.MULTILINE) if header else None
    return option[1] if option else ""


class MoveToFoot(SphinxTransform):
    """Wrap the box in a section at the end of the page, so that it is in the page's contents."""

    default_priority = 400

    def apply(self, **kwargs: Any) -> None:
        """Move every box of the document to the end of its top section."""
        for node in list(self.document.findall(cite_box)):
            node.parent.remove(node)
            top = next(iter(self.document.findall(nodes.section)), self.document)
            book = self.env.docname == self.config.root_doc
            title = "Cite this book" if book else "Cite this chapter"
            anchor = nodes.make_id(title)
            section = nodes.section("", nodes.title("", title), node, ids=[anchor], names=[anchor])
            section["classes"].append("cite-this")
            top.append(section)


def fill_boxes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholders of a page by the finished box, and write the files to download."""
    for node in list(doctree.findall(cite_box)):
        edition = edition_of(app)
        source = page_source(app, docname)
        cited = page_citation(app, docname, f"{edition.commit}; {source.swhid}")
        stem = PurePosixPath(docname).name
        files = [file_node(f"{DOWNLOADS}/{stem}.{s}", text) for s, text in cited.files().items()]
        box = _box(app, docname, doctree, cited, edition, source, node["data"])
        node.replace_self([nodes.raw("", box, format="html"), *files])


def _box(
    app: Sphinx,
    docname: str,
    doctree: nodes.document,
    cited: Citation,
    edition: Edition,
    source: FileIdentity,
    data: list[str],
) -> str:
    """HTML of the box; selectable text throughout, no script needed."""
    stem = PurePosixPath(docname).name
    html = [f'<div class="cite-box">\n<p class="cite-text">{_linked(cited)}</p>']
    for suffix, text in cited.files().items():
        href = address(docname, f"{DOWNLOADS}/{stem}.{suffix}")
        html.append(
            f'<details class="cite-format"><summary>{FORMATS[suffix]}</summary>\n'
            '<div class="highlight-text notranslate"><div class="highlight">'
            f'<pre tabindex="0">{escape(text)}</pre></div></div>\n'
            f'<p><a href="{href}" download>Download {stem}.{suffix}</a></p></details>'
        )
    up = "../" * docname.count("/")
    rows = [
        ("Version", escape(f"{edition.review.version}, {cited.date or 'date unknown'}")),
        ("Commit", escape(edition.commit.removeprefix("commit "))),
        *([("Revision", _code(edition.revision))] if edition.revision else []),
        ("Source", f"<code>{escape(source.path)}</code> {_code(source.swhid)}"),
    ]
    for name in data:
        path = Path(app.srcdir) / "data" / name
        if not path.is_file():
            LOGGER.warning("chapter-header names data/%s, which is absent", name, location=docname)
            continue
        swhid = identify(Path(app.srcdir), f"data/{name}").swhid
        link = f'<a href="{up}data/{escape(name)}" download><code>data/{escape(name)}</code></a>'
        rows.append(("Data", f"{link} {_code(swhid)}"))
    notebook = executed(app, docname)
    if notebook is not None:
        none = "none: its cells compute numbers that stand in the text"
        found = f"SHA-256 {_code(outputs_hash(notebook))}" if has_outputs(notebook) else none
        rows.append(("Outputs", found))
    html.append('<dl class="cite-identifiers">')
    html += [f"<div><dt>{term}</dt><dd>{value}</dd></div>" for term, value in rows]
    html.append("</dl>")
    parts = list(anchors(app, docname, doctree))
    if parts:
        html.append(
            '<details class="cite-parts"><summary>Cite a figure or table of this page</summary><ul>'
        )
        for label, anchor, caption in parts:
            url = edition.url(docname, anchor)
            html.append(
                f'<li><a href="#{escape(anchor)}">{escape(label)}</a>. {escape(caption)}<br>'
                f"{_code(url)}</li>"
            )
        html.append("</ul></details>")
    html.append("</div>")
    return "\n".join(html)


def _linked(cited: Citation) -> str:
    """Return the text of a citation with its address as a link."""
    url = escape(cited.url)
    return escape(cited.text()).replace(url, f'<a href="{url}">{url}</a>', 1)


def _code(text: str) -> str:
    """Return `text` as code that may break anywhere on a narrow screen."""
    return f'<code class="cite-id">{escape(text)}</code>'


def carry_files(app: Sphinx, exception: Exception | None) -> None:
    """Put data, citation files and redirects beside the pages, and run times beside the site."""
    if exception is not None or app.builder.format != "html":
        return
    export_files(Path(app.srcdir), Path(app.outdir), edition_of(app))
    rows = [
        f"{page},{seconds:.2f}\n"
        for page, data in sorted(getattr(app.env, "nb_metadata", {}).items())
        if (seconds := data.get("exec_data", {}).get("runtime")) is not None
    ]
    log = Path(app.outdir).parent / RUN_TIMES
    log.write_text("".join(["page,seconds\n", *rows]), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, its transform, and the metadata in the head of each page."""
    app.add_node(cite_box)
    app.add_directive("cite-this-chapter", CiteThisChapter)
    app.add_transform(MoveToFoot)
    app.connect("doctree-resolved", fill_boxes)
    app.connect("build-finished", carry_files)
    citation_head.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
