"""Comparisons of effect sizes, pooling, intervals, mixed model, subgroups and regression."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from agreement import TOLERANCES, Comparison, compared, reference

from metaprop import (
    Recipe,
    back_transform,
    blup,
    effect_sizes,
    glmm_regression,
    i2_interval,
    meta_regression,
    pool,
    pool_effects,
    pool_glmm,
    proportion_interval,
    subgroups,
    tau2_interval,
)
from metaprop.heterogeneity import i2_from_tau2, typical_variance

SCALE = {
    "PR": "raw", "PLN": "log", "PLO": "logit", "PAS": "arcsine", "PFT": "double_arcsine",
    "PRAW": "raw", "PLOGIT": "logit",
}  # fmt: skip
CI = {
    "z": "wald", "t": "t", "knha": "hartung-knapp", "adhoc": "hartung-knapp-adhoc",
    "classic": "wald", "HK": "hartung-knapp",
}  # fmt: skip
ITERATIVE = ("REML", "ML", "PM", "EB")
# metafor searches the upper Q-profile limit of tau2 up to 100 only.
METAFOR_TAU2_CAP = 100.0
LOOSE = "q-profile, R's uniroot default"


def kind_of(method: str) -> str:
    return "iterative" if method in ITERATIVE else "closed form"


class Recorder:
    """Collects the comparisons of one record of a reference file."""

    def __init__(self, function: str, kind: str, dataset: str, label: str) -> None:
        self.function, self.kind, self.dataset, self.label = function, kind, dataset, label
        self.found: list[Comparison] = []

    def __call__(self, what: str, ours: Any, theirs: Any, *, kind: str | None = None) -> None:
        """Compare numbers or equally long sequences; what the reference lacks is not compared."""
        if theirs is None or (isinstance(theirs, dict) and not theirs):
            return
        ours, theirs = np.ravel(ours), np.ravel(theirs)
        assert ours.size == theirs.size, (self.dataset, self.label, what, ours, theirs)
        kind = kind or self.kind
        for a, b in zip(ours.tolist(), theirs.tolist(), strict=True):
            if b is None:
                continue
            a = math.nan if a is None else a
            label = f"{self.label} {what}"
            self.found.append(
                Comparison(self.function, kind, self.dataset, label, a, b, TOLERANCES[kind])
            )


def inside(value: Any) -> Any:
    """Limits of a proportion that R leaves beyond 0 or 1, as metaprop gives them."""
    return None if value is None else np.clip(np.asarray(value, dtype=float), 0.0, 1.0)


def percent(value: float | None) -> float | None:
    return None if value is None else value / 100.0


def datasets() -> Iterator[dict[str, Any]]:
    for data in reference("r_reference_open")["datasets"]:
        yield {**data, "events": data["data"]["events"], "totals": data["data"]["n"]}


def of_effect_sizes() -> Iterator[Comparison]:
    for data in datasets():
        for measure, theirs in data["escalc"].items():
            if measure not in SCALE:  # PRZ, an exact-test scale new in metafor 4.8
                continue
            record = Recorder("effect_sizes", "closed form", data["id"], measure)
            ours = effect_sizes(data["events"], data["totals"], scale=SCALE[measure])
            record("yi", ours.yi, theirs["yi"])
            record("vi", ours.vi, theirs["vi"])
            yield from record.found


def of_study_intervals() -> Iterator[Comparison]:
    methods = {
        "CP": "clopper-pearson",
        "WS": "wilson",
        "AC": "agresti-coull",
        "Jeffreys": "jeffreys",
        "SA": "wald",
    }
    for data in datasets():
        x, n = np.array(data["events"]), np.array(data["totals"])
        for name, method in methods.items():
            theirs = data["study_ci"][name]
            low, high = proportion_interval(x, n, method=method)
            record = Recorder("proportion_interval", "closed form", data["id"], name)
            record("low", low, inside(theirs["lower"]))
            record("high", high, inside(theirs["upper"]))
            yield from record.found


def of_rma() -> Iterator[Comparison]:
    for data in datasets():
        x, n = data["events"], data["totals"]
        for r in data["rma"]:
            recipe = Recipe(
                scale=SCALE[r["measure"]],
                method=r["method"],
                ci=CI[r["test"]],
                prediction="z" if r["test"] == "z" else "t-k-1",
                prediction_se="interval",
            )
            label = f"{r['measure']} {r['method']} {r['test']}"
            record = Recorder("pool", kind_of(r["method"]), data["id"], label)
            ours = pool(x, n, recipe)
            record("estimate", ours.working.estimate, r["estimate"])
            record("se", ours.se, r["se"])
            record("low", ours.working.low, r["ci_lb"])
            record("high", ours.working.high, r["ci_ub"])
            record("tau2", ours.tau2, r["tau2"])
            record("I2", ours.i2, percent(r["I2"]))
            record("H2", ours.h2, r["H2"])
            record("Q", ours.q, r["QE"], kind="closed form")
            record("Q p", ours.q_pvalue, r["QEp"], kind="closed form")
            record("weights", ours.weights, np.array(r["weights_pct"]) / 100)
            back = r["back"]
            record("pred", ours.proportion.estimate, inside(back["pred"]))
            record("back low", ours.proportion.low, inside(back["ci_lb"]))
            record("back high", ours.proportion.high, inside(back["ci_ub"]))
            if ours.prediction is None:
                assert r["pi_lb"] is None, (data["id"], label)
            else:
                record.function = "pool: prediction"
                record("PI low", ours.prediction_working.low, r["pi_lb"])
                record("PI high", ours.prediction_working.high, r["pi_ub"])
                record("PI back low", ours.prediction.low, inside(back["pi_lb"]))
                record("PI back high", ours.prediction.high, inside(back["pi_ub"]))
            # R's iteration leaves tau2 = 1e-12 or so where the maximum is at 0; the square root in
            # the simple interval blows that up to 1e-6.
            boundary = ours.tau2 == 0.0 and r["tau2"] < 1e-9
            for name, option in (("pi_riley", "t-k-2"), ("pi_t", "t-k-1"), ("pi_simple", "simple")):
                if r.get(name) and not (boundary and option == "simple"):
                    other = pool(x, n, Recipe(**{**recipe.to_dict(), "prediction": option}))
                    wide = other.prediction_working
                    record(name, [wide.low, wide.high], r[name])
            yield from record.found
            yield from of_confint(data, r, recipe)


def of_confint(data: dict[str, Any], r: dict[str, Any], recipe: Recipe) -> Iterator[Comparison]:
    label = f"{r['measure']} {r['method']}"
    sizes = effect_sizes(data["events"], data["totals"], scale=recipe.scale)
    typical = typical_variance(sizes.vi)
    if r.get("confint_qprofile"):
        theirs = r["confint_qprofile"]
        record = Recorder("tau2_interval", "q-profile", data["id"], label)
        ours = tau2_interval(sizes.yi, sizes.vi, estimator=r["method"])
        limits = [ours.low, ours.high]
        record("tau2", limits, theirs["tau2"][1:])
        i2 = [i2_from_tau2(limit, typical) for limit in limits]
        record("I2", i2, np.array(theirs["I2"][1:]) / 100)
        record("H2", np.array(limits) / typical + 1, theirs["H2"][1:])
        yield from record.found
    if r.get("confint_proflik_tau2"):
        record = Recorder("tau2_interval: profile", "q-profile", data["id"], label)
        ours = tau2_interval(sizes.yi, sizes.vi, method="profile-likelihood", estimator=r["method"])
        theirs = r["confint_proflik_tau2"]
        if theirs[2] is not None and theirs[2] < METAFOR_TAU2_CAP:
            record("tau2", list(ours), theirs)
        else:
            record("tau2", [ours.estimate, ours.low], theirs[:2])
        yield from record.found


def meta_log_effects(events: Any, totals: Any) -> tuple[np.ndarray, np.ndarray]:
    """Log proportions with meta's corrections, which are not metafor's.

    No event: 1/2 added to events and to patients. All events: log p stays 0, and the variance is
    1 / n - 1 / (n + 1/2).
    """
    x, n = np.asarray(events, dtype=float), np.asarray(totals, dtype=float)
    zero, full = x == 0, x == n
    yi = np.log((x + 0.5 * zero) / (n + 0.5 * zero))
    return yi, 1 / (x + 0.5 * zero) - 1 / (n + 0.5 * (zero | full))


def of_metaprop_inverse() -> Iterator[Comparison]:
    for data in datasets():
        x, n, k = data["events"], data["totals"], data["k"]
        for r in data["metaprop_inverse"]:
            zeros = "variance-only" if r["sm"] == "PRAW" else "adjust-extreme"
            recipe = Recipe(
                scale=SCALE[r["sm"]],
                method=r["method_tau"],
                ci=CI[r["method_random_ci"]],
                zeros=zeros,
                prediction="t-k-1",
                i2="q",
            )
            label = f"{r['sm']} {r['method_tau']} {r['method_random_ci']}"
            record = Recorder("pool: as meta", kind_of(r["method_tau"]), data["id"], label)
            fixed_recipe = Recipe(**{**recipe.to_dict(), "method": "FE", "ci": "wald"})
            if r["sm"] == "PLN":
                y, v = meta_log_effects(x, n)
            else:
                sizes = effect_sizes(x, n, scale=recipe.scale, zeros=zeros)
                y, v = sizes.yi, sizes.vi
            ours, fixed = (pool_effects(y, v, r_, totals=n) for r_ in (recipe, fixed_recipe))
            common = [r["TE_common"], r["lower_common"], r["upper_common"]]
            record("common", list(fixed.working), common, kind="closed form")
            record(
                "random", list(ours.working), [r["TE_random"], r["lower_random"], r["upper_random"]]
            )
            record("se", ours.se, r["se_random"])
            wide = ours.prediction_working
            record("prediction", [wide.low, wide.high], [r["lower_predict"], r["upper_predict"]])
            record("tau2", ours.tau2, r["tau2"])
            record("Q", [ours.q, ours.q_pvalue], [r["Q"], r["pval_Q"]], kind="closed form")
            record("I2", ours.i2, r["I2_Qbased"], kind="closed form")
            back = r["back"]
            record(
                "back common", list(fixed.proportion), inside(back["common"]), kind="closed form"
            )
            record("back random", list(ours.proportion), inside(back["random"]))
            shown = [ours.prediction.low, ours.prediction.high]
            record("back predict", shown, inside(back["predict"]))
            record.function = "i2_interval"
            i2 = i2_interval(ours.q, k)
            record("I2", [i2.low, i2.high], [r["I2_lower"], r["I2_upper"]], kind="closed form")
            if r["method_tau_ci"] == "QP":
                record.function = "tau2_interval: as meta"
                tau2 = tau2_interval(y, v, estimator=recipe.method)
                if r["upper_tau2"] is not None and r["upper_tau2"] < METAFOR_TAU2_CAP:
                    theirs = [r["lower_tau2"], r["upper_tau2"]]
                    record("tau2", [tau2.low, tau2.high], theirs, kind=LOOSE)
                else:
                    record("tau2", tau2.low, r["lower_tau2"], kind=LOOSE)
            yield from record.found


def of_glmm() -> Iterator[Comparison]:
    for data in datasets():
        x, n, k = data["events"], data["totals"], data["k"]
        exact = data["glmm_exact_ml"]
        record = Recorder("pool_glmm: exact", "glmm mean", data["id"], "default nodes")
        ours = pool_glmm(x, n)
        record("mu", ours.working.estimate, exact["mu"])
        record("se", ours.se, exact["se_mu"])
        record("loglik", ours.loglik, exact["loglik"])
        record("back", list(ours.proportion), exact["back"])
        record("tau2", ours.tau2 / exact["tau2"], 1.0, kind="glmm tau2 ratio")
        yield from record.found
        for r in data["glmm"]:
            if r["call"] == "rma.glmm(measure='PLO')" and r["method"] == "ML":
                ci, pi = ("wald", "z") if r["test"] == "z" else ("t", "t-k-1")
                ours = pool_glmm(x, n, nodes=r["nAGQ"], ci=ci, prediction=pi)
                label = f"nAGQ={r['nAGQ']} {r['test']}"
                record = Recorder("pool_glmm: metafor", "glmm mean", data["id"], label)
                record("tau2", ours.tau2 / r["tau2"], 1.0, kind="glmm tau2 ratio")
                record("mu", ours.working.estimate, r["estimate"])
                if r["nAGQ"] == 1:
                    # No more of the Laplace approximation: lme4's standard error, by finite
                    # differences of that rough surface, is up to 0.6 % off.
                    yield from record.found
                    continue
                record("ci", [ours.working.low, ours.working.high], [r["ci_lb"], r["ci_ub"]])
                record("se", ours.se, r["se"])
                wide = ours.prediction_working
                record("prediction", [wide.low, wide.high], [r["pi_lb"], r["pi_ub"]])
                record("back", list(ours.proportion), [r["back"]["pred"], *r["back"]["ci"]])
                record("I2", ours.i2, percent(r["I2"]))
                # The saturated fit behind R's Wald statistic stops at coefficients of about 30
                # for studies at 0% or 100%, where ours are infinite.
                record("Q Wald", [ours.q, ours.q_pvalue], [r["QE_Wld"], r["QEp_Wld"]])
                lrt = [ours.q_lrt, ours.q_lrt_pvalue]
                record("Q LRT", lrt, [r["QE_LRT"], r["QEp_LRT"]], kind="closed form")
            elif r["call"].startswith("lme4"):
                ours = pool_glmm(x, n, nodes=21)
                record = Recorder("pool_glmm: lme4", "glmm mean", data["id"], "nAGQ=21")
                record("mu", ours.working.estimate, r["estimate"])
                record("se", ours.se, r["se"])
                record("tau2", ours.tau2 / r["tau2"], 1.0, kind="glmm tau2 ratio")
            elif "mods" in r["call"]:
                fitted = glmm_regression(x, n, data["data"]["x"], nodes=7)
                record = Recorder("glmm_regression", "glmm mean", data["id"], "x")
                record("beta", fitted.beta, r["beta"])
                record("se", fitted.se, r["se"])
                record("p", fitted.pvalues, r["pval"])
                record("low", fitted.low, r["ci_lb"])
                record("high", fitted.high, r["ci_ub"])
                record("QM", [fitted.qm, fitted.qm_pvalue], [r["QM"], r["QMp"]])
                if r["tau2"] > 1e-6:
                    record("tau2", fitted.tau2 / r["tau2"], 1.0, kind="glmm tau2 ratio")
            elif r["call"].startswith("meta::"):
                ours = pool_glmm(x, n, nodes=7, prediction="t-k-1", i2="q")
                record = Recorder("pool_glmm: meta", "glmm mean", data["id"], "default")
                record("random", list(ours.proportion), r["random"])
                record("predict", [ours.prediction.low, ours.prediction.high], r["predict"])
                record("I2", ours.i2, r["I2"])
                i2 = i2_interval(ours.q, k)
                record("I2 limits", [i2.low, i2.high], [r["I2_lower"], r["I2_upper"]])
                record("Q", [ours.q, ours.q_lrt], r["Q"])
                record("tau2", ours.tau2 / r["tau2"], 1.0, kind="glmm tau2 ratio")
            else:
                continue
            yield from record.found


def of_edge_cases() -> Iterator[Comparison]:
    for r in reference("r_reference_open")["edge_cases"]:
        if r.get("error"):
            continue  # R has no answer; ours are in test_departures_from_r.py
        if r["measure"] == "GLMM":
            yield from of_glmm_edge_case(r)
            continue
        recipe = Recipe(scale=SCALE[r["measure"]], method=r["method"], ci=CI[r.get("test", "z")])
        label = f"{r['measure']} {r['method']}"
        record = Recorder("pool: edge cases", kind_of(r["method"]), r["case"], label)
        ours = pool(r["events"], r["n"], recipe)
        record("estimate", list(ours.working), [r["estimate"], r["ci_lb"], r["ci_ub"]])
        record("se", ours.se, r["se"])
        record("tau2", ours.tau2, r["tau2"])
        record("I2", ours.i2, percent(r["I2"]))
        record("Q", [ours.q, ours.q_pvalue], [r["QE"], r["QEp"]], kind="closed form")
        record("back", list(ours.proportion), inside(r["back"]))
        yield from record.found


def of_glmm_edge_case(r: dict[str, Any]) -> Iterator[Comparison]:
    ours = pool_glmm(r["events"], r["n"], nodes=7)
    record = Recorder("pool_glmm: edge cases", "glmm mean", r["case"], "nAGQ=7")
    record("mu", list(ours.working), [r["estimate"], r["ci_lb"], r["ci_ub"]])
    record("se", ours.se, r["se"])
    if r["tau2"] > 1e-6:
        record("tau2", ours.tau2 / r["tau2"], 1.0, kind="glmm tau2 ratio")
    else:
        record("tau2", ours.tau2, r["tau2"])
    yield from record.found


def of_subgroups() -> Iterator[Comparison]:
    for data in datasets():
        x, n = data["events"], data["totals"]
        for r in data["subgroup"]:
            labels = data["data"][r["group"]]
            if r.get("method") == "GLMM (default)":
                yield from of_glmm_groups(data, r, np.array(labels))
                continue
            recipe = Recipe(scale=SCALE[r["sm"]], method=r["method_tau"], i2="q")
            shared = "common" if r["tau_common"] else "separate"
            label = f"{r['group']} {r['sm']} {r['method_tau']} {shared}"
            record = Recorder("subgroups", kind_of(r["method_tau"]), data["id"], label)
            ours = subgroups(x, n, labels, recipe, tau2=shared)
            groups = [ours.groups[level] for level in r["levels"]]
            record("k", [g.k for g in groups], r["k"])
            record("TE", [g.working.estimate for g in groups], r["TE"])
            record("se", [g.se for g in groups], r["se"])
            record("lower", [g.working.low for g in groups], r["lower"])
            record("upper", [g.working.high for g in groups], r["upper"])
            record("back", [g.proportion.estimate for g in groups], r["back_random"])
            record("back low", [g.proportion.low for g in groups], r["back_lower"])
            record("back high", [g.proportion.high for g in groups], r["back_upper"])
            record("tau2", [g.tau2 for g in groups], r["tau2"])
            record("Q within", [g.q for g in groups], r["Q_within"], kind="closed form")
            record("I2", [g.i2 for g in groups], r["I2_Qbased"], kind="closed form")
            between = [ours.q_between, ours.pvalue, ours.df_between]
            theirs = [r["Q_between_random"], r["p_between_random"], r["df_between"]]
            record("Q between", between, theirs)
            fixed = subgroups(x, n, labels, Recipe(scale=SCALE[r["sm"]], method="FE"))
            theirs = [r["Q_between_common"], r["p_between_common"]]
            record("Q fixed", [fixed.q_between, fixed.pvalue], theirs, kind="closed form")
            yield from record.found


def of_glmm_groups(
    data: dict[str, Any], r: dict[str, Any], labels: np.ndarray
) -> Iterator[Comparison]:
    """Compare each group of a mixed-model subgroup analysis, which R integrates with 7 nodes."""
    x, n = np.array(data["events"]), np.array(data["totals"])
    record = Recorder("pool_glmm: meta", "glmm mean", data["id"], r["group"])
    for i, level in enumerate(r["levels"]):
        member = labels == level
        if not x[member].any() or (x[member] == n[member]).all():
            continue  # no finite estimate: R prints where its iteration stopped
        ours = pool_glmm(x[member], n[member], nodes=7)
        # Not the limits: lme4's Hessian by finite differences is 0.1 % off in the small groups
        # (test_glmm.py holds ours against second differences of the likelihood).
        record(level, ours.working.estimate, r["TE"][i])
        if r["tau2"][i] > 1e-6:
            record(level, ours.tau2 / r["tau2"][i], 1.0, kind="glmm tau2 ratio")
        else:
            record(f"{level} tau2", ours.tau2, r["tau2"][i])
    yield from record.found


def design_of(data: dict[str, Any], terms: list[str]) -> np.ndarray:
    """Design matrix of an R formula, from the names R gives its columns."""
    columns = []
    for term in terms:
        if term == "intrcpt":
            columns.append(np.ones(data["k"]))
        elif term in data["data"]:
            columns.append(np.array(data["data"][term], dtype=float))
        else:
            factor, level = term[:2], term[2:]
            columns.append(np.array([float(v == level) for v in data["data"][factor]]))
    return np.column_stack(columns)


def of_regression() -> Iterator[Comparison]:
    for data in datasets():
        for r in data["metareg"]:
            if "terms" not in r:
                continue  # a permutation test
            sizes = effect_sizes(data["events"], data["totals"], scale=SCALE[r["measure"]])
            recipe = Recipe(scale=SCALE[r["measure"]], method=r["method"], ci=CI[r["test"]])
            ours = meta_regression(
                sizes.yi, sizes.vi, design_of(data, r["terms"]), recipe, names=r["terms"]
            )
            label = f"{r['measure']} {r['method']} {r['test']} {r['mods']}"
            record = Recorder("meta_regression", kind_of(r["method"]), data["id"], label)
            record("beta", ours.beta, r["beta"])
            record("se", ours.se, r["se"])
            record("p", ours.pvalues, r["pval"])
            record("low", ours.low, r["ci_lb"])
            record("high", ours.high, r["ci_ub"])
            record("tau2", ours.tau2, r["tau2"])
            record("I2", ours.i2, percent(r["I2"]))
            record("QE", [ours.qe, ours.qe_pvalue], [r["QE"], r["QEp"]], kind="closed form")
            record("QM", [ours.qm, ours.qm_pvalue], [r["QM"], r["QMp"]])
            # Where R's iteration leaves a tau2 of 1e-10 and the like without moderators, its R2 is
            # the ratio of two rounding errors.
            if ours.r2 is not None:
                record("R2", ours.r2, percent(r["R2"]))
            yield from record.found


def of_blup() -> Iterator[Comparison]:
    for data in datasets():
        for r in data["sensitivity"]:
            if r["what"] != "blup":
                continue
            sizes = effect_sizes(data["events"], data["totals"], scale=SCALE[r["measure"]])
            ours = blup(sizes.yi, sizes.vi, Recipe(method=r["method"]))
            label = f"{r['measure']} {r['method']}"
            record = Recorder("blup", kind_of(r["method"]), data["id"], label)
            record("pred", ours.estimates, r["pred"])
            record("se", ours.se, r["se"])
            record("low", ours.low, r["pi_lb"])
            record("high", ours.high, r["pi_ub"])
            yield from record.found


def _fit(record: Recorder, ours: Any, theirs: dict[str, Any]) -> None:
    """Compare a pooled result with a fit as the published cases store it."""
    record("estimate", ours.working.estimate, theirs["estimate"])
    record("se", ours.se, theirs["se"])
    record("ci", [ours.working.low, ours.working.high], theirs["ci"])
    if theirs.get("pi"):
        record("pi", [ours.prediction_working.low, ours.prediction_working.high], theirs["pi"])
    record("tau2", ours.tau2, theirs["tau2"])
    record("I2", ours.i2, percent(theirs["I2"]))
    record("H2", ours.h2, theirs["H2"])
    record("Q", [ours.q, ours.q_pvalue], [theirs["QE"], theirs["QEp"]], kind="closed form")


def of_published() -> Iterator[Comparison]:
    """Published worked examples, recomputed exactly."""
    cases = {case["id"]: case for case in reference("reference_cases_open")["cases"]}

    def recorder(case: str, label: str, kind: str = "iterative") -> Recorder:
        return Recorder("published examples", kind, case, label)

    case = cases["miller1978_pft4"]
    exact, x, n = case["exact_recomputed"], case["data"]["xi"], case["data"]["ni"]
    record = recorder(case["id"], "PFT", "closed form")
    sizes = effect_sizes(x, n, scale="double_arcsine")
    record("yi", sizes.yi, exact["yi"])
    record("vi", sizes.vi, exact["vi"])
    weighted = pool(x, n, Recipe(method="FE"))
    record("weighted", weighted.working.estimate, exact["weighted"])
    record("back weighted", weighted.proportion.estimate, exact["back_weighted"])
    mean = sizes.yi.mean()
    record("unweighted", mean, exact["unweighted"])
    shown = back_transform(mean, scale="double_arcsine", totals=n)
    record("back unweighted", shown, exact["back_unweighted"])
    yield from record.found

    case = cases["stijnen2010_control_plo"]
    exact, x, n = case["exact_recomputed"], case["data"]["xi"], case["data"]["ni"]
    record = recorder(case["id"], "REML")
    normal = pool(x, n, Recipe(scale="logit"))
    _fit(record, normal, exact["nn"])
    record("back", list(normal.proportion), exact["nn"]["back"])
    yield from record.found
    for name, nodes in (("glmm", 7), ("glmm_nAGQ21", 21)):
        yield from _glmm_case(recorder(case["id"], name, "glmm mean"), x, n, exact[name], nodes)

    case = cases["bcg_heterogeneity_ci"]
    exact, y, v = case["exact_recomputed"], case["data"]["yi"], case["data"]["vi"]
    record = recorder(case["id"], "DL", "closed form")
    ours = pool_effects(y, v, Recipe(method="DL"))
    _fit(record, ours, exact["fit"])
    interval = tau2_interval(y, v, estimator="DL")
    record("tau2 interval", list(interval), exact["confint"]["tau2"], kind="q-profile")
    yield from record.found

    case = cases["dersimonian2007_clasp_tau_estimators"]
    y, v = case["data"]["yi"], case["data"]["vi"]
    for method, theirs in case["exact_recomputed"].items():
        if method != "HSk":  # a small-sample variant of HS that metaprop does not offer
            record = recorder(case["id"], method, kind_of(method))
            _fit(record, pool_effects(y, v, Recipe(method=method)), theirs)
            yield from record.found

    case = cases["raudenbush2009_hksj_pi"]
    exact, y, v = case["exact_recomputed"], case["data"]["yi"], case["data"]["vi"]
    for name, theirs in exact.items():
        method, _, test = name.partition("_")
        if test not in ("z", "knha"):
            continue
        method = "FE" if method == "EE" else method
        recipe = Recipe(
            method=method,
            ci=CI[test],
            prediction="z" if test == "z" else "t-k-1",
            prediction_se="interval",
        )
        record = recorder(case["id"], name, kind_of(method))
        _fit(record, pool_effects(y, v, recipe), theirs)
        yield from record.found
    record = recorder(case["id"], "REML")
    shrunken = blup(y, v, Recipe()).estimates
    record("blup range", [shrunken.min(), shrunken.max()], exact["blup_range"])
    weeks = np.minimum(case["data"]["weeks"], 3)
    fitted = meta_regression(y, v, np.column_stack([np.ones(len(y)), weeks]), Recipe())
    theirs = exact["metareg"]
    record("beta", fitted.beta, theirs["beta"])
    record("z", fitted.beta / fitted.se, theirs["zval"])
    record("tau2", fitted.tau2, theirs["tau2"])
    record("QE", fitted.qe, theirs["QE"])
    record("R2", fitted.r2, percent(theirs["R2"]))
    yield from record.found

    case = cases["egger2001_regtest"]
    y, v = case["data"]["yi"][:], case["data"]["vi"][:]
    drop = case["data"]["drop_for_no_isis4"] - 1
    del y[drop], v[drop]
    record = recorder(case["id"], "without ISIS-4")
    _fit(record, pool_effects(y, v, Recipe()), case["exact_recomputed"]["no_isis4"]["fit"])
    yield from record.found

    case = cases["pritz1997_proportions"]
    exact, x, n = case["exact_recomputed"], case["data"]["xi"], case["data"]["ni"]
    for name, theirs in exact.items():
        measure, _, method = name.partition("_")
        if measure not in SCALE:
            continue
        record = recorder(case["id"], name, kind_of(method))
        ours = pool(x, n, Recipe(scale=SCALE[measure], method=method))
        _fit(record, ours, theirs)
        if theirs.get("back"):
            record("back", [*ours.proportion, *list(ours.prediction)[1:]], theirs["back"])
        sizes = effect_sizes(x, n, scale=SCALE[measure])
        interval = tau2_interval(sizes.yi, sizes.vi, estimator=method)
        record("tau2 interval", list(interval), theirs["confint"]["tau2"], kind="q-profile")
        yield from record.found
    yield from _glmm_case(recorder(case["id"], "glmm", "glmm mean"), x, n, exact["glmm"], 7)
    record = recorder(case["id"], "total", "closed form")
    low, high = proportion_interval([sum(x)], [sum(n)], method="clopper-pearson")
    record("exact", [sum(x) / sum(n), low[0], high[0]], exact["clopper_total"])
    yield from record.found

    case = cases["nyaga2014_ascus_metaprop"]
    exact = case["exact_recomputed"]
    record = recorder(case["id"], "stata-metaprop", "closed form")
    ours = pool(case["data"]["num"], case["data"]["denom"], Recipe.preset("stata-metaprop"))
    record("es", list(ours.proportion), [exact["es"], exact["lo"], exact["hi"]])
    record("Q", [ours.q, ours.q_pvalue, ours.i2], [exact["Q"], exact["pQ"], exact["I2"] / 100])
    record("tau2", ours.tau2, exact["tau2_statascale"])
    yield from record.found


def _glmm_case(
    record: Recorder, x: Any, n: Any, theirs: dict[str, Any], nodes: int
) -> Iterator[Comparison]:
    ours = pool_glmm(x, n, nodes=nodes)
    record("estimate", [ours.working.estimate, ours.se], [theirs["estimate"], theirs["se"]])
    record("ci", [ours.working.low, ours.working.high], theirs["ci"])
    record("pi", [ours.prediction_working.low, ours.prediction_working.high], theirs["pi"])
    record("tau2", ours.tau2 / theirs["tau2"], 1.0, kind="glmm tau2 ratio")
    record("I2", ours.i2, percent(theirs["I2"]))
    record("Q", [ours.q, ours.q_lrt], [theirs["QE_Wld"], theirs["QE_LRT"]])
    yield from record.found


PARTS: dict[str, Callable[[], Iterable[Comparison]]] = {
    "effect sizes": of_effect_sizes,
    "study intervals": of_study_intervals,
    "inverse variance (metafor)": of_rma,
    "inverse variance (meta)": of_metaprop_inverse,
    "mixed model": of_glmm,
    "edge cases": of_edge_cases,
    "subgroups": of_subgroups,
    "meta-regression": of_regression,
    "blup": of_blup,
    "published examples": of_published,
}


def comparisons() -> Iterator[Comparison]:
    """Yield every comparison of this module."""
    for part in PARTS.values():
        yield from compared(part)
