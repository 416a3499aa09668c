"""On every page: nothing asked from outside, no error, nothing wider than a phone."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

FIRST_PAINT = 1000  # milliseconds, from a server on this machine


def test_page_asks_nothing_from_outside_and_has_no_error(on_desk) -> None:
    on_desk.page.wait_for_load_state("networkidle")
    assert on_desk.outside == []
    assert on_desk.complaints == []


# Text that ends beyond the screen, outside of a box that scrolls, is lost to the reader.
CUT_OFF = """() => [...document.querySelectorAll("main :is(p, li, h1, h2, h3, dd, summary, code)")]
  .filter(e => !e.closest(".rb-scroll, pre, .rb-equation, .rb-tip, svg"))
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.textContent.trim().slice(0, 60))"""


def test_page_is_no_wider_than_a_small_phone(on_phone) -> None:
    page = on_phone.page
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT_OFF) == []


# Texts of a drawing that leave it, or that lie on one another; half a line may touch.
COLLISIONS = """() => [...document.querySelectorAll(".rb-image svg")]
  .filter(svg => svg.getClientRects().length)
  .flatMap(svg => {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")]
      .map(t => [t.textContent, t.getBoundingClientRect()]);
    const cut = texts.filter(([, r]) => r.left < frame.left - 0.5 || r.right > frame.right + 0.5
      || r.top < frame.top - 0.5 || r.bottom > frame.bottom + 0.5)
      .map(([text]) => `cut off: ${text}`);
    const over = texts.flatMap(([text, a], i) => texts.slice(i + 1)
      .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.4 * a.height)
      .map(([other]) => `${text} on ${other}`));
    return [...cut, ...over];
  })"""


def test_texts_of_drawings_are_whole_and_apart(on_desk) -> None:
    page = on_desk.page
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(COLLISIONS) == []


FIRST_PAINT_OF = """() => new Promise(done => {
  const seen = performance.getEntriesByName("first-contentful-paint")[0];
  if (seen) return done(seen.startTime);
  new PerformanceObserver(list => done(list.getEntries()[0].startTime))
    .observe({type: "paint", buffered: true});
})"""


def test_first_paint_comes_within_a_second(on_desk, name: str, request) -> None:
    # The fastest of a few loads: what the page needs, not what else the machine was doing.
    paints: list[float] = [on_desk.page.evaluate(FIRST_PAINT_OF)]
    while len(paints) < 4 and min(paints) >= FIRST_PAINT:
        again = request.getfixturevalue("visit").open(name)
        paints.append(again.evaluate(FIRST_PAINT_OF))
    assert min(paints) < FIRST_PAINT
