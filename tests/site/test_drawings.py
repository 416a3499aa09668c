"""Every drawing of the built site, wide and narrow: its texts can be read one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from built_site import PAGES
from drawn_texts import inline_drawings, outside, smallest, touching

pytestmark = pytest.mark.site

SHOWN = {"wide": 720.0, "narrow": 340.0}
LEAST = {"wide": 11.99, "narrow": 11.0}
"""Pixels that a drawing is wide on a page, and that its smallest type then has at least."""


@pytest.fixture(scope="module")
def drawings(site: Path) -> list[tuple[str, str, str]]:
    """Anchor, variant and SVG of every drawing."""
    found = []
    for page in PAGES:
        html = (site / f"{page}.html").read_text(encoding="utf-8")
        for number, (name, svg) in enumerate(inline_drawings(html)):
            found.append((name, "narrow" if number % 2 else "wide", svg))
    assert len(found) >= 100
    return found


def test_no_two_texts_of_a_drawing_touch(drawings: list[tuple[str, str, str]]) -> None:
    assert {f"{n}, {v}": bad for n, v, svg in drawings if (bad := touching(svg))} == {}


def test_no_text_leaves_its_drawing(drawings: list[tuple[str, str, str]]) -> None:
    assert {f"{n}, {v}": bad for n, v, svg in drawings if (bad := outside(svg))} == {}


def test_no_type_is_too_small_on_a_page_or_a_phone(drawings: list[tuple[str, str, str]]) -> None:
    sizes = {f"{n}, {v}": smallest(svg, pixels=SHOWN[v]) for n, v, svg in drawings}
    least = {key: LEAST[key.rsplit(", ", 1)[1]] for key in sizes}
    assert {key: size for key, size in sizes.items() if size < least[key]} == {}
