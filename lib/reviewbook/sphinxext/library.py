"""The reference of a Python library: pages by topic, a list of all names, and docstrings set right.

``.. library::`` (in ``{eval-rst}``) lists what a page describes, one name a line: a function, a
class or a module. ``{library-pages}`` lists the pages below the page it stands on,
``{library-index}`` every name of them by the alphabet. Both keep the anchors that once stood on one
long page, and a script leads from such an address to where the entry is now.

Docstrings are NumPy's. Two things napoleon and Sphinx would spoil are mended before: options such
as ``{"raw", "log"}`` stay code, and quotes in a description stay as they are typed, so that both
can be pasted into Python.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import reduce
from html import escape
from importlib import import_module
from typing import Any, ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from .terms import letters

FORMERLY = "formerly"
_KINDS = ("class", "function", "exception", "data", "module")
_MEMBERS = ("method", "property", "attribute", "staticmethod", "classmethod")
# A field of a NumPy docstring: names, a colon, a type; and code in the type.
_FIELD = re.compile(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*) : (.+)$")
_OPTIONS = re.compile(r"(?<!`)(\{[^{}`]*\}|\"[^\"`]*\")(?!`)")


class Library(SphinxDirective):
    """Directive ``library``: the entries of a page, each with the label that headers link to."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return what autodoc makes of the names."""
        lines = [line for name in self.content if name.strip() for line in entry(name.strip())]
        holder = nodes.Element()
        source, number = self.get_source_info()
        self.state.nested_parse(StringList(lines, source=f"{source}:{number}"), 0, holder)
        return list(holder.children)


def named(name: str) -> Any:
    """Return the object of a dotted name; an attribute of a package goes before a module of it."""
    first, *rest = name.split(".")
    return reduce(getattr, rest, import_module(first))


def entry(name: str) -> list[str]:
    """Return the reStructuredText that describes `name` with all its members.

    Raises
    ------
    ValueError
        If no such object can be imported.
    """
    try:
        described = named(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"library: expected a name to import, got {name!r} ({error})") from None
    if inspect.ismodule(described):
        return [f".. automodule:: {name}", "   :members:", "   :imported-members:", ""]
    if not inspect.isclass(described):
        return [f".. _{name.lower()}:", "", f".. autofunction:: {name}", ""]
    # Labels know no capitals: of ``blup`` and ``Blup`` the function has it.
    package, _, short = name.rpartition(".")
    taken = inspect.isfunction(getattr(named(package), short.lower(), None))
    label = [] if taken else [f".. _{name.lower()}:", ""]
    return [*label, f".. autoclass:: {name}", "   :members:", ""]


class library_pages(nodes.General, nodes.Element):
    """Placeholder of the list of pages, until all pages are read."""


class library_index(nodes.General, nodes.Element):
    """Placeholder of the list of names."""


class LibraryPages(SphinxDirective):
    """Directive ``{library-pages}``."""

    has_content = True
    placeholder: ClassVar[type[nodes.Element]] = library_pages

    def run(self) -> list[nodes.Node]:
        """Return the placeholder."""
        return [self.placeholder()]


class LibraryIndex(LibraryPages):
    """Directive ``{library-index}``."""

    placeholder = library_index


class FillLists(SphinxPostTransform):
    """Replace both placeholders, once the pages are known."""

    default_priority = 6
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Go through the placeholders of the page."""
        for node in list(self.document.findall(library_pages)):
            node.replace_self(self._pages())
        for node in list(self.document.findall(library_index)):
            node.replace_self(self._index())

    def _below(self) -> list[str]:
        return list(self.env.toctree_includes.get(self.env.docname, ()))

    def _link(self, page: str, anchor: str, text: nodes.Node) -> nodes.reference:
        return make_refnode(self.app.builder, self.env.docname, page, anchor, [text])

    def _moved(self, page: str, anchors: list[str], *, whole: bool = False) -> nodes.raw:
        """Return the anchors of old addresses, each with the page that holds it now."""
        target = self.app.builder.get_relative_uri(self.env.docname, page)
        mode = " data-whole" if whole else ""
        spans = "".join(f'<span id="{escape(anchor)}"></span>' for anchor in anchors)
        html = f'<span class="rb-moved" data-moved="{escape(target)}"{mode}>{spans}</span>'
        return nodes.raw(text=html, format="html")

    def _pages(self) -> nodes.bullet_list:
        result = nodes.bullet_list(classes=["rb-library-pages"])
        for page in self._below():
            about = self.env.metadata[page]
            former = [about[FORMERLY]] if FORMERLY in about else []
            paragraph = nodes.paragraph("", "", self._moved(page, former, whole=True))
            paragraph += self._link(page, "", nodes.Text(self.env.titles[page].astext()))
            if "description" in about:
                paragraph += nodes.Text(f" – {about['description']}")
            result += nodes.list_item("", paragraph)
        return result

    def _index(self) -> list[nodes.Node]:
        found = sorted(self._names(), key=lambda one: (one[0].casefold(), one[1]))
        places = ((name, f"name-{full}") for name, full, _, _ in found)
        result: list[nodes.Node] = [letters(places, "Names by first letter")]
        items = nodes.bullet_list(classes=["rb-library-names"])
        for name, full, page, anchors in found:
            text = self._link(page, anchors[0], nodes.literal(name, name))
            text["ids"] = [f"name-{full}"]
            paragraph = nodes.paragraph("", "", self._moved(page, anchors), text)
            within = full.removesuffix(f".{name}")
            paragraph += nodes.inline(within, f" {within}", classes=["rb-library-module"])
            summary = first_sentence(full)
            if summary:
                paragraph += nodes.Text(f" – {summary}")
            items += nodes.list_item("", paragraph)
        result.append(items)
        return result

    def _names(self) -> Iterator[tuple[str, str, str, list[str]]]:
        """Yield short and full name, page and anchors, its own first, of all on the pages below."""
        pages = set(self._below())
        objects = list(self.env.get_domain("py").get_objects())
        labels = self.env.get_domain("std").data["anonlabels"]
        functions = {full for full, _, kind, *_ in objects if kind == "function"}
        for full, _, kind, page, anchor, priority in objects:
            # Negative: the name of the private module in which it happens to be written.
            if page not in pages or kind not in _KINDS or priority < 0:
                continue
            # As in `entry`: of ``blup`` and ``Blup`` the function has it.
            own = full in functions or full.lower() not in functions
            label = labels.get(full.lower(), ("", ""))[1] if own else ""
            members = [
                a for n, _, k, p, a, _ in objects
                if k in _MEMBERS and p == page and n.rpartition(".")[0] == full
            ]  # fmt: skip
            yield full.rpartition(".")[2], full, page, [anchor, *filter(None, (label, *members))]


def first_sentence(name: str) -> str:
    """Return the first sentence of the docstring of what is called `name`, without markup."""
    first = (inspect.getdoc(named(name)) or "").split("\n\n")[0]
    plain = re.sub(r":\w+:`~?(?:\w+\.)*([^`]+)`|`+([^`]*)`+", r"\1\2", " ".join(first.split()))
    return re.split(r"(?<=[.;:]) ", plain)[0].rstrip(".;:")


def keep_code(
    app: Sphinx, what: str, name: str, subject: object, options: Any, lines: list[str]
) -> None:
    """Set options and quoted words in the types of a NumPy docstring as code, in place."""
    for number, line in enumerate(lines):
        field = _FIELD.match(line)
        if field:
            kind = _OPTIONS.sub(r"``\1``", field[2])
            lines[number] = f"{field[1]} : {kind}"


class KeepQuotes(SphinxTransform):
    """Leave the quotes of descriptions straight: what stands in them may be code."""

    # Before Sphinx curls quotes and joins dashes, at 750.
    default_priority = 740

    def apply(self, **kwargs: Any) -> None:
        """Go through the texts of all descriptions on the page."""
        for description in self.document.findall(addnodes.desc):
            for text in list(description.findall(nodes.Text)):
                parent = text.parent
                if not isinstance(parent, (nodes.literal, nodes.FixedTextElement)):
                    parent["support_smartquotes"] = False
                    # What napoleon writes between a name and its description.
                    parent.replace(text, nodes.Text(text.replace(" -- ", " – ")))


def add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load the script that follows old addresses on the page that has them."""
    if 'class="rb-moved"' in context.get("body", ""):
        app.add_js_file("moved.js", defer="defer")


def setup(app: Sphinx) -> None:
    """Register directives, lists and repairs."""
    for node in (library_pages, library_index):
        app.add_node(node)
    app.add_directive("library", Library)
    app.add_directive("library-pages", LibraryPages)
    app.add_directive("library-index", LibraryIndex)
    app.add_post_transform(FillLists)
    app.add_transform(KeepQuotes)
    if "sphinx.ext.autodoc" in app.extensions:
        # Before napoleon, which listens at the usual place.
        app.connect("autodoc-process-docstring", keep_code, priority=400)
    app.connect("html-page-context", add_script)
