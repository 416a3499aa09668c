"""Roles and marks: the verdict on a printed value and the status of an extracted one.

The same chip stands wherever a verdict stands: written as ``{verdict}`` role, printed by a cell
through ``{eval}``, or in a table. Colour repeats what symbol and word already say.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from reviewbook.words import VERDICTS

STATUSES = {"reported": "●", "derived": "◐", "secondary": "○"}


def chip_text(verdict: str) -> str:
    """Return symbol and word of `verdict`, as in ``✓ reproduced``.

    Raises
    ------
    ValueError
        If `verdict` is not one of the four.
    """
    if verdict not in VERDICTS:
        raise ValueError(f"verdict must be one of {', '.join(VERDICTS)}, got {verdict!r}")
    return f"{VERDICTS[verdict]} {verdict}"


def verdict_chip(verdict: str) -> nodes.inline:
    """Return the chip of `verdict`."""
    text = chip_text(verdict)
    return nodes.inline(text, text, classes=_chip_classes(verdict))


def status_mark(status: str) -> nodes.inline:
    """Return mark and word of `status`: reported, derived or secondary."""
    if status not in STATUSES:
        raise ValueError(f"status must be one of {', '.join(STATUSES)}, got {status!r}")
    text = f"{STATUSES[status]} {status}"
    return nodes.inline(text, text, classes=["rb-status", f"rb-status-{status}"])


def _chip_classes(verdict: str) -> list[str]:
    return ["rb-verdict", f"rb-verdict-{verdict.replace(' ', '-')}"]


def _role(make: Any) -> Any:
    def role(
        name: str,
        rawtext: str,
        text: str,
        lineno: int,
        inliner: Inliner,
        options: dict[str, Any] | None = None,
        content: list[str] | None = None,
    ) -> tuple[list[nodes.Node], list[nodes.Node]]:
        try:
            return [make(text.strip())], []
        except ValueError as error:
            message = inliner.reporter.error(f"{{{name}}}: {error}", line=lineno)
            return [inliner.problematic(rawtext, rawtext, message)], [message]

    return role


class ChipsOfEvaluatedText(SphinxTransform):
    """Give a verdict that a cell printed the same chip as a written one."""

    default_priority = 700

    def apply(self, **kwargs: Any) -> None:
        """Mark inline outputs and table cells whose whole text is a verdict."""
        by_text = {chip_text(verdict): verdict for verdict in VERDICTS}
        for text in list(self.document.findall(nodes.Text)):
            verdict = by_text.get(text.astext().strip())
            parent = text.parent
            if verdict is None or "rb-verdict" in parent.get("classes", []):
                continue
            if len(parent.children) == 1 and isinstance(parent, nodes.inline | nodes.paragraph):
                parent.replace(text, verdict_chip(verdict))


def setup(app: Sphinx) -> None:
    """Register the roles."""
    app.add_role("verdict", _role(verdict_chip))
    app.add_role("status", _role(status_mark))
    app.add_transform(ChipsOfEvaluatedText)
