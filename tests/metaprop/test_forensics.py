"""What printed numbers imply."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from metaprop import Recipe, i2_interval, pool
from metaprop.forensics import (
    PrintedResult,
    all_recipes,
    effective_sample_size,
    implied_standard_error,
    matching_recipes,
    possible_k,
    q_from_i2,
    scale_symmetry,
)


@pytest.mark.parametrize(
    ("i2", "p", "k"), [(0.3271, 0.12, 13), (0.4104, 0.06, 13)], ids=["CRS", "severe CRS"]
)
def test_both_crs_pools_of_the_article_have_13_studies(i2, p, k):
    """Liu et al. 2025, abstract: I² 32.71 %, p 0.12 and I² 41.04 %, p 0.06."""
    found = possible_k(i2, p, i2_digits=2, p_digits=2)
    assert found.loc[found["fits"], "k"].tolist() == [k]


def test_i2_of_zero_says_little_about_k():
    """I² 0 and p 0.72, as printed for ICANS, fit every number of studies."""
    found = possible_k(0.0, 0.72, i2_digits=0, p_digits=2, k_range=(2, 40))
    assert found["fits"].all()
    assert not possible_k(0.0, 0.01, i2_digits=2, p_digits=2, k_range=(2, 40))["fits"].any()


def test_q_of_the_printed_i2():
    assert q_from_i2(0.2965, 13) == pytest.approx(17.0576, abs=1e-4)
    assert q_from_i2(0.0, 13) == 12
    assert i2_interval(q_from_i2(0.4, 9), 9).estimate == pytest.approx(0.4)


@settings(max_examples=100, deadline=None)
@given(
    studies=st.lists(
        st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=2,
        max_size=20,
    ),
    digits=st.integers(0, 3),
)
def test_the_true_k_always_fits(studies, digits):
    """Whatever a pool prints, its own number of studies is among the possible ones."""
    x, n = np.array(studies).T
    pooled = pool(x, n, Recipe(method="DL", i2="q"))
    if round(pooled.i2, digits + 2) >= 1:
        return
    found = possible_k(
        round(pooled.i2, digits + 2),
        round(pooled.q_pvalue, 2),
        i2_digits=digits,
        p_digits=2,
        k_range=(2, 25),
    )
    row = found[found["k"] == x.size].iloc[0]
    assert row.fits
    assert row.q_low - 1e-9 <= pooled.q <= row.q_high + 1e-9


def test_an_i2_that_prints_as_100_percent_has_no_upper_limit():
    found = possible_k(1.0, 0.0, i2_digits=0, p_digits=2, k_range=(2, 40))
    assert found["fits"].all()
    assert np.isinf(found["q_high"]).all()
    assert found["q_low"].to_numpy() == pytest.approx(found["df"].to_numpy() / 0.005, rel=1e-6)
    # Q of at least 200 on one degree of freedom has no p-value near 0.3.
    assert not possible_k(1.0, 0.3, i2_digits=0, p_digits=1)["fits"].any()


@pytest.mark.parametrize("text", ["<0.001", "< 0.001", "p<.001", "P < 0·001", "≤0.001"])
def test_a_pvalue_printed_as_a_bound(text):
    found = possible_k(0.4, text, i2_digits=0, k_range=(2, 80)).set_index("k")
    assert not found["fits"][2]
    # Q = 1.68 (k - 1) at most: the first k at which its p-value is below 0.001.
    most = (found.index.to_numpy() - 1) / (1 - 0.405)
    expected = chi2.sf(most, found.index.to_numpy() - 1) <= 0.001
    assert found["fits"].tolist() == expected.tolist()
    above = possible_k(0.4, "> 0.1", i2_digits=0, k_range=(2, 80)).set_index("k")
    assert above["fits"].tolist() == (above["p_high"] >= 0.1).tolist()


def test_a_printed_bound_is_searched_for(events, totals):
    found = matching_recipes(events, totals, {"pvalue": "<0.001"}, recipes=[Recipe()])
    assert bool(found["all_fit"][0]) == (float(found["pvalue"][0]) < 0.001)
    other = matching_recipes(events, totals, {"pvalue": ">0.001"}, recipes=[Recipe()])
    assert bool(other["all_fit"][0]) != bool(found["all_fit"][0])


def test_coarser_digits_allow_more():
    fine = possible_k(0.3271, 0.12, i2_digits=2, p_digits=2)["fits"]
    coarse = possible_k(0.33, 0.1, i2_digits=0, p_digits=1)["fits"]
    assert fine.sum() == 1
    assert coarse.sum() > 1
    assert coarse[fine].all()


def test_symmetric_on_the_raw_scale_means_what_it_says():
    """80 to 94 around 87: symmetric as printed, and not so on the logit scale."""
    found = scale_symmetry(0.80, 0.87, 0.94, size=10.0).set_index("scale")
    assert found.loc["raw", "asymmetry"] == pytest.approx(0, abs=1e-12)
    assert found["possible"].to_dict() == {
        "raw": True,
        "log": True,
        "logit": False,
        "arcsine": True,
        "double_arcsine": True,
    }


@settings(max_examples=100, deadline=None)
@given(
    p=st.floats(0.05, 0.95),
    se=st.floats(0.01, 0.3),
    scale=st.sampled_from(["raw", "log", "logit", "arcsine", "double_arcsine"]),
    digits=st.integers(0, 2),
)
def test_the_true_scale_is_always_possible(p, se, scale, digits):
    """An interval made on a scale, back-transformed and rounded, can have been made on it."""
    from metaprop import back_transform, transform

    totals = np.array([25.0])
    y = transform([p], scale=scale, totals=totals)[0]
    ends = back_transform([y - 1.96 * se, y, y + 1.96 * se], scale=scale, totals=totals)
    low, estimate, high = np.round(ends, digits + 2)
    if low == high:
        return
    found = scale_symmetry(low, estimate, high, digits=digits, size=25.0).set_index("scale")
    assert found.loc[scale, "possible"]
    if ends[0] > 0 and ends[2] < 1:
        implied = implied_standard_error(low, estimate, high, scale=scale, digits=digits, size=25.0)
        assert implied.se_low <= se * 1.96 / 1.959963984540054 * (1 + 1e-9)
        assert implied.se_high >= se * 1.96 / 1.959963984540054 * (1 - 1e-9)


def test_one_point_of_the_printed_range_is_told_apart() -> None:
    """94 (88 to 98): 88.5, 93.5 and 98.5 are symmetric on the raw scale, and nothing else."""
    found = scale_symmetry(0.88, 0.94, 0.98).set_index("scale")
    assert found["possible"].to_dict() == {
        "raw": True, "log": False, "logit": True, "arcsine": True,
    }  # fmt: skip
    assert found["boundary"].to_dict() == {
        "raw": True, "log": False, "logit": False, "arcsine": False,
    }  # fmt: skip


_EXACT = {
    # Sign of the difference on each scale, from fractions.
    "raw": lambda low, estimate, high: low + high - 2 * estimate,
    "log": lambda low, estimate, high: low * high - estimate**2,
    "logit": lambda low, estimate, high: (
        low * high * (1 - estimate) ** 2 - (1 - low) * (1 - high) * estimate**2
    ),
}


@settings(max_examples=300, deadline=None)
@given(
    numbers=st.lists(st.integers(1, 99), min_size=3, max_size=3, unique=True),
    digits=st.integers(0, 3),
    scale=st.sampled_from(sorted(_EXACT)),
)
def test_the_boundary_is_that_of_exact_arithmetic(numbers, digits, scale):
    unit = 100 * 10**digits
    low, estimate, high = (Fraction(n, unit) for n in sorted(numbers))
    half = Fraction(1, 2 * unit)
    lowest = _EXACT[scale](low - half, estimate + half, high - half)
    highest = _EXACT[scale](low + half, estimate - half, high + half)
    found = scale_symmetry(float(low), float(estimate), float(high), digits=digits)
    row = found.set_index("scale").loc[scale]
    assert row["possible"] == (lowest <= 0 <= highest)
    assert row["boundary"] == (row["possible"] and 0 in (lowest, highest))


def test_limits_at_the_end_may_have_been_cut():
    found = scale_symmetry(0.70, 0.90, 1.0).set_index("scale")
    assert found.loc["raw", "cut"]
    assert found.loc["raw", "possible"]
    assert found.loc["logit", "asymmetry"] == 1.0
    assert implied_standard_error(0.7, 0.9, 1.0, scale="logit").se == math.inf


def test_effective_sample_size_gives_one_sample_back():
    n, p = 80, 0.85
    half = 1.959963984540054 * math.sqrt(p * (1 - p) / n)
    low, high = p - half, p + half
    assert effective_sample_size(low, p, high, digits=12).estimate == pytest.approx(n)
    rounded = effective_sample_size(round(low, 2), p, round(high, 2), digits=0)
    assert rounded.low < n < rounded.high


def test_all_recipes_are_distinct_computations(events, totals):
    recipes = all_recipes()
    assert len(set(recipes)) == len(recipes)
    results = {}
    for recipe in recipes:
        if recipe.ci == "wald" and recipe.zeros != "drop" and recipe.i2 == "q":
            fit = pool(events, totals, recipe)
            results[recipe] = tuple(np.round([*fit.proportion], 12))
    assert len(set(results.values())) == len(results)


def test_the_recipe_that_printed_a_result_is_found(events, totals):
    recipe = Recipe(scale="double_arcsine", method="DL", i2="q")
    fit = pool(events, totals, recipe)
    estimate, low, high = (round(value, 3) for value in fit.proportion)
    printed = PrintedResult(
        estimate=estimate, low=low, high=high, i2=round(fit.i2, 4), pvalue=None, digits=1
    )
    found = matching_recipes(events, totals, printed)
    assert len(found) == len(all_recipes())
    hits = found[found["all_fit"]]
    assert ("double_arcsine", "DL", "wald", "adjust-extreme") in set(
        hits[["scale", "method", "ci", "zeros"]].itertuples(index=False, name=None)
    )
    for _, row in hits.iterrows():
        assert abs(row.estimate - estimate) <= 0.000501
    assert "pvalue_fits" not in found
    assert (found["fits"] <= 4).all()


def test_a_result_nobody_printed_is_not_found(events, totals):
    found = matching_recipes(events, totals, {"estimate": 0.50, "low": 0.40, "high": 0.60})
    assert not found["all_fit"].any()


def test_recipes_that_cannot_be_computed_say_why():
    found = matching_recipes([5, 7], [5, 7], {"estimate": 0.95})
    dropped = found[found["zeros"] == "drop"]
    assert (dropped["problem"].str.startswith("zeros 'drop' leaves no study")).all()
    assert dropped["estimate"].isna().all()
    assert not dropped["all_fit"].any()
    others = found[found["zeros"] != "drop"]
    assert others["estimate"].notna().all()
    assert isinstance(found["estimate"].dtype, pd.Float64Dtype)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: q_from_i2(29.65, 13), "i2 must be a fraction between 0 and 1, got 29.65"),
        (lambda: q_from_i2(1.0, 13), "infinite Q"),
        (lambda: q_from_i2(0.2, 1), "k must be a whole number of at least 2"),
        (lambda: possible_k(0.3, 12, i2_digits=2, p_digits=2), "pvalue must be a fraction"),
        (lambda: possible_k(0.3, 0.1, i2_digits=-1, p_digits=2), "i2_digits must be a whole"),
        (
            lambda: possible_k(0.3, 0.1, i2_digits=2, p_digits=2, k_range=(9, 3)),
            "2 <= first <= last",
        ),
        (lambda: possible_k(0.3, 0.1, i2_digits=2), "p_digits is needed"),
        (lambda: possible_k(0.3, "0.1", i2_digits=2), "a text such as '<0.001'; got '0.1'"),
        (lambda: possible_k(0.3, "<1.5", i2_digits=2), "pvalue must be a fraction"),
        (lambda: possible_k(0.3, None, i2_digits=2), "pvalue must be a fraction"),
        (lambda: PrintedResult(pvalue="small"), "pvalue must be a fraction"),
        (lambda: scale_symmetry(0.9, 0.8, 0.95), "low <= estimate <= high"),
        (lambda: scale_symmetry(0.8, 0.8, 0.8), "no width"),
        (lambda: implied_standard_error(0.1, 0.2, 0.3, scale="PLO"), "scale must be one of"),
        (lambda: effective_sample_size(0.9, 1.0, 1.0), "no binomial standard error"),
        (lambda: PrintedResult(), "nothing is printed"),
        (lambda: matching_recipes([1], [2], {"mean": 0.5}), "printed holds 'mean'"),
    ],
)
def test_broken_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
