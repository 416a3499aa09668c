"""What numbers look like as text."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import metaprop
from metaprop import Interval
from reviewbook import words
from reviewbook.evidence.claims import Claims


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.5, 0, "1"),
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        (0.145 * 100, 0, "15"),  # 14.499999999999998 in binary
        (1.005, 2, "1.01"),  # 1.00499999999999989 in binary
        (29.645, 2, "29.65"),
        (0.4999999999, 0, "0"),
        (-0.001, 2, "0.00"),
        (94.0, 0, "94"),
    ],
)
def test_rounds_half_away_from_zero_on_the_decimal(value: float, digits: int, text: str) -> None:
    assert str(words.rounded(value, digits)) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_refuses_numbers_that_are_not_finite(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        words.percent(value)


def test_percent_has_no_trailing_noise() -> None:
    assert words.percent(0.873) == "87%"
    assert words.percent(0.2965, digits=2) == "29.65%"
    assert words.percent(0.145) == "15%"
    assert words.percent(1.0) == "100%"


def test_interval_of_a_pool_carries_the_level_of_its_recipe() -> None:
    events, totals = [18, 23, 47], [20, 27, 60]
    recipe = metaprop.Recipe(scale="raw", method="FE", level=0.9)
    text = words.interval(metaprop.pool(events, totals, recipe))
    assert "(90% CI " in text
    assert words.interval(Interval(0.873, 0.8, 0.94)) == "87% (95% CI 80 to 94)"


@pytest.mark.parametrize(
    ("estimate", "low", "high", "digits"),
    [
        (0.87, 0.80, 0.94, 0),
        (0.04, 0.01, 0.07, 0),
        (0.453, 0.451, 0.455, 1),
        (0.012, 0.009, 0.015, 1),
        (0.999, 0.9985, 0.9995, 2),
        (0.000075, 0.0000242, 0.000232, 3),  # 3 of 40 000
        (0.000075, 0.0, 0.05, 2),  # an interval that carries none, but 0% would be wrong
        (0.0, 0.0, 0.002, 2),
        (0.0, 0.0, 0.0, 0),
        (1.0, 1.0, 1.0, 0),
        (1e-14, 1e-15, 1e-13, 9),
    ],
)
def test_a_percentage_has_the_decimals_that_its_interval_can_carry(
    estimate: float, low: float, high: float, digits: int
) -> None:
    assert words.digits_of(Interval(estimate, low, high)) == digits


def test_of_a_hundred() -> None:
    interval = Interval(0.172727, 0.112967, 0.255012)
    assert words.per_hundred(interval) == "about 17 of 100 (95% CI 11 to 26)"
    with pytest.raises(ValueError, match="both limits was expected"):
        words.per_hundred(SimpleNamespace(estimate=0.5, low=None, high=0.7))


def test_printed_values_carry_no_level_and_their_own_decimals() -> None:
    printed = Claims("t", 0.875, 0.8, 0.94, None, None, {}, {"pooled_proportion": 1})
    assert words.interval(printed) == "87.5% (CI 80.0 to 94.0)"
    assert words.interval(Claims("t", 0.87, None, 0.9, None, None, {}, {})) == "87%"
    assert words.interval(Claims("t", None, None, None, None, None, {}, {})) == "not printed"


@pytest.mark.parametrize(
    ("p", "digits", "text"),
    [
        (0.12, None, "p = 0.12"),
        (0.0345, None, "p = 0.035"),
        (0.0996, None, "p = 0.10"),
        (0.0004, None, "p < 0.001"),
        (0.001, None, "p = 0.001"),
        (0.9999, None, "p > 0.99"),
        (0.99, None, "p = 0.99"),
        (0.0, None, "p < 0.001"),
        (1.0, None, "p > 0.99"),
        (0.0607, 2, "p = 0.06"),
        (0.004, 2, "p < 0.01"),
    ],
)
def test_pvalues(p: float, digits: int | None, text: str) -> None:
    assert words.pvalue(p, digits=digits) == text


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_refuses_impossible_pvalues(p: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        words.pvalue(p)


def test_numbers_ratios_and_counts() -> None:
    assert words.number(-1.234, 2) == "\u22121.23"
    assert words.number(12345.6, 0) == "12\u202f346"
    assert words.ratio(Interval(0.34, 0.17, 0.68)) == "0.34 (95% CI 0.17 to 0.68)"
    assert words.counts(165, 199) == "165/199"
    assert words.counts(47, 60, bound="lower") == "≥47/60"
    assert words.counts(5, 16, bound="upper") == "≤5/16"
    with pytest.raises(ValueError, match="got 'least'"):
        words.counts(47, 60, bound="least")
    assert words.count(12, "cohort") == "12 cohorts"
    assert words.count(1, "study") == "1 study"
    assert words.count(2, "study") == "2 studies"
    assert words.count(0, "day") == "0 days"
    assert words.tau2(0.0) == "0"
    assert words.tau2(0.0002) == "< 0.001"
    assert words.tau2(0.3116) == "0.312"
    assert words.i2(0.2965) == "30%"


def test_patients_of_100_and_limits() -> None:
    assert words.per_100(Interval(82.94, 76.07, 88.15)) == "83 of 100 patients (95% CI 76 to 88)"
    assert words.limits(Interval(0.84, 0.582, 0.9622)) == "58% to 96%"
    printed = Claims("t", 0.87, None, 0.9, None, None, {}, {})
    for form in (words.per_100, words.limits):
        with pytest.raises(ValueError, match="with both limits was expected"):
            form(printed)


def test_lists_and_verdicts() -> None:
    assert words.join([]) == ""
    assert words.join(["a"]) == "a"
    assert words.join(["a", "b", "c"]) == "a, b and c"
    assert [words.verdict(v) for v in words.VERDICTS] == [
        "✓ reproduced", "≈ compatible", "≠ not reproduced", "? cannot decide", "– not checkable",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="one of reproduced, compatible"):
        words.verdict("confirmed")


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Complete remission", "complete remission"),
        ("Neurotoxicity (ICANS), any grade", "neurotoxicity (ICANS), any grade"),
        ("ICANS, any grade", "ICANS, any grade"),
        ("T-ALL", "T-ALL"),
    ],
)
def test_a_label_within_a_sentence_keeps_its_abbreviations(label: str, text: str) -> None:
    assert words.within_sentence(label) == text


def test_a_phrase_shows_itself_without_quotes() -> None:
    phrase = words.percent(0.5)
    assert repr(phrase) == "50%"
    assert f"{phrase} of {phrase}" == "50% of 50%"


def test_heterogeneity() -> None:
    pooled = metaprop.pool([18, 23, 47, 7], [20, 27, 60, 10], metaprop.Recipe(scale="raw"))
    text = words.heterogeneity(pooled, metaprop.i2_interval(pooled.q, pooled.k))
    assert text.startswith("Of the variation between the 4 cohorts, an estimated ")
    assert "on 3 degrees of freedom" in text
    single = metaprop.pool([18], [20], metaprop.Recipe(scale="raw"))
    assert words.heterogeneity(single) == "With a single cohort there is nothing to compare."


def test_chinese_phrases_hold_the_same_numbers() -> None:
    assert words.interval_zh(Interval(0.873, 0.8, 0.94)) == "87%（95% CI 80%～94%）"
    assert words.verdict_zh("compatible").startswith("≈")
