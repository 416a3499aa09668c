"""Finding the way: contents, previous and next, search, with and without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from built_site import CHAPTERS

pytestmark = pytest.mark.browser


def test_next_leads_through_the_whole_book(visit) -> None:
    page = visit.open(CHAPTERS[0])
    for name in CHAPTERS[1:]:
        page.locator(".rb-next").click()
        # The explorer writes what is chosen behind the address.
        expect(page).to_have_url(re.compile(rf"{re.escape(visit.address)}{name}\.html([?#].*)?"))
    page.wait_for_load_state()
    expect(page.locator(".rb-next")).to_have_count(0)


def test_previous_leads_back(visit) -> None:
    page = visit.open(CHAPTERS[3])
    page.locator(".rb-prev").click()
    expect(page).to_have_url(f"{visit.address}{CHAPTERS[2]}.html")


def test_contents_list_every_chapter_and_mark_the_current(visit) -> None:
    page = visit.open("chapters/complete-remission")
    links = page.locator(".rb-contents a")
    assert links.count() == len(CHAPTERS)
    assert page.locator(".rb-contents a.current").inner_text() == "Complete remission"
    page.get_by_role("link", name="Glossary", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Glossary")


def test_on_this_page_leads_to_a_section(visit) -> None:
    page = visit.open("chapters/complete-remission")
    link = page.locator(".rb-on-page a").nth(2)
    target = link.get_attribute("href")
    link.click()
    expect(page.locator(target)).to_be_in_viewport()


@pytest.mark.visitor(width=390)
def test_contents_fold_out_on_a_phone_and_close_with_escape(visit) -> None:
    page = visit.open("chapters/complete-remission")
    contents = page.locator("#contents")
    menu = page.get_by_role("button", name="Contents")
    expect(contents).to_be_hidden()
    menu.click()
    expect(contents).to_be_visible()
    expect(menu).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(contents).to_be_hidden()
    expect(menu).to_be_focused()


@pytest.mark.visitor(width=390, java_script_enabled=False)
def test_contents_are_reached_without_script_on_a_phone(visit) -> None:
    page = visit.open("chapters/complete-remission")
    page.locator(".rb-menu").click()
    expect(page.locator("#contents a.current")).to_be_in_viewport()


@pytest.mark.visitor(java_script_enabled=False)
def test_figures_tables_and_formulas_show_without_script(visit) -> None:
    page = visit.open("chapters/complete-remission")
    expect(page.locator("figure svg:visible").first).to_be_visible()
    expect(page.locator("table").first).to_be_visible()
    expect(page.locator(".rb-theme")).to_be_hidden()


def test_skip_link_is_first_and_leads_to_the_article(visit) -> None:
    page = visit.open("chapters/complete-remission")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Skip to main content")
    page.keyboard.press("Enter")
    expect(page.locator("#main-content")).to_be_focused()


def test_the_field_in_the_header_leads_to_the_results(visit) -> None:
    page = visit.open("index")
    page.get_by_label("Search this book").fill("fratricide")
    page.get_by_label("Search this book").press("Enter")
    expect(page.locator("#search-results li a", has_text="Glossary").first).to_be_visible()
    assert visit.complaints == []


def test_unknown_address_is_answered_by_a_page_of_the_book(visit) -> None:
    """The look, at any depth, as a server shows it; only what is not there is complained of."""
    page = visit.page
    text = page.request.get(f"{visit.address}404.html").text()
    lost = f"{visit.address}deep/down/there.html"
    page.route(lost, lambda route: route.fulfill(status=404, body=text, content_type="text/html"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(lost)
    page.wait_for_load_state("networkidle")
    expect(page.locator(".rb-top")).to_have_css("position", "sticky")
    expect(page.get_by_label("Search this book")).to_be_visible()
    assert not any(url.endswith("/favicon.ico") for url in asked)
    page.locator("article").get_by_role("link", name="search the book").click()
    expect(page).to_have_url(f"{visit.address}search.html")


def test_unknown_address_leads_back_to_the_book(visit) -> None:
    page = visit.open("404")
    page.get_by_role("link", name="Start at the abstract").click()
    expect(page).to_have_url(f"{visit.address}index.html")
