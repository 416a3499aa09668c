"""Compare every result of metaprop with frozen results of other programs.

``python tests/metaprop/agreement.py`` writes the summary to ``docs/agreement.csv``: one line for
each function and kind of number, with how many numbers were compared and the worst difference.

Comparisons are registered by modules beside this one, named ``agreement_*.py``; each offers
``comparisons()``, which yields a :class:`Comparison` for every number compared.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REFERENCE = HERE.parent / "reference"
SUMMARY = HERE.parent.parent / "docs" / "agreement.csv"
COLUMNS = ("function", "kind", "records", "worst_difference", "tolerance")

# One tolerance for each kind of number. Differences are relative to the reference value where that
# is larger than 1, absolute below.
TOLERANCES = {
    "closed form": 1e-9,
    "iterative": 1e-6,
    "q-profile": 1e-5,
    # meta leaves R's uniroot at its default tolerance, .Machine$double.eps^0.25.
    "q-profile, R's uniroot default": 1.3e-4,
    "glmm mean": 1e-3,
    "glmm tau2 ratio": 0.01,
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One number of ours beside the same number of another program."""

    function: str
    kind: str
    dataset: str
    label: str
    ours: float
    theirs: float
    tolerance: float

    @property
    def difference(self) -> float:
        """Absolute difference, relative to the reference value where that exceeds 1."""
        return abs(float(self.ours) - float(self.theirs)) / max(1.0, abs(float(self.theirs)))

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the tolerance (never true of a NaN)."""
        return self.difference <= self.tolerance

    def __str__(self) -> str:
        return (
            f"{self.function} [{self.kind}] {self.dataset} {self.label}: ours {self.ours!r}, "
            f"theirs {self.theirs!r}, difference {self.difference:.2e} > {self.tolerance:g}"
        )


@lru_cache(maxsize=4)
def reference(name: str) -> dict[str, Any]:
    """Load a frozen file of reference results from ``tests/reference``."""
    data: dict[str, Any] = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
    return data


@cache
def compared(part: Callable[[], Iterable[Comparison]]) -> tuple[Comparison, ...]:
    """Return the comparisons of one part of a module, made once in a process."""
    return tuple(part())


def modules() -> list[str]:
    """Names of the modules that register comparisons."""
    return sorted(path.stem for path in HERE.glob("agreement_*.py"))


def comparisons(names: Iterable[str] | None = None) -> Iterator[Comparison]:
    """Yield every comparison of the modules named, or of all."""
    for name in modules() if names is None else names:
        yield from import_module(name).comparisons()


def rows(found: Iterable[Comparison]) -> list[dict[str, str]]:
    """Summarise comparisons by function and kind."""
    groups: dict[tuple[str, str, float], list[Comparison]] = {}
    for one in found:
        groups.setdefault((one.function, one.kind, one.tolerance), []).append(one)
    return [
        {
            "function": function,
            "kind": kind,
            "records": str(len(group)),
            "worst_difference": f"{max(one.difference for one in group):.1e}",
            "tolerance": f"{tolerance:g}",
        }
        for (function, kind, tolerance), group in sorted(groups.items())
    ]


def committed() -> list[dict[str, str]]:
    """Read the summary that is in the repository."""
    with SUMMARY.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write() -> list[dict[str, str]]:
    """Run everything and write the summary; return its rows."""
    summary = rows(comparisons())
    with SUMMARY.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(summary)
    return summary


if __name__ == "__main__":
    for row in write():
        print("  ".join(row.values()))
