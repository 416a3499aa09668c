"""Tables of pools: recipes beside each other, subgroups, outcomes by one characteristic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from metaprop import Interval, Pooled
from reviewbook import words
from reviewbook.pooling.analysis import Analysis, SubgroupAnalysis, i2_of, i2_told
from reviewbook.pooling.group_tests import group_tests
from reviewbook.pooling.new_cohort import FEWEST_COHORTS
from reviewbook.pooling.pools import Pools

from . import columns
from .columns import LIMITS, Row
from .table import BookTable, Column, escape, missing

SUBGROUP = (columns.K, columns.COUNTS, columns.interval("GLMM % (95% CI)", "primary_"))


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
        columns.prediction("New cohort %"),
        Column("tau2", "τ²", "right", words.tau2),
        columns.I2,
        columns.pvalue("q_pvalue", "Q test"),
    ]
    level = words.percent(analysis.primary.recipe.level)
    notes = (
        f"New cohort: where its true rate is expected ({level} prediction interval). It is one of "
        "the counts, by the binomial model, and not of a recipe, so it stands in the row of the "
        f"primary one alone; with fewer than {FEWEST_COHORTS} cohorts there is none. "
        "τ² is the variance between cohorts on the recipe's own scale, so the values of different "
        f"scales cannot be compared. {escape(i2_told(*(one.recipe for one in distinct.values())))}"
    )
    rows = [
        {
            "part": parts.get(key, "alternative"),
            **pooled_record(pooled, analysis.new_cohort if pooled is analysis.primary else None),
        }
        for key, pooled in distinct.items()
    ]
    return BookTable(pd.DataFrame(rows), name, caption, shown, notes, kind="numbers")


def pooled_record(pooled: Pooled, new_cohort: Interval | None) -> dict[str, Any]:
    """Return a pooled result as a flat record, fractions and τ² as they are.

    `new_cohort` is what is predicted for a new cohort. What a single cohort does not have, the
    variation between cohorts and its test, is None.
    """
    interval, several = pooled.proportion, pooled.k > 1
    return {
        "label": pooled.recipe.label,
        "cohorts": pooled.k,
        "patients": pooled.n,
        **(dict.fromkeys(LIMITS) if interval is None else interval.to_dict()),
        "prediction_low": None if new_cohort is None else new_cohort.low,
        "prediction_high": None if new_cohort is None else new_cohort.high,
        "tau2": pooled.tau2 if several else None,
        "i2": i2_of(pooled),
        "q": pooled.q,
        "q_df": pooled.q_df,
        "q_pvalue": pooled.q_pvalue if several else None,
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
        Column("group", "Group"),
        *SUBGROUP,
        columns.interval("Comparison % (95% CI)"),
        columns.I2,
    ]
    notes = (
        "I² and the test between groups are those of the comparison recipe; a group of one cohort "
        "has no I². The test compares all groups of one characteristic. "
        f"{escape(i2_told(analysis.comparison.recipe))}"
    )
    parts = [_tested(one) for one in found]
    for part, one in zip(parts, found, strict=True):
        part.insert(0, "variable", one.variable)
        part.insert(1, "title", one.title)
    caption = f"{escape(analysis.outcome.label)} by {titles}."
    frame = pd.concat(parts, ignore_index=True)
    head = Column("title", "Characteristic", cell=lambda row: _head(row, "title"))
    return BookTable(frame, name, caption, shown, notes, kind="numbers", group=head)


def outcome_groups_table(pools: Pools, variable: str, *, name: str) -> BookTable:
    """Return every outcome of the primary set by one characteristic, with the test between."""
    title = pools.review.group(variable).title
    parts = [
        _tested(pools.analyse(outcome.id).subgroups(variable)).assign(outcome=outcome.label)
        for outcome in pools.review.outcomes
    ]
    shown = [
        Column("group", title),
        *SUBGROUP,
        columns.joined_interval("Comparison % (95% CI)"),
    ]
    caption = f"The outcomes by {escape(words.within_sentence(title))}, in the primary set."
    made = len(group_tests(pools))
    notes = (
        "The test compares all groups of one outcome by the comparison recipe; "
        f"{words.count(made, 'such test')} are made in this book, of every outcome by every "
        "characteristic, so a single small p says little."
    )
    frame = pd.concat(parts, ignore_index=True)
    head = Column("outcome", "Outcome", cell=lambda row: _head(row, "outcome"))
    return BookTable(frame, name, caption, shown, notes, kind="numbers", group=head)


def _head(row: Row, key: str) -> str:
    """Return what heads the groups of one comparison, with the test between them."""
    if missing(row["p_between"]):
        return str(row[key])
    return f"{row[key]}; between groups, {words.pvalue(row['p_between'])}"


def _tested(found: SubgroupAnalysis) -> pd.DataFrame:
    """Return the subgroups with Q between them and its p-value, where there are two or more."""
    between = {"q_between": found.q_between, "df_between": found.df_between}
    return found.table.assign(**between, p_between=found.pvalue)
