"""Repairs to the HTML that other tools write, so that every reader can use a page.

Wide tables scroll inside their own box, which the keyboard can reach; folded code says what it
is; header cells say what they head; the bibliography is a list of list items.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from .languages import words_of_page
from .stacking import is_spanning, stack

SUMMARIES = {"input": "Code", "source": "Code", "content": "Code and result", "output": "Result"}

# Characters from which a cell is a sentence, not a value.
PROSE = 60
# Characters from which a cell is read as words: set flush left also in a column of values.
SHORT = 24
# Characters from which the cells of a column are words that take two lines at most, not four, and
# up to which the heads of rows are marks that need no room of their own.
WORDS, MARK = 12, 8

# 12 · 165/199 · −0.3 · +1.2 · 87% (80 to 94) · p < 0.001, and what stands for no number.
_NUMBER = re.compile(
    r"^(p )?[<>=≤≥~≈]? ?[+−-]?\d[\d.,\u202f]*(e[+−-]?\d+)?(/\d+| ?%)?( \([^)]*\))?$"
)
# Values that a line break would tear apart: p = 0.17, n = 12, 83 (75 to 89), 71 to 91.
_EQUALITY = re.compile(r"(?<=\w) ([=<>≈≤≥]) (?=[−-]?\d)")
_INTERVAL = re.compile(r"\d\S*( \([^()]*\)| to [−-]?\d\S*)")
# Characters up to which an interval stays on one line; a longer one may break before its bracket.
ONE_LINE = 16

# T-cell, n-6: a single letter or digit is not left alone at a line end.
_HYPHENED = re.compile(r"(?<![\w-])(\w+-\w|\w-\w+)(?![\w-])")

# Between two Han characters or their punctuation a line break of the source is no space.
_HAN = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_HAN_BREAK = re.compile(f"(?<={_HAN})\\n(?={_HAN})")

_NO_NUMBER = frozenset({"", "–", "—", "not reported", "n/a"})

_HEAD = re.compile(r"<thead>.*?</thead>", re.DOTALL)
_UNSCOPED = re.compile(r"<th (?![^>]*\bscope=)")
_STUB = re.compile(r'<th class="([^"]*\bstub\b[^"]*)">')
_ANCHOR = re.compile(r'(<a class="headerlink" href="[^"]*") title="([^"]*)">')

REPLACEMENTS = (
    # ARIA 1.3 drops doc-biblioentry, and a list must hold list items.
    (re.compile(r'role="doc-biblioentry"'), 'role="listitem"'),
    # The language of a Chinese block, for fonts, line breaks and speech.
    (re.compile(r'<div class="zh([^"]*)">'), r'<div class="zh\1" lang="zh-Hans">'),
    (_ANCHOR, r'\1 aria-label="\2">'),
    # Long lines of code scroll sideways; without this only a mouse could do it.
    (re.compile(r'(<div class="highlight">)<pre>'), r'\1<pre tabindex="0">'),
)


def repair(html: str) -> str:
    """Return the body of a page with header cells, list roles and languages put right."""
    html = _HEAD.sub(lambda head: _UNSCOPED.sub('<th scope="col" ', head[0]), html)
    html = _STUB.sub(r'<th scope="row" class="\1">', html)
    for pattern, replacement in REPLACEMENTS:
        html = pattern.sub(replacement, html)
    return _HAN_BREAK.sub("", stack(html))


def unbroken(text: str, *, cell: bool = False) -> str:
    """Return `text` with no-break spaces inside what must not be torn apart at a line end.

    Everywhere that is an equality such as ``p = 0.17``; in the cell of a table also an interval.
    """
    if "\u00a0" in text:  # whoever wrote it chose where it may break
        return text
    text = _EQUALITY.sub("\u00a0\\1\u00a0", text)
    if cell and _INTERVAL.fullmatch(text.strip()):
        if len(text) <= ONE_LINE:
            return text.replace(" ", "\u00a0")
        before, bracket, inside = text.partition(" (")
        return before.replace(" ", "\u00a0") + bracket + inside.replace(" ", "\u00a0")
    return text


def repair_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Repair the body of a page before the template takes it."""
    if "body" in context:
        context["body"] = repair(context["body"])


class ClassifyColumns(SphinxPostTransform):
    """Set columns of numbers flush right, and keep columns of sentences wide enough to read."""

    default_priority = 205
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Mark the cells of numeric columns, heads included, and the cells of prose."""
        for group in self.document.findall(nodes.tgroup):
            body = [row for part in group.findall(nodes.tbody) for row in part]
            body = [row for row in body if not is_spanning(row)]
            if not body or any(len(row) != len(body[0]) for row in body):
                continue
            heads = list(group.findall(nodes.colspec))
            for column, cells in enumerate(zip(*body, strict=True)):
                texts = [cell.astext().strip() for cell in cells]
                stub = bool(heads[column].get("stub"))
                width = _width(texts, stub=stub)
                for cell in cells:
                    cell["classes"] += width
                for cell, text in zip(cells, texts, strict=True):
                    if len(text) > SHORT and not _INTERVAL.match(text):
                        cell["classes"].append("rb-phrase")
                if stub or not any(map(_NUMBER.match, texts)):
                    continue  # heads of rows are names, even where they are numbers
                if all(_NUMBER.match(text) or text in _NO_NUMBER for text in texts):
                    for row in filter(lambda row: not is_spanning(row), group.findall(nodes.row)):
                        row[column]["classes"].append("rb-number")


def _width(texts: Sequence[str], *, stub: bool) -> list[str]:
    """Return the class of a column that has to be wide, or may be narrow, by its usual cell."""
    filled = sorted(map(len, filter(None, texts)))
    middle = filled[(len(filled) - 1) // 2] if filled else 0
    if middle > PROSE:
        return ["rb-prose"]
    if stub:
        return ["rb-slim"] if filled and filled[-1] <= MARK else []
    return ["rb-room"] if middle > WORDS and not all(map(_NUMBER.match, texts)) else []


class KeepTogether(SphinxPostTransform):
    """Keep on one line: equalities, words such as T-cell and, in tables, intervals."""

    default_priority = 206
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Go through the text of the page, code and formulas left alone."""
        for text in list(self.document.findall(nodes.Text)):
            parent = text.parent
            if isinstance(parent, (nodes.literal, nodes.raw, nodes.math, nodes.FixedTextElement)):
                continue
            cell = isinstance(parent.parent, nodes.entry) and len(parent) == 1
            kept = unbroken(str(text), cell=cell)
            pieces = [
                nodes.inline("", piece, classes=["rb-whole"]) if i % 2 else nodes.Text(piece)
                for i, piece in enumerate(_HYPHENED.split(kept))
                if piece
            ]
            if kept != text or len(pieces) > 1:
                parent.replace(text, pieces)


class ScrollTables(SphinxPostTransform):
    """Put each table into a box that scrolls sideways and takes the keyboard's focus."""

    default_priority = 210
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Wrap every table of the page."""
        for table in list(self.document.findall(nodes.table)):
            title = next(iter(table.findall(nodes.title)), None)
            name = title.astext() if title is not None else "Table"
            wide = " rb-run" if "rb-wide-table" in table["classes"] else ""
            opening = (
                f'<div class="rb-scroll{wide}" role="region" tabindex="0" '
                f'aria-label="{escape(name, quote=True)}">'
            )
            parent = table.parent
            at = parent.index(table)
            parent.insert(at + 1, nodes.raw(text="</div>", format="html"))
            parent.insert(at, nodes.raw(text=opening, format="html"))


def open_folded(translator: HTML5Translator, node: HideCodeCellNode) -> None:
    """Open folded code; the words of the summary are its accessible name."""
    kind = node["prompt_show"].rsplit(" ", 1)[-1]
    said = words_of_page(translator.builder.current_docname)
    summary = said[SUMMARIES.get(kind, "Code")]
    # Code alone is shown by the switch of the page; where there is a result too, it stays.
    shown = "rb-code" if kind in ("input", "source") else "rb-code rb-result"
    translator.body.append(f'<details class="{shown}"><summary>{summary}</summary>')


def close_folded(translator: HTML5Translator, node: HideCodeCellNode) -> None:
    """Close folded code."""
    translator.body.append("</details>")


def setup(app: Sphinx) -> None:
    """Register the repairs."""
    app.add_node(HideCodeCellNode, override=True, html=(open_folded, close_folded))
    app.add_post_transform(ClassifyColumns)
    app.add_post_transform(KeepTogether)
    app.add_post_transform(ScrollTables)
    app.connect("html-page-context", repair_page, priority=800)
