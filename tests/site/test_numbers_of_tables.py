"""Each number of a figure or table of the site leads to the program and the rows behind it."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from built_site import PAGES, SITE, parse
from reviewbook import words
from reviewbook.book.results.listing import NUMBERS, value_of
from reviewbook.words.shown import MOST_ROWS

DRAWN = 12
"""How many numbers, drawn at random, are made again by their programs."""


def shown() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((SITE / NUMBERS).read_text(encoding="utf-8"))["shown"]
    return found


def beside(page: str) -> BeautifulSoup:
    path = SITE / "numbers" / f"{page}.html"
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize("page", sorted({one["page"] for one in shown()}))
def test_the_page_beside_tells_every_number_of_its_figures_and_tables(page: str) -> None:
    soup, article = beside(page), parse(SITE / f"{page}.html").article
    listed = [one for one in shown() if one["page"] == page]
    assert [part["id"] for part in soup.select(".rb-shown-of")] == [one["name"] for one in listed]
    told = {cell["id"]: cell.get_text() for cell in soup.select("td[id]")}
    assert told == {c["id"]: format(c["value"], ".17g") for one in listed for c in one["cells"]}
    for way in article.select("a.rb-shown"):
        assert soup.find(id=str(way["href"]).rpartition("#")[2])
    for link in soup.select('a[href^="#"]'):
        assert soup.find(id=str(link["href"])[1:])
    anchors = [str(cell["id"]) for cell in article.select('td[id^="n-"]')]
    assert len(anchors) == len(set(anchors))
    assert set(anchors) <= told.keys()
    script = (SITE / "numbers" / f"{page}.js").read_text(encoding="utf-8")
    body = json.loads(script.removeprefix("rbNumbers(").removesuffix(");\n"))
    assert body in (SITE / "numbers" / f"{page}.html").read_text(encoding="utf-8")


WORDS = {
    "tbl-read-twice-apart": "two readings of a cell, as they were written down",
    "tbl-former-verdicts": "what another edition printed, as it was kept",
    "tbl-printed-scales": "printed intervals as text; the finding is a word",
    "tbl-prisma-introduction": "numbers of items",
    "tbl-prisma-methods": "numbers of items",
    "tbl-prisma-results": "numbers of items",
    "tbl-prisma-discussion": "numbers of items",
}
"""Tables that show words with digits and no number that is computed, and what the digits are."""


def test_every_figure_and_table_with_numbers_is_told_or_has_too_many_rows() -> None:
    told, missing = {one["name"] for one in shown()}, []
    for page in PAGES:
        for element in parse(SITE / f"{page}.html").article.select("figure[id], table[id]"):
            name = str(element["id"])
            kind = "figures" if element.name == "figure" else "tables"
            file = SITE / "_downloads" / kind / f"{name.partition('-')[2]}.csv"
            if name in told or not file.is_file():
                continue
            rows = file.read_text(encoding="utf-8").splitlines()[1:]
            if len(rows) <= MOST_ROWS and any(
                re.search(r"(^|,)-?\d+(\.\d+)?(,|$)", r) for r in rows
            ):
                missing.append(name)
    assert sorted(missing) == sorted(WORDS)


def printed(cell: Tag) -> list[tuple[float, int]]:
    """Return the numbers of a cell as they are printed, with their decimals."""
    for hidden in cell.select(".rb-sr, .rb-report"):
        hidden.extract()
    text = cell.get_text().replace(words.MINUS, "-").replace(words.THOUSANDS, "")
    found = re.findall(r"-?\d+(?:\.\d+)?(?:e-\d+)?", text)
    return [(float(one), -int(Decimal(one).as_tuple().exponent)) for one in found]


def test_a_cell_shows_the_number_that_its_anchor_names() -> None:
    values = {cell["id"]: cell["value"] for one in shown() for cell in one["cells"]}
    wrong, seen = [], 0
    for page in PAGES:
        for cell in parse(SITE / f"{page}.html").article.select('td[id^="n-"]'):
            seen += 1
            value, texts = values[str(cell["id"])], printed(cell)
            near = [
                abs(number - factor * value) <= 0.5 * 10.0**-digits + 1e-9
                for number, digits in texts
                for factor in (1, 100, -1, -100)
            ]
            said = cell.get_text().strip()
            bound = re.search("[<>]", said) is not None
            if not any(near) and not bound and (said, value) != ("none", 0):
                wrong.append((page, str(cell["id"]), said, value))
    assert wrong == []
    assert seen > 2000


@pytest.mark.slow
def test_the_program_of_a_number_prints_it_in_a_fresh_process(tmp_path: Path) -> None:
    every = [(one, cell) for one in shown() for cell in one["cells"]]
    for one, cell in random.Random(20261128).sample(every, DRAWN):
        value = value_of(one["frame"], cell["column"], cell["at"])
        program = f'{one["python"]}print(format({value}, ".17g"))'
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, cwd=SITE.parents[1]
        )
        assert done.stdout.strip() == format(cell["value"], ".17g"), (program, done.stderr[-800:])
