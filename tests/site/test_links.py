"""Every link leads somewhere, and nothing is loaded from outside the site."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from built_site import ids_of, parse
from review_copy import ROOT
from reviewbook import open_book

pytestmark = pytest.mark.site

# A DOI is a prefix 10.<registrant> and a suffix without spaces; trailing punctuation is a slip.
DOI = re.compile(r"^https://doi\.org/10\.\d{4,9}/[^\s\"<>]*[^\s\"<>.,;]$")

LOADING = {"stylesheet", "preload", "icon", "modulepreload", "preconnect", "manifest"}


def is_outside(address: str) -> bool:
    return urlsplit(address).scheme in {"http", "https"} or address.startswith("//")


def broken(site: Path, page: str, soup: BeautifulSoup) -> list[str]:
    """Addresses in a page that lead to no file, or to no anchor of a page."""
    here = site / f"{page}.html"
    result = []
    for element in soup.find_all(["a", "link", "script", "img", "form"]):
        if element.name == "link" and "canonical" in element.get("rel", []):
            continue
        address = element.get("href") or element.get("src") or element.get("action")
        if not address or is_outside(address) or address.startswith(("mailto:", "data:")):
            continue
        parts = urlsplit(address)
        target = (here.parent / unquote(parts.path)).resolve() if parts.path else here
        # An anchor can only be looked up in a page.
        named = parts.fragment if target.suffix == ".html" else ""
        if not target.is_file() or (named and unquote(named) not in ids_of(target)):
            result.append(address)
    return result


def test_every_internal_link_and_anchor_resolves(
    site: Path, page: str, soup: BeautifulSoup
) -> None:
    assert broken(site, page, soup) == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.html").write_text('<p id="x">x</p>')
    html = '<a href="there.html#x">a</a><a href="there.html#y">b</a><a href="gone.html">c</a>'
    (tmp_path / "page.html").write_text(html)
    assert broken(tmp_path, "page", BeautifulSoup(html, "html.parser")) == [
        "there.html#y",
        "gone.html",
    ]


def test_search_page_links_resolve(site: Path) -> None:
    assert broken(site, "search", parse(site / "search.html")) == []


def test_nothing_is_loaded_from_outside(soup: BeautifulSoup) -> None:
    loaded = [e["src"] for e in soup.find_all(["script", "img", "iframe", "source"], src=True)]
    loaded += [
        link["href"]
        for link in soup.find_all("link", href=True)
        if set(link.get("rel", []))
        & {"stylesheet", "preload", "icon", "modulepreload", "preconnect"}
    ]
    loaded += re.findall(r"url\(([^)#]+)\)", str(soup.find_all(["style", "svg"])))
    assert [address for address in loaded if is_outside(address)] == []


def test_style_sheets_load_nothing_from_outside(site: Path) -> None:
    for sheet in (site / "_static").rglob("reviewbook*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"url\(\s*['\"]?(https?:)?//|@import", text), sheet.name


def test_links_to_a_doi_are_well_formed(soup: BeautifulSoup) -> None:
    links = {a["href"] for a in soup.find_all("a", href=True) if "doi.org" in a["href"]}
    assert [link for link in links if not DOI.match(link)] == []


@pytest.mark.parametrize(
    "link", ["http://dx.doi.org/10.1000/1", "https://doi.org/10.1000/1.", "https://doi.org/1000/1"]
)
def test_a_malformed_doi_is_found(link: str) -> None:
    assert not DOI.match(link)


def test_outside_links_are_encrypted(soup: BeautifulSoup) -> None:
    # The address at which a fact was read is evidence and is shown as it was recorded.
    tables = open_book(ROOT).evidence.frames().values()
    recorded = {str(url) for frame in tables if "source_url" in frame for url in frame.source_url}
    links = {a["href"] for a in soup.find_all("a", href=True) if a["href"].startswith("http:")}
    assert links <= recorded
