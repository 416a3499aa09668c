"""What the pooled value of a table of studies hangs on: single studies, sets, and the recipe."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

import metaprop
from metaprop import Recipe
from reviewbook.pooling.analysis import Analysis, i2_of, proportion
from reviewbook.pooling.study_book import StudyBook
from reviewbook.words.computed import computed

SCALES = ("raw", "logit", "arcsine", "double_arcsine")
METHODS = ("DL", "PM", "REML")
INTERVALS = ("wald", "hartung-knapp")
FEWEST_STUDIES = 3
"""A set with fewer studies is no meta-analysis and is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """An outcome pooled by every recipe in every set.

    Attributes
    ----------
    outcome : str
        Its id in the settings.
    frame : DataFrame
        One row a pool, ``set set_label k recipe scale method ci estimate low high i2``.
    primary, comparison : int
        Rows of the two analyses that the settings name.
    failed : tuple of str
        Pools without an answer.
    small : tuple of str
        Sets with too few studies.
    """

    outcome: str
    frame: pd.DataFrame
    primary: int
    comparison: int
    failed: tuple[str, ...]
    small: tuple[str, ...]


def by_sets(book: StudyBook, outcome: str) -> pd.DataFrame:
    """Pool an outcome in every set of the settings, by the primary recipe.

    Returns
    -------
    DataFrame
        One row a set, ``set label k total estimate low high i2 note``; a set that cannot be pooled
        has NaN and the reason in `note`.
    """
    rows = []
    for name, one in book.review.sets.items():
        selection = book.select(outcome, name)
        row = {"set": name, "label": one.label, "k": selection.k, "total": selection.n, "note": ""}
        try:
            analysis = book.analyse(outcome, name)
            estimate, low, high = proportion(analysis.primary)
            row |= {"estimate": estimate, "low": low, "high": high}
            row["i2"] = i2_of(analysis.comparison)
        except ValueError as error:
            row["note"] = str(error)
        rows.append(row)
    columns = ["set", "label", "k", "total", "estimate", "low", "high", "i2", "note"]
    numbers = dict.fromkeys(("estimate", "low", "high", "i2"), "Float64")
    return pd.DataFrame(rows, columns=columns).astype(numbers)


def recipes(book: StudyBook) -> list[Recipe]:
    """Return the recipes that are combined: those of the settings, and every usual one."""
    named = [book.review.recipe(name) for name in book.review.recipes]
    usual = [
        Recipe(scale=scale, method=method, ci=ci, i2="q")
        for scale, method, ci in product(SCALES, METHODS, INTERVALS)
    ]
    distinct = {_steps(recipe): recipe for recipe in reversed([*named, *usual])}
    return list(reversed(distinct.values()))


def _steps(recipe: Recipe) -> tuple[str, ...]:
    """Return what of a recipe touches estimate and interval."""
    return recipe.scale, recipe.method, recipe.ci, recipe.zeros, str(recipe.level)


def all_choices(book: StudyBook, analysis: Analysis) -> Choices:
    """Pool an outcome by every recipe in every set with at least `FEWEST_STUDIES` studies."""
    outcome, home = analysis.outcome.id, book.review.primary_set
    rows: list[dict[str, Any]] = []
    marks: dict[str, int] = {}
    failed, small, seen = [], [], set()
    every = recipes(book)
    named = {
        "primary": _steps(analysis.primary.recipe),
        "comparison": _steps(analysis.comparison.recipe),
    }
    for name in dict.fromkeys((home, *book.review.sets)):
        one, selection = book.review.set(name), book.select(outcome, name)
        members = tuple(selection.labels)
        if selection.k < FEWEST_STUDIES and name != home:
            small.append(one.label)
            continue
        if members in seen:  # the same studies give the same pools
            continue
        seen.add(members)
        counts = selection.events, selection.totals
        pools = computed(metaprop.pool_recipes, *counts, every)
        i2 = np.where([one.i2 == "q" for one in every], pools.i2_q, pools.i2_tau2)
        for i, recipe in enumerate(every):
            if not pools.computable[i]:
                failed.append(f"{one.label}, {recipe.label}")
                continue
            if name == home:
                marks |= {mark: len(rows) for mark, s in named.items() if s == _steps(recipe)}
            rows.append(
                {
                    "set": name,
                    "set_label": one.label,
                    "k": selection.k,
                    "recipe": recipe.label,
                    "scale": recipe.scale,
                    "method": recipe.method,
                    "ci": recipe.ci,
                    "estimate": pools.estimate[i],
                    "low": pools.low[i],
                    "high": pools.high[i],
                    "i2": i2[i] if selection.k > 1 else None,
                }
            )
    return Choices(
        outcome=outcome,
        frame=pd.DataFrame(rows),
        primary=marks["primary"],
        comparison=marks["comparison"],
        failed=tuple(failed),
        small=tuple(small),
    )
