"""*Report an error in this row*: a link in each row of a table that is about one cohort.

A table says the key of each row (``BookTable.row_keys``). Where the book has a repository with
issues, the head of the row gets a link to a new issue in which key, table and edition stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from .actions import row_issue

LOGGER = logging.getLogger(__name__)


class row_report(nodes.Inline, nodes.Element):
    """Placeholder of the link in a row: `key` of the row, name of its `table`, later `href`."""


def mark_rows(rows: Sequence[nodes.row], name: str, keys: Sequence[str]) -> None:
    """Place the placeholder in the head of each of the rows of table `name`."""
    if len(rows) != len(keys):
        LOGGER.warning("table %s has %d rows and %d keys of rows", name, len(rows), len(keys))
        return
    for row, key in zip(rows, keys, strict=True):
        first = next(iter(row[0].findall(nodes.paragraph)), None)
        if first is not None and key:
            first += row_report(key=key, table=name)


class ResolveRowReports(SphinxPostTransform):
    """Give each placeholder its address, or take it away where errors cannot be reported."""

    # Before columns are looked at, so that a book without a repository is as without placeholders.
    default_priority = 200

    def run(self, **kwargs: Any) -> None:
        """Go through the placeholders of the page."""
        for node in list(self.document.findall(row_report)):
            address = row_issue(self.app, self.env.docname, node["table"], node["key"])
            if address:
                node["href"] = address
            else:
                node.parent.remove(node)


def write_link(translator: HTML5Translator, node: row_report) -> None:
    """Write the link; it says which row it is of to who does not see the row."""
    words = f"Report an error in this row ({node['key']})"
    translator.body.append(
        f' <a class="rb-report" href="{escape(node["href"], quote=True)}" '
        f'title="{escape(words, quote=True)}"><span aria-hidden="true">⚑</span>'
        f'<span class="rb-sr">{escape(words)}</span></a>'
    )
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the node and its transform."""
    app.add_node(row_report, html=(write_link, None))
    app.add_post_transform(ResolveRowReports)
