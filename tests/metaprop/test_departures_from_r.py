"""Every departure from R that docs/departures-from-r.md lists, held by a test."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from agreement_core import meta_log_effects

from metaprop import (
    Recipe,
    effect_sizes,
    i2_interval,
    meta_regression,
    pool,
    pool_effects,
    pool_glmm,
    proportion_interval,
    rank_test,
    subgroups,
    tau2_interval,
    trim_and_fill,
)
from metaprop.mixed_model import DEFAULT_NODES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "departures-from-r.md"
GLMM = Recipe(scale="logit", method="GLMM", zeros="none")


def data_of(r_reference: dict, name: str) -> dict[str, Any]:
    return next(data for data in r_reference["datasets"] if data["id"] == name)


def counts_of(r_reference: dict, name: str) -> tuple[np.ndarray, np.ndarray]:
    data = data_of(r_reference, name)["data"]
    return np.array(data["events"]), np.array(data["n"])


def edge(r_reference: dict, case: str, measure: str) -> dict[str, Any]:
    return next(
        r for r in r_reference["edge_cases"] if r["case"] == case and r["measure"] == measure
    )


def test_every_departure_on_the_page_has_its_test() -> None:
    named = re.findall(r"\[`(\w+)`\]", PAGE.read_text(encoding="utf-8"))
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert len(named) >= 20
    assert set(named) <= tests, set(named) - tests


def test_all_at_zero(r_reference: dict) -> None:
    r = edge(r_reference, "allzero", "GLMM")
    assert "Cannot fit ML model" in r["error"]
    ours = pool_glmm(r["events"], r["n"])
    assert ours.proportion.high == pytest.approx(1 - 0.05 ** (1 / 47), rel=1e-12)
    assert math.isinf(ours.working.estimate)
    assert "one-sided exact (Clopper–Pearson)" in ours.note


def test_identical(r_reference: dict) -> None:
    r = edge(r_reference, "identical", "GLMM")
    assert "error" in r
    assert pool_glmm(r["events"], r["n"]).tau2 == 0.0


def test_one_study(r_reference: dict) -> None:
    r = edge(r_reference, "k1", "GLMM")
    assert "error" in r
    ours = pool_glmm(r["events"], r["n"])
    assert ours.proportion.estimate == pytest.approx(7 / 9)
    assert "one study only" in ours.note


def test_opposite_extremes() -> None:
    with pytest.raises(ValueError, match="let tau2 grow beyond 100"):
        pool_glmm([0, 6, 5], [5, 6, 5])


def test_fisher_scoring(r_reference: dict) -> None:
    """Where R's own leave-one-out has no answer, ours is the top of the likelihood."""
    x, n = counts_of(r_reference, "crs")
    r = next(
        r
        for r in data_of(r_reference, "crs")["sensitivity"]
        if (r["what"], r["measure"], r["method"]) == ("leave1out", "PLO", "REML")
    )
    missing = [i for i, value in enumerate(r["estimate"]) if not isinstance(value, float)]
    assert len(missing) == 2
    grid = np.append(0.0, np.logspace(-6, 1.5, 20_001))
    for i in missing:
        keep = np.arange(x.size) != i
        sizes = effect_sizes(x[keep], n[keep], scale="logit")
        w = 1 / (sizes.vi + grid[:, None])
        mu = (w @ sizes.yi) / w.sum(axis=1)
        loglik = -0.5 * (
            np.log(sizes.vi + grid[:, None]).sum(axis=1)
            + np.log(w.sum(axis=1))
            + np.sum(w * (sizes.yi - mu[:, None]) ** 2, axis=1)
        )
        ours = pool_effects(sizes.yi, sizes.vi, Recipe(scale="logit"))
        assert ours.converged
        assert ours.tau2 == pytest.approx(grid[loglik.argmax()], rel=0.001, abs=1e-6)


def test_boundary(r_reference: dict) -> None:
    data = data_of(r_reference, "crs")
    r = next(
        r for r in data["rma"] if (r["measure"], r["method"], r["test"]) == ("PR", "REML", "z")
    )
    ours = pool(data["data"]["events"], data["data"]["n"], Recipe(scale="raw"))
    assert 0 < r["tau2"] < 1e-9
    assert ours.tau2 == 0.0


def test_clipped(r_reference: dict) -> None:
    data = data_of(r_reference, "cr")
    r = next(r for r in data["metaprop_inverse"] if r["sm"] == "PRAW")
    assert r["back"]["predict"][1] > 1
    recipe = Recipe(scale="raw", method="DL", zeros="variance-only", prediction="t-k-1", ci="wald")
    ours = pool(data["data"]["events"], data["data"]["n"], recipe)
    assert ours.prediction.high == 1.0
    assert ours.prediction_working.high == pytest.approx(r["upper_predict"], rel=1e-9)


def test_uncapped(r_reference: dict) -> None:
    x, n = counts_of(r_reference, "k3")
    sizes = effect_sizes(x, n, scale="logit")
    assert tau2_interval(sizes.yi, sizes.vi).high > 100


def test_nodes(r_reference: dict) -> None:
    for data in r_reference["datasets"]:
        x, n = data["data"]["events"], data["data"]["n"]
        exact = data["glmm_exact_ml"]
        assert pool_glmm(x, n).tau2 == pytest.approx(exact["tau2"], rel=1e-5)
    # Two of eight studies with events: R's default of 7 nodes is visibly off.
    x, n = [0, 2, 0, 0, 10, 0, 0, 0], [26, 37, 44, 7, 20, 30, 36, 13]
    seven, ours, many = (pool_glmm(x, n, nodes=nodes) for nodes in (7, DEFAULT_NODES, 161))
    assert abs(seven.working.estimate - many.working.estimate) > 0.2
    assert abs(seven.tau2 - many.tau2) > 2
    assert ours.working.estimate == pytest.approx(many.working.estimate, abs=1e-3)
    assert ours.tau2 == pytest.approx(many.tau2, rel=0.01)


def test_wald_q(r_reference: dict) -> None:
    data = data_of(r_reference, "cr")
    x, n = counts_of(r_reference, "cr")
    inner = (x > 0) & (x < n)
    ours = pool_glmm(x, n)
    sizes = effect_sizes(x[inner], n[inner], scale="logit")
    assert ours.q == pytest.approx(pool_effects(sizes.yi, sizes.vi, Recipe()).q, rel=1e-12)
    assert ours.q == pytest.approx(data["glmm"][0]["QE_Wld"], abs=1e-5)
    assert ours.q_df == data["glmm"][0]["QE_df"] == x.size - 1 > inner.sum() - 1


def test_no_prediction() -> None:
    assert pool([7], [9], Recipe()).prediction is None
    assert pool_glmm([7], [9]).prediction is None


def test_one_study_hartung_knapp() -> None:
    ours = pool([7], [9], Recipe(ci="hartung-knapp"))
    assert ours.working == pool([7], [9], Recipe(ci="wald")).working
    assert "Wald" in ours.note


def test_r2() -> None:
    design = np.column_stack([np.ones(4), [1, 2, 3, 4]])
    assert meta_regression([0.1] * 4, [0.1, 0.2, 0.1, 0.3], design, Recipe()).r2 is None


def test_i2_two_studies() -> None:
    assert tuple(i2_interval(1.5, 2))[1:] == (0.0, 1.0)


def test_subgroup_extreme() -> None:
    ours = subgroups([5, 6, 3, 4, 2, 5], [5, 6, 6, 9, 8, 7], list("aabbcc"), GLMM)
    assert ours.df_between == 1
    assert "a" in ours.note


def test_rank_ties() -> None:
    x, n = [1, 4, 1, 6, 5, 0, 3, 2, 4, 1, 3, 3], [1, 5, 5, 6, 6, 3, 4, 2, 4, 3, 4, 4]
    sizes = effect_sizes(x, n, scale="raw")
    assert sizes.vi[1] == pytest.approx(sizes.vi[2], rel=1e-15)  # 4/5 and 1/5
    ours = rank_test(sizes.yi, sizes.vi)
    assert ours.tau == pytest.approx(-0.48001536, abs=1e-8)
    r_3_8_1 = -0.492063492063492  # metafor::ranktest, the same numbers
    assert abs(ours.tau - r_3_8_1) > 0.01


def test_trim_fill_at_the_mean() -> None:
    # metafor 3.8-1 gives a standard error of 1.693281 for the first and 1.488086 for the second.
    for x, n, scale, side in (
        ([4, 11, 11], [4, 16, 21], "logit", "left"),
        ([6, 25, 2], [9, 28, 5], "raw", "right"),
    ):
        sizes = effect_sizes(x, n, scale=scale)
        for factor in np.arange(10, 40) / 10:  # rounding differs, the funnel does not
            recipe = Recipe(method="DL")
            ours = trim_and_fill(factor * sizes.yi, factor**2 * sizes.vi, recipe, side=side)
            assert ours.k0 == 2
            assert ours.k0_se == pytest.approx(1.488086, abs=1e-6)


def test_lme4_unfinished() -> None:
    x, n = [69, 12, 20, 0, 2, 31, 21, 62, 43, 58], [77, 12, 45, 78, 20, 43, 33, 62, 45, 73]
    # rma.glmm(measure = "PLO", nAGQ = 7) warns, and gives 1.08766810, 0.01595821, 10.93314697; with
    # 21 nodes it does not, and gives these:
    estimate, se, tau2 = 1.094466, 1.113576, 11.130783
    for nodes, tolerance in ((7, 0.02), (21, 1e-4)):
        ours = pool_glmm(x, n, nodes=nodes)
        assert ours.converged
        assert ours.working.estimate == pytest.approx(estimate, rel=tolerance)
        assert ours.se == pytest.approx(se, rel=tolerance)
        assert ours.tau2 == pytest.approx(tau2, rel=tolerance)


def test_early_stop(r_reference: dict) -> None:
    """A plain rma() is off by more than metaprop's difference from the tight one."""
    worst = 0.0
    for data in r_reference["datasets"]:
        for r in data["rma"]:
            if r["measure"] == "PLO" and r["method"] == "REML" and r["test"] == "z":
                x, n = data["data"]["events"], data["data"]["n"]
                ours = pool(x, n, Recipe(scale="logit")).tau2
                assert ours == pytest.approx(r["tau2"], abs=1e-8)
                worst = max(worst, abs(r["metafor_default_control"]["tau2"] - ours))
    assert worst > 1e-6


def test_raw_zeros(r_reference: dict) -> None:
    x, n = counts_of(r_reference, "cr")
    data = data_of(r_reference, "cr")
    metafor = next(r for r in data["rma"] if r["measure"] == "PR" and r["method"] == "DL")
    meta = next(r for r in data["metaprop_inverse"] if r["sm"] == "PRAW")
    base = {"scale": "raw", "method": "DL"}
    corrected, kept = (
        pool(x, n, Recipe(**base, zeros=zeros)).working.estimate
        for zeros in ("adjust-extreme", "variance-only")
    )
    assert corrected == pytest.approx(metafor["estimate"], rel=1e-12)
    assert kept == pytest.approx(meta["TE_random"], rel=1e-12)
    assert kept - corrected > 0.01


def test_log_zeros(r_reference: dict) -> None:
    x, n = counts_of(r_reference, "cr")
    r = next(r for r in data_of(r_reference, "cr")["metaprop_inverse"] if r["sm"] == "PLN")
    recipe = Recipe(scale="log", method="DL")
    assert pool_effects(*meta_log_effects(x, n), recipe).working.estimate == pytest.approx(
        r["TE_random"], rel=1e-9
    )
    assert abs(pool(x, n, recipe).working.estimate - r["TE_random"]) > 0.005


def test_prediction_se(events: np.ndarray, totals: np.ndarray) -> None:
    options = {"ci": "hartung-knapp", "prediction": "t-k-1"}
    classic = pool(events, totals, Recipe(**options))
    metafor = pool(events, totals, Recipe(**options, prediction_se="interval"))
    assert classic.prediction_working.width != pytest.approx(metafor.prediction_working.width)


def test_eb_is_pm(r_reference: dict) -> None:
    for data in r_reference["datasets"]:
        x, n = data["data"]["events"], data["data"]["n"]
        eb, pm = (pool(x, n, Recipe(scale="logit", method=m)).tau2 for m in ("EB", "PM"))
        assert eb == pm


def test_stata_scale(published: dict) -> None:
    """On the sum of the two arcsines everything but τ² and the unit stays."""
    case = published["pritz1997_proportions"]["data"]
    ours = pool(case["xi"], case["ni"], Recipe.preset("stata-metaprop-ftt"))
    sizes = effect_sizes(case["xi"], case["ni"], scale="double_arcsine")
    stata = pool_effects(2 * sizes.yi, 4 * sizes.vi, Recipe(method="DL", i2="q"))
    assert stata.tau2 == pytest.approx(4 * ours.tau2, rel=1e-12)
    assert (stata.q, stata.i2) == pytest.approx((ours.q, ours.i2), rel=1e-12)


def test_jeffreys() -> None:
    low, high = proportion_interval([0, 9], [9, 9], method="jeffreys")
    assert low[0] == 0.0
    assert high[1] == 1.0
