"""Definitions where a term is used: by pointer, focus and tap; and the glossary itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

CHAPTER = "chapters/complete-remission"
BOX = "e => e.getBoundingClientRect().toJSON()"
ON_TOUCH = pytest.mark.visitor(width=390, has_touch=True, is_mobile=True)


def first_term(page: Page) -> Locator:
    term = page.locator("a.rb-term").first
    term.scroll_into_view_if_needed()
    return term


def test_the_pointer_reaches_the_definition_and_it_stays(visit) -> None:
    page = visit.open(CHAPTER)
    first_term(page).hover()
    tip = page.get_by_role("tooltip")
    expect(tip).to_be_visible()
    box = tip.evaluate(BOX)
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2, steps=12)
    page.wait_for_timeout(600)
    expect(tip).to_be_visible()
    page.mouse.move(5, 5, steps=4)
    expect(tip).to_have_count(0)


def test_near_the_lower_edge_it_opens_upwards(visit) -> None:
    page = visit.open(CHAPTER)
    term = first_term(page)
    term.evaluate("e => scrollBy({top: e.getBoundingClientRect().bottom - innerHeight + 4,"
                  " behavior: 'instant'})")  # fmt: skip
    term.hover()
    box = page.get_by_role("tooltip").evaluate(BOX)
    assert box["top"] >= 0
    assert box["bottom"] <= term.evaluate(BOX)["top"] + 1


def test_it_opens_downwards_where_there_is_room(visit) -> None:
    page = visit.open(CHAPTER)
    term = first_term(page)
    term.evaluate("e => e.scrollIntoView({block: 'center', behavior: 'instant'})")
    term.hover()
    box = page.get_by_role("tooltip").evaluate(BOX)
    assert term.evaluate(BOX)["bottom"] - 1 <= box["top"]
    assert box["bottom"] <= 900


@ON_TOUCH
def test_a_tap_opens_a_note_and_keeps_the_place(visit) -> None:
    page = visit.open(CHAPTER)
    term, address = first_term(page), page.url
    term.tap()
    note = page.get_by_role("note")
    expect(note).to_contain_text(term.get_attribute("data-definition"))
    assert page.url == address
    way = note.get_by_role("link", name="Open in the glossary")
    box = note.evaluate(BOX)
    assert box["left"] >= 0
    assert box["right"] <= 390
    page.locator("h1").tap()
    expect(note).to_have_count(0)
    term.tap()
    way.tap()
    page.wait_for_url("**/glossary.html#term-*")


@ON_TOUCH
def test_a_note_closes_by_its_button_and_by_escape(visit) -> None:
    page = visit.open(CHAPTER)
    note = page.get_by_role("note")
    first_term(page).tap()
    note.get_by_role("button", name="Close").tap()
    expect(note).to_have_count(0)
    first_term(page).tap()
    expect(note).to_be_visible()
    page.keyboard.press("Escape")
    expect(note).to_have_count(0)


def test_the_entry_that_was_asked_for_is_marked(visit) -> None:
    page = visit.open("chapters/glossary")
    other = page.locator("dl.glossary dt").first
    page.goto(f"{visit.address}chapters/glossary.html#term-funnel-plot")
    paint = "e => getComputedStyle(e).backgroundColor"
    entry = page.locator("#term-funnel-plot")
    expect(entry).to_be_in_viewport()
    assert entry.evaluate(paint) != other.evaluate(paint)


def test_letters_lead_to_the_first_term_of_each(visit) -> None:
    page = visit.open("chapters/glossary")
    letters = page.get_by_role("navigation", name="Terms by first letter").get_by_role("link")
    assert letters.count() > 10
    letter = page.get_by_role("link", name="F", exact=True)
    letter.click()
    term = page.locator(letter.get_attribute("href"))
    expect(term).to_be_in_viewport()
    assert term.inner_text().upper().startswith("F")


def test_an_old_address_of_the_reference_leads_to_the_entry(visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}chapters/library-reference.html#metaprop.Pooled.summary")
    page.wait_for_url("**/library/metaprop-recipes.html#metaprop.Pooled.summary")
    expect(page.locator("[id='metaprop.Pooled.summary']")).to_be_in_viewport()
    page.goto(f"{visit.address}chapters/library-reference.html#heterogeneity")
    page.wait_for_url("**/library/metaprop-heterogeneity.html")


@pytest.mark.visitor(java_script_enabled=False)
def test_without_scripts_an_old_address_shows_the_entry_of_the_list(visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}chapters/library-reference.html#metaprop.pool")
    link = page.get_by_role("link", name="pool", exact=True)
    expect(link).to_be_in_viewport()
    assert link.get_attribute("href").endswith("metaprop-pooling.html#metaprop.pool")
