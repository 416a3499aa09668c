"""How a work is cited: by who and when.

Who are its authors, or, where none is given, the place it was published in. When is its year, with
a letter where two works would be cited alike. Tables, figures, citations in the text and the list
of references all ask :func:`cited_as`, so that they agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from pybtex.database import Entry
from pybtex.richtext import Text

PLACES = ("journal", "booktitle", "howpublished", "title")
"""Fields that say where a work without authors was published; the first that is there."""
UNDATED = "undated"


@dataclass(frozen=True, slots=True)
class CitedAs:
    """How a work is cited.

    Attributes
    ----------
    who : str
        ``Li``, ``Li and Wu``, ``Li et al.``, or the place of publication.
    when : str
        ``2023``, ``2023a`` or ``undated``.
    """

    who: str
    when: str


def cited_as(entries: Mapping[str, Entry]) -> dict[str, CitedAs]:
    """Return how each work is cited, by key.

    Works of the same who and year get the letters a, b, ... in the order of the list of references.
    Entries whose years have their letters already keep them.
    """
    alike: dict[tuple[str, str], list[str]] = {}
    for key in sorted(entries, key=lambda key: order(entries[key])):
        entry = entries[key]
        alike.setdefault((who(entry), entry.fields.get("year", UNDATED)), []).append(key)
    found = {}
    for (name, year), keys in alike.items():
        letters: Iterable[str] = ascii_lowercase if len(keys) > 1 else ("",)
        joint = "-" if year == UNDATED and len(keys) > 1 else ""
        for key, letter in zip(keys, letters, strict=False):
            found[key] = CitedAs(name, f"{year}{joint}{letter}")
    return {key: found[key] for key in entries}


def who(entry: Entry) -> str:
    """Return whom a citation names: authors or editors, else the place of publication."""
    persons = entry.persons.get("author") or entry.persons.get("editor")
    if not persons:
        return place(entry)
    names = [" ".join(map(str, p.rich_prelast_names + p.rich_last_names)) for p in persons]
    if len(names) > 2 or names[-1] == "others":
        return f"{names[0]} et al."
    return " and ".join(names)


def place(entry: Entry) -> str:
    """Return where a work was published, without its year: ``ASH`` for ``ASH 2024``."""
    name = next((entry.fields[field] for field in PLACES if field in entry.fields), "")
    return re.sub(r" \d{4}$", "", str(Text.from_latex(name)))


def order(entry: Entry) -> tuple[Any, ...]:
    """Return the key by which works are sorted: by authors or place, year and title."""
    persons = entry.persons.get("author") or entry.persons.get("editor") or ()
    names = [" ".join(map(str, p.rich_last_names + p.rich_first_names)).lower() for p in persons]
    return (
        names or [place(entry).lower()],
        entry.fields.get("year", UNDATED),
        entry.fields.get("title", "").strip("{[").lower(),
    )
