"""The rules of the verdicts, on numbers made for them."""

from __future__ import annotations

import dataclasses

import pytest

import metaprop
from metaprop import Interval
from reviewbook.evidence.claims import Claims
from reviewbook.ledger import verdicts

DIGITS = {"pooled_proportion": 0, "ci_low": 0, "ci_high": 0, "i2": 2, "heterogeneity_p": 2}
PRINTED = Claims("topic", 0.87, 0.80, 0.94, 0.2965, 0.12, {}, DIGITS)


def proportion(
    ours: Interval, quantity: str = "pooled_proportion", printed: Claims = PRINTED
) -> str:
    return verdicts.judge_proportion(quantity, printed, ours, basis="made up").verdict


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [
        ((0.8650, 0.70, 0.95), "reproduced"),
        ((0.8749, 0.86, 0.88), "reproduced"),
        ((0.8750, 0.80, 0.95), "compatible"),  # rounds to 88
        ((0.8649, 0.80, 0.95), "compatible"),  # rounds to 86
        ((0.94, 0.87, 0.99), "compatible"),  # each on the edge of the other's interval
        ((0.941, 0.86, 0.99), "not reproduced"),  # ours outside theirs
        ((0.85, 0.80, 0.869), "not reproduced"),  # theirs outside ours
        ((0.50, 0.40, 0.60), "not reproduced"),
    ],
)
def test_pooled_proportions(ours: tuple[float, float, float], verdict: str) -> None:
    assert proportion(Interval(*ours)) == verdict


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [
        ((0.86, 0.804, 0.95), "reproduced"),
        ((0.86, 0.74, 0.95), "compatible"),
        ((0.60, 0.50, 0.70), "not reproduced"),
        ((0.60, 0.795, 0.95), "reproduced"),  # a limit is judged by itself when it is equal
    ],
)
def test_limits(ours: tuple[float, float, float], verdict: str) -> None:
    assert proportion(Interval(*ours), "ci_low") == verdict


def test_without_a_printed_interval_a_difference_cannot_be_judged() -> None:
    bare = dataclasses.replace(PRINTED, low=None, high=None)
    assert proportion(Interval(0.87, 0.8, 0.9), printed=bare) == "reproduced"
    assert proportion(Interval(0.80, 0.7, 0.9), printed=bare) == "not checkable"


def test_reasons_say_which_estimate_lies_outside_what() -> None:
    def why(ours: Interval) -> str:
        return verdicts.judge_proportion("pooled_proportion", PRINTED, ours, basis="B").reason

    assert why(Interval(0.85, 0.80, 0.869)) == (
        "Our estimate is 85% (B), 87% is printed: "
        "the printed estimate 87% lies outside our interval (80 to 87)."
    )
    both = why(Interval(0.5, 0.4, 0.6))
    assert "the printed estimate 87% lies outside our interval (40 to 60)" in both
    assert "our estimate 50.0% lies outside the printed interval (80 to 94)" in both


@pytest.fixture
def pooled() -> metaprop.Pooled:
    recipe = metaprop.Recipe(method="DL", i2="q")
    return metaprop.pool([18, 23, 47, 7, 9], [20, 27, 60, 10, 20], recipe)


@pytest.mark.parametrize(
    ("i2", "interval", "verdict"),
    [
        (0.296549, (0.0, 0.1), "reproduced"),  # rounds to 29.65; the interval does not matter
        (0.29644, (0.29, 0.30), "compatible"),
        (0.50, (0.2965, 0.80), "compatible"),
        (0.50, (0.30, 0.80), "not reproduced"),
    ],
)
def test_i2(
    pooled: metaprop.Pooled, i2: float, interval: tuple[float, float], verdict: str
) -> None:
    ours = dataclasses.replace(pooled, i2=i2)
    judged = verdicts.judge_heterogeneity("i2", PRINTED, ours, Interval(i2, *interval), basis="B")
    assert judged.verdict == verdict


@pytest.mark.parametrize(
    ("p", "interval", "verdict"),
    [
        (0.1249, (0.9, 0.95), "reproduced"),
        (0.1251, (0.0, 0.9), "compatible"),
        (0.90, (0.0, 0.29), "not reproduced"),
    ],
)
def test_p_of_heterogeneity_goes_by_the_printed_i2(
    pooled: metaprop.Pooled, p: float, interval: tuple[float, float], verdict: str
) -> None:
    ours = dataclasses.replace(pooled, q_pvalue=p)
    judged = verdicts.judge_heterogeneity(
        "heterogeneity_p", PRINTED, ours, Interval(interval[0], *interval), basis="B"
    )
    assert judged.verdict == verdict


def test_a_single_cohort_has_no_heterogeneity_to_check(pooled: metaprop.Pooled) -> None:
    judged = verdicts.judge_heterogeneity("i2", PRINTED, pooled, None, basis="B")
    assert judged.verdict == "not checkable"


@pytest.mark.parametrize(
    ("ours", "verdict", "end"),
    [(13, "reproduced", ": equal."), (12, "not reproduced", ": 1 fewer."),
     (15, "not reproduced", ": 2 more.")],
)  # fmt: skip
def test_counts_are_compared_as_they_are(ours: int, verdict: str, end: str) -> None:
    judged = verdicts.judge_count(13.0, ours, noun="cohort", basis="B")
    assert judged.verdict == verdict
    assert judged.reason.endswith(end)


@pytest.mark.parametrize(
    ("printed", "known", "unsplit", "cohorts", "verdict"),
    [
        (88, 57, 70, 2, "not checkable"),
        (57, 57, 70, 2, "not checkable"),
        (127, 57, 70, 2, "not checkable"),
        (128, 57, 70, 2, "not reproduced"),
        (56, 57, 70, 2, "not reproduced"),
        (57, 57, 0, 0, "reproduced"),
        (58, 57, 0, 0, "not reproduced"),
    ],
)
def test_parts(printed: int, known: int, unsplit: int, cohorts: int, verdict: str) -> None:
    judged = verdicts.judge_part(
        float(printed), known, unsplit, noun="autologous", unsplit_cohorts=cohorts
    )
    assert judged.verdict == verdict
    if cohorts:
        assert "between 57 and 127" in judged.reason
