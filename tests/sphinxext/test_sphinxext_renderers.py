"""A figure and a table of a notebook become page elements; a small book is built to see it."""

from __future__ import annotations

import base64
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from reviewbook import words
from reviewbook.sphinxext.downloads import file_node
from reviewbook.sphinxext.markup import repair, unbroken
from reviewbook.sphinxext.mathematics import to_mathml
from reviewbook.sphinxext.renderers import FIGURE, TABLE, first_sentence
from reviewbook.sphinxext.terms import letters

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg">'
    '<clipPath id="wide-c"/><g clip-path="url(#wide-c)"/><use href="#wide-c"/></svg>'
)
NARROW = SVG.replace("wide-c", "narrow-c")
FILE = SVG.replace("<svg ", '<svg width="9pt" ')
PNG = b"\x89PNG\r\n\x1a\n"
PDF = b"%PDF-1.4 of no use"
TABLE_TEXT = """:::{list-table} Counts, by {term}`cohort`
:name: tbl-counts
:header-rows: 1
:stub-columns: 1

* - Cohort
  - Events
  - Verdict
* - 1
  - 3/7
  - ≈ compatible
* - 2
  - 12/14
  - longer with a transplant in both trials, and in every other one that was read
:::"""


def figure(**changes: object) -> dict[str, object]:
    return {
        "name": "fig-forest",
        "caption": "Forest of *three* cohorts, {status}`derived`.",
        "alt": 'Estimates below 50%: "few" & <small>',
        "description": "First paragraph.\n\nSecond paragraph.",
        "svg": {"wide": SVG, "narrow": NARROW, "file": FILE},
        "png": base64.b64encode(PNG).decode(),
        "pdf": base64.b64encode(PDF).decode(),
        "csv": "cohort,events\nA,3\n",
        "call": "figures.forest(analysis)",
        "stem": "forest",
        **changes,
    }


def table() -> dict[str, object]:
    return {
        "name": "tbl-counts",
        "caption": "Counts",
        "myst": TABLE_TEXT,
        "notes": "A **note**.",
        "csv": "a\n1\n",
        "stem": "counts",
        "sortable": True,
    }


def nothing() -> dict[str, object]:
    myst = ":::{container}\n:name: tbl-left\n\nWhat is left: none.\n:::\n"
    return {
        **table(),
        "name": "tbl-left",
        "myst": myst,
        "csv": "a\n",
        "stem": "left",
        "empty": True,
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a site of one chapter, whose outputs are stored in a notebook."""
    source = tmp_path_factory.mktemp("book")
    (source / "part").mkdir()
    output = nbformat.v4.new_output
    cells = [
        nbformat.v4.new_markdown_cell(
            "# Title\n\nSee {numref}`fig-forest`, {numref}`tbl-counts`, {verdict}`not reproduced`, "
            "{term}`cohort`. Of CAR-T and T-cell, not `a-b`.\n\n"
            ":::{glossary}\ncohort\n  One set of patients.\n:::"
        ),
        nbformat.v4.new_code_cell(
            "show()",
            metadata={"tags": ["hide-input"]},
            outputs=[
                output("display_data", {FIGURE: figure(), "image/svg+xml": SVG, "text/plain": "x"}),
                output(
                    "display_data",
                    {TABLE: table(), "text/markdown": TABLE_TEXT, "text/plain": "a\n1"},
                ),
                output("display_data", {TABLE: nothing(), "text/plain": "a"}),
            ],
        ),
    ]
    language = {"language_info": {"name": "python", "pygments_lexer": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=language)
    nbformat.write(notebook, source / "part" / "chapter.ipynb")
    chinese = figure(name="fig-forest-zh", stem="forest-zh", caption="三个队列。灰色为原文。")
    cells = [
        nbformat.v4.new_markdown_cell("# 标题"),
        nbformat.v4.new_code_cell("show()", outputs=[output("display_data", {FIGURE: chinese})]),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=language)
    nbformat.write(notebook, source / "part" / "chapter-zh.ipynb")
    toctree = "```{toctree}\npart/chapter\npart/chapter-zh\n```"
    (source / "index.md").write_text(f"# Book\n\n{toctree}\n")
    parts = ("downloads", "marks", "markup", "terms")
    # Node classes are registered globally; the context takes ours back.
    with docutils_namespace():
        Sphinx(
            source,
            None,
            source / "html",
            source / "doctrees",
            "html",
            confoverrides={
                "extensions": ["myst_nb", *(f"reviewbook.sphinxext.{part}" for part in parts)],
                "myst_enable_extensions": ["colon_fence", "deflist"],
                "nb_execution_mode": "off",
                "numfig": True,
                "html_theme": "basic",
            },
            status=None,
            warningiserror=True,
        ).build()
    return source / "html"


@pytest.fixture(scope="module")
def chapter(built: Path) -> BeautifulSoup:
    return BeautifulSoup((built / "part" / "chapter.html").read_text("utf-8"), "html.parser")


def test_figure_is_numbered_and_can_be_referred_to(chapter: BeautifulSoup) -> None:
    assert chapter.select_one("figure#fig-forest .caption-number").get_text().strip() == "Fig. 1"
    assert chapter.select_one('a[href="#fig-forest"] .std-numref').get_text() == "Fig. 1"
    assert chapter.select_one("figcaption .rb-status-derived").get_text() == "◐ derived"


def test_alternative_text_is_escaped_and_given_once(chapter: BeautifulSoup) -> None:
    images = chapter.select('[role="img"]')
    assert [image["aria-label"] for image in images] == [figure()["alt"]]
    assert all(svg.parent["aria-hidden"] == "true" for svg in chapter.select("svg"))


def test_both_drawings_stand_in_the_page_without_clashing_ids(chapter: BeautifulSoup) -> None:
    assert len(chapter.select(".rb-has-narrow .rb-svg-wide svg")) == 1
    assert len(chapter.select(".rb-has-narrow .rb-svg-narrow svg")) == 1
    names = [element["id"] for element in chapter.find_all(id=True)]
    assert len(names) == len(set(names))


def test_other_forms_of_the_output_do_not_appear(chapter: BeautifulSoup) -> None:
    assert len(chapter.find_all("table")) == 1
    assert not chapter.find_all("img")
    assert not chapter.select(".output.text_plain")


def test_downloads_have_stable_addresses(built: Path, chapter: BeautifulSoup) -> None:
    links = [link["href"] for link in chapter.select("figure .rb-downloads a")]
    assert links == [
        f"../_downloads/figures/forest.{kind}" for kind in ("svg", "pdf", "png", "csv")
    ]
    assert (built / "_downloads/figures/forest.png").read_bytes() == PNG
    assert (built / "_downloads/figures/forest.pdf").read_bytes() == PDF
    assert (built / "_downloads/figures/forest.svg").read_text("utf-8") == FILE
    assert (built / "_downloads/tables/counts.csv").read_text("utf-8") == "a\n1\n"


def test_what_stands_around_a_figure_is_in_the_language_of_its_page(
    built: Path, chapter: BeautifulSoup
) -> None:
    found = {}
    for name, text in (("", chapter), ("-zh", _page(built, "chapter-zh"))):
        around = text.select_one(f"figure#fig-forest{name} figcaption")
        headings = [one.get_text() for one in around.select("summary")]
        download = around.select_one(".rb-downloads").get_text()
        found[name] = [*headings, download.split(" PDF")[0]]
    assert found[""] == [
        "This figure in words",
        "The call that draws it",
        "Download SVG of Forest of three cohorts, derived",
    ]
    assert found["-zh"] == ["本图的文字说明", "绘制本图的代码", "下载 SVG：三个队列"]


def _page(built: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((built / "part" / f"{name}.html").read_text("utf-8"), "html.parser")


def test_description_is_folded_into_paragraphs(chapter: BeautifulSoup) -> None:
    paragraphs = [p.get_text() for p in chapter.select("details.rb-words p")]
    assert paragraphs[0].startswith("Estimates below 50%")
    assert paragraphs[1:] == ["First paragraph.", "Second paragraph."]


def test_table_is_numbered_sortable_and_can_be_scrolled(chapter: BeautifulSoup) -> None:
    found = chapter.select_one("table#tbl-counts")
    assert found.select_one(".caption-number").get_text().strip() == "Table 1"
    assert "rb-sortable" in found["class"]
    assert found.find_parent(class_="rb-scroll")["aria-label"] == "Counts, by cohort"
    assert [head["scope"] for head in found.select("th")] == ["col", "col", "col", "row", "row"]


def test_a_table_without_rows_is_a_sentence_at_its_address(
    built: Path, chapter: BeautifulSoup
) -> None:
    found = chapter.select_one("div#tbl-left")
    assert found.get_text().strip() == "What is left: none."
    assert not chapter.select('a[href$="left.csv"]')
    assert (built / "_downloads/tables/left.csv").read_text("utf-8") == "a\n"


def test_letters_are_those_with_which_names_begin() -> None:
    html = letters([("I²", "a"), ("infused", "b"), ("τ²", "c")], "Terms").astext()
    assert html.count("<a ") == 2
    assert '<a href="#a">I</a><a href="#c">τ</a>' in html


def test_letters_stand_above_a_glossary(chapter: BeautifulSoup) -> None:
    (link,) = chapter.select('nav.rb-letters[aria-label="Terms by first letter"] a')
    assert link.get_text() == "C"
    assert chapter.select_one(link["href"]).get_text().startswith("cohort")


def test_only_columns_of_numbers_are_set_flush_right(chapter: BeautifulSoup) -> None:
    cells = [cell.get_text().strip() for cell in chapter.select("table .rb-number")]
    assert cells == ["Events", "3/7", "12/14"]


def test_words_stand_left_in_a_column_of_values(chapter: BeautifulSoup) -> None:
    phrases = [cell.get_text().strip() for cell in chapter.select("table .rb-phrase")]
    assert phrases == [
        "longer with a transplant in both trials, and in every other one that was read"
    ]


def test_one_sentence_does_not_make_a_column_of_prose(chapter: BeautifulSoup) -> None:
    assert not chapter.select("table .rb-prose")


def test_a_letter_is_not_left_alone_at_a_line_end(chapter: BeautifulSoup) -> None:
    assert [part.get_text() for part in chapter.select("p .rb-whole")] == ["CAR-T", "T-cell"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("p = 0.17", "p~=~0.17"),
        ("83 (75 to 89)", "83~(75~to~89)"),
        ("71 to 91", "71~to~91"),
        # A longer interval may break before its bracket, and only there.
        ("83.3% (95% CI 75.1 to 89.2)", "83.3% (95%~CI~75.1~to~89.2)"),
        ("57 to 127 patients", "57 to 127 patients"),
    ],
)
def test_a_value_is_not_torn_apart_in_a_cell(text: str, kept: str) -> None:
    assert unbroken(text, cell=True) == kept.replace("~", "\u00a0")


def test_in_a_sentence_only_equalities_are_kept_together() -> None:
    text = "of 83% (95% CI 75 to 89), p = 0.17"
    assert unbroken(text) == text.replace(" = ", "\u00a0=\u00a0")


def test_a_line_break_in_chinese_is_no_space() -> None:
    assert repair("<p>合并\n缓解率，\n为 87%\n的</p>") == "<p>合并缓解率，为 87%\n的</p>"


def test_a_verdict_is_a_chip_wherever_it_stands(chapter: BeautifulSoup) -> None:
    chips = [chip.get_text() for chip in chapter.select(".rb-verdict")]
    assert chips == ["≠ not reproduced", "≈ compatible"]


def test_links_to_terms_carry_the_definition(chapter: BeautifulSoup) -> None:
    definitions = {link["data-definition"] for link in chapter.select("a.rb-term")}
    assert definitions == {"One set of patients."}


def test_folded_code_names_itself(chapter: BeautifulSoup) -> None:
    summary = chapter.select_one("details.rb-code > summary")
    assert summary.get_text() == "Code"
    assert not summary.has_attr("aria-label")


@pytest.mark.parametrize("path", ["/etc/figure.svg", "../figure.svg", "a/../../b.svg"])
def test_a_download_cannot_leave_its_folder(path: str) -> None:
    with pytest.raises(ValueError, match="must stay below _downloads/"):
        file_node(path, "")


def test_bibliography_is_a_list_of_list_items() -> None:
    html = '<div role="list"><div class="citation" role="doc-biblioentry">x</div></div>'
    assert 'role="listitem"' in repair(html)
    assert "doc-biblioentry" not in repair(html)


def test_formula_is_mathml_with_its_source() -> None:
    html = to_mathml(r"I^2 = \frac{Q}{k} < 1", display=True)
    assert html.startswith('<math alttext="I^2 = \\frac{Q}{k} &lt; 1"')
    assert 'display="block"' in html
    assert "<mfrac>" in html


@pytest.mark.parametrize("latex", ["x_", r"\unheardof{x}"])
def test_a_formula_that_cannot_be_read_is_named(latex: str) -> None:
    with pytest.raises(ValueError, match="cannot be turned into MathML") as caught:
        to_mathml(latex, display=False)
    assert repr(latex) in str(caught.value)


@pytest.mark.parametrize(
    ("caption", "sentence"),
    [
        ("Share with p below 0.05.", "Share with p below 0.05"),
        ("Forest of *three* cohorts, {status}`derived`. More.", "Forest of three cohorts, derived"),
        ("Counts", "Counts"),
        (r"Any \< \{\{7\}\} \$y\$ \*z\* of *all*. More.", "Any < {{7}} $y$ *z* of all"),
        (words.escape("T_cells {eval}`x` [a](b) 3.5 | c"), "T_cells {eval}`x` [a](b) 3.5 | c"),
    ],
)
def test_a_download_is_named_by_the_first_sentence(caption: str, sentence: str) -> None:
    assert first_sentence(caption) == sentence
