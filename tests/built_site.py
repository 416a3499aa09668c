"""Where the built site is, which pages it should have, and its parsed HTML."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

from review_copy import ROOT

SITE = Path(os.environ.get("BOOK_SITE", ROOT / "_build" / "html"))


def toc_pages() -> list[str]:
    """Pages of ``_toc.yml`` in reading order, without suffix."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *chapters]


PAGES = toc_pages()


@cache
def parse(path: Path) -> BeautifulSoup:
    """Parsed HTML of a file, kept for the run."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
