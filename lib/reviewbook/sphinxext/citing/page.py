"""What the citation of a page needs to know of it: title, language, figures, outputs, source."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from weakref import WeakKeyDictionary

from docutils import nodes
from sphinx.application import Sphinx

from reviewbook.citation import Citation, Edition
from reviewbook.citation.provenance import FileIdentity, identify

_EDITIONS: WeakKeyDictionary[Sphinx, Edition] = WeakKeyDictionary()


def edition_of(app: Sphinx) -> Edition:
    """Return the edition that is being built, read once a build (it asks git)."""
    if app not in _EDITIONS:
        _EDITIONS[app] = Edition.load(Path(app.srcdir))
    return _EDITIONS[app]


def page_citation(app: Sphinx, docname: str, note: str = "") -> Citation:
    """Return the citation of a page: the book for the first page, a chapter for any other."""
    edition = edition_of(app)
    if docname == app.config.root_doc:
        return edition.cite("book", note=note)
    return edition.cite(
        "chapter",
        title=app.env.titles[docname].astext(),
        url=edition.url(docname),
        key=PurePosixPath(docname).name,
        language=page_language(app, docname),
        note=note,
    )


def page_language(app: Sphinx, docname: str) -> str:
    """Return the language a page is in: as declared, or by its name; empty means the book's."""
    declared = str(app.env.metadata[docname].get("language", ""))
    return declared or ("zh-Hans" if docname.endswith("-zh") else "")


def page_source(app: Sphinx, docname: str) -> FileIdentity:
    """Return the identifiers of the source file of a page."""
    root = Path(app.srcdir)
    return identify(root, Path(app.env.doc2path(docname)).relative_to(root))


def anchors(app: Sphinx, docname: str, doctree: nodes.document) -> Iterator[tuple[str, str, str]]:
    """Yield (kind with number, anchor, caption) of each named figure and table of a page."""
    for kind, node_type, word in (
        ("figure", nodes.figure, "Figure"),
        ("table", nodes.table, "Table"),
    ):
        numbers = app.env.toc_fignumbers.get(docname, {}).get(kind, {})
        for node in doctree.findall(node_type):
            # docutils counts nameless elements (id1, id2 …): such an anchor moves with the text.
            lasting = [i for i in node["ids"] if not re.fullmatch(r"id\d+", i)]
            caption = next(iter(node.findall(nodes.caption)), None) or next(
                iter(node.findall(nodes.title)), None
            )
            if not lasting or caption is None:
                continue
            number = next((numbers[i] for i in node["ids"] if i in numbers), ())
            yield (
                " ".join([word, ".".join(map(str, number))]).strip(),
                lasting[0],
                caption.astext(),
            )


def executed(app: Sphinx, docname: str) -> dict[str, Any] | None:
    """Return the executed notebook of a page, or None for a page without code."""
    path = Path(app.outdir).parent / "jupyter_execute" / f"{docname}.ipynb"  # left by MyST-NB
    if not path.is_file():
        return None
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    runs = any(cell["cell_type"] == "code" for cell in notebook["cells"])
    return notebook if runs else None
