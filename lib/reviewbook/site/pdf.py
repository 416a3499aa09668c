"""Print the built book, or one page of it, to PDF with the Chromium of the system."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import Tag

from reviewbook.site import SiteError

from .html import css_string

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class PdfError(SiteError):
    """A PDF could not be made; the message says why."""


def find_browser() -> str:
    """Return the path of Chromium or Chrome, or raise PdfError."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        raise PdfError(f"No browser found to print with; install one of {', '.join(BROWSERS)}.")
    return found


def print_page(page: Path, target: Path, *, timeout: int = 120) -> Path:
    """Print one HTML file to `target` and return it; nothing is asked of the network.

    Raises
    ------
    PdfError
        If the page does not exist or the browser writes no PDF.
    """
    if not page.is_file():
        raise PdfError(f"{page} does not exist: build the book first.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="reviewbook-") as profile:
        command = [
            find_browser(),
            *("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"),
            *("--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}"),
            *("--virtual-time-budget=5000", f"--print-to-pdf={target.resolve()}"),
            page.resolve().as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            raise PdfError(f"The browser did not print {page} within {timeout} s.") from None
    if done.returncode or not target.is_file() or target.read_bytes()[:5] != b"%PDF-":
        raise PdfError(f"The browser did not print {page}: {done.stderr.decode()[-500:]}")
    return target


def print_book(site: Path, pages: list[str], target: Path) -> Path:
    """Print all `pages` of a built `site` as one document to `target` and return it."""
    with tempfile.TemporaryDirectory(prefix="reviewbook-") as scratch:
        whole = Path(scratch) / "book.html"
        whole.write_text(whole_book(site, pages), encoding="utf-8")
        return print_page(whole, target, timeout=600)


def whole_book(site: Path, pages: list[str]) -> str:
    """Return one HTML document with the text of all `pages`, in order, each on a new sheet.

    Links between pages become links inside the document; styles and images are taken from `site`.
    The sheets of a page carry its title.
    """
    first = _parsed(site, pages[0])
    for script in first.find_all("script"):
        script.decompose()
    for sheet in first.find_all("link", href=True):
        sheet["href"] = (site / str(sheet["href"]).split("?")[0]).as_uri()
    body, titles = first.new_tag("body"), []
    for page in pages:
        article = _parsed(site, page).find("article")
        if article is None:
            raise PdfError(f"{page} has no article to print.")
        for folded in article.select("details.rb-fold"):
            folded["open"] = ""  # paper cannot be unfolded
        _join(article, page, site, set(pages))
        name = f"sheet-{_anchor(page)}"
        sheet = first.new_tag("div", id=_anchor(page), style=f"break-before: page; page: {name}")
        heading = article.find("h1")
        title = re.sub(r"#?\s*$", "", heading.get_text()) if heading else page
        titles.append(f"@page {name} {{ @top-left {{ content: {css_string(title)}; }} }}")
        sheet.append(article)
        body.append(sheet)
    first.body.replace_with(body)
    running = first.new_tag("style")
    running.string = "\n".join(titles)
    first.head.append(running)
    return str(first)


def _parsed(site: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{page}.html").read_text(encoding="utf-8"), "html.parser")


def _join(article: Tag, page: str, site: Path, pages: set[str]) -> None:
    """Make the anchors of one page unique in the whole, and its addresses independent of place."""
    for element in [article, *article.find_all(id=True)]:
        if element.get("id"):
            element["id"] = _anchor(page, str(element["id"]))
    # Colours and clips inside drawings, labels and descriptions refer to anchors too.
    for element in article.find_all(name=True):
        for name in ("clip-path", "fill", "aria-labelledby", "aria-describedby", "xlink:href"):
            value = str(element.get(name, ""))
            if value.startswith("url(#"):
                element[name] = f"url(#{_anchor(page, value[5:-1])})"
            elif name.startswith("aria-") and value:
                element[name] = " ".join(_anchor(page, word) for word in value.split())
            elif name == "xlink:href" and value.startswith("#"):
                element[name] = f"#{_anchor(page, value[1:])}"
    here = (site / f"{page}.html").parent
    for element in article.find_all(["a", "use", "img"]):
        name = "src" if element.name == "img" else "href"
        address = str(element.get(name, ""))
        if not address or re.match(r"[a-z]+:", address):
            continue
        path, _, anchor = address.partition("#")
        target = (here / path).resolve() if path else (site / f"{page}.html").resolve()
        if target.suffix == ".html" and target.is_relative_to(site.resolve()):
            other = target.relative_to(site.resolve()).with_suffix("").as_posix()
            if other in pages:
                element[name] = f"#{_anchor(other, anchor)}"
                continue
        element[name] = target.as_uri() + (f"#{anchor}" if anchor else "")


def _anchor(page: str, anchor: str = "") -> str:
    """Return the anchor that stands for an anchor of a page in the whole."""
    name = page.replace("/", "-")
    return f"{name}--{anchor}" if anchor else name
