"""The numbers that chapters tell, with what they carry, without building a page."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from review_copy import ROOT
from reviewbook.words.marked import as_a_page, numbers_of, parts
from reviewbook.words.origin import Origin

CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.M | re.S)
OPTIONS = re.compile(r"\A(?::[^\n]*\n)*")
EVAL = re.compile(r"\{eval\}`([^`]+)`")
FIRST = ("index", "complete-remission", "cytokine-release-syndrome", "neurotoxicity",
         "severe-cytokine-release-syndrome", "reproduction-ledger", "summary-of-findings",
         "conclusion")  # fmt: skip
"""The pages whose numbers must all have an origin."""
CHAPTERS = (*FIRST,)


@dataclass(frozen=True)
class Told:
    """A phrase of a chapter: page, expression in the text, marked text, its numbers by name."""

    page: str
    name: str
    text: str
    numbers: dict[str, tuple[float, Origin]]


def source(page: str) -> Path:
    return ROOT / "index.md" if page == "index" else ROOT / "chapters" / f"{page}.md"


def names_of(page: str, root: Path = ROOT) -> dict[str, Any]:
    """Run what a chapter's cells import and assign; what they only show is left out."""
    text = source(page).read_text(encoding="utf-8")
    cells = [OPTIONS.sub("", cell) for cell in CELL.findall(text)]
    tree = ast.parse("\n".join(cells))
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
