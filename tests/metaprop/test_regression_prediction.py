"""Intercepts, names and predictions of meta-regressions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaprop import (
    Recipe,
    back_transform,
    between_study_variance,
    glmm_regression,
    meta_regression,
    permutation_test,
    pool_effects,
    tau2_interval,
)

Y = np.array([0.2, 0.9, 0.4, 1.3, 0.8, 1.1, 0.3])
V = np.array([0.05, 0.2, 0.1, 0.3, 0.15, 0.08, 0.12])
AGE = np.array([50.0, 61.0, 55.0, 70.0, 58.0, 66.0, 49.0])
WITH_ONES = np.column_stack((np.ones(7), AGE))
GROUPS = np.array([[1, 0]] * 3 + [[0, 1]] * 4, dtype=float)
SCALES = ("raw", "log", "logit", "arcsine")


def test_an_intercept_is_added_and_said() -> None:
    ours, full = meta_regression(Y, V, AGE), meta_regression(Y, V, WITH_ONES)
    assert ours.names == ("intercept", "x1")
    np.testing.assert_array_equal(ours.beta, full.beta)
    np.testing.assert_array_equal(ours.design, WITH_ONES)
    assert ours.note == (
        "an intercept was added, as no combination of the columns of design is constant; "
        "intercept=False fits a regression through the origin"
    )
    assert full.note == ""
    assert full.names == ("x0", "x1")


@pytest.mark.parametrize(
    "design",
    [WITH_ONES, GROUPS, np.ones(7), np.full((7, 1), 3.0), np.column_stack((GROUPS, AGE))],
    ids=["ones", "groups", "ones alone", "threes", "groups and age"],
)
@pytest.mark.parametrize("intercept", [None, True, False])
def test_nothing_is_added_where_the_columns_hold_an_intercept(
    design: np.ndarray, intercept: bool | None
) -> None:
    ours = meta_regression(Y, V, design, intercept=intercept)
    assert ours.design.shape[1] == np.atleast_2d(design.T).shape[0]
    assert ours.note == ""


def test_through_the_origin_only_when_asked() -> None:
    """The slope through the origin, by the formula Σ w x y / Σ w x² at the τ² found."""
    recipe = Recipe(method="PM")
    ours = meta_regression(Y, V, AGE, recipe, intercept=False)
    w = 1 / (V + ours.tau2)
    assert (ours.names, ours.note) == (("x0",), "")
    assert ours.beta[0] == pytest.approx(w @ (AGE * Y) / (w @ AGE**2), rel=1e-12)
    # Paule and Mandel: the generalised Q equals its degrees of freedom.
    assert w @ (Y - AGE * ours.beta[0]) ** 2 == pytest.approx(6.0, rel=1e-9)
    assert meta_regression(Y, V, AGE, intercept=True).note == ""


def test_equal_effects_vary_about_a_line_through_the_origin() -> None:
    ours = meta_regression(np.ones(7), V / 1000, AGE, Recipe(method="PM"), intercept=False)
    w = 1 / (V / 1000 + ours.tau2)
    assert ours.tau2 > 0
    assert w @ (1 - AGE * ours.beta[0]) ** 2 == pytest.approx(6.0, rel=1e-9)


def test_every_function_with_a_design_treats_the_intercept_alike() -> None:
    for intercept in (None, False):
        ours = meta_regression(Y, V, AGE, intercept=intercept)
        tau2 = between_study_variance(Y, V, design=AGE, intercept=intercept)
        assert tau2 == pytest.approx(ours.tau2, rel=1e-9)
        assert tau2_interval(Y, V, design=AGE, intercept=intercept).estimate == tau2
        test = permutation_test(Y, V, AGE, iterations=5, intercept=intercept)
        assert (test.names, test.note) == (ours.names, ours.note)
        np.testing.assert_allclose(test.statistic, ours.beta / ours.se, rtol=1e-12)


@pytest.mark.parametrize(
    ("design", "options", "names"),
    [
        (pd.DataFrame({"intercept": np.ones(7), "age": AGE}), {}, ("intercept", "age")),
        (pd.DataFrame({"age": AGE}), {}, ("intercept", "age")),
        (pd.DataFrame({"age": AGE, "late": GROUPS[:, 0]}), {}, ("intercept", "age", "late")),
        (pd.DataFrame({"age": AGE}), {"intercept": False}, ("age",)),
        (pd.DataFrame({"age": AGE}), {"names": ["years"]}, ("intercept", "years")),
        (pd.DataFrame({2019: AGE}), {}, ("intercept", "2019")),
        (pd.Series(AGE, name="age"), {}, ("intercept", "age")),
        (pd.Series(AGE), {}, ("intercept", "x1")),
        (AGE.tolist(), {"names": ["age"]}, ("intercept", "age")),
    ],
)
def test_names_come_from_the_columns(design: Any, options: Any, names: tuple) -> None:
    assert meta_regression(Y, V, design, **options).names == names
    assert permutation_test(Y, V, design, iterations=3, **options).names == names


@pytest.mark.parametrize(
    ("design", "options", "message"),
    [
        (AGE, {"intercept": 1}, "intercept must be True, False or None, got 1"),
        (AGE[:5], {}, "one row for each of 7 studies, got shape"),
        (np.empty((7, 0)), {}, "design has no columns"),
        (np.column_stack((AGE, 2 * AGE)), {}, "collinear"),
        (np.arange(56.0).reshape(7, 8) ** 2, {}, "7 studies leave no residual degree of freedom"),
        (WITH_ONES, {"names": ["age"]}, "names must be 2 names"),
        (["a"] * 7, {}, "design of the study at index 0 is 'a': a number is needed"),
    ],
)
def test_broken_designs_are_named(design: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        meta_regression(Y, V, design, **options)


def test_bare_moderator_needs_a_degree_of_freedom_for_the_intercept() -> None:
    with pytest.raises(ValueError, match=r"3 studies leave no residual .* for 3 coefficients"):
        meta_regression(Y[:3], V[:3], np.array([[1, 2], [2, 5], [4, 3.0]]))


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("ci", ["wald", "t", "hartung-knapp", "hartung-knapp-adhoc"])
def test_prediction_without_moderators_is_that_of_the_pool(scale: str, ci: str) -> None:
    """Nothing but an intercept: the pooled effect, its interval and its prediction interval."""
    for prediction in ("z", "t-k-1", "t-k-2", "simple"):
        for prediction_se in ("classic", "interval"):
            recipe = Recipe(
                scale=scale, ci=ci, prediction=prediction, prediction_se=prediction_se, method="PM"
            )
            # Effects that are proportions on the scale; elsewhere the pool has no `proportion`.
            y = Y / 2.0 if scale == "raw" else Y - 1.5
            pooled = pool_effects(y, V, recipe)
            ours = meta_regression(y, V, np.ones(7), recipe).predict([[1.0]])
            for name in ("working", "proportion", "prediction", "prediction_working"):
                one = getattr(ours, name)
                assert [one.estimate[0], one.low[0], one.high[0]] == pytest.approx(
                    list(getattr(pooled, name)), rel=1e-9
                )
            assert ours.se[0] == pytest.approx(pooled.se, rel=1e-9)


def test_prediction_is_the_intercept_of_a_shifted_regression() -> None:
    """The mean at age a is the intercept of the regression on age − a; so are its limits."""
    for recipe in (Recipe(scale="logit"), Recipe(scale="logit", method="DL", ci="hartung-knapp")):
        found = meta_regression(Y, V, AGE, recipe).predict([52.0, 60.0, 68.0])
        for i, age in enumerate((52.0, 60.0, 68.0)):
            shifted = meta_regression(Y, V, AGE - age, recipe)
            ours = [found.working.estimate[i], found.working.low[i], found.working.high[i]]
            assert ours == pytest.approx([shifted.beta[0], shifted.low[0], shifted.high[0]])
            assert found.se[i] == pytest.approx(shifted.se[0])
            assert found.proportion.estimate[i] == pytest.approx(1 / (1 + np.exp(-ours[0])))
        assert found.note == ""


def test_new_values_in_every_form() -> None:
    frame = pd.DataFrame({"age": AGE, "late": GROUPS[:, 0]})
    fit = meta_regression(Y, V, frame, Recipe(scale="logit"))
    wanted = fit.predict([[1, 55, 0], [1, 60, 1]]).working.estimate
    forms = [
        [[55, 0], [60, 1]],
        np.array([[55, 0], [60, 1.0]]),
        pd.DataFrame({"late": [0, 1], "trial": ["x", "y"], "age": [55, 60]}),
        pd.DataFrame({"a": [55, 60], "b": [0, 1]}),
    ]
    for form in forms:
        np.testing.assert_array_equal(fit.predict(form).working.estimate, wanted)
    np.testing.assert_array_equal(fit.predict([60, 1]).working.estimate, wanted[1:])
    one = meta_regression(Y, V, AGE)
    assert one.predict(60).working.estimate == one.predict([[1, 60]]).working.estimate
    origin = meta_regression(Y, V, AGE, intercept=False)
    assert origin.predict([10.0]).working.estimate == pytest.approx(10 * origin.beta)


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ([[1.0, 2.0, 3.0, 4.0]], r"one column for each moderator \(age, late\), got shape"),
        ([55.0], "one column for each moderator"),
        ([[55.0, np.nan]], "column 1, is nan"),
        ([["55", 1]], "a number is needed"),
        (pd.DataFrame({"age": [55.0]}), "at lacks the column 'late'; it has age"),
        (pd.DataFrame({"age": [np.inf], "late": [1]}), "age of at at index 0 is inf"),
    ],
)
def test_broken_new_values_are_named(at: Any, message: str) -> None:
    fit = meta_regression(Y, V, pd.DataFrame({"age": AGE, "late": GROUPS[:, 0]}))
    with pytest.raises(ValueError, match=message):
        fit.predict(at)


def test_prediction_beyond_the_studies_is_said() -> None:
    fit = meta_regression(Y, V, AGE, names=["age"], intercept=True)
    assert fit.predict([49.0, 70.0]).note == ""
    assert fit.predict([30.0, 55.0, 90.0]).note == (
        "age 30, 90 lies outside the values of the studies, 49 to 70"
    )


def test_what_cannot_be_predicted_is_none() -> None:
    fixed = meta_regression(Y, V, AGE, Recipe(scale="logit", method="FE")).predict([60])
    assert (fixed.prediction, fixed.prediction_working) == (None, None)
    few = meta_regression(Y[:3], V[:3], AGE[:3], Recipe(scale="logit", prediction="t-k-2"))
    assert few.predict([52]).prediction is None
    tukey = meta_regression(Y, V, AGE, Recipe())
    assert tukey.predict([60]).proportion is None
    sizes = [10, 20, 30, 40, 50, 60, 70]
    found = tukey.predict([60], totals=sizes)
    assert found.proportion.estimate == pytest.approx(
        back_transform(found.working.estimate, scale="double_arcsine", totals=sizes)
    )
    assert found.to_dict()["prediction"]["low"][0] <= found.to_dict()["proportion"]["low"][0]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), unit=st.sampled_from([0.001, 1.0, 1000.0]))
def test_prediction_ignores_order_and_units(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(4, 15))
    y, v, x = rng.normal(size=k), rng.uniform(0.01, 1, k), rng.normal(size=k) + 3
    order = rng.permutation(k)
    recipe = Recipe(scale="logit")
    one = meta_regression(y, v, x, recipe).predict([2.0, 4.0])
    other = meta_regression(y[order], v[order], unit * x[order], recipe)
    found = other.predict([2.0 * unit, 4.0 * unit])
    for name in ("proportion", "prediction"):
        for limit in ("estimate", "low", "high"):
            np.testing.assert_allclose(
                getattr(getattr(one, name), limit), getattr(getattr(found, name), limit), atol=1e-7
            )


@pytest.mark.parametrize("estimator", ["ML", "REML"])
def test_profile_likelihood_of_the_residual_variance(estimator: str) -> None:
    """Limits fall where a likelihood written out with matrices has fallen by 1.92."""

    def loglik(tau2: float) -> float:
        inverse = np.diag(1 / (V + tau2))
        gram = WITH_ONES.T @ inverse @ WITH_ONES
        r = Y - WITH_ONES @ np.linalg.solve(gram, WITH_ONES.T @ inverse @ Y)
        total = np.log(V + tau2).sum() + r @ inverse @ r
        return -0.5 * (total + (np.linalg.slogdet(gram)[1] if estimator == "REML" else 0.0))

    ours = tau2_interval(Y, V, design=AGE, method="profile-likelihood", estimator=estimator)
    top = loglik(ours.estimate)
    assert top >= max(loglik(t) for t in np.linspace(0, 2, 400)) - 1e-12
    assert loglik(ours.high) == pytest.approx(top - 1.9207294103470620, abs=1e-8)
    assert ours.low == 0.0
    assert loglik(0.0) > top - 1.92


def test_q_profile_of_the_residual_variance_by_the_definition() -> None:
    """Q from matrices equals the χ² quantiles with k − p degrees of freedom at the limits."""
    from scipy.stats import chi2

    y = Y + np.array([2.0, -2, 2, -2, 1, 1, -1])
    ours = tau2_interval(y, V, design=AGE)
    for limit, probability in ((ours.low, 0.975), (ours.high, 0.025)):
        inverse = np.diag(1 / (V + limit))
        gram = WITH_ONES.T @ inverse @ WITH_ONES
        r = y - WITH_ONES @ np.linalg.solve(gram, WITH_ONES.T @ inverse @ y)
        assert limit > 0
        assert r @ inverse @ r == pytest.approx(chi2.ppf(probability, 5), rel=1e-9)
    assert tau2_interval(y, V, design=np.ones(7)).high == pytest.approx(tau2_interval(y, V).high)
    with pytest.raises(ValueError, match="2 studies leave no residual degree of freedom"):
        tau2_interval([0.1, 0.5], [0.1, 0.2], design=[1.0, 2.0])


def test_the_mixed_model_treats_the_intercept_alike() -> None:
    events, totals = [8, 12, 5, 9, 14, 3, 20], [10, 20, 9, 30, 22, 9, 31]
    with_ones = pd.DataFrame({"one": np.ones(7), "age": AGE})
    bare = glmm_regression(events, totals, pd.Series(AGE, name="age"))
    full = glmm_regression(events, totals, with_ones)
    assert (bare.names, full.names) == (("intercept", "age"), ("one", "age"))
    np.testing.assert_allclose(full.beta, bare.beta, rtol=1e-6)
    assert (full.qm, full.qm_df) == (pytest.approx(bare.qm, rel=1e-6), 1)
    assert glmm_regression(events, totals, AGE, intercept=True).beta == pytest.approx(bare.beta)
    # An indicator for each group: the same likelihood, coefficients that are the groups' means.
    groups = glmm_regression(events, totals, GROUPS, names=["early", "late"])
    step = glmm_regression(events, totals, GROUPS[:, 1])
    assert groups.names == ("early", "late")
    assert groups.loglik == pytest.approx(step.loglik, abs=1e-8)
    assert groups.beta == pytest.approx([step.beta[0], step.beta.sum()], abs=1e-6)
    assert groups.qm_df == 2


def test_the_mixed_model_goes_through_the_origin_only_when_asked() -> None:
    """Without variance between studies it is logistic regression through the origin."""
    totals = np.array([40, 50, 60, 70])
    x = np.array([-1.0, 0.5, 1.0, 2.0])
    events = np.round(totals / (1 + np.exp(-0.8 * x)))
    ours = glmm_regression(events, totals, x, intercept=False)
    assert (ours.names, ours.tau2) == (("x0",), 0.0)
    p = 1 / (1 + np.exp(-ours.beta[0] * x))
    assert x @ (events - totals * p) == pytest.approx(0.0, abs=1e-6)  # the score equation
    assert ours.se[0] == pytest.approx((totals * p * (1 - p) @ x**2) ** -0.5, rel=1e-6)
    with pytest.raises(ValueError, match="intercept must be True, False or None, got 'no'"):
        glmm_regression(events, totals, x, intercept="no")  # type: ignore[arg-type]
