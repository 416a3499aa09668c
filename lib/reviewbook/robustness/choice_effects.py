"""Which choices matter: the levels of each, their shares of variance, and what one change does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metaprop import Recipe

from .choices import RULE_CHOICES, effective
from .multiverse import CHOICES, RECIPE_CHOICES, FloatArray, Multiverse

COUNTS = "counts"
"""Level of the scale of the mixed model, which has none."""


def recipe_level(recipe: Recipe, choice: str) -> str:
    """Return the level of a recipe in a choice: ``raw, zeros drop`` of the scale, ``DL``, ``t``."""
    if choice != "scale":
        return str(getattr(recipe, choice))
    if recipe.method == "GLMM":
        return COUNTS
    scale, zeros = effective(recipe)[:2]
    words = scale.replace("_", " ")
    return words if zeros == "none" else f"{words}, zeros {zeros}"


def _recipe_levels(recipes: Sequence[Recipe]) -> dict[str, NDArray[Any]]:
    return {name: np.array([recipe_level(r, name) for r in recipes]) for name in RECIPE_CHOICES}


def choice_levels(universe: Multiverse) -> dict[str, list[str]]:
    """Return the levels of every choice, in the order in which they are combined."""
    rules = {name: universe.universe[name].to_numpy() for name in RULE_CHOICES}
    both = rules | _recipe_levels(universe.recipes)
    return {name: list(dict.fromkeys(levels.tolist())) for name, levels in both.items()}


def estimates_by_level(universe: Multiverse) -> dict[str, dict[str, FloatArray]]:
    """Return, for every choice but the interval, the estimates of the pools of each level.

    Only distinct pools count. One that several rules lead to counts for each of them, and once.
    """
    table = universe.universe[universe.universe["selection"] >= 0]
    by_recipe = _recipe_levels(universe.recipes)
    found: dict[str, dict[str, FloatArray]] = {}
    for choice, levels in choice_levels(universe).items():
        if choice == "ci":  # no interval moves an estimate
            continue
        found[choice] = {}
        for level in levels:
            if choice in RULE_CHOICES:
                at = table.loc[table[choice] == level, "selection"]
                here = np.isin(np.arange(len(universe.selections)), at)[:, np.newaxis]
            else:
                here = by_recipe[choice] == level
            used = universe.distinct & here
            if used.any():
                found[choice][level] = universe.estimate[used]
    return found


def level_spreads(universe: Multiverse) -> pd.DataFrame:
    """Return the median and the middle nine tenths of the estimates of each level.

    Returns
    -------
    DataFrame
        ``choice level pools estimate low high``: the number of pools; their median, 5 % and 95 %
        quantile, fractions.
    """
    rows = []
    for choice, levels in estimates_by_level(universe).items():
        for level, estimates in levels.items():
            low, middle, high = np.quantile(estimates, (0.05, 0.5, 0.95)).tolist()
            rows.append((choice, level, estimates.size, middle, low, high))
    return pd.DataFrame(rows, columns=["choice", "level", "pools", "estimate", "low", "high"])


def variance_shares(universe: Multiverse) -> pd.DataFrame:
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
    rules = universe.universe[universe.universe["selection"] >= 0]
    used = np.array([r.method != "GLMM" for r in universe.recipes])
    cells = np.ix_(rules["selection"].to_numpy(), np.flatnonzero(used))
    ok = universe.computable[cells]
    by_row = {name: rules[name].to_numpy() for name in RULE_CHOICES}
    by_column = {name: levels[used] for name, levels in _recipe_levels(universe.recipes).items()}
    out: dict[str, dict[str, float]] = {}
    for what in ("estimate", "low", "high"):
        values = np.where(ok, getattr(universe, what)[cells], 0.0)
        centred = np.where(ok, values - values.sum() / ok.sum(), 0.0)
        total = float((centred**2).sum())
        shares = {
            name: _between(labels, centred.sum(axis), ok.sum(axis)) / total if total > 0 else 0.0
            for axis, choices in ((1, by_row), (0, by_column))
            for name, labels in choices.items()
        }
        out[what] = shares | {"rest": max(0.0, 1.0 - sum(shares.values()))}
    frame = pd.DataFrame(out).rename_axis("choice").reset_index()
    frame.insert(1, "name", frame["choice"].map(CHOICES).fillna("Combinations of choices"))
    order = frame["estimate"].where(frame["choice"] != "rest", -1.0)
    return frame.loc[order.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def _between(labels: NDArray[Any], sums: FloatArray, counts: NDArray[np.int64]) -> float:
    """Sum over levels of n (mean − grand mean)², from centred sums."""
    total = 0.0
    for level in dict.fromkeys(labels.tolist()):
        here = labels == level
        n = float(counts[here].sum())
        total += float(sums[here].sum()) ** 2 / n if n > 0 else 0.0
    return total


def one_change(universe: Multiverse) -> pd.DataFrame:
    """Return what one change to the comparison analysis does, all else as fixed in advance.

    Returns
    -------
    DataFrame
        ``choice name level k n estimate low high i2`` (Q-based), the comparison itself first.
    """
    s, r = universe.comparison
    places = [("", "as fixed in advance", s, r)]
    rules = universe.universe[universe.universe["selection"] >= 0]
    fixed = rules.loc[rules["primary"], list(RULE_CHOICES)].iloc[0]
    differs = rules[list(RULE_CHOICES)] != fixed
    for name in RULE_CHOICES:
        alone = rules[differs[name] & (differs.sum(axis=1) == 1)]
        places += [
            (name, level, at, r) for level, at in zip(alone[name], alone["selection"], strict=True)
        ]
    for column, recipe in enumerate(universe.recipes):
        changed = _changed(universe.recipes[r], recipe)
        if len(changed) == 1 and universe.distinct[s, column]:
            places.append((changed[0], recipe_level(recipe, changed[0]), s, column))
    return pd.DataFrame(
        {
            "choice": choice,
            "name": CHOICES.get(choice, "Comparison analysis"),
            "level": level,
            "k": universe.selections[row].k,
            "n": universe.selections[row].n,
            "estimate": universe.estimate[row, column],
            "low": universe.low[row, column],
            "high": universe.high[row, column],
            "i2": universe.i2_q[row, column],
        }
        for choice, level, row, column in places
    )


def _changed(base: Recipe, recipe: Recipe) -> list[str]:
    """Choices in which a recipe differs; the scale and its zero rule are one choice."""
    changed = []
    if effective(recipe)[:2] != effective(base)[:2] and recipe.method != "GLMM":
        changed.append("scale")
    changed += [name for name in ("method", "ci") if getattr(recipe, name) != getattr(base, name)]
    return changed
