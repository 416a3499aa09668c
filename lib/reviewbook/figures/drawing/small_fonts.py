"""The fonts of the drawings without the nine tenths of them that no drawing uses.

A PDF carries the part of a font that its words need, and matplotlib takes that part out of the
whole font anew for each figure: of DejaVu Sans, with its 6,000 characters, that takes longer than
drawing. So PDFs are set in a copy with a few hundred characters, the widths of which are the same.
Chinese is set in characters that come with the book, whatever fonts a machine has.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import matplotlib
from fontTools import subset
from fontTools.ttLib import TTFont
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

FAMILY = "DejaVu Sans"
HAN = "Noto Sans CJK SC"
SMALL, SMALL_HAN = (f"{family} of the book" for family in (FAMILY, HAN))
HAN_FILES = tuple(
    Path(__file__).with_name("fonts") / f"NotoSansCJKsc-{weight}.otf"
    for weight in ("Regular", "Bold")
)
"""The Chinese characters of the book; the README beside them says where they are from."""
RANGES = (
    *((0x20, 0x17F), (0x391, 0x3C9), (0x2010, 0x209F)),
    *((0x2190, 0x21FF), (0x2200, 0x22FF), (0x25A0, 0x25FF), (0x2713, 0x2717)),
)
"""Letters of Latin and Greek, punctuation, powers, arrows, signs of mathematics, shapes, ticks."""


@cache
def small_family() -> str:
    """Return the name of the small family, made when it is first asked for."""
    for weight in ("normal", "bold"):
        path = findfont(FontProperties(family=FAMILY, weight=weight))
        fontManager.addfont(_written(_cut(path), FAMILY, f"{Path(path).stem}-small.ttf"))
    return SMALL


@cache
def han_family() -> str:
    """Return the name of the Chinese family; no font of the machine has the same."""
    for path in HAN_FILES:
        fontManager.addfont(_written(TTFont(path, recalcTimestamp=False), HAN, path.name))
    return SMALL_HAN


@cache
def _han() -> frozenset[int]:
    return frozenset(get_font(HAN_FILES[0]).get_charmap())


def holds(text: str) -> bool:
    """Whether the small families have all characters of a text that the whole font has."""
    return all(
        c == "\n" or any(a <= ord(c) <= b for a, b in RANGES) or ord(c) in _han() for c in text
    )


def _cut(path: str) -> TTFont:
    """Return the part of a font that drawings use."""
    options = subset.Options(layout_scripts=["DFLT", "latn"], glyph_names=True)
    options.drop_tables += ["FFTM"]  # when it was drawn
    font = subset.load_font(path, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for a, b in RANGES for code in range(a, b + 1)])
    subsetter.subset(font)
    return font


def _written(font: TTFont, family: str, name: str) -> Path:
    """Write a font of a family of the book's own beside the others; return its file.

    A PDF has its fonts in the order of their files, so all lie in one folder.
    """
    for record in font["name"].names:
        record.string = record.toUnicode().replace(family, f"{family} of the book")
    made = Path(matplotlib.get_cachedir()) / name
    half = made.with_suffix(f".{os.getpid()}")
    font.save(half)
    half.replace(made)  # kernels that start at once make it side by side
    return made
