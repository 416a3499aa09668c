"""The words that a column allows are listed once each."""

from __future__ import annotations

import json

from review_copy import ROOT


def test_no_word_is_allowed_twice() -> None:
    package = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    lists = {
        (resource["name"], field["name"]): field.get("constraints", {}).get("enum", [])
        for resource in package["resources"]
        for field in resource.get("schema", {}).get("fields", ())
    }
    assert sum(map(bool, lists.values())) > 10
    assert [column for column, allowed in lists.items() if len(allowed) != len(set(allowed))] == []
