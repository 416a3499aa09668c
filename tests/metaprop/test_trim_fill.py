"""Trim and fill."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from agreement import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from metaprop import Recipe, effect_sizes, pool_effects, trim_and_fill

BCG = next(c for c in reference("reference_cases_open")["cases"] if c["id"] == "bcg_trimfill")
SCALE = {"PLO": "logit", "PR": "raw", "PAS": "arcsine", "PFT": "double_arcsine"}


def test_bcg_prints() -> None:
    """The digits of metafor's published example, four missing studies on the right."""
    y, v, printed = BCG["data"]["yi"], BCG["data"]["vi"], BCG["expected"]["EE_L0"]
    result = trim_and_fill(y, v, Recipe(method="FE"))
    assert (result.k0, result.side) == (printed["k0"], printed["side"])
    assert round(result.k0_se, 4) == printed["se_k0"]
    assert round(result.pooled.working.estimate, 4) == printed["estimate"]
    assert round(result.pooled.q, 4) == printed["Q"]
    assert round(100 * result.pooled.i2, 2) == printed["I2"]


def _restricted(y: np.ndarray, v: np.ndarray, tau2: float) -> float:
    """Restricted log-likelihood of the random-effects model, up to a constant."""
    w = 1 / (v + tau2)
    q = w @ (y - w @ y / w.sum()) ** 2
    return -0.5 * float(np.log(v + tau2).sum() + np.log(w.sum()) + q)


def test_reml_after_filling_is_more_likely_than_where_r_stopped() -> None:
    """R refits a filled plot with its loose default; ours is never less likely.

    Compared on R's own filled data: the restricted likelihood at our τ² is at least that at R's.
    """
    compared, farther = 0, 0
    for data in reference("r_reference_open")["datasets"]:
        for record in data["publication_bias"]:
            if record["test"] != "trimfill" or record["method"] != "REML" or record["k0"] == 0:
                continue
            sizes = data["escalc"][record["measure"]]
            ours = trim_and_fill(
                sizes["yi"],
                sizes["vi"],
                Recipe(scale=SCALE[record["measure"]]),
                estimator=record["estimator"],
                side=record["chosen_side"],
            )
            filled = np.ravel(record["filled_yi"])
            y, v = np.concatenate((sizes["yi"], filled)), ours.vi
            np.testing.assert_allclose(ours.yi[ours.filled], filled, atol=1e-4)
            tau2 = pool_effects(y, v, Recipe()).tau2
            assert _restricted(y, v, tau2) >= _restricted(y, v, record["tau2"]) - 1e-12
            compared += 1
            farther += abs(tau2 - record["tau2"]) > 1e-6
    assert compared > 50
    assert farther > 0  # otherwise the comparison could be made directly


@pytest.mark.parametrize("method", ["FE", "DL", "REML"])
@pytest.mark.parametrize("estimator", ["L0", "R0"])
@pytest.mark.parametrize("side", [None, "left", "right"])
def test_pymetaanalysis_agrees(method: str, estimator: str, side: str | None) -> None:
    engine = pytest.importorskip("meta_analyze")
    y, v = np.array(BCG["data"]["yi"]), np.array(BCG["data"]["vi"])
    model = {"model": "fixed"} if method == "FE" else {"model": "random", "tau2_method": method}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = engine.meta_analysis(effect=y, variance=v, **model)
        theirs = fitted.trim_and_fill(side=side, estimator=estimator)
    ours = trim_and_fill(y, v, Recipe(method=method), side=side, estimator=estimator)
    assert (ours.k0, ours.side) == (theirs.k0, theirs.side)
    assert ours.pooled.working.estimate == pytest.approx(theirs.adjusted_estimate, abs=1e-8)
    assert ours.pooled.tau2 == pytest.approx(theirs.adjusted_tau2, abs=1e-7)


def test_filled_studies_mirror_the_most_extreme() -> None:
    y, v = np.array(BCG["data"]["yi"]), np.array(BCG["data"]["vi"])
    result = trim_and_fill(y, v, Recipe(method="FE"))
    kept, imputed = result.yi[~result.filled], result.yi[result.filled]
    np.testing.assert_array_equal(kept, y)
    lowest = np.sort(y)[: result.k0]
    # Every imputed study and the one it mirrors have the same midpoint, the trimmed mean.
    midpoints = (np.sort(imputed)[::-1] + lowest) / 2
    np.testing.assert_allclose(midpoints, midpoints[0], atol=1e-12)
    assert imputed.min() > y.max() - 2 * np.ptp(y)
    np.testing.assert_allclose(
        np.sort(result.vi[result.filled]), np.sort(v[np.argsort(y)[: result.k0]])
    )


def test_symmetric_funnel_lacks_nothing() -> None:
    y = np.array([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0])
    v = np.array([9.0, 4.0, 1.0, 0.5, 1.0, 4.0, 9.0])
    for estimator in ("L0", "R0"):
        assert trim_and_fill(y, v, Recipe(method="FE"), estimator=estimator).k0 == 0


@settings(max_examples=60, deadline=None)
@given(
    studies=st.lists(
        st.integers(1, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=2,
        max_size=12,
    ),
    estimator=st.sampled_from(["L0", "R0"]),
    side=st.sampled_from(["left", "right"]),
    method=st.sampled_from(["FE", "DL", "REML"]),
)
def test_turns_round_with_the_events(studies, estimator, side, method) -> None:
    """Non-events instead of events: the other side, the same number missing, 1 − p."""
    x, n = np.array(studies).T
    recipe = Recipe(scale="arcsine", method=method)
    one, other = (effect_sizes(e, n, scale="arcsine") for e in (x, n - x))
    flipped = {"left": "right", "right": "left"}[side]
    a = trim_and_fill(one.yi, one.vi, recipe, estimator=estimator, side=side)
    b = trim_and_fill(other.yi, other.vi, recipe, estimator=estimator, side=flipped)
    # Equal effects rank by position, and rounding may break exact ties of |y − mean|.
    if np.unique(np.round(one.yi, 9)).size == one.yi.size and a.k0 == b.k0:
        assert a.pooled.proportion.estimate == pytest.approx(
            1 - b.pooled.proportion.estimate, abs=1e-6
        )
    for result in (a, b):
        assert 0 <= result.k0 < x.size
        assert result.yi.size == result.vi.size == result.filled.size == x.size + result.k0
        assert np.isfinite(result.pooled.working.estimate)


def test_freeman_tukey_proportion_needs_totals(events, totals) -> None:
    sizes = effect_sizes(events, totals, scale="double_arcsine")
    assert trim_and_fill(sizes.yi, sizes.vi, Recipe()).pooled.proportion is None
    assert 0 < trim_and_fill(sizes.yi, sizes.vi, totals=totals).pooled.proportion.estimate < 1


def test_broken_input_is_named() -> None:
    with pytest.raises(ValueError, match="at least 2 studies, got 1"):
        trim_and_fill([1.0], [1.0])
    with pytest.raises(ValueError, match="pass side='left' or side='right'"):
        trim_and_fill([1.0, 2.0, 4.0], [0.5, 0.5, 0.5])
    with pytest.raises(ValueError, match="estimator must be one of 'L0', 'R0'; got 'Q0'"):
        trim_and_fill([1.0, 2.0], [0.5, 0.6], estimator="Q0")
    with pytest.raises(ValueError, match="side must be one of 'left', 'right'; got 'up'"):
        trim_and_fill([1.0, 2.0], [0.5, 0.6], side="up")
