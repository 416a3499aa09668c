"""Typed links of pages and the provenance of chapters, on a small book as it is built."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
from bs4 import BeautifulSoup

from reviewbook.citation.chapter_runs import chapter_runs
from reviewbook.citation.crate import export_crate
from reviewbook.citation.edition import Edition
from tiny_book import PUBLISHED_AT, read

ADDRESS = f"{PUBLISHED_AT}/"
PAGES = ("index", "chapters/one", "chapters/two", "chapters/one-zh")
LEVEL_1 = {"author", "cite-as", "describedby", "item", "license", "type"}
"""Relations of FAIR Signposting, level 1, of a page that leads to what it is about."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def unpublished(plain_root: Path, plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of an edition that stands nowhere yet, with its crate."""
    site = shutil.copytree(plain, tmp_path_factory.mktemp("with-crate") / "html")
    export_crate(plain_root, site, Edition.load(plain_root))
    return site


def links(site: Path, page: str) -> list[tuple[str, str, str]]:
    """Return relation, address and media type of the typed links of the head of a page."""
    soup: BeautifulSoup = read(site, page)
    found = [
        (rel, link["href"], link.get("type", ""))
        for link in soup.head.find_all("link")
        for rel in link["rel"]
    ]
    return [one for one in found if one[0] in LEVEL_1 | {"collection"}]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_links_what_it_is_and_where_its_parts_are(unpublished: Path, page: str) -> None:
    found = links(unpublished, page)
    by_rel = {rel: [(href, media) for r, href, media in found if r == rel] for rel, *_ in found}
    # An edition that stands nowhere has no address to be cited by, and none is made up.
    assert set(by_rel) - {"collection"} == LEVEL_1 - {"cite-as"}
    kinds = [href for href, _ in by_rel["type"]]
    kind = "Book" if page == "index" else "ScholarlyArticle"
    assert kinds == ["https://schema.org/AboutPage", f"https://schema.org/{kind}"]
    assert by_rel["license"] == [("https://creativecommons.org/licenses/by/4.0/", "")]
    assert ("collection" in by_rel) == (page != "index")
    items = {urljoin(f"/{page}.html", href): media for href, media in by_rel["item"]}
    assert items["/results.json"] == "application/json"
    notebook = f"/_downloads/notebooks/{Path(page).name}.ipynb"
    assert (notebook in items) == (page != "chapters/two")


@pytest.mark.parametrize("page", PAGES)
def test_every_linked_file_is_on_the_site_and_is_what_it_is_said_to_be(
    unpublished: Path, page: str
) -> None:
    for rel, href, media in links(unpublished, page):
        if rel in ("type", "license"):
            continue
        path, anchor = urldefrag(urljoin(f"/{page}.html", href))
        text = (unpublished / path.lstrip("/")).read_text(encoding="utf-8")
        if "json" in media or path.endswith(".json"):
            content = json.loads(text)
            if anchor:
                assert f"#{anchor}" in {node["@id"] for node in content["@graph"]}
        elif media == "application/x-bibtex":
            assert text.startswith("@")
        elif media == "application/x-research-info-systems":
            assert text.startswith("TY  - ")
        else:
            assert (rel, media) == ("collection", "text/html")


@pytest.mark.parametrize("page", PAGES)
def test_a_published_page_links_the_address_it_is_cited_by(published: Path, page: str) -> None:
    cited = [href for rel, href, _ in links(published, page) if rel == "cite-as"]
    assert cited == [ADDRESS if page == "index" else f"{ADDRESS}{page}.html"]
    canonical = read(published, page).find("link", rel="canonical")["href"]
    assert cited == [canonical]


def test_search_and_missing_pages_have_no_typed_links(unpublished: Path) -> None:
    for page in ("search", "404"):
        assert links(unpublished, page) == []


def test_each_chapter_has_one_action_with_what_it_read_and_made(unpublished: Path) -> None:
    crate = json.loads((unpublished / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    actions = {name: one for name, one in entities.items() if name.startswith("#run-")}
    assert set(actions) == {"#run-index", "#run-chapters-one", "#run-chapters-one-zh"}
    run = actions["#run-chapters-one"]
    assert run["@type"] == "CreateAction"
    assert run["name"] == "Run of the chapter: One & only"
    assert {one["@id"] for one in run["object"]} == {"_sources/chapters/one.md", "data/claims.csv"}
    assert {one["@id"] for one in run["result"]} == {
        "chapters/one.html",
        "_downloads/notebooks/one.ipynb",
        "_downloads/tables/cohorts.csv",
    }
    for action in actions.values():
        for part in (*action["object"], *action["result"], *action["instrument"]):
            assert part["@id"] in entities


def test_a_page_that_did_not_run_has_no_action(unpublished: Path) -> None:
    assert "chapters/two" not in {run.page for run in chapter_runs(unpublished)}
    assert (unpublished / "chapters" / "two.html").is_file()
