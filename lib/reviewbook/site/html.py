"""HTML from templates, which escape what is put into them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def css_string(text: str) -> str:
    """Return `text` as a string of CSS that can stand in a ``style`` element."""
    safe = re.sub(r'[\\"<&\n]', lambda found: f"\\{ord(found[0]):x} ", text)
    return f'"{safe}"'


def render(name: str, /, **values: Any) -> str:
    """Return the template `name` filled with `values`."""
    return _TEMPLATES.get_template(name).render(values)
