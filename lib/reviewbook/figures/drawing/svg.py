"""From matplotlib's SVG to a small, themeable one that lives inside a page.

matplotlib writes complete documents: a global style sheet, metadata, absolute size, colours as
hex values, ids that repeat from figure to figure. Inside a page these would leak or clash.
"""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree as ET

import matplotlib
from matplotlib.figure import Figure

from .style import DRAWN, FONT_STACK, HAN_STACK, RC, TOKENS

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
_VARIABLE = re.compile(r"var\(--rb-[a-z0-9]+, (#[0-9a-f]{6})\)")
_ROUNDED = ("d", "x", "y", "transform", "points", "viewBox")
# What browsers assume anyway, or what the root element says once for all.
_DEFAULTS = {
    "stroke-linejoin": {"miter", "round"},
    "stroke-linecap": {"butt", "square"},
    "stroke-width": {"1"},
    "stroke": {"none"},
    "opacity": {"1"},
}
_KEEP_ATTRIBUTES = {"x", "y", "d", "transform", "clip-path", "id", "width", "height", "style"}


def inline_svg(figure: Figure, prefix: str, *, clip: bool = False, language: str = "") -> str:
    """Return `figure` as an ``<svg>`` element for a page.

    Parameters
    ----------
    figure : matplotlib Figure
    prefix : str
        Begins every id, so that two drawings on one page never share one.
    clip : bool
        Whether artists are cut at the edge of their axes. Off by default: drawings that stay
        inside need no clip paths.
    language : str
        Of the words, where it is not that of the book.

    Returns
    -------
    str
        Text stays text; each colour is ``var(--rb-token, #fallback)``; no size, only a view box;
        no metadata, so that two runs write the same bytes.
    """
    with matplotlib.rc_context(RC):
        buffer = io.StringIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    source = ET.fromstring(buffer.getvalue())
    if not clip:
        for element in source.iter():
            element.attrib.pop("clip-path", None)
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": _round(source.attrib["viewBox"]),
            "font-family": f"{HAN_STACK}, {FONT_STACK}" if language else FONT_STACK,
            "stroke-linejoin": "round",
        },
    )
    if language:
        root.set("lang", language)
    ids = _referenced_ids(source, prefix)
    for child in source:
        _copy(child, root, ids)
    return ET.tostring(root, encoding="unicode")


def standalone_svg(svg: str) -> str:
    """Return `svg` with fixed colours on white, for programs that know no CSS variables."""
    fixed = _VARIABLE.sub(r"\1", svg)
    match = re.match(r'<svg [^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*', fixed)
    if match is None:
        raise ValueError(
            f"an <svg> with a viewBox that starts at 0 0 was expected, got {svg[:80]!r}"
        )
    width, height = match.groups()
    size = f'width="{width}pt" height="{height}pt"'
    paper = f'<rect width="{width}" height="{height}" fill="{TOKENS["paper"]}"/>'
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{head}{match[0]} {size}>{paper}{fixed[match.end() + 1 :]}\n"


def _referenced_ids(source: ET.Element, prefix: str) -> dict[str, str]:
    used: list[str] = []
    for element in source.iter():
        targets = (element.get(_HREF, "")[1:], element.get("clip-path", "")[5:-1])
        used.extend(target for target in targets if target and target not in used)
    return {old: f"{prefix}-{number}" for number, old in enumerate(used, start=1)}


def _copy(element: ET.Element, parent: ET.Element, ids: dict[str, str]) -> None:
    tag = element.tag.removeprefix(_SVG)
    if tag in ("metadata", "style") or (tag == "clipPath" and element.get("id") not in ids):
        return
    attributes = _attributes(element, ids)
    if tag == "text":
        _lift_font(attributes)
    if tag == "path" and _invisible(attributes) and not attributes.get("id"):
        return
    target = parent
    if tag != "g" or attributes or len(element.findall(f"{_SVG}use")) > 1:
        target = ET.SubElement(parent, tag, attributes)
    target.text = element.text if tag == "text" else None
    for child in element:
        _copy(child, target, ids)
    if target is not parent and tag in ("g", "defs") and not len(target):
        parent.remove(target)
    elif target is not parent and tag == "g":
        _share_style(target)


def _share_style(group: ET.Element) -> None:
    """Write the style of many equal marks once, on their group."""
    marks = [child for child in group if child.tag == "use"]
    styles = {mark.get("style") for mark in marks}
    if len(marks) < 2 or len(styles) > 1 or len(marks) < len(group) - 1 or group.get("style"):
        return
    style = styles.pop()
    if style:
        group.set("style", style)
        for mark in marks:
            del mark.attrib["style"]


def _attributes(element: ET.Element, ids: dict[str, str]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name, value in element.attrib.items():
        if name == _HREF:
            attributes["href"] = f"#{ids[value[1:]]}"
        elif name == "id":
            if value in ids:
                attributes["id"] = ids[value]
        elif name == "clip-path":
            attributes["clip-path"] = f"url(#{ids[value[5:-1]]})"
        elif name == "style":
            style = _style(value)
            if style:
                attributes["style"] = style
        elif name in _KEEP_ATTRIBUTES:
            attributes[name] = _round(value).strip() if name in _ROUNDED else value
    if re.match(r"rotate\(-?0 ", attributes.get("transform", "")):
        del attributes["transform"]
    return attributes


def _style(style: str) -> str:
    pairs = (part.split(":", 1) for part in style.split(";") if part.strip())
    given = {name.strip(): value.strip() for name, value in pairs}
    # matplotlib writes an absent stroke or filling as black with opacity 0.
    if given.get("stroke-opacity") == "0":
        given = {name: value for name, value in given.items() if not name.startswith("stroke")}
    if given.get("fill-opacity") == "0":
        given = {**given, "fill": "none"}
        del given["fill-opacity"]
    return ";".join(
        f"{name}:{_token(_NUMBER.sub(_shorter, value))}"
        for name, value in given.items()
        if value not in _DEFAULTS.get(name, ())
    )


def _token(value: str) -> str:
    def variable(match: re.Match[str]) -> str:
        colour = match.group().lower()
        if colour not in DRAWN:
            known = ", ".join(DRAWN)
            raise ValueError(f"the colour {colour} is not a token of the style; known: {known}")
        name = DRAWN[colour]
        return f"var(--rb-{name}, {TOKENS[name]})"

    return _HEX.sub(variable, value)


def _lift_font(attributes: dict[str, str]) -> None:
    """Keep size, weight, anchor and colour of a text; its family stands on the root."""
    style = dict(part.split(":", 1) for part in attributes.pop("style").split(";"))
    if style.get("font-weight") in ("bold", "700"):
        attributes["font-weight"] = "600"
    attributes["font-size"] = style["font-size"].removesuffix("px")
    if style.get("text-anchor", "start") != "start":
        attributes["text-anchor"] = style["text-anchor"]
    attributes["style"] = f"fill:{style['fill']}"


def _invisible(attributes: dict[str, str]) -> bool:
    style = attributes.get("style", "")
    return "fill:none" in style and "stroke:" not in style


def _shorter(match: re.Match[str]) -> str:
    return f"{float(match.group()):.2f}".rstrip("0").rstrip(".")


def _round(text: str) -> str:
    rounded = _NUMBER.sub(_shorter, text)
    return re.sub(r"\s+", " ", rounded).replace(" -0 ", " 0 ").strip()
