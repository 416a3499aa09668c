"""Where the texts of a drawing stand, from its SVG and the font its layout is made with."""

from __future__ import annotations

import re
from itertools import combinations
from typing import NamedTuple
from xml.etree import ElementTree as ET

from reviewbook.figures.drawing.style import text_width

SVG = "{http://www.w3.org/2000/svg}"
APART = 3.0
"""Points that two texts of one line keep between them."""
TURNED = re.compile(r"translate\(([\d.]+) ([\d.]+)\) rotate\(-90\)")


class Box(NamedTuple):
    """A text with its left, upper, right and lower end in points."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def boxes(svg: str) -> list[Box]:
    return [_box(text) for text in ET.fromstring(svg).iter(f"{SVG}text")]


def touching(svg: str) -> list[tuple[str, str]]:
    """Return the pairs of texts that lie on each other or nearly touch in one line."""
    return [
        (a.text, b.text)
        for a, b in combinations(boxes(svg), 2)
        if a.left < b.right + APART
        and b.left < a.right + APART
        and a.top < b.bottom - 0.5
        and b.top < a.bottom - 0.5
    ]


def outside(svg: str) -> list[str]:
    """Return the texts that leave the drawing by more than a point."""
    width, height = (float(v) for v in ET.fromstring(svg).attrib["viewBox"].split()[2:])
    return [
        box.text
        for box in boxes(svg)
        if min(box.left, box.top) < -1.0 or box.right > width + 1.0 or box.bottom > height + 1.0
    ]


def smallest(svg: str, *, pixels: float) -> float:
    """Return the smallest type size, in pixels of a page that shows the drawing so wide."""
    root = ET.fromstring(svg)
    width = float(root.attrib["viewBox"].split()[2])
    sizes = [float(text.attrib["font-size"]) for text in root.iter(f"{SVG}text")]
    return min(sizes) * pixels / width


def _box(text: ET.Element) -> Box:
    words = text.text or ""
    size = float(text.attrib["font-size"])
    wide = 72 * text_width(words, size, bold=text.get("font-weight") == "600")
    turned = TURNED.fullmatch(text.get("transform", ""))
    if turned:  # read upwards from its place
        x, y = float(turned.group(1)), float(turned.group(2))
        return Box(words, x - 0.75 * size, y - wide, x + 0.2 * size, y)
    x, y = float(text.attrib["x"]), float(text.attrib["y"])
    x -= {"start": 0.0, "middle": 0.5, "end": 1.0}[text.get("text-anchor", "start")] * wide
    return Box(words, x, y - 0.74 * size, x + wide, y + 0.2 * size)


def inline_drawings(page: str) -> list[tuple[str, str]]:
    """Return anchor and SVG of every drawing of a page of HTML: two a figure."""
    figures = re.findall(r'<figure[^>]* id="(fig-[^"]+)".*?</figure>', page, re.S)
    bodies = re.findall(r'<figure[^>]* id="fig-[^"]+"(.*?)</figure>', page, re.S)
    return [
        (name, svg)
        for name, body in zip(figures, bodies, strict=True)
        for svg in re.findall(r"<svg.*?</svg>", body, re.S)
    ]
