"""What users of other programs ran into: each open field case must come out right."""

from __future__ import annotations

from typing import Any

import field_cases
import pytest

BINDINGS = field_cases.bindings()


@pytest.mark.parametrize("case", field_cases.cases(), ids=lambda case: case["id"])
def test_field_case(case: dict[str, Any]) -> None:
    if str(case.get("call", {}).get("function", "")).startswith("reviewbook."):
        pytest.importorskip("pydantic", reason="the book's reader is asked, and is not installed")
    field_cases.run(case, BINDINGS)


def test_a_wrong_value_a_wrong_note_and_a_wrong_error_are_seen() -> None:
    """The judge itself can fail: each expectation below is false of the call it goes with."""
    call = {"function": "pool", "args": [[8, 12, 5], [10, 20, 9]]}
    refused = {"function": "pool", "args": [[11], [10]]}
    false = [
        (call, {"k": {"value": 4}}),
        (call, {"k": {"min": 4}}),
        (call, {"recipe.scale": "logit"}),
        (call, {"tau2": {"isnan": True}}),
        (call, {"absent": {"value": 1}}),
        (call, {"note_matches": "harmonic"}),
        (call, {"note_lacks": "only 3 studies"}),
        (call, {"raises": "."}),
        (call, {"any_of": [{"k": {"value": 4}}, {"n": {"value": 4}}]}),
        (call, {"k": {"value": 3}, "all_of": [{"n": {"value": 4}}]}),
        (refused, {"k": {"value": 1}}),
        (refused, {"raises": "negative"}),
        (refused, {"raises": "more than its total", "raises_lacks": "index 0"}),
        (refused, {"raises": "more than its total", "raises_longest": 10}),
    ]
    for one, expect in false:
        with pytest.raises(field_cases.Wrong):
            field_cases.run({"call": one, "expect": expect}, {})
