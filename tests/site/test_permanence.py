"""A published address is somebody's citation: it stays, or a redirect answers for it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from built_site import PAGES
from review_copy import ROOT
from reviewbook.citation.edition import Edition
from reviewbook.site.addresses import LIST, lost, read_list, site_addresses

pytestmark = pytest.mark.site


@cache
def offered_by(site: Path) -> list[str]:
    return list(site_addresses(site, PAGES))


def test_no_published_address_has_disappeared(site: Path) -> None:
    redirects = Edition.load(ROOT).review.redirects
    assert lost(read_list(ROOT / LIST), offered_by(site), list(redirects)) == []


def test_every_page_figure_and_table_is_on_the_list(site: Path) -> None:
    new = set(offered_by(site)) - set(read_list(ROOT / LIST))
    assert sorted(new) == [], "run `python -m reviewbook addresses` and commit the list"


def test_anchors_of_a_former_page_stand_where_its_redirect_leads(site: Path) -> None:
    """The redirect takes the anchor along, so the figure or table has to be there."""
    offered, redirects = offered_by(site), Edition.load(ROOT).review.redirects
    published = [address.split("#") for address in read_list(ROOT / LIST) if "#" in address]
    moved = [
        (page, anchor) for page, anchor in published if page.removesuffix(".html") in redirects
    ]
    assert ("chapters/asymmetry-tests.html", "fig-asymmetry-rejection") in moved
    for page, anchor in moved:
        assert f"{redirects[page.removesuffix('.html')]}.html#{anchor}" in offered


def test_redirects_lead_to_pages(site: Path) -> None:
    for old, new in Edition.load(ROOT).review.redirects.items():
        assert (site / f"{new}.html").is_file()
        assert f"{Path(new).name}.html" in (site / f"{old}.html").read_text(encoding="utf-8")
