"""The text of a PDF that Chromium has printed, sheet by sheet, without a library for PDF."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\n(.*)\nendstream", re.DOTALL)
_FONT = re.compile(rb"/(F\d+) (\d+) 0 R")
_SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>")


def sheets(pdf: bytes) -> list[str]:
    """Return the text of each sheet in the order of the file, words perhaps torn apart."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    pages = [body for body in objects.values() if re.search(rb"/Type /Page\b(?!s)", body)]
    return [_sheet(page, objects) for page in pages]


def _inflated(body: bytes) -> bytes:
    found = _STREAM.search(body)
    return zlib.decompress(found[1]) if found else b""


def _sheet(page: bytes, objects: dict[int, bytes]) -> str:
    fonts = {name: _glyphs(objects[int(number)], objects) for name, number in _FONT.findall(page)}
    content = re.search(rb"/Contents (\d+) 0 R", page)
    assert content is not None
    text, glyphs = "", {}
    for font, shown in _SHOWN.findall(_inflated(objects[int(content[1])])):
        if font:
            glyphs = fonts[font]
        else:
            codes = [shown[i : i + 4].upper() for i in range(0, len(shown), 4)]
            text += "".join(glyphs.get(code, "") for code in codes)
    return text


def _glyphs(font: bytes, objects: dict[int, bytes]) -> dict[bytes, str]:
    """Return the character of each glyph of a font, as its table ``ToUnicode`` says."""
    found = re.search(rb"/ToUnicode (\d+) 0 R", font)
    if found is None:
        return {}
    table = _inflated(objects[int(found[1])]).upper()
    glyphs = {}
    for block in re.findall(rb"BEGINBFCHAR(.*?)ENDBFCHAR", table, re.DOTALL):
        for glyph, character in re.findall(rb"<(\w+)> <(\w+)>", block):
            glyphs[glyph] = bytes.fromhex(character.decode()).decode("utf-16-be")
    for block in re.findall(rb"BEGINBFRANGE(.*?)ENDBFRANGE", table, re.DOTALL):
        for first, last, character in re.findall(rb"<(\w+)> <(\w+)> <(\w+)>", block):
            for step in range(int(last, 16) - int(first, 16) + 1):
                code = b"%04X" % (int(first, 16) + step)
                glyphs[code] = chr(int(character, 16) + step)
    return glyphs
