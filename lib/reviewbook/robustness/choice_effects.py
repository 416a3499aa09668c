"""Which choices matter: shares of variance, and what one change does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metaprop import Recipe

from .choices import RULE_CHOICES, effective
from .multiverse import CHOICES, Multiverse

FloatArray = NDArray[np.float64]


def variance_shares(multiverse: Multiverse) -> pd.DataFrame:
    """Return the share of the variance between analyses that each choice explains by itself.

    The main-effect sum of squares of a choice over the total one, on every combination of
    rules and inverse-variance recipe (the mixed model has no scale, estimator and zero rule to
    vary). `rest` is what only combinations of choices explain. Combinations without an answer
    leave the grid slightly unbalanced, so the shares are descriptive.

    Returns
    -------
    DataFrame
        ``choice name estimate low high`` with the choices in falling order for the estimate.
    """
    universe = multiverse.universe[multiverse.universe["selection"] >= 0]
    used = np.array([r.method != "GLMM" for r in multiverse.recipes])
    at = universe["selection"].to_numpy()
    ok = multiverse.computable[:, used][at]
    recipes = [r for r, use in zip(multiverse.recipes, used, strict=True) if use]
    levels = {name: universe[name].to_numpy() for name in RULE_CHOICES}
    columns = {
        "scale": np.array([f"{r.scale} {r.zeros}" for r in recipes]),
        "method": np.array([r.method for r in recipes]),
        "ci": np.array([r.ci for r in recipes]),
    }
    out: dict[str, dict[str, float]] = {name: {} for name in (*CHOICES, "rest")}
    for what in ("estimate", "low", "high"):
        values = np.where(ok, getattr(multiverse, what)[:, used][at], 0.0)
        grand = values.sum() / ok.sum()
        centred = np.where(ok, values - grand, 0.0)
        total = float((centred**2).sum())
        by_row = centred.sum(axis=1), ok.sum(axis=1)
        by_column = centred.sum(axis=0), ok.sum(axis=0)
        for names, (sums, counts) in ((levels, by_row), (columns, by_column)):
            for name, labels in names.items():
                share = _between(labels, sums, counts) / total if total > 0 else 0.0
                out[name][what] = share
        out["rest"][what] = max(0.0, 1.0 - sum(out[name][what] for name in CHOICES))
    frame = pd.DataFrame(
        [
            {"choice": name, "name": CHOICES.get(name, "Combinations of choices"), **shares}
            for name, shares in out.items()
        ]
    )
    order = frame["estimate"].where(frame["choice"] != "rest", -1.0)
    return frame.loc[order.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def one_change(multiverse: Multiverse) -> pd.DataFrame:
    """Return what one change to the comparison analysis does, all else as fixed in advance.

    Returns
    -------
    DataFrame
        ``choice name level k n estimate low high i2`` (Q-based), the comparison itself first.
    """
    s, r = multiverse.comparison
    base_recipe = multiverse.recipes[r]
    fixed = _primary_levels(multiverse.universe)
    rows = [_one(multiverse, "", "as fixed in advance", s, r)]
    for name in RULE_CHOICES:
        same = np.ones(len(multiverse.universe), dtype=np.bool_)
        for other in RULE_CHOICES:
            if other != name:
                same &= (multiverse.universe[other] == fixed[other]).to_numpy()
        for _, line in multiverse.universe[same].iterrows():
            if line[name] != fixed[name] and line["selection"] >= 0:
                rows.append(_one(multiverse, name, str(line[name]), int(line["selection"]), r))
    for column, recipe in enumerate(multiverse.recipes):
        changed = _changed(base_recipe, recipe)
        if len(changed) == 1 and multiverse.distinct[s, column]:
            rows.append(_one(multiverse, changed[0], _level(recipe, changed[0]), s, column))
    return pd.DataFrame(rows)


def _one(multiverse: Multiverse, choice: str, level: str, row: int, column: int) -> dict[str, Any]:
    return {
        "choice": choice,
        "name": CHOICES.get(choice, "Comparison analysis"),
        "level": level,
        "k": multiverse.selections[row].k,
        "n": multiverse.selections[row].n,
        "estimate": float(multiverse.estimate[row, column]),
        "low": float(multiverse.low[row, column]),
        "high": float(multiverse.high[row, column]),
        "i2": float(multiverse.i2_q[row, column]),
    }


def _between(labels: NDArray[Any], sums: FloatArray, counts: NDArray[np.int64]) -> float:
    """Sum over levels of n (mean − grand mean)², from centred sums."""
    total = 0.0
    for level in dict.fromkeys(labels.tolist()):
        here = labels == level
        n = float(counts[here].sum())
        total += float(sums[here].sum()) ** 2 / n if n > 0 else 0.0
    return total


def _changed(base: Recipe, recipe: Recipe) -> list[str]:
    """Choices in which a recipe differs; the scale and its zero rule are one choice."""
    changed = []
    if effective(recipe)[:2] != effective(base)[:2] and recipe.method != "GLMM":
        changed.append("scale")
    changed += [name for name in ("method", "ci") if getattr(recipe, name) != getattr(base, name)]
    return changed


def _level(recipe: Recipe, choice: str) -> str:
    if choice != "scale":
        return str(getattr(recipe, choice))
    scale, zeros = effective(recipe)[:2]
    words = scale.replace("_", " ")
    return words if zeros == "none" else f"{words}, zeros {zeros}"


def _primary_levels(universe: pd.DataFrame) -> dict[str, Any]:
    return dict(universe[universe["primary"]].iloc[0][list(RULE_CHOICES)])
