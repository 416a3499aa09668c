"""The first screen of a page: its first sentence; code behind one switch; hashes at the foot."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CHAPTER = "chapters/complete-remission"
SCREENS = ((1280, 800), (390, 844))
HIGHEST = 260  # pixels below which no first sentence may begin

FIRST = """() => [...document.querySelectorAll("main p")]
  .filter(p => p.getClientRects().length && !p.matches(".rb-part") && p.textContent.trim())
  .map(p => Math.round(p.getBoundingClientRect().top + scrollY))[0]"""


def test_the_first_sentence_begins_on_the_first_screen(on_desk) -> None:
    page = on_desk.page
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        at = page.evaluate(FIRST)
        assert at <= HIGHEST, width


def test_one_switch_shows_all_code_and_is_remembered(visit) -> None:
    page = visit.open(CHAPTER)
    code, calls = page.locator("details.rb-code"), page.locator("details.rb-call")
    assert code.count() > 3
    for folded in (code, calls):
        expect(folded.first).to_be_hidden()
    switch = page.get_by_role("button", name="Show code")
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.focus()
    page.keyboard.press("Enter")
    expect(switch).to_have_attribute("aria-pressed", "true")
    for folded in (code, calls):
        expect(folded.locator("pre").first).to_be_visible()
    page.goto(f"{visit.address}chapters/sensitivity.html")
    expect(page.locator("details.rb-code pre").first).to_be_visible()
    page.get_by_role("button", name="Show code").click()
    expect(page.locator("details.rb-code").first).to_be_hidden()
    page.reload()
    expect(page.locator("details.rb-code").first).to_be_hidden()


@pytest.mark.visitor(java_script_enabled=False)
def test_without_script_each_piece_of_code_is_folded(visit) -> None:
    page = visit.open(CHAPTER)
    expect(page.locator(".rb-show-code")).to_be_hidden()
    code = page.locator("details.rb-code").first
    expect(code.locator("pre")).to_be_hidden()
    code.locator("summary").click()
    expect(code.locator("pre")).to_be_visible()


def test_a_page_without_code_has_no_switch(visit) -> None:
    expect(visit.open("chapters/references").locator(".rb-show-code")).to_have_count(0)


def test_what_the_chapter_is_made_of_stands_at_its_foot(visit) -> None:
    page = visit.open(CHAPTER)
    box, title = page.locator(".rb-header"), page.locator("#cite-this-chapter h2")
    last = page.locator("main section h2").all()[-2]
    assert last.bounding_box()["y"] < box.bounding_box()["y"] < title.bounding_box()["y"]


def test_hashes_fold_below_the_citation_and_are_printed(visit) -> None:
    page = visit.open(CHAPTER)
    text, hashes = page.locator(".cite-text"), page.locator(".cite-identifiers")
    expect(text).to_be_visible()
    expect(hashes).to_be_hidden()
    page.emulate_media(media="print")
    expect(hashes).to_be_visible()
    page.emulate_media(media="screen")
    page.locator(".cite-more > summary").click()
    expect(hashes).to_be_visible()
