"""Machines find their way on the built site: typed links of each page, one action a chapter."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
from bs4 import BeautifulSoup

from built_site import PAGES

pytestmark = pytest.mark.site
ELSEWHERE = {"type", "license", "cite-as"}


def test_typed_links_lead_to_files_of_the_site(site: Path, page: str, soup: BeautifulSoup) -> None:
    found = {
        (rel, link["href"]) for link in soup.head.find_all("link") for rel in link.get("rel", ())
    }
    needed = {"author", "describedby", "item", "license", "type"}
    assert needed <= {rel for rel, _ in found}
    files = {
        urldefrag(urljoin(f"/{page}.html", href))[0]
        for rel, href in found
        if rel in (needed | {"collection"}) - ELSEWHERE
    }
    assert {"/results.json", "/ro-crate-metadata.json"} <= files
    assert ("/numbers.json" in files) == bool(soup.article.select("a.rb-number"))
    assert [name for name in files if not (site / name.lstrip("/")).is_file()] == []


def test_each_executed_page_has_one_action_in_the_crate(site: Path) -> None:
    crate = json.loads((site / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    runs = [entity for entity in crate["@graph"] if str(entity["@id"]).startswith("#run-")]
    made = [{part["@id"] for part in run["result"]} for run in runs]
    for page in PAGES:
        executed = f"_downloads/notebooks/{Path(page).name}.ipynb"
        own = [one for one in made if f"{page}.html" in one]
        assert len(own) == (site / executed).is_file(), page
        assert all(executed in one for one in own)
    read = {part["@id"] for run in runs for part in run["object"]}
    assert {"data/cohorts.csv", "data/outcomes.csv", "data/claims.csv"} <= read
