"""Invariants of pooling: what must hold for every recipe and every set of counts."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaprop import Pooled, Recipe, pool, pool_effects

SCALES = ("raw", "log", "logit", "arcsine", "double_arcsine")
METHODS = ("FE", "DL", "PM", "REML", "ML", "SJ", "HE", "HS", "EB")
INTERVALS = ("wald", "t", "hartung-knapp", "hartung-knapp-adhoc")
SYMMETRIC = ("raw", "logit", "arcsine", "double_arcsine")

study = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
studies = st.lists(study, min_size=1, max_size=9)
recipes = st.builds(
    Recipe,
    scale=st.sampled_from(SCALES),
    method=st.sampled_from(METHODS),
    ci=st.sampled_from(INTERVALS),
    prediction=st.sampled_from(("z", "t-k-1", "t-k-2", "simple")),
    i2=st.sampled_from(("tau2", "q")),
)


def counts(found: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    x, n = zip(*found, strict=True)
    return np.array(x), np.array(n)


def numbers(value: Any) -> list[float]:
    """Every number inside a result, however deep."""
    if isinstance(value, dict):
        return list(itertools.chain.from_iterable(numbers(v) for v in value.values()))
    if isinstance(value, list):
        return list(itertools.chain.from_iterable(numbers(v) for v in value))
    return [float(value)] if isinstance(value, int | float) else []


def check_sane(ours: Pooled) -> None:
    assert not any(math.isnan(v) or math.isinf(v) for v in numbers(ours.to_dict()))
    assert ours.converged
    assert ours.tau2 >= 0
    assert ours.working.low <= ours.working.estimate <= ours.working.high
    assert 0 <= ours.proportion.low <= ours.proportion.estimate <= ours.proportion.high <= 1
    assert 0 <= ours.i2_tau2 < 1
    assert 0 <= ours.i2_q < 1
    assert 0 <= ours.q_pvalue <= 1
    assert ours.weights.sum() == pytest.approx(1, abs=1e-12)
    assert (ours.weights[ours.kept] > 0).all()
    if ours.prediction is not None:
        assert ours.prediction.low <= ours.proportion.estimate <= ours.prediction.high


@given(studies, recipes)
@settings(max_examples=400, deadline=None)
def test_any_counts_any_recipe_give_sane_numbers(found: list, recipe: Recipe) -> None:
    check_sane(pool(*counts(found), recipe))


@given(studies, recipes, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_order_of_studies_does_not_matter(found: list, recipe: Recipe, random: Any) -> None:
    order = list(range(len(found)))
    random.shuffle(order)
    x, n = counts(found)
    ours, shuffled = pool(x, n, recipe), pool(x[order], n[order], recipe)
    assert shuffled.working.estimate == pytest.approx(ours.working.estimate, abs=1e-9)
    assert shuffled.se == pytest.approx(ours.se, abs=1e-8)
    assert shuffled.tau2 == pytest.approx(ours.tau2, abs=1e-8)
    assert shuffled.weights == pytest.approx(ours.weights[order], abs=1e-8)


@given(studies, recipes.filter(lambda r: r.scale in SYMMETRIC))
@settings(max_examples=150, deadline=None)
def test_events_and_non_events_mirror_each_other(found: list, recipe: Recipe) -> None:
    x, n = counts(found)
    ours, mirror = pool(x, n, recipe).proportion, pool(n - x, n, recipe).proportion
    assert mirror.estimate == pytest.approx(1 - ours.estimate, abs=1e-7)
    assert mirror.low == pytest.approx(1 - ours.high, abs=1e-7)
    assert mirror.high == pytest.approx(1 - ours.low, abs=1e-7)


@given(studies, st.sampled_from(SCALES))
@settings(max_examples=100, deadline=None)
def test_doubling_the_data_halves_the_fixed_effect_variance(found: list, scale: str) -> None:
    x, n = counts(found)
    recipe = Recipe(scale=scale, method="FE")
    once, twice = pool(x, n, recipe), pool(np.tile(x, 2), np.tile(n, 2), recipe)
    assert twice.working.estimate == pytest.approx(once.working.estimate, rel=1e-12, abs=1e-12)
    assert twice.se**2 == pytest.approx(once.se**2 / 2, rel=1e-12)
    assert twice.q == pytest.approx(2 * once.q, rel=1e-9, abs=1e-12)


@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(0.001, 2)), min_size=2, max_size=8),
    st.sampled_from(METHODS),
    st.floats(-5, 5),
    st.floats(0.1, 10),
)
@settings(max_examples=150, deadline=None)
def test_shift_and_unit_of_effects_carry_over(
    effects: list, method: str, shift: float, unit: float
) -> None:
    """τ² scales with the square of the unit and ignores a shift; Q and I² ignore both."""
    y, v = (np.array(column) for column in zip(*effects, strict=True))
    recipe = Recipe(scale="raw", method=method)
    ours, moved = pool_effects(y, v, recipe), pool_effects(unit * y + shift, unit**2 * v, recipe)
    assert moved.tau2 == pytest.approx(unit**2 * ours.tau2, rel=1e-6, abs=1e-7 * unit**2)
    assert moved.i2_q == pytest.approx(ours.i2_q, abs=1e-8)
    expected = unit * ours.working.estimate + shift
    assert moved.working.estimate == pytest.approx(expected, abs=1e-6 * unit)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", SCALES)
def test_equal_studies_have_tau2_exactly_zero(scale: str, method: str) -> None:
    ours = pool([4] * 6, [10] * 6, Recipe(scale=scale, method=method))
    assert ours.tau2 == 0.0
    assert ours.i2 == 0.0
    assert ours.proportion.estimate == pytest.approx(
        0.4, abs=1e-12 if scale != "double_arcsine" else 0.01
    )


@pytest.mark.parametrize("method", [m for m in METHODS if m != "SJ"])
def test_less_variation_than_chance_has_tau2_exactly_zero(method: str) -> None:
    ours = pool([10, 11, 10, 9], [20, 21, 19, 20], Recipe(scale="logit", method=method))
    assert ours.tau2 == 0.0


def test_sidik_jonkman_is_positive_by_construction() -> None:
    assert pool([10, 11, 10, 9], [20, 21, 19, 20], Recipe(scale="logit", method="SJ")).tau2 > 0


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    ("events", "totals"),
    [
        ([0, 0, 0], [3, 7, 12]),
        ([3, 7, 12], [3, 7, 12]),
        ([0, 1, 1, 0], [1, 1, 1, 1]),
        ([0, 1], [1, 1]),
        ([5], [9]),
        ([0], [1]),
        ([1_000_000, 0, 500_000], [1_000_000, 1_000_000, 1_000_000]),
        ([1, 999_999], [1_000_000, 1_000_000]),
        ([0, 40, 0, 40, 20], [40, 40, 40, 40, 40]),
    ],
    ids=[
        "all zero",
        "all full",
        "n=1",
        "k=2 n=1",
        "k=1",
        "k=1 n=1 zero",
        "a million",
        "opposite",
        "extreme",
    ],
)
def test_degenerate_sets_have_defined_answers(scale: str, events: list, totals: list) -> None:
    for method, ci in itertools.product(METHODS, INTERVALS):
        check_sane(pool(events, totals, Recipe(scale=scale, method=method, ci=ci)))


def test_all_at_100_percent_estimates_100_percent_on_arcsine_scales() -> None:
    for scale in ("arcsine", "double_arcsine"):
        ours = pool([3, 7, 12, 5, 20], [3, 7, 12, 5, 20], Recipe(scale=scale))
        assert ours.proportion.high == 1.0
        assert ours.proportion.estimate > 0.98


def test_one_study_keeps_its_own_estimate() -> None:
    ours = pool([7], [9], Recipe(scale="raw"))
    assert ours.working.estimate == pytest.approx(7 / 9, abs=1e-15)
    assert (ours.tau2, ours.q, ours.q_df, ours.q_pvalue) == (0.0, 0.0, 0, 1.0)
    assert ours.prediction is None
    assert ours.prediction_working is None


@pytest.mark.parametrize("ci", INTERVALS[1:])
def test_one_study_falls_back_to_wald_and_says_so(ci: str) -> None:
    ours = pool([7], [9], Recipe(ci=ci))
    assert ours.working == pool([7], [9], Recipe()).working
    assert "Wald" in ours.note


@pytest.mark.parametrize(
    ("prediction", "k", "exists"),
    [("z", 1, False), ("z", 2, True), ("t-k-1", 2, True), ("t-k-2", 2, False), ("t-k-2", 3, True)],
)
def test_prediction_interval_exists_from_enough_studies(
    prediction: str, k: int, exists: bool
) -> None:
    ours = pool([3, 9, 4][:k], [10, 10, 10][:k], Recipe(prediction=prediction))
    assert (ours.prediction is not None) == exists


def test_fixed_effect_has_no_prediction_interval(events: Any, totals: Any) -> None:
    assert pool(events, totals, Recipe(method="FE")).prediction is None


def test_hartung_knapp_narrower_than_wald_is_noted() -> None:
    narrow = pool([5, 5, 5, 5], [10, 10, 10, 11], Recipe(ci="hartung-knapp"))
    adhoc = pool([5, 5, 5, 5], [10, 10, 10, 11], Recipe(ci="hartung-knapp-adhoc"))
    wald = pool([5, 5, 5, 5], [10, 10, 10, 11], Recipe())
    assert narrow.working.width < wald.working.width < adhoc.working.width
    assert "narrower than the Wald" in narrow.note
    assert adhoc.note == ""


def test_dropped_studies_are_visible(events: Any, totals: Any) -> None:
    ours = pool(events, totals, Recipe(scale="raw", zeros="drop", method="DL"))
    full = events == totals
    assert (ours.kept == ~full).all()
    assert ours.k == (~full).sum() == 8
    assert ours.n == totals[~full].sum()
    assert (ours.weights[full] == 0).all()
    assert "5 studies at 0% or 100% left out" in ours.note


def test_stata_falls_back_to_fixed_below_three_studies() -> None:
    recipe = Recipe.preset("stata-metaprop")
    two = pool([2, 9, 5], [10, 10, 5], recipe)  # the third is at 100 % and dropped
    fixed = pool([2, 9], [10, 10], Recipe(scale="raw", method="FE"))
    assert two.working == fixed.working
    assert "fixed-effect" in two.note
    assert pool([2, 9, 4], [10, 10, 5], recipe).tau2 > 0


def test_given_tau2_is_used(events: Any, totals: Any) -> None:
    ours = pool(events, totals, Recipe(), tau2=0.05)
    assert ours.tau2 == 0.05
    v = 1 / (4 * totals + 2)
    assert ours.se == pytest.approx(np.sum(1 / (v + 0.05)) ** -0.5, rel=1e-13)


def test_effects_without_sizes_have_no_proportion_on_freeman_tukey_scale() -> None:
    ours = pool_effects([0.5, 0.9], [0.01, 0.02], Recipe())
    assert ours.proportion is None
    assert ours.prediction is None
    assert ours.n is None
    assert pool_effects([0.5, 0.9], [0.01, 0.02], Recipe(), totals=[20, 10]).proportion is not None


@pytest.mark.parametrize(
    ("yi", "vi", "message"),
    [
        ([0.1, 0.2], [0.1, 0.0], "vi of the study at index 1 is 0"),
        ([0.1, float("nan")], [0.1, 0.1], "yi of the study at index 1 is nan"),
        ([0.1], [0.1, 0.1], "yi has 1 studies but vi has 2"),
        ([], [], "empty"),
        ([[0.1]], [[0.1]], "one-dimensional"),
    ],
)
def test_broken_effects_are_named(yi: list, vi: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pool_effects(yi, vi, Recipe())


def test_negative_tau2_is_refused() -> None:
    with pytest.raises(ValueError, match=r"tau2 must be a finite number of at least 0, got -0.1"):
        pool([1, 2], [3, 4], Recipe(), tau2=-0.1)


def test_reml_takes_the_higher_of_two_maxima() -> None:
    y = np.array([-0.1, -1.7, -8.5, -0.1, -0.1])
    v = np.array([0.017, 0.159, 8.988, 0.011, 0.011])

    def loglik(t: np.ndarray) -> np.ndarray:
        w = 1 / (v + t[:, None])
        mu = (w @ y) / w.sum(axis=1)
        rest = np.sum(w * (y - mu[:, None]) ** 2, axis=1)
        return -0.5 * (np.log(v + t[:, None]).sum(axis=1) + np.log(w.sum(axis=1)) + rest)

    grid = np.append(0.0, np.logspace(-5, 2, 70_001))
    values = loglik(grid)
    peaks = np.flatnonzero((values[1:-1] > values[:-2]) & (values[1:-1] > values[2:])) + 1
    # The example must have two maxima, one of them at 0, or it tests nothing.
    assert values[0] > values[1]
    assert peaks.size == 1
    assert values[peaks[0]] > values[0]
    ours = pool_effects(y, v, Recipe(scale="raw", method="REML"))
    assert ours.tau2 == pytest.approx(grid[peaks[0]], rel=0.001)
    assert loglik(np.array([ours.tau2]))[0] >= values.max()


METAFOR_HK = Recipe.preset("metafor").but(ci="hartung-knapp")


@pytest.mark.parametrize("ci", ["wald", "t", "hartung-knapp", "hartung-knapp-adhoc"])
def test_the_metafor_preset_predicts_with_the_critical_value_of_its_interval(ci: str) -> None:
    """As `predict` prints: estimate ± c √(τ² + se²), c and se those of the interval."""
    x, n = [8, 12, 5, 9, 20], [10, 20, 9, 30, 45]
    fit = pool(x, n, METAFOR_HK.but(ci=ci, scale="logit"))
    critical = (fit.working.high - fit.working.estimate) / fit.se
    half = critical * (fit.tau2 + fit.se**2) ** 0.5
    limits = [fit.working.estimate - half, fit.working.estimate + half]
    assert [fit.prediction_working.low, fit.prediction_working.high] == pytest.approx(limits)


@pytest.mark.parametrize("method", ["FE", "DL", "PM", "REML", "ML", "SJ", "HE", "HS", "EB"])
@pytest.mark.parametrize(
    ("yi", "vi"),
    [
        ([1e50, -1e50, 3e49], [1e-50] * 3),
        ([1e50, -1e50, 3e49], [1e50] * 3),
        ([1e-300, 2e-300, 0.0], [1e-50] * 3),
        ([0.1, 0.2, 0.3], [1e-50] * 3),
        ([0.1, 0.2, 0.3], [1e50] * 3),
        ([0.1, 0.2, 0.3], [1e-50, 1e-45, 1e-38]),
        ([0.1, 0.2, 0.3], [1e-12, 1.0, 9.0]),
    ],
)
def test_effects_up_to_the_bounds_have_finite_results(method: str, yi: list, vi: list) -> None:
    fit = pool_effects(yi, vi, Recipe(scale="identity", method=method, ci="t"))
    numbers = [*fit.working, fit.se, fit.tau2, fit.i2_tau2, fit.i2_q, fit.h2, fit.q, fit.q_pvalue]
    assert all(math.isfinite(number) for number in numbers)
    assert min(yi) <= fit.working.estimate <= max(yi)
    assert fit.weights.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("yi", "vi", "message"),
    [
        ([1e200, 2e200], [1.0, 1.0], "yi of the study at index 0 is 1e.200: effects up to 1e.50"),
        ([0.1, -1e51], [1.0, 1.0], "yi of the study at index 1 is -1e.51"),
        ([0.1, 0.2], [1.0, 1e-300], "vi of the study at index 1 is 1e-300: variances from 1e-50"),
        ([0.1, 0.2], [1e60, 1.0], "vi of the study at index 0 is 1e.60"),
        ([0.1, 0.2], [1.0, 1e-20], "vi of the study at index 1 is 1e-20, and the largest is 1"),
    ],
)
def test_effects_beyond_the_bounds_are_named(yi: list, vi: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pool_effects(yi, vi, Recipe(scale="logit"))
