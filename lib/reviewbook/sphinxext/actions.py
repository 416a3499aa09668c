"""What a reader can do with a page: run it, read its source, edit it, report an error.

The settings are those of Jupyter Book: ``repository``, ``launch_buttons`` and the three
``html: use_…_button`` of ``_config.yml``. A button that is not set is shown when the address of the
repository comes from the environment, as it does in the publishing workflow. Without a repository
there is only what lies on the site itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx.application import Sphinx

from reviewbook.citation import Edition
from reviewbook.citation.repository import REPOSITORY_VARIABLE, configuration

from .citing.page import edition_of, executed
from .languages import words_of_page

# Branch to which the publishing workflow writes the executed notebooks, which Colab can open.
NOTEBOOK_BRANCH = "notebook_branch"


@cache
def html_settings(root: Path) -> dict[str, Any]:
    """Return the table ``html`` of the configuration, read once a build: rows ask for it too."""
    return configuration(root).get("html") or {}


def button(app: Sphinx, name: str) -> bool:
    """Whether the button `name` is to be shown, as far as settings go."""
    chosen = html_settings(Path(app.srcdir)).get(name)
    return bool(os.environ.get(REPOSITORY_VARIABLE)) if chosen is None else bool(chosen)


def edition_line(edition: Edition) -> str:
    """Return version, date and commit of what a reader has seen."""
    return f"version {edition.review.version}, {edition.dated}, {edition.commit}"


def page_issue(app: Sphinx, docname: str) -> str:
    """Address of a new issue on a page, with what is known filled in; empty without one."""
    edition = edition_of(app)
    if edition.repository is None or not button(app, "use_issues_button"):
        return ""
    title = f"Error on page: {app.env.titles[docname].astext()} ({docname})"
    body = (
        f"Page: {docname}\nEdition: {edition_line(edition)}\n\n"
        "What the page says:\n\nWhat it should say, and which source shows it:\n"
    )
    return edition.repository.issue(title, body)


def row_issue(app: Sphinx, docname: str, table: str, key: str) -> str:
    """Address of a new issue on the row `key` of a table of a page; empty without one."""
    edition = edition_of(app)
    if edition.repository is None or not button(app, "use_issues_button"):
        return ""
    title = f"Error in row: {key} ({table})"
    body = (
        f"Row: {key} (cohort_id in data/cohorts.csv)\nTable: {table}\nPage: {docname}\n"
        f"Edition: {edition_line(edition)}\n\n"
        "What the row says:\n\nWhat it should say, and which source shows it:\n"
    )
    return edition.repository.issue(title, body)


def number_issue(app: Sphinx, docname: str) -> str:
    """Address of a new issue on a number of a page; empty without one.

    In place of the identifier of the number and of its text stand ``{number}`` and ``{text}``,
    quoted as the rest of the address is.
    """
    edition = edition_of(app)
    if edition.repository is None or not button(app, "use_issues_button"):
        return ""
    title = "Error in number: {number} ({text})"
    body = (
        f"Number: {{number}}, shown as {{text}}\nPage: {docname}\n"
        f"Edition: {edition_line(edition)}\n\n"
        "What it should be, and which row of data/ or which source shows it:\n"
    )
    return edition.repository.issue(title, body)


def launches(app: Sphinx, docname: str, file: str) -> Iterator[tuple[str, str]]:
    """Yield words and address of each service that runs the page, a notebook."""
    repository = edition_of(app).repository
    chosen = app.config.html_theme_options.get("launch_buttons") or {}
    if repository is None:
        return
    if server := chosen.get("binderhub_url"):
        interface = chosen.get("notebook_interface") or "classic"
        yield "Run on Binder", repository.binder(server, file, interface)
    if server := chosen.get("colab_url"):
        branch = "" if file.endswith(".ipynb") else chosen.get(NOTEBOOK_BRANCH) or ""
        opened = f"{PurePosixPath(docname).name}.ipynb" if branch else file
        if address := repository.colab(server, opened, branch):
            yield "Open in Colab", address


def actions(app: Sphinx, docname: str) -> Iterator[tuple[str, str]]:
    """Yield words and address of all that can be done with a page at another site."""
    edition = edition_of(app)
    if edition.repository is None:
        return
    path = Path(app.env.doc2path(docname)).relative_to(app.srcdir)
    file = path.as_posix()
    if executed(app, docname) is not None:
        yield from launches(app, docname, file)
    if button(app, "use_repository_button"):
        yield "Repository", edition.repository.url
        commit = edition.revision.rpartition(":")[2]
        yield "View the source", edition.repository.source(file, commit)
    if button(app, "use_edit_page_button"):
        yield "Suggest an edit", edition.repository.edit(file)
    if address := page_issue(app, docname):
        yield "Report an error on this page", address


def add_actions(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give the template the downloads and links of a page."""
    context["rb_downloads"], context["rb_actions"] = [], []
    if doctree is None:
        return
    words, pathto = words_of_page(pagename), context["pathto"]
    if executed(app, pagename) is not None:
        notebook = f"_downloads/notebooks/{PurePosixPath(pagename).name}.ipynb"
        word = words["Download this chapter as an executed notebook"]
        context["rb_downloads"].append((word, pathto(notebook, 1)))
    if context.get("sourcename"):
        source = pathto(f"_sources/{context['sourcename']}", 1)
        context["rb_downloads"].append((words["Download its source"], source))
    context["rb_actions"] = [(words[word], address) for word, address in actions(app, pagename)]


def setup(app: Sphinx) -> None:
    """Connect to the making of pages."""
    app.connect("html-page-context", add_actions)
