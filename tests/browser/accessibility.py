"""Running axe-core on a page and saying what it found."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()

# Findings that are accepted, each with its reason. Empty: the frame is ours, so is every finding.
ALLOWED: dict[str, str] = {}

COLOUR_RULES = ("color-contrast", "link-in-text-block")
"""The rules of axe-core that look at colours, of those that it applies unless told otherwise."""

RUN = """([options, place]) => axe.run(place ? {include: window[place]} : document, options)
  .then(found => found.violations.map(
    v => [v.id, `${v.id} (${v.impact}, ${v.nodes.length}): ${v.nodes[0].html.slice(0, 160)}`]))"""

# The first element with words of its own of each look: its colour and type, and what all that it
# stands in paints behind it.
LOOKS = """() => {
  const NOTHING = "rgba(0, 0, 0, 0) none 1 none normal static";
  const known = new Map();
  const behind = e => {
    if (!e) return "";
    if (!known.has(e)) {
      const s = getComputedStyle(e);
      const own = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.mixBlendMode,
        s.position].join(" ");
      known.set(e, behind(e.parentElement) + (own === NOTHING ? "" : `|${own}`));
    }
    return known.get(e);
  };
  const found = new Map();
  for (const e of document.body.querySelectorAll("*")) {
    const words = [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
    if (!words || !e.checkVisibility({visibilityProperty: true})) continue;
    const s = getComputedStyle(e);
    const look = [s.color, s.fontSize, s.fontWeight, s.textShadow, behind(e)].join(" ");
    if (!found.has(look)) found.set(look, e);
  }
  window.looks = [...found.values()];
  return window.looks.length;
}"""


def unfold(page: Page) -> None:
    """Open every folded part: it is part of the page too."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


FEW_ENTRIES = """() => {
  document.querySelectorAll(".rb-origins > .rb-origin:nth-of-type(n+4)").forEach(e => e.remove());
  document.querySelectorAll(".rb-origins > .rb-origin-shared:nth-of-type(n+3)")
    .forEach(e => e.remove());
}"""


def keep_few_entries(page: Page) -> None:
    """Remove all but a few entries of the numbers of a page.

    They come from one template; a few stand for hundreds, which would take axe ten times as long as
    the page itself.
    """
    page.evaluate(FEW_ENTRIES)


def violations(page: Page) -> list[str]:
    """Return the violations of a page as short lines: rule, impact, first element.

    All rules are applied that axe-core applies unless told otherwise.
    """
    return _run(page, {})


def violations_of_colours(page: Page) -> list[str]:
    """Return the violations of the rules of colours, in text of each look once.

    For a page of which all is known but for its other colours: text of one colour, size and weight
    on one ground is as legible in one place as in another.
    """
    contrast, *others = COLOUR_RULES
    assert page.evaluate(LOOKS) > 0
    found = _run(page, {"runOnly": [contrast]}, place="looks")
    return [*found, *_run(page, {"runOnly": others})]


def _run(page: Page, options: dict[str, Any], *, place: str = "") -> list[str]:
    # Two frames, so that the page's own answer to a change of size has happened.
    page.evaluate("new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)))")
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE.axe_script)
    found = page.evaluate(RUN, [{"resultTypes": ["violations"], **options}, place])
    return [line for rule, line in found if rule not in ALLOWED]


# What a style sheet says of one theme only, beyond the colours that have names.
BEYOND_COLOURS = """() => {
  const found = [];
  const isColour = value => CSS.supports("color", value.trim());
  const look = (rules, within) => {
    for (const rule of rules) {
      const media = rule.media ? rule.media.mediaText : "";
      const themed = within || /prefers-color-scheme/.test(media)
        || /data-theme/.test(rule.selectorText || "");
      for (const name of themed && rule.style ? rule.style : []) {
        const value = rule.style.getPropertyValue(name);
        if (name !== "color-scheme" && !(name.startsWith("--") && isColour(value)))
          found.push(`${rule.selectorText}: ${name}: ${value}`);
      }
      if (rule.cssRules) look(rule.cssRules, themed);
    }
  };
  for (const sheet of document.styleSheets) look(sheet.cssRules, false);
  return found;
}"""


def themes_differ_beyond_colours(page: Page) -> list[str]:
    """Return what the style sheets of a page change with the theme, besides named colours.

    Where it is nothing, only rules about colours can find in one theme what they do not find in
    the other.
    """
    return list(page.evaluate(BEYOND_COLOURS))
