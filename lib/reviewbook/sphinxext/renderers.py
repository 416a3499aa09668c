"""Figures and tables of a cell's output, as numbered, described, downloadable page elements.

A cell shows a `BookFigure` or `BookTable`; its MIME bundle holds one JSON payload, and this
plugin of MyST-NB (entry point ``myst_nb.mime_renderers``) turns it into document nodes.
"""

from __future__ import annotations

import re
from base64 import b64decode
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx

from .downloads import address, file_node

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
    ]

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer, data: MimeData, inline: bool
    ) -> list[nodes.Node] | None:
        """Return the nodes of a payload, nothing for its alternatives, None for all else."""
        if inline:
            return None
        output = (data.cell_index, data.output_index)
        seen = renderer.__dict__.setdefault("_reviewbook_outputs", set())
        if data.mime_type == FIGURE:
            seen.add(output)
            return figure_nodes(renderer, data)
        if data.mime_type == TABLE:
            seen.add(output)
            return table_nodes(renderer, data)
        if output in seen and data.mime_type in ALTERNATIVES:
            return []
        return None


def figure_nodes(renderer: NbElementRenderer, data: MimeData) -> list[nodes.Node]:
    """Return a numbered figure: image, caption, words, downloads and the call that made it."""
    payload = _payload(data)
    docname = renderer.renderer.sphinx_env.docname
    figure = nodes.figure(classes=["rb-figure"], names=[payload["name"]])
    figure += _image(payload)
    caption = nodes.caption()
    caption += _markdown(renderer, payload["caption"], data, inline=True)
    figure += caption
    figure += _figure_legend(payload, docname)
    renderer.renderer.document.note_explicit_target(figure, figure)
    return [figure, *_figure_files(payload)]


def _payload(data: MimeData) -> dict[str, Any]:
    content = data.content
    if not isinstance(content, dict):
        raise ValueError(f"{data.mime_type} must hold a JSON object, got {type(content).__name__}")
    return content


def _image(payload: dict[str, Any]) -> nodes.raw:
    """Return the inline SVG, both variants in one image with one text alternative.

    The page shows the wide drawing or the narrow one by its own width; ``role="img"`` makes
    what stands inside presentational, so a screen reader hears the alternative once.
    """
    svg = payload["svg"]
    narrow = svg.get("narrow")
    variants = [("wide", svg["wide"]), *([("narrow", narrow)] if narrow else [])]
    # Hidden, for some readers go into an image all the same.
    drawings = "".join(
        f'<div class="rb-svg-{variant}" aria-hidden="true">{text}</div>'
        for variant, text in variants
    )
    both = " rb-has-narrow" if narrow else ""
    label = escape(payload["alt"], quote=True)
    html = f'<div class="rb-image{both}" role="img" aria-label="{label}">{drawings}</div>'
    return nodes.raw(text=html, format="html")


def _figure_legend(payload: dict[str, Any], docname: str) -> nodes.legend:
    legend = nodes.legend()
    legend += _raw('<details class="rb-words"><summary>This figure in words</summary>')
    for text in (payload["alt"], *payload["description"].split("\n\n")):
        if text.strip():
            legend += nodes.paragraph(text=text.strip())
    legend += _raw("</details>")
    stem = payload["stem"]
    kinds = [(kind.upper(), f"figures/{stem}.{kind}") for kind in ("svg", "png", "csv")]
    legend += _downloads(kinds, docname, what=first_sentence(payload["caption"]))
    if payload.get("call"):
        legend += _raw('<details class="rb-call"><summary>The call that draws it</summary>')
        legend += nodes.literal_block(payload["call"], payload["call"], language="python")
        legend += _raw("</details>")
    return legend


def _figure_files(payload: dict[str, Any]) -> list[nodes.Node]:
    stem = payload["stem"]
    return [
        file_node(f"figures/{stem}.svg", payload["svg"]["file"]),
        file_node(f"figures/{stem}.png", b64decode(payload["png"])),
        file_node(f"figures/{stem}.csv", payload["csv"]),
    ]


def table_nodes(renderer: NbElementRenderer, data: MimeData) -> list[nodes.Node]:
    """Return a numbered table with its notes and its CSV."""
    payload = _payload(data)
    docname = renderer.renderer.sphinx_env.docname
    result = _markdown(renderer, payload["myst"], data, inline=False)
    for node in result:
        for table in node.findall(nodes.table):
            table["classes"].append("rb-table")
            if payload.get("sortable"):
                table["classes"].append("rb-sortable")
    if payload.get("notes"):
        notes = nodes.container(classes=["rb-notes"])
        notes += _markdown(renderer, payload["notes"], data, inline=False)
        result.append(notes)
    path = f"tables/{payload['stem']}.csv"
    result.append(_downloads([("CSV", path)], docname, what=first_sentence(payload["caption"])))
    result.append(file_node(path, payload["csv"]))
    return result


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


def first_sentence(caption: str) -> str:
    """Return the first sentence of a caption without markup: what a download is a download of.

    A full stop inside a number ends no sentence.
    """
    plain = re.sub(r"\{[\w:]+\}|[`*_]", "", caption)
    return re.split(r"\.(?:\s|$)", plain)[0]


def _downloads(kinds: list[tuple[str, str]], docname: str, *, what: str) -> nodes.raw:
    links = " ".join(
        f'<a href="{address(docname, path)}" download>{kind}'
        f'<span class="rb-sr"> of {escape(what)}</span></a>'
        for kind, path in kinds
    )
    return _raw(
        f'<p class="rb-downloads"><span class="rb-download-mark">Download</span> {links}</p>'
    )


def _raw(html: str) -> nodes.raw:
    return nodes.raw(text=html, format="html")


def setup(app: Sphinx) -> None:
    """Nothing to register: MyST-NB finds the plugin by its entry point."""
