"""A real Chromium on the built site, served from this machine; nothing else is reachable.

The build of Chromium without windows is preferred: it draws, prints and reads out the same pages
and needs a third of the time. Without a browser the tests are skipped with the reason; under
``CI=true`` they fail instead, so that a missing browser cannot pass for a green run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from built_site import PAGES

NAMES = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable", "chrome"),
)
HEIGHT = 900


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test every page; all tests of one page follow one another."""
    if "name" in metafunc.fixturenames:
        ids = [page.removeprefix("chapters/") for page in PAGES]
        metafunc.parametrize("name", PAGES, ids=ids, scope="session")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = f"no browser on PATH; looked for {', '.join(NAMES)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        only_here = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", only_here]
        )
        yield browser
        browser.close()


class Quiet(SimpleHTTPRequestHandler):
    """A file server that keeps its log to itself."""

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Address of the served site, ending with a slash."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


class Visit:
    """A page of its own, with everything it asked for and everything it complained about."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.outside: list[str] = []
        self.complaints: list[str] = []
        context.on("request", self._watch)
        self.page: Page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.address, "file:", "data:", "blob:")):
            self.outside.append(request.url)

    def _console(self, message: object) -> None:
        if message.type in ("error", "warning"):  # type: ignore[attr-defined]
            self.complaints.append(message.text)  # type: ignore[attr-defined]

    def open(self, name: str) -> Page:
        self.page.goto(f"{self.address}{name}.html")
        return self.page


@pytest.fixture
def visit(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A fresh visitor; the marker ``visitor(width=…, …)`` sets the screen and preferences."""
    marker = request.node.get_closest_marker("visitor")
    options = dict(marker.kwargs) if marker else {}
    width = options.pop("width", 1280)
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, **options)
    context.set_default_timeout(10_000)
    yield Visit(context, address)
    context.close()


ARRIVED = """() => {
  window.testArrived = [...document.querySelectorAll("details")].map(e => [e, e.open]);
}"""
AS_ON_ARRIVAL = """() => {
  for (const [element, open] of window.testArrived) element.open = open;
  for (const box of document.querySelectorAll(".rb-scroll")) box.scrollLeft = 0;
  scrollTo(0, 0);
}"""


class Kept:
    """The page that one test after another looks at, loaded once for each width of a screen.

    A test may change the size of the screen and its preferences, fold, unfold and scroll: the next
    one finds the page as it was on arrival. A test that does more to a page needs a ``visit``.
    """

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self._address = browser, address
        self._open: dict[int, tuple[str, BrowserContext, Visit]] = {}

    def visit(self, name: str, width: int) -> Visit:
        """Return a visit of a page that arrived on a screen of this width."""
        size = {"width": width, "height": HEIGHT}
        kept, context, visit = self._open.get(width, ("", None, None))
        if kept == name and visit is not None:
            visit.page.emulate_media(media="null", color_scheme="null")
            if visit.page.viewport_size != size:
                visit.page.set_viewport_size(size)
            visit.page.evaluate(AS_ON_ARRIVAL)
            return visit
        if context is not None:
            del self._open[width]
            context.close()
        context = self._browser.new_context(viewport=size)
        context.set_default_timeout(10_000)
        visit = Visit(context, self._address)
        visit.open(name).evaluate(ARRIVED)
        self._open[width] = name, context, visit
        return visit

    def close(self) -> None:
        for _, context, _ in self._open.values():
            context.close()


@pytest.fixture(scope="session")
def kept(browser: Browser, address: str) -> Iterator[Kept]:
    kept = Kept(browser, address)
    yield kept
    kept.close()


@pytest.fixture
def on_desk(kept: Kept, name: str) -> Visit:
    """The page of the test on a desk, as it was on arrival."""
    return kept.visit(name, 1280)


@pytest.fixture
def on_phone(kept: Kept, name: str) -> Visit:
    """The page of the test on a small phone, as it was on arrival.

    320 pixels is also what is left of 1280 at a zoom of 400 %.
    """
    return kept.visit(name, 320)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "visitor(width, **context): screen of the visitor")
