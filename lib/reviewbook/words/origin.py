"""Where a number comes from, and numbers that carry it.

An :class:`Origin` is written by the computation that makes a number: the expression that makes it
again, the rows of ``data/`` that fed it and, for a pool, its counts and recipe. A traced number is
a float or an int with an origin. It behaves as any other number; what is computed of it with ``+``,
``-``, ``*``, ``/``, ``abs`` or ``round`` has an origin again, whose expression is that of the
computation and whose rows are those of all its parts. Arrays and frames make plain numbers of it.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")
N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file of ``data/``.

    Attributes
    ----------
    table, key : str
        File, and the cells of its primary key joined by ``|``; of the settings, the table's name.
    shown : tuple of (str, str)
        What a reader is shown of it, by column.
    link : str
        Address of its source; "" where it has none.
    """

    table: str
    key: str
    shown: tuple[tuple[str, str], ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a set of cohorts leaves out, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """The rows behind numbers that were computed together.

    Attributes
    ----------
    outcome, set_id : str
        Identifiers of the settings; "" where the rows are of no one outcome or set.
    rows : tuple of Row
    left_out : tuple of LeftOut
    """

    outcome: str = ""
    set_id: str = ""
    rows: tuple[Row, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Alone:
    """What makes a number with ``metaprop`` and nothing else.

    Attributes
    ----------
    lines, expression : tuple of str, str
        Lines to run, then what makes the number.
    counts : tuple of tuple of int
        Events and totals, which the lines write out.
    """

    lines: tuple[str, ...]
    expression: str
    counts: tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a number comes from.

    Attributes
    ----------
    expression : str
        Python that makes the number from `book`; its meaning, of which the identifier is made.
    what : str
        The number in words, with its formula: ``pooled proportion``.
    unit : str
        Such as ``proportion``, ``patients``, ``cohorts``, ``p``; "" for a number without one.
    sources : tuple of Source
        The rows that fed it.
    imports : tuple of str
        Lines that the expression needs beside ``open_book``.
    recipe : Any
        The recipe of a pool, None for everything else.
    alone : Alone or None
        How ``metaprop`` makes it from counts that are written out; None where it cannot.
    interval : tuple of float or None
        Lower and upper limit, of an estimate that has them.
    """

    expression: str
    what: str
    unit: str = ""
    sources: tuple[Source, ...] = ()
    imports: tuple[str, ...] = ()
    recipe: Any = None
    alone: Alone | None = None
    interval: tuple[float, float] | None = None

    @property
    def id(self) -> str:
        """The permanent identifier: ``n-`` and ten hexadecimal digits of a hash of what it means.

        The expression names outcome, set, recipe and quantity, and never the value, so it stays
        when counts change.
        """
        return number_id(self.expression)

    def python(self) -> str:
        """Return a program that prints the number with 17 significant digits.

        It needs ``metaprop`` alone where that can make the number, and else this book.
        """
        if self.alone is not None:
            lines, expression = ["import metaprop", "", *self.alone.lines], self.alone.expression
        else:
            imports = sorted({"from reviewbook import open_book", *self.imports})
            lines, expression = [*imports, "", "book = open_book()"], self.expression
        return "\n".join([*lines, f"value = {expression}", 'print(f"{value:.17g}")', ""])


class TracedFloat(float):
    """A float with an :class:`Origin`."""

    __slots__ = ("origin",)
    origin: Origin

    def __reduce__(self) -> tuple[Any, ...]:
        return traced, (float(self), self.origin)


class TracedInt(int):
    """An int with an :class:`Origin`."""

    origin: Origin

    def __reduce__(self) -> tuple[Any, ...]:
        return traced, (int(self), self.origin)


Traced = TracedFloat | TracedInt


def traced(value: float, origin: Origin) -> Any:
    """Return `value` with its origin; a bool, which is no number here, as it is."""
    if isinstance(value, bool):
        return value
    number: Traced = TracedInt(value) if isinstance(value, int) else TracedFloat(value)
    number.origin = origin
    return number


def traced_part(value: N, origin: Origin | None, how: str, what: str, unit: str = "") -> N:
    """Return a number that is a part of what has an origin; as it is where that has none.

    Parameters
    ----------
    how : str
        What gives the number, after the expression of the whole: ``.k``.
    what, unit : str
        As of :class:`Origin`.
    """
    if origin is None:
        return value
    own = replace(origin, expression=f"{origin.expression}{how}", what=what, unit=unit)
    number: N = traced(value, own)
    return number


def origin_of(value: object) -> Origin | None:
    """Return the origin of a number; None where it has none."""
    return value.origin if isinstance(value, TracedFloat | TracedInt) else None


def _merged(parts: Iterable[Sequence[T]]) -> tuple[T, ...]:
    """Return what stands in any of the parts, once, in order."""
    return tuple(dict.fromkeys(one for part in parts for one in part))


def combined(
    origins: Sequence[Origin], expression: str, what: str, unit: str = "", *, imports: Any = ()
) -> Origin:
    """Return the origin of a number that was computed of others: all their rows, its own formula.

    Parameters
    ----------
    expression, what, unit : str
        As of :class:`Origin`.
    imports : iterable of str
        Lines that the expression needs beside those of the parts.
    """
    return Origin(
        expression=expression,
        what=what,
        unit=unit,
        sources=_merged(one.sources for one in origins),
        imports=_merged([*(one.imports for one in origins), tuple(imports)]),
    )


def _written(number: object) -> tuple[str, str]:
    """Return the expression of a part and what it is in words; a plain number is itself."""
    origin = origin_of(number)
    return (f"({origin.expression})", origin.what) if origin else (repr(number), f"{number:g}")


def _alone(symbol: str, left: object, right: object) -> Alone | None:
    """Return how metaprop makes the result, where one set of lines gives both parts."""
    own = [origin.alone for part in (left, right) if (origin := origin_of(part))]
    lines = {None if one is None else one.lines for one in own}
    if len(lines) != 1 or None in lines:
        return None
    first, second = (
        f"({origin.alone.expression})"
        if (origin := origin_of(part)) and origin.alone
        else f"{part!r}"
        for part in (left, right)
    )
    return replace(own[0], expression=f"{first} {symbol} {second}") if own[0] else None


_UNITS_KEPT = ("+", "-")


def _of_two(symbol: str, work: Callable[[Any, Any], Any], *, reflected: bool) -> Any:
    """Return the method of an operator that joins the origins of its two numbers."""

    def method(self: Traced, other: object) -> Any:
        if not isinstance(other, int | float):
            return NotImplemented
        left, right = (other, self) if reflected else (self, other)
        value = work(*(float(v) if isinstance(v, float) else int(v) for v in (left, right)))
        if symbol == "+" and origin_of(other) is None and other == 0:
            return self  # the beginning of a sum
        origins = [origin for part in (left, right) if (origin := origin_of(part))]
        (first, said), (second, also) = _written(left), _written(right)
        units = {one.unit for one in origins}
        unit = origins[0].unit if symbol in _UNITS_KEPT and len(units) == 1 else ""
        made = combined(
            origins, f"{first} {symbol} {second}", f"{said} {_SIGNS[symbol]} {also}", unit
        )
        return traced(value, replace(made, alone=_alone(symbol, left, right)))

    return method


_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "/"}
_WORK = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
_NAMES = {"+": "add", "-": "sub", "*": "mul", "/": "truediv"}


def _of_one(name: str, what: str, work: Callable[..., Any]) -> Any:
    """Return the method of a function of one number."""

    def method(self: Traced, *arguments: int) -> Any:
        plain = float(self) if isinstance(self, float) else int(self)
        inside = ", ".join([self.origin.expression, *map(repr, arguments)])
        alone = self.origin.alone
        if alone is not None:
            more = ", ".join([alone.expression, *map(repr, arguments)])
            alone = replace(alone, expression=f"{name}({more})")
        origin = replace(
            self.origin,
            expression=f"{name}({inside})",
            what=f"{what} {self.origin.what}",
            alone=alone,
            interval=None,
        )
        return traced(work(plain, *arguments), origin)

    return method


_ALONE: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("abs", "size of the", abs),
    ("round", "rounded", round),
)
for _class in (TracedFloat, TracedInt):
    for _symbol, _name in _NAMES.items():
        setattr(_class, f"__{_name}__", _of_two(_symbol, _WORK[_symbol], reflected=False))
        setattr(_class, f"__r{_name}__", _of_two(_symbol, _WORK[_symbol], reflected=True))
    for _name, _what, _function in _ALONE:
        setattr(_class, f"__{_name}__", _of_one(_name, _what, _function))


def described(value: float, origin: Origin) -> dict[str, Any]:
    """Return a number and its origin as plain data, as a page and ``numbers.json`` take it."""
    return {
        "id": origin.id,
        "value": int(value) if isinstance(value, int) else float(value),
        "what": origin.what,
        "unit": origin.unit,
        "interval": list(origin.interval) if origin.interval else None,
        "expression": origin.expression,
        "python": origin.python(),
        "counts": origin.alone.counts if origin.alone else None,
        "recipe": origin.recipe.to_dict() if origin.recipe is not None else None,
        "sources": [described_source(source) for source in origin.sources],
    }


def described_source(source: Source) -> dict[str, Any]:
    """Return the rows behind numbers as plain data."""
    return {
        "outcome": source.outcome,
        "set": source.set_id,
        "rows": [
            {"table": r.table, "key": r.key, "shown": dict(r.shown), "link": r.link}
            for r in source.rows
        ],
        "left_out": [{"what": one.what, "reason": one.reason} for one in source.left_out],
    }


def number_id(meaning: str) -> str:
    """Return the permanent identifier of what a number means: ``n-`` and ten hexadecimal digits."""
    return f"n-{hashlib.sha256(meaning.encode()).hexdigest()[:10]}"


def trace(result: T, origin: Origin, *, units: Any = None, named: Any = None) -> T:
    """Return a result with an origin in each of its numbers.

    Parameters
    ----------
    result : dataclass or number
        Its fields that are numbers get one, those of dataclasses inside it too; arrays stay.
    origin : Origin
        Of the result: each number adds the name of its field to the expression.
    units, named : mapping, optional
        Unit and words of a field by its dotted name.
    """
    if isinstance(result, int | float):
        return traced(result, origin)
    if not is_dataclass(result) or isinstance(result, type):
        return result
    return _traced_fields(result, origin, "", units or {}, named or {})


def _traced_fields(result: Any, origin: Origin, path: str, units: Any, named: Any) -> Any:
    limits = None
    if all(hasattr(result, name) for name in ("estimate", "low", "high")):
        limits = (result.low, result.high)
        if None in limits:
            limits = None
    changed: dict[str, Any] = {}
    for field in fields(result):
        value = getattr(result, field.name)
        name = f"{path}.{field.name}" if path else field.name
        alone = origin.alone
        own = replace(
            origin,
            expression=f"{origin.expression}.{field.name}",
            alone=alone and replace(alone, expression=f"{alone.expression}.{field.name}"),
        )
        if isinstance(value, int | float) and not isinstance(value, bool):
            own = replace(
                own,
                unit=units.get(name, origin.unit),
                what=named.get(name, f"{origin.what}: {name.replace('_', ' ').replace('.', ', ')}"),
                interval=tuple(map(float, limits)) if limits and field.name == "estimate" else None,  # type: ignore[arg-type]
            )
            changed[field.name] = traced(value, own)
        elif is_dataclass(value) and not isinstance(value, type) and field.name != "recipe":
            changed[field.name] = _traced_fields(value, own, name, units, named)
    return replace(result, **changed) if changed else result
