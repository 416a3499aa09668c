"""How pages are set: nothing cut off, no room left empty, nothing torn from what it belongs to."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

# Rows in which more than a line stays empty below all that they hold.
HOLLOW = """() => [...document.querySelectorAll("article tbody tr")]
  .filter(row => row.getClientRects().length)
  .map(row => {
    const range = document.createRange();
    range.selectNodeContents(row);
    const lines = [...range.getClientRects()].filter(box => box.width && box.height < 60);
    const gap = row.getBoundingClientRect().bottom - Math.max(...lines.map(box => box.bottom));
    return [row.closest("table").id, row.innerText.slice(0, 40), Math.round(gap)];
  })
  .filter(([, , gap]) => gap > 16)"""

# Verdicts whose point or bracket went to the next line.
TORN = """() => [...document.querySelectorAll(".rb-verdict")].flatMap(chip => {
    const texts = document.createTreeWalker(chip.closest("article"), NodeFilter.SHOW_TEXT);
    texts.currentNode = chip.lastChild;
    const after = texts.nextNode();
    if (!after || !/^[.,;:)]/.test(after.textContent)) return [];
    const range = document.createRange();
    range.setStart(after, 0);
    range.setEnd(after, 1);
    const mark = range.getBoundingClientRect(), box = chip.getBoundingClientRect();
    return [[chip.innerText, Math.abs(mark.top + mark.bottom - box.top - box.bottom) < 20]];
  })"""


@pytest.mark.parametrize(
    "chapter", ["index", "chapters/summary-of-findings", "chapters/reproduction-ledger"]
)
def test_a_row_of_a_table_ends_where_its_words_end(visit, chapter: str) -> None:
    page = visit.open(chapter)
    assert page.locator("article tbody tr").count() > 5
    assert page.evaluate(HOLLOW) == []


@pytest.mark.parametrize(
    "width",
    [pytest.param(width, marks=pytest.mark.visitor(width=width)) for width in (320, 390, 440)],
)
def test_a_verdict_and_the_point_after_it_stay_together(visit, width: int) -> None:
    for chapter in ("complete-remission", "neurotoxicity", "reproduction-ledger", "methods"):
        page = visit.open(f"chapters/{chapter}")
        found = page.evaluate(TORN)
        assert found
        assert [chip for chip, together in found if not together] == [], chapter


def test_what_a_cell_prints_is_not_cut_off(visit) -> None:
    page = visit.open("chapters/your-own-review")
    outputs = page.locator(".cell_output pre")
    assert outputs.count() > 3
    assert outputs.evaluate_all("all => all.filter(e => e.scrollWidth > e.clientWidth).length") == 0


def test_folded_parts_of_a_citation_are_set_alike(visit) -> None:
    page = visit.open("chapters/complete-remission")
    sizes = page.locator(".cite-box > details > summary").evaluate_all(
        "all => all.map(e => getComputedStyle(e).fontSize)"
    )
    assert len(sizes) > 3
    assert len(set(sizes)) == 1


@pytest.mark.parametrize(
    "width",
    [pytest.param(width, marks=pytest.mark.visitor(width=width)) for width in (1280, 390)],
)
def test_the_panel_of_a_number_hides_no_value_of_a_row(visit, width: int) -> None:
    page = visit.open("chapters/complete-remission")
    page.locator("a.rb-number", has_text="83").first.click()
    rows = page.locator(".rb-number-panel tbody tr")
    assert rows.count() == 12
    seen = page.locator(".rb-panel-scroll").evaluate_all(
        "all => all.map(box => box.scrollWidth <= box.clientWidth)"
    )
    assert seen
    assert all(seen)
    for value in rows.first.locator("td:not([data-empty])").all():
        assert value.is_visible()
        assert value.evaluate("e => getComputedStyle(e, '::before').content") != "none"


@pytest.mark.visitor(width=390)
def test_parameters_of_a_function_have_most_of_a_phone(visit) -> None:
    page = visit.open("chapters/library/metaprop-pooling")
    widths = page.locator("dl.field-list ul > li").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().width)"
    )
    assert len(widths) > 10
    assert min(widths) > 300
