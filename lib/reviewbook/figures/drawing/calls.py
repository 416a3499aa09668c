"""The Python call behind a figure, as text a reader can paste after ``book = open_book()``."""

from __future__ import annotations

from typing import Any


def python_call(value: Any) -> str:
    """Return the call that gives an Analysis, a Selection or printed values; else its `repr`.

    An Analysis is told by its `selection`, a Selection by its `flow`, printed values by their
    `topic`. A list becomes the list of its calls.
    """
    if hasattr(value, "selection"):
        return f"book.analyse({_asked(value.selection)})"
    if hasattr(value, "flow"):
        return f"book.select({_asked(value)})"
    if hasattr(value, "topic"):
        return f'book.claims("{value.topic}")'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(python_call, value))}]"
    return repr(value)


def _asked(selection: Any) -> str:
    if selection.outcome is None:
        return f"None, {selection.set_id!r}"
    return f'"{selection.outcome.id}", "{selection.set_id}"'
