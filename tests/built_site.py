"""Where the built site is, which pages it should have, and its parsed HTML."""

from __future__ import annotations

import os
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

from review_copy import ROOT

SITE = Path(os.environ.get("BOOK_SITE", ROOT / "_build" / "html"))


def toc_pages(*, below: bool) -> list[str]:
    """Pages of ``_toc.yml`` in reading order, without suffix; with or without those `below` one."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = [toc["root"]]
    for chapter in (chapter for part in toc["parts"] for chapter in part["chapters"]):
        pages.append(chapter["file"])
        if below:
            pages += [section["file"] for section in chapter.get("sections", ())]
    return pages


PAGES = toc_pages(below=True)
CHAPTERS = toc_pages(below=False)
"""The reading path: a page below a chapter, such as one of the library reference, is not on it."""


@cache
def parse(path: Path) -> BeautifulSoup:
    """Parsed HTML of a file, kept for the run."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


class _Ids(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.update(value for name, value in attrs if name == "id" and value)


@cache
def ids_of(path: Path) -> frozenset[str]:
    """Every anchor of a page, read without making a tree of it."""
    reader = _Ids()
    reader.feed(path.read_text(encoding="utf-8"))
    return frozenset(reader.found)
