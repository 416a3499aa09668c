"""No page has a violation that axe-core finds, in either theme, on a desk and on a phone."""

from __future__ import annotations

import pytest
from accessibility import (
    keep_few_entries,
    themes_differ_beyond_colours,
    unfold,
    violations,
    violations_of_colours,
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
        for theme, find in (("light", violations), ("dark", violations_of_colours)):
            page.emulate_media(color_scheme=theme)
            dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
            assert dark == (theme == "dark")
            found[theme, width] = find(page)
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


FAINT_IN_THE_DARK = """<html lang='en'><title>x</title><style>
body { background: white; color: black }
@media (prefers-color-scheme: dark) {
  body { background: black; color: white } a, a:visited { color: #9cf }
  %s
}</style><main><h1>x</h1><p>One</p><p>Two <i>words</i></p><div class='box'><p>Three</p></div>
<p>Four and <a href='#x'>a link</a> and more</p></main></html>"""


@pytest.mark.parametrize(
    ("style", "rule"),
    [
        ("i { color: #333 }", "color-contrast"),
        (".box { background: #ddd }", "color-contrast"),
        (".box { opacity: 0.2 }", "color-contrast"),
        ("a { color: #eee; text-decoration: none }", "link-in-text-block"),
        ("", ""),
    ],
)
def test_what_is_faint_in_the_dark_alone_would_be_found(visit, style: str, rule: str) -> None:
    page = visit.page
    page.emulate_media(color_scheme="dark")
    page.set_content(FAINT_IN_THE_DARK % style.replace("a {", "a, a:visited {"))
    found = [line.partition(" ")[0] for line in violations_of_colours(page)]
    assert found == ([rule] if rule else [])
    page.emulate_media(color_scheme="light")
    assert violations_of_colours(page) == [] or rule == "link-in-text-block"
