"""What a stranger enters is shown as it stands or refused; it never runs and never lies.

A cell that goes into a syntax (the target of a link, a spreadsheet, a path, a field of BibTeX) is
held against that syntax, in every table and column there is.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from review_copy import ROOT, ReviewCopy
from reviewbook import EvidenceError, words
from reviewbook.evidence.evidence import load_evidence
from reviewbook.review.project import ProjectError, load_review
from reviewbook.site.build import BuildError
from reviewbook.sphinxext.soundness import check_book, unlisted
from reviewbook.tables.table import link

SCRIPT = "https://e.org/a>)<script>alert(1)</script>"
ADDRESSES = (SCRIPT, "javascript:alert(1)", 'https://e.org/"onclick=x', "https://e.org/a b",
             "https://e.org/ä", "data:text/html,x", "//e.org")  # fmt: skip
FORMULAS = ('=HYPERLINK("http://evil","x")', "+1+1", "@SUM(1+1)", "-1+2", "=1")


def columns(kind: str) -> list[tuple[str, str]]:
    """Tables with the columns that hold addresses, or that hold text of any kind."""
    package = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    return [
        (resource["path"], field["name"])
        for resource in package["resources"]
        for field in resource["schema"]["fields"]
        if (field["name"].endswith("url") if kind == "url" else field["type"] == "string")
    ]


def found_in(copy: ReviewCopy) -> str:
    with pytest.raises(EvidenceError) as caught:
        load_evidence(load_review(copy.root))
    return str(caught.value)


@pytest.mark.parametrize(("file", "column"), columns("url"))
def test_an_address_is_one_in_every_table(file: str, column: str, copy: ReviewCopy) -> None:
    for line, address in enumerate(ADDRESSES, 2):
        copy.put(file, line, **{column: address})
    text = found_in(copy)
    for line, address in enumerate(ADDRESSES, 2):
        assert f"{file}, line {line}, column {column}: found {address!r}; expected" in text


def test_no_text_column_holds_a_formula(copy: ReviewCopy) -> None:
    """In one go over all tables: each text column of each gets one in its first row."""
    named = columns("text")
    for file in dict.fromkeys(file for file, _ in named):
        own = [column for other, column in named if other == file]
        copy.put(file, 2, **dict.fromkeys(own, FORMULAS[0]))
    text = found_in(copy)
    missed = [
        (file, column)
        for file, column in named
        if f"{file}, line 2, column {column}: found " not in text
    ]
    assert missed == []


def test_every_kind_of_formula_is_refused(copy: ReviewCopy) -> None:
    for line, cell in enumerate(FORMULAS, 2):
        copy.put("cohorts.csv", line, notes=cell)
    text = found_in(copy)
    for line, cell in enumerate(FORMULAS, 2):
        assert f"cohorts.csv, line {line}, column notes: found {cell!r}; expected text that" in text


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_label_is_a_formula(cell: str, copy: ReviewCopy) -> None:
    copy.replace("review.toml", 'title = "Cell source"', f"title = '{cell}'")
    with pytest.raises(ProjectError, match=r"groups.cell_source.title: expected a text that no"):
        load_review(copy.root)


def test_words_that_only_look_like_a_formula_stay() -> None:
    assert not words.FORMULA.match("+/-30%; 31 of 40")
    assert not words.FORMULA.match("a = b")


def test_a_column_without_a_pattern_is_checked_by_its_name(copy: ReviewCopy) -> None:
    path = copy.data / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    for resource in package["resources"]:
        for field in resource["schema"]["fields"]:
            if field["name"].endswith("url"):
                field["constraints"].pop("pattern", None)
    path.write_text(json.dumps(package), encoding="utf-8")
    copy.put("outcomes.csv", 2, source_url=SCRIPT)
    assert "outcomes.csv, line 2, column source_url" in found_in(copy)


@pytest.mark.parametrize("path", ["../reports.csv", "/etc/hostname", "a/b.csv", "..\\x.csv"])
def test_a_table_lies_in_the_folder(path: str, copy: ReviewCopy) -> None:
    descriptor = copy.data / "datapackage.json"
    package = json.loads(descriptor.read_text(encoding="utf-8"))
    package["resources"][0]["path"] = path
    descriptor.write_text(json.dumps(package), encoding="utf-8")
    assert "expected the name of a file in data/" in found_in(copy)


def test_a_field_of_the_bibliography_that_becomes_a_link(copy: ReviewCopy) -> None:
    wrong = [
        ("url", "javascript:alert(19)"), ("url", SCRIPT), ("doi", "javascript:1"),
        ("doi", '10.1000/x"onclick'), ("eprint", "x> y"), ("pubmed", "12 <b>"),
    ]  # fmt: skip
    with (copy.data / "references.bib").open("a", encoding="utf-8") as file:
        for i, (field, value) in enumerate(wrong):
            file.write(f"\n@misc{{zz_{i}, author={{A B}}, title={{T}}, {field}={{{value}}}}}\n")
    text = found_in(copy)
    for i, (field, value) in enumerate(wrong):
        assert f"references.bib: found {field} of zz_{i}: {value!r}; expected" in text


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_link_is_made_of_an_address_alone(address: str) -> None:
    assert link("x", address) == "x"
    assert link("x", "https://e.org/a%20b?c=(d)#e") == "[x](<https://e.org/a%20b?c=(d)#e>)"


def test_an_address_of_the_book_has_no_odd_characters(copy: ReviewCopy) -> None:
    copy.replace("review.toml", 'base_url = ""', 'base_url = "https://e.org/\\"x/"')
    with pytest.raises(ProjectError, match="base_url: expected an address that ends with /"):
        load_review(copy.root)


def test_validate_refuses_what_the_list_of_references_cannot_print(tmp_path: Path) -> None:
    path = tmp_path / "references.bib"
    path.write_text(
        "@article{no_title, author={A B}, year={2026}}\n@weird{odd_type, title={T}}\n"
        "@misc{undated, title={T}, author={A B}}\n"
        "@misc{linked, title={\\href{javascript:alert(1)}{x}}, author={A B}}\n"
        "@misc{read, title={T}, author={A B}, note={\\input{/etc/passwd}}}\n"
        "@misc{letters, title={\\'etude in {\\L}\\'od\\'z $\\alpha$}, author={A B}}\n",
        encoding="utf-8",
    )
    assert unlisted(path) == [
        "no_title: missing title in no_title",
        "odd_type: expected a type that BibTeX knows, found @weird",
        "linked: expected text without \\href, which is no letter",
        "read: expected text without \\input, which is no letter",
    ]


@pytest.mark.parametrize(
    ("pages", "message"),
    [
        (("index", "chapters/trial", "part2/trial"), "would share one notebook"),
        (("index", "chapters/gone"), "expected files of the book, found chapters/gone"),
    ],
)
def test_validate_refuses_contents_that_the_build_would(
    pages: tuple[str, ...], message: str, copy: ReviewCopy
) -> None:
    listed = "".join(f"      - file: {page}\n" for page in pages[1:])
    toc = f"format: jb-book\nroot: index\nparts:\n  - caption: A\n    chapters:\n{listed}"
    (copy.root / "_toc.yml").write_text(toc, encoding="utf-8")
    copy.replace(
        "review.toml", '\n"chapters/asymmetry-tests" = "chapters/publication-bias"\n', "\n"
    )
    for page in pages:
        if not page.endswith("gone"):
            (copy.root / page).parent.mkdir(exist_ok=True)
            (copy.root / f"{page}.md").write_text("# A\n", encoding="utf-8")
    with pytest.raises(BuildError, match=message):
        check_book(copy.root)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ('language = "en"', "language: expected a language tag"),
        ('license = "CC-BY-4.0"', "license: expected an SPDX name"),
    ],
)
def test_a_setting_that_goes_into_a_syntax_is_one(
    setting: str, expected: str, copy: ReviewCopy
) -> None:
    wrong = setting.replace(' = "', " = '").removesuffix('"') + '"><b a="' + "'"
    copy.replace("review.toml", f"\n{setting}\n", f"\n{wrong}\n")
    with pytest.raises(ProjectError, match=expected):
        load_review(copy.root)


def test_a_citation_key_begins_with_plain_letters(copy: ReviewCopy) -> None:
    copy.replace("review.toml", '\nkey = "cd7-cart-book"\n', '\nkey = "a/../b{,"\n')
    with pytest.raises(ProjectError, match="key: expected letters, digits"):
        load_review(copy.root)
