"""Definitions where the terms are used, and the letters above a glossary.

Links to the glossary carry the text of the entry. The link works as ever; a script shows the
definition on hover, on focus and on a tap.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from html import escape
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform

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


def letters(items: Iterable[tuple[str, str]], label: str) -> nodes.raw:
    """Return links to the first item of each letter; `items` are names and anchors in order."""
    first: dict[str, str] = {}
    for name, anchor in items:
        letter = unicodedata.normalize("NFKD", name.strip())[:1]
        # A capital tau would look like a T.
        first.setdefault(letter.upper() if letter.isascii() else letter, anchor)
    links = "".join(
        f'<a href="#{escape(anchor, quote=True)}">{escape(letter)}</a>'
        for letter, anchor in first.items()
    )
    html = f'<nav class="rb-letters" aria-label="{escape(label, quote=True)}">{links}</nav>'
    return nodes.raw(text=html, format="html")


class LettersOfGlossary(SphinxPostTransform):
    """Put the letters with which terms begin above a glossary."""

    default_priority = 207
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Go through the glossaries of the page."""
        for glossary in list(self.document.findall(addnodes.glossary)):
            terms = [
                (term.astext(), term["ids"][0])
                for term in glossary.findall(nodes.term)
                if term["ids"]
            ]
            at = glossary.parent.index(glossary)
            glossary.parent.insert(at, letters(terms, "Terms by first letter"))


def add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load the script on pages that use terms, and on no other."""
    if 'data-definition="' in context.get("body", ""):
        app.add_js_file("terms.js", defer="defer")


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
    """Connect keeping, annotating and what they need."""
    app.add_post_transform(LettersOfGlossary)
    app.connect("env-updated", keep_definitions)
    app.connect("html-page-context", annotate, priority=810)
    app.connect("html-page-context", add_script, priority=820)
