"""The choices of the multiverse: every combination of rules for cohorts, and every recipe."""

from __future__ import annotations

import itertools
from functools import lru_cache, reduce
from operator import or_
from types import MappingProxyType
from typing import Any

import pandas as pd

from metaprop import Recipe
from reviewbook.pooling.pools import Pools
from reviewbook.review.rules import OVERLAPS

# PM stands for empirical Bayes as well: both solve the same equation.
ESTIMATORS = ("FE", "DL", "PM", "REML", "ML", "SJ", "HE", "HS")
# The arcsine scales need no zero rule; only on the raw scale can an estimate of 0 or 1 be kept.
SCALE_ZEROS = (
    ("raw", "adjust-extreme"),
    ("raw", "variance-only"),
    ("raw", "drop"),
    ("log", "adjust-extreme"),
    ("log", "drop"),
    ("logit", "adjust-extreme"),
    ("logit", "drop"),
    ("arcsine", "none"),
    ("double_arcsine", "none"),
)
INTERVALS = ("wald", "t", "hartung-knapp", "hartung-knapp-adhoc")
_NO_ZERO_RULE = ("arcsine", "double_arcsine")
RULE_CHOICES = MappingProxyType(
    {
        "window": "Published by",
        "peer_review": "Peer review",
        "min_patients": "Fewest patients",
        "statuses": "Status of counts",
        "overlap": "Shared patients",
        "denominator": "Denominator",
    }
)


def months_before(day: str, months: int) -> str:
    """Return the last day of the month that lies `months` before the month of `day`."""
    return str((pd.Period(day, "M") - months).end_time.date())


def rule_grid(pools: Pools) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """Return every combination of rules: the level of each choice, and the rules it changes.

    Publication windows, smallest cohorts, statuses and denominators are those of the settings,
    table ``multiverse``; with them go peer review, asked for or not, and both rules on shared
    patients.
    """
    rules, choices = pools.rules(), pools.review.multiverse
    windows: dict[str, dict[str, Any]] = {}
    if rules.published_by:
        for months in choices.months_before:
            day = months_before(rules.published_by, months) if months else rules.published_by
            windows[day] = {"published_by": day}
    windows["today"] = {"published_by": None}
    anything = tuple(pools.evidence.vocabulary("outcomes", "population"))
    options: dict[str, dict[str, dict[str, Any]]] = {
        "window": windows,
        "peer_review": {
            "peer-reviewed": {"peer_reviewed": True},
            "any publication": {"peer_reviewed": False},
        },
        "min_patients": {str(n): {"min_patients": n} for n in choices.min_patients},
        "statuses": {name: {"statuses": statuses} for name, statuses in choices.statuses.items()},
        "overlap": {name: {"overlap": name} for name in OVERLAPS},
        "denominator": {
            name: change.rules(any_population=anything)
            for name, change in choices.denominators.items()
        },
    }
    grid = []
    for combination in itertools.product(*(levels.items() for levels in options.values())):
        levels, changes = zip(*combination, strict=True)
        grid.append((dict(zip(options, levels, strict=True)), reduce(or_, changes)))
    return grid


def effective(recipe: Recipe) -> tuple[str, str, str, str]:
    """Return what of a recipe can change estimate and interval: scale, zeros, method, interval.

    The arcsine scales leave counts at 0 or all events as they are under every rule but "drop".
    """
    zeros = recipe.zeros
    if recipe.scale in _NO_ZERO_RULE and zeros != "drop":
        zeros = "none"
    return recipe.scale, zeros, recipe.method, recipe.ci


@lru_cache(maxsize=1)
def multiverse_recipes() -> tuple[Recipe, ...]:
    """Return every combination of scale, zero rule, estimator and interval, and the mixed model.

    The fixed-effect model goes with the Wald and the t interval, the mixed model too; the profile
    likelihood is left out for its cost.
    """
    recipes = []
    for (scale, zeros), method in itertools.product(SCALE_ZEROS, ESTIMATORS):
        for ci in INTERVALS[:2] if method == "FE" else INTERVALS:
            recipes.append(Recipe(scale=scale, zeros=zeros, method=method, ci=ci))
    recipes += [Recipe(method="GLMM", ci=ci) for ci in INTERVALS[:2]]
    return tuple(recipes)
