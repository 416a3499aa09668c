"""How pages are read: side by side, and all of them when code or evidence has changed.

Sphinx reads a page again when its text changed. What a page shows comes from ``lib/`` and ``data/``
too, so after a change there all pages are read; those whose own code and files are as they were do
not run for that (:mod:`.kept`). After another commit, or the first change since, those are read
whose code would run. After any change all pages are written, since each shows something of others
and of the commit. A warm site is then the cold one.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Collection, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from sphinx import builders
from sphinx.application import Sphinx
from sphinx.environment import CONFIG_OK, BuildEnvironment
from sphinx.util.parallel import ParallelTasks, make_chunks

from reviewbook.citation.provenance import commit, edition_date, sha256
from reviewbook.site.progress import FIRST
from reviewbook.site.sources import sources

from .kept import kept
from .kept.record import surroundings

# Every reader holds a kernel with numpy, pandas and matplotlib in memory.
MOST = 8

# How a cell that is executed begins in a page.
CELL = b"{code-cell}"

# Extensions that Jupyter Book loads and that do not say whether they allow this. The first numbers
# sections when all pages are read, the second changes one page at a time.
UNDECLARED = ("sphinx_multitoc_numbering", "sphinx_jupyterbook_latex")

STATE = ".reviewbook-state"
"""File of the site that says what it was made from, for the next build alone."""


def state_of(app: Sphinx, pages: Collection[str]) -> dict[str, str]:
    """Return hashes of all that the site is made from: the text of its pages, and all else.

    All else is data and settings, code and installed libraries; the commit stands by itself.
    """
    root, library = Path(app.srcdir), Path(__file__).parents[2]
    found = sources(root)
    texts = {page: found.pop(f"{page}.md", "") for page in pages}
    made_from = {
        "sources": found,
        "code": {} if library.is_relative_to(root) else sources(library),
        "surroundings": surroundings(),
    }
    parts = {
        "pages": texts,
        "else": made_from,
        "commit": [commit(root).describe(), edition_date(root)],
    }
    return {name: sha256(json.dumps(part, sort_keys=True).encode()) for name, part in parts.items()}


def outdated_chapters(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Return every known page when something changed that is not the text of a page.

    So too when the last build did not end well. Of the commit nothing is read but by code, so where
    no more than that changed, the pages are returned whose code runs. Sphinx itself finds the pages
    with another text. Where one page is wanted first, the others are left to the next build.
    """
    state, before = state_of(app, env.found_docs), _former(app)
    if before == state:
        return []
    record = Path(app.outdir) / STATE
    record.unlink(missing_ok=True)
    first = os.environ.get(FIRST, "")
    if first in env.all_docs:
        same = {part: state[part] for part in ("else", "commit") if before.get(part) == state[part]}
        if same:  # still so for the next build
            record.write_text(json.dumps(same), encoding="utf-8")
        return [first]
    app._reviewbook_state, app._reviewbook_began = state, time.time_ns()
    if before.get("else") != state["else"]:
        return sorted(env.all_docs)
    if before.get("commit") == state["commit"]:
        return []
    return [page for page in sorted(env.all_docs) if _runs(app, Path(env.doc2path(page)), page)]


def _runs(app: Sphinx, path: Path, page: str) -> bool:
    """Whether a page would run code when it is read."""
    text = path.read_bytes()
    return CELL in text and not kept(app).records.has(page, text.decode("utf-8"))


def _former(app: Sphinx) -> dict[str, str]:
    """Return what the site that is there was made from, nothing where a page of it is missing."""
    record = Path(app.outdir) / STATE
    there = all((record.parent / f"{page}.html").is_file() for page in app.env.all_docs)
    if not there or not record.is_file():
        return {}
    found: dict[str, str] = json.loads(record.read_text(encoding="utf-8"))
    return found


def end_at_once(app: Sphinx) -> None:
    """Where nothing at all has changed, build nothing: Sphinx would load every page to see that."""
    if app.env.config_status != CONFIG_OK:
        return
    app.env.find_files(app.config, app.builder)
    if _former(app) == state_of(app, app.env.found_docs):
        app.builder.build_update = lambda: None


def write_all(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return every page where the whole site is made anew: each may show something of another."""
    return sorted(env.all_docs) if is_whole(app) else []


def is_whole(app: Sphinx) -> bool:
    """Whether this build makes the whole site anew, and not one page or nothing of it."""
    return hasattr(app, "_reviewbook_state")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Once all is written, take away what an earlier build left, and keep what this was made of."""
    if exception is None and is_whole(app):
        sweep(Path(app.outdir), set(app.env.all_docs), app._reviewbook_began)
        state = json.dumps(app._reviewbook_state)
        (Path(app.outdir) / STATE).write_text(state, encoding="utf-8")


def sweep(site: Path, pages: Collection[str], since: int) -> None:
    """Remove the files of a site that were not written since a time: those of former pages.

    Parameters
    ----------
    pages : collection of str
        The pages that there are.
    since : int
        Nanoseconds since 1970.
    """
    for path in [path for path in site.rglob("*") if path.is_file()]:
        folder, *inside = path.relative_to(site).parts
        if folder == "_sources":  # Sphinx copies a source only when it is another
            former = "/".join(inside).partition(".")[0] not in pages
        else:
            former = path.stat().st_mtime_ns < since
        if former and folder != "_static" and not folder.startswith("."):
            path.unlink()


def readers() -> int:
    """Return how many pages to read at a time: the cores this process may use, at most eight.

    The kernel of a page keeps one core busy, and the other cores would wait.
    """
    # Sphinx forks its readers; where it cannot, or forking is unsafe (macOS), pages come in turn.
    if sys.platform != "linux":
        return 1
    return min(len(os.sched_getaffinity(0)), MOST)


class _Queue(dict[Any, Any]):
    """Tasks that wait: the one that has waited longest is next."""

    def popitem(self) -> tuple[Any, Any]:
        """Return the first."""
        first = next(iter(self))
        return first, self.pop(first)


class InTurn(ParallelTasks):
    """Does tasks in the order in which they were added; those of Sphinx do the last one first."""

    def __init__(self, nproc: int) -> None:
        super().__init__(nproc)
        self._precvsWaiting = _Queue()


def one_by_one(docnames: Sequence[str], readers: int) -> list[list[str]]:
    """Return batches of one page, whichever reader is free takes the next."""
    return [[name] for name in docnames]


def read_side_by_side(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Let Sphinx read in parallel; Jupyter Book has no option that does.

    Pages with most to execute are read first and each on its own: in the batches that Sphinx would
    make, in the order of the alphabet, one reader has most of the work and the others wait. Before
    them come those that execute nothing, while what kernels are forked from still loads.
    """
    # One more than there are cores: a reader waits while its kernel begins and while it computes.
    app.parallel = readers() + (readers() > 1)
    if len(docnames) > 1:  # once, for readers are forked from this process
        import_module("reviewbook.book")
    cells = {name: Path(env.doc2path(name)).read_bytes().count(CELL) for name in docnames}
    docnames.sort(key=lambda name: (cells[name] > 0, -cells[name]))
    builders.make_chunks, builders.ParallelTasks = one_by_one, InTurn
    for name in app.extensions.keys() & UNDECLARED:
        app.extensions[name].parallel_read_safe = True


def freeze(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Let readers share what is there: a collection of garbage would write to all of it."""
    gc.freeze()


def give_back(app: Sphinx, env: BuildEnvironment) -> None:
    """Leave Sphinx as it was for another book of this process."""
    builders.make_chunks, builders.ParallelTasks = make_chunks, ParallelTasks
    gc.unfreeze()


def setup(app: Sphinx) -> None:
    """Connect to the questions what and which pages are outdated, and to both ends of reading."""
    app.connect("builder-inited", end_at_once, priority=900)
    app.connect("env-get-outdated", outdated_chapters)
    app.connect("env-before-read-docs", read_side_by_side)
    app.connect("env-before-read-docs", freeze, priority=900)
    app.connect("env-updated", give_back)
    app.connect("env-updated", write_all)
    app.connect("build-finished", finish, priority=900)
