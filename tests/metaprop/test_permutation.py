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
