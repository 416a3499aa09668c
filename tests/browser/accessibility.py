"""Running axe-core on a page and saying what it found."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()

# Findings that are accepted, each with its reason. Empty: the frame is ours, so is every finding.
ALLOWED: dict[str, str] = {}


def unfold(page: Page) -> None:
    """Open every folded part: it is part of the page too."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


def violations(page: Page) -> list[str]:
    """Return the violations of a page as short lines: rule, impact, first element."""
    # Two frames, so that the page's own answer to a change of size has happened.
    page.evaluate("new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)))")
    found = AXE.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{v['id']} ({v['impact']}, {len(v['nodes'])}): {v['nodes'][0]['html'][:160]}"
        for v in found
        if v["id"] not in ALLOWED
    ]
