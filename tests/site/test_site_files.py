"""Search, sitemap, not-found page, executed notebooks: the site beside its chapters."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

import jsonschema
import nbformat
import pytest
from nbclient import NotebookClient

from built_site import CHAPTERS, PAGES, parse
from review_copy import ROOT
from reviewbook.book import Book
from reviewbook.book.results.collect import read_results, results_of
from reviewbook.book.results.document import RESULTS, SCHEMA
from reviewbook.citation import Edition

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def base_url() -> str:
    return Edition.load(ROOT).base_url


def test_sitemap_lists_exactly_the_pages(site: Path, base_url: str) -> None:
    if not base_url:  # a sitemap holds whole addresses
        assert not (site / "sitemap.xml").exists()
        return
    tree = ElementTree.parse(site / "sitemap.xml")
    found = {e.text for e in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
    expected = {base_url + f"{page}.html" for page in PAGES if page != "index"} | {base_url}
    assert found == expected


def test_robots_name_the_sitemap(site: Path, base_url: str) -> None:
    lines = (site / "robots.txt").read_text(encoding="utf-8").splitlines()
    named = [line for line in lines if line.startswith("Sitemap:")]
    assert named == ([f"Sitemap: {base_url}sitemap.xml"] if base_url else [])


def test_not_found_page_is_a_page_of_the_book(site: Path) -> None:
    """A browser asks for /favicon.ico where a page names no icon."""
    soup = parse(site / "404.html")
    assert soup.select_one("link[rel=icon]")
    assert {a["href"] for a in soup.select(".rb-contents a")} == {
        f"{page}.html" for page in CHAPTERS
    }
    assert {a["href"] for a in soup.select("article a")} == {"index.html", "search.html"}


def test_search_index_is_loaded_as_a_script(site: Path) -> None:
    # A script works from a file:// address, where fetching a JSON file is forbidden.
    sources = [s["src"] for s in parse(site / "search.html").find_all("script", src=True)]
    assert any(source.startswith("searchindex.js") for source in sources)
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert index.startswith("var reviewbookIndex = {")
    assert "chapters/complete-remission" in index


def test_every_executed_notebook_can_be_downloaded(site: Path, page: str) -> None:
    soup = parse(site / f"{page}.html")
    if not soup.select(".cell"):
        assert not soup.select(".rb-notebook")
        return
    link = soup.select_one(".rb-notebook a")
    assert link.has_attr("download"), "a browser would open the JSON instead of saving it"
    notebook = json.loads(((site / f"{page}.html").parent / link["href"]).read_text("utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    shown = bool(soup.select(".cell_output"))
    assert any(cell["outputs"] for cell in cells) == shown, "the notebook lacks its outputs"
    assert not any("execution" in cell["metadata"] for cell in cells), "run times differ each time"


def readable_texts(notebook: dict[str, Any]) -> list[str]:
    """What Jupyter shows as Markdown: text cells and tables."""
    texts = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown"]
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    tables = [output.get("data", {}).get("text/markdown", "") for output in outputs]
    return texts + ["".join(table) for table in tables]


def test_notebook_shows_numbers_and_no_markup_of_the_book(site: Path, page: str) -> None:
    path = site / "_downloads" / "notebooks" / f"{PurePosixPath(page).name}.ipynb"
    if not path.is_file():
        return
    texts = readable_texts(json.loads(path.read_text(encoding="utf-8")))
    assert "To run it" in texts[0], "the first cell does not say how to get the code"
    fence = re.compile(r"^(`{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
    for text in texts:
        prose = fence.sub("", text)
        assert not re.search(r"(?<!`)\{[a-z][\w:+-]*\}`|:::", prose), prose[:300]
    paragraphs = parse(site / f"{page}.html").select("article section > p")
    shown = {word for p in paragraphs for word in re.findall(r"\d[\d.]*%", p.get_text())}
    assert sorted(word for word in shown if word not in " ".join(texts)) == []


@pytest.mark.slow
def test_a_downloaded_notebook_runs_again_where_the_repository_is(site: Path) -> None:
    path = site / "_downloads" / "notebooks" / "complete-remission.ipynb"
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": str(ROOT / "chapters")}}
    again = NotebookClient(notebook, timeout=300, resources=folder).execute()
    figures = [o for c in again.cells for o in c.get("outputs", []) if "image/svg+xml" in o.data]
    assert len(figures) >= 2


def test_the_results_travel_with_the_site_and_are_those_of_the_book(site: Path, book: Book) -> None:
    found = read_results(site)
    plain = json.loads((site / RESULTS).read_text(encoding="utf-8"))
    described = json.loads((site / SCHEMA).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(described).validate(plain)
    ours = results_of(book)
    assert (found.pools, found.claims, found.data) == (ours.pools, ours.claims, ours.data)
    sums = (site / "SHA256SUMS").read_text(encoding="utf-8")
    assert f"  {RESULTS}\n" in sums
    assert f"  {SCHEMA}\n" in sums
