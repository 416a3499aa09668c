"""What is computed once for all processes of a build is kept beside what pages showed."""

from __future__ import annotations

import os
from pathlib import Path

from sphinx.application import Sphinx

from reviewbook.words.computed import FOLDER, VARIABLE, name_folder, sweep


def setup(app: Sphinx) -> None:
    """Name the folder, unless one is named, until the build has ended."""
    own = str(Path(app.srcdir) / FOLDER)
    sweep(Path(name_folder(Path(app.srcdir))))

    def give_back(app: Sphinx, error: Exception | None) -> None:
        if os.environ.get(VARIABLE) == own:
            del os.environ[VARIABLE]

    app.connect("build-finished", give_back, priority=950)
