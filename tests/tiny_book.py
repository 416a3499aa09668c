"""A book of four pages, built by Jupyter Book with the configuration of this repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from bs4 import BeautifulSoup

from review_copy import ROOT, copy_data
from reviewbook.citation.edition import BASE_URL_VARIABLE
from reviewbook.citation.repository import REPOSITORY_VARIABLE
from reviewbook.evidence.evidence import SOUND, digest
from reviewbook.site.build import run_jupyter_book
from reviewbook.words.computed import FOLDER, VARIABLE

COMPUTED = ROOT / FOLDER
"""Of the site that is tested: what is found there needs not be computed for each small book."""
PUBLISHED_AT = "https://people.example/book"
REPOSITORY = "https://github.com/people/book"
HEAD = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n{more}---\n\n"
HEADER = ":::{chapter-header}\n:mirrors: Abstract\n:data: claims.csv\n:::\n\n"
CITE = "\n:::{cite-this-chapter}\n:::\n"
CELL = "```{code-cell} ipython3\n:tags: [hide-input]\n%s\n```\n\n"
TABLE = """import pandas as pd
from reviewbook import words
from reviewbook.tables.table import BookTable, Column

frame = pd.DataFrame({"cohort_id": ["trial_a", "trial_b"], "label": ["Trial A", "Trial B"]})
share = words.Phrase("87.5%")
shown = [Column("label", "Cohort"), Column("cohort_id", "Key")]
BookTable(frame, "tbl-cohorts", "Two cohorts.", shown)"""
PAGES = {
    "index": HEAD.format(more="") + "# Tiny book\n\n" + HEADER + CELL % "1 + 1" + CITE,
    "chapters/one": (
        HEAD.format(more="")
        + "# One & only\n\n"
        + HEADER
        + CELL % TABLE
        + "The pooled share is {eval}`share` by {doc}`two`, see {term}`cohort`,\n"
        + "{numref}`tbl-cohorts` and {cite:p}`liu_2025_target`; {cite:t}`liu_2025_target` print\n"
        + "it, {verdict}`compatible`.\n\n"
        + "(sec-here)=\n## Section\n\nText, and {ref}`a way back <sec-here>`.\n\n"
        + ":::{note}\nA note with {eval}`share`.\n:::\n\n## Another section\n\nText.\n"
        + CITE
    ),
    "chapters/two": (
        "# Two\n\nPage without code; a [link](https://doi.org/10.1/x).\n\n"
        ":::{glossary}\ncohort\n  One set of patients.\n:::\n\n```{bibliography}\n```\n" + CITE
    ),
    "chapters/one-zh": (
        HEAD.format(more="translation_of: index\n")
        + "# 摘要\n\n"
        + HEADER.replace("Abstract", "摘要")
        + CELL % "share = 1"
        + "文字 {eval}`share`。\n\n## 第一节\n\n文字。\n\n"
        + CITE
    ),
}
TOC = """format: jb-book
root: index
parts:
  - caption: All
    chapters:
      - file: chapters/one
      - file: chapters/two
      - file: chapters/one-zh
"""


def write_tiny_book(root: Path, **changes: Any) -> Path:
    """Write the book to `root`; `changes` replace the tables of ``_config.yml`` of that name."""
    (root / "chapters").mkdir(parents=True)
    copy_data(root)
    for page, text in PAGES.items():
        (root / f"{page}.md").write_text(text, encoding="utf-8")
    (root / "_toc.yml").write_text(TOC, encoding="utf-8")
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["bibtex_bibfiles"] = ["data/references.bib"]
    text = yaml.safe_dump(config | changes, sort_keys=False, allow_unicode=True)
    (root / "_config.yml").write_text(text, encoding="utf-8")
    return root


def build_tiny_book(root: Path, **environment: str) -> Path:
    """Build it as the book is built; return the folder of the site."""
    output = root.parent / f"{root.name}-built"
    output.mkdir()
    told = {BASE_URL_VARIABLE: "", REPOSITORY_VARIABLE: "", "REVIEWBOOK_ROOT": str(root)}
    told[SOUND] = digest(root / "data")  # a copy of what the tests of the evidence check
    told[VARIABLE] = str(COMPUTED)
    run_jupyter_book(root, output, told | {"SOURCE_DATE_EPOCH": "0"} | environment)
    return output / "_build" / "html"


def read(site: Path, page: str) -> BeautifulSoup:
    """Parsed HTML of a page."""
    return BeautifulSoup((site / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
