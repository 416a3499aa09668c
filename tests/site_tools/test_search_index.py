"""What of a finished page can be found, and the words that stand for each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from built_site import CHAPTERS
from review_copy import ROOT, ReviewCopy
from reviewbook.review.project import toc_pages
from reviewbook.site.search_index import (
    Entry,
    Known,
    SearchPage,
    cohort_entries,
    index_script,
    read_page,
)
from reviewbook.site.search_wording import GENERAL, SPECIAL, WordingError, read_wording, wording
from reviewbook.sphinxext.search import cohort_names

PAGE = """<html><head><meta name="description" content="About remission."></head><body>
<article><p class="rb-part">Audit</p><section id="title"><h1>Title<a class="headerlink">#</a></h1>
<div class="rb-header">Mirrors nothing</div><p>First <em>words</em>, said.</p>
<div class="cell"><details class="rb-code"><pre>import secret</pre></details></div>
<figure id="fig-a"><svg><text>drawn</text></svg><figcaption><p><span class="caption-number">Fig. 1
</span><span class="caption-text">Forest of 3 cohorts. More of it.</span></p>
<details class="rb-words">in words</details></figcaption></figure>
<section id="inner"><h2>Inner</h2><p>Below <code>pool</code>.</p>
<table id="tbl-a"><caption><span class="caption-text">Counts.</span></caption><tbody>
<tr><th>Boren phase I</th><td>18/20</td><td>6f1ed002ab5595859014ebf0951522d9aaaa</td>
<td>not reported</td></tr></tbody></table></section>
<dl class="glossary"><dt id="term-q">Q</dt><dd><p>Cochran’s statistic.</p></dd></dl>
<dl class="py function"><dt class="sig" id="m.pool">m.pool(x)</dt><dd><p>Pool counts.</p>
<dl class="py method"><dt class="sig" id="m.pool.inner">inner</dt></dl></dd></dl>
<div class="citation" id="id1"><span class="label">[1]</span><p>Jing Pan, A B, and C D. A title.
<em>Journal</em>, 2021.</p></div>
<details class="rb-fold rb-origins"><summary>Where from</summary><section>Rows of a table.
<details><summary>Shared</summary><p>Shared rows</p></details> Also here</section></details>
<section class="cite-this" id="cite"><h2>Cite this chapter</h2><p>Cite me</p></section>
</section></article></body></html>"""


def test_a_page_is_taken_apart_into_what_can_be_found() -> None:
    page = read_page(PAGE, "chapters/a")
    assert (page.address, page.title, page.part) == ("chapters/a", "Title", "Audit")
    assert set(page.entries) == {
        Entry("page", "", "Title", "About remission. First words, said."),
        Entry("figure", "fig-a", "Forest of 3 cohorts.", "More of it."),
        Entry("section", "inner", "Inner", "Below pool."),
        Entry("table", "tbl-a", "Counts.", "Boren phase I · not reported"),
        Entry("term", "term-q", "Q", "Cochran’s statistic."),
        Entry("code", "m.pool", "m.pool", "Pool counts."),
        Entry("reference", "id1", "Jing Pan, 2021", page.entries[2].text),
    }


@pytest.mark.parametrize(
    "word",
    ["secret", "drawn", "in words", "6f1ed", "18/20", "Cite me", "#", "Where from", "Also here"],
)
def test_code_drawings_hashes_numbers_and_citations_are_left_out(word: str) -> None:
    assert word not in index_script([read_page(PAGE, "chapters/a")], [])


def test_a_page_below_a_chapter_is_told_apart() -> None:
    below = PAGE.replace(">Audit<", '><a href="x.html">Reference</a><')
    assert [e.kind for e in read_page(below, "a").entries if not e.anchor] == ["below"]


def test_the_index_is_a_script_that_a_page_from_a_disk_can_load() -> None:
    script = index_script([read_page(PAGE, "chapters/a")], [["CRS", "cytokine release"]])
    start = "var reviewbookIndex = "
    assert script.startswith(start)
    index = json.loads(script.removeprefix(start).rstrip().rstrip(";"))
    assert index["same"] == [["CRS", "cytokine release"]]
    assert index["pages"][0]["entries"][0][0] == "term"


def table_page(address: str, *labels: str) -> SearchPage:
    return SearchPage(address, "", "", (Entry("table", "tbl", "", " · ".join(labels)),))


def test_a_cohort_is_shown_where_the_review_says_or_where_most_are_named() -> None:
    pages = [table_page("few", "A"), table_page("most", "A", "B"), table_page("chosen", "B")]
    known = {
        "A": Known(("Pan 2021", "Tan 2023"), ("NCT1",)),
        "B": Known((), ()),
        "C": Known((), ()),
    }
    found = cohort_entries(pages, known, ["chosen"])
    assert found == {
        "most": [Entry("cohort", "tbl", "Pan 2021 · Tan 2023 · A", "NCT1")],
        "chosen": [Entry("cohort", "tbl", "B", "")],
    }


def test_a_cohort_is_known_by_first_author_and_year(copy: ReviewCopy) -> None:
    known = cohort_names(copy.book())["Boren donor-derived, phase I"]
    assert known.reports == ("Pan 2021", "Tan 2023")
    assert "Beijing Boren Hospital" in known.words


def test_the_words_of_the_library_and_of_the_review_are_read() -> None:
    words = wording(ROOT)
    groups = [set(group) for group in words.same]
    for pair in ({"I2", "heterogeneity"}, {"HSCT", "transplant"}, {"leukemia", "白血病"}):
        assert any(pair <= group for group in groups), pair
    assert any({"Chinese", "中文"} <= group for group in groups)
    # A page that is named but gone would be a name nobody reads.
    assert set(words.called) | set(words.cohorts) <= set(toc_pages(ROOT))


def test_every_chapter_has_names_under_which_readers_look_for_it() -> None:
    named = {page for page, names in wording(ROOT).called.items() if names}
    assert [page for page in CHAPTERS if page not in named] == []


def test_no_word_stands_twice_in_a_group() -> None:
    for path in (GENERAL, ROOT / SPECIAL):
        for group in read_wording(path).same:
            assert len(group) == len({word.casefold() for word in group}), group


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("same = [", "not valid TOML"),
        ("same = 3", "expected a list of lists, found 3"),
        ('same = [["alone"]]', r"expected two words or more, found \['alone'\]"),
        ('cohorts = "page"', "expected a list of pages, found 'page'"),
        ('[called]\na = "b"', "expected pages with lists"),
        ("other = 1", "expected some of same, cohorts, called, found other"),
    ],
)
def test_what_cannot_be_words_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "search.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WordingError, match=message):
        read_wording(path)


def test_a_folded_table_is_found_with_every_group_of_its_rows() -> None:
    table = (
        '<table id="tbl-b"><caption><span class="caption-text">Groups.</span></caption>'
        "<thead><tr><th>Heading</th></tr></thead>"
        "<tbody><tr><th>First group</th></tr><tr><th>Lu 2022 · NS7CAR</th></tr></tbody>"
        "<tbody><tr><th>Second group</th></tr><tr><th>Li 2023 · GC027</th></tr></tbody></table>"
    )
    folded = f'<details class="rb-words rb-folded">{table}</details>'
    html = f'<article><section id="t"><h1>T</h1><p>Text.</p>{folded}</section></article>'
    (found,) = (entry for entry in read_page(html, "chapters/b").entries if entry.kind == "table")
    assert found == Entry(
        "table",
        "tbl-b",
        "Groups.",
        "First group · Lu 2022 · NS7CAR · Second group · Li 2023 · GC027",
    )
