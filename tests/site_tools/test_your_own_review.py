"""The page *Your own review*, followed step by step in a copy, with what stands on it."""

from __future__ import annotations

import ast
import re
import shutil
import textwrap
from pathlib import Path

import pytest

from review_copy import ROOT, ReviewCopy
from reviewbook import words
from reviewbook.book import Book
from reviewbook.figures.drawing.figure import BookFigure
from reviewbook.pooling.further import further_pool
from reviewbook.pooling.study_book import StudyBook, open_studies
from reviewbook.review.project import toc_pages
from reviewbook.site.new_review.folder import chapter_template, new_review
from reviewbook.sphinxext.soundness import check_book
from reviewbook.words import Phrase

PAGE = (ROOT / "chapters" / "your-own-review.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^( *)(````?)(\w+)\n(.*?)^\1\2$", re.DOTALL | re.MULTILINE)


def block(start: str, inside: str = "") -> str:
    """Return the block of the page that begins so and has that inside, without its indent."""
    found = [
        textwrap.dedent(text)
        for *_, text in FENCE.findall(PAGE)
        if textwrap.dedent(text).startswith(start) and inside in text
    ]
    assert len(found) == 1, start
    return found[0]


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def run_cells(root: Path, page: str) -> dict[str, object]:
    """Run the cells of a page and return its names; its text evaluates words and numbers."""
    source = (root / f"{page}.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVIEWBOOK_ROOT", str(root))
        for cell in re.findall(r"```\{code-cell\} ipython3\n:tags: .*?\n(.*?)```", source, re.S):
            tree = ast.parse(cell)
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, page, "exec"), names)
            if isinstance(last, ast.Expr):
                names["_shown"] = eval(compile(ast.Expression(last.value), page, "eval"), names)
        for name in re.findall(r"\{eval\}`([\w.]+)`", source):
            assert isinstance(eval(name, names), Phrase | int), name
    return names


@pytest.fixture
def book(tmp_path: Path) -> StudyBook:
    table = tmp_path / "my-table.csv"
    table.write_text(block("study,outcome,events,total,setting"), encoding="utf-8")
    return new_review(tmp_path / "my-review", table, title="Relapse after treatment")


def test_the_table_of_the_page_makes_a_book(book: StudyBook) -> None:
    assert [outcome.id for outcome in book.review.outcomes] == ["relapse"]
    assert list(book.review.groups) == ["setting"]
    assert book.select("relapse").k == 5
    check_book(book.review.root)


def test_a_new_outcome_in_three_steps(book: StudyBook) -> None:
    root = book.review.root
    append(root / "data" / "studies.csv", block("death,"))
    settings = root / "data" / "review.toml"
    text = settings.read_text(encoding="utf-8")
    mark = "# Groups: columns of the table"
    assert mark in text
    settings.write_text(
        text.replace(mark, f"{block('[[outcomes]]', 'death')}\n{mark}"), encoding="utf-8"
    )
    chapter = (root / "chapters" / "outcome-relapse.md").read_text(encoding="utf-8")
    chapter = chapter.replace("# Relapse", "# Death").replace('"relapse"', '"death"')
    (root / "chapters" / "outcome-death.md").write_text(chapter, encoding="utf-8")
    contents = (root / "_toc.yml").read_text(encoding="utf-8")
    line = "      - file: chapters/outcome-relapse\n"
    assert line in contents
    added = f"      {block('- file: chapters/outcome-death')}"
    (root / "_toc.yml").write_text(contents.replace(line, line + added), encoding="utf-8")
    grown = open_studies(root)
    assert grown.select("death").events.tolist() == [1, 3, 0]
    assert "chapters/outcome-death" in toc_pages(root)
    check_book(root)
    shown = run_cells(root, "chapters/outcome-death")
    counted = "An event is death from any cause, counted among everyone who was treated."
    assert str(vars(shown["sentences"])["counted"]) == counted
    run_cells(root, "chapters/summary-of-findings")


def test_a_new_group_is_a_column_and_its_words(book: StudyBook) -> None:
    root = book.review.root
    path = root / "data" / "studies.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    values = ["early", "early", "late", "late", ""]
    table = [f"{head},year_group", *(f"{r},{w}" for r, w in zip(rows, values, strict=True))]
    path.write_text("\n".join(table) + "\n", encoding="utf-8")
    settings = root / "data" / "review.toml"
    text = settings.read_text(encoding="utf-8")
    mark = "# Further columns that describe a row"
    assert mark in text
    group = block("[groups.year_group]")
    settings.write_text(text.replace(mark, f"{group}\n{mark}"), encoding="utf-8")
    table_of_groups = open_studies(root).analyse("relapse").subgroups("year_group").table
    assert table_of_groups["group"].tolist() == ["Before 2021", "2021 and later", "Not reported"]
    check_book(root)
    run_cells(root, "chapters/outcome-relapse")


def test_a_new_chapter_is_a_file_and_a_line(book: StudyBook) -> None:
    root, template = book.review.root, chapter_template()
    assert "chapter_template()" in PAGE
    assert len(template.splitlines()) <= 26
    (root / "chapters" / "large-ones.md").write_text(template, encoding="utf-8")
    append(root / "_toc.yml", "      - file: chapters/large-ones\n")
    check_book(root)
    shown = run_cells(root, "chapters/large-ones")
    assert str(shown["pooled"]) == str(words.interval(book.analyse("relapse", "larger").primary))
    assert isinstance(shown["_shown"], BookFigure)
    assert shown["_shown"].name != "fig-relapse-forest"


def test_an_outcome_is_added_to_this_review(copy: ReviewCopy) -> None:
    mark = '[[further_outcomes]]\nid = "gvhd_any"\n'
    copy.replace("review.toml", mark, f"{block('[[further_outcomes]]')}\n{mark}")
    pool = further_pool(copy.book(), "overall_response")
    assert pool.selection.k > 0


@pytest.mark.slow
def test_an_outcome_stands_beside_the_four(copy: ReviewCopy) -> None:
    """Pages that are about the four the article pools stay so; the others take the fifth in."""
    for name in ("chapters", "docs"):
        shutil.copytree(ROOT / name, copy.root / name)
    for name in ("index.md", "_toc.yml", "_config.yml", "requirements.lock"):
        shutil.copyfile(ROOT / name, copy.root / name)
    mark = "# Further outcomes: what a haem"
    copy.replace("review.toml", mark, f"{block('[[outcomes]]', 'overall')}\n{mark}")
    page = copy.root / "chapters" / "overall-response.md"
    page.write_text(block("---", "# Overall response"), encoding="utf-8")
    contents = (copy.root / "_toc.yml").read_text(encoding="utf-8")
    line = "      - file: chapters/response-in-depth\n"
    assert line in contents
    added = f"      {block('- file: chapters/overall-response')}"
    (copy.root / "_toc.yml").write_text(contents.replace(line, added + line), encoding="utf-8")
    check_book(copy.root)
    assert isinstance(run_cells(copy.root, "chapters/overall-response")["book"], Book)
    shown = run_cells(copy.root, "index")
    assert [one.outcome.id for one in shown["analyses"]][-1] == "overall_response"
    assert len(run_cells(copy.root, "chapters/abstract-zh")["analyses"]) == 4
    for name in ("introduction", "study-selection", "study-characteristics", "living-update"):
        run_cells(copy.root, f"chapters/{name}")
