"""A page is light: what a first visit loads is counted, compressed as a server would send it."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

pytestmark = pytest.mark.site

FIRST_LOAD = 300_000  # bytes, HTML with its inline figures + style sheets + scripts, gzip
SCRIPT = 8_000  # bytes of our own script, not compressed
SITE_FILE = 2_000_000  # bytes of the largest single file of the site
LISTS = {"numbers.json": 5_000_000, "numbers.csv": 5_000_000}
"""Lists of every number of the site, more than 10,000: for machines, and no page loads them."""
CARD = 100_000
WEIGHTS = Path(__file__).with_name("figure_weights.csv")
"""Figure → bytes of its drawings, wide and narrow together, before seaborn drew any of them."""
HEAVIER = 1.1


def compressed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 6))


def first_load(site: Path, page: str, soup: BeautifulSoup) -> int:
    here = site / f"{page}.html"
    addresses = [script["src"] for script in soup.find_all("script", src=True)]
    addresses += [link["href"] for link in soup.find_all("link", rel="stylesheet")]
    addresses += [link["href"] for link in soup.find_all("link", rel="icon")]
    addresses += [image["src"] for image in soup.find_all("img", src=True)]
    files = {(here.parent / address.split("?")[0]).resolve() for address in addresses}
    return compressed(here) + sum(compressed(path) for path in files)


def test_first_load_stays_in_the_budget(site: Path, page: str, soup: BeautifulSoup) -> None:
    assert first_load(site, page, soup) <= FIRST_LOAD


def test_no_figure_gets_heavier_by_more_than_a_tenth(soup: BeautifulSoup) -> None:
    with WEIGHTS.open(encoding="utf-8", newline="") as file:
        allowed = {row["figure"]: HEAVIER * int(row["bytes"]) for row in csv.DictReader(file)}
    weights = {
        figure["id"]: sum(len(str(svg).encode()) for svg in figure.find_all("svg"))
        for figure in soup.article.find_all("figure", id=True)
    }
    new = sorted(set(weights) - set(allowed))
    assert not new, f"{new}: write the bytes of their drawings into {WEIGHTS.name}"
    heavy = {name: f"{size} > {allowed[name]:.0f}" for name, size in weights.items()
             if size > allowed[name]}  # fmt: skip
    assert heavy == {}, "lighten them, or say in figure_weights.csv what they may weigh, and why"


def test_our_script_is_small(site: Path) -> None:
    assert (site / "_static" / "reviewbook.js").stat().st_size < SCRIPT


def test_no_icon_font_no_framework_no_formula_script(site: Path) -> None:
    names = [path.name.lower() for path in site.rglob("*") if path.is_file()]
    unwanted = ("fontawesome", "bootstrap", "mathjax", "require.js", "plotly", "thebe", "jquery")
    assert [name for name in names if any(word in name for word in unwanted)] == []
    assert [name for name in names if name.endswith((".woff", ".woff2", ".ttf"))] == []


def test_no_file_of_the_site_is_huge(site: Path) -> None:
    large = {
        str(path.relative_to(site)): path.stat().st_size
        for path in site.rglob("*")
        if path.is_file()
        and path.stat().st_size > LISTS.get(str(path.relative_to(site)), SITE_FILE)
    }
    assert large == {}


def test_social_card_is_an_image_of_the_right_size(site: Path) -> None:
    card = (site / "_static" / "social-card.png").read_bytes()
    assert card.startswith(b"\x89PNG")
    width, height = (int.from_bytes(card[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (1200, 630)
    assert len(card) < CARD
