"""A click on a number of a table tells where it comes from; without a script a link does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from accessibility import violations
from playwright.sync_api import Locator, Page, expect

from conftest import Visit
from reviewbook.book.results.listing import NUMBERS

pytestmark = [pytest.mark.site, pytest.mark.browser]

PAGE, TABLE = "chapters/complete-remission", "tbl-complete-remission-recipes"
PHONE = pytest.mark.visitor(width=390, has_touch=True, is_mobile=True)


def first_cell(page: Page) -> Locator:
    return page.locator(f"#{TABLE} td[id^='n-']").first


def panel_of(page: Page) -> Locator:
    return page.get_by_role("dialog")


def told(site: Path, name: str) -> tuple[dict[str, str], float]:
    """Return the figure or table of a number, and the number, as the list has them."""
    for one in json.loads((site / NUMBERS).read_text(encoding="utf-8"))["shown"]:
        for cell in one["cells"]:
            if cell["id"] == name:
                return one, cell["value"]
    raise AssertionError(name)


def test_a_click_on_a_cell_tells_value_rows_and_program(visit: Visit, site: Path) -> None:
    page = visit.open(PAGE)
    cell = first_cell(page)
    one, value = told(site, str(cell.get_attribute("id")))
    cell.click()
    panel = panel_of(page)
    expect(panel).to_have_accessible_name(f"Where {cell.inner_text()} comes from")
    expect(panel.locator("dd").first).to_have_text(format(value, ".17g"))
    expect(panel.locator(".rb-origin-rows tbody tr")).to_have_count(12)
    program = panel.locator(".rb-origin-python").text_content() or ""
    assert program.startswith(one["python"])
    assert 'value = table.frame["estimate"].iloc[0]\n' in program
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    assert visit.complaints == []
    assert visit.outside == []


@PHONE
def test_a_tap_opens_it_and_another_takes_its_place(visit: Visit) -> None:
    page = visit.open(PAGE)
    first_cell(page).tap()
    expect(panel_of(page)).to_have_count(1)
    panel_of(page).get_by_role("button", name="Close").tap()
    expect(panel_of(page)).to_have_count(0)
    other = page.locator("#tbl-complete-remission-cohorts td[id^='n-']").first
    other.tap()
    said = other.inner_text().splitlines()[0]
    expect(panel_of(page)).to_have_accessible_name(f"Where {said} comes from")


def test_it_opens_from_a_disk(visit: Visit, site: Path) -> None:
    visit.page.goto((site / f"{PAGE}.html").as_uri())
    first_cell(visit.page).click()
    expect(panel_of(visit.page).locator(".rb-origin-rows")).to_have_count(1)


def test_a_click_on_a_number_of_the_text_still_opens_its_own_entry(visit: Visit) -> None:
    page = visit.open(PAGE)
    first_cell(page).click()
    expect(panel_of(page)).to_have_count(1)
    page.keyboard.press("Escape")
    page.locator("a.rb-number").first.click()
    expect(panel_of(page).locator(".rb-origin-rows")).not_to_have_count(0)


def test_text_of_a_cell_can_be_selected(visit: Visit) -> None:
    page = visit.open(PAGE)
    first_cell(page).dblclick()
    assert page.evaluate("getSelection().toString().trim()")


@pytest.mark.visitor(java_script_enabled=False)
def test_without_scripts_a_link_leads_to_the_numbers_and_back(visit: Visit) -> None:
    page = visit.open(PAGE)
    page.locator(f"a.rb-shown[href$='#{TABLE}']").click()
    part = page.locator(f"#{TABLE}")
    expect(part.locator("td[id]").first).to_be_visible()
    part.locator("h2 a").click()
    assert page.url.endswith(f"{PAGE}.html#{TABLE}")


def test_the_address_of_a_number_marks_its_cell(visit: Visit) -> None:
    page = visit.open(PAGE)
    name = str(first_cell(page).get_attribute("id"))
    page.goto(f"{visit.address}{PAGE}.html#{name}")
    expect(page.locator(f"#{name}")).to_be_in_viewport()
    assert page.locator("td:target").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_on_the_page_of_numbers(visit: Visit, scheme: str, width: int) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    visit.open(f"numbers/{PAGE}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_panel_of_a_cell(visit: Visit, scheme: str) -> None:
    visit.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = visit.open(PAGE)
    first_cell(page).click()
    expect(panel_of(page)).to_have_count(1)
    assert violations(page) == []
