"""The numbers of a phrase as nodes of the page, each with its origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes

from reviewbook.words.marked import parts

if TYPE_CHECKING:
    from myst_nb.core.render import MimeData


class number(nodes.inline):
    """A number of the text: its `origin`, and whether it is the first of its kind on the page."""


def phrase_nodes(data: MimeData) -> list[nodes.Node]:
    """Return a phrase as inline nodes, its numbers with their origins."""
    payload = data.content
    holder = nodes.inline("", "", classes=["output", "text_plain"])
    for name, text in parts(payload["text"]):
        if name:
            holder += number("", text, origin=payload["numbers"][name])
        else:
            holder += nodes.Text(text)
    return [holder]


def origins_of(doctree: nodes.document) -> dict[str, dict[str, Any]]:
    """Return the origin of each number of a page by its identifier, in the order of the text."""
    found: dict[str, dict[str, Any]] = {}
    for node in doctree.findall(number):
        found.setdefault(node["origin"]["id"], node["origin"])
    return found
