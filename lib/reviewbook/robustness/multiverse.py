"""Every defensible analysis of an outcome: all rules for choosing cohorts, all recipes for pooling.

A *pool* is one selection of cohorts by one recipe. Each pool has I² by two definitions, so an
*analysis*, which prints one of them, is a pool with a definition. What cannot differ is counted
once: rules that select the same counts, zero rules where no cohort has 0 or all events, I² where
both definitions are equal, and options that touch neither estimate, interval nor I².
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import metaprop
from metaprop import Recipe
from metaprop.presets import PRESETS
from reviewbook.evidence.claims import Claims
from reviewbook.pooling.pools import Pools
from reviewbook.pooling.selection import Selection
from reviewbook.review.settings import Outcome
from reviewbook.words import prints_as
from reviewbook.words.computed import computed

from .choices import RULE_CHOICES, effective, multiverse_recipes, rule_grid
from .grid_counts import Counts, GridCounts

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

FEWEST_COHORTS = 3
"""A selection with fewer cohorts is no meta-analysis and is left out."""

VALUES = ("estimate", "low", "high", "i2_q", "i2_tau2")
ARRAYS = (*VALUES, "computable", "distinct")
RECIPE_CHOICES = MappingProxyType(
    {"scale": "Scale and zero rule", "method": "Estimator", "ci": "Interval"}
)
CHOICES = MappingProxyType({**RULE_CHOICES, **RECIPE_CHOICES})
"""Identifier of every choice, and its name."""


@dataclass(frozen=True, slots=True, eq=False)
class Multiverse:
    """All pools of one outcome.

    Arrays have one row per distinct selection and one column per recipe; entries without a result
    are NaN there and False in `computable`.

    Attributes
    ----------
    outcome : Outcome
    selections : tuple of Counts or Selection
        The distinct selections; with a study table of the article, that set comes last.
    recipes : tuple of Recipe
    universe : DataFrame
        One row per combination of rules: the level of each choice, and `selection`, the position
        of what it selects (−1: fewer than three cohorts).
    estimate, low, high : ndarray
        Pooled proportion and its limits.
    i2_q, i2_tau2 : ndarray
        I² by both definitions, fractions.
    computable : ndarray of bool
        Whether the recipe has an answer for the counts.
    distinct : ndarray of bool
        Computable, and no copy of an earlier recipe for want of cohorts at 0 or all events.
    primary, comparison : (int, int)
        Row and column of the two analyses that were fixed in advance.
    presets : mapping
        Column of a recipe → names of the programs that use it by default.
    """

    outcome: Outcome
    selections: tuple[Counts | Selection, ...]
    recipes: tuple[Recipe, ...]
    universe: pd.DataFrame
    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    i2_q: FloatArray
    i2_tau2: FloatArray
    computable: BoolArray
    distinct: BoolArray
    primary: tuple[int, int]
    comparison: tuple[int, int]
    presets: Mapping[int, str] = field(default_factory=dict)

    @property
    def n_pools(self) -> int:
        """Number of distinct pools."""
        return int(self.distinct.sum())

    @property
    def n_analyses(self) -> int:
        """Number of distinct pools, each counted once for every I² it can print."""
        return self.n_pools + int(self.distinct[:, self.two_i2()].sum())

    @property
    def n_rules(self) -> int:
        """Number of combinations of rules."""
        return len(self.universe)

    @property
    def not_computable(self) -> int:
        """Number of selections times recipes without an answer."""
        return int((~self.computable).sum())

    def two_i2(self) -> BoolArray:
        """Say which recipes have two values of I²; under FE and DL both definitions are equal."""
        return np.array([recipe.method not in ("FE", "DL") for recipe in self.recipes])

    def pools(self) -> pd.DataFrame:
        """Return the distinct pools, one a row, with their recipe and the size of the selection.

        `window` to `denominator` are those of the first combination of rules that selects them.
        """
        row, column = np.nonzero(self.distinct)
        first = self.universe[self.universe["selection"] >= 0].drop_duplicates("selection")
        # A study table has no rules; its rows say so.
        rules = first.set_index("selection")[list(RULE_CHOICES)].reindex(row).fillna("study table")
        sizes = pd.DataFrame(
            {"k": [s.k for s in self.selections], "n": [s.n for s in self.selections]}
        )
        recipes = pd.DataFrame([recipe.to_dict() for recipe in self.recipes])
        recipes["preset"] = [self.presets.get(i, "") for i in recipes.index]
        frames = [
            pd.DataFrame({"selection": row, "recipe": column}),
            sizes.iloc[row],
            recipes.iloc[column][["scale", "zeros", "method", "ci", "preset"]],
            pd.DataFrame({name: getattr(self, name)[row, column] for name in VALUES}),
            rules,
        ]
        return pd.concat([frame.reset_index(drop=True) for frame in frames], axis=1)

    def matches(self, printed: Claims) -> pd.DataFrame:
        """Count the analyses that print what the article prints.

        Returns
        -------
        DataFrame
            ``what count of share`` — the estimate, with both limits, with I² as well (counted over
            analyses); and pools whose interval holds the printed estimate.

        Raises
        ------
        ValueError
            When the article prints no pooled value of the topic.
        """
        if printed.estimate is None:
            raise ValueError(f"{printed.topic}: a printed pooled value was expected, got none")

        def prints(values: FloatArray, value: float, quantity: str) -> BoolArray:
            return self.distinct & prints_as(values, value, printed.digits[quantity])

        inside = self.distinct & (self.low <= printed.estimate) & (printed.estimate <= self.high)
        same = prints(self.estimate, printed.estimate, "pooled_proportion")
        rows = [
            ("interval contains the printed estimate", int(inside.sum()), self.n_pools),
            ("same estimate", int(same.sum()), self.n_pools),
        ]
        limits = same
        if printed.low is not None and printed.high is not None:
            limits = limits & prints(self.low, printed.low, "ci_low")
            limits = limits & prints(self.high, printed.high, "ci_high")
            rows.append(("same estimate and interval", int(limits.sum()), self.n_pools))
        if printed.i2 is not None:
            by_q = limits & prints(self.i2_q, printed.i2, "i2")
            by_tau2 = limits & prints(self.i2_tau2, printed.i2, "i2")
            count = int(by_q.sum() + by_tau2[:, self.two_i2()].sum())
            rows.append(("same estimate, interval and I²", count, self.n_analyses))
        frame = pd.DataFrame(rows, columns=["what", "count", "of"])
        frame["share"] = frame["count"] / frame["of"]
        return frame


def multiverse(pools: Pools, outcome: str) -> Multiverse:
    """Pool `outcome` by every combination of rules and every recipe.

    Raises
    ------
    ValueError
        When the primary set itself has too few cohorts to be pooled.
    """
    known: dict[tuple[tuple[int, int], ...], tuple[int, Counts | Selection]] = {}

    def place(selection: Counts | Selection) -> int:
        """Return the position of a selection among the distinct ones, adding it when new."""
        if selection.k < FEWEST_COHORTS:
            return -1
        counts = zip(selection.events.tolist(), selection.totals.tolist(), strict=True)
        return known.setdefault(tuple(sorted(counts)), (len(known), selection))[0]

    rows = []
    review, primary_rules = pools.review, pools.rules()
    grid = GridCounts(pools.evidence, review, review.outcome(outcome))
    for levels, changes in rule_grid(pools):
        rules = primary_rules.but(**changes)
        at = place(grid.of(rules))
        primary = rules == primary_rules
        rows.append({**levels, "selection": at, "primary": primary})
    universe = pd.DataFrame(rows)
    home = universe.loc[universe["primary"], "selection"]
    if home.empty or home.iloc[0] < 0:
        raise ValueError(
            f"{outcome}: the primary set has fewer than {FEWEST_COHORTS} cohorts: "
            "there is nothing to vary"
        )
    if pools.evidence.article_table is not None:
        for table in (s for s in review.sets if review.set(s).rules is None):
            place(pools.select(outcome, table))
    selections = tuple(selection for _, selection in known.values())
    recipes = multiverse_recipes()
    counts = [s.events for s in selections], [s.totals for s in selections]
    pooled = computed(metaprop.pool_recipe_sets, *counts, recipes)
    arrays = {name: getattr(pooled, name) for name in ARRAYS}
    at = int(home.iloc[0])
    columns = {effective(recipe): i for i, recipe in enumerate(recipes)}
    return Multiverse(
        outcome=review.outcome(outcome),
        selections=selections,
        recipes=recipes,
        universe=universe,
        **arrays,
        primary=(at, columns[effective(review.recipe(review.primary_recipe))]),
        comparison=(at, columns[effective(review.recipe(review.comparison_recipe))]),
        presets=_presets(columns),
    )


def _presets(columns: Mapping[tuple[str, str, str, str], int]) -> Mapping[int, str]:
    """Name the columns whose recipe is the default of a program."""
    named: dict[int, list[str]] = {}
    for name in PRESETS:
        column = columns.get(effective(Recipe.preset(name)))
        if column is not None:
            named.setdefault(column, []).append(name)
    return MappingProxyType({column: ", ".join(names) for column, names in named.items()})
