"""Definitions where the terms are used: links to the glossary carry the text of the entry.

The link works as ever; the page's script shows the definition on hover and on focus.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

_TERM = re.compile(
    r'<a class="(reference internal)" (href="[^"#]*#(term-[^"]+)")([^>]*)>'
    r'(?=<span class="xref std std-term)'
)


def definitions(env: BuildEnvironment) -> dict[str, dict[str, str]]:
    """Return anchor and text of every glossary entry, by page."""
    if not hasattr(env, "reviewbook_terms"):
        env.reviewbook_terms = {}
    return env.reviewbook_terms


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Keep the definitions of a page's glossaries."""
    found = {}
    for glossary in doctree.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            text = " ".join(
                " ".join(part.astext().split()) for part in item.findall(nodes.definition)
            )
            for term in item.findall(nodes.term):
                found.update(dict.fromkeys(term["ids"], text))
    definitions(app.env)[app.env.docname] = found


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget the definitions of a page that is read again."""
    definitions(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    """Take over what a parallel reader found."""
    definitions(env).update(definitions(other))


def annotate(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Add its definition to every link to a term."""
    known = {
        anchor: text for page in definitions(app.env).values() for anchor, text in page.items()
    }

    def add(match: re.Match[str]) -> str:
        text = known.get(match[3])
        if text is None:
            return match[0]
        attribute = f'data-definition="{escape(text, quote=True)}"'
        return f'<a class="{match[1]} rb-term" {match[2]}{match[4]} {attribute}>'

    if "body" in context:
        context["body"] = _TERM.sub(add, context["body"])


def setup(app: Sphinx) -> None:
    """Connect collecting and annotating."""
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("html-page-context", annotate, priority=810)
