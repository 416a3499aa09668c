"""Time metaprop here beside an earlier revision of it, and say whether the results agree.

Run by hand: ``python bench/against.py REVISION``, and with ``--growing`` for the calls whose cost
once grew out of hand. Both are run in turns by fresh interpreters on the same machine, so that
their ratio means something where the times themselves do not. Times are of the processor, of one
thread. Where the two answer in another way, the table says by how much.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

# One thread each. Before numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from survival import trial

Numbers = list[float]
Calls = dict[str, Callable[[], Any]]

ROOT = Path(__file__).resolve().parent.parent
# A call that takes longer than this, in seconds, is made once.
LONG = 2.0


def usual() -> Calls:
    """Tests and fits of everyday size; each returns numbers, which both revisions should share."""
    from metaprop import Recipe, meta_regression, permutation_test, pool_effects, rank_test

    found: Calls = {}
    for k in (13, 50, 200):
        rng = np.random.default_rng(k)
        y, v = rng.normal(size=k), rng.uniform(0.05, 0.5, k)
        x = np.column_stack((np.ones(k), rng.normal(size=k)))
        found[f"permutation test, {k} studies, 300 permutations"] = lambda y=y, v=v, x=x: [
            *(test := permutation_test(y, v, x, exact=False, iterations=300)).pvalues.tolist(),
            test.qm_pvalue,
        ]
        found[f"meta-regression, {k} studies, REML"] = lambda y=y, v=v, x=x: meta_regression(
            y, v, x
        ).beta.tolist()
        found[f"pool, {k} studies, REML"] = lambda y=y, v=v: list(
            pool_effects(y, v, Recipe(scale="logit")).working
        )
    for k in (50, 1000, 3000):
        rng = np.random.default_rng(k)
        y, v = rng.normal(size=k), np.round(rng.uniform(0.05, 0.5, k), 2)
        found[f"rank test, {k} studies with ties"] = lambda y=y, v=v: [
            (test := rank_test(y, v)).score,
            test.tau,
            test.pvalue,
        ]
    return found


def growing() -> Calls:
    """Calls at sizes that show how their cost grows."""
    import metaprop
    from metaprop import survival

    def regression(name: str, n: int) -> Numbers:
        t, event, group, age = trial(n).values()
        return getattr(survival, name)(t, event, np.c_[group, age]).log_hr.tolist()

    def posterior(n: int) -> Numbers:
        fit = metaprop.bayes_binomial(
            [n // 10, n // 2, 3],
            [n, n, 12],
            tau_prior=metaprop.HalfNormal(1.0),
            mu_prior=metaprop.Normal(0.0, 10.0),
        )
        return [fit.mu.mean, fit.mu.sd, fit.tau.mean]

    def odds_ratio(n: int) -> Numbers:
        return list(survival.odds_ratio_exact(n // 2, n, 2 * n // 5, n).odds_ratio)

    rng = np.random.default_rng(200)
    totals = rng.integers(5, 60, 200)
    events = rng.binomial(totals, 1 / (1 + np.exp(-rng.normal(1.0, 0.8, 200))))
    mixed = metaprop.Recipe(scale="logit", method="GLMM", zeros="none", ci="wald")

    def left_out() -> Numbers:
        return metaprop.leave_one_out(events, totals, mixed)["working"].tolist()

    def one_by_one() -> Numbers:
        pooled = (
            metaprop.pool_glmm(np.delete(events, i), np.delete(totals, i)) for i in range(200)
        )
        return [fit.working.estimate for fit in pooled]

    def size(n: int) -> str:
        return f"{n:,}".replace(",", " ")

    found: Calls = {}
    for name, sizes in (("cox", (2_000, 20_000)), ("firth_cox", (250, 500, 1_000))):
        for n in sizes:
            found[f"`{name}`, {size(n)} patients"] = partial(regression, name, n)
    found["`leave_one_out`, mixed model, 200 studies"] = left_out
    found["the same as 200 calls of `pool_glmm`"] = one_by_one
    for n in (100, 10**5, 10**6, 10**7):
        found[f"`bayes_binomial`, two studies of {size(n)}"] = partial(posterior, n)
    for n in (10**4, 10**6):
        found[f"`odds_ratio_exact`, groups of {size(n)}"] = partial(odds_ratio, n)
    return found


def measure(calls: Calls) -> dict[str, dict[str, Any]]:
    """Return seconds (the least of several calls, or of one long call) and numbers of each."""
    rows = {}
    for name, call in calls.items():
        seconds: list[float] = []
        while sum(seconds) < 0.4 or (len(seconds) < 3 and seconds[0] < LONG):
            start = time.process_time()
            numbers = call()
            seconds.append(time.process_time() - start)
        rows[name] = {"seconds": min(seconds), "numbers": numbers}
    return rows


def run(lib: Path, kind: str) -> dict[str, dict[str, Any]]:
    """Measure the library of a folder in an interpreter of its own."""
    found = subprocess.run(
        [sys.executable, __file__, "--measure", kind],
        env={**os.environ, "PYTHONPATH": str(lib), "PYTHONNOUSERSITE": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    rows: dict[str, dict[str, Any]] = json.loads(found.stdout)
    return rows


def agreement(before: list[float], now: list[float]) -> str:
    """Say whether the numbers are equal, and else by how much the worst of them differs."""
    if np.allclose(before, now, rtol=1e-9, atol=1e-12):
        return "equal"
    worst = np.abs(np.subtract(before, now)) / np.maximum(np.abs(now), 1e-12)
    return f"differ by {worst.max():.0e}"


def table(revision: str, kind: str, turns: int) -> str:
    """Measure both revisions in turns and write the table as Markdown."""
    archive = subprocess.run(
        ["git", "archive", revision, "lib/metaprop"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        pairs = [(run(Path(folder) / "lib", kind), run(ROOT / "lib", kind)) for _ in range(turns)]
    lines = [f"| what | {revision[:12]} | here | ratio | numbers |", "|" + " --- |" * 5]
    for name in pairs[0][1]:
        before, now = (min(pair[i][name]["seconds"] for pair in pairs) for i in (0, 1))
        same = agreement(*(side[name]["numbers"] for side in pairs[0]))
        lines.append(
            f"| {name} | {1000 * before:.2f} ms | {1000 * now:.2f} ms | {before / now:.1f}× | "
            f"{same} |"
        )
    return "\n".join(lines)


KINDS = {"usual": usual, "growing": growing}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", nargs="?", default="HEAD", help="any name git knows")
    parser.add_argument(
        "--growing", dest="kind", action="store_const", const="growing", default="usual"
    )
    parser.add_argument("--turns", type=int, default=3, help="how often each revision is run")
    parser.add_argument("--measure", choices=KINDS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(KINDS[options.measure]())))
    else:
        print(table(options.revision, options.kind, options.turns))
