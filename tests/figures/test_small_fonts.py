"""The small copy of the font sets every text as the whole font does."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from reviewbook.figures.drawing.paper import pdf
from reviewbook.figures.drawing.small_fonts import FAMILY, RANGES, han_family, holds, small_family
from reviewbook.figures.drawing.style import HAN

ROOT = Path(__file__).parents[2]
TEXTS = [
    "AVATAR Type To. Yes",
    "fi ffl",
    "87 % (80 to 94)",
    "τ² ≤ 0.05, I² −3 – “x”",
    "Böiers · naïve",
]


@pytest.mark.parametrize("weight", ["normal", "bold"])
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_has_the_same_size(text: str, weight: str) -> None:
    whole, small = (
        text_to_path.get_text_width_height_descent(
            text, FontProperties(family=family, weight=weight, size=9), ismath=False
        )
        for family in (FAMILY, small_family())
    )
    assert small == whole


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_it_holds_each_character_that_the_whole_font_has_in_its_ranges(weight: str) -> None:
    whole, small = (
        get_font(findfont(FontProperties(family=family, weight=weight), fallback_to_default=False))
        for family in (FAMILY, small_family())
    )
    assert whole.fname != small.fname
    wanted = {c for c in whole.get_charmap() if any(a <= c <= b for a, b in RANGES)}
    assert wanted == set(small.get_charmap())
    assert len(wanted) > 500


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize(
    ("words", "small"), [("87 % ≥ τ² ✓", True), ("87 % 例", True), ("87 % ก", False)]
)
def test_a_pdf_is_set_in_it_where_it_has_every_character(words: str, small: bool) -> None:
    """With another font beside it the order in the file would be that of the folders."""
    figure = Figure()
    family = [FAMILY, han_family()]
    texts = [
        figure.text(0.1, 0.1, words, family=family),
        figure.text(0.1, 0.5, "Two\nlines", weight="bold", family=family),
    ]
    before = [text.get_fontfamily() for text in texts]
    made = pdf(figure)
    assert made.startswith(b"%PDF")
    after = [text.get_fontfamily() for text in texts]
    assert after == ([[small_family(), han_family()]] * 2 if small else before)
    assert [holds(words), holds("Two\nlines")] == [small, True]


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_the_books_own_font_has_every_chinese_character_of_its_texts(weight: str) -> None:
    """So a Chinese figure is the same on every machine, whatever fonts it has."""
    written = [*(ROOT / "lib").rglob("*.py"), *(ROOT / "chapters").glob("*.md")]
    wanted = {sign for path in written for sign in HAN.findall(path.read_text(encoding="utf-8"))}
    font = FontProperties(family=han_family(), weight=weight)
    held = get_font(findfont(font, fallback_to_default=False))
    assert str(held.fname).endswith({"normal": "Regular.otf", "bold": "Bold.otf"}[weight])
    # A range in a pattern is written by its ends, which are no characters of a text.
    assert wanted - {chr(code) for code in held.get_charmap()} <= set("\u2e80\u9fff")
    assert len(wanted) > 300
