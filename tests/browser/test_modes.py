"""Forced colours, print, the way up on a phone, the place on the page, languages."""

from __future__ import annotations

from typing import Any

import pytest
from pdf_text import sheets
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

CHAPTER = "chapters/complete-remission"

# The contrast of the texts of a drawing with what it stands on, least first (WCAG 2, 1.4.3).
CONTRAST = """() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => channels(colour).slice(0, 3)
    .map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  return [...document.querySelectorAll(".rb-image")].flatMap(image => {
    const paper = light(getComputedStyle(image).backgroundColor);
    return [...image.querySelectorAll("text")]
      .filter(text => text.getClientRects().length)
      .map(text => light(getComputedStyle(text).fill))
      .map(ink => (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05));
  }).sort((a, b) => a - b);
}"""


@pytest.mark.parametrize(
    "scheme",
    [
        pytest.param(scheme, marks=pytest.mark.visitor(forced_colors="active", color_scheme=scheme))
        for scheme in ("light", "dark")
    ],
)
def test_drawings_can_be_read_in_forced_colours(visit, scheme: str) -> None:
    page = visit.open(CHAPTER)
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    found = page.evaluate(CONTRAST)
    assert len(found) > 20
    assert found[0] >= 4.5, scheme


@pytest.mark.visitor(width=390, has_touch=True, is_mobile=True)
def test_there_is_a_way_up_from_the_middle_of_a_long_page_on_a_phone(visit) -> None:
    page = visit.open(CHAPTER)
    up = page.get_by_role("link", name="To the top")
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    page.wait_for_function("scrollY > 1000")
    # Whoever reads on has nothing in the way; whoever turns back is offered the rest of the way.
    expect(up).not_to_be_in_viewport()
    page.evaluate("scrollBy(0, -60)")
    expect(up).to_be_in_viewport()
    up.tap()
    page.wait_for_function("scrollY === 0")
    expect(page.get_by_role("button", name="Contents")).to_be_in_viewport()


@pytest.mark.visitor(width=390, java_script_enabled=False)
def test_the_way_up_is_at_the_foot_without_script(visit) -> None:
    page = visit.open(CHAPTER)
    page.get_by_role("link", name="To the top").click()
    expect(page.locator("h1")).to_be_in_viewport()


@pytest.mark.visitor(width=1440, reduced_motion="reduce")
def test_contents_of_the_page_mark_the_section_being_read(visit) -> None:
    page = visit.open(CHAPTER)
    links = page.locator(".rb-on-page a")
    marked = page.locator(".rb-on-page a[aria-current]")
    for i in (1, 4):
        anchor = links.nth(i).get_attribute("href")
        page.locator(anchor).evaluate("e => scrollTo(0, e.getBoundingClientRect().top + scrollY)")
        expect(marked).to_have_count(1)
        expect(marked).to_have_attribute("href", anchor)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(marked).to_have_attribute("href", links.last.get_attribute("href"))


def test_a_list_of_contents_that_goes_on_shows_it(visit) -> None:
    """A shade at the lower edge, which a cover of paper hides at the end of the list."""
    page = visit.open(CHAPTER)
    page.set_viewport_size({"width": 1280, "height": 300})
    contents = page.locator("#contents")
    assert contents.evaluate("e => e.scrollHeight > e.clientHeight"), "nothing is hidden here"
    attachment = contents.evaluate("e => getComputedStyle(e).backgroundAttachment")
    assert attachment == "local, scroll"


SIZES = """() => Object.fromEntries([
  ["body", "article section > p"], ["caption", "figcaption"], ["table", "table caption"],
  ["notes", ".rb-notes p"], ["chip", ".rb-verdict"], ["header", ".rb-header dd"],
  ["cite", ".cite-text"], ["identifier", ".cite-identifiers dd"],
].map(([name, query]) => [name, document.querySelector(query)])
 .filter(([, element]) => element)
 .map(([name, element]) => [name, parseFloat(getComputedStyle(element).fontSize) * 0.75]))"""


def printed(page: Page) -> dict[str, Any]:
    page.emulate_media(media="print")
    return dict(page.evaluate(SIZES))


def test_furniture_is_printed_smaller_than_the_text(visit) -> None:
    sizes = printed(visit.open(CHAPTER))
    assert {"body", "caption", "table", "header", "chip", "cite"} <= set(sizes)
    body = sizes.pop("body")
    assert body == pytest.approx(10.5, abs=0.05)
    assert {name: size for name, size in sizes.items() if not 7 <= size < body} == {}


def test_every_printed_sheet_has_a_number_and_the_title_of_the_page(visit) -> None:
    found = sheets(visit.open(CHAPTER).pdf(format="A4"))
    assert len(found) > 3
    for number, text in enumerate(found, start=1):
        assert text.startswith(f"Complete remission{number} / {len(found)}Version "), text[:80]


def test_foot_of_the_site_makes_no_sheet_of_its_own(visit) -> None:
    page = visit.open(CHAPTER)
    page.emulate_media(media="print")
    expect(page.locator(".rb-foot")).to_be_hidden()


def test_the_abstract_and_the_chinese_abstract_lead_to_each_other(visit) -> None:
    page = visit.open("index")
    page.locator("header").get_by_role("link", name="中文").click()
    expect(page).to_have_url(f"{visit.address}chapters/abstract-zh.html")
    expect(page.locator("article")).to_have_attribute("lang", "zh-Hans")
    page.locator("header").get_by_role("link", name="English").click()
    expect(page).to_have_url(f"{visit.address}index.html")
