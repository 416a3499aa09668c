"""Every number that R or a published example gives, and the committed summary of the comparison."""

from __future__ import annotations

import math
from collections import Counter

import agreement
import agreement_core
import pytest
from scipy.special import stdtrit


@pytest.mark.parametrize("part", list(agreement_core.PARTS))
def test_agrees_with_reference(part: str) -> None:
    found = agreement.compared(agreement_core.PARTS[part])
    disagreements = [str(one) for one in found if not one.agrees]
    assert not disagreements, "\n".join(
        [f"{len(disagreements)} of {len(found)}", *disagreements[:10]]
    )


# How many records the reference files hold; a loop that silently skips them would fail here.
@pytest.mark.parametrize(
    ("part", "at_least"),
    [
        ("effect sizes", 9 * 5 * 2 * 3),
        ("inverse variance (metafor)", 828 * 25),
        ("inverse variance (meta)", 200 * 18),
        ("mixed model", 9 * 50),
        ("edge cases", 162 * 10),
        ("subgroups", 192 * 20),
        ("meta-regression", 1080 * 15),
        ("blup", 36 * 4 * 3),
        ("published examples", 300),
    ],
)
def test_compares_whole_reference(part: str, at_least: int) -> None:
    assert len(agreement.compared(agreement_core.PARTS[part])) >= at_least


def test_every_kind_of_record_is_compared_or_named() -> None:
    """What the reference holds besides what is compared is known, with the reason."""
    r = agreement.reference("r_reference_open")
    held: set[str] = set()
    for data in r["datasets"]:
        held |= {f"part {name}" for name in data} | {f"effect {name}" for name in data["escalc"]}
        held |= {f"interval {name}" for name in data["study_ci"]}
        held |= {f"glmm {one['call']} {one['method']}" for one in data["glmm"] if "method" in one}
        held |= {f"bias {one['test']}" for one in data["publication_bias"]}
        held |= {f"meta {one['method']}" for one in data["publication_bias"] if "sm" in one}
        held |= {f"sensitivity {one['what']}" for one in data["sensitivity"]}
    held |= {f"whole {name}" for name in r if isinstance(r[name], list | dict)}
    held |= {f"survival {name}" for name in r["survival"]}
    held |= {f"cox {one['ties']}" for one in r["survival"]["coxph"]}
    compared = {
        *("part id", "part desc", "part k", "part data", "part escalc", "part study_ci"),
        *("part rma", "part metaprop_inverse", "part glmm", "part glmm_exact_ml"),
        *("part publication_bias", "part sensitivity", "part subgroup", "part metareg"),
        *("part bayes_normal_normal", "whole packages", "whole datasets", "whole edge_cases"),
        *(f"effect {name}" for name in ("PR", "PLN", "PLO", "PAS", "PFT")),
        *(f"interval {name}" for name in ("CP", "WS", "AC", "SA", "Jeffreys")),
        *("glmm rma.glmm(measure='PLO') ML", "bias regtest", "bias ranktest", "bias trimfill"),
        *("bias metabias", "meta Egger", "meta Begg", "whole survival"),
        *(f"sensitivity {name}" for name in ("leave1out", "leave1out_tight", "cumul", "influence")),
        *(f"sensitivity {name}" for name in ("baujat", "blup", "gosh")),
        *(f"survival {name}" for name in ("data", "survfit", "survdiff", "survdiff_strat")),
        *(f"survival {name}" for name in ("coxph", "coxph_uni", "coxph_strat", "rmst")),
        *("cox efron", "cox breslow"),
    }
    not_offered = {
        "effect PRZ": "a scale for exact tests that single-arm reviews do not use",
        "interval WSCC": "Wilson with continuity correction",
        "glmm rma.glmm(measure='PLO') EE": "a common proportion is the crude one",
        "bias fsn": "fail-safe numbers answer no question of the review",
        "meta Thompson": "Egger's test with another τ²",
        "meta Peters": "weights of two-arm trials",
        "whole two_arm": "two-arm trials; common_odds_ratio_exact has its own test",
        "cox exact": "the exact partial likelihood of tied times",
        "survival tiny_cox": "no maximum: cox refuses, firth_cox answers (test_survival_cox.py)",
    }
    assert held == compared | set(not_offered)


def test_nan_never_agrees() -> None:
    nan = agreement.Comparison("f", "closed form", "d", "l", float("nan"), 1.0, 1e9)
    assert not nan.agrees


@pytest.mark.slow
def test_committed_summary_is_current() -> None:
    """``python tests/metaprop/agreement.py`` has been run since the last change."""
    key = ("function", "kind", "records", "tolerance")
    now = agreement.rows(agreement.comparisons())
    kept = agreement.committed()
    assert Counter(tuple(r[c] for c in key) for r in kept) == Counter(
        tuple(r[c] for c in key) for r in now
    )
    # scipy 1.13 computes quantiles of t to eleven digits, where later versions give all of them.
    cauchy = math.tan(math.pi * 0.475)
    last_digits = max(1e-13, 10 * abs(float(stdtrit(1, 0.975)) / cauchy - 1))
    for old, new in zip(kept, now, strict=True):
        # The last digits differ between processors; beyond a factor of 100 the code has changed.
        was, is_ = float(old["worst_difference"]), float(new["worst_difference"])
        assert is_ <= max(100 * was, last_digits), (old, new)
        assert is_ <= float(new["tolerance"]), new


# Digits as printed in the source, compared at the precision of the print.
def _prints(value: float, printed: float, digits: int) -> bool:
    return abs(value - printed) <= 0.5000001 * 10**-digits


def test_miller_1978_prints(published: dict) -> None:
    from metaprop import Recipe, effect_sizes, pool

    case = published["miller1978_pft4"]
    x, n, printed = case["data"]["xi"], case["data"]["ni"], case["expected"]
    sizes = effect_sizes(x, n, scale="double_arcsine")
    for ours, theirs in zip(2 * sizes.yi, printed["yi_times2"], strict=True):
        assert _prints(ours, theirs, 4)
    for ours, theirs in zip(4 * sizes.vi, printed["vi_times4"], strict=True):
        assert _prints(ours, theirs, 4)
    pooled = pool(x, n, Recipe(method="FE"))
    assert _prints(2 * pooled.working.estimate, printed["weighted_times2"], 4)
    assert _prints(pooled.proportion.estimate, printed["weighted_back"], 4)


def test_bcg_confidence_interval_of_tau2_prints(published: dict) -> None:
    from metaprop import tau2_interval

    case = published["bcg_heterogeneity_ci"]
    ours = tau2_interval(case["data"]["yi"], case["data"]["vi"], estimator="DL")
    for value, shown in zip(ours, case["expected"]["tau2"], strict=True):
        assert _prints(value, shown, 4)


def test_raudenbush_2009_prints(published: dict) -> None:
    from metaprop import Recipe, pool_effects

    case = published["raudenbush2009_hksj_pi"]
    y, v, printed = case["data"]["yi"], case["data"]["vi"], case["expected"]
    for i, method in enumerate(["FE", *printed["order"][1:]]):
        z = pool_effects(y, v, Recipe(method=method))
        hk = pool_effects(y, v, Recipe(method=method, ci="hartung-knapp"))
        assert _prints(z.tau2, printed["tau2"][i], 4), method
        assert _prints(z.working.estimate, printed["mu"][i], 4), method
        assert _prints(z.se, printed["z_se"][i], 4), method
        assert _prints(z.working.low, printed["z_ci_lb"][i], 4), method
        assert _prints(z.working.high, printed["z_ci_ub"][i], 4), method
        assert _prints(hk.se, printed["knha_se"][i], 4), method
        assert _prints(hk.working.low, printed["knha_ci_lb"][i], 4), method
        assert _prints(hk.working.high, printed["knha_ci_ub"][i], 4), method


def test_stijnen_2010_prints(published: dict) -> None:
    from metaprop import Recipe, pool, pool_glmm

    case = published["stijnen2010_control_plo"]
    x, n = case["data"]["xi"], case["data"]["ni"]
    # The printed mixed model is metafor's with 7 quadrature nodes.
    for name, ours in (
        ("nn", pool(x, n, Recipe(scale="logit"))),
        ("glmm", pool_glmm(x, n, nodes=7)),
    ):
        printed = case["expected"][name]
        assert _prints(ours.working.estimate, printed["estimate"], 4)
        assert _prints(ours.se, printed["se"], 4)
        assert _prints(ours.tau2, printed["tau2"], 4)
        for value, shown in zip(ours.proportion, printed["back"], strict=True):
            assert _prints(value, shown, 4)


def test_dersimonian_kacker_2007_prints(published: dict) -> None:
    from metaprop import Recipe, pool_effects

    case = published["dersimonian2007_clasp_tau_estimators"]
    printed = case["expected"]
    for i, method in enumerate(printed["order"]):
        if method in ("HSk", "ML"):
            continue  # HSk is not offered; the printed ML had not converged (case note)
        ours = pool_effects(case["data"]["yi"], case["data"]["vi"], Recipe(method=method))
        assert _prints(ours.tau2**0.5, printed["tau"][i], 4), method
        assert _prints(ours.working.estimate, printed["mu"][i], 4), method
        assert _prints(ours.se, printed["se"][i], 4), method


def test_nyaga_2014_prints_43_percent(published: dict) -> None:
    """Stata's metaprop on its own example: 43 % (38 % to 48 %)."""
    from metaprop import Recipe, pool

    data = published["nyaga2014_ascus_metaprop"]["data"]
    ours = pool(data["num"], data["denom"], Recipe.preset("stata-metaprop"))
    assert [round(100 * value) for value in ours.proportion] == [43, 38, 48]


def test_pritz_1997_prints(published: dict) -> None:
    from metaprop import Recipe, pool, pool_glmm

    case = published["pritz1997_proportions"]
    x, n, printed = case["data"]["xi"], case["data"]["ni"], case["expected"]
    ours = pool(x, n, Recipe())
    shown = [*ours.proportion, ours.prediction.low, ours.prediction.high]
    for value, text in zip(shown, printed["PFT_REML_back"], strict=True):
        assert _prints(value, text, 4)
    mixed = pool_glmm(x, n, nodes=7)
    assert _prints(mixed.working.estimate, printed["glmm"]["estimate"], 4)
    assert _prints(mixed.se, printed["glmm"]["se"], 4)
    assert _prints(mixed.tau2, printed["glmm"]["tau2"], 4)
    assert _prints(100 * mixed.i2_tau2, printed["glmm"]["I2"], 2)
    assert _prints(mixed.q_lrt, printed["glmm"]["LRT"], 4)
    assert _prints(100 * mixed.i2_q, printed["meta_I2_Qbased_GLMM"], 1)
