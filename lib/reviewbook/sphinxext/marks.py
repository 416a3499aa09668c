"""Roles and marks: the verdict on a printed value and the status of an extracted one.

The same chip stands wherever a verdict stands: written as ``{verdict}`` role, printed by a cell
through ``{eval}``, or in a table. Colour repeats what symbol and word already say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxRole

from reviewbook import words
from reviewbook.review.rules import STATUSES

_SYMBOLS = dict(zip(STATUSES, "●◐○", strict=True))


def verdict_chip(verdict: str) -> nodes.inline:
    """Return symbol and word of `verdict`, as in ``✓ reproduced``.

    Raises
    ------
    ValueError
        If `verdict` is not one of the four.
    """
    text = words.verdict(verdict)
    return nodes.inline(text, text, classes=["rb-verdict", f"rb-verdict-{nodes.make_id(verdict)}"])


def status_mark(status: str) -> nodes.inline:
    """Return mark and word of `status`: reported, derived or secondary."""
    if status not in _SYMBOLS:
        raise ValueError(f"status must be one of {', '.join(STATUSES)}, got {status!r}")
    text = f"{_SYMBOLS[status]} {status}"
    return nodes.inline(text, text, classes=["rb-status", f"rb-status-{status}"])


class Mark(SphinxRole):
    """Role whose text `make` turns into a node; text that it refuses is an error of the page."""

    def __init__(self, make: Callable[[str], nodes.Node]) -> None:
        self.make = make

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the node, or the problem in its place."""
        try:
            return [self.make(self.text.strip())], []
        except ValueError as error:
            message = self.inliner.reporter.error(f"{{{self.name}}}: {error}", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]


class ChipsOfEvaluatedText(SphinxTransform):
    """Give a verdict that a cell printed the same chip as a written one."""

    default_priority = 700

    def apply(self, **kwargs: Any) -> None:
        """Mark inline outputs and table cells whose whole text is a verdict."""
        by_text = {str(words.verdict(verdict)): verdict for verdict in words.VERDICTS}
        for text in list(self.document.findall(nodes.Text)):
            verdict = by_text.get(text.astext().strip())
            parent = text.parent
            if verdict is None or "rb-verdict" in parent.get("classes", []):
                continue
            if len(parent.children) == 1 and isinstance(parent, nodes.inline | nodes.paragraph):
                parent.replace(text, verdict_chip(verdict))


def setup(app: Sphinx) -> None:
    """Register the roles."""
    app.add_role("verdict", Mark(verdict_chip))
    app.add_role("status", Mark(status_mark))
    app.add_transform(ChipsOfEvaluatedText)
