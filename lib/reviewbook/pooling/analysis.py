"""An outcome in an analysis set, pooled by every recipe of the review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import metaprop
from metaprop import EffectSizes, Interval, Pooled, PooledGlmm, Recipe, Subgroups
from reviewbook import words
from reviewbook.review.settings import Outcome, Review
from reviewbook.words.computed import computed
from reviewbook.words.origin import trace

from .made import Made, pooled_alone, recipe_call, traced_pool
from .new_cohort import new_cohort
from .selection import Selection


@dataclass(frozen=True, slots=True, eq=False)
class SubgroupAnalysis:
    """Pools of the groups of cohorts that share a value of a column.

    Attributes
    ----------
    variable, title : str
        Column of ``cohorts.csv``, and its name in words.
    members : tuple of str
        Group of each cohort, in the order of the selection.
    groups : mapping of str to Pooled
        Pool of each group by the comparison recipe, in the order of the settings; cohorts without
        a value form the last group.
    primary : mapping of str to Pooled
        The same by the primary recipe; without the groups for which that model has no estimate.
    q_between, df_between, pvalue : float or None, int, float or None
        Test of a difference between the groups, comparison recipe.
    note : str
        What the test leaves out, and groups without a primary estimate; usually empty.
    table : DataFrame
        One row a group: ``group k n events total estimate low high tau2 i2`` (comparison) and
        ``primary_estimate primary_low primary_high``; proportions, NA where there is none. A single
        cohort has neither τ² nor I².
    """

    variable: str
    title: str
    members: tuple[str, ...]
    groups: Mapping[str, Pooled]
    primary: Mapping[str, Pooled]
    q_between: float | None
    df_between: int
    pvalue: float | None
    note: str
    table: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Pools of one selection.

    Attributes
    ----------
    selection : Selection
        Cohorts and counts.
    outcome : Outcome
        What is pooled.
    review : Review
        The settings the recipes and groups come from.
    primary, comparison : Pooled
        By the recipe the book stands behind, and by the one that printed values are held against.
    alternatives : mapping of str to Pooled
        By the other recipes, keyed by their identifier.
    i2_interval : Interval or None
        I² of the comparison with its Higgins–Thompson interval; None for a single cohort.
    """

    selection: Selection
    outcome: Outcome
    review: Review
    primary: Pooled
    comparison: Pooled
    alternatives: Mapping[str, Pooled]
    i2_interval: Interval | None

    @property
    def new_cohort(self) -> Interval | None:
        """Where the true rate of a new cohort is expected; None with too few cohorts.

        The estimate is the median, the limits hold the level of the primary recipe; see
        :func:`reviewbook.pooling.new_cohort.new_cohort`.
        """
        counts = self.selection.events, self.selection.totals
        found = new_cohort(*counts, level=self.primary.recipe.level)
        made = self.selection.made
        if found is None or made is None:
            return found
        level = f"level={self.primary.recipe.level!r}"
        alone = pooled_alone("prediction_interval", *counts, level)
        what = "rate of a new cohort"
        origin = replace(
            made.of_analysis(".new_cohort", what, alone=alone),
            unit="proportion",
        )
        named = {
            "estimate": f"median {what}",
            "low": f"lower limit of the {what}",
            "high": f"upper limit of the {what}",
        }
        return trace(found, origin, named=named)

    @property
    def per_100(self) -> Interval | None:
        """Patients of 100 with the event, averaged over cohorts, with a confidence interval.

        ``100 ∫ expit(μ + τ u) φ(u) du`` at the estimates of the mixed model. The pooled proportion
        ``expit(μ)`` is that of the median cohort; of 100 patients spread evenly over such cohorts
        the mean has the event, which lies nearer to one half as soon as cohorts differ.

        The limits come from the same fit: its joint covariance of μ and τ, carried to the logit
        of the mean by the delta method, and turned back. So the uncertainty of both enters, and at
        τ = 0 they are those of the pooled proportion. None where the primary recipe is no
        mixed model, which alone has such a mean.
        """
        if not isinstance(self.primary, PooledGlmm):
            return None
        return Interval(*(100.0 * value for value in self.primary.mean_proportion))

    def between(self, variable: str) -> Subgroups:
        """Return the groups of a column and the test between them, by the comparison recipe.

        Arguments and errors as for :meth:`subgroups`.
        """
        counts = self.selection.events, self.selection.totals
        members, recipe = self._members(variable), self.comparison.recipe
        return computed(metaprop.subgroups, *counts, members, recipe)

    def _members(self, variable: str) -> tuple[str, ...]:
        """Return the group of each cohort, in the order of the selection."""
        group = self.review.group(variable)
        return tuple(group.label(str(value)) for value in self.selection.included[group.column])

    def effect_sizes(self, scale: str | None = None) -> EffectSizes:
        """Return effects and sampling variances as the comparison has them, or on another scale.

        Parameters
        ----------
        scale : str, optional
            Another scale, with the default rule of :func:`metaprop.effect_sizes` on zeros.
        """
        counts, recipe = (self.selection.events, self.selection.totals), self.comparison.recipe
        if scale is not None:
            return metaprop.effect_sizes(*counts, scale=scale)
        return metaprop.effect_sizes(*counts, scale=recipe.scale, zeros=recipe.zeros)

    def subgroups(self, variable: str) -> SubgroupAnalysis:
        """Pool the cohorts by the values of a column of ``cohorts.csv``.

        Parameters
        ----------
        variable : str
            A group of the review's settings, such as ``"cell_source"``.

        Raises
        ------
        ValueError
            When the settings have no such group.
        """
        group, members = self.review.group(variable), self._members(variable)
        order = [label for label in (*group.labels.values(), group.missing) if label in members]
        events, totals = self.selection.events, self.selection.totals
        tested = self.between(variable)
        primary: dict[str, Pooled] = {}
        notes, rows = [tested.note] if tested.note else [], []
        for label in order:
            inside = np.array([member == label for member in members])
            try:
                counts = events[inside], totals[inside]
                primary[label] = computed(metaprop.pool, *counts, self.primary.recipe)
            except ValueError as error:  # a few cohorts at 0 and at n: the model has no estimate
                notes.append(f"{label}: {error}.")
            rows.append(
                {
                    "group": label,
                    "k": int(inside.sum()),
                    "n": int(totals[inside].sum()),
                    "events": int(events[inside].sum()),
                    "total": int(totals[inside].sum()),
                    **_limits(tested.groups[label]),
                    "tau2": tested.groups[label].tau2 if inside.sum() > 1 else None,
                    "i2": i2_of(tested.groups[label]),
                    **_limits(primary.get(label), "primary_"),
                }
            )
        return SubgroupAnalysis(
            variable=variable,
            title=group.title,
            members=members,
            groups={label: tested.groups[label] for label in order},
            primary=primary,
            q_between=tested.q_between,
            df_between=tested.df_between,
            pvalue=tested.pvalue,
            note=" ".join(notes),
            table=pd.DataFrame(rows).astype(
                dict.fromkeys((*_limits(None, "primary_"), "tau2", "i2"), "Float64")
            ),
        )


def _limits(pooled: Pooled | None, prefix: str = "") -> dict[str, float | None]:
    """Return proportion and limits of a pool under the names of columns; None without a pool."""
    estimate, low, high = (None, None, None) if pooled is None else proportion(pooled)
    return {f"{prefix}estimate": estimate, f"{prefix}low": low, f"{prefix}high": high}


def proportion(pooled: Pooled) -> Interval:
    """Return the pooled proportion; counts were given, so there always is one."""
    if pooled.proportion is None:
        raise ValueError("the pooled result holds no proportion")
    return pooled.proportion


def i2_of(pooled: Pooled) -> float | None:
    """Return I² of a pool; None for a single cohort, which varies from no other."""
    return pooled.i2 if pooled.k > 1 else None


def i2_told(*recipes: Recipe, labels: Sequence[str] = ()) -> str:
    """Say from what the I² of some recipes is worked out, which differs where both kinds occur.

    `labels` are what the recipes are called, where they have names of their own.
    """
    names = labels or [recipe.label for recipe in recipes]
    by_tau2 = dict.fromkeys(
        name for name, recipe in zip(names, recipes, strict=True) if recipe.i2 == "tau2"
    )
    if not by_tau2:
        return "I² is worked out from Q (Higgins and Thompson)."
    if all(recipe.i2 == "tau2" for recipe in recipes):
        return "I² is worked out from τ²."
    return (
        f"I² of “{words.join(by_tau2)}” is worked out from τ², that of the others from Q (Higgins "
        "and Thompson)."
    )


def analyse(selection: Selection, review: Review) -> Analysis:
    """Pool a selection by every recipe of the review.

    Parameters
    ----------
    selection : Selection
        With an outcome and at least one cohort.
    review : Review
        Names the recipes.

    Raises
    ------
    ValueError
        When the selection has no outcome or no cohort, or the counts cannot be pooled.
    """
    if selection.outcome is None:
        raise ValueError("an analysis needs an outcome; this selection is of cohorts with any")
    if selection.k == 0:
        raise ValueError(f"no cohort of the set {selection.set_id} gives {selection.outcome.id}")
    events, totals = selection.events, selection.totals

    what, made = selection.outcome.label, selection.made

    def by(recipe: str, how: str) -> Pooled:
        pooled = computed(metaprop.pool, events, totals, review.recipe(recipe))
        return traced_pool(made, how, what, pooled, (events, totals))

    comparison = by(review.comparison_recipe, ".comparison")
    return Analysis(
        selection=selection,
        outcome=selection.outcome,
        review=review,
        primary=by(review.primary_recipe, ".primary"),
        comparison=comparison,
        alternatives={
            name: by(name, f".alternatives[{name!r}]") for name in review.alternative_recipes
        },
        i2_interval=None if selection.k < 2 else _i2_interval(made, comparison, events, totals),
    )


def _i2_interval(
    made: Made | None, comparison: Pooled, events: NDArray[np.int64], totals: NDArray[np.int64]
) -> Interval:
    """Return I² of a pool with its interval, whose limits say where they come from."""
    found = metaprop.i2_interval(comparison.q, comparison.k)
    if made is None:
        return found
    alone = pooled_alone("pool", events, totals, recipe_call(comparison.recipe))
    alone = replace(
        alone, expression=f"metaprop.i2_interval({alone.expression}.q, {alone.expression}.k)"
    )
    origin = made.of_analysis(".i2_interval", "I²", alone=alone)
    named = {"estimate": "I²", "low": "lower limit of I²", "high": "upper limit of I²"}
    return trace(found, replace(origin, unit="proportion", recipe=comparison.recipe), named=named)
