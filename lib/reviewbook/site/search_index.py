"""What a reader can search for: the prose, captions and names of the finished pages.

Code, drawings, formulas, the box at the head of a chapter and its citation are left out. Each
section, term, caption, cohort, entry of the library and reference becomes an entry with an address
of its own; the script of the search page ranks them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bs4 import BeautifulSoup, Tag

# The heaviest part of a page, gone before it is parsed.
_DRAWINGS = re.compile(r"<svg\b.*?</svg>|<pre\b.*?</pre>|<math\b.*?</math>", re.DOTALL)
_ORIGINS = '<details class="rb-fold rb-origins"'
_DETAILS = re.compile(r"<(/?)details\b[^>]*>")
LEFT_OUT = frozenset({"script", "style", "button", "noscript", "form", "nav"})
LEFT_OUT_CLASSES = frozenset(
    {
        *("headerlink", "caption-number", "rb-sr", "rb-part", "rb-header", "cite-this"),
        *("rb-downloads", "rb-code", "rb-call", "rb-words", "rb-letters", "rb-origins"),
    }
)
FOLDED = "rb-folded"
# Columns of hashes and of code are no prose, in which table they ever stand.
_HASH = re.compile(r"\b(swh:1:\S+|[0-9a-f]{32,})")
_SPACE = re.compile(r"\s+")
_BLOCKS = ["p", "li", "dt", "dd", "td", "th", "tr", "div", "figcaption", "caption", "section"]
# Characters of the start of a reference and of a docstring that are kept.
LONGEST, LONGEST_CODE = 600, 1500
# Characters from which the cell of a table is a sentence, and words if it holds no digit.
PROSE, PHRASE = 60, 12


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be found.

    Attributes
    ----------
    kind : str
        ``"page"``, ``"below"`` (a page below a chapter), ``"section"``, ``"term"``, ``"figure"``,
        ``"table"``, ``"cohort"``, ``"reference"`` or ``"code"``.
    anchor : str
        Where it stands on its page; empty for the top.
    title : str
        Heading, term, first sentence of a caption, or name.
    text : str
        Its prose.
    """

    kind: str
    anchor: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page with its entries; `address` is without suffix, `called` what readers call it."""

    address: str
    title: str
    part: str
    entries: tuple[Entry, ...]
    called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What a cohort is known by: author and year of its `reports`, and other `words`."""

    reports: tuple[str, ...]
    words: tuple[str, ...]


def words_of(element: Tag) -> str:
    """Return the text of an element; what stands in blocks of its own is kept apart."""
    for block in element.find_all(_BLOCKS):
        block.append(" ")
    text = _SPACE.sub(" ", element.get_text()).strip()
    return re.sub(r" ([.,;:)])", r"\1", _HASH.sub("", text))


def _taken(root: Tag, name: str, **attributes: Any) -> Iterator[Tag]:
    """Yield elements, each taken out of the page; what stands inside another goes with it."""
    for element in root.find_all(name, **attributes):
        if root in element.parents:
            yield element.extract()


def read_page(html: str, address: str) -> SearchPage:
    """Return what can be found on a finished page."""
    soup = BeautifulSoup(_DRAWINGS.sub(" ", _without_origins(html)), "html.parser")
    article = soup.article or soup
    part = article.select_one(".rb-part")
    part_of = part.get_text(" ", strip=True) if part else ""
    # Not by a CSS selector, which takes several times as long.
    for unwanted in article.find_all(_is_left_out):
        unwanted.extract()
    summary = soup.select_one('meta[name="description"]')
    about = str(summary["content"]) if summary else ""
    # A page below a chapter names the chapter, with a link, where others name their part.
    top = "below" if part is not None and part.a else "page"
    entries = [*_names(article), *_captions(article), *_sections(article, top, about)]
    title = next((entry.title for entry in entries if entry.kind == top), "")
    return SearchPage(address, title, part_of, tuple(entry for entry in entries if entry.title))


def _without_origins(html: str) -> str:
    """Return a page without the list of where its numbers come from: two thirds of its elements."""
    start = html.find(_ORIGINS)
    depth = 0
    for tag in _DETAILS.finditer(html, start) if start >= 0 else ():
        depth += -1 if tag[1] else 1
        if depth == 0:
            return html[:start] + html[tag.end() :]
    return html


def _is_left_out(element: Tag) -> bool:
    classes = element.get("class") or ()
    # A table that is folded is to be found; its frame is that of the words of a figure.
    return element.name in LEFT_OUT or (
        FOLDED not in classes and not LEFT_OUT_CLASSES.isdisjoint(classes)
    )


def _names(article: Tag) -> Iterator[Entry]:
    """Yield terms of a glossary, entries of the library and references."""
    for glossary in _taken(article, "dl", class_="glossary"):
        for term in glossary.find_all("dt", id=True):
            meaning = term.find_next_sibling("dd")
            text = words_of(meaning) if meaning else ""
            yield Entry("term", str(term["id"]), words_of(term), text)
    for described in _taken(article, "dl", class_="py"):
        name = described.find("dt", id=True)
        if name is not None:
            anchor = str(name["id"])
            for member in described.find_all("dl", class_="py"):
                member.extract()
            text = words_of(described.dd)[:LONGEST_CODE] if described.dd else ""
            yield Entry("code", anchor, anchor, text)
    for reference in _taken(article, "div", class_="citation", id=True):
        for label in reference.select(".label"):
            label.decompose()
        text = words_of(reference)
        year = re.search(r"\b(?:19|20)\d\d\b(?!.*\b(?:19|20)\d\d\b)", text)
        who = re.split(r"\. |, and |, | and ", text, maxsplit=1)[0]
        title = f"{who}, {year[0]}" if year else who
        yield Entry("reference", str(reference["id"]), title, text[:LONGEST])


def _captions(article: Tag) -> Iterator[Entry]:
    """Yield figures by their caption, tables by caption, names of rows and cells of prose."""
    for figure in _taken(article, "figure", id=True):
        caption = figure.find(class_="caption-text")
        if caption is not None:
            yield Entry("figure", str(figure["id"]), *_first_sentence(words_of(caption)))
    for table in _taken(article, "table", id=True):
        caption = table.find(class_="caption-text")
        title, rest = _first_sentence(words_of(caption)) if caption else ("", "")
        # Groups of rows are bodies of their own: what is not the head is read, however many.
        for part in table.find_all(["caption", "thead"]):
            part.extract()
        heads, cells = table.find_all("th"), table.find_all("td")
        texts = [*map(words_of, heads), *filter(_is_phrase, map(words_of, cells))]
        text = " · ".join(dict.fromkeys(filter(None, [rest, *texts])))
        yield Entry("table", str(table["id"]), title, text)


def _is_phrase(cell: str) -> bool:
    """Whether a cell holds words to find, and not a value or a mark."""
    return len(cell) > PROSE or (len(cell) >= PHRASE and not re.search(r"\d", cell))


def _first_sentence(text: str) -> tuple[str, str]:
    first, stop, rest = text.partition(". ")
    return (first + stop.strip(), rest) if stop else (text, "")


def _sections(article: Tag, top: str, about: str) -> Iterator[Entry]:
    """Yield sections, innermost first, so that each keeps only what stands in it alone.

    The page itself, of kind `top`, also has the sentence that says what it is `about`.
    """
    for section in reversed(article.find_all("section")):
        heading = section.find(re.compile("^h[1-6]$"))
        section.extract()
        if heading is None:
            continue
        kind = top if heading.name == "h1" else "section"
        title = words_of(heading.extract())
        anchor = "" if kind == top else str(section.get("id", ""))
        text = words_of(section)
        yield Entry(kind, anchor, title, f"{about} {text}".strip() if kind == top else text)


def cohort_entries(
    pages: Iterable[SearchPage], cohorts: Mapping[str, Known], first: Sequence[str] = ()
) -> dict[str, list[Entry]]:
    """Return entries for cohorts by the page that shows them.

    Parameters
    ----------
    pages : iterable of SearchPage
    cohorts : mapping
        Label of a cohort, as the tables print it, to what else it is known by.
    first : sequence of str
        Pages that are preferred, in this order, where their tables name the cohort; then comes
        the page whose tables name most cohorts.
    """
    tables = [(page, entry) for page in pages for entry in page.entries if entry.kind == "table"]
    named = Counter(
        page.address for page, entry in tables for label in cohorts if label in entry.text
    )
    order = [*first, *(address for address, _ in named.most_common() if address not in first)]
    found: dict[str, list[Entry]] = {}
    for label, known in cohorts.items():
        places = [
            (order.index(page.address), page.address, entry.anchor)
            for page, entry in tables
            if label in entry.text
        ]
        if places:
            _, address, anchor = min(places, key=lambda place: place[0])
            title = " · ".join([*known.reports, label])
            entry = Entry("cohort", anchor, title, " · ".join(known.words))
            found.setdefault(address, []).append(entry)
    return found


def with_entries(page: SearchPage, more: Iterable[Entry]) -> SearchPage:
    """Return `page` with further entries."""
    return replace(page, entries=(*page.entries, *more))


def with_names(page: SearchPage, called: Mapping[str, tuple[str, ...]]) -> SearchPage:
    """Return `page` with what readers call it, by address."""
    return replace(page, called=called.get(page.address, ()))


def index_script(pages: Iterable[SearchPage], same: Iterable[Iterable[str]]) -> str:
    """Return the index as a script, so that a page opened from a disk can load it too."""
    index = {
        "same": [list(group) for group in same],
        "pages": [
            {
                "address": page.address,
                "title": page.title,
                "part": page.part,
                "called": list(page.called),
                "entries": [
                    [entry.kind, entry.anchor, entry.title, entry.text] for entry in page.entries
                ],
            }
            for page in pages
        ],
    }
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    return f"var reviewbookIndex = {text};\n"
