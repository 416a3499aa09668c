"""The page that a server shows for an address that does not exist, in the look of the book.

A server shows it at any depth: its script then lets all links start from the root of the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx

from .citing.page import edition_of

PAGE = "404"


def root_path(base_url: str) -> str:
    """Return the path of the site on its server, without that of a version below it."""
    path = urlsplit(base_url).path or "/"
    return re.sub(r"v/\d+\.\d+/$", "", path)


def not_found_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the page."""
    if app.builder.format == "html":
        path = root_path(edition_of(app).base_url)
        yield PAGE, {"title": "Page not found", "rb_root_path": path}, "not-found.html"


def setup(app: Sphinx) -> None:
    """Connect to the making of pages that have no source."""
    app.connect("html-collect-pages", not_found_page)
