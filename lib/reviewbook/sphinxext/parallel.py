"""Read pages side by side: a kernel keeps one core busy, and the other cores would wait."""

from __future__ import annotations

import os
import sys

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# Every reader holds a kernel with numpy, pandas and matplotlib in memory.
MOST = 8

# Extensions that Jupyter Book loads and that do not say whether they allow this. The first numbers
# sections when all pages are read, the second changes one page at a time.
UNDECLARED = ("sphinx_multitoc_numbering", "sphinx_jupyterbook_latex")


def readers() -> int:
    """Return how many pages to read at a time: the cores this process may use, at most eight."""
    # Sphinx forks its readers; where it cannot, or forking is unsafe (macOS), pages come in turn.
    if sys.platform != "linux":
        return 1
    return min(len(os.sched_getaffinity(0)), MOST)


def read_side_by_side(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Let Sphinx read in parallel; Jupyter Book has no option that does."""
    app.parallel = readers()
    for name in UNDECLARED:
        if name in app.extensions:
            app.extensions[name].parallel_read_safe = True


def write_in_turn(app: Sphinx, env: BuildEnvironment) -> None:
    """Let Sphinx write pages one after the other, which is quick."""
    app.parallel = 1


def setup(app: Sphinx) -> None:
    """Connect to the beginning and the end of reading."""
    app.connect("env-before-read-docs", read_side_by_side)
    app.connect("env-updated", write_in_turn)
