"""Permutation tests of meta-regressions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from metaprop import Recipe, meta_regression, permutation_test

Y = np.array([0.2, 0.9, 0.4, 1.3, 0.8, 1.1])
V = np.array([0.05, 0.2, 0.1, 0.3, 0.15, 0.08])
X = np.column_stack((np.ones(6), [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]))


def test_counts_every_arrangement_once() -> None:
    """All 720 permutations, done naively, give the p-values of the 20 distinct ones."""
    recipe = Recipe(method="DL")
    ours = permutation_test(Y, V, X, recipe)
    observed = meta_regression(Y, V, X, recipe)
    z = np.abs(observed.beta / observed.se) - 1e-8
    naive = np.mean(
        [
            np.abs(fit.beta / fit.se) >= z
            for fit in (
                meta_regression(Y, V, X[list(order)], recipe)
                for order in itertools.permutations(range(6))
            )
        ],
        axis=0,
    )
    assert (ours.exact, ours.permutations, ours.seed) == (True, 20, None)
    np.testing.assert_allclose(ours.pvalues, naive)
    # One moderator: the omnibus test is the test of its coefficient.
    assert ours.qm_pvalue == ours.pvalues[1]


def test_sign_flips_of_an_intercept() -> None:
    """All effects positive and alike: only all signs kept or all turned are as extreme."""
    ours = permutation_test(np.full(6, 1.0), V, np.ones((6, 1)), Recipe(method="FE"))
    assert (ours.permutations, ours.pvalues[0]) == (64, 2 / 64)
    assert ours.qm_pvalue == ours.pvalues[0]


def test_random_permutations_are_seeded_and_near_the_exact_test() -> None:
    rng = np.random.default_rng(3)
    y, v = rng.normal(size=12), rng.uniform(0.1, 0.5, 12)
    x = np.column_stack((np.ones(12), np.repeat([0.0, 1.0], 6)))
    exact = permutation_test(y, v, x, Recipe(method="DL"), exact=True)
    assert exact.permutations == 924
    one = permutation_test(y, v, x, Recipe(method="DL"), iterations=600, seed=1)
    same = permutation_test(y, v, x, Recipe(method="DL"), iterations=600, seed=1)
    assert (one.exact, one.permutations, one.seed) == (False, 600, 1)
    np.testing.assert_array_equal(one.pvalues, same.pvalues)
    # Four standard errors of a share of 600.
    assert one.qm_pvalue == pytest.approx(exact.qm_pvalue, abs=4 * 0.5 / 600**0.5)
    assert one.pvalues.min() >= 1 / 600


def test_broken_input_is_named() -> None:
    with pytest.raises(ValueError, match="iterations must be a whole number of at least 2"):
        permutation_test(Y, V, X, iterations=1)
    rng = np.random.default_rng(1)
    wide = np.column_stack((np.ones(12), rng.normal(size=12)))
    with pytest.raises(ValueError, match="exact test would need 479001600 permutations"):
        permutation_test(rng.normal(size=12), np.ones(12), wide, exact=True)
    with pytest.raises(ValueError, match="design must have one row for each of 6 studies"):
        permutation_test(Y, V, X[:5])


@pytest.mark.parametrize("method", ["FE", "DL", "PM", "REML", "ML", "SJ"])
@pytest.mark.parametrize("ci", ["wald", "hartung-knapp", "hartung-knapp-adhoc"])
def test_permutations_are_fits_of_the_permuted_design(method: str, ci: str) -> None:
    """The random permutations, drawn again and fitted one by one in full."""
    rng = np.random.default_rng(8)
    y, v = rng.normal(size=9), rng.uniform(0.05, 0.4, 9)
    design = np.column_stack((np.ones(9), rng.normal(size=9) + 2000, np.arange(9) % 3))
    recipe = Recipe(method=method, ci=ci)
    ours = permutation_test(y, v, design, recipe, iterations=40, seed=5)
    rows, labels = np.unique(design, axis=0, return_inverse=True)
    draws = np.random.default_rng(5)
    orders = [labels, *(draws.permutation(labels) for _ in range(39))]
    fits = [meta_regression(y, v, rows[order.ravel()], recipe) for order in orders]
    statistics = np.array([fit.beta / fit.se for fit in fits])
    np.testing.assert_allclose(ours.statistic, statistics[0], rtol=1e-6)
    extreme = np.abs(statistics) >= np.abs(statistics[0]) - 1e-8
    np.testing.assert_array_equal(ours.pvalues, extreme.mean(axis=0))
    qm = np.array([fit.qm for fit in fits])
    assert ours.qm == pytest.approx(qm[0], rel=1e-6)
    assert ours.qm_pvalue == np.mean(qm >= qm[0] - 1e-8)


@pytest.mark.parametrize(
    ("k", "columns", "words"),
    [
        (16, 2, "about 10^13 permutations"),  # 16! = 2.1e13
        (200, 2, "about 10^375 permutations"),  # 200! = 7.9e374
        (2000, 2, "about 10^5736 permutations"),  # 2000! = 3.3e5735
        (20, 1, "1048576 permutations"),
        (4000, 1, "about 10^1204 permutations"),  # 2^4000 = 1.3e1204
    ],
)
def test_hopeless_exact_tests_are_refused_in_words(k: int, columns: int, words: str) -> None:
    design = np.column_stack((np.ones(k), np.arange(k) / 7))[:, :columns]
    with pytest.raises(ValueError, match="exact test would need") as caught:
        permutation_test(np.linspace(0, 1, k), np.full(k, 0.1), design, exact=True)
    assert str(caught.value) == f"an exact test would need {words}; the limit is 100000"


def test_random_test_of_many_studies_counts_no_permutations() -> None:
    rng = np.random.default_rng(2)
    design = np.column_stack((np.ones(3000), rng.normal(size=3000)))
    ours = permutation_test(
        rng.normal(size=3000), np.full(3000, 0.1), design, Recipe(method="DL"), iterations=5
    )
    assert (ours.exact, ours.permutations) == (False, 5)
