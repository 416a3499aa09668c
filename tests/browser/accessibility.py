"""Running axe-core on a page and saying what it found."""

from __future__ import annotations

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()

# Findings that are accepted, each with its reason. Empty: the frame is ours, so is every finding.
ALLOWED: dict[str, str] = {}

COLOUR_RULES = ("color-contrast", "link-in-text-block")
"""The rules of axe-core that look at colours, of those that it applies unless told otherwise."""

RUN = """options => axe.run(options).then(found => found.violations.map(
  v => [v.id, `${v.id} (${v.impact}, ${v.nodes.length}): ${v.nodes[0].html.slice(0, 160)}`]))"""


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


def violations(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
    """Return the violations of a page as short lines: rule, impact, first element.

    All rules are applied that axe-core applies unless told otherwise, or only these `rules`.
    """
    # Two frames, so that the page's own answer to a change of size has happened.
    page.evaluate("new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)))")
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE.axe_script)
    options = {"resultTypes": ["violations"], **({"runOnly": [*rules]} if rules else {})}
    return [line for rule, line in page.evaluate(RUN, options) if rule not in ALLOWED]


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
