"""The panel of a number, on a page made for it: mouse, keys, finger, without script, on paper."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from accessibility import unfold, violations
from playwright.sync_api import Browser, Locator, Page, expect

import reviewbook.sphinxext
from conftest import Quiet, Visit

pytestmark = pytest.mark.browser

STATIC = Path(reviewbook.sphinxext.__file__).parent / "static"
BOX = "e => e.getBoundingClientRect().toJSON()"
PHONE = pytest.mark.visitor(width=390, has_touch=True, is_mobile=True)
NO_SCRIPT = pytest.mark.visitor(java_script_enabled=False)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the page of numbers with the style sheets and scripts of the book."""
    folder = tmp_path_factory.mktemp("numbers")
    shutil.copy(Path(__file__).with_name("number_page.html"), folder / "page.html")
    shutil.copytree(STATIC, folder / "_static")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture
def page(browser: Browser, served: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh visitor on the page; whatever it complains about fails the test."""
    marker = request.node.get_closest_marker("visitor")
    options = dict(marker.kwargs) if marker else {}
    size = {"width": options.pop("width", 1280), "height": options.pop("height", 900)}
    context = browser.new_context(viewport=size, **options)
    context.set_default_timeout(10_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=served.rstrip("/"))
    visit = Visit(context, served)
    yield visit.open("page")
    assert visit.complaints == []
    context.close()


def number(page: Page, name: str = "n-remission") -> Locator:
    return page.locator(f"a.rb-number#{name}")


def panel_of(page: Page) -> Locator:
    return page.get_by_role("dialog")


def test_a_click_shows_the_entry_its_rows_and_what_was_left_out(page: Page) -> None:
    before = page.url
    number(page).click()
    panel = panel_of(page)
    expect(panel).to_have_accessible_name("Where 83 % comes from")
    expect(panel).to_contain_text("The pooled proportion, from 2 rows of outcomes.csv.")
    expect(panel).to_contain_text("0.83333333333333337")
    expect(panel.get_by_role("row", name="beta")).to_contain_text("10")
    expect(panel.get_by_role("link", name="alpha")).to_have_attribute(
        "href", "https://doi.invalid/alpha"
    )
    panel.get_by_text("1 left out, with reasons").click()
    expect(panel).to_contain_text("gamma: fewer than 3 patients")
    # The way to rows that stand in the panel is not shown, and no anchor is there twice.
    expect(panel.get_by_text("Rows:", exact=True)).to_have_count(0)
    ids = page.evaluate("Array.from(document.querySelectorAll('[id]'), e => e.id)")
    assert len(ids) == len(set(ids))
    assert page.url == before


def test_it_stands_near_the_number_and_within_the_screen(page: Page) -> None:
    for name in ("n-remission", "n-last"):
        link = number(page, name)
        link.scroll_into_view_if_needed()
        link.click()
        place, around = panel_of(page).evaluate(BOX), link.evaluate(BOX)
        assert place["left"] >= 0
        assert place["right"] <= 1280
        assert place["top"] >= 0
        assert place["bottom"] <= 900
        gap = min(abs(place["top"] - around["bottom"]), abs(around["top"] - place["bottom"]))
        assert gap < 16
        page.keyboard.press("Escape")
        expect(panel_of(page)).to_have_count(0)


def test_keys_alone_open_it_read_it_leave_it_and_come_back(page: Page) -> None:
    link = number(page)
    link.focus()
    page.keyboard.press("Enter")
    panel = panel_of(page)
    expect(panel).to_be_focused()
    inside = []
    for _ in range(30):
        page.keyboard.press("Tab")
        if not page.evaluate("document.activeElement.closest('[role=dialog]') !== null"):
            break
        inside.append(page.evaluate("document.activeElement.textContent"))
    assert inside[:6] == ["Close", "83 %", "Copy as Python", "Copy as R", "Cite this number",
                          "Address of this number"]  # fmt: skip
    # No trap: Tab has led out, to what follows in the text.
    assert page.evaluate("document.activeElement.matches('article a, article [tabindex]')")
    link.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(link).to_be_focused()


def test_close_button_and_a_click_outside_dismiss_it(page: Page) -> None:
    link, panel = number(page), panel_of(page)
    link.click()
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)
    expect(link).to_be_focused()
    link.click()
    page.locator("h1").click()
    expect(panel).to_have_count(0)
    expect(link).to_be_focused()
    link.click()
    page.get_by_role("link", name="a page").click()  # its own place, not the number's
    expect(panel).to_have_count(0)
    assert page.url.endswith("#elsewhere")
    expect(link).not_to_be_focused()


def test_another_number_takes_the_place_of_the_first(page: Page) -> None:
    number(page).click()
    number(page, "n-remission-low").evaluate("e => e.click()")
    expect(panel_of(page)).to_have_count(1)
    expect(panel_of(page)).to_have_accessible_name("Where 70 comes from")
    # Without code for R there is no button for it.
    expect(panel_of(page).get_by_role("button", name="Copy as R")).to_have_count(0)


@pytest.mark.parametrize(
    ("button", "said", "copied"),
    [
        ("Copy as Python", "Copied as Python", "from metaprop import Recipe, pool\nprint(pool("),
        ("Copy as R", "Copied as R", "library(metafor)\nfit <- rma.glmm("),
        ("Cite this number", "Citation copied", "A review, version 1, number n-remission: 83 %."),
    ],
)
def test_copies_are_made_and_said(page: Page, button: str, said: str, copied: str) -> None:
    number(page).click()
    panel = panel_of(page)
    panel.get_by_role("button", name=button).click()
    expect(panel.get_by_role("status")).to_have_text(said)
    assert page.evaluate("navigator.clipboard.readText()").startswith(copied)
    expect(panel.get_by_role("button", name=button)).to_be_focused()


def test_a_copy_without_the_clipboard_of_the_browser_is_made_by_hand(page: Page) -> None:
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    number(page).click()
    panel_of(page).get_by_role("button", name="Cite this number").click()
    expect(panel_of(page).get_by_role("status")).to_have_text("Citation copied")
    page.evaluate("document.execCommand = () => false")
    panel_of(page).get_by_role("button", name="Copy as R").click()
    expect(panel_of(page).get_by_role("status")).to_contain_text("does not let this page copy")


def test_an_error_is_reported_with_the_number_and_what_was_shown(page: Page) -> None:
    number(page).click()
    report = panel_of(page).get_by_role("link", name="Report an error in it")
    assert report.get_attribute("href") == (
        "https://code.invalid/issues/new?title=Error+in+number%3A+n-remission+"
        "%2883%20%25%29&body=Page%3A+x"
    )
    page.keyboard.press("Escape")
    page.evaluate("document.querySelector('.rb-origins').removeAttribute('data-report')")
    number(page).click()
    expect(panel_of(page)).to_be_visible()
    expect(report).to_have_count(0)


def test_the_address_of_a_number_marks_it(page: Page) -> None:
    paint = "e => getComputedStyle(e).backgroundColor"
    plain = number(page).evaluate(paint)
    number(page).click()
    panel_of(page).get_by_role("link", name="Address of this number").click()
    expect(panel_of(page)).to_have_count(0)
    assert page.url.endswith("#n-remission")
    assert number(page).evaluate(paint) != plain
    page.goto(page.url.replace("#n-remission", "#n-last"))
    expect(number(page, "n-last")).to_be_in_viewport()


def test_numbers_of_a_table_and_numbers_said_again_open_the_same_entries(page: Page) -> None:
    number(page, "n-alpha").click()
    expect(panel_of(page).get_by_role("row", name="alpha")).to_contain_text("18")
    page.keyboard.press("Escape")
    page.locator("#elsewhere a.rb-number").first.click()
    expect(panel_of(page)).to_contain_text("The pooled proportion")


def test_a_number_without_an_entry_stays_a_link(page: Page) -> None:
    page.locator("a[href='#o-n-missing']").click()
    assert page.url.endswith("#o-n-missing")
    expect(panel_of(page)).to_have_count(0)


@NO_SCRIPT
def test_without_scripts_the_link_opens_the_folded_entry(page: Page) -> None:
    expect(page.locator("#o-n-remission")).to_be_hidden()
    number(page).click()
    expect(page.locator("#o-n-remission")).to_be_visible()
    expect(page.locator("#o-n-remission")).to_be_in_viewport()


@PHONE
def test_a_tap_opens_a_sheet_at_the_foot_that_leaves_the_number_in_sight(page: Page) -> None:
    link = number(page, "n-last")
    link.tap()
    box = panel_of(page).evaluate(BOX)
    height = page.evaluate("innerHeight")
    assert (box["left"], box["right"], round(box["bottom"])) == (0, 390, height)
    assert link.evaluate(BOX)["bottom"] <= box["top"]
    panel_of(page).get_by_role("button", name="Close").tap()
    expect(panel_of(page)).to_have_count(0)


@pytest.mark.visitor(width=320, height=225)  # 1280 by 900, enlarged four times
def test_enlarged_four_times_all_of_it_can_be_read(page: Page) -> None:
    number(page).click()
    panel = panel_of(page)
    box = panel.evaluate(BOX)
    assert box["top"] >= 0
    assert box["right"] <= 320
    assert panel.evaluate("e => e.scrollWidth <= e.clientWidth")
    panel.get_by_text("A review, version 1").scroll_into_view_if_needed()
    expect(panel.get_by_text("A review, version 1")).to_be_in_viewport()
    expect(panel.get_by_role("button", name="Close")).to_be_in_viewport()


@pytest.mark.parametrize(
    "scheme",
    [
        pytest.param("light", marks=pytest.mark.visitor(color_scheme="light")),
        pytest.param("dark", marks=pytest.mark.visitor(color_scheme="dark")),
        pytest.param("forced", marks=pytest.mark.visitor(forced_colors="active")),
    ],
)
def test_axe_finds_nothing_with_the_panel_and_the_list_open(page: Page, scheme: str) -> None:
    found = {}
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        number(page).evaluate("e => e.click()")
        expect(panel_of(page)).to_be_visible()
        unfold(page)
        found[width] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Escape")
        expect(panel_of(page)).to_have_count(0)
    assert found == {1280: [], 390: [], 320: []}


@pytest.mark.visitor(width=320)
def test_rows_that_scroll_are_reached_by_keys(page: Page) -> None:
    page.eval_on_selector_all(
        ".rb-origin-shared a", "all => all.forEach(a => a.replaceWith(a.textContent))"
    )
    unfold(page)
    expect(page.locator(".rb-origin-shared")).to_have_attribute("tabindex", "0")
    assert violations(page) == []


def test_on_paper_numbers_are_text_and_the_list_is_not_printed(page: Page) -> None:
    unfold(page)
    page.emulate_media(media="print")
    decoration = number(page).evaluate("e => getComputedStyle(e).textDecorationLine")
    assert decoration == "none"
    expect(page.locator(".rb-origins")).to_be_hidden()
