"""Text of cells: MyST markup, escaped text, links, roles, and what counts as missing."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

# Breaking white space only: str.split() would also undo narrow and no-break spaces.
_SPACE = re.compile(r"[ \t\n\r\f\v]+")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>$~|^&#@!])")
_BLOCK = re.compile(r"^((?=[-+]\s|:::)|\d+(?=[.)]\s))")


class Markup(str):
    """Text that is MyST already and must not be escaped."""

    __slots__ = ()


def escape(text: str) -> Markup:
    """Return `text` as MyST that shows exactly these characters."""
    flat = one_line(str(text))
    safe = _SPECIAL.sub(r"\\\1", flat)
    if safe.startswith("%"):  # begins a comment
        safe = "&#37;" + safe[1:]
    # A cell that begins like a list or a block would become one: its mark, or what follows the
    # number of a list, is escaped.
    return Markup(_BLOCK.sub(r"\1\\", safe))


def one_line(text: str) -> str:
    """Return `text` with breaking white space as single spaces."""
    return _SPACE.sub(" ", text).strip(" \t\n\r\f\v")


def link(text: str, url: str) -> Markup:
    """Return a MyST link; only the text when there is no address."""
    return Markup(f"[{escape(text)}](<{url}>)") if url else escape(text)


def role(name: str, text: str) -> Markup:
    """Return a MyST role with plain content, such as ``{verdict}`reproduced```."""
    if "`" in text:
        raise ValueError(f"the content of a role has no backtick, got {text!r}")
    return Markup(f"{{{name}}}`{text}`")


def missing(value: Any) -> bool:
    """Whether `value` is None, NA, NaN or an empty text."""
    return not value.strip() if isinstance(value, str) else bool(pd.isna(value))
