"""What readers call things: synonyms and names of pages, for the search of the site.

The library brings the words of statistics (``synonyms.toml`` beside this module); those of a
subject, and the names under which readers look for the pages of a book, are in its
``data/search.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reviewbook.review.toml_file import read_toml

GENERAL = Path(__file__).with_name("synonyms.toml")
SPECIAL = Path("data") / "search.toml"
SETTINGS: Mapping[str, object] = {"same": [], "cohorts": [], "called": {}}


class WordingError(ValueError):
    """A file of synonyms does not hold what it should."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What readers call things.

    Attributes
    ----------
    same : tuple of tuple of str
        Groups of words that stand for each other.
    cohorts : tuple of str
        Pages on which a cohort is shown best, the best first.
    called : dict
        Page -> questions and names under which readers look for it.
    """

    same: tuple[tuple[str, ...], ...] = ()
    cohorts: tuple[str, ...] = ()
    called: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_wording(path: Path) -> Wording:
    """Return the synonyms and settings in a file such as ``data/search.toml``.

    Raises
    ------
    WordingError
        If the file is not TOML, or `same` is not a list of lists of at least two words,
        `cohorts` not a list of pages, `called` no table of lists, or there is something else.
    """
    try:
        table = read_toml(path)
    except ValueError as error:
        raise WordingError(str(error)) from None
    unknown = sorted(set(table) - set(SETTINGS))
    if unknown:
        expected, found = ", ".join(SETTINGS), ", ".join(unknown)
        raise WordingError(f"{path.name}: expected some of {expected}, found {found}")
    same, cohorts, called = (table.get(name, empty) for name, empty in SETTINGS.items())
    if not isinstance(same, list):
        raise WordingError(f"{path.name}: same: expected a list of lists, found {same!r}")
    for group in same:
        if not _are_words(group) or len(group) < 2:
            raise WordingError(f"{path.name}: same: expected two words or more, found {group!r}")
    if not _are_words(cohorts):
        raise WordingError(f"{path.name}: cohorts: expected a list of pages, found {cohorts!r}")
    if not isinstance(called, dict) or not all(map(_are_words, called.values())):
        raise WordingError(f"{path.name}: called: expected pages with lists, found {called!r}")
    by_page = {page: tuple(names) for page, names in called.items()}
    return Wording(tuple(map(tuple, same)), tuple(cohorts), by_page)


def _are_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) and word for word in value)


def wording(root: Path) -> Wording:
    """Return the words of statistics that come with the library, and those of the review."""
    read = [read_wording(path) for path in (GENERAL, root / SPECIAL) if path.is_file()]
    return Wording(
        tuple(group for one in read for group in one.same),
        tuple(page for one in read for page in one.cohorts),
        {page: names for one in read for page, names in one.called.items()},
    )
