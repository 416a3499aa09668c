"""Labels that a reader cannot tell apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import check_labels

# Compatibility forms that look like the plain character: wide letters, the no-break space and
# hyphen, ligatures, font variants. Superscripts, circled digits and fractions look different.
_SAME_LOOK = ("<noBreak>", "<wide>", "<narrow>", "<compat>", "<font>", "<isolated>")
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
_QUOTES = dict.fromkeys(map(ord, "‘’‛ʼ′´`＇"), "'")
# Cyrillic and Greek letters that are drawn like Latin ones.
_LETTERS = str.maketrans(
    "АВЕЅІЈКМНОРСТХУаеѕіјорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "ABESIJKMHOPCTXYaesijopcyxABEZHIKMNOPTYXo",
)


def skeleton(label: object) -> str:
    """Return what a label looks like.

    Unicode forms are composed, all kinds of blanks count as one space and vanish at the ends,
    invisible characters vanish, kinds of hyphens and apostrophes count as one, Cyrillic and Greek
    letters count as the Latin ones that are drawn like them; a whole number looks like its digits.
    Upper and lower case differ.
    """
    if isinstance(label, Real) and not isinstance(label, bool | np.bool_):
        number = float(label)
        return f"{number:.0f}" if number.is_integer() else str(label)
    text = []
    for character in str(label).translate(_HYPHENS).translate(_QUOTES):
        if unicodedata.category(character) in ("Cf", "Cc") and not character.isspace():
            continue
        if "\ufe00" <= character <= "\ufe0f":  # variation selectors choose a look, at most
            continue
        if unicodedata.decomposition(character).startswith(_SAME_LOOK):
            character = unicodedata.normalize("NFKC", character).translate(_HYPHENS)
        text.append(character)
    return unicodedata.normalize("NFC", " ".join("".join(text).split())).translate(_LETTERS)


def identity(label: object) -> tuple[str, Any]:
    """Return what makes two labels the same: equal numbers, or equal texts."""
    if isinstance(label, str):
        return "text", str(label)
    if isinstance(label, bool | np.bool_):
        return "truth", bool(label)
    if isinstance(label, Real):
        return "number", label
    return type(label).__name__, str(label)


def look_alikes(labels: Iterable[Any]) -> list[tuple[int, int]]:
    r"""Find labels that look the same and are not.

    Parameters
    ----------
    labels : iterable
        Labels of studies or groups.

    Returns
    -------
    list of (int, int)
        Positions of the first label of each look, and of the first that only looks like it.

    Examples
    --------
    >>> import metaprop
    >>> metaprop.look_alikes(["Li 2022", "Wu 2022", "Li\u00a02022", "Wu 2022"])
    [(0, 2)]
    """
    first: dict[str, tuple[int, tuple[str, Any]]] = {}
    found: dict[tuple[int, tuple[str, Any]], int] = {}
    seen = set()
    for position, label in enumerate(labels):
        own = identity(label)
        if own in seen:
            continue
        seen.add(own)
        earlier, theirs = first.setdefault(skeleton(label), (position, own))
        if own != theirs:
            found.setdefault((earlier, own), position)
    return [(earlier, position) for (earlier, _), position in found.items()]


def check_distinct(labels: Iterable[Any], name: str) -> None:
    """Raise a ValueError that shows both labels when two look alike and differ."""
    labels = list(labels)
    for i, j in look_alikes(labels):
        one, two = labels[i], labels[j]
        if isinstance(one, str) and isinstance(two, str):
            how = "blanks, invisible characters, or the Unicode form or alphabet of a letter"
        else:
            how = f"type: a {type(one).__name__} and a {type(two).__name__}"
        raise ValueError(
            f"{name} has two labels that look alike and differ in {how}: {_shown(one)} at index "
            f"{i} and {_shown(two)} at index {j}; write them alike if they mean the same"
        )


def group_names(groups: Any, k: int) -> NDArray[np.object_]:
    """Return the group of each of `k` studies as text; equal labels have the same text.

    Raises
    ------
    ValueError
        When there are not `k` labels, one is missing, or two look alike and differ.
    """
    labels = check_labels(groups, "groups", k)
    check_distinct(labels, "groups")
    first: dict[Any, str] = {}
    names = np.empty(k, dtype=object)
    for i, label in enumerate(labels):
        names[i] = first.setdefault(identity(label), str(label))
    return names


def _shown(label: object) -> str:
    """Show a label with what is invisible in it spelled out."""
    return ascii(label) if isinstance(label, str) else repr(label)
