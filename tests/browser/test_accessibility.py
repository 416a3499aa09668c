"""No page has a violation that axe-core finds, in either theme, on a desk and on a phone."""

from __future__ import annotations

import pytest
from accessibility import unfold, violations

pytestmark = pytest.mark.browser
LIGHT = pytest.mark.xdist_group("axe-light")
DARK = pytest.mark.xdist_group("axe-dark")


# The entries of the numbers of a page come from one template; a few stand for hundreds, which would
# take axe ten times as long as the page itself.
FEW_ENTRIES = """() => {
  document.querySelectorAll(".rb-origins > .rb-origin:nth-of-type(n+4)").forEach(e => e.remove());
  document.querySelectorAll(".rb-origins > .rb-origin-shared:nth-of-type(n+3)")
    .forEach(e => e.remove());
}"""


@pytest.mark.parametrize(
    "theme",
    [
        pytest.param("light", marks=[LIGHT, pytest.mark.visitor(color_scheme="light")]),
        pytest.param("dark", marks=[DARK, pytest.mark.visitor(color_scheme="dark")]),
    ],
)
def test_page_in_both_themes(visit, name: str, theme: str) -> None:
    page = visit.open(name)
    assert page.evaluate("query => matchMedia(query).matches", f"(prefers-color-scheme: {theme})")
    unfold(page)
    page.evaluate(FEW_ENTRIES)
    found = {}
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = violations(page)
    assert found == {1280: [], 320: []}


@LIGHT
def test_search_results(visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}search.html?q=remission")
    page.locator("#search-results li").first.wait_for()
    assert violations(page) == []


@LIGHT
def test_axe_would_find_a_violation(visit) -> None:
    page = visit.page
    page.set_content("<html lang='en'><title>x</title><main><h1>x</h1><img src=''></main></html>")
    assert any(line.startswith("image-alt") for line in violations(page))
