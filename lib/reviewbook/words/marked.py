"""Numbers in text that remember where they come from.

While a page of a book is executed, :mod:`reviewbook.words` marks each number of its sentences that
has an origin, so that it is found again after f-strings and joins: with characters of Unicode's
private use area, which no text of ours has. ``MARK id BEGINS 83% ENDS`` is shown as ``83%``. The
page takes the marks out again and puts a link in their place. Sentences are what functions that are
:func:`told` make; everywhere else nothing is marked, and what such a function asks for and others
keep, draw or measure is made :func:`unmarked`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

from .origin import Origin, origin_of

P = ParamSpec("P")
R = TypeVar("R")

MARKING = "REVIEWBOOK_ORIGINS"
"""Environment variable that a build sets for the kernels of its pages."""
MARK, BEGINS, ENDS = "\ue000", "\ue001", "\ue002"
_DIGITS = "".join(map(chr, range(0xE010, 0xE020)))
"""A private character for each hexadecimal digit: no case, no digit and no space to be changed."""
_ANY = re.compile("[\ue000-\ue01f]+")
_MARKED = re.compile(f"{MARK}([{_DIGITS}]+){BEGINS}(.*?){ENDS}", re.DOTALL)

_page: ContextVar[bool | None] = ContextVar("page", default=None)
_marking: ContextVar[bool | None] = ContextVar("marking", default=None)
_marked: dict[str, tuple[Any, Origin]] = {}
"""Every number that was marked, as it was last, by its identifier."""


def of_a_page() -> bool:
    """Whether this is the kernel of a page that a build executes."""
    wanted = _page.get()
    if wanted is not None:
        return wanted
    shell = sys.modules.get("IPython")
    return bool(os.environ.get(MARKING)) and shell is not None and shell.get_ipython() is not None


def marking() -> bool:
    """Whether numbers are marked now: while sentences of a page are made."""
    return bool(_marking.get())


@contextmanager
def as_a_page() -> Iterator[None]:
    """Mark the numbers of sentences as in the kernel of a page, while this lasts."""
    before = _page.set(True)
    try:
        yield
    finally:
        _page.reset(before)


def told(work: Callable[P, R]) -> Callable[P, R]:
    """Return a function that makes sentences: on a page their numbers are marked.

    Inside an :func:`unmarked` function it makes no marks either.
    """

    @wraps(work)
    def function(*arguments: P.args, **options: P.kwargs) -> R:
        if _marking.get() is not None or not of_a_page():
            return work(*arguments, **options)
        before = _marking.set(True)
        try:
            return work(*arguments, **options)
        finally:
            _marking.reset(before)

    return function


def unmarked(work: Callable[P, R]) -> Callable[P, R]:
    """Return a function that makes no marks: what it makes is measured, drawn or kept."""

    @wraps(work)
    def function(*arguments: P.args, **options: P.kwargs) -> R:
        before = _marking.set(False)
        try:
            return work(*arguments, **options)
        finally:
            _marking.reset(before)

    return function


def all_unmarked(names: dict[str, Any], package: str) -> None:
    """Make every function of a package that its face shows an :func:`unmarked` one."""
    for name, value in list(names.items()):
        if isinstance(value, FunctionType) and value.__module__.startswith(f"{package}."):
            names[name] = unmarked(value)


def mark(text: str, number: object) -> str:
    """Return the text of a number, marked where the number has an origin and marks are wanted.

    Raises
    ------
    ValueError
        When two numbers of different meaning have the same identifier.
    """
    origin = origin_of(number)
    if origin is None or not marking():
        return text
    _, other = _marked.get(origin.id, (number, origin))
    if other.expression != origin.expression:
        raise ValueError(
            f"{origin.id} was expected to be one number; it is {other.expression} and "
            f"{origin.expression}"
        )
    _marked[origin.id] = number, origin
    private = origin.id.removeprefix("n-").translate(_TO_PRIVATE)
    return f"{MARK}{private}{BEGINS}{text}{ENDS}"


_TO_PRIVATE = str.maketrans(dict(zip("0123456789abcdef", _DIGITS, strict=True)))
_FROM_PRIVATE = str.maketrans(dict(zip(_DIGITS, "0123456789abcdef", strict=True)))


def has_marks(text: str) -> bool:
    """Whether a text holds marks."""
    return MARK in text or BEGINS in text or ENDS in text


def unmark(text: str) -> str:
    """Return a text without its marks."""
    return _ANY.sub("", text)


def parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the pieces of a text in order: identifier of a number ("" for other text), and text."""
    at = 0
    for found in _MARKED.finditer(text):
        if found.start() > at:
            yield "", unmark(text[at : found.start()])
        yield f"n-{found[1].translate(_FROM_PRIVATE)}", unmark(found[2])
        at = found.end()
    if at < len(text):
        yield "", unmark(text[at:])


def numbers_of(text: str) -> dict[str, tuple[Any, Origin]]:
    """Return the numbers that are marked in a text, by identifier, each with its origin."""
    return {name: _marked[name] for name, _ in parts(text) if name}
