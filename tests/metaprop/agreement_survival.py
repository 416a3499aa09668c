"""Comparisons of the survival tools with R's survival and survRM2 packages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np
from agreement import TOLERANCES, Comparison, compared, reference

from metaprop.survival import (
    cloglog,
    cox,
    kaplan_meier,
    logrank,
    ph_test,
    rmst_difference,
)

SCALE = {
    "plain": "plain",
    "log": "log",
    "log-log": "log-log",
    "logit": "logit",
    "arcsin": "arcsine",
}
# R's quantile() gives 25.2 here, its print() 16.3, the time at which the upper limit of the curve
# falls below 1/2. The reference holds the former; see test_survival_curves.py.
R_CONTRADICTS_ITSELF = ("log", 0, "median_upper")


def data() -> tuple[np.ndarray, ...]:
    """Time, status, arm, age and site of the 60 patients."""
    patients = reference("r_reference_open")["survival"]["data"]
    return tuple(
        np.array(patients[name], float) for name in ("time", "status", "arm", "age", "site")
    )


def _compare(function: str, kind: str, label: str, ours: Any, theirs: Any) -> Iterator[Comparison]:
    mine, r = np.ravel(np.asarray(ours, float)), np.ravel(np.asarray(theirs, float))
    assert mine.size == r.size, (function, label, mine, r)
    for i, (a, b) in enumerate(zip(mine, r, strict=True)):
        yield Comparison(
            function, kind, "survival", f"{label}[{i}]", float(a), float(b), TOLERANCES[kind]
        )


def curves() -> Iterator[Comparison]:
    """Survival, limits on five scales, and medians."""
    time, event, arm, _, _ = data()
    for record in reference("r_reference_open")["survival"]["survfit"]:
        scale = SCALE[record["conf_type"]]
        for j, (when, stratum) in enumerate(
            zip(record["times"] * 2, record["strata"], strict=True)
        ):
            g = int(stratum[-1])
            curve = kaplan_meier(time[arm == g], event[arm == g])
            r = [record[name][j] for name in ("surv", "lower", "upper")]
            label = f"{scale} arm {g} at {when}"
            yield from _compare(
                "survival.kaplan_meier", "closed form", label, [*curve.at(when, scale=scale)], r
            )
            row = np.searchsorted(curve.time, when, side="right") - 1
            yield from _compare(
                "survival.kaplan_meier", "closed form", f"{label} se",
                curve.se[row], record["std_err"][j],
            )  # fmt: skip
        for g in (0, 1):
            median = kaplan_meier(time[arm == g], event[arm == g]).median(scale=scale)
            for name, mine in zip(
                ("median", "median_lower", "median_upper"),
                (median.estimate, median.low, median.high),
                strict=True,
            ):
                theirs = record[name][g]
                if (scale, g, name) == R_CONTRADICTS_ITSELF:
                    continue
                assert (mine is None) == (theirs is None), (scale, g, name, mine, theirs)
                if mine is not None:
                    yield from _compare(
                        "survival.kaplan_meier", "closed form", f"{scale} {name} {g}", mine, theirs
                    )


def landmarks() -> Iterator[Comparison]:
    """Read the standard error back from R's limits on a scale that is told."""
    for record in reference("r_reference_open")["survival"]["survfit"]:
        scale = SCALE[record["conf_type"]]
        for j, s in enumerate(record["surv"]):
            read = cloglog(s, (record["lower"][j], record["upper"][j]), interval_scale=scale)
            yield from _compare(
                "survival.cloglog", "closed form", f"{scale} {j}",
                read.se * s * -np.log(s), record["std_err"][j],
            )  # fmt: skip


def rank_tests() -> Iterator[Comparison]:
    """Log-rank tests."""
    time, event, arm, _, site = data()
    survival = reference("r_reference_open")["survival"]
    for record in survival["survdiff"]:
        found = logrank(time, event, arm, rho=record["rho"])
        for name, mine, theirs in (
            ("chisq", found.statistic, record["chisq"]),
            ("p", found.pvalue, record["pval"]),
            ("observed", found.observed, record["obs"]),
            ("expected", found.expected, record["exp"]),
            ("variance", found.covariance, record["var"]),
        ):
            label = f"rho {record['rho']} {name}"
            yield from _compare("survival.logrank", "closed form", label, mine, theirs)
    stratified, r = logrank(time, event, arm, strata=site), survival["survdiff_strat"]
    yield from _compare(
        "survival.logrank", "closed form", "strata",
        [stratified.statistic, stratified.pvalue], [r["chisq"], r["pval"]],
    )  # fmt: skip


def models() -> Iterator[Comparison]:
    """Cox regressions and tests of proportional hazards."""
    time, event, arm, age, site = data()
    survival = reference("r_reference_open")["survival"]
    for record in survival["coxph"]:
        if record["ties"] == "exact":  # not offered
            continue
        fit = cox(time, event, np.c_[arm, age], ties=record["ties"])
        for name, mine, theirs in (
            ("beta", fit.log_hr, record["beta"]),
            ("se", fit.se, record["se"]),
            ("hr", [h.estimate for h in fit.hazard_ratios], record["hr"]),
            ("low", [h.low for h in fit.hazard_ratios], record["hr_lower"]),
            ("high", [h.high for h in fit.hazard_ratios], record["hr_upper"]),
            ("p", fit.pvalues, record["pval"]),
            ("lrt", [fit.likelihood_ratio, fit.likelihood_ratio_pvalue], record["lrt"][::2]),
            ("score", fit.score, record["score"][0]),
            ("loglik", [fit.log_likelihood_null, fit.log_likelihood], record["loglik"]),
        ):
            label = f"{record['ties']} {name}"
            yield from _compare("survival.cox", "iterative", label, mine, theirs)
    single, r = cox(time, event, arm), survival["coxph_uni"]
    yield from _compare(
        "survival.cox", "iterative", "one covariate",
        [single.log_hr[0], single.se[0], *single.hazard_ratios[0], single.pvalues[0]],
        [r["beta"], r["se"], r["hr"], r["hr_lower"], r["hr_upper"], r["pval"]],
    )  # fmt: skip
    for record in r["zph"]:
        found = ph_test(time, event, arm, transform=record["transform"])
        yield from _compare(
            "survival.ph_test", "iterative", record["transform"],
            [found.statistics[0], found.pvalues[0]], [record["chisq"], record["p"]],
        )  # fmt: skip
    strata, r = cox(time, event, arm, strata=site), survival["coxph_strat"]
    yield from _compare(
        "survival.cox", "iterative", "strata",
        [strata.log_hr[0], strata.se[0]], [r["beta"], r["se"]],
    )  # fmt: skip


def restricted_means() -> Iterator[Comparison]:
    """Restricted mean survival time (survRM2)."""
    time, event, arm, _, _ = data()
    r = reference("r_reference_open")["survival"]["rmst"]
    found = rmst_difference(time, event, arm, r["tau"])
    for group, name in zip(found.groups, ("arm1", "arm0"), strict=True):
        mine = [group.mean.estimate, group.se, group.mean.low, group.mean.high]
        yield from _compare("survival.rmst", "closed form", name, mine, r[name])
    mine = [
        *found.difference, found.pvalue,
        *found.ratio, found.pvalue_ratio,
        *found.ratio_lost, found.pvalue_ratio_lost,
    ]  # fmt: skip
    yield from _compare("survival.rmst_difference", "closed form", "contrast", mine, r["contrast"])


PARTS = {
    "curves": curves,
    "landmarks": landmarks,
    "log-rank": rank_tests,
    "cox and proportional hazards": models,
    "restricted means": restricted_means,
}


def comparisons() -> Iterable[Comparison]:
    """Yield every comparison of the survival tools."""
    return chain.from_iterable(compared(part) for part in PARTS.values())
