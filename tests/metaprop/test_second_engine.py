"""PyMetaAnalysis, an independent Python engine, on data R has not seen."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from metaprop import Recipe, meta_regression, pool_effects, tau2_interval

engine = pytest.importorskip("meta_analyze")
CI = {"wald": "normal", "hartung-knapp": "hartung_knapp"}


def random_effects(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(4, 16))
    v = rng.uniform(0.01, 0.6, k)
    return rng.normal(0.5, np.sqrt(v + rng.choice([0.0, 0.1, 0.5]))), v


@pytest.mark.parametrize("method", ["DL", "REML", "PM"])
@pytest.mark.parametrize("seed", range(12))
def test_pooled_effect_and_q_profile(seed: int, method: str) -> None:
    y, v = random_effects(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = engine.meta_analysis(effect=y, variance=v, tau2_method=method, ci_method="normal")
        interval = theirs.tau2_confidence_interval()
    ours = pool_effects(y, v, Recipe(method=method, prediction="t-k-2"))
    assert ours.working.estimate == pytest.approx(theirs.estimate, abs=1e-8)
    assert ours.se == pytest.approx(theirs.standard_error, abs=1e-8)
    assert (ours.working.low, ours.working.high) == pytest.approx(theirs.ci, abs=1e-8)
    assert ours.tau2 == pytest.approx(theirs.tau2, abs=1e-8)
    assert ours.q == pytest.approx(theirs.q, rel=1e-10)
    predicted = ours.prediction_working
    assert predicted is not None
    assert (predicted.low, predicted.high) == pytest.approx(theirs.prediction_interval, abs=1e-8)
    limits = tau2_interval(y, v, estimator=method)
    assert limits.low == pytest.approx(interval.ci_low, abs=1e-7)
    assert limits.high == pytest.approx(interval.ci_high, abs=1e-7)


@pytest.mark.parametrize("method", ["DL", "REML", "PM"])
@pytest.mark.parametrize("seed", range(6))
def test_meta_regression(seed: int, method: str) -> None:
    y, v = random_effects(seed)
    x = np.random.default_rng(100 + seed).normal(size=y.size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = engine.meta_regression(
            effect=y, variance=v, moderators={"x": x}, tau2_method=method
        )
    ours = meta_regression(y, v, np.column_stack([np.ones(y.size), x]), Recipe(method=method))
    table = theirs.coefficients
    assert ours.tau2 == pytest.approx(theirs.tau2, abs=1e-8)
    assert ours.qm == pytest.approx(theirs.global_test.statistic, rel=1e-6)
    assert ours.beta == pytest.approx(table["estimate"].to_numpy(), abs=1e-7)
    assert ours.se == pytest.approx(table["standard_error"].to_numpy(), abs=1e-7)
    if ours.r2 is None:
        assert theirs.pseudo_r2 is None
    else:
        assert ours.r2 == pytest.approx(theirs.pseudo_r2, abs=1e-6)
