"""Time metaprop, beside R's metafor where that is installed, and print a table.

Run by hand: ``python bench/run.py``, or ``python bench/run.py --book`` to time a clean build of the
book as well. Each time is the best of several runs; both programs run in the same minute on the
same machine, so that their ratio means something where the times themselves do not.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

# One thread each: metafor uses one as well. Before numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

HERE = Path(__file__).resolve().parent
# Thirteen simulated studies, five of them at 100 %: the data set "cr" of tests/reference.
EVENTS = [8, 29, 8, 11, 5, 3, 10, 26, 19, 3, 39, 18, 4]
TOTALS = [8, 30, 8, 11, 6, 4, 12, 33, 27, 3, 39, 27, 7]


def best(function: Callable[[], object], *, repeats: int = 7, times: int = 1) -> float:
    """Return seconds of one call: the best of several runs of several calls."""
    function()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(times):
            function()
        seconds.append((time.perf_counter() - start) / times)
    return min(seconds)


def metaprop_times() -> dict[str, float]:
    from metaprop import Recipe, all_subsets, influence, leave_one_out, pool, pool_glmm
    from metaprop.effect_sizes import effect_sizes

    sizes = effect_sizes(EVENTS, TOTALS, scale="double_arcsine")
    rng = np.random.default_rng(20)
    n = rng.integers(4, 41, 20)
    x = rng.binomial(n, 0.85)
    times = {
        f"gosh_{method}": best(
            lambda method=method: all_subsets(EVENTS, TOTALS, Recipe(method=method)), times=20
        )
        for method in ("FE", "DL")
    }
    for method in ("FE", "DL"):
        times[f"million_{method}"] = best(
            lambda method=method: all_subsets(x, n, Recipe(method=method)), repeats=3
        )
    return times | {
        "reml": best(lambda: pool(EVENTS, TOTALS, Recipe()), times=100),
        "leave_one_out": best(lambda: leave_one_out(EVENTS, TOTALS, Recipe()), times=10),
        "influence": best(lambda: influence(sizes.yi, sizes.vi, Recipe()), times=10),
        "glmm": best(lambda: pool_glmm(EVENTS, TOTALS, nodes=21), times=3),
    }


_PEAK = """
import resource, numpy as np
from metaprop import Recipe, all_subsets
rng = np.random.default_rng(20)
n = rng.integers(4, 41, 20)
all_subsets(rng.binomial(n, 0.85), n, Recipe(method="DL"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_megabytes() -> float:
    """Peak memory of a process that pools 2^20 subsets, the interpreter and numpy included."""
    found = subprocess.run(
        [sys.executable, "-c", _PEAK], capture_output=True, text=True, check=True
    )
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return int(found.stdout) / unit


def import_seconds(module: str, *, repeats: int = 7) -> float:
    """Seconds a fresh interpreter takes to import a module, less what it takes to start."""

    def run(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    run(f"import {module}")
    pairs = [(run(f"import {module}"), run("pass")) for _ in range(repeats)]
    return min(loaded for loaded, _ in pairs) - min(bare for _, bare in pairs)


def metafor_times() -> tuple[dict[str, float], str]:
    """Times of metafor and its version; nothing and the reason when it cannot be run."""
    if shutil.which("Rscript") is None:
        return {}, "skipped: no Rscript on the path"
    joined = [",".join(map(str, numbers)) for numbers in (EVENTS, TOTALS)]
    found = subprocess.run(
        ["Rscript", str(HERE / "metafor.R"), *joined], capture_output=True, text=True, check=False
    )
    if found.returncode != 0:
        reason = (found.stderr.strip().splitlines() or ["no message"])[-1]
        return {}, f"skipped: {reason}"
    lines = [line.split() for line in found.stdout.splitlines() if line.strip()]
    seconds = {name: float(value) for name, value in lines if name != "version"}
    return seconds, next(value for name, value in lines if name == "version")


def multiverse_seconds() -> tuple[float, float, float, int]:
    """Seconds to pool every outcome of this review in every way, and the number of analyses.

    Between them the seconds of the pools alone: all sets of cohorts at once, and set by set.
    """
    from metaprop import pool_recipe_sets, pool_recipes
    from reviewbook import open_book
    from reviewbook.robustness.multiverse import multiverse

    book = open_book(HERE.parent)
    start = time.perf_counter()
    found = [multiverse(book, outcome.id) for outcome in book.review.outcomes]
    whole = time.perf_counter() - start
    start = time.perf_counter()
    for one in found:
        sets = one.selections
        pool_recipe_sets([s.events for s in sets], [s.totals for s in sets], one.recipes)
    together = time.perf_counter() - start
    start = time.perf_counter()
    for one in found:
        for s in one.selections:
            pool_recipes(s.events, s.totals, one.recipes)
    apart = time.perf_counter() - start
    return whole, together, apart, sum(one.n_analyses for one in found)


def book_seconds() -> float:
    """Seconds of a clean build, as ``make book`` runs it."""
    start = time.perf_counter()
    subprocess.run(["make", "clean", "book"], cwd=HERE.parent, check=True, capture_output=True)
    return time.perf_counter() - start


def _milliseconds(seconds: float) -> str:
    value = 1000 * seconds
    return f"{value:.0f} ms" if value >= 100 else f"{value:.2g} ms"


def _goal(reached: bool, text: str) -> str:
    return f"{'reached' if reached else 'MISSED'} ({text})"


def table(*, book: bool) -> str:
    """Measure everything and write the table as Markdown."""
    ours, (theirs, note) = metaprop_times(), metafor_times()
    rows: list[tuple[str, str, str, str, str]] = []

    def compare(name: str, label: str, goal: Callable[[float, float], str] | None = None) -> None:
        other = theirs.get(name)
        ratio = other / ours[name] if other else 0.0
        rows.append(
            (
                label,
                _milliseconds(ours[name]),
                _milliseconds(other) if other else "not run",
                f"{ratio:.0f}×" if other else "",
                goal(ours[name], ratio) if goal and other else "",
            )
        )

    def subsets_goal(seconds: float, ratio: float) -> str:
        return _goal(seconds < 0.005 and ratio >= 200, "< 5 ms and 200×")

    compare("gosh_FE", "8191 subsets of 13 studies, FE (`gosh`)", subsets_goal)
    compare("gosh_DL", "8191 subsets of 13 studies, DL (`gosh`)", subsets_goal)
    compare("reml", "pool 13 studies, REML (`rma`)")
    compare("leave_one_out", "leave-one-out, REML (`leave1out`)")
    compare("influence", "influence, REML (`influence`)")
    compare("glmm", "mixed model, 21 nodes (`rma.glmm`, nAGQ = 21)")
    for method in ("FE", "DL"):
        seconds = ours[f"million_{method}"]
        label = f"1 048 575 subsets of 20 studies, {method}"
        rows.append((label, _milliseconds(seconds), "", "", _goal(seconds < 2, "< 2 s")))
    memory = peak_megabytes()
    rows.append(
        ("peak memory of these, DL", f"{memory:.0f} MB", "", "", _goal(memory < 500, "< 500 MB"))
    )
    seconds, together, apart, analyses = multiverse_seconds()
    number = f"{analyses:,}".replace(",", " ")
    label = f"multiverse of this review: {number} analyses"
    rows.append((label, f"{seconds:.1f} s", "", "", _goal(seconds < 5, "< 5 s")))
    label = f"its pools at once (`pool_recipe_sets`); {apart:.1f} s set by set (`pool_recipes`)"
    goal = _goal(apart >= 10 * together, "10 times as fast")
    rows.append((label, f"{together:.1f} s", "", "", goal))
    own, statsmodels = import_seconds("metaprop"), import_seconds("statsmodels.api")
    pooled = import_seconds("metaprop; metaprop.pool")
    limit = 0.5 * statsmodels
    for label, seconds in (("import metaprop", own), ("import metaprop and its `pool`", pooled)):
        rows.append((label, _milliseconds(seconds), "", "", _goal(seconds < limit, "< half")))
    rows.append(("import statsmodels.api", _milliseconds(statsmodels), "", "", ""))
    if book:
        rows.append(("clean build of the book", f"{book_seconds():.0f} s", "", "", ""))

    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "statsmodels"))
    head = ("what", "metaprop", "metafor", "ratio", "goal")
    lines = ["| " + " | ".join(row) + " |" for row in (head, ("---",) * 5, *rows)]
    return "\n".join(
        [
            f"Measured {datetime.now(UTC):%Y-%m-%d}: Python {platform.python_version()}, "
            f"{packages}; metafor {note}; {os.cpu_count()} processors, {platform.machine()}.",
            "",
            *lines,
        ]
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--book", action="store_true", help="time a clean build of the book too")
    print(table(book=parser.parse_args().book))
