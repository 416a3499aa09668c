"""Q, I², H², prediction intervals and the intervals of τ² and I²."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from metaprop import (
    Recipe,
    blup,
    cochran_q,
    effect_sizes,
    i2_interval,
    pool,
    pool_effects,
    proportion_interval,
    tau2_interval,
    wald_prediction_interval,
)
from metaprop.intervals import normal_quantile

effects = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.001, 2)), min_size=2, max_size=10)


def generalised_q(y: np.ndarray, v: np.ndarray, tau2: float) -> float:
    w = 1 / (v + tau2)
    return float(np.sum(w * (y - np.average(y, weights=w)) ** 2))


@given(effects, st.sampled_from((0.8, 0.95, 0.99)))
@settings(max_examples=80, deadline=None)
def test_q_profile_limits_solve_their_equation(found: list, level: float) -> None:
    y, v = (np.array(column) for column in zip(*found, strict=True))
    ours, df = tau2_interval(y, v, level=level), y.size - 1
    for limit, probability in ((ours.low, (1 + level) / 2), (ours.high, (1 - level) / 2)):
        q = generalised_q(y, v, limit)
        quantile = chi2.ppf(probability, df)
        if limit > 0:
            assert q == pytest.approx(quantile, rel=1e-8)
        else:
            assert q <= quantile * (1 + 1e-9)
    assert 0 <= ours.low <= ours.high


def test_q_profile_is_not_capped_where_metafor_stops_at_100(r_reference: dict) -> None:
    data = r_reference["datasets"][7]["data"]
    sizes = effect_sizes(data["events"], data["n"], scale="logit")
    y, v = sizes.yi, sizes.vi
    ours = tau2_interval(y, v)
    assert ours.high > 100
    assert round(ours.high, 1) == 145.5
    assert generalised_q(y, v, ours.high) == pytest.approx(chi2.ppf(0.025, 2), rel=1e-9)


@pytest.mark.parametrize("estimator", ["REML", "ML"])
def test_profile_likelihood_contains_its_maximum(estimator: str, events: Any, totals: Any) -> None:
    sizes = effect_sizes(events, totals, scale="double_arcsine")
    ours = tau2_interval(sizes.yi, sizes.vi, method="profile-likelihood", estimator=estimator)
    narrow = tau2_interval(
        sizes.yi, sizes.vi, method="profile-likelihood", estimator=estimator, level=0.5
    )
    assert ours.low < narrow.low < ours.estimate < narrow.high < ours.high


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tau2_interval([0.1], [0.1]), "at least 2 studies"),
        (lambda: tau2_interval([0.1, 1], [0.1, 0.1], method="wald"), "method must be one of"),
        (
            lambda: tau2_interval([0, 1], [0.1, 0.1], method="profile-likelihood", estimator="DL"),
            "needs estimator 'REML' or 'ML'; got 'DL'",
        ),
        (lambda: i2_interval(3.0, 1), "k must be a whole number of at least 2, got 1"),
        (lambda: i2_interval(-1.0, 5), "q must be a finite number of at least 0"),
        (lambda: i2_interval(float("nan"), 5), "q must be a finite number"),
    ],
)
def test_refuses(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@given(st.floats(0, 500), st.integers(2, 60))
def test_i2_interval_is_ordered_and_in_range(q: float, k: int) -> None:
    ours = i2_interval(q, k)
    assert 0 <= ours.low <= ours.high <= 1
    assert ours.low <= ours.estimate <= ours.high
    assert ours.estimate == pytest.approx(max(0, 1 - (k - 1) / q) if q > 0 else 0)


def test_i2_interval_higgins_thompson_2002_by_hand() -> None:
    """Q = 17.0573 and k = 13 give the article's 29.65 %; the interval on ln H by hand."""
    q, k = 17.0573, 13
    se = 0.5 * (math.log(q) - math.log(12)) / (math.sqrt(2 * q) - math.sqrt(2 * 13 - 3))
    h = [math.sqrt(q / 12) * math.exp(side * 1.959963984540054 * se) for side in (-1, 1)]
    ours = i2_interval(q, k)
    assert round(100 * ours.estimate, 2) == 29.65
    assert ours.low == max(0.0, 1 - 1 / max(1, h[0]) ** 2)
    assert ours.high == pytest.approx(1 - 1 / h[1] ** 2, rel=1e-12)


def test_two_definitions_of_i2_differ_unless_dersimonian_laird(events: Any, totals: Any) -> None:
    reml = pool(events, totals, Recipe(method="REML"))
    dl = pool(events, totals, Recipe(method="DL"))
    assert dl.i2_tau2 == pytest.approx(dl.i2_q, abs=1e-12)
    assert abs(reml.i2_tau2 - reml.i2_q) > 0.01
    assert reml.i2 == reml.i2_tau2
    assert pool(events, totals, Recipe(method="REML", i2="q")).i2 == reml.i2_q


def test_cochran_q_by_hand() -> None:
    q, df, p = cochran_q([0.0, 1.0], [0.5, 0.5])
    assert (q, df) == (1.0, 1)  # two effects one apart, variance of the difference 1
    assert p == pytest.approx(chi2.sf(1, 1), rel=1e-12)


def test_prediction_intervals_by_hand() -> None:
    # sqrt(0.16 + 0.09) = 0.5; quantiles from printed tables
    for option, k, quantile in (
        ("z", 10, 1.959964),
        ("t-k-1", 10, 2.262157),
        ("t-k-2", 10, 2.306004),
    ):
        ours = wald_prediction_interval(1.0, 0.3, 0.16, k, prediction=option)
        assert ours is not None
        assert ours.high == pytest.approx(1 + 0.5 * quantile, abs=1e-6)
        assert ours.low == pytest.approx(1 - 0.5 * quantile, abs=1e-6)
    simple = wald_prediction_interval(1.0, 0.3, 0.16, 10, prediction="simple")
    assert simple is not None
    assert simple.high == pytest.approx(1 + 0.4 * 1.959964, abs=1e-6)
    assert wald_prediction_interval(1.0, 0.3, 0.16, 2, prediction="t-k-2") is None


def test_prediction_standard_error_differs_under_hartung_knapp_only(
    events: Any, totals: Any
) -> None:
    def width(ci: str, which: str) -> float:
        recipe = Recipe(ci=ci, prediction="t-k-1", prediction_se=which)
        return pool(events, totals, recipe).prediction_working.width  # type: ignore[union-attr]

    assert width("wald", "classic") == width("wald", "interval")
    assert width("hartung-knapp", "classic") == width("wald", "classic")
    assert width("hartung-knapp", "interval") != width("hartung-knapp", "classic")


def test_blup_without_heterogeneity_is_the_pooled_effect() -> None:
    y, v = [0.1, 0.12, 0.09], [0.2, 0.3, 0.1]
    assert blup(y, v, Recipe(method="DL")).estimates == pytest.approx(
        [pool_effects(y, v, Recipe(method="FE")).working.estimate] * 3
    )


@given(effects)
@settings(max_examples=50, deadline=None)
def test_blup_lies_between_the_study_and_the_pooled_effect(found: list) -> None:
    y, v = (np.array(column) for column in zip(*found, strict=True))
    ours, mu = blup(y, v), pool_effects(y, v).working.estimate
    slack = 1e-9
    assert (ours.estimates >= np.minimum(y, mu) - slack).all()
    assert (ours.estimates <= np.maximum(y, mu) + slack).all()


@pytest.mark.parametrize(
    "method", ["wilson", "clopper-pearson", "agresti-coull", "jeffreys", "wald"]
)
def test_study_intervals_stay_in_range(method: str) -> None:
    n = np.array([1, 1, 8, 8, 8, 1000, 1000, 1_000_000])
    x = np.array([0, 1, 0, 3, 8, 0, 1000, 500_000])
    low, high = proportion_interval(x, n, method=method)
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert (low <= x / n + 1e-12).all()
    assert (high >= x / n - 1e-12).all()


def test_clopper_pearson_at_zero_by_hand() -> None:
    low, high = proportion_interval([0], [10], method="clopper-pearson")
    assert low[0] == 0.0
    assert high[0] == pytest.approx(1 - 0.025 ** (1 / 10), rel=1e-12)


def test_wilson_by_hand() -> None:
    x, n, z = 3, 10, normal_quantile(0.95)
    centre = (x + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(x * (n - x) / n + z * z / 4)
    low, high = proportion_interval([x], [n])
    assert (low[0], high[0]) == pytest.approx((centre - half, centre + half), rel=1e-12)
