"""Read a TOML file; what keeps it from being read is said with its line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

_BOM = b"\xef\xbb\xbf"


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds.

    Raises
    ------
    ValueError
        With the name of the file, the line, what is there and what was expected.
    """
    raw = path.read_bytes()
    if raw.startswith(_BOM):
        raise ValueError(f"{path.name}, line 1: found a byte order mark; expected UTF-8 without it")
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line, byte = raw[: error.start].count(b"\n") + 1, raw[error.start]
        found = f"the byte 0x{byte:02x} (Latin-1 or Windows text?)"
        raise ValueError(f"{path.name}, line {line}: found {found}; expected UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name}: not valid TOML: {error}") from None
