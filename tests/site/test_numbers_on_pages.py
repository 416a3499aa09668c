"""Each number of the text on the built site leads to where it comes from, and the list has it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import frictionless
import jsonschema
import pytest
from bs4 import BeautifulSoup

from built_site import SITE, parse
from chapter_numbers import FIRST, left_over
from reviewbook.book.results.listing import NUMBERS, NUMBERS_CSV, PACKAGE, SCHEMA, Numbers

ADDRESSES = ["index" if page == "index" else f"chapters/{page}" for page in FIRST]
first_pages = pytest.mark.parametrize("page", ADDRESSES)


def listed(site: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site / NUMBERS).read_text(encoding="utf-8"))
    return found


@first_pages
def test_no_evaluated_number_of_the_text_is_without_an_origin(site: Path, page: str) -> None:
    soup = BeautifulSoup((site / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    phrases = soup.select("span.output.text_plain")
    assert phrases
    without = []
    for phrase in phrases:
        for number in phrase.select("a.rb-number"):
            number.extract()
        if rest := left_over(phrase.get_text()):
            without.append(rest)
    assert without == []


@first_pages
def test_each_number_is_explained_at_the_foot_of_its_page(site: Path, page: str) -> None:
    soup = parse(site / f"{page}.html")
    links = soup.select("a.rb-number")
    assert len(links) > 4
    (foot,) = soup.select("details.rb-origins#numbers-of-this-page")
    entries = foot.select("section.rb-origin[id]")
    found = {str(entry["id"]): entry for entry in entries}
    assert len(found) == len(entries)
    ids = {element["id"] for element in foot.find_all(id=True)}
    for link in links:
        entry = found[str(link["href"])[1:]]
        assert link.get_text() in entry.select_one(".rb-origin-sentence").get_text()
        assert (
            entry.select_one(".rb-origin-python").get_text().strip().startswith(("import", "from"))
        )
        assert entry.select_one(".rb-origin-cite").get_text()
        for name in str(entry["data-rows"]).split():
            assert name in ids
    first = [str(link["id"]) for link in links if link.get("id")]
    assert len(first) == len(set(first)) == len({str(link["href"]) for link in links})


def test_the_list_has_every_number_of_every_page_once() -> None:
    numbers = listed(SITE)["numbers"]
    on_pages = {
        (str(path.relative_to(SITE).with_suffix("").as_posix()), str(link["id"]))
        for path in [SITE / "index.html", *sorted((SITE / "chapters").rglob("*.html"))]
        for link in parse(path).select("a.rb-number[id]")
    }
    assert {(place["page"], one["id"]) for one in numbers for place in one["places"]} == on_pages
    for one in numbers:
        for place in one["places"]:
            assert place["address"].endswith(f"#{one['id']}")


def test_the_list_is_what_its_schema_and_its_table_say(site: Path) -> None:
    document = listed(site)
    schema = json.loads((site / SCHEMA).read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    assert Numbers.model_validate(document).text() == (site / NUMBERS).read_text(encoding="utf-8")
    text = (site / NUMBERS_CSV).read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    cells = [cell for one in document["shown"] for cell in one["cells"]]
    every = [(one["id"], one["value"]) for one in (*document["numbers"], *cells)]
    assert [(row["id"], float(row["value"])) for row in rows] == every
    assert len({name for name, _ in every}) == len(every)
    assert frictionless.validate(str(site / PACKAGE)).valid


def test_the_crate_and_the_pages_describe_the_numbers(site: Path) -> None:
    ids = {one["id"] for one in listed(site)["numbers"]}
    crate = json.loads((site / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    described = {item["propertyID"] for item in crate if item["@type"] == "PropertyValue"}
    assert described == ids
    (script,) = parse(site / "index.html").find_all("script", type="application/ld+json")
    page = json.loads(str(script.string))["@graph"][0]
    assert {one["propertyID"] for one in page["mentions"]} <= ids
