"""The data package descriptor: which tables there are, and what stands in their columns.

Its form is checked here, since a table is read by it; whether the tables keep to it is the concern
of :mod:`reviewbook.evidence.package`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .table import TYPES, Problem

_BOM = b"\xef\xbb\xbf"
Fault = tuple[str, object, str]
"""Place in the descriptor, what is there, and what was expected."""
_ABSENT = object()


def read_descriptor(path: Path, core: Sequence[str]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the descriptor at `path`, and everything that is wrong with its form.

    Parameters
    ----------
    core : sequence of str
        Resources that it must have.
    """

    def problem(found: str, expected: str, line: int | None = None) -> Problem:
        return Problem(path.name, line, None, found, expected)

    if not path.is_file():
        expected = f"the data package descriptor in {path.parent.name}/"
        return {}, [problem("no such file", expected)]
    raw = path.read_bytes()
    if raw.startswith(_BOM):
        return {}, [problem("a byte order mark", "UTF-8 without it", 1)]
    try:
        package = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refused)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return {}, [problem(f"the byte 0x{raw[error.start]:02x}", "UTF-8", line)]
    except json.JSONDecodeError as error:
        return {}, [problem(error.msg, "JSON", error.lineno)]
    except ValueError as error:
        return {}, [problem(str(error), "JSON in which each key occurs once, with finite numbers")]
    faults = list(_package(package)) or list(_names(package, core, path.parent.name))
    return package, [
        Problem(path.name, None, place or None, "nothing" if found is _ABSENT else repr(found), why)
        for place, found, why in faults
    ]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs of a JSON object as a dict; a key that occurs twice is no JSON of ours."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} twice in one object")
    return found


def _refused(word: str) -> Any:
    raise ValueError(f"the number {word}")


def _package(package: Any) -> Iterator[Fault]:
    """Yield what has not the form of a data package with tables."""
    if not isinstance(package, dict):
        yield "", package, "an object"
        return
    yield from _listed("resources", package.get("resources", _ABSENT))
    for i, one in _entries(package, "resources"):
        yield from _resource(f"resources[{i}]", one)


def _resource(place: str, one: Any) -> Iterator[Fault]:
    if not isinstance(one, dict):
        yield place, one, "an object"
        return
    for key in ("name", "path"):
        yield from _text(f"{place}.{key}", one.get(key, _ABSENT))
    schema = one.get("schema", _ABSENT)
    if not isinstance(schema, dict):
        yield f"{place}.schema", schema, "an object with the list fields"
        return
    yield from _listed(f"{place}.schema.fields", schema.get("fields", _ABSENT))
    for i, field in _entries(schema, "fields"):
        yield from _field(f"{place}.schema.fields[{i}]", field)
    key = schema.get("primaryKey", [])
    if not isinstance(key, str) and not _are_texts(key):
        yield f"{place}.schema.primaryKey", key, "the name of a field, or a list of names"
    links = schema.get("foreignKeys", [])
    for i, link in enumerate(links if isinstance(links, list) else [links]):
        to = link.get("reference") if isinstance(link, dict) else None
        if not isinstance(to, dict) or not all(
            isinstance(text, str)
            for text in (link.get("fields"), to.get("resource"), to.get("fields"))
        ):
            expected = "an object with the texts fields, reference.resource and reference.fields"
            yield f"{place}.schema.foreignKeys[{i}]", link, expected


def _field(place: str, field: Any) -> Iterator[Fault]:
    if not isinstance(field, dict):
        yield place, field, "an object"
        return
    yield from _text(f"{place}.name", field.get("name", _ABSENT))
    kind = field.get("type", "string")
    if not isinstance(kind, str) or kind not in TYPES:
        yield f"{place}.type", kind, f"one of {', '.join(TYPES)}"
    for words in ("trueValues", "falseValues") if kind == "boolean" else ():
        yield from _texts(f"{place}.{words}", field.get(words, _ABSENT))
    rules = field.get("constraints", {})
    if not isinstance(rules, dict):
        yield f"{place}.constraints", rules, "an object"
        return
    if "enum" in rules:
        yield from _texts(f"{place}.constraints.enum", rules["enum"])
    for end in ("minimum", "maximum"):
        if end in rules and (
            isinstance(rules[end], bool) or not isinstance(rules[end], int | float)
        ):
            yield f"{place}.constraints.{end}", rules[end], "a number"
    try:
        re.compile(rules.get("pattern", ""))
    except (re.error, TypeError) as error:
        yield f"{place}.constraints.pattern", rules["pattern"], f"a regular expression ({error})"


def _names(package: dict[str, Any], core: Sequence[str], folder: str) -> Iterator[Fault]:
    """Yield names that occur twice, and those that nothing has."""
    resources = package["resources"]
    fields = {one["name"]: [f["name"] for f in one["schema"]["fields"]] for one in resources}
    for name in core:
        if name not in fields:
            yield "resources", list(fields), f"a resource {name}"
    for key in ("name", "path"):
        yield from _twice("resources", key, [one[key] for one in resources])
    for i, one in enumerate(resources):
        place, own = f"resources[{i}]", fields[one["name"]]
        if Path(one["path"]).name != one["path"] or "\\" in one["path"]:
            yield f"{place}.path", one["path"], f"the name of a file in {folder}/"
        yield from _twice(f"{place}.schema.fields", "name", own)
        key = one["schema"].get("primaryKey", [])
        for name in [key] if isinstance(key, str) else key:
            if name not in own:
                yield f"{place}.schema.primaryKey", name, f"one of {', '.join(own)}"
        for j, link in enumerate(one["schema"].get("foreignKeys", [])):
            at, to = f"{place}.schema.foreignKeys[{j}]", link["reference"]
            if link["fields"] not in own:
                yield f"{at}.fields", link["fields"], f"one of {', '.join(own)}"
            if to["resource"] not in fields:
                yield f"{at}.reference.resource", to["resource"], f"one of {', '.join(fields)}"
            elif to["fields"] not in fields[to["resource"]]:
                known = ", ".join(fields[to["resource"]])
                yield f"{at}.reference.fields", to["fields"], f"one of {known}"


def _entries(table: dict[str, Any], key: str) -> Iterator[tuple[int, Any]]:
    found = table.get(key)
    yield from enumerate(found if isinstance(found, list) else [])


def _listed(place: str, found: Any) -> Iterator[Fault]:
    if not isinstance(found, list) or not found:
        yield place, found, "a list that is not empty"


def _text(place: str, found: Any) -> Iterator[Fault]:
    if not isinstance(found, str) or not found:
        yield place, found, "a text that is not empty"


def _texts(place: str, found: Any) -> Iterator[Fault]:
    if not _are_texts(found) or not found:
        yield place, found, "a list of texts"


def _are_texts(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(one, str) for one in found)


def _twice(place: str, key: str, names: list[str]) -> Iterator[Fault]:
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield place, name, f"each {key} once"
