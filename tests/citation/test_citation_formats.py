"""Citations in four formats say the same, whatever stands in a title; deposit files are valid."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path

import bibtexparser
import jsonschema
import pytest
import rispy
import yaml

from review_copy import ROOT
from reviewbook.citation.crate import export_crate
from reviewbook.citation.deposit import cff, codemeta, deposit_files
from reviewbook.citation.edition import BASE_URL_VARIABLE, Edition, site_url, whole_citations
from reviewbook.citation.formats import KINDS, bibtex_escape
from reviewbook.citation.repository import REPOSITORY_VARIABLE, Repository
from reviewbook.citation.schema_org import page_graph
from reviewbook.site.carried import export_redirects

TITLES = {
    "plain": "Complete remission",
    "specials": r"100% of {A} & B_2 #3 $4 ~5 ^6 \7",
    "quotes": 'A "quoted" title, with commas; and <b>tags</b>',
    "chinese": "摘要：全部数字由程序计算",
    "line break": "Two\nlines",
}
# Variables and types of CSL 1.0.2 that the book uses.
CSL_VARIABLES = {
    *("id", "type", "title", "container-title", "author", "issued"),
    *("version", "URL", "language", "note"),
}
CSL_TYPES = {"book", "chapter", "figure", "dataset", "software"}
LATEX = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    **{f"\\{character}": character for character in "{}&%$#_"},
}


ADDRESS = "https://books.example/mine/"
REPOSITORY = Repository("https://github.com/people/book", "main")


@pytest.fixture(scope="module")
def unpublished() -> Edition:
    edition = Edition.load(ROOT)
    return dataclasses.replace(edition, date="2025-03-09", base_url="", repository=None)


@pytest.fixture(scope="module")
def edition(unpublished: Edition) -> Edition:
    return dataclasses.replace(unpublished, base_url=ADDRESS, repository=REPOSITORY)


def edition_with(folder: Path, old: str, new: str) -> Edition:
    """The edition of a copy of the review whose settings differ in one place."""
    shutil.copytree(ROOT / "data", folder / "data")
    settings = folder / "data" / "review.toml"
    text = settings.read_text(encoding="utf-8")
    assert text.count(old) == 1
    settings.write_text(text.replace(old, new), encoding="utf-8")
    return dataclasses.replace(Edition.load(folder), date="2025-03-09", base_url=ADDRESS)


def read_bibtex(text: str) -> dict[str, str]:
    library = bibtexparser.parse_string(text)
    assert not library.failed_blocks
    (entry,) = library.entries
    return {"ID": entry.key, **{field.key: field.value for field in entry.fields}}


def from_latex(text: str) -> str:
    result, rest = "", text
    while rest:
        for command, character in LATEX.items():
            if rest.startswith(command):
                result, rest = result + character, rest[len(command) :]
                break
        else:
            result, rest = result + rest[0], rest[1:]
    return result


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
@pytest.mark.parametrize("kind", KINDS)
def test_formats_agree(edition: Edition, kind: str, title: str) -> None:
    cited = edition.cite(kind, title=title, key="a page", url=edition.url("a"), note="swh:1:cnt:0")
    csl = json.loads(cited.csl_json())[0]
    ris = rispy.loads(cited.ris())[0]
    bib = read_bibtex(cited.bibtex())
    assert csl["title"] == title
    assert ris["title"] == " ".join(title.split())
    assert from_latex(bib["title"][1:-1]) == title
    assert csl["id"] == ris["id"] == bib["ID"]
    assert csl["URL"] == ris["urls"][0] == bib["url"] == edition.url("a")
    assert csl["author"] == [{"literal": name} for name in edition.review.authors]
    assert ris["authors"] == list(edition.review.authors)
    assert bib["author"] == " and ".join(f"{{{name}}}" for name in edition.review.authors)
    assert csl["issued"] == {"date-parts": [[2025, 3, 9]]}
    assert (ris["year"], bib["year"], bib["date"]) == ("2025", "2025", "2025-03-09")
    assert csl["note"] == ris["notes"][0] == "swh:1:cnt:0"
    if KINDS[kind].contained:
        container = from_latex(bib["booktitle"][1:-1])
        assert csl["container-title"] == ris["secondary_title"] == container == edition.review.title
    assert set(csl) <= CSL_VARIABLES
    assert csl["type"] in CSL_TYPES
    text = cited.text()
    assert all(
        part in text for part in (title, "2025-03-09", edition.review.version, edition.url("a"))
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_published_is_cited_without_an_address(unpublished: Edition, kind: str) -> None:
    cited = unpublished.cite(kind, url=unpublished.url("a"), key="a", note="swh:1:cnt:0")
    csl, bib = json.loads(cited.csl_json())[0], read_bibtex(cited.bibtex())
    (ris,) = rispy.loads(cited.ris())
    assert not {"URL", "url", "urls"} & {*csl, *bib, *ris}
    assert csl["note"] == bib["note"] == ris["notes"][0] == "not yet published; swh:1:cnt:0"
    text = cited.text()
    assert text.endswith("Not yet published. (swh:1:cnt:0)")
    assert "http" not in text


def test_no_description_of_what_is_not_published_names_an_address(
    unpublished: Edition, edition: Edition, tmp_path: Path
) -> None:
    def written(one: Edition) -> list[str]:
        cited = one.cite("chapter", title="A", url=one.url("chapters/a"), key="a")
        page = page_graph(
            one,
            cited,
            summary="",
            works=[],
            source="swh:1:cnt:0",
            parts=[("Figure 1", "fig-a", "")],
        )
        crate = export_crate(ROOT, tmp_path, one).read_text(encoding="utf-8")
        files = deposit_files(one, published=True).values()
        cited_whole = [text for c in whole_citations(one).values() for text in c.files().values()]
        return [json.dumps(page), crate, *files, *cited_whole]

    known = ("doi.org", "schema.org", "creativecommons.org", "spdx.org", "w3id.org")
    for text in written(unpublished):
        hosts = set(re.findall(r"https?://([^/\"\s]+)", text))
        assert {host for host in hosts if not host.endswith(known)} == set()
    published = "".join(written(edition))
    assert ADDRESS in published
    assert REPOSITORY.url in published


def test_nodes_of_an_unpublished_page_are_named_by_its_anchors(unpublished: Edition) -> None:
    cited = unpublished.cite("chapter", title="A", url="", key="a")
    parts = [("Figure 1", "fig-a", "Forest")]
    page = page_graph(unpublished, cited, summary="", works=[], source="s", parts=parts)["@graph"]
    assert [node["@id"] for node in page[:3]] == ["#this-page", "#the-book", "#the-data"]
    assert page[0]["hasPart"][0]["@id"] == "#fig-a"
    assert page[0]["isPartOf"] == {"@id": "#the-book"}


def test_the_repository_is_that_of_jupyter_book_or_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    for variable in (REPOSITORY_VARIABLE, BASE_URL_VARIABLE):  # a publishing workflow sets both
        monkeypatch.delenv(variable, raising=False)
    assert Edition.load(tmp_path).repository is None
    (tmp_path / "_config.yml").write_text(
        "repository: {url: 'https://github.com/people/book/', branch: dev, path_to_book: docs}\n"
        f"html: {{baseurl: '{ADDRESS}'}}\n",
        encoding="utf-8",
    )
    read = Edition.load(tmp_path)
    assert read.repository == Repository("https://github.com/people/book", "dev", "docs")
    assert read.base_url == ADDRESS
    monkeypatch.setenv(REPOSITORY_VARIABLE, "https://github.com/others/fork")
    assert Edition.load(tmp_path).repository == Repository(
        "https://github.com/others/fork", "dev", "docs"
    )


def test_braces_in_a_bibtex_value_stay_balanced() -> None:
    assert bibtex_escape("}{") == r"\}\{"


def test_an_unknown_date_is_left_out_and_never_a_year(edition: Edition) -> None:
    cited = dataclasses.replace(edition, date="unknown").cite("book")
    assert "issued" not in cited.csl()
    assert "year" not in read_bibtex(cited.bibtex())
    assert "PY" not in cited.ris()
    assert "date unknown" in cited.text()


def test_key_holds_the_version(edition: Edition, tmp_path: Path) -> None:
    newer = edition_with(tmp_path, f'\nversion = "{edition.review.version}"', '\nversion = "9.0.0"')
    assert newer.review.version == "9.0.0"
    assert edition.cite("book").key != newer.cite("book").key


def test_an_unknown_kind_is_named(edition: Edition) -> None:
    with pytest.raises(ValueError, match="kind of citation 'poem', expected one of"):
        edition.cite("poem")


@pytest.mark.parametrize(
    "url", ["", "books.example/book", "ftp://a/", "https://a/b?c", "https://a b/"]
)
def test_a_wrong_base_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected an absolute address"):
        site_url(url)


def test_one_variable_moves_a_release(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Edition.load(ROOT)
    monkeypatch.setenv(BASE_URL_VARIABLE, "https://books.example/v/0.1")
    after = Edition.load(ROOT)
    assert after.url("chapters/a", "fig-x") == "https://books.example/v/0.1/chapters/a.html#fig-x"
    assert after.cite("book").key == before.cite("book").key


@pytest.fixture(scope="module")
def cff_schema() -> jsonschema.Draft7Validator:
    path = ROOT / "tests" / "reference" / "schemas" / "cff-1.2.0.json"
    return jsonschema.Draft7Validator(json.loads(path.read_text(encoding="utf-8")))


def test_citation_cff_is_valid(cff_schema: jsonschema.Draft7Validator, edition: Edition) -> None:
    written = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    for record in (written, cff(edition, published=True)):
        assert [error.message for error in cff_schema.iter_errors(record)] == []
    assert list(cff_schema.iter_errors({**written, "authors": []})), "the schema checks nothing"


@pytest.mark.parametrize("name", ["CITATION.cff", "codemeta.json", ".zenodo.json"])
def test_deposit_files_say_what_the_settings_say(name: str) -> None:
    expected = deposit_files(Edition.load(ROOT))[name]
    assert (ROOT / name).read_text(encoding="utf-8") == expected, (
        "run `python -m reviewbook deposit` after a change of data/review.toml"
    )


def test_deposit_files_hold_no_address_that_could_move(edition: Edition) -> None:
    for text in deposit_files(edition).values():
        assert ADDRESS not in text
        assert REPOSITORY.url not in text


def moved_pages(folder: Path, old: str, new: str) -> Edition:
    """The edition of a copy of the review that declares this moved page and no other."""
    (own,) = Edition.load(ROOT).review.redirects.items()
    return edition_with(folder, '"{}" = "{}"'.format(*own), f'"{old}" = "{new}"')


def test_a_moved_page_leaves_a_page_that_leads_on(tmp_path: Path) -> None:
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "new.html").write_text("x", encoding="utf-8")
    moved = moved_pages(tmp_path, "chapters/old", "chapters/new")
    for _ in ("a build", "the next one in the same folder"):
        export_redirects(moved, tmp_path)
    html = (tmp_path / "chapters" / "old.html").read_text(encoding="utf-8")
    assert 'content="0; url=../chapters/new.html"' in html
    assert '<a href="../chapters/new.html">' in html
    assert f'href="{moved.url("chapters/new")}"' in html


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("chapters/old", "chapters/gone", "leads to chapters/gone, which is no page"),
        ("chapters/new", "chapters/new", "chapters/new is still a page"),
    ],
    ids=["to nowhere", "over a page"],
)
def test_a_wrong_redirect_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "new.html").write_text("x", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        export_redirects(moved_pages(tmp_path, old, new), tmp_path)


def test_every_description_names_the_same_article_and_authors(
    edition: Edition, tmp_path: Path
) -> None:
    cited = edition.cite("chapter", title="A", url=edition.url("a"), key="a")
    page = page_graph(edition, cited, summary="", works=[], source="swh:1:cnt:0", parts=[])
    by_type = {str(node["@type"]): node for node in page["@graph"]}
    article = by_type["ScholarlyArticle"]
    meta = codemeta(edition)
    assert meta["referencePublication"] == article
    assert meta["author"] == by_type["Book"]["author"]
    crate = json.loads(export_crate(ROOT, tmp_path, edition).read_text(encoding="utf-8"))
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert entities[article["@id"]] == article
    assert entities["./"]["license"] == {"@id": by_type["Book"]["license"]}
