"""What a reader may see: the prose of every page, and the words that the library and data bring."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from review_copy import ROOT

SPEAKING = ("prose", "tables", "figures", "ledger", "survival", "robustness", "pooling")
"""The rooms of the library whose literals reach a page."""
CELL = re.compile(r"^```\{code-cell\}.*?^```$", re.M | re.S)
DIRECTIVE = re.compile(r"^(?:`{3,}|:{2,}).*$|^:[\w-]+:.*$|^\([\w-]+\)=$|^%.*$", re.M)


def page_sources() -> dict[str, str]:
    """Every page by its name, as it is written."""
    paths = [ROOT / "index.md", *sorted((ROOT / "chapters").rglob("*.md"))]
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


def prose_of(source: str) -> str:
    """A page without front matter, code, directives and headings."""
    text = re.sub(r"\A---\n.*?\n---\n", "", source, flags=re.S)
    text = DIRECTIVE.sub("\n", CELL.sub("\n", text))
    return re.sub(r"^#+ .*$", "\n", text, flags=re.M)


def sentences(prose: str) -> list[str]:
    """The sentences of a text in order, white space made one blank."""
    found = []
    for paragraph in re.split(r"\n\s*\n|^\s*[-*] |^\s*\d+\. ", prose, flags=re.M):
        text = " ".join(paragraph.split())
        found += re.split(r"(?<=[.!?])\s+(?=[^\sa-z])", text)
    return [one for one in found if one]


def literals(path: Path) -> list[str]:
    """The string literals of a module that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documented
    ]


def spoken() -> str:
    """The literals of the speaking rooms, one a line."""
    library = ROOT / "lib" / "reviewbook"
    paths = [path for room in SPEAKING for path in (library / room).rglob("*.py")]
    paths.append(library / "words" / "__init__.py")
    return "\n".join(text for path in sorted(paths) for text in literals(path))


def labels() -> str:
    """Words of the settings and of the evidence that figures and tables show."""
    names = ("review.toml", "cohorts.csv", "reports.csv", "other_reviews.csv")
    return "\n".join((ROOT / "data" / name).read_text(encoding="utf-8") for name in names)
