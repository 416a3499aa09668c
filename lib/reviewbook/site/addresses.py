"""The addresses that were published: pages, and the anchors of figures and tables.

A published address is somebody's citation. The list only grows; an address that is on it either
exists on the site or is answered by a redirect.
"""

from __future__ import annotations

import re
from pathlib import Path

from bs4 import BeautifulSoup

from reviewbook.review.project import toc_pages
from reviewbook.site import SiteError

from .build import SITE

ANCHOR = re.compile(r"^(fig|tbl)-")
HOLDERS = ["figure", "table", "div"]

LIST = Path("tests") / "site" / "published_urls.txt"
HEADER = """\
# Addresses below the book's, each of which may be in somebody's reference list. Never remove one:
# a page that moves gets a redirect. `python -m reviewbook addresses` adds what is new.
"""


def site_addresses(site: Path, pages: list[str]) -> list[str]:
    """Return the addresses that the built site offers for citation, sorted.

    `pages` are names without suffix.
    """
    found = set()
    for page in (f"{name}.html" for name in pages):
        if not (site / page).is_file():
            continue
        soup = BeautifulSoup((site / page).read_text(encoding="utf-8"), "html.parser")
        # Not any element: parts inside a drawing have anchors of their own, made from its name.
        anchors = soup.find_all(HOLDERS, id=ANCHOR)
        found |= {page, *(f"{page}#{element['id']}" for element in anchors)}
    return sorted(found)


def lost(published: list[str], offered: list[str], redirected: list[str]) -> list[str]:
    """Return the published addresses that are neither offered nor on a page that is redirected."""
    moved = {f"{page}.html" for page in redirected}
    return [
        address
        for address in published
        if address not in offered and address.split("#")[0] not in moved
    ]


def read_list(path: Path) -> list[str]:
    """Return the addresses in a list, without comments and empty lines."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def extend_list(root: Path) -> tuple[int, int]:
    """Add what is new on the built site to the list; return how many were known, how many are new.

    Raises
    ------
    SiteError
        If there is no built site.
    """
    path = root / LIST
    offered = site_addresses(root / SITE, toc_pages(root))
    if not offered:
        raise SiteError(f"There is no built site in {root / SITE}: build the book first.")
    known = read_list(path) if path.is_file() else []
    new = [address for address in offered if address not in known]
    path.write_text(HEADER + "\n".join(sorted([*known, *new])) + "\n", encoding="utf-8")
    return len(known), len(new)
