"""Results of the book as data, and as the card of a link, by a process beside that of the pages.

All of them take longer than half of the pages; at the end of the build the site would wait for
them.
"""

from __future__ import annotations

from multiprocessing import Process
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

from reviewbook.evidence.evidence import has_data_package

from .kept import Kept, kept
from .reading import is_whole, readers
from .site_files import write_social_card

COMPUTED = "reviewbook.book.results.collect:computed"


def write(kept: Kept, site: Path) -> None:
    """Write the results of a book, if it has any, and its card into the folder of the site."""
    write_social_card(kept.root, site)
    if not has_data_package(kept.root):
        return
    from reviewbook.book import open_book
    from reviewbook.book.results.collect import write_results

    write_results(open_book(kept.root), site, kept.computed(COMPUTED))


def start_early(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Begin to compute before pages are read where that leaves a core with nothing to do."""
    if len(docnames) < readers():
        start(app, env)


def start(app: Sphinx, env: BuildEnvironment) -> None:
    """Begin to compute; once all pages are read, what they have computed is found."""
    if hasattr(app, "_reviewbook_results"):
        return
    if app.builder.format == "html" and is_whole(app):
        given = kept(app), Path(app.outdir)
        app._reviewbook_results = Process(target=write, args=given, daemon=True)
        app._reviewbook_results.start()


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Wait for the files; a failure, which the process has told of, fails the build."""
    process = getattr(app, "_reviewbook_results", None)
    if process is None:
        return
    if exception is not None:
        process.kill()
    process.join()
    if exception is None and process.exitcode:
        raise ExtensionError("the results of the book could not be written as data")


def setup(app: Sphinx) -> None:
    """Connect to both ends of reading and to the end of the build."""
    # Once the library is read, which the process needs too.
    app.connect("env-before-read-docs", start_early, priority=700)
    app.connect("env-updated", start)
    # After the search has been written, before what lists the files of the site.
    app.connect("build-finished", finish, priority=300)
