"""Figures and tables of a cell's output, as numbered, described, downloadable page elements.

A cell shows a `BookFigure` or `BookTable`; its MIME bundle holds one JSON payload, and this
plugin of MyST-NB (entry point ``myst_nb.mime_renderers``) turns it into document nodes.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable
from html import escape
from itertools import starmap
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes

from reviewbook.words import MIME as PHRASE

from .corrections import mark_rows
from .downloads import address, download_file, file_node
from .languages import words_of_page
from .number_nodes import phrase_nodes
from .shown import mark_cells, shown_file, way_to
from .stacking import span_rows

if TYPE_CHECKING:
    from myst_nb.core.render import MimeData, NbElementRenderer

FIGURE = "application/vnd.reviewbook.figure+json"
TABLE = "application/vnd.reviewbook.table+json"

# What a figure or table offers to other front ends; on our page it would be drawn twice.
ALTERNATIVES = frozenset({"image/svg+xml", "text/markdown", "text/plain", "text/html"})


class ReviewbookRenderer:
    """MyST-NB plugin for the two payloads of reviewbook."""

    mime_priority_overrides: ClassVar[list[tuple[str, str, int | None]]] = [
        ("*", FIGURE, 1),
        ("*", TABLE, 1),
        ("*", PHRASE, 1),
    ]

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer, data: MimeData, inline: bool
    ) -> list[nodes.Node] | None:
        """Return the nodes of a payload, nothing for its alternatives, None for all else."""
        if inline:
            return phrase_nodes(data) if data.mime_type == PHRASE else None
        output = (data.cell_index, data.output_index)
        seen = renderer.__dict__.setdefault("_reviewbook_outputs", set())
        if data.mime_type in (FIGURE, TABLE):
            seen.add(output)
            make = figure_nodes if data.mime_type == FIGURE else table_nodes
            return make(renderer, data)
        if output in seen and data.mime_type in ALTERNATIVES:
            return []
        return None


def figure_nodes(renderer: NbElementRenderer, data: MimeData) -> list[nodes.Node]:
    """Return a numbered figure: image, caption, words, downloads and the call that made it."""
    payload = data.content
    caption = nodes.caption("", "", *_markdown(renderer, payload["caption"], data, inline=True))
    kinds: dict[str, str | bytes] = {"svg": payload["svg"]["file"]}
    kinds |= {kind: b64decode(payload[kind]) for kind in ("pdf", "png")}
    kinds["csv"] = payload["csv"]
    files = {f"figures/{payload['stem']}.{kind}": text for kind, text in kinds.items()}
    furniture = _furniture(renderer)
    words = _words(payload, furniture["This figure in words"])
    legend = nodes.legend("", *words, _downloads(renderer, files, payload))
    if payload.get("call"):
        call = furniture["The call that draws it"]
        legend += _raw(f'<details class="rb-call"><summary>{call}</summary>')
        legend += nodes.literal_block(payload["call"], payload["call"], language="python")
        legend += _raw("</details>")
    figure = nodes.figure("", _image(payload), caption, legend, classes=["rb-figure"])
    figure["names"].append(payload["name"])
    renderer.renderer.document.note_explicit_target(figure, figure)
    return [figure, *starmap(file_node, files.items()), *_told(renderer, payload, data)]


def _image(payload: dict[str, Any]) -> nodes.raw:
    """Return the inline SVG, both variants in one image with one text alternative.

    The page shows the wide drawing or the narrow one by its own width; ``role="img"`` makes
    what stands inside presentational, so a screen reader hears the alternative once.
    """
    svg = payload["svg"]
    # Hidden, for some readers go into an image all the same.
    drawings = "".join(
        f'<div class="rb-svg-{variant}" aria-hidden="true">{svg[variant]}</div>'
        for variant in ("wide", "narrow")
        if svg.get(variant)
    )
    both = " rb-has-narrow" if svg.get("narrow") else ""
    label = escape(payload["alt"], quote=True)
    html = f'<div class="rb-image{both}" role="img" aria-label="{label}">{drawings}</div>'
    return _raw(html)


def _words(payload: dict[str, Any], heading: str) -> list[nodes.Node]:
    """Return alternative and description, folded below a heading."""
    texts = (payload["alt"], *payload["description"].split("\n\n"))
    return [
        _raw(f'<details class="rb-words"><summary>{heading}</summary>'),
        *(nodes.paragraph(text=text.strip()) for text in texts if text.strip()),
        _raw("</details>"),
    ]


def table_nodes(renderer: NbElementRenderer, data: MimeData) -> list[nodes.Node]:
    """Return a numbered table with its notes and its CSV."""
    payload = data.content
    result = _markdown(renderer, payload["myst"], data, inline=False)
    for node in result:
        for table in node.findall(nodes.table):
            table["classes"] += ["rb-table", f"rb-{payload.get('kind', 'records')}"]
            rows = span_rows(table, payload.get("row_kinds", ()))
            for row in rows:
                for i in payload.get("folded_columns", ()):
                    row[i]["classes"].append("rb-folded-cell")
            if payload.get("told"):
                mark_cells(rows, payload["told"])
            if payload.get("row_keys"):
                mark_rows(rows, payload["name"], payload["row_keys"])
            if payload.get("wide"):
                table["classes"].append("rb-wide-table")
            if payload.get("sortable"):
                table["classes"].append("rb-sortable")
    if payload.get("notes"):
        notes = _markdown(renderer, payload["notes"], data, inline=False)
        result.append(nodes.container("", *notes, classes=["rb-notes"]))
    if payload.get("folded"):
        show = _furniture(renderer)["Show the table"]
        opening = f'<details class="rb-words rb-folded"><summary>{show}</summary>'
        result = [_raw(opening), *result, _raw("</details>")]
    files = {f"tables/{payload['stem']}.csv": payload["csv"]}
    # Of a table without rows the file stays where somebody may have linked it, and is not offered.
    offered = [] if payload.get("empty") else [_downloads(renderer, files, payload)]
    return [
        *result,
        *offered,
        *starmap(file_node, files.items()),
        *_told(renderer, payload, data),
    ]


def _told(
    renderer: NbElementRenderer, payload: dict[str, Any], data: MimeData
) -> list[download_file]:
    """Return what tells the numbers of a figure or table, for the page beside this one."""
    docname = renderer.renderer.sphinx_env.docname
    title = first_sentence(payload["caption"])
    return shown_file(docname, payload, title, (data.cell_index or 0, data.output_index or 0))


def _markdown(
    renderer: NbElementRenderer, text: str, data: MimeData, *, inline: bool
) -> list[nodes.Node]:
    """Return the nodes of MyST text, parsed with the book's own settings."""
    holder = nodes.Element()
    with renderer.renderer.current_node_context(holder):
        renderer.renderer.nested_render_text(text, data.line or 0, inline=inline)
    children = holder.children
    if inline and len(children) == 1 and isinstance(children[0], nodes.paragraph):
        children = children[0].children
    return list(children)


_MARKUP = re.compile(r"\\([!-/:-@\[-`{-~])|\{[\w:]+\}|[`*_]")
"""A character that is escaped, the name of a role, and marks of emphasis and code."""


def first_sentence(caption: str) -> str:
    """Return the first sentence of a caption without markup: what a download is a download of.

    A full stop inside a number ends no sentence; a Chinese one always does.
    """
    plain = _MARKUP.sub(lambda found: found[1] or "", caption)
    return re.split(r"\.(?:\s|$)|。", plain)[0]


def _downloads(
    renderer: NbElementRenderer, files: Iterable[str], payload: dict[str, Any]
) -> nodes.raw:
    """Return links to the files of a figure or table, named by their kind."""
    docname, furniture = renderer.renderer.sphinx_env.docname, _furniture(renderer)
    # What stands after the kind is for screen readers: " of" and the caption's first sentence.
    of_what = furniture["{} of {}"].format("", escape(first_sentence(payload["caption"])))
    links = " ".join(
        f'<a href="{address(docname, path)}" download>{path.rpartition(".")[2].upper()}'
        f'<span class="rb-sr">{of_what}</span></a>'
        for path in files
    )
    mark = f'<span class="rb-download-mark">{furniture["Download"]}</span>'
    way = way_to(docname, payload, furniture["Where its numbers come from"], of_what)
    return _raw(f'<p class="rb-downloads">{mark} {links} {way}</p>')


def _furniture(renderer: NbElementRenderer) -> dict[str, str]:
    """Return the words of the furniture of the page, by the English ones."""
    return words_of_page(renderer.renderer.sphinx_env.docname)


def _raw(html: str) -> nodes.raw:
    return nodes.raw(text=html, format="html")
