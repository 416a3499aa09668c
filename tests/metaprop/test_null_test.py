"""Test of a pooled value against a null value."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from metaprop import Recipe, against_null, null_test, pool, pool_effects, pool_glmm

X, N = [8, 12, 5, 9, 20], [10, 20, 9, 30, 45]
SCALES = ("raw", "log", "logit", "arcsine", "double_arcsine")


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("ci", ["wald", "t", "hartung-knapp", "hartung-knapp-adhoc"])
def test_the_test_agrees_with_the_interval(scale: str, ci: str) -> None:
    """The limits of the 95 % interval are the null values with p = 0.05."""
    recipe = Recipe(scale=scale, ci=ci)
    fit = pool(X, N, recipe)
    for limit in (fit.proportion.low, fit.proportion.high):
        assert against_null(fit, limit).pvalue == pytest.approx(0.05, abs=1e-9)
    middle = null_test(X, N, recipe, null=fit.proportion.estimate)
    assert middle.statistic == pytest.approx(0.0, abs=1e-9)
    assert middle.pvalue == pytest.approx(1.0, abs=1e-9)


def test_one_study_against_the_score_by_hand() -> None:
    """Logit of 12/20 against 1/2, by hand: log(12/8) over √(1/12 + 1/8)."""
    test = null_test([12], [20], Recipe(scale="logit"), null=0.5)
    z = np.log(1.5) / np.sqrt(1 / 12 + 1 / 8)
    assert test.statistic == pytest.approx(z, rel=1e-14)
    assert test.pvalue == pytest.approx(2 * NormalDist().cdf(-z), rel=1e-12)
    assert (test.df, test.null, test.null_working) == (None, 0.5, 0.0)


def test_degrees_of_freedom_and_the_mixed_model() -> None:
    test = null_test(X, N, Recipe(method="GLMM", ci="t"), null=0.4)
    fit = pool_glmm(X, N)
    t = (fit.working.estimate - np.log(0.4 / 0.6)) / fit.se
    assert test.df == 4
    assert test.pvalue == pytest.approx(2 * stats.t.sf(abs(t), 4), rel=1e-9)
    assert against_null(fit, 0.4).df is None
    assert null_test([12], [20], Recipe(scale="logit", ci="t"), null=0.4).df is None


def test_effects_against_a_null_effect() -> None:
    fit = pool_effects([0.4, 0.8], [0.04, 0.04], Recipe(scale="identity", method="FE"))
    test = against_null(fit, 0.2)
    assert test.statistic == pytest.approx(0.4 / np.sqrt(0.02), rel=1e-13)
    assert against_null(fit, -3.0).null_working == -3.0


def test_freeman_tukey_uses_one_study_size_for_value_and_null() -> None:
    for n in ("harmonic", "arithmetic", 100, "inverse-variance"):
        fit = pool(X, N, Recipe(double_arcsine_n=n))
        assert against_null(fit, fit.proportion.estimate).statistic == pytest.approx(0, abs=1e-9)


def test_the_caution_of_the_pool_stands_on_the_test() -> None:
    test = null_test(X[:2], N[:2], Recipe(scale="logit"), null=0.4)
    assert "only 2 studies" in test.note
    assert "only 2 studies" in test.summary()


@pytest.mark.parametrize(
    ("recipe", "null", "message"),
    [
        (Recipe(scale="logit"), 1.2, "null must be a proportion between 0 and 1, got 1.2"),
        (Recipe(scale="logit"), -0.1, "null must be a proportion"),
        (Recipe(scale="logit"), 0.0, "no finite value on the logit scale"),
        (Recipe(scale="log"), 0, "no finite value on the log scale"),
        (Recipe(scale="logit"), "0.5", "null must be a finite number"),
        (Recipe(scale="logit"), float("nan"), "null must be a finite number"),
    ],
)
def test_null_values_without_a_place_are_refused(recipe: Recipe, null: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        null_test(X, N, recipe, null=null)


def test_no_standard_error_no_test() -> None:
    with pytest.raises(ValueError, match="standard error of inf"):
        null_test([0, 0], [5, 6], Recipe(method="GLMM"), null=0.4)
    equal = Recipe(scale="identity", ci="hartung-knapp")
    flat = pool_effects([0.5, 0.5], [0.1, 0.1], equal)
    with pytest.raises(ValueError, match="standard error of 0"):
        against_null(flat, 0.4)
    fit = pool_effects([0.4, 0.8], [0.04, 0.04], Recipe())
    with pytest.raises(ValueError, match="without study sizes"):
        against_null(fit, 0.4)
