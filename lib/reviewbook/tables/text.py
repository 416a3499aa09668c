"""Text of cells: MyST markup, escaped text, links, roles, and what counts as missing."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reviewbook import words


class Markup(str):
    """Text that is MyST already and must not be escaped."""

    __slots__ = ()


def escape(text: str) -> Markup:
    """Return `text` as MyST that shows exactly these characters."""
    return Markup(words.escape(text))


def link(text: str, url: str) -> Markup:
    """Return a MyST link; only the text when there is no address, or one that is none."""
    if not words.ADDRESS.fullmatch(url):
        return escape(text)
    return Markup(f"[{escape(text)}](<{url}>)")


def role(name: str, text: str) -> Markup:
    """Return a MyST role with plain content, such as ``{verdict}`reproduced```."""
    if "`" in text:
        raise ValueError(f"the content of a role has no backtick, got {text!r}")
    return Markup(f"{{{name}}}`{text}`")


def page_link(text: str, page: str) -> Markup:
    """Return a link to a page of the book, such as ``chapters/methods``, under any text.

    The role ``doc`` takes the first ``<`` of its content for the beginning of the target.
    """
    if "<" in text:
        return Markup(f"[{escape(text)}](/{page}.md)")
    return role("doc", f"{text} </{page}>")


def missing(value: Any) -> bool:
    """Whether `value` is None, NA, NaN or an empty text."""
    return not value.strip() if isinstance(value, str) else bool(pd.isna(value))
