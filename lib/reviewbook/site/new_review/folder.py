"""Write the folder of a new book: all of it, or nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reviewbook import words
from reviewbook.pooling.study_book import StudyBook, open_studies
from reviewbook.site import SiteError

from .pins import pins_of_a_book
from .source import EXAMPLE, TABLE, Source, read_source, slug

TEMPLATES = Path(__file__).parent / "templates"
SUFFIX = ".jinja"
LIBRARIES = ("metaprop", "reviewbook")
# Of the engine: what it needs to run elsewhere, and what it may be copied under.
PINS = "requirements.lock"
CARRIED = (PINS, "LICENSE")
OUTCOME_PAGE = "chapters/outcome.md"
PRINTED_PAGE = "chapters/published-values.md"
NOBODY = "Authors not yet named"


class NewReviewError(SiteError):
    """A new review cannot be written; nothing was."""


def engine() -> Path:
    """Return the folder that holds the libraries, their lock and their licence."""
    home = Path(__file__).resolve().parents[4]
    missing = [name for name in CARRIED if not (home / name).is_file()]
    if missing:
        raise NewReviewError(
            f"{home}: expected {words.join(CARRIED)} beside lib/, which a new book carries along; "
            f"not there: {words.join(missing)}. Run this in a clone of the book."
        )
    return home


def new_review(
    folder: Path,
    table: Path | None = None,
    *,
    printed: Path | None = None,
    outcome: str = "",
    title: str = "",
    author: str = "",
) -> StudyBook:
    """Write a complete book for a meta-analysis of single-arm proportions.

    Parameters
    ----------
    folder : Path
        The folder of the book; it must not exist, or be empty.
    table : Path, optional
        The studies; see :func:`~reviewbook.site.new_review.source.read_source`. Without it the book
        holds made-up example rows that say so.
    printed : Path, optional
        Published pooled values.
    outcome : str
        What was counted, for a table that does not name it.
    title, author : str
        Of the book; the title is made from the name of the folder when omitted.

    Returns
    -------
    StudyBook
        The new book, as it was checked: loaded and pooled.

    Raises
    ------
    NewReviewError
        When the folder cannot be written to.
    EvidenceError
        With everything that is wrong with the tables.
    ProjectError
        When a heading or a name cannot be a setting.

    Notes
    -----
    All is written to a folder beside and renamed at the end, so that an error leaves nothing.
    """
    home, target = engine(), folder.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise NewReviewError(f"{folder}: expected a folder that does not exist or is empty")
    if not target.parent.is_dir():
        raise NewReviewError(f"{folder}: expected a folder in one that exists")
    if (home / "lib") in target.parents:
        raise NewReviewError(f"{folder}: expected a folder outside of the libraries")
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        source = _source(beside, table, printed, outcome)
        named = (
            title.strip() or target.name.replace("-", " ").replace("_", " ").strip().capitalize()
        )
        _write(beside, home, source, title=named, author=author, example=table is None)
        open_studies(beside)
        beside.chmod(0o755)
        beside.replace(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return open_studies(target)


def _source(beside: Path, table: Path | None, printed: Path | None, outcome: str) -> Source:
    """Read the tables; the example stands in for one that is not given."""
    if table is not None:
        return read_source(table, printed, outcome=outcome)
    example = beside / TABLE
    example.write_text(EXAMPLE, encoding="utf-8")
    try:
        return read_source(example, printed, outcome=outcome)
    finally:
        example.unlink()


def _write(
    beside: Path, home: Path, source: Source, *, title: str, author: str, example: bool
) -> None:
    """Fill the folder."""
    pages = [
        {"id": one.id, "label": one.title, "page": f"outcome-{one.id.replace('_', '-')}"}
        for one in source.outcomes
    ]
    first = pages[0]
    given: dict[str, Any] = {
        "title": title,
        "author": author or NOBODY,
        "key": slug(title, "review").replace("_", "-"),
        "description": f"{title}: a meta-analysis whose numbers are computed when it is built.",
        "table": TABLE,
        "printed": source.printed,
        "outcomes": pages,
        "groups": source.groups,
        "characteristics": source.characteristics,
        "least_total": source.least_total,
        "least_total_words": words.number(source.least_total or 0, 0),
        "example": example,
        "first": {
            "page": first["page"],
            "figure": f"fig-{first['id'].replace('_', '-')}-forest",
            "title": f"Forest plot of {words.within_sentence(first['label'])}",
        },
    }
    for path in sorted(TEMPLATES.rglob(f"*{SUFFIX}")):
        name = path.relative_to(TEMPLATES).as_posix().removesuffix(SUFFIX)
        if name == OUTCOME_PAGE:
            for page in pages:
                own = {"label": page["label"], "outcome": page["id"]}
                own["description"] = f"{page['label']}: pooled, by groups, and what it hangs on."
                text = render(name, given | own)
                _put(beside / "chapters" / f"{page['page']}.md", text)
        elif name != PRINTED_PAGE or source.printed:
            _put(beside / name, render(name, given))
    for name, text in source.files.items():
        _put(beside / "data" / name, text)
    for name in CARRIED:
        text = (home / name).read_text(encoding="utf-8")
        _put(beside / name, pins_of_a_book(text) if name == PINS else text)
    for name in LIBRARIES:
        unwanted = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(home / "lib" / name, beside / "lib" / name, ignore=unwanted)


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def chapter_template() -> str:
    """Return a short chapter to begin one from, of the set ``larger`` of an outcome ``relapse``."""
    return (Path(__file__).parent / "chapter.md").read_text(encoding="utf-8")


def quoted(text: str) -> str:
    """Return text as a string of TOML, YAML or Python: what JSON writes is one in each of them."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=False,  # these files are no HTML; every text from outside goes through a filter
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters |= {"toml": quoted, "yaml": quoted, "python": quoted, "text": words.escape}
_ENVIRONMENT.filters["capital"] = words.capital


def render(name: str, given: Mapping[str, Any]) -> str:
    """Return a file of a new book."""
    return _ENVIRONMENT.get_template(f"{name}{SUFFIX}").render(given)
