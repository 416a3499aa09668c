"""The library reference: every public name once, set so that it can be read and pasted."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

import metaprop
from review_copy import ROOT, copy_data
from reviewbook.sphinxext.library import entry, first_sentence

REFERENCE = "chapters/library-reference"
CURLY = re.compile("[“”‘]")
# What stood on the one long page at the first edition that was published.
FORMER = (Path(__file__).parent / "library_anchors.txt").read_text("utf-8").split()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a site of the reference alone; a warning is an error."""
    source = tmp_path_factory.mktemp("reference")
    shutil.copytree(ROOT / "chapters" / "library", source / "chapters" / "library")
    copy_data(source)
    text = (ROOT / f"{REFERENCE}.md").read_text("utf-8").split("---\n", 2)[2]
    text = re.sub(r"```\{code-cell\}.*?\n```\n", "", text, flags=re.DOTALL)
    text = re.sub(r"\{eval\}`\w+`", "some", text)
    (source / f"{REFERENCE}.md").write_text(text, "utf-8")
    after = "# After\n\nThe next chapter.\n"
    (source / "after.md").write_text(after, "utf-8")
    (source / "index.md").write_text("# Book\n\nSee {doc}`after`.\n", "utf-8")
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    (chapter,) = (
        chapter
        for part in toc["parts"]
        for chapter in part["chapters"]
        if chapter["file"] == REFERENCE
    )
    toc["parts"] = [{"caption": "Use it", "chapters": [chapter, {"file": "after"}]}]
    (source / "_toc.yml").write_text(yaml.safe_dump(toc), "utf-8")
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    settings = {
        **config["sphinx"]["config"],
        "myst_enable_extensions": config["parse"]["myst_enable_extensions"],
        "bibtex_bibfiles": config["bibtex_bibfiles"],
        "nb_execution_mode": "off",
        "external_toc_path": "_toc.yml",
        "exclude_patterns": ["data"],
    }
    settings["extensions"] = [name for name in settings["extensions"] if name != "jupyter_book"]
    folders = (source / "html", source / "doctrees")
    with docutils_namespace():
        Sphinx(source, None, *folders, "html", settings, status=None, warningiserror=True).build()
    return source / "html"


def page(built: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((built / f"{name}.html").read_text("utf-8"), "html.parser")


@pytest.fixture(scope="module")
def index(built: Path) -> BeautifulSoup:
    return page(built, REFERENCE)


@pytest.fixture(scope="module")
def pages(built: Path) -> dict[str, BeautifulSoup]:
    folder = built / "chapters" / "library"
    return {
        path.stem: page(built, f"chapters/library/{path.stem}") for path in folder.glob("*.html")
    }


def names() -> Iterator[str]:
    """Every public name of the library."""
    for name in metaprop.__all__:
        inside = getattr(metaprop, name)
        if type(inside).__name__ == "module":
            yield from (f"metaprop.{name}.{one}" for one in inside.__all__)
        else:
            yield f"metaprop.{name}"


@pytest.mark.slow
def test_every_public_name_is_described_once(pages: dict[str, BeautifulSoup]) -> None:
    described = [
        str(term["id"])
        for soup in pages.values()
        for term in soup.select("dl.py > dt[id]")
        if "sig" in term["class"]
    ]
    assert len(described) == len(set(described))
    assert sorted(set(names()) - set(described)) == []


def test_every_name_is_in_the_list_and_leads_to_its_entry(
    index: BeautifulSoup, pages: dict[str, BeautifulSoup]
) -> None:
    links = index.select(".rb-library-names li a")
    listed = {str(link["id"]).removeprefix("name-"): str(link["href"]) for link in links}
    assert set(names()) <= set(listed)
    for full, address in listed.items():
        target, _, anchor = address.partition("#")
        assert anchor in (full, f"module-{full}")
        assert pages[Path(target).stem].find(id=anchor) is not None


def test_the_list_is_in_the_order_of_the_alphabet_with_its_letters(index: BeautifulSoup) -> None:
    shown = [code.get_text() for code in index.select(".rb-library-names li a code")]
    assert shown == sorted(shown, key=str.casefold)
    letters = [link.get_text() for link in index.select(".rb-letters a")]
    assert letters == list(dict.fromkeys(name[0].upper() for name in shown))
    for link in index.select(".rb-letters a"):
        assert index.find(id=str(link["href"]).removeprefix("#")) is not None


def test_every_former_anchor_resolves_and_knows_its_page(
    index: BeautifulSoup, built: Path, pages: dict[str, BeautifulSoup]
) -> None:
    assert len(FORMER) > 200
    for anchor in FORMER:
        place = index.find(id=anchor)
        if anchor == "tbl-agreement":
            continue  # its table is drawn by a cell, which is not run here
        assert place is not None, anchor
        moved = place.find_parent(class_="rb-moved")
        if moved is None:
            continue  # it stands on this page as before
        target = built / "chapters" / str(moved["data-moved"])
        assert target.is_file(), anchor
        if not moved.has_attr("data-whole"):
            assert pages[target.stem].find(id=anchor) is not None, anchor
        # Without the script the address shows an entry whose link leads on.
        item = place.find_parent("li")
        assert str(item.a["href"]).startswith(str(moved["data-moved"]))


def entry_of(pages: dict[str, BeautifulSoup], name: str) -> Tag:
    (found,) = (term for soup in pages.values() if (term := soup.find("dt", id=name)))
    return found.find_parent("dl")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("metaprop.Interval", "estimate, low, high (float)"),
        ("metaprop.RecipePools", "i2_q, i2_tau2 (ndarray)"),
        ("metaprop.EffectSizes", "yi, vi (ndarray, shape (k,))"),
        ("metaprop.GroupTest", "statistic, df, pvalue (float, int, float)"),
    ],
)
def test_names_that_share_a_line_keep_their_order_and_type(
    pages: dict[str, BeautifulSoup], name: str, field: str
) -> None:
    assert f"{field} –" in " ".join(entry_of(pages, name).get_text().split())


def test_options_are_code_that_can_be_pasted(pages: dict[str, BeautifulSoup]) -> None:
    code = [c.get_text() for c in entry_of(pages, "metaprop.effect_sizes").select("dd code")]
    assert '{"raw", "log", "logit", "arcsine", "double_arcsine"}' in code
    assert [
        soup.title.get_text() for soup in pages.values() if CURLY.search(str(soup.select("dl.py")))
    ] == []


def test_a_table_in_a_docstring_is_a_table(pages: dict[str, BeautifulSoup]) -> None:
    table = entry_of(pages, "metaprop.effect_sizes").find("table")
    assert [cell.get_text() for cell in table.select("th")] == ["scale", "effect", "variance"]
    assert [name for name, soup in pages.items() if "====" in soup.article.get_text()] == []


def test_the_pages_are_out_of_the_reading_path(
    built: Path, index: BeautifulSoup, pages: dict[str, BeautifulSoup]
) -> None:
    assert index.select_one(".rb-next")["href"] == "../after.html"
    assert page(built, "after").select_one(".rb-prev")["href"] == f"{REFERENCE}.html"
    assert len(index.select(".rb-contents li")) == 3
    for soup in pages.values():
        assert len(soup.select(".rb-contents li")) == 3
        assert soup.select_one(".rb-contents li.current > a").get_text() == "Library reference"
        assert soup.select_one(".rb-part a")["href"] == "../library-reference.html"
        assert soup.select_one(".rb-next, .rb-prev") is not None


def test_anchors_are_unique(index: BeautifulSoup, pages: dict[str, BeautifulSoup]) -> None:
    for soup in (index, *pages.values()):
        anchors = [element["id"] for element in soup.find_all(id=True)]
        assert len(anchors) == len(set(anchors))


def test_a_name_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"a name to import, got 'metaprop\.pull'"):
        entry("metaprop.pull")


def test_of_a_function_and_a_class_of_one_spelling_the_function_has_the_label() -> None:
    assert entry("metaprop.blup")[0] == ".. _metaprop.blup:"
    assert entry("metaprop.Blup")[0] == ".. autoclass:: metaprop.Blup"
    assert entry("metaprop.Recipe")[0] == ".. _metaprop.recipe:"


def test_the_first_sentence_is_without_markup() -> None:
    assert first_sentence("metaprop.Interval") == "A point estimate with its interval limits"
