"""The page on which a reader ticks cohorts: directive ``{explorer}``, its script and its data.

The subsets are pooled by a process of its own while chapters are executed, so that the build is
not held up; their files are awaited at the end of the build.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from reviewbook.site.html import render

from .citing.page import edition_of
from .reading import is_whole

FOLDER = "_static/explorer"
DIRECTIVE = "{explorer}"
# Above the Python text of a choice.
SOURCE = (
    "metaprop comes with {title}\n"
    "(version {edition.review.version}, {edition.commit}).\n"
    "In a copy of its repository: pip install ."
)
_PATIENCE = 600  # seconds


class explorer_box(nodes.General, nodes.Element):
    """Placeholder of the box until the page is written: it names the commit."""


class Explorer(SphinxDirective):
    """Directive ``{explorer}``."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the placeholder."""
        return [explorer_box()]


def fill_boxes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholder of a page by the box, without its data."""
    for node in list(doctree.findall(explorer_box)):
        from reviewbook.robustness.subsets import options

        edition = edition_of(app)
        html = render(
            "explorer.html",
            library=SOURCE.format(title=edition.review.title, edition=edition),
            folder="../" * docname.count("/") + FOLDER,
            outcomes=edition.review.outcomes,
            recipes=options(edition.review),
        )
        node.replace_self(nodes.raw("", html, format="html"))


def start(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Begin to pool subsets when a page of the book has an explorer."""
    if app.builder.format != "html" or not docnames:
        return
    # Where one page is made first, its readers wait for nothing of another.
    pages = env.found_docs if is_whole(app) else docnames
    paths = (Path(env.doc2path(page)) for page in pages)
    if any(f":::{DIRECTIVE}" in p.read_text(encoding="utf-8") for p in paths if p.suffix == ".md"):
        command = [sys.executable, "-m", "reviewbook", "explorer", str(app.srcdir)]
        app._reviewbook_explorer = subprocess.Popen(
            [*command, str(Path(app.outdir) / FOLDER)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Wait for the data; a failure fails the build."""
    process = getattr(app, "_reviewbook_explorer", None)
    if process is None:
        return
    with process:
        if exception is not None:
            process.kill()
            return
        try:
            _, complaint = process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise ExtensionError(f"the explorer's data were not ready in {_PATIENCE} s") from None
    if process.returncode != 0:
        raise ExtensionError(f"the explorer's data could not be computed:\n{complaint}")


def add_assets(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load script and style sheet on pages with an explorer, and on no other."""
    if 'id="explorer" data-folder=' in context.get("body", ""):
        app.add_css_file("explorer.css")
        app.add_js_file("explorer.js", defer="defer")


def setup(app: Sphinx) -> None:
    """Register directive, data and assets."""
    app.add_node(explorer_box)
    app.add_directive("explorer", Explorer)
    app.connect("env-before-read-docs", start)
    app.connect("doctree-resolved", fill_boxes)
    app.connect("html-page-context", add_assets)
    # First of all that happens at the end: other parts may list the files of the site.
    app.connect("build-finished", finish, priority=100)
