"""CSV files for machines: numbers are numbers, and the unit of a number is in its column's name.

A table or figure shows some of its numbers as text: ``18/20``, ``87% (95% CI 80 to 94)``,
``13 studies``. In its file that text stays as it is printed, and what is read from it stands in
columns of its own behind it: ``counts_events counts_total``, ``printed_percent
printed_percent_low printed_percent_high``, ``printed_studies``. Text that is nothing but a number
is written as one: an ASCII minus, no space between thousands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pandas as pd

from reviewbook import words

DIGITS = "%.10g"
_NUMBER = r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_UNIT = r"(?P<unit>%| [a-z]+)?"
_BOUNDS = {sign: bound for bound, sign in words.BOUNDS.items()}

Read = Mapping[str, str]


def _counts(found: re.Match[str]) -> Read:
    bound = {"bound": _BOUNDS[found["sign"]]} if found["sign"] else {}
    return {"events": found["events"], "total": found["total"], **bound}


def _value(found: re.Match[str]) -> Read:
    unit = {"%": "percent", None: "value"}.get(found["unit"], (found["unit"] or "").strip())
    parts = {"": found["number"], "_low": found["low"], "_high": found["high"]}
    read = {f"{unit}{part}": text for part, text in parts.items() if text}
    read |= {"of": found["of"]} if found["of"] else {}
    return read | ({"sign": found["sign"]} if found["sign"] else {})


def _range(found: re.Match[str]) -> Read:
    unit = {"%": "percent", None: "value"}.get(found["unit"], (found["unit"] or "").strip())
    return {f"{unit}_low": found["low"], f"{unit}_high": found["high"]}


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Read]], ...] = (
    (re.compile(r"(?P<sign>[≥≤]?)(?P<events>\d+)/(?P<total>\d+)"), _counts),
    (re.compile(r"(?P<a>\d+) v (?P<b>\d+)"), lambda m: {"first": m["a"], "second": m["b"]}),
    (re.compile(r"n = (?P<n>\d+)"), lambda m: {"n": m["n"]}),
    (
        re.compile(rf"p (?P<sign>[=<>]) (?P<p>{_NUMBER})"),
        lambda m: {"p": m["p"], "sign": m["sign"]},
    ),
    (
        re.compile(
            rf"(?P<sign>[<>≈]?) ?(?P<number>{_NUMBER}){_UNIT}(?: of (?P<of>\d+))?"
            rf"(?: \((?:95% )?(?:CI )?(?P<low>{_NUMBER}) to (?P<high>{_NUMBER})%?\))?"
        ),
        _value,
    ),
    (re.compile(rf"(?P<low>{_NUMBER}) to (?P<high>{_NUMBER}){_UNIT}"), _range),
)
"""How numbers are printed in cells, and what is read from each form."""


def numbers_in(text: str) -> Read:
    """Return what a printed cell says, by the name of each part; empty when it is no number.

    >>> dict(numbers_in("87% (95% CI 80 to 94)"))
    {'percent': '87', 'percent_low': '80', 'percent_high': '94'}
    """
    plain = text.strip().replace(words.MINUS, "-").replace("\u00a0", " ")
    plain = re.sub(rf"(?<=\d){words.THOUSANDS}(?=\d)", "", plain)
    for form, read in _FORMS:
        if found := form.fullmatch(plain):
            return read(found)
    return {}


def machine_readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with the numbers of its texts in columns of their own.

    A column of text is read where at least half of its cells hold nothing but numbers; a column
    that stands in the frame already is never replaced.
    """
    made: dict[str, object] = {}
    for key, column in frame.items():
        name = str(key)
        read = _read(column)
        if read and all(set(cell) <= {"value"} for cell in read):
            made[name] = [cell.get("value", text) for cell, text in zip(read, column, strict=True)]
            continue
        made[name] = column
        for part in dict.fromkeys(part for cell in read for part in cell):
            if f"{name}_{part}" not in frame:
                made[f"{name}_{part}"] = [cell.get(part, "") for cell in read]
    return pd.DataFrame(made, index=frame.index)


def _read(column: pd.Series) -> list[Read]:
    """Return what is read from each cell; nothing for a column that is not of numbers as text."""
    texts = [value if isinstance(value, str) else "" for value in column]
    filled = [text for text in texts if text.strip()]
    read = [numbers_in(text) for text in texts]
    known = sum(map(bool, read))
    plain = all(re.fullmatch(_NUMBER, text) for text in filled)
    return [] if plain or 2 * known < len(filled) else read


def csv_text(frame: pd.DataFrame) -> str:
    """Return `frame` as a CSV file for machines, with up to ten significant digits."""
    text: str = machine_readable(frame).to_csv(
        index=False, float_format=DIGITS, lineterminator="\n"
    )
    return text
