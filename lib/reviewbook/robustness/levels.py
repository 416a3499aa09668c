"""The levels of each choice of the multiverse, and where the pools lie that make it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metaprop import Recipe

from .choices import RULE_CHOICES, effective
from .multiverse import Multiverse

FloatArray = NDArray[np.float64]

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


def choice_levels(universe: Multiverse) -> dict[str, list[str]]:
    """Return the levels of every choice, in the order in which they are combined."""
    rules = {name: universe.universe[name].astype(str) for name in RULE_CHOICES}
    recipes = {
        name: [recipe_level(recipe, name) for recipe in universe.recipes]
        for name in ("scale", "method", "ci")
    }
    return {name: list(dict.fromkeys(levels)) for name, levels in (rules | recipes).items()}


def estimates_by_level(universe: Multiverse) -> dict[str, dict[str, FloatArray]]:
    """Return, for every choice but the interval, the estimates of the pools of each level.

    Only distinct pools count. One that several rules lead to counts for each of them, and once.
    """
    table = universe.universe[universe.universe["selection"] >= 0]
    found: dict[str, dict[str, FloatArray]] = {}
    for choice, levels in choice_levels(universe).items():
        if choice == "ci":  # no interval moves an estimate
            continue
        found[choice] = {}
        for level in levels:
            if choice in RULE_CHOICES:
                at = np.unique(table.loc[table[choice] == level, "selection"].to_numpy())
                cells = np.ix_(at, np.arange(len(universe.recipes)))
            else:
                here = [recipe_level(recipe, choice) == level for recipe in universe.recipes]
                cells = np.ix_(np.arange(len(universe.selections)), np.flatnonzero(here))
            estimates = universe.estimate[cells][universe.distinct[cells]]
            if estimates.size:
                found[choice][level] = estimates
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
            low, middle, high = (float(np.quantile(estimates, q)) for q in (0.05, 0.5, 0.95))
            rows.append((choice, level, estimates.size, middle, low, high))
    return pd.DataFrame(rows, columns=["choice", "level", "pools", "estimate", "low", "high"])
