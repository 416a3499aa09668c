"""Searching the whole book: the page a reader wants comes first, and shows where the words are."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

QUERIES = Path(__file__).with_name("search_queries.csv")
"""Query, the page that is wanted, and among how many of the first it must be."""

RANK = """queries => {
  const book = reviewbookSearch.begin(reviewbookIndex);
  return queries.map(query => reviewbookSearch.rank(book, query).map(page => page.address));
}"""


def ready(page: Page) -> None:
    page.wait_for_function("window.reviewbookSearch && window.reviewbookIndex")


def search(page: Page, query: str) -> None:
    page.locator(".rb-search-page input").fill(query)
    page.locator(".rb-search-page input").press("Enter")


def test_the_page_that_is_wanted_comes_first(visit) -> None:
    with QUERIES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 30
    page = visit.open("search")
    ready(page)
    found = page.evaluate(RANK, [row["query"] for row in rows])
    missed = {
        row["query"]: f"wanted {row['page']}, found {pages[:4]}"
        for row, pages in zip(rows, found, strict=True)
        if row["page"] not in pages[: int(row["within"])]
    }
    assert missed == {}
    assert visit.outside == []
    assert visit.complaints == []


def test_spelling_case_and_plural_make_no_difference(visit) -> None:
    page = visit.open("search")
    ready(page)
    for one, other in (
        ("leukemia", "Leukaemias"),
        ("I2", "i²"),
        ("tau2", "τ²"),
        ("Freeman–Tukey", "freeman tukey"),
        ("pediatric", "paediatric"),
        ("hematologic", "haematologic"),
    ):
        first, second = page.evaluate(RANK, [one, other])
        assert first[0] == second[0], (one, other)


def test_whole_words_go_before_parts(visit) -> None:
    page = visit.open("search")
    ready(page)
    (found,) = page.evaluate(RANK, ["pan"])
    # "pan" stands in "companion" too, on the page that was once the first.
    assert "chapters/study-characteristics" in found[:2]
    index = page.evaluate("reviewbookIndex.pages.flatMap(p => p.entries.map(e => e[3])).join(' ')")
    assert "companion" in index


def test_code_drawings_and_hashes_are_not_indexed(visit) -> None:
    page = visit.open("search")
    ready(page)
    text = page.evaluate("JSON.stringify(reviewbookIndex)")
    for pattern in (r"open_book\(\)", r"import ", r"swh:1:", r"[0-9a-f]{40}"):
        assert not re.search(pattern, text), pattern


@pytest.mark.parametrize("keys", ["/", "Control+k", "Meta+k"])
def test_a_key_leads_to_the_search(visit, keys: str) -> None:
    page = visit.open("chapters/complete-remission")
    page.keyboard.press(keys)
    field = page.get_by_label("Search this book")
    expect(field).to_be_focused()
    page.keyboard.type("a/b")
    expect(field).to_have_value("a/b")


def test_the_hit_is_marked_on_its_page_and_the_marks_can_be_removed(visit) -> None:
    page = visit.open("search")
    search(page, "fratricide")
    page.locator("#search-results a", has_text="fratricide").first.click()
    expect(page).to_have_url(re.compile(r"glossary\.html\?highlight=fratricide#term-"))
    marks = page.locator("article mark")
    expect(marks.first).to_be_visible()
    assert {text.casefold() for text in marks.all_inner_texts()} == {"fratricide"}
    expect(page.locator("#term-fratricide mark")).to_be_in_viewport()
    page.get_by_role("button", name="Remove the marks").click()
    expect(marks).to_have_count(0)
    assert "highlight" not in page.url


def test_a_synonym_is_marked_too(visit) -> None:
    page = visit.open("search")
    search(page, "heterogeneity")
    page.locator("#search-results a", has_text="I²").first.click()
    expect(page.locator("article mark", has_text="I²").first).to_be_visible()


def test_results_say_where_and_show_the_words(visit) -> None:
    page = visit.open("search")
    search(page, "immortal time")
    first = page.locator(".rb-results > li").first
    expect(first.locator(".rb-result-page a")).to_have_text("Immortal time")
    expect(first.locator("mark").first).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("pages hold “immortal time”")


def test_says_in_words_of_its_own_when_nothing_is_found(visit) -> None:
    page = visit.open("search")
    search(page, "<qwertzuiop>")
    expect(page.get_by_role("status")).to_contain_text("No page holds “<qwertzuiop>”.")
    expect(page.locator(".rb-results")).to_have_count(0)


def test_a_word_that_no_page_holds_is_named_beside_those_that_are_held(visit) -> None:
    page = visit.open("search")
    search(page, "tocilizumab dose")
    said = page.get_by_role("status")
    expect(said).to_contain_text("No page holds “tocilizumab”;")
    expect(said).to_contain_text("another part of “tocilizumab dose”.")
    expect(page.locator(".rb-results > li").first).to_be_visible()


def test_pages_that_hold_a_part_are_counted_apart(visit) -> None:
    page = visit.open("search")
    search(page, "infection multiverse")
    # Either word has its pages, and hardly one has both.
    counts = re.search(
        r"^(?:(\d+) pages? holds? each part of|No page holds all of) “infection multiverse”.*; "
        r"(\d+) pages? holds? some of it\.$",
        page.get_by_role("status").inner_text(),
    )
    assert counts, page.get_by_role("status").inner_text()
    whole, some = (int(count or 0) for count in counts.groups())
    assert whole < some
    assert page.locator(".rb-results > li").count() == whole + some


def test_little_words_do_not_make_a_hit(visit) -> None:
    page = visit.open("search")
    ready(page)
    first, second = page.evaluate(RANK, ["does it work", "work"])
    assert sorted(first) == sorted(second)


def test_a_long_list_is_folded_after_the_first_pages(visit) -> None:
    page = visit.open("search")
    search(page, "patients")
    more = page.locator(".rb-more-results")
    expect(page.locator(".rb-results").first.locator("> li")).to_have_count(10)
    expect(more.locator("li").first).to_be_hidden()
    more.locator("summary").click()
    expect(more.locator(".rb-results > li").first).to_be_visible()


def test_a_slip_of_the_pen_is_answered_with_what_looks_like_it(visit) -> None:
    page = visit.open("search")
    search(page, "fratrizide")
    expect(page.get_by_role("status")).to_contain_text("No page holds “fratrizide”.")
    expect(page.locator(".rb-results a", has_text="fratricide").first).to_be_visible()


def test_works_from_a_disk_with_marks(browser: Browser, site: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((site / "search.html").as_uri() + "?q=fratricide")
    page.locator(".rb-results a", has_text="fratricide").first.click()
    expect(page.locator("article mark").first).to_be_visible()
    context.close()
    assert complaints == []


def test_a_search_is_an_address(visit) -> None:
    page = visit.open("search")
    search(page, "risk of bias")
    assert page.url.endswith("search.html?q=risk%20of%20bias")
    page.reload()
    expect(page.locator(".rb-results > li").first).to_be_visible()


@pytest.mark.visitor(width=320)
def test_results_fit_a_phone(visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}search.html?q=NS7CAR")
    expect(page.locator(".rb-results > li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
