"""Definitions where the terms are used: links to the glossary carry the text of the entry.

The link works as ever; the page's script shows the definition on hover and on focus.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

_TERM = re.compile(
    r'<a class="(reference internal)" (href="[^"#]*#(term-[^"]+)")([^>]*)>'
    r'(?=<span class="xref std std-term)'
)


def keep_definitions(app: Sphinx, env: BuildEnvironment) -> None:
    """Keep the text of every glossary entry by its anchor, once all pages are read."""
    objects = env.get_domain("std").objects
    pages = {page for (kind, _), (page, _) in objects.items() if kind == "term"}
    app._reviewbook_definitions = {
        anchor: " ".join(" ".join(part.astext() for part in parts).split())
        for page in sorted(pages)
        for item in env.get_doctree(page).findall(nodes.definition_list_item)
        if (parts := list(item.findall(nodes.definition)))
        for term in item.findall(nodes.term)
        for anchor in term["ids"]
    }


def annotate(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Add its definition to every link to a term."""

    def add(match: re.Match[str]) -> str:
        text = app._reviewbook_definitions.get(match[3])
        if text is None:
            return match[0]
        attribute = f'data-definition="{escape(text, quote=True)}"'
        return f'<a class="{match[1]} rb-term" {match[2]}{match[4]} {attribute}>'

    if "body" in context:
        context["body"] = _TERM.sub(add, context["body"])


def setup(app: Sphinx) -> None:
    """Connect keeping and annotating."""
    app.connect("env-updated", keep_definitions)
    app.connect("html-page-context", annotate, priority=810)
