"""Counts that are not whole, study sizes of the back-transformation, intervals of one study."""

from __future__ import annotations

import re
from statistics import NormalDist

import numpy as np
import pytest

from metaprop import Recipe, back_transform, effect_sizes, pool, proportion_interval, transform
from metaprop.transforms import double_arcsine


@pytest.mark.parametrize("n", [3.0, 7, 100, 12.5])
@pytest.mark.parametrize("scale", ["double_arcsine"])
def test_a_given_study_size_transforms_there_and_back(n: float, scale: str) -> None:
    p = np.array([0.0, 0.1, 0.37, 0.5, 0.92, 1.0])
    there = transform(p, scale=scale, n=n)
    assert there == pytest.approx(double_arcsine(p * n, np.full(6, n)), rel=1e-15)
    assert back_transform(there, scale=scale, n=n) == pytest.approx(p, abs=1e-9)


def test_means_of_study_sizes() -> None:
    """2, 4 and 8 have the harmonic mean 24/7, the geometric mean 4, the arithmetic mean 14/3."""
    value = [0.9]
    for name, size in (("harmonic", 24 / 7), ("geometric", 4.0), ("arithmetic", 14 / 3)):
        by_name = back_transform(value, scale="double_arcsine", totals=[2, 4, 8], n=name)
        assert by_name == pytest.approx(
            back_transform(value, scale="double_arcsine", n=size), rel=1e-12
        )
    for wrong, message in (("median", "n must be one of 'harmonic'"), (0, "positive study size")):
        with pytest.raises(ValueError, match=message):
            back_transform(value, scale="double_arcsine", totals=[2, 4], n=wrong)


@pytest.mark.parametrize("method", ["FE", "DL", "REML"])
def test_the_size_that_the_variance_stands_for(method: str) -> None:
    """Of equal studies without heterogeneity the pooled value has k (n + 1/2) patients."""
    fit = pool([4, 4, 4], [10, 10, 10], Recipe(method=method, double_arcsine_n="inverse-variance"))
    assert fit.double_arcsine_n == pytest.approx(3 * 10.5)
    assert pool([4, 4, 4], [10, 10, 10], Recipe(double_arcsine_n=31.5)).proportion.estimate == (
        pytest.approx(fit.proportion.estimate, rel=1e-14)
    )


def test_the_pooled_proportion_solves_the_transformation_at_its_size() -> None:
    """Whatever the inverse, the transformation of the answer is the pooled value."""
    x, n = [4, 11, 0, 7, 90], [10, 20, 15, 9, 300]
    for size in ("harmonic", "geometric", "arithmetic", "inverse-variance", 60):
        fit = pool(x, n, Recipe(method="DL", double_arcsine_n=size))
        at = fit.double_arcsine_n
        back = [double_arcsine(p * at, at) for p in fit.proportion]
        assert back == pytest.approx(list(fit.working), abs=1e-9)


@pytest.mark.parametrize("scale", ["raw", "log", "logit", "arcsine", "double_arcsine"])
def test_fractional_counts_follow_the_same_formulas(scale: str) -> None:
    x, n = [6.55, 3.47, 0.0, 12.5], [40.0, 15.0, 7.25, 12.5]
    ours = effect_sizes(x, n, scale=scale, fractional=True)
    p = (np.array(x) + 0.5 * ours.adjusted) / (np.array(n) + 1.0 * ours.adjusted)
    if scale != "double_arcsine":
        assert ours.yi == pytest.approx(transform(p, scale=scale), rel=1e-12)
    fit = pool(x, n, Recipe(scale=scale), fractional=True)
    assert fit.n == 74.75
    whole = pool([6, 3], [40, 15], Recipe(scale=scale))
    assert pool([6.0, 3.0], [40.0, 15.0], Recipe(scale=scale), fractional=True).working == (
        whole.working
    )


def test_fractional_counts_are_refused_where_they_have_no_likelihood_or_no_sense() -> None:
    with pytest.raises(ValueError, match=r"index 0 is 6.55: not a whole number"):
        pool([6.55], [40])
    with pytest.raises(ValueError, match="likelihood for whole counts only"):
        pool([6.55, 2], [40, 10], Recipe(method="GLMM"), fractional=True)
    with pytest.raises(ValueError, match=r"index 1 is 10.5: more than its total 10"):
        pool([6.55, 10.5], [40, 10], fractional=True)
    with pytest.raises(ValueError, match="index 1 is 0: more than 0 is needed"):
        pool([6.55, 0], [40, 0], fractional=True)
    with pytest.raises(ValueError, match=r"index 0 is -0.5: negative"):
        pool([-0.5], [4], fractional=True)


@pytest.mark.parametrize("total", [7, 30, 70, 100, 333, 1000, 12345])
def test_counts_worked_out_from_percentages_are_the_whole_numbers(total: int) -> None:
    events = np.arange(0, total + 1, max(1, total // 50))
    for worked in (events / total * total, (events / total * 100) * total / 100):
        assert (
            effect_sizes(worked, [total] * events.size, scale="arcsine").yi
            == (effect_sizes(events, [total] * events.size, scale="arcsine").yi)
        ).all()


@pytest.mark.parametrize("value", [8.4, 8.00001, 7.9999, 0.1 + 0.2, 1000000.5, 1e-5])
def test_what_is_no_whole_number_is_printed_in_full(value: float) -> None:
    with pytest.raises(ValueError, match=rf"index 0 is {re.escape(repr(value))}: not a whole"):
        pool([value, 3], [2_000_000, 9])


@pytest.mark.parametrize("name", ["wilson-cc", "wilson-corrected", "newcombe"])
def test_wilson_with_continuity_correction_solves_its_equation(name: str) -> None:
    """At an inner limit the distance from the count, less 1/2, is z standard deviations."""
    x, n = np.array([81, 15, 1, 7, 19, 0, 20]), np.array([263, 148, 29, 34, 20, 20, 20])
    low, high = proportion_interval(x, n, method=name, level=0.9)
    z = NormalDist().inv_cdf(0.95)
    for limit, sign in ((low, 1.0), (high, -1.0)):
        inner = (limit > 0) & (limit < 1)
        distance = sign * (x - n * limit) - 0.5
        spread = z * np.sqrt(n * limit * (1 - limit))
        assert distance[inner] == pytest.approx(spread[inner], rel=1e-9)
    assert (low[5], high[6]) == (0.0, 1.0)
    plain_low, plain_high = proportion_interval(x, n, level=0.9)
    assert (low <= plain_low).all()
    assert (high >= plain_high).all()
    mirrored_low, mirrored_high = proportion_interval(n - x, n, method=name, level=0.9)
    assert mirrored_low == pytest.approx(1 - high, abs=1e-14)
    assert mirrored_high == pytest.approx(1 - low, abs=1e-14)


def test_exact_is_clopper_pearson() -> None:
    one = proportion_interval([0, 7, 20], [20, 34, 20], method="exact")
    other = proportion_interval([0, 7, 20], [20, 34, 20], method="clopper-pearson")
    assert np.array_equal(one, other)
    assert one[1][0] == pytest.approx(1 - 0.025 ** (1 / 20), rel=1e-12)
