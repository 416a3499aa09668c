"""Time the survival tools at two sizes, beside R's survival where that is installed.

Run by hand: ``python bench/survival.py``. What counts is how the time grows: ten times the
patients should take about ten times as long, and exact odds ratios, whose work goes with the
square root of the margins, about three times.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

# One thread, as R. Before numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from run import HERE, _milliseconds

SIZES = (2_000, 20_000)
MARGINS = (10_000, 1_000_000)


def best(function: Callable[[], object], *, repeats: int = 7) -> float:
    """Processor seconds of one call, the least of several: others may share the machine."""
    function()
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        seconds.append(time.process_time() - start)
    return min(seconds)


def trial(n: int) -> dict[str, np.ndarray]:
    """Simulate a trial of n patients with a hazard ratio of one half, without ties."""
    rng = np.random.default_rng(n)
    group = rng.integers(0, 2, n)
    dies, until = rng.exponential(np.where(group, 20.0, 10.0)), rng.uniform(0, 40, n)
    return {
        "time": np.minimum(dies, until),
        "event": (dies <= until).astype(int),
        "group": group,
        "age": rng.normal(40, 15, n).round(),
    }


def calls(n: int) -> dict[str, Callable[[], object]]:
    from metaprop import survival

    patients = trial(n)
    t, event, group = (patients[name] for name in ("time", "event", "group"))
    both = np.c_[group, patients["age"]]
    return {
        "cox": lambda: survival.cox(t, event, both),
        "ph_test": lambda: survival.ph_test(t, event, both),
        "firth_cox": lambda: survival.firth_cox(t, event, group),
        "logrank": lambda: survival.logrank(t, event, group),
        "kaplan_meier": lambda: survival.kaplan_meier(t, event),
        "rmst_difference": lambda: survival.rmst_difference(t, event, group, 20.0),
    }


def r_times(n: int) -> tuple[dict[str, float], str]:
    """Times of R and the version of its survival; nothing and the reason when it cannot run."""
    if shutil.which("Rscript") is None:
        return {}, "skipped: no Rscript on the path"
    patients = trial(n)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patients.csv"
        rows = np.c_[tuple(patients.values())]
        np.savetxt(path, rows, delimiter=",", header=",".join(patients), comments="")
        found = subprocess.run(
            ["Rscript", str(HERE / "survival.R"), str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
    if found.returncode != 0:
        return {}, f"skipped: {(found.stderr.strip().splitlines() or ['no message'])[-1]}"
    lines = [line.split() for line in found.stdout.splitlines() if line.strip()]
    return (
        {name: float(value) for name, value in lines if name != "version"},
        next(value for name, value in lines if name == "version"),
    )


def table() -> str:
    """Measure everything and write the table as Markdown."""
    from metaprop.survival import odds_ratio_exact

    small, large = ({name: best(call, repeats=5) for name, call in calls(n).items()} for n in SIZES)
    theirs, note = r_times(SIZES[1])
    rows = [
        (
            f"`{name}`",
            _milliseconds(small[name]),
            _milliseconds(large[name]),
            f"{large[name] / small[name]:.1f}×",
            _milliseconds(theirs[name]) if theirs.get(name) else "",
        )
        for name in small
    ]
    odds = [best(lambda n=n: odds_ratio_exact(n // 2, n, 2 * n // 5, n)) for n in MARGINS]
    rows.append(
        (
            "`odds_ratio_exact`, groups of 10 000 and 1 000 000",
            *(_milliseconds(seconds) for seconds in odds),
            f"{odds[1] / odds[0]:.1f}×",
            f"{_milliseconds(theirs['odds_ratio'])} (10 000)" if theirs.get("odds_ratio") else "",
        )
    )
    head = ("what", "2 000 patients", "20 000", "growth", "R, 20 000")
    lines = ["| " + " | ".join(row) + " |" for row in (head, ("---",) * 5, *rows)]
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy"))
    return "\n".join(
        [
            f"Measured {datetime.now(UTC):%Y-%m-%d}: Python {platform.python_version()}, "
            f"{packages}; R's survival {note}.",
            "",
            *lines,
        ]
    )


if __name__ == "__main__":
    print(table())
