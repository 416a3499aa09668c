"""Run the R code of ``metaprop.as_r`` where R is installed, and compare its digits with ours.

Run by hand: ``python bench/in_r.py``. It runs what is installed of metafor, meta and lme4 and says
what it skipped. Data are those of ``tests/reference``. Status 1 if a number is further off than the
tolerance, or if the code stops.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from metaprop import Pooled, Recipe, as_r, pool, why_not_r
from metaprop.presets import PRESETS
from metaprop.recipe import (
    DOUBLE_ARCSINE_N,
    INTERVALS,
    METHODS,
    PREDICTION_SES,
    PREDICTIONS,
    SCALES,
    ZEROS,
)

DATA = ("cr", "icans", "k3", "hetero")
REFERENCE = Path(__file__).parents[1] / "tests" / "reference" / "r_reference_open.json"
PACKAGES = ("metafor", "meta", "lme4")
ITERATIVE = ("REML", "ML", "PM", "EB")
# Relative above 1. R iterates to 1e-11 and finds roots at 1e-13; lme4's optimiser stops earlier.
TOLERANCES = {"closed form": 1e-9, "iterative": 1e-6, "mixed model": 1e-3}


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of code and what it must print."""

    name: str
    package: str
    kind: str
    code: str
    expected: dict[str, float]


def recipes() -> Iterator[Recipe]:
    """Yield recipes that, together, have every value of every option."""
    for scale, method in product(SCALES, (m for m in METHODS if m != "GLMM")):
        yield Recipe(scale=scale, method=method)
    for scale, ci, prediction, se in product(
        ("logit", "double_arcsine"),
        (ci for ci in INTERVALS if ci != "profile"),
        PREDICTIONS,
        PREDICTION_SES,
    ):
        yield Recipe(scale=scale, ci=ci, prediction=prediction, prediction_se=se, level=0.9)
    for scale, zeros in product(SCALES, ZEROS):
        if not (zeros == "variance-only" and scale in ("log", "logit")):
            yield Recipe(scale=scale, zeros=zeros, i2="q", method="DL")
    for n in (*DOUBLE_ARCSINE_N, 25.5):
        yield Recipe(scale="double_arcsine", double_arcsine_n=n)
    for prediction in PREDICTIONS:
        yield Recipe(method="GLMM", prediction=prediction)
    for ci in ("t", "profile"):
        yield Recipe(method="GLMM", ci=ci, prediction="z")
    yield from (Recipe.preset(name) for name in PRESETS)


def expected(pooled: Pooled, package: str) -> dict[str, float]:
    """Return the numbers that the code of a package prints, ours."""
    numbers = dict(zip(("estimate", "low", "high"), pooled.proportion, strict=True))
    if pooled.prediction is not None:
        low, high = pooled.prediction.low, pooled.prediction.high
        numbers |= {"prediction_low": low, "prediction_high": high}
    return numbers | {"tau2": pooled.tau2} | ({} if package == "lme4" else {"i2": pooled.i2})


def tasks(package: str, skipped: dict[str, int]) -> Iterator[Task]:
    """Yield the code of a package for every data set and recipe; count what it cannot do."""
    stored = json.loads(REFERENCE.read_text(encoding="utf-8"))["datasets"]
    data = [dataset for dataset in stored if dataset["id"] in DATA]
    for dataset, recipe in product(data, dict.fromkeys(recipes())):
        x, n = dataset["data"]["events"], dataset["data"]["n"]
        try:
            pooled = pool(x, n, recipe)
        except ValueError:  # nothing is added where it would have to be
            continue
        nodes = 7 if package == "meta" else 100
        code = as_r(x, n, recipe, package=package, nodes=nodes)
        if code is None:
            reason = why_not_r(x, n, recipe, package=package)
            skipped[reason] = skipped.get(reason, 0) + 1
            continue
        if nodes == 7 and recipe.method == "GLMM":
            from metaprop import pool_glmm

            quantile = recipe.prediction_quantile
            pooled = pool_glmm(x, n, nodes=7, ci=recipe.ci, prediction=quantile, i2=recipe.i2)
        kind = "iterative" if recipe.method in ITERATIVE else "closed form"
        kind = "mixed model" if recipe.method == "GLMM" else kind
        said = " ".join(str(value) for value in recipe.to_dict().values())
        yield Task(f"{dataset['id']} {said}", package, kind, code, expected(pooled, package))


def run(found: list[Task], package: str, rscript: str) -> list[dict[str, float] | str]:
    """Return what each piece of code printed, or the error it stopped with; one process of R."""
    pieces = [
        f'cat("## {i}\\n")\ntryCatch({{\n{task.code}}}, '
        'error = function(e) cat("stopped ", conditionMessage(e), "\\n"))\n'
        for i, task in enumerate(found)
    ]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "code.R"
        script.write_text(f"suppressMessages(library({package}))\n" + "".join(pieces), "utf-8")
        done = subprocess.run([rscript, str(script)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"R stopped:\n{done.stderr[-2000:]}")
    printed: list[dict[str, float] | str] = []
    for part in done.stdout.split("## ")[1:]:
        lines = [line.split(maxsplit=1) for line in part.splitlines()[1:] if line.strip()]
        stops = [rest for first, rest in lines if first == "stopped"]
        printed.append(stops[0] if stops else {name: _number(value) for name, value in lines})
    return printed


def _number(text: str) -> float:
    return math.nan if text.strip() in ("NA", "NaN") else float(text)


def installed(rscript: str, package: str) -> str:
    """Return the version of a package of R, empty without it."""
    code = f'cat(tryCatch(as.character(packageVersion("{package}")), error = function(e) ""))'
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "version.R"
        script.write_text(code, "utf-8")
        return subprocess.run(
            [rscript, str(script)], capture_output=True, text=True, check=False
        ).stdout.strip()


def compare(package: str, rscript: str) -> tuple[list[str], list[str]]:
    """Return the rows of the table for one package, and what disagrees."""
    skipped: dict[str, int] = {}
    found = list(tasks(package, skipped))
    worst: dict[str, list[Any]] = {}
    wrong = []
    for task, printed in zip(found, run(found, package, rscript), strict=True):
        row = worst.setdefault(task.kind, [0, 0, 0.0])
        row[0] += 1
        if isinstance(printed, str):
            wrong.append(f"{task.package} {task.name}: {printed}")
            continue
        if printed.keys() != task.expected.keys():
            wrong.append(f"{task.package} {task.name}: printed {sorted(printed)}")
            continue
        for name, ours in task.expected.items():
            theirs = printed[name]
            off = abs(ours - theirs) / max(1.0, abs(ours))
            row[1], row[2] = row[1] + 1, max(row[2], off)
            if not off <= TOLERANCES[task.kind]:
                wrong.append(f"{task.package} {task.name} {name}: ours {ours!r}, R {theirs!r}")
    rows = [
        f"| {package} | {kind} | {pieces} | {numbers} | {off:.1e} | {TOLERANCES[kind]:g} |"
        for kind, (pieces, numbers, off) in worst.items()
    ]
    for reason, times in skipped.items():
        print(f"{package}: {times} without a counterpart: {reason}", file=sys.stderr)
    return rows, wrong


def main() -> int:
    """Print the table; return the exit status."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        print("no Rscript on the path: nothing was run")
        return 0
    chosen = argparse.ArgumentParser(description=__doc__)
    chosen.add_argument("packages", nargs="*", help="metafor, meta, lme4; all when omitted")
    packages = chosen.parse_args().packages or PACKAGES
    lines = [
        "| package | kind | analyses | numbers | worst difference | tolerance |",
        "|" + " --- |" * 6,
    ]
    wrong = []
    for package in packages:
        if not (number := installed(rscript, package)):
            print(f"{package} is not installed: its code was not run", file=sys.stderr)
            continue
        rows, off = compare(package, rscript)
        lines += [row.replace(f"| {package} |", f"| {package} {number} |") for row in rows]
        wrong += off
    print("\n".join([*lines, *wrong]))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
