"""Search, sitemap, not-found page, executed notebooks: the site beside its chapters."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from built_site import PAGES, parse
from review_copy import ROOT

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def base_url() -> str:
    return tomllib.loads((ROOT / "data" / "review.toml").read_text(encoding="utf-8"))["base_url"]


def test_sitemap_lists_exactly_the_pages(site: Path, base_url: str) -> None:
    tree = ElementTree.parse(site / "sitemap.xml")
    found = {e.text for e in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
    expected = {base_url + f"{page}.html" for page in PAGES if page != "index"} | {base_url}
    assert found == expected


def test_robots_name_the_sitemap(site: Path, base_url: str) -> None:
    assert f"Sitemap: {base_url}sitemap.xml" in (site / "robots.txt").read_text(encoding="utf-8")


def test_not_found_page_needs_no_other_file(site: Path) -> None:
    soup = parse(site / "404.html")
    assert not soup.find_all("link")
    assert not soup.find_all("script", src=True)
    assert {a["href"] for a in soup.find_all("a")} == {"index.html", "search.html"}


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
