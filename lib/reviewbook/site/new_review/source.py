"""The table a new review begins with, as somebody wrote it, in the words of the book."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_low
from types import MappingProxyType

from metaprop.labels import skeleton
from reviewbook import words
from reviewbook.evidence.evidence import EvidenceError
from reviewbook.evidence.studies import (
    CITED,
    COUNTS,
    OUTCOME,
    PRINTED,
    RESERVED,
    decimals,
    read_printed,
    read_studies,
)
from reviewbook.evidence.table import Problem, headings

MOST_GROUPS = 6
"""A column with more different values describes studies and does not part them."""
FEWEST_STUDIES = 3
"""A set of fewer is no start."""
MOST_LETTERS = 60
"""Longest identifier that is made of a heading or a name: files are named after it."""
TABLE, PUBLISHED = "studies.csv", "printed.csv"


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a name that code uses, the words for it, and the values it takes."""

    id: str
    title: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """What a new review is made of.

    Attributes
    ----------
    outcomes, groups, characteristics : tuple of Named
        As the settings name them.
    least_total : int or None
        The middle of the totals, where at least some of the rows lie below it.
    files : mapping of str to str
        Name and text of the tables.
    """

    outcomes: tuple[Named, ...]
    groups: tuple[Named, ...]
    characteristics: tuple[Named, ...]
    least_total: int | None
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def printed(self) -> str:
        """Name of the table of published values; "" without one."""
        return PUBLISHED if PUBLISHED in self.files else ""


EXAMPLE = """study,events,total,setting
Example A (made up),9,12,hospital
Example B (made up),14,20,hospital
Example C (made up),31,40,home
Example D (made up),6,11,home
"""


def read_source(path: Path, printed: Path | None = None, *, outcome: str = "") -> Source:
    """Read a table with the columns study, events, total, and any others.

    Parameters
    ----------
    path : Path
        CSV as spreadsheets write it. Headings may begin with a capital. A column ``outcome`` names
        what was counted, a column ``key`` an entry of the bibliography, and any other describes a
        study. One that takes 2 to 6 values, at least one of them twice, becomes a group.
    printed : Path, optional
        CSV with published values in percent, ``outcome estimate low high digits source``.
    outcome : str
        What was counted, where the table does not say.

    Raises
    ------
    EvidenceError
        With everything that is wrong: file, line, column, what is there and what was expected.
    """
    found = headings(path, {*COUNTS, OUTCOME})
    if isinstance(found, Problem):
        raise EvidenceError([found])
    names = _columns(found)
    wrong = _wrong_headings(path.name, found)
    if wrong:
        raise EvidenceError(wrong)
    table, problems = read_studies(path, names, names=names)
    if problems:
        raise EvidenceError(problems)
    rows = [{name: row[spelled] for name, spelled in names.items()} for row in table.rows]
    outcomes = _outcomes(rows, outcome or "Outcome")
    ids = {one.title: one.id for one in outcomes}
    others = [name for name in names if name not in (*COUNTS, OUTCOME, CITED)]
    values = {name: _values(rows, name) for name in others}
    groups = [name for name in others if _parts(rows, name, values[name])]
    for row in rows:
        row[OUTCOME] = ids[row.get(OUTCOME) or outcomes[0].title]
    columns = [OUTCOME, *COUNTS, *others, *([CITED] if CITED in names else [])]
    files = {TABLE: _text(columns, ([row[name] for name in columns] for row in rows))}
    if printed is not None:
        files[PUBLISHED] = _published(printed, ids)

    def title(name: str) -> str:
        return words.capital(names[name].strip().replace("_", " "))

    return Source(
        outcomes,
        tuple(Named(name, title(name), values[name]) for name in groups),
        tuple(Named(name, title(name)) for name in others if name not in groups),
        _middle(rows),
        MappingProxyType(files),
    )


def slug(text: str, otherwise: str) -> str:
    """Return text as an identifier; `otherwise` stands for one without a Latin letter.

    It ends with the last word that fits into :data:`MOST_LETTERS`.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    found = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
    if not found:
        return otherwise
    whole = found if found[0].isalpha() else f"{otherwise}_{found}"
    if len(whole) <= MOST_LETTERS:
        return whole
    cut = whole[: MOST_LETTERS + 1].rpartition("_")[0] or whole
    return cut[:MOST_LETTERS].strip("_")


def _distinct(texts: Iterable[str], otherwise: str, taken: Iterable[str] = ()) -> dict[str, str]:
    """Return an identifier for each text; none is given twice."""
    found: dict[str, str] = {}
    for text in texts:
        start = name = slug(text, otherwise)
        number = 1
        while name in found.values() or name in taken:
            number += 1
            name = f"{start}_{number}"
        found[text] = name
    return found


def _columns(found: Sequence[str]) -> dict[str, str]:
    """Return the columns by their names here, with how the file spells them."""
    known = {*COUNTS, OUTCOME, CITED}
    names = {heading.strip().lower(): heading for heading in reversed(found)}
    spelled = {name: names[name] for name in (*COUNTS, OUTCOME, CITED) if name in names}
    others = [one for one in dict.fromkeys(found) if one and one not in spelled.values()]
    ids = _distinct(others, "column", {*known, *RESERVED})
    return spelled | {name: heading for heading, name in ids.items()}


def _wrong_headings(file: str, found: Sequence[str]) -> list[Problem]:
    """Return the headings that are no plain text, and those that look like another one."""
    from reviewbook.evidence.package import plain  # frictionless takes time to import

    problems: list[Problem] = []
    first: dict[str, str] = {}
    for name in filter(None, found):
        if expected := plain(name, "string"):
            problems.append(Problem(file, 1, None, f"the heading {name!a}", expected))
        other = first.setdefault(skeleton(name).casefold(), name)
        if other != name:
            expected = f"headings that do not look alike (there is {other!a})"
            problems.append(Problem(file, 1, None, f"the heading {name!a}", expected))
    return problems


def _outcomes(rows: Sequence[Mapping[str, object]], otherwise: str) -> tuple[Named, ...]:
    labels = dict.fromkeys(str(row.get(OUTCOME) or otherwise) for row in rows)
    ids = _distinct(labels, "outcome")
    return tuple(Named(ids[label], label) for label in labels)


def _values(rows: Sequence[Mapping[str, object]], column: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(row[column]) for row in rows if row[column]))


def _parts(rows: Sequence[Mapping[str, object]], column: str, values: Sequence[str]) -> bool:
    """Whether a column parts the studies: a few values, one of them of two studies or more."""
    studies: dict[str, set[object]] = {value: set() for value in values}
    for row in rows:
        if row[column]:
            studies[str(row[column])].add(row["study"])
    shared = any(len(members) > 1 for members in studies.values())
    return 2 <= len(values) <= MOST_GROUPS and shared


def _middle(rows: Sequence[Mapping[str, object]]) -> int | None:
    """Return the middle of the totals; None where too few rows are left at or above it."""
    totals = [row["total"] for row in rows]
    known = [total for total in totals if isinstance(total, int)]
    if not known:
        return None
    middle = median_low(known)
    left = sum(total >= middle for total in known)
    return middle if FEWEST_STUDIES <= left < len(known) else None


def _published(path: Path, ids: Mapping[str, str]) -> str:
    """Return the text of the table of published values, with the identifiers of the outcomes."""
    table, problems = read_printed(path, (*ids, *ids.values()))
    if problems:
        raise EvidenceError(problems)
    rows = []
    for row in table.rows:
        shown = [row[name] for name in PRINTED]
        shown[0], shown[4] = ids.get(shown[0], shown[0]), decimals(table, row)
        rows.append(shown)
    return _text(PRINTED, rows)


def _text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if cell is None else _cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def _cell(cell: object) -> str:
    return format(cell, ".12g") if isinstance(cell, float) else str(cell)
