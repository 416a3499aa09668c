"""How pages are read: side by side, and again when code or evidence has changed.

Sphinx rebuilds a page when its source file changed. A chapter's numbers come from ``lib/`` and
``data/``, so their content counts as part of every chapter's source; a warm build is then right.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sphinx import builders
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.parallel import make_chunks

FOLDERS = ("lib", "data")
SUFFIXES = frozenset({".py", ".html", ".csv", ".toml", ".json", ".bib"})

# Every reader holds a kernel with numpy, pandas and matplotlib in memory.
MOST = 8

# How a cell that is executed begins in a page.
CELL = b"{code-cell}"

# Extensions that Jupyter Book loads and that do not say whether they allow this. The first numbers
# sections when all pages are read, the second changes one page at a time.
UNDECLARED = ("sphinx_multitoc_numbering", "sphinx_jupyterbook_latex")


def sources_digest(root: Path) -> str:
    """Return the SHA-256 of names and contents of all code and evidence below `root`."""
    digest = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                digest.update(str(path.relative_to(root)).encode() + b"\0")
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def outdated_chapters(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Return every known page when code or evidence differs from the last build."""
    digest = sources_digest(Path(app.srcdir))
    last = getattr(env, "reviewbook_sources", None)
    env.reviewbook_sources = digest
    return [] if last == digest else sorted(env.all_docs)


def readers() -> int:
    """Return how many pages to read at a time: the cores this process may use, at most eight.

    The kernel of a page keeps one core busy, and the other cores would wait.
    """
    # Sphinx forks its readers; where it cannot, or forking is unsafe (macOS), pages come in turn.
    if sys.platform != "linux":
        return 1
    return min(len(os.sched_getaffinity(0)), MOST)


def one_by_one(docnames: Sequence[str], readers: int) -> list[list[str]]:
    """Return batches of one page, whichever reader is free takes the next."""
    return [[name] for name in docnames]


def read_side_by_side(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Let Sphinx read in parallel; Jupyter Book has no option that does.

    Pages with most to execute are read first and each on its own: in the batches that Sphinx would
    make, in the order of the alphabet, one reader has most of the work and the others wait.
    """
    app.parallel = readers()
    docnames.sort(key=lambda name: -Path(env.doc2path(name)).read_bytes().count(CELL))
    builders.make_chunks = one_by_one
    for name in app.extensions.keys() & UNDECLARED:
        app.extensions[name].parallel_read_safe = True


def write_in_turn(app: Sphinx, env: BuildEnvironment) -> None:
    """Let Sphinx write pages one after the other, which is quick."""
    app.parallel = 1
    builders.make_chunks = make_chunks


def setup(app: Sphinx) -> None:
    """Connect to the question which pages are outdated, and to both ends of reading."""
    app.connect("env-get-outdated", outdated_chapters)
    app.connect("env-before-read-docs", read_side_by_side)
    app.connect("env-updated", write_in_turn)
