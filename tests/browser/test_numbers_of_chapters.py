"""Numbers of the built book open their panel; the page of numbers made for it tests the rest."""

from __future__ import annotations

import pytest
from accessibility import keep_few_entries, unfold, violations
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CHAPTERS = ("index", "chapters/complete-remission", "chapters/conclusion")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_number_has_an_entry_and_the_first_opens_its_panel(visit, chapter: str) -> None:
    page = visit.open(chapter)
    missing = page.eval_on_selector_all(
        "a.rb-number",
        "all => all.filter(a => !document.getElementById(a.hash.slice(1))).map(a => a.hash)",
    )
    assert missing == []
    number = page.locator("article a.rb-number").first
    number.scroll_into_view_if_needed()
    number.click()
    panel = page.get_by_role("dialog")
    expect(panel).to_have_accessible_name(f"Where {number.inner_text()} comes from")
    expect(panel.get_by_role("button", name="Copy as Python")).to_be_visible()
    keep_few_entries(page)
    found = {}
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = violations(page)
    assert found == {1280: [], 390: []}
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(number).to_be_focused()
    assert visit.complaints == []


@pytest.mark.visitor(width=320)
def test_the_entries_fit_a_narrow_screen(visit) -> None:
    page = visit.open("chapters/complete-remission")
    expect(page.locator("section.rb-origin").first).to_be_attached()
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
