"""The numbers that chapters tell, with what they carry, without building a page."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from review_copy import ROOT
from reviewbook.book import open_book
from reviewbook.evidence.rows import labels_of, records_of
from reviewbook.words.marked import as_a_page, numbers_of, parts
from reviewbook.words.origin import Origin

CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.M | re.S)
OPTIONS = re.compile(r"\A(?::[^\n]*\n)*")
EVAL = re.compile(r"\{eval\}`([^`]+)`")
FIRST = ("index", "complete-remission", "cytokine-release-syndrome", "neurotoxicity",
         "severe-cytokine-release-syndrome", "reproduction-ledger", "summary-of-findings",
         "conclusion", "study-selection", "study-characteristics", "introduction", "sensitivity",
         "consolidation-transplant", "gene-editing", "response-in-depth")  # fmt: skip
"""The pages whose numbers must all have an origin."""
CHAPTERS = (*FIRST, "abstract-zh", "other-harms")


@dataclass(frozen=True)
class Told:
    """A phrase of a chapter: page, expression in the text, marked text, its numbers by name."""

    page: str
    name: str
    text: str
    numbers: dict[str, tuple[float, Origin]]


def source(page: str) -> Path:
    return ROOT / "index.md" if page == "index" else ROOT / "chapters" / f"{page}.md"


def cells_of(page: str) -> list[str]:
    """Return the code of each cell of a page, without its options."""
    text = source(page).read_text(encoding="utf-8")
    return [OPTIONS.sub("", cell) for cell in CELL.findall(text)]


def names_of(page: str, root: Path = ROOT) -> dict[str, Any]:
    """Run what a chapter's cells import and assign; what they only show is left out."""
    tree = ast.parse("\n".join(cells_of(page)))
    tree.body = [
        one
        for one in tree.body
        if isinstance(one, ast.Import | ast.ImportFrom | ast.Assign | ast.FunctionDef)
    ]
    code = ast.unparse(tree).replace("open_book()", f"open_book({str(root)!r})")
    namespace: dict[str, Any] = {}
    exec(compile(code, page, "exec"), namespace)
    return namespace


@cache
def phrases_of(page: str, root: Path = ROOT) -> tuple[Told, ...]:
    """Return every phrase that the text of a page shows, with the marks of its numbers."""
    text = source(page).read_text(encoding="utf-8")
    with as_a_page():
        names = names_of(page, root)
        shown = {name: str(eval(name, names)) for name in EVAL.findall(text)}
        return tuple(Told(page, name, one, numbers_of(one)) for name, one in shown.items())


def numbers_in(page: str, root: Path = ROOT) -> dict[str, tuple[float, Origin, str]]:
    """Return the numbers of a page by identifier: value, origin, and the first text of it."""
    found: dict[str, tuple[float, Origin, str]] = {}
    for told in phrases_of(page, root):
        shown = {name: text for name, text in reversed(list(parts(told.text))) if name}
        for name, (value, origin) in told.numbers.items():
            found.setdefault(name, (value, origin, shown[name]))
    return found


BOOK = open_book()
NOT_COMPUTED = (
    # The level of an interval and what stands beside it are options of the recipe.
    (r"95% (?=CI|credible interval|prediction interval)", "level of an interval"),
    (r"\bof 100\b", "the hundred of 'of 100 patients'"),
    (r"a p below 0\.05", "the threshold of a small p, a constant"),
    (r"(within|more than) 5 percentage points", "how near estimates are called close, a constant"),
    (r"\bday \d+", "a time point of a definition"),
    (r"\bgrade \d+( or higher)?", "a grade of toxicity, part of the name of an outcome"),
    (r"\b[0-9a-f]{7}\b", "a commit"),
    (r", (OS|PFS) at \d+ months\b", "a printed time, part of the name of a comparison"),
)
"""What in a phrase holds digits and is no computed number, each with its reason."""


def without_names(text: str) -> str:
    """Take out names of cohorts and reports, whose years and numbers are parts of names."""
    names = {*labels_of(BOOK.evidence).values()}
    for label in sorted(names, key=len, reverse=True):
        who, dot, name = label.partition(" · ")
        for form in (label, f"{name} ({who})" if dot else label):
            text = text.replace(form, "")
    reports = {report["report_name"] for report in records_of(BOOK.evidence).reports.values()}
    reviews = BOOK.evidence.other_reviews
    reports |= {
        f"{who} {year}" for who, year in zip(reviews["first_author"], reviews["year"], strict=True)
    }
    for name in sorted(reports, key=len, reverse=True):
        text = text.replace(name, "")
    for name in sorted(BOOK.review.variants, key=len, reverse=True):
        text = text.replace(f"“{name}”", "")
    return text


def left_over(text: str) -> str:
    """Return a text without its numbers where it holds digits that nothing explains; else ""."""
    rest = without_names(text)
    for pattern, _ in NOT_COMPUTED:
        rest = re.sub(pattern, "", rest)
    return rest if re.search(r"\d", rest) else ""
