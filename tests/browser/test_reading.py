"""Using a page: themes, downloads, tables, terms, print."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CHAPTER = "chapters/complete-remission"
PAPER = "getComputedStyle(document.body).backgroundColor"


@pytest.mark.visitor(color_scheme="light")
def test_colours_are_chosen_and_kept_on_the_next_page(visit) -> None:
    page = visit.open(CHAPTER)
    light = page.evaluate(PAPER)
    colours = page.get_by_label("Colours")
    expect(colours).to_have_value("")
    colours.select_option("Dark")
    dark = page.evaluate(PAPER)
    assert dark != light
    page.locator(".rb-next").click()
    expect(page.locator("h1")).not_to_contain_text("Complete remission")
    page.wait_for_load_state()
    assert page.evaluate(PAPER) == dark
    expect(page.get_by_label("Colours")).to_have_value("dark")


@pytest.mark.visitor(color_scheme="light")
def test_there_is_a_way_back_to_the_colours_of_the_system(visit) -> None:
    page = visit.open(CHAPTER)
    light = page.evaluate(PAPER)
    page.get_by_label("Colours").select_option("Dark")
    page.get_by_label("Colours").select_option("Auto")
    assert page.evaluate(PAPER) == light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(PAPER) != light
    page.reload()
    expect(page.get_by_label("Colours")).to_have_value("")
    assert page.evaluate(PAPER) != light


@pytest.mark.visitor(color_scheme="dark")
def test_theme_follows_the_system_at_first(visit) -> None:
    page = visit.open(CHAPTER)
    channels = page.evaluate(PAPER + ".match(/\\d+/g).map(Number)")
    assert max(channels[:3]) < 64


@pytest.mark.visitor(color_scheme="dark")
def test_drawings_follow_the_theme(visit) -> None:
    page = visit.open(CHAPTER)
    fill = "e => getComputedStyle(e).fill"
    text = page.locator("figure svg:visible text").first
    dark = text.evaluate(fill)
    page.get_by_label("Colours").select_option("Light")
    assert text.evaluate(fill) != dark


@pytest.mark.parametrize("kind", ["SVG", "PNG", "CSV"])
def test_figure_is_downloaded_under_a_name_that_says_what_it_is(visit, kind: str) -> None:
    page = visit.open(CHAPTER)
    figure = page.locator("#fig-complete-remission-forest")
    with page.expect_download() as waiting:
        figure.locator(".rb-downloads a", has_text=kind).click()
    download = waiting.value
    assert download.suggested_filename == f"complete-remission-forest.{kind.lower()}"
    content = Path(download.path()).read_bytes()
    start = {"SVG": b"<", "PNG": b"\x89PNG"}.get(kind)
    if start:
        assert content.startswith(start)
    else:
        assert len(list(csv.reader(content.decode("utf-8").splitlines()))) > 10


def test_notebook_is_saved_not_shown(visit) -> None:
    page = visit.open(CHAPTER)
    with page.expect_download() as waiting:
        page.locator(".rb-notebook a").click()
    assert waiting.value.suggested_filename == "complete-remission.ipynb"


def test_figure_is_told_in_words(visit) -> None:
    page = visit.open(CHAPTER)
    words = page.locator("figure details.rb-words").first
    expect(words.locator("p").first).to_be_hidden()
    words.locator("summary").click()
    expect(words.locator("p").first).to_be_visible()


def test_sorting_a_table_orders_rows_both_ways(visit) -> None:
    page = visit.open("chapters/complete-remission")
    table = page.locator("table.rb-sortable").first
    head = table.locator("thead th").first
    before = table.locator("tbody tr > :first-child").all_inner_texts()
    head.get_by_role("button").click()
    up = table.locator("tbody tr > :first-child").all_inner_texts()
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.get_by_role("button").click()
    down = table.locator("tbody tr > :first-child").all_inner_texts()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert sorted(before) == sorted(up) == sorted(down)
    assert up != down
    assert [text.casefold() for text in up] == sorted(text.casefold() for text in before)


@pytest.mark.visitor(width=390, has_touch=True, is_mobile=True)
def test_code_can_be_copied_without_a_pointer_that_hovers(visit) -> None:
    page = visit.open(CHAPTER)
    page.get_by_role("button", name="Show code").tap()
    code = page.locator("details.rb-code").first
    assert code.locator(".rb-copy").evaluate("e => getComputedStyle(e).opacity") == "1"


@pytest.mark.visitor(width=390)
def test_wide_table_scrolls_by_keyboard_on_a_phone(visit) -> None:
    page = visit.open(CHAPTER)
    # The first table that is wider than its box: a grid of numbers.
    box = page.locator(".rb-scroll[tabindex='0']").first
    expect(box).to_have_attribute("role", "region")
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("e => e.scrollLeft > 0", arg=box.element_handle())
    first = box.locator("tbody tr:not(.rb-group) th").first
    left = first.evaluate("e => e.getBoundingClientRect().left")
    assert left >= 0, "the first column leaves the screen"


def test_term_shows_its_definition_on_focus_and_hides_it_on_escape(visit) -> None:
    page = visit.open(CHAPTER)
    term = page.locator("a.rb-term").first
    term.focus()
    tip = page.get_by_role("tooltip")
    expect(tip).to_be_visible()
    assert tip.inner_text() == term.get_attribute("data-definition")
    expect(term).to_have_attribute("aria-describedby", "rb-tip")
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)


def test_chapter_prints_without_the_frame(visit) -> None:
    page = visit.open(CHAPTER)
    page.emulate_media(media="print")
    for part in (".rb-top", ".rb-contents", ".rb-steps", ".rb-downloads"):
        expect(page.locator(part).first).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("figure svg:visible").first).to_be_visible()
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert 1 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 30


@pytest.mark.visitor(color_scheme="dark")
def test_print_is_dark_on_white_also_from_the_dark_theme(visit) -> None:
    page = visit.open(CHAPTER)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(PAPER) == "rgb(255, 255, 255)"


@pytest.mark.visitor(reduced_motion="reduce")
def test_nothing_moves_by_itself_for_who_does_not_want_it(visit) -> None:
    page = visit.open(CHAPTER)
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.evaluate("document.getAnimations().length") == 0
