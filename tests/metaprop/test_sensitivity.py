"""Leave-one-out, cumulative meta-analysis and deletion diagnostics."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaprop import (
    Recipe,
    baujat,
    cumulative,
    effect_sizes,
    influence,
    leave_one_out,
    pool,
    pool_effects,
)

counts = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=10,
)
recipes = st.builds(
    Recipe,
    scale=st.sampled_from(["raw", "log", "logit", "arcsine", "double_arcsine"]),
    method=st.sampled_from(["FE", "DL", "REML", "PM"]),
    ci=st.sampled_from(["wald", "t", "hartung-knapp", "hartung-knapp-adhoc"]),
)


@pytest.mark.parametrize("zeros", ["adjust-extreme", "drop"])
def test_each_row_is_the_pool_of_the_others(events, totals, zeros):
    recipe = Recipe(method="DL", zeros=zeros)
    frame = leave_one_out(events, totals, recipe)
    for i in range(events.size):
        pooled = pool(np.delete(events, i), np.delete(totals, i), recipe)
        row = frame.loc[i]
        assert tuple(row[["estimate", "low", "high"]]) == tuple(pooled.proportion)
        assert (row.k, row.i2, row.q) == (pooled.k, pooled.i2, pooled.q)


def test_r_returns_na_where_reml_does_not_converge_but_we_answer(r_reference):
    """metafor's leave1out gives NA for some omissions in the set crs; ours gives all 13."""
    data = next(d for d in r_reference["datasets"] if d["id"] == "crs")
    theirs = next(
        r
        for r in data["sensitivity"]
        if r["what"] == "leave1out" and r["measure"] == "PLO" and r["method"] == "REML"
    )
    assert None in theirs["estimate"]
    ours = leave_one_out(data["data"]["events"], data["data"]["n"], Recipe(scale="logit"))
    assert np.isfinite(ours.drop(columns="note").to_numpy(dtype=float)).all()


def test_cumulative_ends_with_the_whole_pool_and_keeps_ties_in_order(events, totals):
    years = [2022, 2016, 2017, 2020, 2021, 2023, 2019, 2023, 2020, 2016, 2021, 2016, 2018]
    frame = cumulative(events, totals, Recipe(), order=years)
    assert frame.index.tolist() == [1, 9, 11, 2, 12, 6, 3, 8, 4, 10, 0, 5, 7]
    assert frame["k"].tolist() == list(range(1, 14))
    assert frame["estimate"].iloc[-1] == pytest.approx(pool(events, totals).proportion.estimate)
    dates = [f"{year}-01" for year in years]
    assert cumulative(events, totals, Recipe(), order=dates).equals(frame)


def test_cumulative_starts_with_the_first_study_that_can_be_pooled(events, totals):
    recipe = Recipe(scale="raw", method="DL", zeros="drop")
    frame = cumulative(events, totals, recipe, order=np.arange(13))
    assert frame.index[0] == 1  # the study at index 0 has 8 of 8
    assert frame["k"].iloc[-1] == pool(events, totals, recipe).k == 8


@settings(max_examples=50, deadline=None)
@given(studies=counts, recipe=recipes)
def test_defined_for_all_counts(studies, recipe):
    x, n = np.array(studies).T
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        left_out = leave_one_out(x, n, recipe)
        grown = cumulative(x, n, recipe, order=n)
        sizes = effect_sizes(x, n, scale=recipe.scale)
        diagnostics = influence(sizes.yi, sizes.vi, recipe)
        coordinates = baujat(sizes.yi, sizes.vi, recipe)
    for frame in (left_out, grown):
        assert frame[["estimate", "low", "high", "i2", "q_pvalue"]].ge(0).all(axis=None)
        assert frame[["estimate", "low", "high", "i2", "q_pvalue"]].le(1).all(axis=None)
        assert (frame["low"] <= frame["high"]).all()
    assert not diagnostics.isna().any(axis=None)
    assert not coordinates.isna().any(axis=None)
    assert diagnostics["hat"].sum() == pytest.approx(1)


def test_baujat_x_sums_to_q_under_the_fixed_effect(events, totals):
    sizes = effect_sizes(events, totals, scale="logit")
    recipe = Recipe(scale="logit", method="FE")
    assert baujat(sizes.yi, sizes.vi, recipe)["x"].sum() == pytest.approx(
        pool_effects(sizes.yi, sizes.vi, recipe).q
    )


def test_influence_of_the_order_of_studies(events, totals):
    sizes = effect_sizes(events, totals, scale="double_arcsine")
    one = influence(sizes.yi, sizes.vi, Recipe(method="DL"))
    other = influence(sizes.yi[::-1], sizes.vi[::-1], Recipe(method="DL"))
    np.testing.assert_allclose(
        one.to_numpy(float), other.to_numpy(float)[::-1], rtol=1e-9, atol=1e-12
    )


def test_an_outlier_is_influential_and_the_rest_is_not():
    y = np.array([0.0, 0.1, -0.1, 0.05, -0.05, 0.02, 3.0])
    frame = influence(y, np.full(7, 0.01), Recipe(method="REML"))
    assert frame["influential"].tolist() == [False] * 6 + [True]
    assert frame["rstudent"].idxmax() == 6


@pytest.mark.parametrize("ci", ["hartung-knapp", "hartung-knapp-adhoc"])
def test_hartung_knapp_influence_of_equal_effects_is_zero(ci):
    """Equal effects: nothing moves, even where the Hartung–Knapp interval has no width."""
    frame = influence([1.3] * 5, [0.1, 0.2, 0.3, 0.4, 0.5], Recipe(ci=ci))
    assert (frame[["rstudent", "dffits", "cook_d", "dfbetas"]] == 0).all(axis=None)


def test_broken_input_is_named(events, totals):
    with pytest.raises(ValueError, match="at least 2 studies, got 1"):
        leave_one_out([3], [4])
    with pytest.raises(ValueError, match="at least 2 studies, got 1"):
        influence([1.0], [1.0])
    with pytest.raises(ValueError, match="one value for each of the 13 studies"):
        cumulative(events, totals, order=[1, 2])
    with pytest.raises(ValueError, match="order of the study at index 2 is missing"):
        cumulative([1, 2, 3], [4, 5, 6], order=[2020.0, 2021.0, np.nan])
    with pytest.raises(ValueError, match="zeros 'drop' leaves no study"):
        cumulative([4, 5], [4, 5], Recipe(zeros="drop"), order=[1, 2])


GLMM = Recipe(method="GLMM")


def test_a_row_that_cannot_be_computed_holds_nan_and_its_reason():
    frame = leave_one_out([0, 5, 12], [10, 12, 12], GLMM)
    numbers = frame.drop(columns=["note", "k"])
    assert numbers.isna().all(axis=1).tolist() == [False, True, False]
    assert frame["note"].iloc[1].startswith("the mixed model has no finite estimate")
    assert frame["k"].tolist() == [2, 2, 2]
    for i in (0, 2):
        others = [j for j in range(3) if j != i]
        fit = pool(np.array([0, 5, 12])[others], np.array([10, 12, 12])[others], GLMM)
        assert frame["estimate"].iloc[i] == fit.proportion.estimate


def test_leaving_out_the_only_study_that_counts_gives_nan():
    frame = leave_one_out([4, 3], [4, 5], Recipe(zeros="drop"))
    assert np.isnan(frame["estimate"]).tolist() == [False, True]
    assert frame["k"].tolist() == [1, 0]
    assert "leaves no study" in frame["note"].iloc[1]


def test_a_step_that_cannot_be_computed_holds_nan_and_the_steps_go_on():
    frame = cumulative([0, 12, 5, 7], [10, 12, 12, 20], GLMM, order=[1, 2, 3, 4])
    assert np.isnan(frame["estimate"]).tolist() == [False, True, False, False]
    assert "no finite estimate" in frame["note"].iloc[1]
    assert frame["k"].tolist() == [1, 2, 3, 4]


def test_a_faster_way_to_refit_has_a_place(monkeypatch):
    """The table asks the method's own refits where there are any."""
    from metaprop import sensitivity

    asked = []

    def faster(x, n, recipe):
        asked.append(recipe.method)
        return sensitivity.refits(x, n, recipe)

    usual = leave_one_out([8, 12, 5], [10, 20, 9], GLMM)
    monkeypatch.setitem(sensitivity.REFITS, "GLMM", faster)
    assert leave_one_out([8, 12, 5], [10, 20, 9], GLMM).equals(usual)
    leave_one_out([8, 12, 5], [10, 20, 9])
    assert asked == ["GLMM"]


def test_fractional_counts_in_tables():
    x, n = [6.55, 3.47, 27.12], [40, 15, 102]
    frame = leave_one_out(x, n, Recipe(scale="logit"), fractional=True)
    fit = pool(x[1:], n[1:], Recipe(scale="logit"), fractional=True)
    assert frame["estimate"].iloc[0] == fit.proportion.estimate
    with pytest.raises(ValueError, match="likelihood for whole counts"):
        cumulative(x, n, GLMM, order=[1, 2, 3], fractional=True)
