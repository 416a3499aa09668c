"""Citations in four formats say the same, whatever stands in a title; deposit files are valid."""

from __future__ import annotations

import dataclasses
import json
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
from reviewbook.citation.edition import BASE_URL_VARIABLE, Edition, site_url
from reviewbook.citation.formats import KINDS, bibtex_escape
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


@pytest.fixture(scope="module")
def edition() -> Edition:
    return dataclasses.replace(Edition.load(ROOT), date="2025-03-09")


def edition_with(folder: Path, old: str, new: str) -> Edition:
    """The edition of a copy of the review whose settings differ in one place."""
    shutil.copytree(ROOT / "data", folder / "data")
    settings = folder / "data" / "review.toml"
    text = settings.read_text(encoding="utf-8")
    assert text.count(old) == 1
    settings.write_text(text.replace(old, new), encoding="utf-8")
    return dataclasses.replace(Edition.load(folder), date="2025-03-09")


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
    "url", ["", "example.org/book", "ftp://a/", "https://a/b?c", "https://a b/"]
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


def test_deposit_files_hold_no_address_that_could_move() -> None:
    edition = Edition.load(ROOT)
    for text in deposit_files(edition).values():
        assert edition.base_url not in text
        assert edition.review.repository not in text


def moved_pages(folder: Path, old: str, new: str) -> Edition:
    """The edition of a copy of the review that declares a moved page."""
    return edition_with(folder, "\n[article]\n", f'\n[redirects]\n"{old}" = "{new}"\n\n[article]\n')


def test_a_moved_page_leaves_a_page_that_leads_on(tmp_path: Path) -> None:
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "new.html").write_text("x", encoding="utf-8")
    moved = moved_pages(tmp_path, "chapters/old", "chapters/new")
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
