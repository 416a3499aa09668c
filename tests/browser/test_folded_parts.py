"""Folded figures and tables: shut on arrival, open for who follows an address inside them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

INSIDE = {
    "chapters/gene-editing": "fig-icans-by-editing",
    "chapters/consolidation-transplant": "tbl-landmark-coverage",
    "chapters/publication-bias": "tbl-asymmetry-over-rates",
    "chapters/multiverse": "fig-icans-any-multiverse",
}


@pytest.mark.parametrize(("page", "anchor"), INSIDE.items())
def test_a_folded_part_opens_for_an_address_inside_it(visit, page: str, anchor: str) -> None:
    shown = visit.open(page)
    expect(shown.locator(f"details.rb-fold #{anchor}")).to_be_hidden()
    shown.evaluate("anchor => { location.hash = anchor; }", anchor)
    expect(shown.locator(f"#{anchor}")).to_be_visible()
    expect(shown.locator(f"#{anchor}")).to_be_in_viewport()
    again = visit.page.context.new_page()
    again.goto(f"{visit.address}{page}.html#{anchor}")
    expect(again.locator(f"#{anchor}")).to_be_in_viewport()


def test_an_address_of_a_former_page_leads_into_the_folded_part(visit) -> None:
    page = visit.open("chapters/asymmetry-tests")
    page.wait_for_url("**/publication-bias.html")
    page.goto(f"{visit.address}chapters/asymmetry-tests.html#tbl-asymmetry-over-rates")
    page.wait_for_url("**/publication-bias.html#tbl-asymmetry-over-rates")
    expect(page.locator("#tbl-asymmetry-over-rates")).to_be_in_viewport()
