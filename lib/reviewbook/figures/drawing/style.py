"""One look for all figures: colours, marker shapes, type, sizes and the measuring of text.

The look is a theme of seaborn, "ticks", with the colours and sizes of the book put in.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Literal

import seaborn
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from .small_fonts import FAMILY

TOKENS = {
    "ink": "#1b1f24",
    "muted": "#57606a",
    "rule": "#d0d7de",
    "paper": "#ffffff",
    "accent": "#0b5cad",
    "printed": "#6e7781",
    "c1": "#0b5cad",
    "c2": "#b5480b",
    "c3": "#1a7f4b",
    "c4": "#8a3ffc",
    "c5": "#9a6700",
    "c6": "#c11574",
    "good": "#14683c",
    "near": "#0b5cad",
    "bad": "#9e2b0e",
    "open": "#57606a",
}
"""Colours of the light theme by token; the pages' style sheet defines them for both themes."""

INK, MUTED, RULE, PAPER = (TOKENS[name] for name in ("ink", "muted", "rule", "paper"))
ACCENT, PRINTED = TOKENS["accent"], TOKENS["printed"]
# Some tokens share a light colour with another one. A neighbouring value is drawn, so that the SVG
# can tell the two apart; the token's own colour is what gets written.
C1 = "#0b5cae"
GOOD, NEAR, BAD, OPEN = TOKENS["good"], "#0b5caf", TOKENS["bad"], "#57606b"
PALETTE = seaborn.color_palette([C1, *(TOKENS[f"c{i}"] for i in range(2, 7))])
CATEGORY_COLOURS = tuple(PALETTE.as_hex())
MARKERS = ("o", "s", "^", "D", "v", "P")
"""Marker shapes; category *i* has colour *i* and shape *i*, so colour never speaks alone."""
NEIGHBOURS = {C1: "c1", NEAR: "near", OPEN: "open"}
DRAWN = {value: name for name, value in TOKENS.items() if name not in NEIGHBOURS.values()}
DRAWN |= NEIGHBOURS
"""Drawn colour -> token."""

Variant = Literal["wide", "narrow"]
WIDE, NARROW = 7.4, 3.5
WIDTHS: dict[Variant, float] = {"wide": WIDE, "narrow": NARROW}
"""Widths in inches; shown at 720 and at about 340 CSS pixels, 1 pt is then about 1.35 px."""
SIZE, SMALL = 9.6, 9.4
"""Type sizes in points of the drawing; the page shows it at 680 pixels or more: 9 points."""
LINE = 0.17
"""Distance in inches of two lines of text."""

FONT_STACK = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"

HAN_STACK = "'PingFang SC', 'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei'"
HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
"""A character of Chinese text, full-width marks included; it is as wide as it is high."""

_TIED = re.compile(r"(?<=\b[Pp]hase) (?=[IVX\d])|(?<=\b[Gg]rade) (?=\d)|(?<=[=<]) | (?=[=<·])")
"""A space that no line ends at: a line of "I", "12" or one that begins with "·" reads badly."""
_TOGETHER = re.compile(
    r"（?[\u2e80-\u2fff\u3040-\u9fff][，。；：、）]*"  # a character with the marks around it
    r"| ?[^\s\u2e80-\u9fff（]+"  # a word or a number
    r"|[（ ]"
)

TICKS = {"color": MUTED, "labelsize": SIZE, "major.size": 3.5, "major.width": 0.7}
THEME: dict[str, Any] = {
    "font.family": [FAMILY],
    "font.size": SIZE,
    "text.color": INK,
    "axes.axisbelow": "line",
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.labelcolor": INK,
    "axes.labelsize": SIZE,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "lines.linewidth": 1.2,
    "lines.solid_capstyle": "butt",
    **{f"{axis}tick.{part}": value for axis in ("x", "y") for part, value in TICKS.items()},
}
RC: dict[str, Any] = {
    **seaborn.axes_style("ticks", rc=THEME),
    **seaborn.plotting_context("paper", rc=THEME),
    "svg.fonttype": "none",
    "svg.hashsalt": "reviewbook",
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "path.simplify": False,
    "savefig.facecolor": "none",
}
"""Settings under which every figure is drawn and written."""


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = SIZE, *, bold: bool = False) -> float:
    """Width of `text` in inches at `size` points, in the font the layout is made with.

    That font, DejaVu Sans, comes with matplotlib and is wider than the system fonts of the page,
    so what fits here fits there. It has no Chinese; such characters are squares.
    """
    text, han = HAN.subn("", text)
    font = FontProperties(family=FAMILY, weight="bold" if bold else "normal", size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width + han * size) / 72.0


def wrap(text: str, width: float, size: float = SIZE, *, bold: bool = False) -> list[str]:
    """Break `text` at spaces into lines of at most `width` inches (a longer word stays whole).

    A number stays with "phase", "grade" and its equals sign. Chinese text breaks between any two
    characters, but not before a mark.
    """
    lines: list[str] = []
    for word in _words(text):
        candidate = f"{lines[-1]}{word}" if lines else word
        if lines and text_width(candidate, size, bold=bold) <= width:
            lines[-1] = candidate
        else:
            lines.append(word.removeprefix(" "))
    return lines or [""]


def _words(text: str) -> list[str]:
    """Return what stays together in a line; a space belongs to the word it stands before."""
    if not HAN.search(text):
        first, *others = _TIED.sub("\n", text).split(" ")
        return [word.replace("\n", " ") for word in (first, *(f" {word}" for word in others))]
    return _TOGETHER.findall(text)
