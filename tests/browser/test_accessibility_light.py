"""No page has a violation that axe-core finds, in the light theme, on a desk and on a phone."""

from __future__ import annotations

import pytest
from accessibility import unfold, violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("axe-light")]


@pytest.mark.visitor(color_scheme="light")
def test_page_in_light_theme(visit, name: str) -> None:
    page = visit.open(name)
    unfold(page)
    found = {}
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = violations(page)
    assert found == {1280: [], 320: []}


def test_search_results(visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}search.html?q=remission")
    page.locator("#search-results li").first.wait_for()
    assert violations(page) == []


def test_axe_would_find_a_violation(visit) -> None:
    page = visit.page
    page.set_content("<html lang='en'><title>x</title><main><h1>x</h1><img src=''></main></html>")
    assert any(line.startswith("image-alt") for line in violations(page))
