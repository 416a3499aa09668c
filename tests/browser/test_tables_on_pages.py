"""Tables: nothing hidden on a desk, blocks on a phone, and still tables for who hears them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from accessibility import keep_few_entries, violations
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

LEDGER = "chapters/reproduction-ledger"
SORTABLE = "chapters/complete-remission"
GROUPED = "chapters/study-selection"
PHONE = {"width": 390, "height": 900}
OPEN = "document.querySelectorAll('details').forEach(d => d.open = true)"

# Boxes of tables that hide part of what they hold.
HIDING = """() => [...document.querySelectorAll(".rb-scroll")]
  .filter(box => box.scrollWidth > box.clientWidth)
  .map(box => box.querySelector("table"))"""


def test_no_table_hides_a_column_on_a_desk(on_desk) -> None:
    page = on_desk.page
    page.evaluate(OPEN)
    assert page.evaluate(f"({HIDING})().map(table => table.id)") == []


def test_only_grids_of_numbers_scroll_on_a_phone_and_keep_their_first_column(on_phone) -> None:
    page = on_phone.page
    page.set_viewport_size(PHONE)
    page.evaluate(OPEN)
    wrong = f"""() => ({HIDING})().filter(table => !table.classList.contains("rb-numbers")
      || table.querySelector("tbody tr:not(.rb-below) .rb-verdict, tbody td.rb-prose")
      || getComputedStyle(table.querySelector("thead th")).position !== "sticky")
      .map(table => table.id)"""
    assert page.evaluate(wrong) == []


@pytest.mark.visitor(width=390, java_script_enabled=False)
def test_verdicts_are_in_sight_on_a_phone_and_their_reasons_fold_without_script(visit) -> None:
    page = visit.open(LEDGER)
    table = page.locator("#tbl-ledger")
    chips = table.locator(".rb-verdict")
    assert chips.count() >= 7
    for i in range(chips.count()):
        box = chips.nth(i).bounding_box()
        assert 0 <= box["x"] < box["x"] + box["width"] <= 390
    reason = table.locator("details").first
    expect(reason.locator("p").first).to_be_hidden()
    reason.locator("summary").click()
    expect(reason.locator("p").first).to_be_visible()


def test_reasons_are_open_on_a_desk_and_in_print(visit) -> None:
    page = visit.open(LEDGER)
    reason = page.locator("#tbl-ledger details").first
    for media in ("screen", "print"):
        page.emulate_media(media=media)
        expect(reason.locator("p").first).to_be_visible()
        expect(reason.locator("summary")).to_be_hidden()


@pytest.mark.visitor(width=390)
def test_a_stacked_table_is_a_table_for_who_hears_it(visit) -> None:
    page = visit.open(SORTABLE)
    table = page.locator("#tbl-complete-remission-cohorts")
    assert table.evaluate("e => getComputedStyle(e.rows[1]).display") == "block"
    page.evaluate(OPEN)
    heard = page.get_by_role("table").and_(table)
    rows = heard.get_by_role("row")
    assert rows.count() == table.locator("tbody tr").count() + 1
    assert rows.nth(1).get_by_role("rowheader").count() == 1
    assert rows.nth(1).get_by_role("cell").count() >= 4


@pytest.mark.visitor(width=390)
def test_labels_of_cells_are_seen_and_not_part_of_their_text(visit) -> None:
    page = visit.open(SORTABLE)
    cell = page.locator("#tbl-complete-remission-cohorts td[data-label='Infused']").first
    said = cell.evaluate("e => getComputedStyle(e, '::before').content")
    assert said == '"Infused" / ""'
    assert cell.inner_text().strip().isdigit()


def test_a_table_is_printed_as_a_table(visit) -> None:
    page = visit.open(SORTABLE)
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(media="print")
    shown = page.locator("#tbl-complete-remission-cohorts tbody tr").first
    assert shown.evaluate("e => getComputedStyle(e).display") == "table-row"


@pytest.mark.parametrize(
    "width",
    [pytest.param(width, marks=pytest.mark.visitor(width=width)) for width in (1280, 390)],
)
def test_what_is_copied_of_a_table_is_its_cells_in_order(visit, width: int) -> None:
    page = visit.open(SORTABLE)
    copied, cells = page.locator("#tbl-complete-remission-cohorts tbody").evaluate(
        """e => { const s = getSelection(); s.removeAllRanges(); s.selectAllChildren(e);
                  const cells = [...e.rows].flatMap(row => [...row.cells].map(c => c.innerText));
                  return [s.toString(), cells]; }"""
    )
    assert copied.split() == " ".join(cells).split()
    assert len(cells) > 50


def pairs(bodies: list[list[str]]) -> set[tuple[str, str]]:
    """Rows with what stands directly below them."""
    return {(a, b) for body in bodies for a, b in pairwise(body) if b.startswith("> ")}


@pytest.mark.parametrize(
    "width",
    [pytest.param(width, marks=pytest.mark.visitor(width=width)) for width in (1280, 390)],
)
def test_rows_are_sorted_within_their_group_and_keep_what_stands_below(visit, width: int) -> None:
    page = visit.open("chapters/consolidation-transplant")
    table = page.locator("#tbl-other-survival-figures")

    def state() -> list[list[str]]:
        return table.evaluate(
            """e => [...e.tBodies].map(body => [...body.rows]
              .map(row => row.classList.contains("rb-below") ? "> " + row.textContent.trim()
                                                              : row.cells[0].textContent.trim()))"""
        )

    before = state()
    assert any(text.startswith("> ") for body in before for text in body)
    stand_below = pairs(before)
    head = table.locator("thead th").first
    head.get_by_role("button").click()
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    after = state()
    assert [body[0] for body in after] == [body[0] for body in before], "heads of groups moved"
    assert [sorted(body) for body in after] == [sorted(body) for body in before]
    assert after != before
    assert pairs(after) == stand_below


def test_arrows_of_sorting_are_not_read_out(visit) -> None:
    page = visit.open(SORTABLE)
    table = page.locator("#tbl-complete-remission-cohorts")
    button = table.get_by_role("button", name="Infused", exact=True)
    expect(button).to_have_count(1)
    assert "↕" in button.evaluate("e => getComputedStyle(e, '::after').content")


def regions(page: Page) -> list[bool]:
    """Whether each landmark of a table has anything to scroll to."""
    return list(page.evaluate(
        "[...document.querySelectorAll('.rb-scroll[role=region]')]"
        ".map(e => e.scrollWidth > e.clientWidth)"
    ))  # fmt: skip


@pytest.mark.visitor(width=390)
def test_only_tables_that_scroll_are_landmarks(visit) -> None:
    page = visit.open("chapters/sensitivity")
    found = regions(page)
    assert found
    assert all(found)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_function("!document.querySelector('.rb-scroll[role=region]')")


GROUPED_GRIDS = """() => [...document.querySelectorAll(".rb-scroll:has(.rb-numbers .rb-group)")]
  .filter(box => box.scrollWidth > box.clientWidth + 20)"""


def test_heads_of_rows_stay_when_their_grid_scrolls(on_phone) -> None:
    page = on_phone.page
    page.set_viewport_size(PHONE)
    page.evaluate(OPEN)
    gone = page.evaluate(
        f"""({GROUPED_GRIDS})().flatMap(box => {{
          box.scrollLeft = box.scrollWidth;
          return [...box.querySelectorAll("tr.rb-group > * > *")]
            .filter(e => e.getBoundingClientRect().left < box.getBoundingClientRect().left - 1)
            .map(e => e.textContent);
        }})"""
    )
    assert gone == []


@pytest.mark.visitor(width=390)
def test_a_grid_that_scrolls_can_have_the_whole_screen(visit) -> None:
    page = visit.open("chapters/sensitivity")
    box = page.locator(".rb-scroll:has(#tbl-complete-remission-influence)")
    button = box.locator("xpath=following-sibling::*[1]")
    expect(button).to_have_text("Full screen")
    button.click()
    page.wait_for_function("document.fullscreenElement !== null")
    assert box.evaluate("e => document.fullscreenElement === e")
    page.evaluate("document.exitFullscreen()")
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(button).to_be_hidden()


def test_a_table_that_a_link_led_to_is_marked(visit) -> None:
    page = visit.open("chapters/study-selection")
    caption = page.locator("#tbl-flow caption")
    colour = "e => getComputedStyle(e).backgroundColor"
    before = caption.evaluate(colour)
    page.goto(f"{visit.address}chapters/study-selection.html#tbl-flow")
    assert caption.evaluate(colour) != before


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "width",
    [pytest.param(width, marks=pytest.mark.visitor(width=width)) for width in (1280, 390)],
)
def test_stacked_tables_have_no_violation(visit, width: int, scheme: str) -> None:
    page = visit.open(LEDGER)
    page.emulate_media(color_scheme=scheme)
    page.evaluate(OPEN)
    keep_few_entries(page)
    assert page.locator(".rb-stacks").count() > 3
    assert violations(page) == []


@pytest.mark.visitor(width=320)
def test_long_names_of_cohorts_wrap(visit) -> None:
    page = visit.open(GROUPED)
    wide = page.evaluate(
        """[...document.querySelectorAll(".rb-stacks :is(th, td)")]
           .filter(e => e.getClientRects().length && e.getBoundingClientRect().right > innerWidth)
           .map(e => e.textContent)"""
    )
    assert wide == []
