"""The numbers of the prose are kept with the executed notebook, so that its download shows them.

MyST-NB evaluates ``{eval}`sentences.primary``` for the page only; in the notebook that it leaves
the text still holds the role. This keeps, in order, what each evaluation gave.
"""

from __future__ import annotations

from docutils import nodes
from myst_nb.ext.eval import EvalRoleAny
from sphinx.application import Sphinx

KEPT = "reviewbook_evaluated"
"""Name in the metadata of the notebook: a list of (expression, text)."""


class KeptEvaluation(EvalRoleAny):
    """The role of MyST-NB, which keeps the text of its result."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return what MyST-NB makes of the expression."""
        result, messages = super().run()
        text = "".join(node.astext() for node in result)
        renderer = self.document.get("nb_renderer")
        if renderer is not None:
            notebook = renderer.renderer.nb_client.notebook
            notebook.metadata.setdefault(KEPT, []).append([self.text, text])
        return result, messages


def setup(app: Sphinx) -> None:
    """Take the place of the role."""
    app.add_role("eval", KeptEvaluation(), override=True)
