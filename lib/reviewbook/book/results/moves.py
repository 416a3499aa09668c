"""What moved between two editions: numbers, verdicts and certainties, and the rows behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from reviewbook import words

from .numbers import Numbers

ABSENT = "absent"
NEGLIGIBLE = 1e-6
"""Fits that iterate stop within about this of each other."""


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that is not the same in two editions.

    Attributes
    ----------
    kind : str
        ``estimates``, ``counts`` or ``words``.
    name : str
        Which pool and recipe, or which verdict.
    old, new : list, str or None
        The values: [estimate, low, high], [cohorts, events, patients] or a word; None where an
        edition has no such thing.
    """

    kind: str
    name: str
    old: Any
    new: Any

    @property
    def change(self) -> float | None:
        """By how much the estimate moved; None where one of the two does not exist."""
        if self.kind != "estimates" or self.old is None or self.new is None:
            return None
        before, after = self.old[0], self.new[0]
        return None if before is None or after is None else float(after - before)

    @property
    def negligible(self) -> bool:
        """Whether it is no more than the last digits of another fit: below :data:`NEGLIGIBLE`."""
        if self.kind != "estimates" or self.old is None or self.new is None:
            return False
        return all(
            before == after or (None not in (before, after) and abs(before - after) < NEGLIGIBLE)
            for before, after in zip(self.old, self.new, strict=True)
        )

    def __str__(self) -> str:
        return f"{self.name}: {told(self.kind, self.name, self.old)} -> " + (
            f"{told(self.kind, self.name, self.new)}{self._by()}"
        )

    def _by(self) -> str:
        if self.change is None:
            return ""
        return f" ({change_text(self.name, self.change)})"


def moves(old: Numbers, new: Numbers) -> list[Move]:
    """Return everything that differs between two editions, in the order of the newer one."""
    found = []
    for kind in ("words", "counts", "estimates"):
        for name in [*new[kind], *(n for n in old[kind] if n not in new[kind])]:
            before, after = old[kind].get(name), new[kind].get(name)
            if before != after:
                found.append(Move(kind, name, before, after))
    return found


def told(kind: str, name: str, value: Any) -> str:
    """Return a value in words: shares in percent to a hundredth, counts as events of patients."""
    if value is None:
        return ABSENT
    if kind == "words":
        return str(value)
    if kind == "counts":
        cohorts, events, patients = value
        return f"{words.counts(events, patients)} in {words.count(cohorts, 'cohort')}"
    estimate, low, high = (_amount(name, one) for one in value)
    return f"{estimate} ({low} to {high})"


def told_estimate(name: str, value: Any) -> str:
    """Return the estimate of a number alone."""
    return ABSENT if value is None else _amount(name, value[0])


def change_text(name: str, change: float) -> str:
    """Return a change with its sign: points for shares, as it is for ratios."""
    scale, unit = (1.0, "") if _plain(name) else (100.0, " points")
    digits = 2 if abs(change) * scale >= 0.005 or change == 0 else 6
    sign = "+" if change >= 0 else ""
    return f"{sign}{words.number(change * scale, digits)}{unit}"


def _plain(name: str) -> bool:
    """Whether a number is no share: a ratio, or patients of 100."""
    return " ratio of " in name or name.endswith(" per 100")


def _amount(name: str, value: float | None) -> str:
    if value is None:
        return "none"
    return str(words.number(value) if _plain(name) else words.percent(value, digits=2))


@dataclass(frozen=True, slots=True)
class RowMove:
    """A row that feeds pools in one edition and not, or not the same pools, in the other.

    Attributes
    ----------
    row, label : str
        Its file and key, and its cohort.
    entered, left : tuple of str
        Pools that it enters in the newer edition only, and those it has left.
    """

    row: str
    label: str
    entered: tuple[str, ...]
    left: tuple[str, ...]


def row_moves(old: Numbers, new: Numbers) -> list[RowMove]:
    """Return the rows that entered or left a pool; a changed count leaves, and enters anew.

    Subgroups are not named: a row enters them with its outcome. Nor are pools that one of the two
    editions does not have: nothing entered or left them.
    """
    found = []
    shared = old["rows"].keys() & new["rows"].keys()
    labels = _labels(old) | _labels(new)
    for row in sorted(labels):
        before, after = (_pools(one, row, shared) for one in (old, new))
        entered = tuple(name for name in after if name not in before)
        left = tuple(name for name in before if name not in after)
        if entered or left:
            found.append(RowMove(row, labels[row], entered, left))
    return found


def _labels(numbers: Numbers) -> dict[str, str]:
    return {row: label for rows in numbers["rows"].values() for row, label in rows.items()}


def _pools(numbers: Numbers, row: str, among: Set[str]) -> list[str]:
    return [
        name
        for name, rows in numbers["rows"].items()
        if row in rows and name in among and "=" not in name
    ]


def setting_moves(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield in words where two documents differ in commit, data files, rules or recipes."""
    for name in ("commit", "date", "version", "uncommitted"):
        if (one := old["source"][name]) != (other := new["source"][name]):
            yield f"{name}: {one} -> {other}"
    sums = [{one["name"]: one["sha256"] for one in document["data"]} for document in (old, new)]
    for name in sorted(sums[0].keys() | sums[1].keys()):
        if (states := [one.get(name) for one in sums])[0] != states[1]:
            what = "added" if not states[0] else "removed" if not states[1] else "changed"
            yield f"data/{name}: {what}"
    sets = [{one["id"]: one["rules"] or {} for one in document["sets"]} for document in (old, new)]
    yield from _inner("rules of", *sets)
    yield from _inner("recipe", old["recipes"], new["recipes"])
    for name in ("primary_set", "primary_recipe", "comparison_recipe"):
        if old[name] != new[name]:
            yield f"{name}: {old[name]} -> {new[name]}"


def _inner(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in [*new, *(n for n in old if n not in new)]:
        if name not in old or name not in new:
            yield f"{what} {name}: {'added' if name in new else 'removed'}"
            continue
        for key in [*new[name], *(k for k in old[name] if k not in new[name])]:
            before, after = old[name].get(key, ABSENT), new[name].get(key, ABSENT)
            if before != after:
                yield f"{what} {name}, {key}: {before} -> {after}"
