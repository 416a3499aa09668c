"""The executed notebooks that pages offer for download, with the words that Sphinx knows."""

from __future__ import annotations

import re
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from reviewbook import words
from reviewbook.site.manifest import plain_notebook
from reviewbook.site.notebook import Role, preface, readable

from .citing.page import edition_of, executed
from .downloads import file_node
from .evaluated import KEPT
from .marks import status_mark
from .references import people

FOLDER = "notebooks"


def download(app: Sphinx, page: str) -> dict[str, Any] | None:
    """Return the notebook that a page offers, or None for a page without code."""
    notebook = executed(app, page)
    if notebook is None:
        return None
    evaluated = [(name, text) for name, text in notebook["metadata"].pop(KEPT, [])]
    return readable(
        notebook,
        preface=preface(edition_of(app), app.env.titles[page].astext()),
        evaluated=evaluated,
        roles=roles_of(app, page, linked=True),
        roles_of_outputs=roles_of(app, page, linked=False),
    )


def offer(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the notebook of a page with the page, if it has code."""
    notebook = download(app, docname)
    if notebook is not None:
        name = f"{FOLDER}/{PurePosixPath(docname).name}.ipynb"
        doctree.append(file_node(name, plain_notebook(notebook)))


def roles_of(app: Sphinx, page: str, *, linked: bool) -> dict[str, Role]:
    """Return how the roles of a page are put into words; pages are `linked` if they have one."""
    cite = partial(cited, app)
    return {
        "doc": partial(page_words, app, page, linked=linked),
        "numref": lambda text, target: numbered(app, target),
        "cite:p": lambda text, target: f"[{cite(target, textual=False)}]",
        "cite:t": lambda text, target: cite(target, textual=True),
        "verdict": lambda text, target: str(words.verdict(text)),
        "status": lambda text, target: status_mark(text).astext(),
    }


def page_words(app: Sphinx, page: str, text: str, target: str, *, linked: bool) -> str:
    """Return the title of a page or the words for it, linked where the book has an address."""
    absolute = target.startswith("/")
    name = target.lstrip("/") if absolute else str(PurePosixPath(page).parent / target)
    if name not in app.env.titles:  # Sphinx has complained of it
        return text
    title = app.env.titles[name].astext() if text == target else text
    address = edition_of(app).url(name) if linked else ""
    return f"[{title}]({address})" if address else title


def numbered(app: Sphinx, label: str) -> str:
    """Return a figure or table by its number, as the page does."""
    page, anchor = app.env.get_domain("std").anonlabels.get(label, ("", ""))[:2]
    for kind, numbers in app.env.toc_fignumbers.get(page, {}).items():
        if anchor in numbers:
            number = ".".join(map(str, numbers[anchor]))
            return str(app.config.numfig_format[kind] % number)
    return label


def cited(app: Sphinx, keys: str, *, textual: bool) -> str:
    """Return works by author and year: ``Liu et al. [2025]``, or ``Liu et al., 2025``."""
    entries = app.env.get_domain("cite").bibdata.data.entries
    texts = []
    for key in map(str.strip, keys.split(",")):
        entry: Any = entries.get(key)
        if entry is None:
            texts.append(key)
            continue
        persons = entry.persons.get("author") or entry.persons.get("editor") or []
        title = re.sub("[{}]", "", entry.fields.get("title", key))
        who = str(people(persons, family_name, short=True)) if persons else title
        year = entry.fields.get("year", "")
        texts.append(f"{who} [{year}]" if textual else f"{who}, {year}")
    return ", ".join(texts) if textual else "; ".join(texts)


def family_name(person: Any) -> str:
    """Return the name by which a person is cited."""
    return " ".join(re.sub("[{}]", "", part) for part in person.prelast_names + person.last_names)


def setup(app: Sphinx) -> None:
    """Connect to the writing of a page."""
    app.connect("doctree-resolved", offer)
