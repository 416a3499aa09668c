"""What a chapter says of itself: what it mirrors, from which data, by which code, what verdict.

It is written below the title and read at the foot, above the citation: a page opens with what was
found.

.. code-block:: md

   :::{chapter-header}
   :mirrors: Results, complete remission
   :data: outcomes.csv cohorts.csv
   :library: metaprop.pool_glmm metaprop.pool
   :topic: complete_remission
   :::
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from reviewbook.sphinxext.languages import english, words_of_page
from reviewbook.sphinxext.marks import verdict_chip

if TYPE_CHECKING:
    from reviewbook.book import Book

from .page import edition_of

DATA_PAGE = "chapters/data-dictionary"
LIBRARY_PAGE = "chapters/library-reference"
# Where the page that is being read keeps the names of its data files, for the citation box.
HEADER_DATA = "reviewbook_header_data"


class optional_link(nodes.Inline, nodes.TextElement):
    """Text that becomes a link to label `target`, to page `page` without it, or stays text."""


class edition_name(nodes.Inline, nodes.TextElement):
    """Placeholder of version, date and commit until the page is written: nothing read tells it."""


def _judgements(book: Book, topic: str) -> list[tuple[str, list[nodes.Node]]]:
    """Return the verdict on the proportion of a topic, or what was found on its directions."""
    judged = [book.judged(claim.id) for claim in book.review.claims if claim.topic == topic]
    for one in judged:
        if one.proportion is not None:
            return [("Verdict", [verdict_chip(one.verdict)])]
    found = [one.direction for one in judged if one.direction is not None]
    if not found:
        return []
    toward, compared = (sum(getattr(one, n) for one in found) for n in ("toward", "compared"))
    points = f"{toward} of {compared} comparisons point as claimed" if compared else "no comparison"
    identified = "an effect is" if any(one.identified for one in found) else "no effect is"
    return [("Found", [nodes.Text(f"{points}; {identified} identified")])]


def words_of(argument: str) -> list[str]:
    """Return the space-separated names of a directive option."""
    return directives.unchanged_required(argument).replace(",", " ").split()


class ChapterHeader(SphinxDirective):
    """Directive ``{chapter-header}``; see the module."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "mirrors": directives.unchanged_required,
        "data": words_of,
        "library": words_of,
        "topic": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Return the box."""
        rows: list[tuple[str, list[nodes.Node]]] = []
        if "mirrors" in self.options:
            doi = edition_of(self.env.app).review.examined.doi
            rows.append(("Mirrors", self._mirrors(doi)))
        if "topic" in self.options:
            from reviewbook.book import open_book

            rows += _judgements(open_book(self.env.srcdir), self.options["topic"])
        if self.options.get("data"):
            self.env.temp_data[HEADER_DATA] = self.options["data"]
            rows.append(("Data", _links(self.options["data"], DATA_PAGE, data_label)))
        if self.options.get("library"):
            rows.append(("Code", _links(self.options["library"], LIBRARY_PAGE, str.lower)))
        rows.append(("Edition", [edition_name()]))
        said = words_of_page(self.env.docname)
        items = [_row(said[term], content) for term, content in rows]
        terms = nodes.definition_list("", *items, classes=["rb-header-list"])
        return [nodes.container("", terms, classes=["rb-header"])]

    def _mirrors(self, doi: str) -> list[nodes.Node]:
        text, said = self.options["mirrors"], words_of_page(self.env.docname)
        # A chapter that mirrors nothing says so and needs no way to the article.
        if text.split(";")[0].strip().lower() == "none":
            rest = text.partition(";")[2].strip()
            return [nodes.Text(said["no section of the article"] + (f"; {rest}" if rest else ""))]
        link = nodes.reference("", f"doi:{doi}", refuri=f"https://doi.org/{doi}", internal=False)
        seen = text.split(",")[0].strip() in ("Abstract", said["Abstract"])
        presumed = "" if seen else said[" (presumed: only its abstract was read)"]
        place = said["{}, in the article"].format(text) + presumed + said[", "]
        return [nodes.Text(place), link]


def data_label(name: str) -> str:
    """Return the anchor of table `name` in the data dictionary: ``data-outcomes-csv``."""
    return "data-" + re.sub("[._]", "-", name.lower())


def _links(names: list[str], page: str, label: Any) -> list[nodes.Node]:
    result: list[nodes.Node] = []
    for name in names:
        text = nodes.literal(name, name)
        result += [nodes.Text(" · "), optional_link("", "", text, target=label(name), page=page)]
    return result[1:]


def _row(term: str, content: list[nodes.Node]) -> nodes.definition_list_item:
    definition = nodes.definition("", nodes.paragraph("", "", *content))
    return nodes.definition_list_item("", nodes.term(term, term), definition)


class HeaderToFoot(SphinxTransform):
    """Move the box of the page to the end of its top section."""

    # Before the citation, which goes to the end after it.
    default_priority = 395

    def apply(self, **kwargs: Any) -> None:
        """Move it, if there is one."""
        for node in list(self.document.findall(nodes.container)):
            if "rb-header" in node["classes"]:
                node.parent.remove(node)
                next(iter(self.document.findall(nodes.section)), self.document).append(node)


class ResolveOptionalLinks(SphinxPostTransform):
    """Link what has a place to link to, once all pages are known."""

    # Before Sphinx looks at references, so that nothing of ours is reported as missing.
    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        """Replace each `optional_link` by a reference or by its text."""
        labels = self.env.get_domain("std").data["anonlabels"]
        for node in list(self.document.findall(optional_link)):
            docname, anchor = labels.get(node["target"], (node["page"], ""))[:2]
            here, content = self.env.docname, list(node.children)
            if docname in self.env.all_docs and (anchor or docname != here):
                content = [make_refnode(self.app.builder, here, docname, anchor, content)]
            node.replace_self(content)


class NameEdition(SphinxPostTransform):
    """Say of which version, day and commit the page is."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        """Replace the placeholder by the words."""
        for node in list(self.document.findall(edition_name)):
            edition = edition_of(self.app)
            state = f"version {edition.review.version}, {edition.dated}, {edition.commit}"
            node.replace_self(english(state, self.env.docname))


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_node(optional_link)
    app.add_node(edition_name)
    app.add_directive("chapter-header", ChapterHeader)
    app.add_transform(HeaderToFoot)
    app.add_post_transform(ResolveOptionalLinks)
    app.add_post_transform(NameEdition)
