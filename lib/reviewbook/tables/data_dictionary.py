"""The data dictionary: one table per resource, written from ``datapackage.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from . import columns
from .table import BookTable, Column, Markup


def resource_tables(datapackage: Path) -> dict[str, BookTable]:
    """Return a table of the columns of each resource, keyed by resource name.

    Parameters
    ----------
    datapackage : Path
        The Frictionless descriptor; what it says is what :mod:`reviewbook.evidence` enforces.
    """
    package = json.loads(datapackage.read_text(encoding="utf-8"))
    return {resource["name"]: _table(resource) for resource in package["resources"]}


def _table(resource: dict[str, Any]) -> BookTable:
    schema = resource["schema"]
    frame = pd.DataFrame(
        {
            "column": field["name"],
            "type": field.get("type", "string"),
            "unit": field.get("unit", ""),
            "allowed": _allowed(field, schema),
            "meaning": field.get("description", ""),
        }
        for field in schema["fields"]
    )
    shown = [
        columns.code("column", "Column"),
        Column("type", "Type"),
        Column("unit", "Unit"),
        Column("allowed", "Allowed", format=Markup),
        Column("meaning", "Meaning"),
    ]
    name = f"tbl-data-{resource['name'].replace('_', '-')}"
    caption = f"Columns of `{Path(resource['path']).name}`. {resource.get('description', '')}"
    return BookTable(frame, name, caption, shown)


def _allowed(field: dict[str, Any], schema: dict[str, Any]) -> str:
    constraints = field.get("constraints", {})
    parts = []
    if field["name"] in _as_list(schema.get("primaryKey")):
        parts.append("key")
    parts += [
        f"refers to `{key['reference']['resource']}`"
        for key in schema.get("foreignKeys", [])
        if field["name"] in _as_list(key["fields"])
    ]
    if constraints.get("required"):
        parts.append("never empty")
    if "enum" in constraints:
        parts.append(", ".join(f"`{value}`" for value in constraints["enum"]))
    if "minimum" in constraints or "maximum" in constraints:
        low, high = constraints.get("minimum", "…"), constraints.get("maximum", "…")
        parts.append(f"{low} to {high}")
    return "; ".join(parts)


def _as_list(value: str | list[str] | None) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else value
