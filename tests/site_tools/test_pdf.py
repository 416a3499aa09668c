"""The whole book as one document: its links lead somewhere inside it, no anchor is twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from reviewbook.site.pdf import PdfError, find_browser, print_page, whole_book

HEAD = '<html><head><link rel="stylesheet" href="_static/a.css?v=1"><script>x</script></head>'
PAGES = {
    "index": (
        '<article id="top"><a href="chapters/one.html#fig-a">A</a><a href="#top">up</a></article>'
    ),
    "chapters/one": (
        '<article><p id="fig-a">a</p><a href="../index.html">home</a>'
        '<a href="../data/x.csv">data</a><a href="https://doi.org/10.1/x">out</a>'
        '<svg aria-labelledby="t d"><title id="t">t</title><desc id="d">d</desc>'
        '<clipPath id="c"></clipPath><g clip-path="url(#c)"></g><use xlink:href="#c"></use></svg>'
        "</article>"
    ),
}


@pytest.fixture
def small_site(tmp_path: Path) -> Path:
    (tmp_path / "chapters").mkdir()
    for page, article in PAGES.items():
        html = f"{HEAD}<body><nav>menu</nav>{article}</body></html>"
        (tmp_path / f"{page}.html").write_text(html, encoding="utf-8")
    return tmp_path


def test_pages_become_one_document_with_links_inside(small_site: Path) -> None:
    soup = BeautifulSoup(whole_book(small_site, list(PAGES)), "html.parser")
    assert len(soup.find_all("article")) == 2
    assert soup.find("nav") is None
    assert soup.find("script") is None
    assert soup.find("link")["href"] == (small_site / "_static" / "a.css").as_uri()
    ids = [element["id"] for element in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    links = [a["href"] for a in soup.find_all("a")]
    assert all(link[1:] in ids for link in links if link.startswith("#"))
    assert links == [
        "#chapters-one--fig-a",
        "#index--top",
        "#index",
        (small_site / "data" / "x.csv").resolve().as_uri(),
        "https://doi.org/10.1/x",
    ]


def test_folded_figures_are_printed_and_folded_code_is_not(small_site: Path) -> None:
    path = small_site / "chapters" / "one.html"
    html = path.read_text(encoding="utf-8")
    parts = '<details class="rb-fold"><p>b</p></details><details class="rb-code"></details>'
    path.write_text(html.replace("</article>", f"{parts}</article>"))
    soup = BeautifulSoup(whole_book(small_site, list(PAGES)), "html.parser")
    opened = {details["class"][0]: details.has_attr("open") for details in soup.select("details")}
    assert opened == {"rb-fold": True, "rb-code": False}


def test_each_sheet_carries_the_title_of_its_page(small_site: Path) -> None:
    path = small_site / "chapters" / "one.html"
    html = path.read_text(encoding="utf-8")
    path.write_text(html.replace("<article>", '<article><h1>A "b" & <i>c</i>#</h1>', 1))
    soup = BeautifulSoup(whole_book(small_site, list(PAGES)), "html.parser")
    styles = soup.head.find_all("style")[-1].string
    sheets = {div["id"]: div["style"] for div in soup.body.find_all("div", recursive=False)}
    assert sheets["chapters-one"].endswith("page: sheet-chapters-one")
    title = r'"A \22 b\22  \26  c"'
    assert f"@page sheet-chapters-one {{ @top-left {{ content: {title}; }} }}" in styles


def test_references_inside_a_drawing_follow_its_anchors(small_site: Path) -> None:
    soup = BeautifulSoup(whole_book(small_site, list(PAGES)), "html.parser")
    ids = {element["id"] for element in soup.find_all(id=True)}
    svg = soup.find("svg")
    assert set(svg["aria-labelledby"].split()) <= ids
    assert svg.g["clip-path"] == "url(#chapters-one--c)"
    assert svg.find("use")["xlink:href"] == "#chapters-one--c"


def test_a_page_that_was_not_built_is_named(tmp_path: Path) -> None:
    with pytest.raises(PdfError, match=r"gone\.html does not exist: build the book first"):
        print_page(tmp_path / "gone.html", tmp_path / "gone.pdf")


def test_without_a_browser_the_message_says_which_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PdfError, match="install one of chromium"):
        find_browser()
