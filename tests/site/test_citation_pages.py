"""Every built page can be cited: identifiers recomputed, files agree, metadata resolve."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

import bibtexparser
import pytest
import rispy
from bs4 import BeautifulSoup

from built_site import PAGES, ids_of
from review_copy import ROOT
from reviewbook.citation.edition import Edition
from reviewbook.citation.provenance import outputs_hash
from reviewbook.sphinxext.languages import furniture

pytestmark = pytest.mark.site

PLACEHOLDER = re.compile(rb"//[\w.-]*example\.(org|com|net)\b|//[\w.-]+\.example\b")
STALE = "the site was built from other sources: run `make book`"


@pytest.fixture(scope="module")
def edition() -> Edition:
    return Edition.load(ROOT)


def meta(soup: BeautifulSoup, name: str) -> list[str]:
    return [str(tag["content"]) for tag in soup.find_all("meta", attrs={"name": name})]


def graph(soup: BeautifulSoup) -> list[dict[str, Any]]:
    scripts = soup.find_all("script", type="application/ld+json")
    assert len(scripts) == 1
    return list(json.loads(scripts[0].string)["@graph"])


def blob(path: Path) -> str:
    """SWHID by its definition, not by the code under test."""
    content = path.read_bytes()
    return "swh:1:cnt:" + hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


def rows(soup: BeautifulSoup) -> list[tuple[str, Any]]:
    box = soup.select_one(".cite-box .cite-identifiers")
    assert box is not None, "the page has no identifiers"
    return [(str(div["data-what"]), div.dd) for div in box.find_all("div", recursive=False)]


def test_page_ends_with_one_citation_box(soup: BeautifulSoup, page: str) -> None:
    assert len(soup.select(".cite-box")) == 1, "{cite-this-chapter} is missing, or there twice"
    heading = soup.select_one("section.cite-this > h2").get_text().strip("#\n ")
    words = furniture("zh-Hans" if page.endswith("-zh") else "")
    assert heading == words["Cite this book" if page == "index" else "Cite this chapter"]


def test_printed_identifiers_are_those_of_the_files(soup: BeautifulSoup, page: str) -> None:
    printed = dict(rows(soup))
    path, swhid = (code.get_text() for code in printed["Source"].find_all("code"))
    assert path == f"{page}.md"
    assert swhid == blob(ROOT / path), STALE


def test_printed_data_identifiers_are_those_of_the_downloads(
    soup: BeautifulSoup, page: str, site: Path
) -> None:
    for _, cell in (row for row in rows(soup) if row[0] == "Data"):
        name, swhid = (code.get_text() for code in cell.find_all("code"))
        assert swhid == blob(ROOT / name), STALE
        target = (site / f"{page}.html").parent / cell.a["href"]
        assert blob(target) == swhid


def test_data_of_the_header_is_data_of_the_box(soup: BeautifulSoup, page: str) -> None:
    source = (ROOT / f"{page}.md").read_text(encoding="utf-8")
    named = re.search(r"^:data: (.*)$", source, flags=re.MULTILINE)
    expected = (
        sorted(f"data/{name}" for name in named[1].replace(",", " ").split()) if named else []
    )
    assert [cell.a.get_text() for term, cell in rows(soup) if term == "Data"] == expected


def test_printed_outputs_hash_is_that_of_the_notebook_to_download(
    soup: BeautifulSoup, page: str, site: Path
) -> None:
    cell = dict(rows(soup)).get("Outputs")
    notebook = site / "_downloads" / "notebooks" / f"{PurePosixPath(page).name}.ipynb"
    assert (cell is not None) == notebook.is_file()
    if cell is not None:
        executed = json.loads(notebook.read_text(encoding="utf-8"))
        drew = any(part["outputs"] for part in executed["cells"] if part["cell_type"] == "code")
        assert cell.get_text().startswith("SHA-256 ") == drew
        assert [code.get_text() for code in cell("code")] == [outputs_hash(executed)] * drew


def test_no_two_pages_share_the_hash_of_their_outputs(site: Path) -> None:
    printed = re.findall(
        r"<dt>\w+</dt><dd>SHA-256 <code[^>]*>(\w+)</code>",
        "".join(path.read_text(encoding="utf-8") for path in site.glob("chapters/*.html")),
    )
    assert len(printed) > 20
    assert len(set(printed)) == len(printed)


def test_files_to_download_are_the_texts_shown_and_agree(
    soup: BeautifulSoup, page: str, site: Path, edition: Edition
) -> None:
    shown = {}
    for block in soup.select(".cite-box .cite-format"):
        target = ((site / f"{page}.html").parent / block.a["href"]).resolve()
        text = target.read_text(encoding="utf-8")
        assert block.pre.get_text().strip() == text.strip()
        shown[target.suffix] = text
    assert set(shown) == {".bib", ".ris", ".json"}
    csl = json.loads(shown[".json"])[0]
    ris = rispy.loads(shown[".ris"])[0]
    (bib,) = bibtexparser.parse_string(shown[".bib"]).entries
    assert csl["id"] == ris["id"] == bib.key
    assert csl["title"] == ris["title"]
    if edition.base_url:
        assert csl["URL"] == ris["urls"][0] == bib["url"]
        assert meta(soup, "citation_public_url") == [csl["URL"]]
    else:
        assert not {"URL", "urls", "url"} & {*csl, *ris, *bib}
        assert csl["note"].startswith("not yet published; ")
    assert meta(soup, "citation_title") == [csl["title"]]
    assert meta(soup, "citation_author") == [author["literal"] for author in csl["author"]]
    assert blob(ROOT / f"{page}.md") in csl["note"], STALE


def test_keys_are_unique(site: Path) -> None:
    keys = [
        json.loads(path.read_text(encoding="utf-8"))[0]["id"]
        for path in (site / "_downloads" / "citations").glob("*.json")
        if path.stem != "index"  # the first page is the book
    ]
    assert len(keys) == len(set(keys))


def test_head_has_one_title_one_description_one_canonical(
    soup: BeautifulSoup, page: str, edition: Edition
) -> None:
    canonical = [link["href"] for link in soup.find_all("link", rel="canonical")]
    address = "" if page == "index" else f"{page}.html"
    assert canonical == ([edition.base_url + address] if edition.base_url else [])
    cited = meta(soup, "citation_public_url")
    assert canonical == cited, "the page is cited by another address than its own"
    (description,) = meta(soup, "description")
    assert len(description) >= 10
    heading = soup.find("h1").get_text().strip("#\n ")
    book = page == "index"
    assert meta(soup, "citation_title") == [edition.review.title if book else heading]
    assert meta(soup, "citation_inbook_title") == ([] if book else [edition.review.title])
    assert meta(soup, "DC.identifier") == meta(soup, "citation_public_url")
    for date in meta(soup, "citation_publication_date"):
        assert re.fullmatch(r"\d{4}/\d{2}/\d{2}", date)
    tags = {tag["property"]: tag["content"] for tag in soup.find_all("meta", property=True)}
    assert tags.get("og:url", "") == edition.url(page)
    assert tags["og:description"] == description
    assert {"og:title", "og:type", "og:site_name"} <= set(tags)


def test_structured_data_resolves(
    soup: BeautifulSoup, page: str, edition: Edition, site: Path
) -> None:
    nodes = graph(soup)
    defined = {node["@id"] for node in nodes}
    book = next(node for node in nodes if node["@type"] == "Book")
    data = next(node for node in nodes if node["@type"] == "Dataset")
    if page != "index":
        name = edition.url(page) or "#this-page"
        chapter = next(node for node in nodes if node["@id"] == name)
        assert chapter["@type"] == ["Chapter", "ScholarlyArticle"]
        assert chapter["isPartOf"] == {"@id": book["@id"]}
        doi = f"https://doi.org/{edition.review.article.doi}"
        assert {"@id": data["@id"]} in chapter["isBasedOn"]
        assert {"@id": doi} in chapter["isBasedOn"]
    ids = list(find_ids(nodes))
    assert ids
    here = ids_of(site / f"{page}.html")
    for address in ids:
        if address.startswith("https://doi.org/10."):
            continue
        if not edition.base_url:
            assert address in defined or address.removeprefix("#") in here, address
            continue
        assert address.startswith(edition.base_url), address
        path, _, anchor = address.removeprefix(edition.base_url).partition("#")
        target = site / (path or "index.html")
        assert target.is_file(), address
        assert not anchor or anchor in ids_of(target), address


def find_ids(value: Any) -> Any:
    if isinstance(value, dict):
        yield from ([value["@id"]] if "@id" in value else [])
        for item in value.values():
            yield from find_ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from find_ids(item)


def test_works_cited_on_the_page_are_in_its_structured_data(soup: BeautifulSoup) -> None:
    links = {
        a["href"].rsplit("#", 1)[-1] for a in soup.select("article a[href*='references.html#']")
    }
    cited = [work for node in graph(soup) for work in node.get("citation", [])]
    assert bool(cited) == bool(links), f"{len(cited)} works in the data, {len(links)} on the page"


def test_every_figure_and_table_can_be_cited(
    soup: BeautifulSoup, page: str, edition: Edition
) -> None:
    article = soup.select_one("article")
    expected = {
        str(element["id"])
        for element in article.find_all(["figure", "table", "div"], id=re.compile(r"^(fig|tbl)-"))
        # A table without rows is a sentence, which keeps the address and has no number.
        if "container" not in element.get("class", [])
    }
    offered = [item.code.get_text() for item in soup.select(".cite-parts li")]
    assert {address.rsplit("#", 1)[-1] for address in offered} == expected
    start = edition.url(page) or f"{page}.html"
    assert all(address.startswith(f"{start}#") for address in offered)


def test_data_package_travels_with_the_data(site: Path) -> None:
    package = json.loads((site / "data" / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        here, there = ROOT / "data" / resource["path"], site / "data" / resource["path"]
        assert here.read_bytes() == there.read_bytes(), STALE


def test_crate_names_files_that_are_there_and_one_build(site: Path) -> None:
    text = (site / "ro-crate-metadata.json").read_text(encoding="utf-8")
    entities = {entity["@id"]: entity for entity in json.loads(text)["@graph"]}
    root, build = entities["./"], entities["#build"]
    for part in root["hasPart"]:
        entity = entities[part["@id"]]
        content = (site / part["@id"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entity["sha256"]
    inputs = {item["@id"] for item in build["object"]}
    results = {item["@id"] for item in build["result"]}
    assert "requirements.lock" in inputs
    assert {f"data/{path.name}" for path in (ROOT / "data").glob("*.csv")} <= inputs
    assert {f"{page}.html" for page in PAGES} <= results
    assert inputs.isdisjoint(results)


def test_crate_can_be_read_by_the_reference_library(site: Path) -> None:
    from rocrate.rocrate import ROCrate

    crate = ROCrate(str(site))
    assert crate.name == Edition.load(ROOT).review.title
    assert crate.license["name"] == Edition.load(ROOT).review.license
    assert str(crate.license.id).startswith("https://"), "a licence is an address in a crate"
    assert any(entity.type == "CreateAction" for entity in crate.get_entities())


def test_no_file_of_the_site_names_a_placeholder(site: Path) -> None:
    found = [
        path.relative_to(site).as_posix()
        for path in site.rglob("*")
        if path.is_file() and PLACEHOLDER.search(path.read_bytes())
    ]
    assert found == []
