"""Tell the process that follows a build which page has been read."""

from __future__ import annotations

import os
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from reviewbook.site.progress import VARIABLE


def tell(app: Sphinx, doctree: nodes.document) -> None:
    """Append the name of the page to the file that is followed; one write, for many may write."""
    log = os.environ.get(VARIABLE)
    if log:
        with Path(log).open("ab", buffering=0) as file:
            file.write(f"{app.env.docname}\n".encode())


def setup(app: Sphinx) -> None:
    """Tell of each page, from whichever process reads it."""
    app.connect("doctree-read", tell)
