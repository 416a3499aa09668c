"""Settings as frozen objects: each value has the type that its field says, or is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

_PLAIN: dict[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dict: "a table",
    list: "a list",
}


class ProjectError(ValueError):
    """``review.toml`` is missing or says something it cannot say; the message names the place."""


def wrong(place: str, expected: str, found: Any) -> ProjectError:
    """Return the error for a setting that has the wrong value."""
    return ProjectError(f"review.toml: {place}: expected {expected}, found {found!r}")


def not_empty(raw: Mapping[str, Any], key: str, kind: type) -> None:
    """Raise unless the setting `key` is a table or list with something in it."""
    if not isinstance(raw.get(key), kind) or not raw[key]:
        raise ProjectError(f"review.toml: {key}: expected {_PLAIN[kind]} that is not empty")


def table(raw: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a table, empty where the settings have none."""
    found = raw.get(key, {})
    if not isinstance(found, dict):
        raise wrong(key, "a table", found)
    return found


def tables(raw: Mapping[str, Any], key: str) -> dict[str, dict[str, Any]]:
    """Return a table of tables, empty where the settings have none."""
    found = table(raw, key)
    for name, item in found.items():
        if not isinstance(item, dict):
            raise wrong(f"{key}.{name}", "a table", item)
    return found


def listed(raw: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return a list of tables, empty where the settings have none."""
    items = raw.get(key, [])
    if not isinstance(items, list):
        raise wrong(key, "a list of tables", items)
    for i, item in enumerate(items):
        if not isinstance(item, dict):
            raise wrong(f"{key}[{i}]", "a table", item)
    return items


def make(cls: Any, place: str, /, **settings: Any) -> Any:
    """Build a frozen object, turning wrong settings into messages that name the place."""
    prefix = f"{place}." if place else ""
    head = f"review.toml: {place}: " if place else "review.toml: "
    names = {field.name for field in fields(cls)}
    unknown = sorted(set(settings) - names)
    if unknown:
        raise ProjectError(f"{head}unknown setting {', '.join(unknown)}")
    hints = get_type_hints(cls)
    settings = {name: _tuples(value) for name, value in settings.items()}
    for name, value in settings.items():
        if not _fits(value, hints[name]):
            raise wrong(f"{prefix}{name}", _expected(hints[name]), value)
    try:
        return cls(**settings)
    except TypeError as error:
        raise ProjectError(head + _missing(str(error))) from None
    except ValueError as error:
        raise ProjectError(f"{head}{error}") from None


def _fits(value: Any, hint: Any) -> bool:
    """Return whether a value has the type of its field."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        if inner[1:] == (Ellipsis,):
            return all(_fits(item, inner[0]) for item in value)
        return len(value) == len(inner) and all(map(_fits, value, inner))
    if origin is Mapping:
        return isinstance(value, Mapping) and all(_fits(v, inner[1]) for v in value.values())
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return not isinstance(hint, type) or isinstance(value, hint)


def _expected(hint: Any) -> str:
    """Return the type of a field in words."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return " or ".join(_expected(one) for one in inner if one is not type(None))
    if origin is tuple:
        return f"a list of {'pairs' if get_origin(inner[0]) is tuple else _expected(inner[0])}"
    if origin is Mapping:
        return f"a table of {_expected(inner[1])}"
    return _PLAIN.get(hint, getattr(hint, "__name__", str(hint)))


def _missing(message: str) -> str:
    names = re.findall(r"'(\w+)'", message)
    return f"missing setting {', '.join(names)}" if names else message


def _tuples(value: Any) -> Any:
    """Turn lists into tuples, all the way down."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    return value
