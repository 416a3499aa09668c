"""Where the printed numbers of an article stop to fit: ends of ranges, defaults, refusals."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from metaprop import Recipe, forensics, pool
from metaprop.forensics import PrintedResult, matching_recipes, possible_k, q_from_i2
from metaprop.forensics.rounding import printed_pvalue_range, printed_range


def test_both_ends_of_the_range_of_k_are_tried() -> None:
    def tried(**options: Any) -> list[int]:
        return possible_k(0.4, 0.09, i2_digits=0, p_digits=2, **options)["k"].tolist()

    assert tried(k_range=(2, 7)) == [2, 3, 4, 5, 6, 7]
    assert tried(k_range=(5, 5)) == [5]
    assert tried() == list(range(2, 101))


@pytest.mark.parametrize("k_range", [(1, 5), (5, 4), (2,), 7, ("2", 5), (2, 5.5), None])
def test_a_range_of_k_that_is_none_is_refused(k_range: Any) -> None:
    with pytest.raises(ValueError, match="k_range must be two whole numbers, 2 <= first <= last"):
        possible_k(0.4, 0.09, i2_digits=0, p_digits=2, k_range=k_range)


def test_a_pvalue_at_the_end_of_what_q_allows_still_fits() -> None:
    """Four studies with I² printed as 40 %: Q from 3/0.605 to 3/0.595, p from 0.1687 to 0.1748."""
    row = possible_k(0.4, 0.17, i2_digits=0, p_digits=2, k_range=(4, 4)).iloc[0]
    assert row.q_low == pytest.approx(3 / 0.605, rel=1e-7)
    assert row.q_high == pytest.approx(3 / 0.595, rel=1e-7)
    assert (row.df, bool(row.fits)) == (3, True)
    for pvalue, fits in [(0.1687, True), (0.1748, True), (0.1686, False), (0.1750, False)]:
        found = possible_k(0.4, pvalue, i2_digits=0, p_digits=4, k_range=(4, 4))
        assert found["fits"].tolist() == [fits], pvalue
    # I² of 0 % leaves Q anything from 0, whose p-value is 1.
    nothing = possible_k(0.0, 1.0, i2_digits=0, p_digits=2, k_range=(4, 4)).iloc[0]
    assert (nothing.q_low, nothing.p_high, bool(nothing.fits)) == (0.0, 1.0, True)


def test_rounding_error_never_decides_a_tie() -> None:
    """The hair is a thousand-millionth of the last digit, and never below the arithmetic's."""
    coarse = printed_range(0.5, 0, percent=True)
    assert coarse.high - 0.505 == pytest.approx(1e-11, rel=1e-3)
    assert 0.495 - coarse.low == pytest.approx(1e-11, rel=1e-3)
    fine = printed_range(0.5, 12, percent=True)
    assert fine.high - 0.5 == pytest.approx(6e-15, rel=0.05)
    inner = printed_range(0.5, 0, percent=True, inner=True)
    assert 0.505 - inner.high == pytest.approx(1e-11, rel=1e-3)
    assert tuple(printed_range(0.5, 2, percent=False)) == pytest.approx((0.5, 0.495, 0.505))


def test_the_printed_range_stays_within_0_and_1() -> None:
    assert printed_range(0.0, 0, percent=True).low == 0.0
    assert printed_range(1.0, 0, percent=True).high == 1.0
    assert tuple(printed_pvalue_range("< 0.001", None)) == (0.001, 0.0, 0.001)
    assert tuple(printed_pvalue_range("> 0.1", None)) == (0.1, 0.1, 1.0)


@pytest.mark.parametrize("value", [1.5, 1.0000001, -0.0000001, 87])
def test_what_is_no_fraction_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="i2 must be a fraction between 0 and 1"):
        q_from_i2(value, 13)
    with pytest.raises(ValueError, match="estimate must be a fraction between 0 and 1"):
        PrintedResult(estimate=value)
    with pytest.raises(ValueError, match="pvalue must be a fraction between 0 and 1"):
        PrintedResult(pvalue=value)


def test_at_most_twelve_decimals_can_be_told_apart() -> None:
    assert PrintedResult(estimate=0.87, digits=12).digits == 12
    for name in ("digits", "i2_digits", "p_digits"):
        with pytest.raises(ValueError, match=f"{name} must be a whole number from 0 to 12, got 13"):
            PrintedResult(estimate=0.87, **{name: 13})


def test_decimals_nobody_gave_are_those_of_most_articles() -> None:
    """Whole percentages, I² and p-values with two decimals."""
    printed = PrintedResult(estimate=0.87, low=0.8, high=0.94, i2=0.3271, pvalue=0.12)
    for name, inside, outside in [
        ("estimate", 0.8749, 0.8751),
        ("low", 0.7951, 0.7949),
        ("high", 0.9449, 0.9451),
        ("i2", 0.32714, 0.32716),
        ("pvalue", 0.1249, 0.1251),
    ]:
        assert printed.prints(name, inside), name
        assert not printed.prints(name, outside), name


def test_a_printed_result_is_given_by_name_and_stays_as_it_is() -> None:
    printed = PrintedResult(estimate=0.87)
    with pytest.raises(dataclasses.FrozenInstanceError):
        printed.estimate = 0.5  # type: ignore[misc]
    with pytest.raises(TypeError):
        PrintedResult(0.87)  # type: ignore[misc]
    assert not hasattr(printed, "__dict__")
    assert printed.printed == ("estimate",)


def test_each_kind_of_i2_is_compared_with_its_own(events: Any, totals: Any) -> None:
    fit = pool(events, totals, Recipe(method="REML"))
    assert abs(fit.i2_tau2 - fit.i2_q) > 0.01
    recipes = [Recipe(method="REML", i2=kind) for kind in ("tau2", "q")]
    for kind, i2 in (("tau2", fit.i2_tau2), ("q", fit.i2_q)):
        found = matching_recipes(events, totals, {"i2": round(i2, 4)}, recipes=recipes)
        assert found["i2"].tolist() == [fit.i2_tau2, fit.i2_q]
        assert found.loc[found["all_fit"], "i2_kind"].tolist() == [kind]
        assert found["fits"].tolist() == [int(one == kind) for one in ("tau2", "q")]
    assert found["pvalue"].tolist() == [fit.q_pvalue] * 2
    assert found["k"].tolist() == [13] * 2


def test_all_recipes_have_the_level_asked_for() -> None:
    assert {recipe.level for recipe in forensics.all_recipes()} == {0.95}
    assert {recipe.level for recipe in forensics.all_recipes(level=0.9)} == {0.9}


def test_several_unknown_names_are_told_one_at_a_time() -> None:
    with pytest.raises(ValueError, match="printed holds 'mean'; it may hold estimate, low, high"):
        matching_recipes([1], [2], {"estimate": 0.5, "sd": 1.0, "mean": 0.5})
