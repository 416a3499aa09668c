"""No page has a violation that axe-core finds, in either theme, on a desk and on a phone."""

from __future__ import annotations

import pytest
from accessibility import (
    COLOUR_RULES,
    keep_few_entries,
    themes_differ_beyond_colours,
    unfold,
    violations,
)

pytestmark = pytest.mark.browser


def test_page_in_both_themes(visit, name: str) -> None:
    page = visit.open(name)
    unfold(page)
    keep_few_entries(page)
    assert themes_differ_beyond_colours(page) == []
    found = {}
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        for theme, rules in (("light", ()), ("dark", COLOUR_RULES)):
            page.emulate_media(color_scheme=theme)
            dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
            assert dark == (theme == "dark")
            found[theme, width] = violations(page, rules=rules)
    assert {where: lines for where, lines in found.items() if lines} == {}
    assert len(found) == 4


def test_search_results(visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}search.html?q=remission")
    page.locator("#search-results li").first.wait_for()
    assert violations(page) == []


def test_axe_would_find_a_violation(visit) -> None:
    page = visit.page
    page.set_content("<html lang='en'><title>x</title><main><h1>x</h1><img src=''></main></html>")
    assert any(line.startswith("image-alt") for line in violations(page))
