"""Which rows of the evidence were asked for, by statement of a page.

A figure or table has many numbers, and one computation. What hands out evidence says so
(:func:`note`): a selection its rows, a table of ``data/`` its file. A page of a book keeps it by
the statement that ran, so that what a cell shows can say from what it was made (:mod:`.program`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from . import reads
from .marked import of_a_page
from .origin import Source

T = TypeVar("T")
Asked = dict[Hashable, Source | str]
"""What was asked for, once each: a source, or the name of a file that was read as a whole."""

_listening: list[Asked] = []
_by_line: dict[tuple[int, int], Asked] = {}
_quiet = 0


def note(*asked: Source | str) -> None:
    """Say that rows, or a file of ``data/`` as a whole, are handed out."""
    for one in asked:
        if isinstance(one, str):
            reads.tell(f"data/{one}")
    if _quiet:
        return
    found: Asked = {one if isinstance(one, str) else id(one): one for one in asked}
    for kept in _listening:
        kept.update(found)
    place = _running()
    if place:
        _by_line.setdefault(place, {}).update(found)


@contextmanager
def quietly() -> Iterator[None]:
    """Note nothing while this lasts: who looks at everything says afterwards what was taken."""
    global _quiet
    _quiet += 1
    try:
        yield
    finally:
        _quiet -= 1


@contextmanager
def listening() -> Iterator[Asked]:
    """Give what is asked for while this lasts."""
    kept: Asked = {}
    _listening.append(kept)
    try:
        yield kept
    finally:
        # By identity: two that heard the same are equal.
        _listening[:] = [one for one in _listening if one is not kept]


class Remembered:
    """Results by key, each made once; whoever takes one asks for what it was made of."""

    def __init__(self) -> None:
        self._made: dict[Hashable, tuple[Any, Asked, set[str]]] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the result of a key, made by `make` the first time."""
        if key in self._made:
            _, asked, read = self._made[key]
            note(*asked.values())
            for path in read:
                reads.tell(path)
        else:
            with listening() as asked, reads.listening() as read:
                made = make()
            self._made[key] = made, asked, read
        result: T = self._made[key][0]
        return result


def _shell() -> Any:
    """Return the notebook that executes a page; None outside of one."""
    return (
        sys.modules["IPython"].get_ipython() if of_a_page() and "IPython" in sys.modules else None
    )


def cells_until_now() -> list[str]:
    """Return the text of each cell of the page up to the one that runs now."""
    shell = _shell()
    return [] if shell is None else [str(text) for text in shell.user_ns["In"][1:]]


def _running() -> tuple[int, int] | None:
    """Return cell, from 1, and line of the page that runs now."""
    shell = _shell()
    if shell is None:
        return None
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals is shell.user_ns and frame.f_code.co_name == "<module>":
            return len(shell.user_ns["In"]) - 1, frame.f_lineno
        frame = frame.f_back
    return None


def asked_in(places: Iterable[tuple[int, int, int]]) -> list[Source | str]:
    """Return what some statements asked for, once each.

    Each is its cell, from 1, its first and its last line.
    """
    found: Asked = {}
    for cell, first, last in places:
        for (number, line), asked in _by_line.items():
            if number == cell and first <= line <= last:
                found.update(asked)
    return list(found.values())
