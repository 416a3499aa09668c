"""The Python call behind a figure, as text a reader can paste after ``book = open_book()``."""

from __future__ import annotations

from typing import Any


def expression(value: Any) -> str:
    """Return Python text for a plain value, an Analysis, a Selection, or printed values."""
    outcome = getattr(value, "outcome", None)
    selection = getattr(value, "selection", None)
    if outcome is not None and selection is not None:
        return f"book.analyse({_arguments(outcome, selection)})"
    if outcome is not None and hasattr(value, "flow"):
        return f"book.select({_arguments(outcome, value)})"
    if hasattr(value, "flow"):
        return f"book.select(None, {_set(value)!r})"
    if hasattr(value, "topic") and hasattr(value, "digits"):
        return f'book.claims("{value.topic}")'
    if isinstance(value, list | tuple):
        return f"[{', '.join(expression(item) for item in value)}]"
    return repr(value)


def _arguments(outcome: Any, selection: Any) -> str:
    return f'"{outcome.id}", "{_set(selection)}"'


def _set(selection: Any) -> str:
    return str(getattr(selection, "set_id", "before_article"))
