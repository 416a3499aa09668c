"""What a drawing writes and marks can be read on the paper of both themes (WCAG 2, 1.4.3)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import reviewbook.sphinxext
from reviewbook.figures.drawing.style import TOKENS

CSS = Path(reviewbook.sphinxext.__file__).parent / "static" / "reviewbook.css"
FAINT = {"paper", "rule"}
"""Tokens of the ground and of guide lines, which nothing is written or told in."""
READABLE = 4.5


def themes() -> dict[str, dict[str, str]]:
    """Return token → colour of each theme that the style sheet defines for pages."""
    blocks = re.findall(r"(:root[^{]*)\{([^}]*)\}", CSS.read_text(encoding="utf-8"))
    found = {}
    for selector, body in blocks:
        colours = dict(re.findall(r"--rb-([a-z0-9]+): (#[0-9a-f]{6})\b", body))
        if set(TOKENS) <= set(colours):
            found[selector.strip()] = {name: colours[name] for name in TOKENS}
    return found


def light(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(c * share for c, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((light(one), light(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_there_are_a_light_theme_and_a_dark_one_by_choice_and_by_system() -> None:
    papers = [light(colours["paper"]) for colours in themes().values()]
    assert len(papers) == 3
    assert sorted(paper > 0.5 for paper in papers) == [False, False, True]
    by_system, by_choice = (c for c in themes().values() if light(c["paper"]) < 0.5)
    assert by_system == by_choice


def test_the_light_theme_has_the_colours_that_files_outside_pages_have() -> None:
    (page,) = (c for c in themes().values() if light(c["paper"]) > 0.5)
    assert page == TOKENS


@pytest.mark.parametrize("theme", list(themes()))
def test_every_colour_of_words_and_marks_stands_out_from_the_paper(theme: str) -> None:
    colours = themes()[theme]
    poor = {
        name: round(contrast(colour, colours["paper"]), 2)
        for name, colour in colours.items()
        if name not in FAINT and contrast(colour, colours["paper"]) < READABLE
    }
    assert poor == {}


def test_black_on_white_is_the_most_there_is() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    # 4.54 by the published formula: the usual example of a grey that just passes.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
