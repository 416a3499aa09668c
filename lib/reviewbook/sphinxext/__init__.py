"""Sphinx extension of the book: everything between an executed chapter and its page.

Each module adds one thing and has its own ``setup``; this one only loads them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sphinx.application import Sphinx

PARTS = (
    "computing",
    "warm",
    "progress",
    "execution",
    "kept",
    "evaluated",
    "numbers",
    "downloads",
    "marks",
    "citing.header",
    "mathematics",
    "markup",
    "references",
    "terms",
    "theme",
    "search",
    "library",
    "results",
    "site_files",
    "explorer",
    "citing.box",
    "notebooks",
    "citing.page",
    "citing.typed_links",
    "languages",
    "actions",
    "corrections",
    "number_panel",
    "not_found",
    "reading",
    "writing",
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Load every part of the extension."""
    for part in PARTS:
        import_module(f"{__name__}.{part}").setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
