"""No page has a violation that axe-core finds, in the dark theme, on a desk and on a phone."""

from __future__ import annotations

import pytest
from accessibility import unfold, violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("axe-dark")]


@pytest.mark.visitor(color_scheme="dark")
def test_page_in_dark_theme(visit, name: str) -> None:
    page = visit.open(name)
    unfold(page)
    found = {}
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = violations(page)
    assert found == {1280: [], 320: []}
