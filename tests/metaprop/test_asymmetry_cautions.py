"""What the tests for asymmetry say against themselves, and where they keep silent."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from metaprop import Recipe, effect_sizes, rank_test, regression_test, trim_and_fill

DEPENDENT = ("raw", "log", "logit")
INDEPENDENT = ("arcsine", "double_arcsine")


def studies(k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = rng.integers(8, 90, k)
    return rng.binomial(n, 0.7), n


@pytest.mark.parametrize("k", [10, 13, 40])
@pytest.mark.parametrize("scale", DEPENDENT)
def test_dependent_scales_are_said(scale: str, k: int) -> None:
    sizes = effect_sizes(*studies(k, 1), scale=scale)
    rank = rank_test(sizes.yi, sizes.vi, scale=scale)
    filled = trim_and_fill(sizes.yi, sizes.vi, Recipe(scale=scale, method="DL"), side="left")
    for found in (rank, filled):
        assert len(found.cautions) == 1
        assert f"on the {scale} scale the sampling variance is a function" in found.note
    assert "correlated where nothing is missing" in rank.note
    assert "imputed where none are missing" in filled.note


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("k", [10, 11, 25])
@pytest.mark.parametrize("scale", INDEPENDENT)
def test_silence_on_the_arcsine_scales(scale: str, k: int, seed: int) -> None:
    x, n = studies(k, seed)
    sizes = effect_sizes(x, n, scale=scale)
    recipe = Recipe(scale=scale)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for side in ("left", "right"):
            for estimator in ("L0", "R0"):
                filled = trim_and_fill(sizes.yi, sizes.vi, recipe, side=side, estimator=estimator)
                assert (filled.cautions, filled.note) == ((), "")
        rank = rank_test(sizes.yi, sizes.vi, scale=scale)
        assert (rank.scale, rank.cautions, rank.note) == (scale, (), "")
        test = regression_test(sizes.yi, sizes.vi, n, scale=scale)
        assert (test.cautions, test.note) == ((), "")


def test_unsaid_scale_is_asked_for() -> None:
    sizes = effect_sizes(*studies(12, 2), scale="arcsine")
    found = rank_test(sizes.yi, sizes.vi)
    assert found.scale is None
    assert len(found.cautions) == 1
    assert "pass scale= to say which scale the effects are on" in found.note
    with pytest.raises(ValueError, match="scale must be one of 'raw', 'log'"):
        rank_test(sizes.yi, sizes.vi, scale="PLO")


@pytest.mark.parametrize("k", range(3, 12))
def test_few_studies_are_said(k: int) -> None:
    sizes = effect_sizes(*studies(k, 3), scale="arcsine")
    rank = rank_test(sizes.yi, sizes.vi, scale="arcsine")
    filled = trim_and_fill(sizes.yi, sizes.vi, Recipe(scale="arcsine"), side="left")
    for found in (rank, filled):
        assert (f"only {k} studies" in found.note) == (k < 10)
    assert ("no p-value can be smaller than" in rank.note) == (k < 5)


@pytest.mark.parametrize(("k", "smallest"), [(3, "0.33"), (4, "0.083")])
def test_smallest_possible_p_value(k: int, smallest: str) -> None:
    """Over all orders of k effects, by enumeration, no p-value is smaller than the one named."""
    v = np.linspace(0.1, 0.2, k)
    found = [
        rank_test(np.array(order) / 10, v, scale="arcsine")
        for order in itertools.permutations(range(k))
    ]
    assert f"{min(test.pvalue for test in found):.2g}" == smallest
    assert all(
        f"with {k} studies no p-value can be smaller than {smallest}" in t.note for t in found
    )


def test_cautions_of_scale_and_number_stand_together() -> None:
    rank = rank_test([0.4, 0.6, 0.9], [0.02, 0.05, 0.09], scale="logit")
    assert len(rank.cautions) == 2
    assert rank.to_dict()["cautions"] == list(rank.cautions)
    filled = trim_and_fill([0.2, 0.5, 1.4], [0.01, 0.05, 0.2], Recipe(scale="raw"), side="left")
    assert len(filled.cautions) == 2
    assert filled.note == "; ".join(filled.cautions)


def test_both_methods_do_err_without_bias_where_the_caution_says_so() -> None:
    """Unbiased studies near 90 %: the rank test rejects on logits, not on the arcsine scale."""
    rng = np.random.default_rng(20250102)
    rejected = {"logit": 0, "arcsine": 0}
    runs = 150
    for _ in range(runs):
        n = rng.integers(10, 60, 25)
        x = rng.binomial(n, 0.9)
        for scale in rejected:
            sizes = effect_sizes(x, n, scale=scale)
            rejected[scale] += rank_test(sizes.yi, sizes.vi, scale=scale).pvalue < 0.05
    assert rejected["logit"] > 0.5 * runs
    assert rejected["arcsine"] < 0.15 * runs


def _plain(y: np.ndarray, v: np.ndarray) -> tuple[int, float]:
    """Score and τ-b by looking at every pair; values must not be near ties."""
    mean = np.average(y, weights=1 / v)
    z = (y - mean) / np.sqrt(v - 1 / np.sum(1 / v))
    score, effects, variances = 0, 0, 0
    for i, j in itertools.combinations(range(y.size), 2):
        a, b = (np.sign(round(d[i] - d[j], 9)) for d in (z, v))
        score, effects, variances = score + a * b, effects + abs(a), variances + abs(b)
    return int(score), score / np.sqrt(effects * variances) if effects * variances else 0.0


@settings(max_examples=80, deadline=None)
@given(
    values=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), min_size=3, max_size=25),
    tied=st.booleans(),
)
def test_statistics_equal_counting_every_pair(values: list, tied: bool) -> None:
    y, v = np.array(values, dtype=float).T
    if not tied:
        y, v = y + np.sqrt(np.arange(y.size) + 2), v + np.arange(v.size) ** 1.5 / 7
    ours, (score, tau) = rank_test(y, v, scale="arcsine"), _plain(y, v)
    assert ours.score == score
    assert ours.tau == pytest.approx(tau, abs=1e-12)


def test_five_thousand_studies_in_little_memory() -> None:
    """Square arrays of this many studies would hold 200 MB each."""
    import tracemalloc

    rng = np.random.default_rng(4)
    y, v = rng.normal(size=5000), rng.uniform(0.1, 1, 5000)
    tracemalloc.start()
    ours = rank_test(y, v, scale="arcsine")
    tied = rank_test(y, np.round(v, 2), scale="arcsine")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6
    assert not ours.ties
    assert tied.ties
    z = (y - np.average(y, weights=1 / v)) / np.sqrt(v - 1 / np.sum(1 / v))
    score = sum(
        int(np.sign(z[i] - z[i + 1 :]) @ np.sign(v[i] - v[i + 1 :])) for i in range(z.size - 1)
    )
    assert ours.score == score
    assert ours.tau == pytest.approx(score / (5000 * 4999 / 2), rel=1e-12)


def test_normal_distribution_takes_over_near_the_exact_one() -> None:
    rng = np.random.default_rng(5)
    y, v = rng.normal(size=501), rng.uniform(0.1, 1, 501)
    large, small = rank_test(y, v, scale="arcsine"), rank_test(y[:500], v[:500], scale="arcsine")
    assert (small.exact, large.exact) == (True, False)
    for found, n in ((small, 500), (large, 501)):
        order = np.random.default_rng(6).permutation(n)
        assert rank_test(y[order], v[order], scale="arcsine") == found
    z = (y - np.average(y, weights=1 / v)) / np.sqrt(v - 1 / np.sum(1 / v))
    assert large.pvalue == pytest.approx(kendalltau(z, v, method="exact").pvalue, rel=2e-3)
