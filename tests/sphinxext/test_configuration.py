"""Keys of Jupyter Book's configuration do what its documentation says; nothing names an address
that there is not.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient

from tiny_book import PUBLISHED_AT, REPOSITORY, build_tiny_book, read, write_tiny_book

ADDRESS = "https://books.example/tiny/"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><path d="M0 0h2v1z"/></svg>'
PAGE = "chapters/one"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every key set in ``_config.yml``."""
    root = write_tiny_book(
        tmp_path_factory.mktemp("configured") / "book",
        repository={"url": REPOSITORY, "branch": "dev", "path_to_book": "the/book"},
        logo="logo.svg",
        html={
            "use_repository_button": True,
            "use_issues_button": True,
            "use_edit_page_button": True,
            "baseurl": ADDRESS,
            "announcement": "<p>Read the <b>news</b>.</p>",
            "extra_footer": "<p>A <i>last</i> word.</p>",
            "favicon": "icon.svg",
        },
        launch_buttons={
            "notebook_interface": "classic",
            "binderhub_url": "https://binder.example",
            "colab_url": "https://colab.example",
            "notebook_branch": "executed",
        },
    )
    for name in ("logo.svg", "icon.svg"):
        (root / name).write_text(SVG, encoding="utf-8")
    return build_tiny_book(root)


def links(soup: BeautifulSoup) -> dict[str, str]:
    return {a.get_text(): str(a["href"]) for a in soup.select(".rb-actions a")}


def test_binder_starts_the_page_in_the_interface_and_branch_that_are_set(configured: Path) -> None:
    assert links(read(configured, PAGE))["Run on Binder"] == (
        "https://binder.example/v2/gh/people/book/dev?urlpath=tree/the/book/chapters/one.md"
    )


def test_colab_opens_the_executed_notebook(configured: Path) -> None:
    assert links(read(configured, PAGE))["Open in Colab"] == (
        "https://colab.example/github/people/book/blob/executed/one.ipynb"
    )
    assert (configured / "_downloads/notebooks/one.ipynb").is_file()


def test_a_page_without_code_is_not_launched(configured: Path) -> None:
    found = links(read(configured, "chapters/two"))
    assert not {"Run on Binder", "Open in Colab"} & set(found)
    assert "Report an error on this page" in found


def test_each_page_has_repository_source_and_edit(configured: Path) -> None:
    for page in ("index", PAGE, "chapters/two"):
        found = links(read(configured, page))
        assert found["Repository"] == REPOSITORY
        assert found["View the source"] == f"{REPOSITORY}/blob/dev/the/book/{page}.md?plain=1"
        assert found["Suggest an edit"] == f"{REPOSITORY}/edit/dev/the/book/{page}.md"


def test_an_error_on_a_page_is_reported_with_page_and_edition(configured: Path) -> None:
    address = links(read(configured, PAGE))["Report an error on this page"]
    assert address.startswith(f"{REPOSITORY}/issues/new?")
    fields = parse_qs(urlsplit(address).query)
    assert fields["title"] == ["Error on page: One & only (chapters/one)"]
    assert "version 0.1.0, 1970-01-01, commit unknown" in fields["body"][0]


def test_an_error_in_a_row_is_reported_with_its_key(configured: Path) -> None:
    rows = read(configured, PAGE).select("#tbl-cohorts tbody tr")
    titles = []
    for row in rows:
        (link,) = row.select("th a.rb-report")
        fields = parse_qs(urlsplit(str(link["href"])).query)
        titles += fields["title"]
        assert "Page: chapters/one" in fields["body"][0]
        assert "commit unknown" in fields["body"][0]
    assert titles == [f"Error in row: trial_{row} (tbl-cohorts)" for row in "ab"]


def test_announcement_and_footer_are_html_on_every_page(configured: Path) -> None:
    for page in ("index", PAGE, "search", "404"):
        soup = read(configured, page)
        assert soup.select_one(".rb-announcement b").get_text() == "news"
        assert soup.select_one(".rb-foot i").get_text() == "last"


def test_logo_and_favicon_are_those_of_the_book(configured: Path) -> None:
    soup = read(configured, PAGE)
    for address in (
        soup.select_one(".rb-home img")["src"],
        soup.select_one("link[rel=icon]")["href"],
    ):
        file = configured / "chapters" / str(address).split("?")[0]
        assert file.read_text(encoding="utf-8") == SVG


def test_base_address_makes_citations_sitemap_and_card(configured: Path) -> None:
    soup = read(configured, PAGE)
    assert soup.select_one("link[rel=canonical]")["href"] == f"{ADDRESS}{PAGE}.html"
    assert soup.select_one(".cite-text a")["href"] == f"{ADDRESS}{PAGE}.html"
    card = soup.select_one('meta[property="og:image"]')["content"]
    assert card == f"{ADDRESS}_static/social-card.png"
    assert (configured / "_static" / "social-card.png").is_file()
    assert soup.select_one('meta[name="twitter:card"]')["content"] == "summary_large_image"
    assert f"Sitemap: {ADDRESS}sitemap.xml" in (configured / "robots.txt").read_text()
    assert f"<loc>{ADDRESS}{PAGE}.html</loc>" in (configured / "sitemap.xml").read_text()


# Hosts that a page of an unpublished book may name: of works, formats, licences and name spaces.
KNOWN = (
    *("doi.org", "schema.org", "creativecommons.org", "spdx.org", "w3id.org", "w3.org"),
    *("opensource.org", "jupyter.org", "python.org"),
)


def test_an_unpublished_book_names_no_address_of_its_own(plain: Path) -> None:
    """Data and sources are left out: what they cite is evidence."""
    found = {}
    for path in plain.rglob("*"):
        inside = path.relative_to(plain).parts[0]
        if path.is_file() and inside not in ("data", "_sources", "_static", "requirements.lock"):
            text = path.read_bytes().decode("utf-8", errors="ignore")
            if path.name == "two.html":  # the bibliography
                text = re.sub(r'(?s)<div class="docutils container" id="id\d+">.*', "", text)
            hosts = set(re.findall(r"https?://([\w.-]+)", text))
            found[path.name] = {host for host in hosts if not host.endswith(KNOWN)}
    assert {name: hosts for name, hosts in found.items() if hosts} == {}
    assert len(found) > 10


def test_an_unpublished_page_says_so_and_names_what_it_can(plain: Path) -> None:
    soup = read(plain, PAGE)
    text = soup.select_one(".cite-text").get_text()
    assert re.search(r"One & only\. In: .*Version 0\.1\.0, 1970-01-01\. Not yet published\.", text)
    assert "commit unknown; swh:1:cnt:" in text
    assert not soup.select("link[rel=canonical]")
    assert not (plain / "sitemap.xml").exists()
    assert soup.select_one('meta[property="og:image"]')["content"] == "../_static/social-card.png"
    assert set(links(soup)) == {
        "Download this chapter as an executed notebook",
        "Download its source",
    }
    assert not soup.select(".rb-report, .rb-announcement, .rb-extra-footer, .rb-logo")


def test_the_environment_publishes_without_an_edit(published: Path) -> None:
    soup = read(published, PAGE)
    assert soup.select_one("link[rel=canonical]")["href"] == f"{PUBLISHED_AT}/{PAGE}.html"
    found = links(soup)
    assert found["Run on Binder"] == (
        "https://mybinder.org/v2/gh/people/book/main?urlpath=lab/tree/chapters/one.md"
    )
    assert {"Open in Colab", "Suggest an edit", "Report an error on this page"} <= set(found)
    assert len(soup.select(".rb-report")) == 2


def test_languages_lead_to_each_other(configured: Path, plain: Path) -> None:
    for site, base in ((configured, ADDRESS), (plain, "")):
        there, back = read(site, "index"), read(site, "chapters/one-zh")
        assert there.select_one(".rb-language")["href"] == "chapters/one-zh.html"
        assert there.select_one(".rb-language")["lang"] == "zh-Hans"
        assert back.select_one(".rb-language")["href"] == "../index.html"
        for soup in (there, back):
            found = {x["hreflang"]: x["href"] for x in soup.select("link[rel=alternate][hreflang]")}
            assert set(found) == {"en", "zh-Hans"}
            if base:
                assert found == {"en": base, "zh-Hans": f"{base}chapters/one-zh.html"}
        assert not read(site, PAGE).select(".rb-language, link[hreflang]")


def test_furniture_of_a_chinese_page_is_chinese_or_marked_as_english(plain: Path) -> None:
    soup = read(plain, "chapters/one-zh")
    article = soup.article
    assert article["lang"] == "zh-Hans"
    terms = [term.get_text() for term in article.select(".rb-header dt")]
    assert terms == ["对应原文", "数据", "版次"]
    assert article.select_one(".rb-header dd").get_text(strip=True).startswith("原文摘要，doi:")
    assert article.select("h2")[-1].get_text().startswith("引用本章")
    assert article.select_one("section#cite-this-chapter"), "the anchor is an address and stays"
    english = re.compile(r"[A-Za-z]{3,}")
    for text in article.find_all(string=english):
        marked = any(parent.get("lang") == "en" for parent in text.parents)
        name = text.strip() in {"BibTeX", "RIS", "CSL-JSON", "SHA-256"}
        code = text.find_parent(["code", "pre"])
        address = text.find_parent("a", class_="external") or text.find_parent("a", download=True)
        assert marked or name or code or address, text
    assert soup.select_one(".rb-on-page p").get_text() == "本页内容"


def test_an_address_that_does_not_exist_is_answered_in_the_look_of_the_book(plain: Path) -> None:
    soup = read(plain, "404")
    assert soup.select_one(".rb-top .rb-search")
    assert soup.select_one("link[rel=icon]"), "without a name a browser asks for /favicon.ico"
    assert soup.h1.get_text() == "This page does not exist"
    assert soup.select_one(".rb-contents a[href='chapters/one.html']")
    (base,) = [s.string for s in soup.find_all("script") if "base" in str(s.string)]
    assert 'b.href = "/"' in base
    assert base in str(soup.head)[: str(soup.head).index("stylesheet")], "before any address"


def test_structured_data_of_an_unpublished_page_has_parts_that_exist(plain: Path) -> None:
    soup = read(plain, PAGE)
    graph = json.loads(soup.find("script", type="application/ld+json").string)["@graph"]
    page = graph[0]
    assert [part["@id"] for part in page["hasPart"]] == ["#tbl-cohorts"]
    assert soup.find(id="tbl-cohorts")
    assert page["identifier"]["value"].startswith("swh:1:cnt:")


def test_the_notebook_shows_its_numbers_and_runs_again(plain: Path, tmp_path: Path) -> None:
    path = plain / "_downloads" / "notebooks" / "one.ipynb"
    notebook = nbformat.read(path, as_version=4)
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    tables = [
        output.data["text/markdown"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text/markdown" in output.get("data", {})
    ]
    assert len(tables) == 1
    for text in texts + tables:
        assert not re.search(r"\{[a-z:-]+\}`|:::", text), text
    assert "source archive of release" in texts[0]
    assert texts[2].startswith(
        "The pooled share is 87.5% by Two, see cohort,\n"
        "Table 1 and [Liu et al., 2025]; Liu et al. [2025] print\nit, ≈ compatible."
    )
    nbformat.validate(notebook)
    again = NotebookClient(
        notebook, timeout=60, resources={"metadata": {"path": str(plain.parents[2] / "book")}}
    ).execute()
    cell = next(cell for cell in again.cells if cell.cell_type == "code")
    assert "Trial B" in cell.outputs[0].data["text/plain"]
