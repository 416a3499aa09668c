"""Print the built book, or one page of it, to PDF with the Chromium of the system."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class PdfError(RuntimeError):
    """A PDF could not be made; the message says why."""


def find_browser() -> str:
    """Return the path of Chromium or Chrome, or raise PdfError."""
    for name in BROWSERS:
        path = shutil.which(name)
        if path:
            return path
    raise PdfError(f"No browser found to print with; install one of {', '.join(BROWSERS)}.")


def print_page(page: Path, target: Path, *, browser: str | None = None, timeout: int = 120) -> Path:
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
            browser or find_browser(),
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


def main(argv: list[str] | None = None) -> int:
    """Print pages to PDF: ``python -m reviewbook pdf [PAGE...] [--output DIR]``."""
    from reviewbook.build import SITE, toc_pages
    from reviewbook.project import find_root

    parser = argparse.ArgumentParser(
        prog="python -m reviewbook pdf",
        description="Print every page of the built book, or those named, to one PDF each.",
    )
    parser.add_argument("pages", nargs="*", help="such as chapters/methods; all if none is named")
    parser.add_argument("--output", type=Path, default=Path("_build") / "pdf")
    options = parser.parse_args(argv)
    try:
        root = find_root()
        for page in options.pages or toc_pages(root):
            name = page.removesuffix(".html")
            target = options.output / f"{name.replace('/', '-')}.pdf"
            print(print_page(root / SITE / f"{name}.html", target))
    except (PdfError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
