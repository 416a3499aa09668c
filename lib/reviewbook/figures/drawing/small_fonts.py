"""The font of the drawings without the nine tenths of it that no drawing uses.

A PDF carries the part of a font that its words need, and matplotlib takes that part out of the
whole font anew for each figure: of DejaVu Sans, with its 6,000 characters, that takes longer than
drawing. So PDFs are set in a copy with a few hundred characters, the widths of which are the same.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import matplotlib
from fontTools import subset
from matplotlib.font_manager import FontProperties, findfont, fontManager

FAMILY = "DejaVu Sans"
SMALL = "DejaVu Sans of the book"
RANGES = (
    *((0x20, 0x17F), (0x391, 0x3C9), (0x2010, 0x209F)),
    *((0x2190, 0x21FF), (0x2200, 0x22FF), (0x25A0, 0x25FF), (0x2713, 0x2717)),
)
"""Letters of Latin and Greek, punctuation, powers, arrows, signs of mathematics, shapes, ticks."""


@cache
def small_family() -> str:
    """Return the name of the small family, made when it is first asked for."""
    for weight in ("normal", "bold"):
        fontManager.addfont(_small(findfont(FontProperties(family=FAMILY, weight=weight))))
    return SMALL


def holds(text: str) -> bool:
    """Whether the small family has all characters of a text that the whole font has."""
    return all(c == "\n" or any(a <= ord(c) <= b for a, b in RANGES) for c in text)


def _small(path: str) -> Path:
    """Write the part of a font that drawings use; return its file."""
    options = subset.Options(layout_scripts=["DFLT", "latn"], glyph_names=True)
    options.drop_tables += ["FFTM"]  # when it was drawn
    font = subset.load_font(path, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for a, b in RANGES for code in range(a, b + 1)])
    subsetter.subset(font)
    for record in font["name"].names:
        record.string = record.toUnicode().replace(FAMILY, SMALL)
    made = Path(matplotlib.get_cachedir()) / f"{Path(path).stem}-small.ttf"
    half = made.with_suffix(f".{os.getpid()}")
    font.save(half)
    half.replace(made)  # kernels that start at once make it side by side
    return made
