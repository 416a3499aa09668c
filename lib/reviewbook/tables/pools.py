"""Tables of pools: recipes beside each other, subgroups, outcomes by one characteristic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from metaprop import Pooled
from reviewbook import words
from reviewbook.pooling.analysis import Analysis, SubgroupAnalysis
from reviewbook.pooling.pools import Pools

from . import columns
from .columns import LIMITS
from .table import BookTable, Column, escape

SUBGROUP = (columns.K, columns.COUNTS, columns.interval("GLMM % (95% CI)", "primary_"))
BETWEEN = columns.pvalue("p_between", "Between groups")


def pooled_table(analysis: Analysis, *, name: str) -> BookTable:
    """Return an outcome pooled by the primary recipe, the comparison and the alternatives."""
    parts = {id(analysis.primary): "primary", id(analysis.comparison): "comparison"}
    pools = (analysis.primary, analysis.comparison, *analysis.alternatives.values())
    distinct = {id(pooled): pooled for pooled in pools}
    selection = analysis.selection
    caption = (
        f"{escape(analysis.outcome.label)} by every recipe, "
        f"{words.count(selection.k, 'cohort')} with {words.count(selection.n, 'patient')}."
    )
    shown = [
        Column("label", "Recipe"),
        Column("part", "Part"),
        columns.interval("Pooled % (95% CI)"),
        columns.prediction("95% prediction"),
        Column("tau2", "τ²", "right", words.tau2),
        columns.I2,
        columns.pvalue("q_pvalue", "Q test"),
    ]
    notes = (
        "τ² is the variance between cohorts on the recipe's own scale, so the values of different "
        "scales cannot be compared."
    )
    rows = [
        {"part": parts.get(key, "alternative"), **pooled_record(pooled)}
        for key, pooled in distinct.items()
    ]
    return BookTable(pd.DataFrame(rows), name, caption, shown, notes)


def pooled_record(pooled: Pooled) -> dict[str, Any]:
    """Return a pooled result as a flat record, fractions and τ² as they are."""
    interval, prediction = pooled.proportion, pooled.prediction
    return {
        "label": pooled.recipe.label,
        "cohorts": pooled.k,
        "patients": pooled.n,
        **(dict.fromkeys(LIMITS) if interval is None else interval.to_dict()),
        "prediction_low": None if prediction is None else prediction.low,
        "prediction_high": None if prediction is None else prediction.high,
        "tau2": pooled.tau2,
        "i2": pooled.i2,
        "q": pooled.q,
        "q_df": pooled.q_df,
        "q_pvalue": pooled.q_pvalue,
    }


def subgroup_table(analysis: Analysis, variables: Sequence[str], *, name: str) -> BookTable:
    """Return the pooled proportion of each subgroup, and the test between subgroups.

    Parameters
    ----------
    variables : sequence of str
        Groups of the settings, such as ``"cell_source"``.
    """
    found = [analysis.subgroups(variable) for variable in variables]
    titles = words.join(words.within_sentence(one.title) for one in found)
    shown = [
        Column("group", "Group", cell=lambda row: f"{row['title']}: {row['group']}"),
        *SUBGROUP,
        columns.interval("Comparison % (95% CI)"),
        columns.I2,
        BETWEEN,
    ]
    notes = (
        "I² and the test between groups are those of the comparison recipe. The test compares all "
        "groups of one characteristic and stands in each of its rows."
    )
    parts = [_tested(one) for one in found]
    for part, one in zip(parts, found, strict=True):
        part.insert(0, "variable", one.variable)
        part.insert(1, "title", one.title)
    caption = f"{escape(analysis.outcome.label)} by {titles}."
    return BookTable(pd.concat(parts, ignore_index=True), name, caption, shown, notes)


def outcome_groups_table(pools: Pools, variable: str, *, name: str) -> BookTable:
    """Return every outcome of the primary set by one characteristic, with the test between."""
    title = pools.review.group(variable).title
    parts = [
        _tested(pools.analyse(outcome.id).subgroups(variable)).assign(outcome=outcome.label)
        for outcome in pools.review.outcomes
    ]
    shown = [
        columns.OUTCOME,
        Column("group", title),
        *SUBGROUP,
        columns.joined_interval("Comparison % (95% CI)"),
        BETWEEN,
    ]
    caption = f"The outcomes by {escape(words.within_sentence(title))}, in the primary set."
    notes = (
        "The test compares all groups of one outcome by the comparison recipe and stands in each "
        "of its rows."
    )
    return BookTable(pd.concat(parts, ignore_index=True), name, caption, shown, notes)


def _tested(found: SubgroupAnalysis) -> pd.DataFrame:
    """Return the subgroups with Q between them and its p-value, where there are two or more."""
    between = {"q_between": found.q_between, "df_between": found.df_between}
    return found.table.assign(**between, p_between=found.pvalue)
