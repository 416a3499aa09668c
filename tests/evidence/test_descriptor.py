"""A descriptor that is no data package is refused with its place, and never read half."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from review_copy import ROOT
from reviewbook.evidence.descriptor import read_descriptor
from reviewbook.evidence.evidence import CORE

OURS = (ROOT / "data" / "datapackage.json").read_bytes()
FIRST = "resources[0].schema"


def told(path: Path, content: bytes) -> list[str]:
    path.write_bytes(content)
    return [str(problem) for problem in read_descriptor(path, CORE)[1]]


def schema(package: Any) -> Any:
    return package["resources"][0]["schema"]


def field(package: Any) -> Any:
    return schema(package)["fields"][0]


def resource(package: Any) -> Any:
    return package["resources"][0]


def link(**reference: str) -> list[dict[str, Any]]:
    own = {"resource": "reports", "fields": "report_id"} | reference
    return [{"fields": "topic", "reference": own}]


def test_ours_is_one(tmp_path: Path) -> None:
    assert told(tmp_path / "datapackage.json", OURS) == []


def test_a_text_of_a_certain_form_says_which() -> None:
    """Otherwise a wrong one would be told that "text" was expected."""
    silent = [
        (one["name"], field["name"])
        for one in json.loads(OURS)["resources"]
        for field in one["schema"]["fields"]
        if field.get("constraints", {}).get("pattern") and not field.get("expected")
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ", line 1: found Expecting value; expected JSON"),
        (b"\xef\xbb\xbf" + OURS, ", line 1: found a byte order mark; expected UTF-8 without it"),
        (b'{\n"a": "\xf6"}', ", line 2: found the byte 0xf6; expected UTF-8"),
        (b"[]", ": found []; expected an object"),
        (b'{"a": 1, "a": 2}', ": found the key 'a' twice in one object; expected JSON in which"),
        (b'{"a": NaN}', ": found the number NaN; expected JSON in which"),
        (b'{"a": -Infinity}', ": found the number -Infinity; expected JSON in which"),
        (b"{}", ", setting resources: found nothing; expected a list that is not empty"),
        (b'{"resources": 3}', ", setting resources: found 3; expected a list that is not empty"),
        (b'{"resources": ["a"]}', ", setting resources[0]: found 'a'; expected an object"),
    ],
)
def test_what_is_no_descriptor(content: bytes, message: str, tmp_path: Path) -> None:
    (found,) = told(tmp_path / "datapackage.json", content)
    assert found.startswith(f"datapackage.json{message}")


Change = Callable[[Any], object]
CHANGES: dict[str, tuple[Change, str, str]] = {
    "no name": (lambda p: resource(p).pop("name"), "resources[0].name", "a text"),
    "name 3": (lambda p: resource(p).update(name=3), "resources[0].name", "a text"),
    "no path": (lambda p: resource(p).pop("path"), "resources[0].path", "a text"),
    "paths": (lambda p: resource(p).update(path=["a.csv"]), "resources[0].path", "a text"),
    "above": (lambda p: resource(p).update(path="../x.csv"), "resources[0].path", "the name of a"),
    "below": (lambda p: resource(p).update(path="a\\b.csv"), "resources[0].path", "the name of a"),
    "twice": (lambda p: p["resources"].append(resource(p)), "resources", "each name once"),
    "no core": (lambda p: p["resources"].pop(0), "resources", "a resource claims"),
    "no schema": (lambda p: resource(p).pop("schema"), FIRST, "an object with the list fields"),
    "schema": (lambda p: resource(p).update(schema="x"), FIRST, "an object with the list fields"),
    "no fields": (lambda p: schema(p).pop("fields"), f"{FIRST}.fields", "a list that is not"),
    "fields": (lambda p: schema(p).update(fields={}), f"{FIRST}.fields", "a list that is not"),
    "field": (lambda p: schema(p)["fields"].insert(0, "x"), f"{FIRST}.fields[0]", "an object"),
    "field twice": (lambda p: schema(p)["fields"].append(field(p)), f"{FIRST}.fields", "each name"),
    "anonymous": (lambda p: field(p).pop("name"), f"{FIRST}.fields[0].name", "a text"),
    "type": (lambda p: field(p).update(type="date"), f"{FIRST}.fields[0].type", "one of string,"),
    "type list": (lambda p: field(p).update(type=[]), f"{FIRST}.fields[0].type", "one of string,"),
    "truth": (
        lambda p: field(p).update(type="boolean"), f"{FIRST}.fields[0].trueValues", "a list of te",
    ),
    "rules": (
        lambda p: field(p).update(constraints=[]), f"{FIRST}.fields[0].constraints", "an object",
    ),
    "pattern": (
        lambda p: field(p).update(constraints={"pattern": "("}),
        f"{FIRST}.fields[0].constraints.pattern",
        "a regular expression (missing )",
    ),
    "pattern 3": (
        lambda p: field(p).update(constraints={"pattern": 3}),
        f"{FIRST}.fields[0].constraints.pattern",
        "a regular expression",
    ),
    "words": (
        lambda p: field(p).update(constraints={"enum": "abc"}),
        f"{FIRST}.fields[0].constraints.enum",
        "a list of texts",
    ),
    "least": (
        lambda p: field(p).update(constraints={"minimum": "a"}),
        f"{FIRST}.fields[0].constraints.minimum",
        "a number",
    ),
    "key": (lambda p: schema(p).update(primaryKey=["q"]), f"{FIRST}.primaryKey", "one of "),
    "key 3": (lambda p: schema(p).update(primaryKey=3), f"{FIRST}.primaryKey", "the name of a f"),
    "links": (lambda p: schema(p).update(foreignKeys="x"), f"{FIRST}.foreignKeys[0]", "an object"),
    "link": (
        lambda p: schema(p).update(foreignKeys=[{"fields": "topic"}]),
        f"{FIRST}.foreignKeys[0]",
        "an object",
    ),
    "link from": (
        lambda p: schema(p).update(foreignKeys=[link()[0] | {"fields": "q"}]),
        f"{FIRST}.foreignKeys[0].fields",
        "one of ",
    ),
    "link to": (
        lambda p: schema(p).update(foreignKeys=link(resource="q")),
        f"{FIRST}.foreignKeys[0].reference.resource",
        "one of claims, ",
    ),
    "link into": (
        lambda p: schema(p).update(foreignKeys=link(fields="q")),
        f"{FIRST}.foreignKeys[0].reference.fields",
        "one of report_id, ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_part_of_another_form_is_named(name: str, tmp_path: Path) -> None:
    change, place, expected = CHANGES[name]
    package = json.loads(OURS)
    change(package)
    found = told(tmp_path / "datapackage.json", json.dumps(package).encode())
    own = [one for one in found if one.startswith(f"datapackage.json, setting {place}: found ")]
    assert any(f"; expected {expected}" in one for one in own), found
