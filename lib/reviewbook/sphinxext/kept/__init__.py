"""A page runs again exactly when something that it depends on has changed.

Running its code is what a page takes longest for. What it showed is therefore kept (:mod:`.record`)
with the hash of everything it depended on, found and not declared: its source, the modules its code
leads to (:mod:`.uses`), the files it read. The next build shows it again where none of that
changed (:mod:`.client`), and writes all pages anew whatever changed, so that a warm site is the
cold one. Nothing has to be invalidated by hand. What cannot be followed always runs: a page that
failed, that started a program, whose code is more than Python, or whose kernel is of another kind.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import myst_nb.sphinx_
from myst_nb.core.execute import NotebookClientBase, create_client
from myst_nb.core.execute.inline import NotebookClientInline
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import metaprop
from reviewbook.words import reads

from .client import KeptClient
from .record import Records
from .uses import Library

_PACKAGES = (Path(metaprop.__path__[0]), Path(__file__).resolve().parents[2])
_OF: WeakKeyDictionary[Sphinx, Kept] = WeakKeyDictionary()


class Kept:
    """What pages showed, and what else was computed for the site, by what it depended on.

    Parameters
    ----------
    root : Path
        Folder of the book.
    """

    def __init__(self, root: Path) -> None:
        self.root, self.records = root, Records(root)

    @cached_property
    def library(self) -> Library:
        """What modules use of each other; read once a process."""
        return Library(_PACKAGES)

    def client(self, *given: Any, **more: Any) -> NotebookClientBase:
        """Return the client that MyST-NB would take; one that keeps in place of one that runs."""
        client = create_client(*given, **more)
        if type(client) is not NotebookClientInline or client.path is None:
            return client
        name = client.path.relative_to(self.root).with_suffix("").as_posix()
        own = (client.notebook, client.path, client.nb_config, client.logger)
        return KeptClient(*own, name=name, records=self.records, library=lambda: self.library)

    def computed(self, code: str) -> Any:
        """Return what a function gives for the book, computed again when it must be.

        Parameters
        ----------
        code : str
            The module of the function and its name, ``module:function``. It takes the book, and
            gives JSON.
        """
        # Here, for pages that are shown again need nothing that computes.
        from reviewbook.book import Book
        from reviewbook.evidence.evidence import load_evidence
        from reviewbook.review.project import load_review

        module, _, name = code.partition(":")
        kept = self.records.find(name, code)
        if kept is not None:
            return kept
        reads.begin(str(self.root), *map(str, self.library.folders))
        # A book of its own: one that has pooled before asks for no table again.
        with reads.uncounted():
            review = load_review(self.root)
            book = Book(review, load_evidence(review))
        with reads.listening() as read:
            made = getattr(import_module(module), name)(book)
        read.add("data/review.toml")
        modules = self.library.used_by(f"from {module} import {name}\n{name}")
        self.records.keep(name, code, modules, read, made)
        return made


def kept(app: Sphinx) -> Kept:
    """Return what is kept for the book that is being built."""
    if app not in _OF:
        _OF[app] = Kept(Path(app.srcdir))
    return _OF[app]


def before_reading(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Read the library when a page must run: pages are read in forks of this process."""
    records = kept(app).records
    if any(not records.has(page, Path(env.doc2path(page)).read_text("utf-8")) for page in pages):
        kept(app).library.read()


def give_back(app: Sphinx, error: Exception | None) -> None:
    """Leave MyST-NB as it was for another book of this process."""
    myst_nb.sphinx_.create_client = create_client


def setup(app: Sphinx) -> None:
    """Take the place of MyST-NB's clients while the book is built."""
    myst_nb.sphinx_.create_client = kept(app).client
    app.connect("build-finished", give_back)
    # After the process is started that kernels are forked from.
    app.connect("env-before-read-docs", before_reading, priority=600)
