"""Which pages load the panel of numbers, and where it reports errors."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from reviewbook.citation.repository import REPOSITORY_VARIABLE
from reviewbook.sphinxext.number_panel import add_panel
from tiny_book import write_tiny_book

LIST = '<details class="rb-fold rb-origins" id="numbers-of-this-page">'
BODY = f'<p>Of them <a class="rb-number" id="n-1" href="#o-n-1">83 %</a>.</p>{LIST}</details>'


class Application:
    """As much of Sphinx as the panel asks."""

    def __init__(self, root: Path) -> None:
        self.srcdir = str(root)
        self.config = SimpleNamespace(root_doc="index")
        self.files: list[str] = []

    def add_js_file(self, name: str, **attributes: Any) -> None:
        self.files.append(name)

    def add_css_file(self, name: str) -> None:
        self.files.append(name)


def page(root: Path, body: str) -> tuple[str, list[str]]:
    """Return the body of a page and what it loads."""
    app, context = Application(root), {"body": body}
    add_panel(app, "chapters/one", "page.html", context, object())
    return context["body"], app.files


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REPOSITORY_VARIABLE, raising=False)


@pytest.mark.usefixtures("settings")
def test_only_a_page_with_numbers_loads_it(tmp_path: Path) -> None:
    root = write_tiny_book(tmp_path / "book")
    assert page(root, BODY) == (BODY, ["number-panel.js", "number-panel.css"])
    assert page(root, '<td class="rb-number">7</td>')[1] == []


@pytest.mark.usefixtures("settings")
def test_errors_are_reported_where_the_book_has_issues(tmp_path: Path) -> None:
    root = write_tiny_book(
        tmp_path / "book",
        repository={"url": "https://github.com/people/book"},
        html={"use_issues_button": True},
    )
    body, _ = page(root, BODY)
    address = body.split('data-report="')[1].split('"')[0].replace("&amp;", "&")
    assert address.startswith("https://github.com/people/book/issues/new?")
    asked = parse_qs(urlsplit(address).query)
    assert asked["title"] == ["Error in number: {number} ({text})"]
    assert "Page: chapters/one" in asked["body"][0]
    # The script fills in by these names, as they are quoted here.
    assert address.count("%7Bnumber%7D") == 2
    assert address.count("%7Btext%7D") == 2
