"""Every page of the table of contents is there, whole, and says what it is."""

from __future__ import annotations

import copy
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import html5lib
import pytest
from bs4 import BeautifulSoup

from built_site import PAGES, parse
from review_copy import ROOT
from reviewbook.review.project import load_review
from reviewbook.sphinxext.languages import furniture

pytestmark = pytest.mark.site

# What stays in the text when a role, a directive, an evaluation or a format has failed.
LEFTOVERS = {
    "MyST role": r"\{[a-z][\w:+-]*\}`",
    "directive fence": r"(^|\n)\s*:{3,}\s*(\{|$)|`{3,}",
    "evaluation": r"\{eval\}|\{glue",
    "emphasis marks": r"(?<!\w)\*\*(?=\w)|(?<=\w)\*\*(?!\w)",
    "Python object": r"<[\w.]+ object at 0x|Interval\(|Phrase\(|np\.float64",
    "not a number": r"\bnan\b|\bNaN\b|\binf\b|(?<=[a-z(=:,] )None\b|\bNone(?=[),;]| to )",
    "LaTeX": r"\\\(|\\\[|\\frac|\$\\",
    "traceback": r"Traceback \(most recent",
}


@cache
def prose(path: Path) -> str:
    """Text of the article without code, drawings and entries made from docstrings."""
    article = copy.copy(parse(path).article)
    for element in article.select("pre, code, svg, math, script, style, dl.py"):
        element.decompose()
    return str(article.get_text(" "))


def test_every_page_of_the_contents_is_built_and_no_other(site: Path) -> None:
    built = {str(path.relative_to(site).with_suffix("")) for path in site.rglob("*.html")}
    # Not in the contents: the search page, the not-found page, and addresses that lead on.
    moved = load_review(ROOT).redirects
    beside = {name for name in built if name.startswith("numbers/")}
    assert {name.removeprefix("numbers/") for name in beside} <= set(PAGES)
    assert built - {"search", "404"} - set(moved) - beside == set(PAGES)
    assert set(moved) <= built


def test_one_heading_of_the_first_level(soup: BeautifulSoup) -> None:
    assert len(soup.find_all("h1")) == 1


def test_headings_do_not_skip_a_level(soup: BeautifulSoup) -> None:
    levels = [int(heading.name[1]) for heading in soup.article.find_all(re.compile("^h[1-6]$"))]
    jumps = [pair for pair in pairwise(levels) if pair[1] - pair[0] > 1]
    assert not jumps


def test_language_and_title(soup: BeautifulSoup, page: str) -> None:
    assert soup.html["lang"] == "en"
    assert soup.title.get_text().strip()
    if page.endswith("-zh"):
        assert soup.article["lang"] == "zh-Hans"


def test_ids_are_unique(soup: BeautifulSoup) -> None:
    counts = Counter(element["id"] for element in soup.find_all(id=True))
    assert [name for name, count in counts.items() if count > 1] == []


def test_titles_differ_between_pages(site: Path) -> None:
    titles = Counter(parse(site / f"{name}.html").title.get_text() for name in PAGES)
    assert [title for title, count in titles.items() if count > 1] == []


@pytest.mark.parametrize("kind", LEFTOVERS)
def test_no_raw_markup_in_the_text(site: Path, page: str, kind: str) -> None:
    text = prose(site / f"{page}.html")
    assert len(text) > 100
    found = re.search(LEFTOVERS[kind], text)
    assert found is None, f"{kind}: …{text[max(0, found.start() - 60) : found.end() + 40]}…"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("MyST role", "see {doc}`methods`"),
        ("directive fence", "text\n:::{note}"),
        ("emphasis marks", "a **bold word"),
        ("Python object", "<reviewbook.book.Book object at 0x7f>"),
        ("not a number", "estimate nan to nan"),
        ("not a number", "pooled None (None to 3)"),
        ("LaTeX", r"\(I^2\)"),
    ],
)
def test_the_search_for_raw_markup_finds_it(kind: str, text: str) -> None:
    assert re.search(LEFTOVERS[kind], text)


def test_chapter_closes_with_its_box_and_its_citation(soup: BeautifulSoup, page: str) -> None:
    box = soup.select_one(".rb-header")
    if page == "chapters/references":  # a list, which mirrors nothing
        assert box is None
        return
    assert box is not None
    after = [e.name for e in box.find_all_next(["h2", "figure", "table"])]
    assert after == ["h2"], "the box stands directly above the citation"
    terms = [term.get_text() for term in box.find_all("dt")]
    words = furniture("zh-Hans" if page.endswith("-zh") else "")
    assert terms[0] == words["Mirrors"]
    assert terms[-1] == words["Edition"]
    last = soup.article.find_all("h2")[-1].get_text()
    assert last.startswith((words["Cite this chapter"], words["Cite this book"]))


def test_markup_is_valid_html(site: Path, page: str) -> None:
    parser = html5lib.HTMLParser()
    parser.parse((site / f"{page}.html").read_text(encoding="utf-8"))
    errors = [f"line {line}: {kind} {data}" for (line, _), kind, data in parser.errors]
    assert errors == []


def test_pages_need_no_script_to_be_read(soup: BeautifulSoup) -> None:
    # Data blocks (JSON-LD) are not scripts; of scripts there is the switch in the head and ours.
    scripts = [s for s in soup.find_all("script") if s.get("type") in (None, "module")]
    assert all("Math" not in str(s) and "require" not in str(s) for s in scripts)
    assert not soup.select(".math.notranslate")


def test_no_table_cell_is_an_absent_value(soup: BeautifulSoup) -> None:
    cells = {cell.get_text(strip=True) for cell in soup.select("td, th")}
    assert cells & {"None", "nan", "NaN", "<NA>", "NaT"} == set()


def test_pages_cite_et_al(soup: BeautifulSoup) -> None:
    assert "and others" not in soup.article.get_text(" ")
