"""A published address is somebody's citation: it stays, or a redirect answers for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from built_site import PAGES, ROOT

from reviewbook.citation.edition import Edition
from reviewbook.site.addresses import lost, read_list, site_addresses

LIST = Path(__file__).with_name("published_urls.txt")


@pytest.mark.site
def test_no_published_address_has_disappeared(site: Path) -> None:
    redirects = Edition.load(ROOT).review.redirects
    assert lost(read_list(LIST), site_addresses(site, PAGES), list(redirects)) == []


@pytest.mark.site
def test_every_page_figure_and_table_is_on_the_list(site: Path) -> None:
    new = set(site_addresses(site, PAGES)) - set(read_list(LIST))
    assert sorted(new) == [], "run `python -m reviewbook.site.addresses` and commit the list"


@pytest.mark.site
def test_redirects_lead_to_pages(site: Path) -> None:
    for old, new in Edition.load(ROOT).review.redirects.items():
        assert (site / f"{new}.html").is_file()
        assert f"{Path(new).name}.html" in (site / f"{old}.html").read_text(encoding="utf-8")


def test_the_list_is_sorted_and_without_doubles() -> None:
    addresses = read_list(LIST)
    assert addresses == sorted(set(addresses))


def test_a_lost_page_and_a_lost_anchor_are_found(tmp_path: Path) -> None:
    html = '<figure id="fig-a"><svg><g id="fig-a-1"></g></svg></figure><p id="other">x</p>'
    (tmp_path / "kept.html").write_text(html, encoding="utf-8")
    offered = site_addresses(tmp_path, ["kept", "gone"])
    assert offered == ["kept.html", "kept.html#fig-a"]
    published = ["gone.html", "gone.html#fig-z", "kept.html", "kept.html#fig-b"]
    assert lost(published, offered, []) == ["gone.html", "gone.html#fig-z", "kept.html#fig-b"]
    assert lost(published, offered, ["gone"]) == ["kept.html#fig-b"]
