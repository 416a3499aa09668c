"""Which files a page of the book reads, as found while it runs.

Python tells of every file that is opened, folder that is listed and program that is started (its
audit events); this keeps those of the book. The tables of ``data/`` are read for all pages at once
when a book is opened, so what hands one out says so by :func:`tell`, and the opening itself does
not count (:func:`uncounted`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PROGRAM = "a program"
"""In place of a file: the page started a program, and what that read cannot be known."""

_found: set[str] = set()
_folders: list[str] = []
_uncounted = 0
_EVENTS = {"open", "os.listdir", "os.scandir"}
_CODE = (".py", ".pyc", "__pycache__")
_PROGRAMS = {"subprocess.Popen", "os.system", "os.posix_spawn", "os.exec"}


def begin(*folders: str) -> None:
    """Keep, from now on, what is read below these folders, given as absolute paths."""
    if not _folders:
        sys.addaudithook(_hear)
    _folders.extend(folder for folder in folders if folder not in _folders)


def tell(path: str) -> None:
    """Say that a file, given as its path in the folder of the book, is handed out."""
    _found.add(path)


@contextmanager
def uncounted() -> Iterator[None]:
    """Keep nothing of what is opened while this lasts."""
    global _uncounted
    _uncounted += 1
    try:
        yield
    finally:
        _uncounted -= 1


def found() -> list[str]:
    """Return what was read since this process began, or the one that it was forked from; sorted."""
    return sorted(_found)


@contextmanager
def listening() -> Iterator[set[str]]:
    """Give what is read while this lasts."""
    before = set(_found)
    _found.clear()
    kept: set[str] = set()
    try:
        yield kept
    finally:
        kept |= _found
        _found.update(before)


def forget() -> None:
    """Forget what was read: this process is forked from one that has read for others."""
    _found.clear()


def _is_package(path: str) -> bool:
    return os.path.exists(f"{path}{os.sep}__init__.py")  # noqa: PTH110 - this is heard often


def _hear(event: str, given: tuple[Any, ...]) -> None:
    if _uncounted:
        return
    if event in _EVENTS:
        path = given[0] if given[0] is not None else "."
        if isinstance(path, (str, bytes, os.PathLike)):
            whole = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - no file is touched here
            inside = any(whole.startswith(f"{folder}{os.sep}") for folder in _folders)
            # Modules, and folders of modules, are looked into by every import.
            if inside and not (whole.endswith(_CODE) or _is_package(whole)):
                _found.add(whole)
    elif event in _PROGRAMS:
        _found.add(PROGRAM)
