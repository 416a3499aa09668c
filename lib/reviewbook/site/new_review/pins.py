"""The locked libraries that a book of one table needs: those of its engine, without its tools."""

from __future__ import annotations

import re

DEVELOPMENT = frozenset(
    ("axe-playwright-python", "bibtexparser", "html5lib", "hypothesis", "jsonschema", "mypy",
     "pandas-stubs", "playwright", "pymetaanalysis", "pytest-xdist", "rispy", "ruff",
     "types-pyyaml")
)  # fmt: skip
"""What the engine asks for to test and check itself; a book is tested with pytest alone."""
_ENGINE = "(pyproject.toml)"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_VIA = re.compile(r"^ +# +(?:via +)?(\S.*)$", re.MULTILINE)


def pins_of_a_book(lock: str) -> str:
    """Return a lock of ``uv pip compile`` without what only tools of development ask for.

    A block of the lock is a library with its hashes, and a comment on who asks for it.
    """
    blocks = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)
    head, libraries = blocks[0], [(_name(block), block) for block in blocks[1:]]
    needed = {
        name
        for name, block in libraries
        if name not in DEVELOPMENT and any(_ENGINE in one for one in _VIA.findall(block))
    }
    before = 0
    while before < len(needed):
        before = len(needed)
        needed |= {name for name, block in libraries if needed & set(_VIA.findall(block))}
    return head + "".join(block for name, block in libraries if name in needed)


def _name(block: str) -> str:
    found = _NAME.match(block)
    assert found is not None
    return found[0]
