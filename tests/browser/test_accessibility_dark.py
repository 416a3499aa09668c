"""No page has a violation that axe-core finds, in the dark theme, on a phone and on a desk."""

from __future__ import annotations

import pytest
from accessibility import violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("axe-dark")]


@pytest.mark.visitor(color_scheme="dark")
def test_page_in_(visit, name: str) -> None:
    page = visit.open(name)
    found = {}
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = violations(page)
    # Folded parts are part of the page too.
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found["unfolded"] = violations(page)
    assert found == {1280: [], 320: [], "unfolded": []}
