"""Simulate the coverage of prediction intervals at the study sizes and rates of this review.

Run by hand: ``PYTHONPATH=lib python bench/prediction_coverage.py``. It takes the totals and the
pooled rate of every outcome from the review itself, draws sets of cohorts of these sizes whose
logits are normal about that of the rate, and asks of every method how often its interval holds the
true proportion of a new cohort. That probability is known for each interval, so that only the sets
are random, not the new cohorts. The tables go to ``docs/prediction-coverage.md``, and every cell of
every method to ``docs/prediction-coverage.csv``, which the book shows.

Every method works from one table: the likelihood of each possible count of events in each study, on
a grid of μ and τ. A sample of sets is computed again by the library itself, and the largest
difference printed.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr
from scipy.stats import norm, t

from metaprop import (
    HalfNormal,
    Normal,
    Recipe,
    Uniform,
    half_cauchy,
    pool,
    pool_glmm,
    prediction_interval,
)
from metaprop.prediction import NEW_STUDY_MU_PRIOR, NEW_STUDY_TAU_PRIOR
from metaprop.study_integral import StudyIntegral
from reviewbook import open_book

FloatArray = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[1]
TAUS = (0.27, 0.5, 0.8, 1.2)
LEVEL = 0.95
TAU_PRIORS = (
    HalfNormal(0.5),
    HalfNormal(1.0),
    HalfNormal(1.25),
    half_cauchy(0.5),
    half_cauchy(1.0),
    Uniform(4.0),
)
MU_PRIORS = (Normal(0.0, 2.0), Normal(0.0, 4.0), Normal(0.0, 10.0))
MEAN_GOAL, CELL_GOAL = 0.93, 0.90

# Grid: τ = 0.8 x / (1 − x) at Gauss–Legendre nodes of two panels, with 0 in front for the maximum.
_x, _w = np.polynomial.legendre.leggauss(16)
_X = np.concatenate([0.25 + 0.25 * _x, 0.75 + 0.25 * _x])
TAU = np.append(1e-6, 0.8 * _X / (1.0 - _X))
TAU_WEIGHTS = np.append(0.0, 0.25 * np.tile(_w, 2) * 0.8 / (1.0 - _X) ** 2)
MU = np.linspace(-10.0, 10.0, 161)
THETA = np.linspace(-10.0, 10.0, 201)


class Tables:
    """Log-likelihood of every count of events in studies of the sizes of one outcome."""

    def __init__(self, totals: FloatArray) -> None:
        self.totals = totals
        self.of = {
            int(n): np.stack(
                [
                    StudyIntegral(float(x), float(n)).log(MU[None, :], TAU[:, None])
                    for x in range(int(n) + 1)
                ]
            )
            for n in np.unique(totals)
        }

    def log(self, events: FloatArray) -> FloatArray:
        """Return log-likelihoods of sets of studies: (sets, k) to (sets, τ, μ)."""
        total = np.zeros((events.shape[0], TAU.size, MU.size))
        for j, n in enumerate(self.totals):
            total += self.of[int(n)][events[:, j]]
        return total


Limits = dict[str, tuple[FloatArray, FloatArray]]
USED = f"Bayesian, τ {NEW_STUDY_TAU_PRIOR.label}, μ {NEW_STUDY_MU_PRIOR.label}"


def bayesian(log: FloatArray) -> Limits:
    """Equal-tailed predictive intervals under every pair of priors."""
    # Single precision is enough for probabilities, and half the time.
    z = (THETA[None, None, :] - MU[None, :, None]) / TAU[:, None, None]
    kernel = ndtr(z).astype(np.float32)
    found: Limits = {}
    likelihood = np.exp(log - log.max(axis=(1, 2), keepdims=True))
    for mu_prior in MU_PRIORS:
        joint = likelihood * norm.pdf(MU, mu_prior.mean, mu_prior.sd)
        mass = joint.sum(axis=2)
        by_tau = np.moveaxis(joint, 1, 0).astype(np.float32)
        cdf = np.moveaxis(by_tau @ kernel, 0, 1)
        for prior in TAU_PRIORS:
            density = np.where(prior.upper >= TAU, np.exp(prior.log_density(TAU)), 0.0)
            weights = TAU_WEIGHTS * density
            curve = np.tensordot(cdf, weights, axes=(1, 0)) / (mass @ weights)[:, None]
            limits = [
                np.array([np.interp(p, one, THETA) for one in curve])
                for p in (0.5 - LEVEL / 2, 0.5 + LEVEL / 2)
            ]
            found[f"Bayesian, τ {prior.label}, μ {mu_prior.label}"] = (limits[0], limits[1])
    return found


def _vertex(left: FloatArray, middle: FloatArray, right: FloatArray) -> FloatArray:
    """Offset of a parabola's top from the middle of three equidistant points, in steps."""
    bend = left - 2.0 * middle + right
    return np.clip(np.where(bend < 0.0, 0.5 * (left - right) / bend, 0.0), -1.0, 1.0)


def maximum_likelihood(log: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return μ, its standard error and τ of each set, from the grid and parabolas in it."""
    sets, rows = np.arange(log.shape[0]), np.arange(TAU.size)
    step = float(MU[1] - MU[0])
    best = np.clip(log.argmax(axis=2), 1, MU.size - 2)
    three = [log[sets[:, None], rows, best + d] for d in (-1, 0, 1)]
    move = _vertex(three[0], three[1], three[2])
    mu = MU[best] + step * move
    profile = three[1] - 0.25 * (three[0] - three[2]) * move
    curvature = -(three[0] - 2.0 * three[1] + three[2]) / step**2
    # The profile is even in τ: a parabola through three neighbours, mirrored at 0.
    top = profile.argmax(axis=1)
    at = np.clip(top, 1, TAU.size - 2)
    a, b, c = (TAU[at + d] for d in (-1, 0, 1))
    fa, fb, fc = (profile[sets, at + d] for d in (-1, 0, 1))
    slope = (fb - fa) / (b - a)
    bend = 2.0 * ((fc - fb) / (c - b) - slope) / (c - a)
    tau = np.clip(0.5 * (a + b) - slope / np.minimum(bend, -1e-12), 0.0, TAU[-1])
    tau = np.where(top == 0, 0.0, tau)
    at_best = [
        np.array([np.interp(v, TAU, row) for v, row in zip(tau, rows_of, strict=True)])
        for rows_of in (mu, curvature)
    ]
    follow = (mu[sets, at + 1] - mu[sets, at - 1]) / (c - a)
    extra = np.where(tau > 0.0, follow**2 / np.maximum(-bend, 1e-12), 0.0)
    return at_best[0], np.sqrt(1.0 / np.maximum(at_best[1], 1e-12) + extra), tau


def mixed_model(log: FloatArray, k: int) -> Limits:
    """Wald-type intervals of the maximum-likelihood fit."""
    mu, se, tau = maximum_likelihood(log)
    found = {}
    for name, quantile in (
        ("normal", norm.ppf(0.5 + LEVEL / 2)),
        ("t(k − 1)", t.ppf(0.5 + LEVEL / 2, k - 1)),
        ("t(k − 2)", t.ppf(0.5 + LEVEL / 2, k - 2)),
    ):
        half = quantile * np.sqrt(se**2 + tau**2)
        found[f"mixed model, {name}"] = (mu - half, mu + half)
    return found


def inverse_variance(events: FloatArray, totals: FloatArray) -> Limits:
    """REML on the logit scale with Hartung–Knapp, 1/2 added to studies at 0 or n."""
    found = {}
    for prediction, name in (("t-k-1", "t(k − 1)"), ("t-k-2", "t(k − 2)")):
        recipe = Recipe(
            scale="logit",
            method="REML",
            ci="hartung-knapp",
            prediction=prediction,
            prediction_se="interval",
        )
        pooled = [pool(x, totals, recipe).prediction_working for x in events]
        limits = np.array([[one.low, one.high] for one in pooled])
        found[f"REML on logits, Hartung–Knapp, {name}"] = (limits[:, 0], limits[:, 1])
    return found


def simulate(sets: int, seed: int, tell: Callable[[str], None]) -> tuple[dict[str, dict], dict]:
    """Return the outcomes by label, and coverage and width of each method in each cell."""
    book = open_book(ROOT)
    cells: dict[tuple[str, str, float], tuple[float, float]] = {}
    outcomes: dict[str, dict] = {}
    tables: dict[tuple[int, ...], Tables] = {}
    for number, outcome in enumerate(book.review.outcomes):
        analysis = book.analyse(outcome.id)
        totals = np.asarray(analysis.selection.totals, dtype=np.int64)
        rate = analysis.primary.proportion.estimate
        label = f"{outcome.short} ({rate:.3f}, {totals.size} cohorts)"
        outcomes[label] = {"outcome": outcome.id, "cohorts": totals.size, "rate": round(rate, 6)}
        key = tuple(sorted(totals.tolist()))
        if key not in tables:
            tables[key] = Tables(np.array(key))
        sizes, mu = tables[key].totals, float(logit(rate))
        worst = np.zeros(3)
        for index, tau in enumerate(TAUS):
            rng = np.random.default_rng([seed, number, index])
            events = rng.binomial(sizes, expit(rng.normal(mu, tau, (sets, sizes.size))))
            one_sided = ~events.any(axis=1) | (events == sizes).all(axis=1)
            parts: dict[str, list[tuple[FloatArray, FloatArray]]] = {}
            for start in range(0, sets, 250):
                chunk = events[start : start + 250]
                log = tables[key].log(chunk)
                found = bayesian(log) | mixed_model(log, sizes.size)
                found |= inverse_variance(chunk, sizes)
                for method, limits in found.items():
                    parts.setdefault(method, []).append(limits)
                if start == 0:
                    worst = np.maximum(worst, against_library(chunk[:5], sizes, log[:5], found))
            for method, pieces in parts.items():
                low, high = (np.concatenate([piece[end] for piece in pieces]) for end in (0, 1))
                held = ndtr((high - mu) / tau) - ndtr((low - mu) / tau)
                width = expit(high) - expit(low)
                if method.startswith("mixed"):  # no interval exists: not held, and no width
                    held, width = np.where(one_sided, 0.0, held), np.where(one_sided, 0.0, width)
                cells[method, label, tau] = float(held.mean()), float(width.mean())
            tell(f"{label}, tau {tau}")
        tell(
            "largest difference to the library: limits {:.1e} (proportion), mixed model {:.1e} "
            "(mu), {:.1e} (tau)".format(*worst)
        )
    return outcomes, cells


def against_library(
    events: FloatArray, totals: FloatArray, log: FloatArray, found: Limits
) -> FloatArray:
    """Largest differences of a few sets to what the library computes."""
    differences = np.zeros(3)
    mu, _, tau = maximum_likelihood(log)
    for i, x in enumerate(events):
        if USED in found:
            interval = prediction_interval(x, totals, level=LEVEL)
            ours = expit(np.array([limits[i] for limits in found[USED]]))
            theirs = np.array([interval.low, interval.high])
            differences[0] = max(differences[0], float(np.abs(ours - theirs).max()))
        if 0 < x.sum() < totals.sum():
            fit = pool_glmm(x, totals, nodes=11)
            differences[1] = max(differences[1], abs(fit.working.estimate - float(mu[i])))
            differences[2] = max(differences[2], abs(math.sqrt(fit.tau2) - float(tau[i])))
    return differences


def write_cells(path: Path, outcomes: dict[str, dict], cells: dict, sets: int) -> None:
    """Write coverage and mean width of every method in every cell, one row each."""
    head = ["method", "used", "outcome", "cohorts", "rate", "tau", "sets", "coverage", "width"]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, head, lineterminator="\n")
        out.writeheader()
        for (method, label, tau), (held, width) in cells.items():
            measured = {
                "tau": tau,
                "sets": sets,
                "coverage": round(held, 6),
                "width": round(width, 6),
            }
            out.writerow({"method": method, "used": method == USED, **outcomes[label], **measured})


def tables_of(names: list[str], cells: dict, sets: int, seed: int) -> str:
    """Write both tables as Markdown, and say which method the rule picks."""
    methods = list(dict.fromkeys(method for method, _, _ in cells))
    rows = []
    for method in methods:
        means = [np.mean([cells[method, name, tau][0] for tau in TAUS[:3]]) for name in names]
        lowest = min(cells[method, name, tau][0] for name in names for tau in TAUS)
        width = np.mean([cells[method, name, tau][1] for name in names for tau in TAUS])
        meets = min(means) >= MEAN_GOAL and lowest >= CELL_GOAL
        rows.append((method, means, lowest, float(width), meets))
    best = min((row for row in rows if row[4]), key=lambda row: row[3], default=None)
    rows.sort(key=lambda row: (not row[4], row[3]))

    def line(parts: list[str]) -> str:
        return "| " + " | ".join(parts) + " |"

    taus = ", ".join(f"{tau:g}" for tau in TAUS[:3])
    out = [
        "# Coverage of prediction intervals",
        "",
        f"Written by `bench/prediction_coverage.py` with {sets} sets of cohorts a cell and seed",
        f"{seed}. Each set has the cohort sizes of an outcome of this review, and logits normal",
        "about that of its pooled rate with standard deviation τ of",
        f"{', '.join(f'{tau:g}' for tau in TAUS)}. A 95% interval should hold the true proportion",
        "of a new cohort in 95% of sets.",
        "",
        f"A method meets the goal when its coverage, averaged over τ of {taus}, is at least",
        f"{MEAN_GOAL:.0%} for every outcome, and at least {CELL_GOAL:.0%} in every cell, τ of",
        f"{TAUS[-1]:g} included. Of those that do, the one of least mean width is",
        f"`metaprop.prediction_interval`: {best[0] if best else 'none'}. Where no patient or every",
        "patient had the event the mixed model has no interval, and counts as not holding.",
        "",
        line(["method", *(f"{name}, %" for name in names), "lowest cell, %", "mean width", "goal"]),
        line(["---"] * (len(names) + 4)),
    ]
    out += [
        line(
            [
                method + (" **(used)**" if best and method == best[0] else ""),
                *(f"{100 * mean:.1f}" for mean in means),
                f"{100 * lowest:.1f}",
                f"{width:.3f}",
                "met" if meets else "missed",
            ]
        )
        for method, means, lowest, width, meets in rows
    ]
    if best:
        out += ["", "Coverage in % and mean width of the interval used, cell by cell:", ""]
        out += [line(["τ", *names]), line(["---"] * (len(names) + 1))]
        for tau in TAUS:
            found = [cells[best[0], name, tau] for name in names]
            out.append(line([f"{tau:g}", *(f"{100 * held:.1f} ({w:.3f})" for held, w in found)]))
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=2000, help="simulated sets a cell")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--print-only", action="store_true", help="do not write the file")
    options = parser.parse_args()
    began = time.perf_counter()
    outcomes, results = simulate(
        options.sets,
        options.seed,
        lambda text: print(f"{time.perf_counter() - began:6.0f} s  {text}", flush=True),
    )
    text = tables_of(list(outcomes), results, options.sets, options.seed)
    print(text)
    if not options.print_only:
        (ROOT / "docs" / "prediction-coverage.md").write_text(text, encoding="utf-8")
        write_cells(ROOT / "docs" / "prediction-coverage.csv", outcomes, results, options.sets)
