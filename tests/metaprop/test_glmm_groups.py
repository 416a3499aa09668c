"""Separation, predictions and the test of groups in the mixed model."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.special import expit

from metaprop import glmm_group_test, glmm_regression, pool_glmm
from metaprop.separation import separating_direction


@pytest.mark.parametrize(
    ("x", "n", "moderator", "kind"),
    [
        ([0, 0, 0, 5, 6, 7], [10, 12, 11, 10, 12, 11], [0, 0, 0, 1, 1, 1], "quasi-complete"),
        ([0, 0, 9, 8], [10, 12, 9, 8], [1, 2, 3, 4], "complete"),
        ([0, 0, 4, 9, 8], [10, 12, 9, 9, 8], [1, 2, 3, 4, 5], "quasi-complete"),
        ([8, 9, 3, 4], [8, 9, 10, 9], [1, 1, 0, 0], "quasi-complete"),
        ([3, 4, 5, 0], [9, 8, 9, 7], [[1, 0], [2, 0], [4, 0], [3, 1]], "quasi-complete"),
        ([19, 8], [32, 8], [0, 1], "quasi-complete"),
    ],
)
def test_separation_is_refused_by_name(x: list, n: list, moderator: list, kind: str) -> None:
    with pytest.raises(ValueError, match=rf"the moderator separates .*\({kind} separation"):
        glmm_regression(x, n, moderator)


def test_the_separating_moderator_is_named() -> None:
    moderators = [[1, 0], [2, 0], [4, 0], [3, 1], [5, 1]]
    with pytest.raises(ValueError, match="along drug"):
        glmm_regression([3, 4, 5, 0, 0], [9, 8, 9, 7, 8], moderators, names=["age", "drug"])


def test_no_set_is_refused_without_separation_nor_let_through_with_it() -> None:
    """Against every direction of a fine circle, for two coefficients."""
    rng = np.random.default_rng(2)
    circle = [np.array([math.cos(a), math.sin(a)]) for a in np.linspace(0, 2 * math.pi, 7201)]
    found = {True: 0, False: 0}
    for _ in range(120):
        k = int(rng.integers(3, 8))
        n = rng.integers(2, 6, k).astype(float)
        x = rng.binomial(n.astype(int), rng.choice([0.02, 0.5, 0.98], k)).astype(float)
        design = np.column_stack([np.ones(k), rng.integers(-2, 3, k)])
        if np.linalg.matrix_rank(design) < 2:
            continue
        sign = np.where(x == 0, -1.0, np.where(x == n, 1.0, 0.0))
        lines = [np.array([-row[1], row[0]]) for row in design]  # directions that a study forbids
        candidates = circle + [s * line for line in lines for s in (1, -1)]
        brute = any(
            (sign * (design @ g) >= -1e-9).all()
            and (np.abs((design @ g)[sign == 0]) < 1e-9).all()
            and np.abs(design @ g).max() > 1e-9
            for g in candidates
        )
        assert (separating_direction(x, n, design) is not None) == brute
        found[brute] += 1
    assert min(found.values()) > 20


def test_predictions_follow_the_line_and_its_covariance() -> None:
    x, n, z = [8, 12, 5, 9, 14], [10, 20, 9, 30, 40], np.array([50, 58, 61, 70, 66])
    fit = glmm_regression(x, n, z)
    at = fit.predict([55, 64])
    working = fit.beta[0] + fit.beta[1] * np.array([55, 64])
    assert at.estimate == pytest.approx(expit(working))
    # The intercept of a regression on z − 64 is the prediction at 64, standard error included.
    moved = glmm_regression(x, n, z - 64)
    assert at.working[1] == pytest.approx(moved.beta[0], abs=1e-6)
    assert at.se[1] == pytest.approx(moved.se[0], rel=1e-5)
    assert at.low[1] == pytest.approx(expit(moved.low[0]), abs=1e-6)
    assert (at.prediction_low <= at.low).all()
    with pytest.raises(ValueError, match="at must have one column for each moderator"):
        fit.predict([[1, 2, 3]])
    with pytest.raises(ValueError, match="at index 0 is nan"):
        fit.predict([math.nan])


def test_groups_alike_have_nothing_between_them() -> None:
    found = glmm_group_test([3, 5, 3, 5], [10, 12, 10, 12], list("abab"))
    assert glmm_group_test([3, 5, 3, 5], [10, 12, 10, 12], list("aabb")).statistic == (
        pytest.approx(0.0, abs=1e-8)
    )
    assert found.df == 1
    assert 0 <= found.pvalue <= 1


def test_statistic_of_groups_is_that_of_dummies() -> None:
    x, n, g = [8, 12, 5, 9, 3, 7], [10, 20, 9, 30, 11, 15], list("aabbcc")
    found = glmm_group_test(x, n, g)
    dummies = [[one == "b", one == "c"] for one in g]
    full, null = glmm_regression(x, n, np.array(dummies, float)), pool_glmm(x, n)
    assert found.statistic == pytest.approx(2 * (full.loglik - null.loglik), abs=1e-7)
    assert (found.df, found.note) == (2, "")
    assert found.tau2 == pytest.approx(full.tau2, abs=1e-6)
    for order in itertools.permutations(range(6), 6):
        if order[0] == 5:
            moved = glmm_group_test(*(np.array(v)[list(order)] for v in (x, n, g)))
            assert moved.statistic == pytest.approx(found.statistic, abs=1e-6)
            break


@pytest.mark.parametrize("flip", [False, True])
def test_empty_groups_are_the_limit_of_nearly_empty_ones(flip: bool) -> None:
    """One event in ever larger studies: the statistic less what that event costs by itself."""
    x, n = np.array([0, 0, 9, 12, 3]), np.array([25, 18, 31, 40, 22])
    x = n - x if flip else x
    found = glmm_group_test(x, n, list("aabbb"))
    others = pool_glmm(x[2:], n[2:]).loglik
    assert found.statistic == pytest.approx(2 * (others - pool_glmm(x, n).loglik), abs=1e-7)
    assert "group 'a' is at " + ("100%" if flip else "0%") in found.note


def test_all_groups_at_a_limit() -> None:
    found = glmm_group_test([0, 0, 9, 7], [8, 5, 9, 7], list("aabb"))
    # Without groups τ grows without end, and each study is at either end with probability 1/2.
    assert found.loglik == 0.0
    assert found.loglik_null == pytest.approx(4 * math.log(0.5))
    assert glmm_group_test([0, 0], [5, 6], list("ab")).statistic == 0.0
    with pytest.raises(ValueError, match="at least 2 groups, got only 'a'"):
        glmm_group_test([1, 2], [5, 6], list("aa"))
