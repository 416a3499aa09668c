"""Figures and tables: numbered, captioned, described, and downloadable in full."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from built_site import PAGES, parse

pytestmark = pytest.mark.site

PNG = b"\x89PNG\r\n\x1a\n"


def figures(soup: BeautifulSoup) -> list[Tag]:
    return soup.article.find_all("figure")


def downloads(element: Tag, site: Path, page: str) -> dict[str, Path]:
    here = (site / f"{page}.html").parent
    links = element.select(".rb-downloads a[download]")
    return {Path(link["href"]).suffix: (here / link["href"]).resolve() for link in links}


def test_the_book_has_figures_and_tables(site: Path) -> None:
    soups = [parse(site / f"{page}.html") for page in PAGES]
    assert sum(len(figures(soup)) for soup in soups) >= 10
    assert sum(len(soup.article.find_all("table")) for soup in soups) >= 20


def test_figures_have_number_caption_and_description(soup: BeautifulSoup) -> None:
    for figure in figures(soup):
        name = figure.get("id", "?")
        assert name.startswith("fig-"), f"{name}: the anchor is a citation and starts with fig-"
        image = figure.select_one('[role="img"]')
        assert image is not None, name
        assert len(image["aria-label"]) > 40, f"{name}: the alternative text says too little"
        assert re.search(r"\d", image["aria-label"]), f"{name}: alternative text without a number"
        assert re.match(r"Fig\. \d+", figure.select_one(".caption-number").get_text()), name
        assert len(figure.select_one(".caption-text").get_text().strip()) > 10, name
        assert figure.select_one("details.rb-words p") is not None, name


def test_drawings_are_vector_and_labelled_once(soup: BeautifulSoup) -> None:
    for drawing in soup.select("figure svg"):
        assert drawing.parent["aria-hidden"] == "true"
        assert drawing.get("viewbox") or drawing.get("viewBox")
        assert not drawing.find_all("image"), "a bitmap inside the drawing"


def test_downloads_of_figures_exist_and_are_what_they_say(
    site: Path, page: str, soup: BeautifulSoup
) -> None:
    for figure in figures(soup):
        files = downloads(figure, site, page)
        assert set(files) == {".svg", ".pdf", ".png", ".csv"}, figure["id"]
        drawing = files[".svg"].read_text(encoding="utf-8")
        assert re.search(r'<svg[^>]* width="[\d.]+pt"', drawing), "programs need a size"
        assert "var(" not in drawing, "programs other than browsers know no variables of a page"
        picture = files[".png"].read_bytes()
        assert picture.startswith(PNG)
        assert int.from_bytes(picture[16:20], "big") == 2244, "19 cm at 300 dots per inch"
        paper = files[".pdf"].read_bytes()
        assert paper.startswith(b"%PDF-")
        assert b"/FontFile" in paper, f"{figure['id']}: fonts are not inside"
        assert b"Date" not in paper, f"{figure['id']}: a date would change it with every build"
        rows = list(csv.reader(io.StringIO(files[".csv"].read_text(encoding="utf-8"))))
        assert len(rows) > 1, f"{figure['id']}: the table of its values is empty"
        assert len({len(row) for row in rows}) == 1, f"{figure['id']}: ragged CSV"


def test_tables_have_number_caption_and_header_cells(soup: BeautifulSoup) -> None:
    for table in soup.article.find_all("table"):
        if table.find_parent("dl", class_="py") or table.find_parent(class_="rb-origins"):
            continue  # of a docstring or of a number, which name it
        caption = table.find("caption")
        name = table.get("id", caption and caption.get_text())
        assert caption is not None, f"{name}: no caption"
        assert re.match(r"Table \d+", caption.get_text().strip()), name
        heads = table.select("thead th")
        assert heads, f"{name}: no header row"
        assert all(head["scope"] == "col" for head in heads), name
        assert all(head.get_text().strip() for head in heads), f"{name}: an empty header cell"


def test_rows_have_a_header_cell(soup: BeautifulSoup) -> None:
    for table in soup.select("table.rb-table"):
        for row in table.select("tbody tr"):
            # A head stands over its rows, and a note below one has a single cell.
            over = "rb-group" in row["class"]
            if row.find_all(["td", "th"], recursive=False)[1:] or over:
                head = row.find("th", scope="rowgroup" if over else "row")
                assert head is not None, table.get("id")


def test_tables_are_whole(soup: BeautifulSoup) -> None:
    for table in soup.article.find_all("table"):
        widths = {
            sum(int(cell.get("colspan", 1)) for cell in row.find_all(["td", "th"]))
            for row in table.find_all("tr")
            if not row.find(rowspan=True)
        }
        assert len(widths) <= 1, table.get("id")


def test_tables_made_by_code_have_their_csv(site: Path, page: str, soup: BeautifulSoup) -> None:
    tables = soup.select("table.rb-table")
    files = [p for p in downloads(soup.article, site, page).values()]
    links = [
        (site / f"{page}.html").parent / link["href"]
        for link in soup.select(".rb-downloads a[download]")
        if "/tables/" in link["href"]
    ]
    assert len(links) >= len(tables)
    assert all(path.resolve().is_file() for path in [*links, *files])


def test_wide_tables_can_be_reached_by_the_keyboard(soup: BeautifulSoup) -> None:
    for table in soup.article.find_all("table"):
        if table.find_parent(class_="rb-origins"):
            continue  # the panel's script makes its boxes reachable where they scroll
        box = table.find_parent(class_="rb-scroll")
        assert box is not None
        assert box["tabindex"] == "0"
        assert box["role"] == "region"
        assert box["aria-label"].strip()


def test_permanent_names_are_used_once_in_the_book(site: Path) -> None:
    seen: dict[str, str] = {}
    for page in PAGES:
        for element in parse(site / f"{page}.html").article.find_all(["figure", "table"], id=True):
            name = element["id"]
            assert name not in seen, f"{name} on {page} and on {seen[name]}"
            seen[name] = page


def test_verdicts_look_the_same_everywhere(soup: BeautifulSoup) -> None:
    words = {"reproduced": "✓", "compatible": "≈", "not reproduced": "≠", "cannot decide": "?",
             "not checkable": "–"}  # fmt: skip
    texts = {f"{symbol} {word}" for word, symbol in words.items()}
    for chip in soup.select(".rb-verdict"):
        assert chip.get_text().strip() in texts
    for text in soup.article.find_all(string=lambda s: s.strip() in texts):
        if text.find_parent("svg"):
            continue
        assert "rb-verdict" in text.parent.get("class", []), f"{text!r} is not a chip"
