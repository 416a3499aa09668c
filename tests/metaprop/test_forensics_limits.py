"""Where the printed numbers of an article stop to fit: ends of ranges, defaults, refusals."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import norm

from metaprop import Recipe, forensics, pool
from metaprop.forensics import (
    PrintedResult,
    effective_sample_size,
    implied_standard_error,
    matching_recipes,
    possible_k,
    q_from_i2,
    scale_symmetry,
)
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


def test_methods_with_one_i2_are_tried_with_one() -> None:
    kinds: dict[str, set[str]] = {}
    for recipe in forensics.all_recipes():
        kinds.setdefault(recipe.method, set()).add(recipe.i2)
    assert kinds.pop("FE") == kinds.pop("DL") == {"q"}
    assert set(kinds) == {"PM", "REML", "ML", "SJ", "HE", "HS", "GLMM"}
    assert all(found == {"q", "tau2"} for found in kinds.values())


def test_several_unknown_names_are_told_one_at_a_time() -> None:
    with pytest.raises(ValueError, match="printed holds 'mean'; it may hold estimate, low, high"):
        matching_recipes([1], [2], {"estimate": 0.5, "sd": 1.0, "mean": 0.5})


def test_the_standard_error_behind_an_interval_and_its_range() -> None:
    """62 to 85 around 75 on the logit scale; the rounding of the limits is half a percent."""
    for level in (0.95, 0.9):
        z = norm.ppf(0.5 + level / 2)
        found = implied_standard_error(0.62, 0.75, 0.85, scale="logit", level=level)
        assert found.se == pytest.approx((logit(0.85) - logit(0.62)) / (2 * z), rel=1e-12)
        assert found.se_low == pytest.approx((logit(0.845) - logit(0.625)) / (2 * z), rel=1e-8)
        assert found.se_high == pytest.approx((logit(0.855) - logit(0.615)) / (2 * z), rel=1e-8)
        assert found.se_below == pytest.approx((logit(0.75) - logit(0.62)) / z, rel=1e-12)
        assert found.se_above == pytest.approx((logit(0.85) - logit(0.75)) / z, rel=1e-12)
    assert found.scale == "logit"
    fine = implied_standard_error(0.62, 0.75, 0.85, scale="raw", digits=1)
    assert fine.se_high - fine.se == pytest.approx(0.0005 / norm.ppf(0.975), rel=1e-6)
    # Limits a percent apart can round to one value: the error can be as small as nothing.
    assert implied_standard_error(0.74, 0.74, 0.75, scale="raw").se_low == 0.0


def test_a_limit_without_a_finite_value_has_an_infinite_error_on_its_side() -> None:
    z = norm.ppf(0.975)
    for scale, low, high in (("logit", 0.0, 0.2), ("log", 0.0, 0.2)):
        found = implied_standard_error(low, 0.1, high, scale=scale)
        assert (found.se, found.se_below, found.se_high) == (math.inf,) * 3
        value = logit if scale == "logit" else np.log
        assert found.se_above == pytest.approx(float(value(0.2) - value(0.1)) / z, rel=1e-12)
        assert found.se_low == pytest.approx(float(value(0.195) - value(0.005)) / (2 * z), rel=1e-7)
    found = implied_standard_error(0.8, 0.9, 1.0, scale="logit")
    assert (found.se, found.se_above, found.se_high) == (math.inf,) * 3
    assert math.isfinite(found.se_below)
    assert math.isfinite(implied_standard_error(0.8, 0.9, 1.0, scale="log").se)
    both = implied_standard_error(0.0, 0.0, 0.2, scale="logit")
    assert both.se_below == 0.0


def test_asymmetry_is_the_difference_of_the_parts_over_the_whole() -> None:
    found = scale_symmetry(0.70, 0.75, 0.85).set_index("scale")
    assert found.loc["raw", "asymmetry"] == pytest.approx(1 / 3)
    above, below = math.log(0.85 / 0.75), math.log(0.75 / 0.70)
    assert found.loc["log", "asymmetry"] == pytest.approx((above - below) / (above + below))
    assert not found["cut"].any()
    # The difference of the parts ranges from its value at the worst corner to that at the best.
    assert found.loc["raw", "lowest"] == pytest.approx(0.695 + 0.845 - 2 * 0.755, abs=1e-9)
    assert found.loc["raw", "highest"] == pytest.approx(0.705 + 0.855 - 2 * 0.745, abs=1e-9)
    assert list(found.index) == ["raw", "log", "logit", "arcsine"]
    assert "double_arcsine" in set(scale_symmetry(0.70, 0.75, 0.85, size=20.0)["scale"])


def test_limits_at_0_and_at_1_are_cut_and_leave_the_range_open() -> None:
    low = scale_symmetry(0.0, 0.1, 0.3).set_index("scale")
    assert low["cut"].all()
    assert low.loc[["log", "logit"], "asymmetry"].tolist() == [-1.0, -1.0]
    assert (low["lowest"] == -math.inf).all()
    assert math.isfinite(low.loc["raw", "highest"])
    assert low.loc["raw", "asymmetry"] == pytest.approx((0.2 - 0.1) / 0.3)
    high = scale_symmetry(0.7, 0.9, 1.0).set_index("scale")
    assert high["cut"].all()
    assert (high["highest"] == math.inf).all()
    assert high.loc["logit", "asymmetry"] == 1.0
    whole = scale_symmetry(0.0, 0.5, 1.0).set_index("scale")
    assert whole.loc["logit", "asymmetry"] == 0.0
    assert whole["possible"].all()
    assert not whole["boundary"].any()


def test_the_size_of_a_sample_with_an_interval_as_wide() -> None:
    z = norm.ppf(0.975)
    found = effective_sample_size(0.6, 0.7, 0.8)
    assert found.estimate == pytest.approx(0.7 * 0.3 * (2 * z / 0.2) ** 2, rel=1e-9)
    assert found.low == pytest.approx(0.705 * 0.295 * (2 * z / 0.21) ** 2, rel=1e-7)
    assert found.high == pytest.approx(0.695 * 0.305 * (2 * z / 0.19) ** 2, rel=1e-7)
    # Around one half the most spread proportion within the rounding is one half itself.
    half = effective_sample_size(0.4, 0.504, 0.6, digits=0)
    assert half.high == pytest.approx(0.25 * (2 * z / 0.19) ** 2, rel=1e-7)
    assert half.low == pytest.approx(0.509 * 0.491 * (2 * z / 0.21) ** 2, rel=1e-7)
    below = effective_sample_size(0.2, 0.3, 0.4, level=0.9)
    z90 = norm.ppf(0.95)
    assert below.low == pytest.approx(0.295 * 0.705 * (2 * z90 / 0.21) ** 2, rel=1e-7)
    assert below.high == pytest.approx(0.305 * 0.695 * (2 * z90 / 0.19) ** 2, rel=1e-7)
    assert effective_sample_size(0.70, 0.70, 0.71).high == math.inf
    with pytest.raises(ValueError, match="an estimate of 0 has no binomial standard error"):
        effective_sample_size(0.0, 0.0, 0.1)


def test_printed_numbers_out_of_order_or_without_width_are_refused() -> None:
    for numbers in ((0.8, 0.7, 0.9), (0.6, 0.95, 0.9)):
        with pytest.raises(ValueError, match="low <= estimate <= high is needed, got"):
            implied_standard_error(*numbers, scale="raw")
    with pytest.raises(ValueError, match=r"the interval has no width: both limits are 0\.7"):
        effective_sample_size(0.7, 0.7, 0.7)
    for name, numbers in (("low", (-0.1, 0.5, 0.6)), ("high", (0.4, 0.5, 1.1))):
        with pytest.raises(ValueError, match=f"{name} must be a fraction between 0 and 1"):
            scale_symmetry(*numbers)
