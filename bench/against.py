"""Time metaprop here beside an earlier revision of it, and say whether the results agree.

Run by hand: ``python bench/against.py REVISION``. Both are run in turns by fresh interpreters on
the same machine, so that their ratio means something where the times themselves do not. A call that
the earlier revision lacks or answers in another way is said to differ, not left out.
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
from pathlib import Path
from typing import Any

# One thread each. Before numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TURNS = 3


def calls() -> dict[str, Callable[[], Any]]:
    """What is timed: each returns numbers that must not depend on the revision."""
    from metaprop import Recipe, meta_regression, permutation_test, pool_effects, rank_test

    found: dict[str, Callable[[], Any]] = {}
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


def measure() -> dict[str, dict[str, Any]]:
    """Return seconds (best of several) and numbers of every call."""
    rows = {}
    for name, call in calls().items():
        numbers, seconds, spent = call(), [], 0.0
        while spent < 0.4 or len(seconds) < 2:
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
            spent += seconds[-1]
        rows[name] = {"seconds": min(seconds), "numbers": numbers}
    return rows


def run(lib: Path) -> dict[str, dict[str, Any]]:
    """Measure the library of a folder in an interpreter of its own."""
    found = subprocess.run(
        [sys.executable, __file__, "--measure"],
        env={**os.environ, "PYTHONPATH": str(lib), "PYTHONNOUSERSITE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    rows: dict[str, dict[str, Any]] = json.loads(found.stdout)
    return rows


def table(revision: str) -> str:
    """Measure both revisions in turns and write the table as Markdown."""
    archive = subprocess.run(
        ["git", "archive", revision, "lib/metaprop"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        turns = [(run(Path(folder) / "lib"), run(ROOT / "lib")) for _ in range(TURNS)]
    lines = [f"| what | {revision[:12]} | here | ratio | numbers |", "|" + " --- |" * 5]
    for name in turns[0][1]:
        before, now = (min(turn[i][name]["seconds"] for turn in turns) for i in (0, 1))
        same = np.allclose(*(side[name]["numbers"] for side in turns[0]), rtol=1e-9, atol=1e-12)
        lines.append(
            f"| {name} | {1000 * before:.2f} ms | {1000 * now:.2f} ms | {before / now:.1f}× | "
            f"{'equal' if same else 'DIFFERENT'} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", nargs="?", default="HEAD", help="any name git knows")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    print(json.dumps(measure()) if options.measure else table(options.revision))
