"""What a cell did wrong is said with its page: MyST-NB keeps two things to itself.

It names neither page nor cell when a kernel ends (a program killed for want of memory), and where
a cell writes to standard error it says so without the text.
"""

from __future__ import annotations

import traceback
from typing import Any

from docutils import nodes
from myst_nb.core.execute.base import ExecutionError
from myst_nb.sphinx_ import Parser
from nbclient.exceptions import CellExecutionError, DeadKernelError
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
_DIED = (
    "The kernel ended while it ran the following cell; perhaps the machine has too little memory.\n"
    "------------------\n{source}\n------------------"
)


class ChapterParser(Parser):
    """The parser of MyST-NB; a kernel that ends is an error of the cell that it ran."""

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Parse and execute a page."""
        try:
            super().parse(inputstring, document)
        except DeadKernelError as error:
            frames = [frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__)]
            source = next(f["cell"]["source"] for f in frames if "cell" in f)
            died = CellExecutionError(_DIED.format(source=source), type(error).__name__, str(error))
            raise ExecutionError(self.env.doc2path(self.env.docname)) from died


class ShowStandardError(SphinxTransform):
    """Print what a cell wrote to standard error beside the complaint that it did."""

    default_priority = 700

    def apply(self, **kwargs: Any) -> None:
        """Go through the outputs of the page."""
        for output in self.document.findall(nodes.literal_block):
            if "stderr" in output["classes"]:
                LOGGER.warning("standard error:\n%s", output.astext().rstrip(), location=output)


def setup(app: Sphinx) -> None:
    """Take the place of MyST-NB's parser."""
    app.add_source_parser(ChapterParser, override=True)
    app.add_transform(ShowStandardError)
