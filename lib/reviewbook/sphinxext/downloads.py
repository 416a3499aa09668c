"""Files that a page offers for download, written at addresses that do not change.

Sphinx's own ``download`` role puts a digest of the content into the address, so a link to a
figure would die with the next change of a number. Here the address is chosen by the author
of the figure: ``_downloads/figures/complete-remission-forest.svg``.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from docutils import nodes
from sphinx.application import Sphinx

FOLDER = "_downloads"


class download_file(nodes.General, nodes.Element):
    """Invisible node: a file (`path` below ``_downloads``, `content` bytes) written with its page.

    The file travels in the document tree, not straight to the output folder, so a page that a
    warm build takes from the cache still brings its files along.
    """


def file_node(path: str, content: str | bytes) -> download_file:
    """Return the node that writes `content` to ``_downloads/<path>``.

    Raises
    ------
    ValueError
        If `path` is absolute or leaves the folder.
    """
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise ValueError(f"download path must stay below {FOLDER}/, got {path!r}")
    data = content.encode("utf-8") if isinstance(content, str) else content
    return download_file(path=str(parts), content=data)


def address(docname: str, path: str) -> str:
    """Return the relative address of ``_downloads/<path>`` seen from page `docname`."""
    return "../" * docname.count("/") + f"{FOLDER}/{path}"


def _write(translator: nodes.NodeVisitor, node: download_file) -> None:
    target = Path(translator.builder.outdir) / FOLDER / node["path"]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(node["content"])
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the node."""
    app.add_node(download_file, html=(_write, None))
