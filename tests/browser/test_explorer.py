"""Ticking cohorts: what the page shows is what the library computes."""

from __future__ import annotations

import contextlib
import io
import re
import statistics

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

import metaprop
from metaprop import Recipe
from review_copy import ROOT
from reviewbook import open_book, words
from reviewbook.robustness import subsets as explorer

pytestmark = pytest.mark.browser

PAGE = "chapters/explore"
RESULT = ".rb-explorer-result strong"
BOOK = open_book(ROOT)
OPTIONS = explorer.options(BOOK.review)


def _expected(outcome: str, recipe: Recipe, members: np.ndarray) -> str:
    selection = BOOK.select(outcome)
    pooled = metaprop.pool(selection.events[members], selection.totals[members], recipe)
    return str(words.interval(pooled, digits=1))


def _address(outcome: str, recipe: str, members: np.ndarray) -> str:
    ids = BOOK.select(outcome).included["cohort_id"].to_numpy()[members]
    return f"#outcome={outcome}&recipe={recipe}&cohorts={','.join(ids)}"


def _ready(page: Page) -> None:
    expect(page.locator(".rb-explorer-cohorts li").first).to_be_visible()


@pytest.mark.parametrize("outcome", [outcome.id for outcome in BOOK.review.outcomes])
def test_random_choices_equal_the_library(visit, outcome: str) -> None:
    page = visit.open(PAGE)
    _ready(page)
    rng = np.random.default_rng(len(outcome))
    k = BOOK.select(outcome).k
    for option in OPTIONS:
        for _ in range(6):
            members = rng.random(k) < 0.6
            members[rng.integers(k)] = True
            page.evaluate("hash => { location.hash = hash }", _address(outcome, option.id, members))
            expect(page.locator(RESULT)).to_have_text(_expected(outcome, option.recipe, members))
            assert page.locator(".rb-explorer-cohorts input:checked").count() == members.sum()
    assert visit.outside == []
    assert visit.complaints == []


def test_starts_with_all_cohorts_and_the_primary_recipe(visit) -> None:
    page = visit.open(PAGE)
    expect(page.locator(RESULT)).to_have_text(
        str(words.interval(BOOK.analyse("complete_remission").primary, digits=1))
    )
    note = page.locator(".rb-explorer-result span")
    expect(note).to_contain_text(str(words.interval(BOOK.claims("complete_remission"))))
    expect(note).to_contain_text(f"{BOOK.select('complete_remission').k} cohorts")


def test_keyboard_and_names(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    selection = BOOK.select("complete_remission")
    group = page.get_by_role("group", name="Cohorts in the pool")
    counts = f"{selection.events[1]} of {selection.totals[1]}"
    box = group.get_by_role("checkbox", name=f"{selection.labels[1]} ({counts})")
    box.focus()
    page.keyboard.press("Space")
    expect(box).not_to_be_checked()
    members = np.arange(selection.k) != 1
    expect(page.locator(RESULT)).to_have_text(
        _expected("complete_remission", OPTIONS[0].recipe, members)
    )
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "checkbox"
    assert page.locator(".rb-explorer-result").get_attribute("aria-live") == "polite"
    for name in ("Outcome", "Recipe"):
        expect(page.get_by_label(name, exact=True)).to_be_visible()


def test_none_all_and_swap(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    whole = page.locator(RESULT).inner_text()
    page.get_by_role("button", name="None").click()
    expect(page.locator(RESULT)).to_have_text("No cohort is ticked.")
    page.get_by_role("button", name="Swap").click()
    expect(page.locator(RESULT)).to_have_text(whole)


def test_a_link_restores_the_choice(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    page.get_by_label("Outcome", exact=True).select_option("icans_any")
    page.get_by_label("Recipe", exact=True).select_option("raw")
    page.locator(".rb-explorer-cohorts input").nth(2).uncheck()
    shown, address = page.locator(RESULT).inner_text(), page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(RESULT)).to_have_text(shown)
    expect(page.get_by_label("Outcome", exact=True)).to_have_value("icans_any")
    expect(page.locator(".rb-explorer-cohorts input").nth(2)).not_to_be_checked()


def test_a_link_with_a_cohort_of_another_edition_says_so(visit) -> None:
    page = visit.page
    known = BOOK.select("icans_any").included["cohort_id"].iloc[0]
    hash_ = f"#outcome=icans_any&recipe=raw&cohorts={known},long_gone"
    page.goto(f"{visit.address}{PAGE}.html{hash_}")
    expect(page.locator(".rb-explorer-result")).to_contain_text(
        "1 of the link's cohorts is not in this edition."
    )


def test_a_link_with_an_outcome_of_another_edition_says_so(visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}{PAGE}.html?outcome=long_gone&recipe=raw")
    expect(page.locator(".rb-explorer-result")).to_contain_text("outcome is not in this edition")


def test_a_link_within_the_page_keeps_the_choice(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    page.locator(".rb-explorer-cohorts input").nth(2).uncheck()
    shown = page.locator(RESULT).inner_text()
    page.locator(".rb-on-page a", has_text="All cohorts").click()
    assert page.url.endswith("#all-cohorts")
    page.reload()
    expect(page.locator(RESULT)).to_have_text(shown)
    assert page.url.endswith("#all-cohorts")


@pytest.mark.visitor(permissions=["clipboard-read", "clipboard-write"])
def test_a_copied_link_leads_to_the_box(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    page.locator(".rb-explorer-cohorts input").nth(0).uncheck()
    page.get_by_role("button", name="Copy a link to this choice").click()
    expect(page.locator(".rb-explorer-copied")).to_have_text("Link copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    shown = page.locator(RESULT).inner_text()
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator(RESULT)).to_have_text(shown)
    expect(page.locator(RESULT)).to_be_in_viewport()


def test_who_is_left_out_stays_out_when_the_outcome_changes(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    one, other = (BOOK.select(outcome).included["cohort_id"] for outcome in
                  ("complete_remission", "crs_any"))  # fmt: skip
    shared = next(cohort for cohort in one if cohort in set(other))
    page.locator(f".rb-explorer-cohorts input[value='{shared}']").uncheck()
    page.get_by_label("Outcome", exact=True).select_option("crs_any")
    members = (other != shared).to_numpy()
    expect(page.locator(RESULT)).to_have_text(_expected("crs_any", OPTIONS[0].recipe, members))
    expect(page.locator(f".rb-explorer-cohorts input[value='{shared}']")).not_to_be_checked()


def test_the_difference_to_all_cohorts_is_told(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    note = page.locator(".rb-explorer-result span")
    expect(note).not_to_contain_text("this choice")
    page.locator(".rb-explorer-cohorts input").nth(0).uncheck()
    selection = BOOK.select("complete_remission")
    members = np.arange(selection.k) != 0
    whole, part = (
        metaprop.pool(selection.events[m], selection.totals[m], OPTIONS[0].recipe).proportion
        for m in (members | True, members)
    )
    points = 100 * (part.estimate - whole.estimate)
    told = re.search(
        r"All \d+ cohorts: ([\d.]+)%; this choice: ([+−])([\d.]+) percentage points",
        note.inner_text(),
    )
    assert told is not None
    assert float(told[1]) == pytest.approx(100 * whole.estimate, abs=0.051)
    assert float(told[3]) == pytest.approx(abs(points), abs=0.055)
    assert told[2] == ("+" if points > 0 else "−")


def test_one_cohort_has_no_heterogeneity(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    note = page.locator(".rb-explorer-result span")
    expect(note).to_contain_text("I²")
    page.get_by_role("button", name="None").click()
    page.locator(".rb-explorer-cohorts input").nth(0).check()
    expect(note).to_contain_text("1 cohort, ")
    expect(note).not_to_contain_text("I²")


def test_nothing_is_copied_when_nothing_is_ticked(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    page.get_by_role("button", name="None").click()
    page.get_by_role("button", name="Copy as Python").click()
    expect(page.locator(".rb-explorer-copied")).to_contain_text("tick at least one cohort")


def test_the_name_of_the_recipe_is_whole(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    wide = """select => {
        const ruler = document.createElement("canvas").getContext("2d");
        ruler.font = getComputedStyle(select).font;
        const widths = [...select.options].map(option => ruler.measureText(option.text).width);
        return [Math.max(...widths), select.clientWidth];
    }"""
    needed, there = page.get_by_label("Recipe", exact=True).evaluate(wide)
    assert needed + 30 < there


@pytest.mark.visitor(width=390)
def test_the_result_sticks_to_the_edge_of_a_phone(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    page.locator(".rb-explorer-cohorts li").last.evaluate(
        "e => e.scrollIntoView({block: 'end', behavior: 'instant'})"
    )
    top = page.locator(".rb-explorer-result").evaluate("e => e.getBoundingClientRect().top")
    assert abs(top) <= 1
    recipe = page.get_by_label("Recipe", exact=True).evaluate("e => e.selectedOptions[0].text")
    expect(page.locator(".rb-explorer-recipe")).to_have_text(recipe)
    page.set_viewport_size({"width": 320, "height": 256})  # 1280 by 1024 at 400 %
    position = "e => getComputedStyle(e).position"
    assert page.locator(".rb-explorer-result").evaluate(position) == "static"


@pytest.mark.visitor(permissions=["clipboard-read", "clipboard-write"])
def test_the_python_text_gives_the_same_numbers(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    page.get_by_label("Recipe", exact=True).select_option("comparison")
    page.locator(".rb-explorer-cohorts input").nth(0).uncheck()
    page.get_by_role("button", name="Copy as Python").click()
    expect(page.locator(".rb-explorer-copied")).to_have_text("Python copied.")
    text = page.evaluate("navigator.clipboard.readText()")
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(text, names)
    assert "Interval" in printed.getvalue()
    assert text.startswith(f"# metaprop comes with {BOOK.review.title}")
    expect(page.locator(RESULT)).to_have_text(str(words.interval(names["pooled"], digits=1)))


def test_works_from_a_disk(browser: Browser, site) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto((site / f"{PAGE}.html").as_uri())
    _ready(page)
    page.locator(".rb-explorer-cohorts input").nth(3).uncheck()
    members = np.arange(BOOK.select("complete_remission").k) != 3
    expect(page.locator(RESULT)).to_have_text(
        _expected("complete_remission", OPTIONS[0].recipe, members)
    )
    assert "cohorts=" in page.url
    context.close()


@pytest.mark.visitor(java_script_enabled=False)
def test_without_scripts_it_says_what_is_missing_and_shows_all_cohorts(visit) -> None:
    page = visit.open(PAGE)
    expect(page.locator(".rb-explorer-note")).to_contain_text("needs JavaScript")
    expect(page.locator(".rb-explorer-form")).to_be_hidden()
    whole = str(words.interval(BOOK.analyse("complete_remission").primary, digits=1))
    expect(page.locator("main")).to_contain_text(whole)


def test_a_click_is_answered_at_once(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    times = page.evaluate("""() => {
        const ticks = [...document.querySelectorAll(".rb-explorer-cohorts input")];
        return Array.from({ length: 60 }, (_, i) => {
            const start = performance.now();
            ticks[i % ticks.length].click();
            document.body.getBoundingClientRect();  // layout included
            return performance.now() - start;
        });
    }""")
    median = statistics.median(times)
    print(f"a click takes {median:.2f} ms (median of {len(times)}, slowest {max(times):.1f} ms)")
    assert median < 50


def test_data_are_small_and_loaded_by_this_page_only(visit, site) -> None:
    files = list((site / "_static" / "explorer").glob("*.js"))
    assert {file.stem for file in files} == {outcome.id for outcome in BOOK.review.outcomes}
    assert sum(file.stat().st_size for file in files) < 1_000_000
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.open("index")
    assert not [url for url in asked if re.search(r"explorer", url)]
    visit.open(PAGE)
    _ready(visit.page)
    assert len([url for url in asked if "/_static/explorer/" in url]) == 1


@pytest.mark.visitor(width=320)
def test_fits_a_phone(visit) -> None:
    page = visit.open(PAGE)
    _ready(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
