"""The rules of the verdicts, on numbers made for them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from metaprop import CountSets, Interval, Recipe
from reviewbook.evidence.claims import Claims
from reviewbook.ledger import verdicts

DIGITS = {"pooled_proportion": 0, "ci_low": 0, "ci_high": 0, "i2": 2, "heterogeneity_p": 2}
PRINTED = Claims("topic", 0.87, 0.80, 0.94, 0.2965, 0.12, {}, DIGITS)
CASES = [
    ((0.8650, 0.70, 0.95), "reproduced"),
    ((0.8749, 0.86, 0.88), "reproduced"),
    ((0.8750, 0.80, 0.95), "compatible"),  # rounds to 88
    ((0.8649, 0.80, 0.95), "compatible"),  # rounds to 86
    ((0.94, 0.87, 0.99), "compatible"),  # each on the edge of the other's interval
    ((0.80, 0.70, 0.87), "compatible"),  # the other edges
    ((0.941, 0.86, 0.99), "not reproduced"),  # ours outside theirs
    ((0.85, 0.80, 0.869), "not reproduced"),  # theirs outside ours
    ((0.50, 0.40, 0.60), "not reproduced"),
]


@pytest.mark.parametrize(("ours", "verdict"), CASES)
def test_pooled_proportions(ours: tuple[float, float, float], verdict: str) -> None:
    assert verdicts.verdict_of(PRINTED, Interval(*ours)) == verdict


def test_many_are_judged_as_each_alone() -> None:
    estimate, low, high = np.array([ours for ours, _ in CASES]).T
    sets = CountSets(recipe=Recipe(), estimate=estimate, low=low, high=high)
    held = [verdict != "not reproduced" for _, verdict in CASES]
    assert verdicts.holds(PRINTED, sets).tolist() == held


def test_without_a_printed_interval_nothing_can_be_judged() -> None:
    bare = dataclasses.replace(PRINTED, low=None, high=None)
    with pytest.raises(ValueError, match="the topic topic prints no proportion with its limits"):
        verdicts.verdict_of(bare, Interval(0.87, 0.8, 0.9))


def test_reasons_say_which_estimate_lies_outside_what() -> None:
    def why(*ours: float) -> str:
        return verdicts.why(PRINTED, Interval(*ours), basis="3 cohorts")

    assert why(0.87, 0.8, 0.9) == (
        "Our estimate is 87% (3 cohorts), 87% is printed: equal at the printed precision."
    )
    assert "lies in our interval (70 to 95), and our estimate in the printed" in why(0.9, 0.7, 0.95)
    for edge in ((0.94, 0.87, 0.99), (0.80, 0.70, 0.87)):
        assert "lies in our interval" in why(*edge)
    assert "The printed 87% lies outside our interval (80.0 to 86.0)." in why(0.85, 0.8, 0.86)
    assert "Our 95.0% lies outside the printed interval (80 to 94)." in why(0.95, 0.8, 0.99)
    both = why(0.6, 0.5, 0.7)
    assert "lies outside our interval (50.0 to 70.0) and our 60.0% lies outside the printed" in both
