"""Rows of ``data/`` that several numbers of a page were made from, which stand on it once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

Tables = dict[str, dict[str, Any]]
"""What ``rows.html`` shows, by the anchor of each: a source, its `columns` and its `files`."""


def shared(tables: Tables, source: Mapping[str, Any]) -> str:
    """Return the anchor of the rows of a source, a hash of what they are, and keep them by it."""
    text = json.dumps(source, sort_keys=True)
    name = f"r-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    columns = dict.fromkeys(column for row in source["rows"] for column in row["shown"])
    files = dict.fromkeys(row["table"] for row in source["rows"])
    tables.setdefault(name, {**source, "columns": list(columns), "files": list(files)})
    return name
