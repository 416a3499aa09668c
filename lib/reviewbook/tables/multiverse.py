"""Tables of all defensible analyses: what is varied, what programs do, which choices matter."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from reviewbook import words
from reviewbook.pooling.pools import Pools
from reviewbook.prose.multiverse import level_words
from reviewbook.robustness.choice_effects import (
    COUNTS,
    choice_levels,
    one_change,
    variance_shares,
)
from reviewbook.robustness.multiverse import CHOICES, FEWEST_COHORTS, Multiverse

from . import columns
from .table import BookTable, Column, plain_table

NO_ANSWER = "no answer"


def choices_table(universe: Multiverse, *, name: str) -> BookTable:
    """Return every choice with its levels."""
    rows = []
    for choice, levels in choice_levels(universe).items():
        found = [level_words(choice, level) for level in levels if level != COUNTS]
        rows.append((CHOICES[choice], "; ".join(found), len(found)))
    return plain_table(
        pd.DataFrame(rows, columns=["choice", "levels", "count"]),
        name=name,
        caption="What is varied. All combinations are computed.",
        labels={"choice": "Choice", "levels": "Levels", "count": "Number"},
        kind="records",
    )


def programs_table(universes: Mapping[str, Multiverse], *, name: str) -> BookTable:
    """Return the pooled values by the defaults of programs on the primary set, by outcome id."""
    first = next(iter(universes.values()))
    rows = []
    for column, programs in first.presets.items():
        row: dict[str, object] = {"program": programs, "recipe": first.recipes[column].label}
        for outcome, one in universes.items():
            at = one.primary[0], column
            for part in columns.LIMITS:
                row[f"{outcome}_{part}"] = getattr(one, part)[at] if one.computable[at] else None
        rows.append(row)
    shown = [Column("program", "Program"), Column("recipe", "Recipe")]
    shown += [
        columns.percent_interval(one.outcome.label, f"{outcome}_", empty=NO_ANSWER)
        for outcome, one in universes.items()
    ]
    caption = "Defaults of programs on the cohorts fixed in advance."
    return BookTable(pd.DataFrame(rows), name, caption, shown)


def matches_table(universes: Mapping[str, Multiverse], pools: Pools, *, name: str) -> BookTable:
    """Return how many analyses print the article's numbers (`pools` has them), by outcome id."""
    by_outcome = {
        one.outcome.label: one.matches(pools.claims(one.outcome.topic))
        for one in universes.values()
        if one.outcome.topic
    }
    shown = [
        Column("what", "What"),
        columns.integer("count", "Analyses"),
        columns.integer("of", "Of"),
        Column("share", "Share", format=lambda share: words.percent(share, digits=1)),
    ]
    caption = "Analyses whose output prints the article's numbers, rounded as printed."
    frame = pd.concat(by_outcome, names=["outcome"]).reset_index("outcome")
    return BookTable(frame, name, caption, shown, kind="numbers", group=columns.OUTCOME)


def shares_table(universe: Multiverse) -> BookTable:
    """Return the shares of variance that each choice explains by itself."""
    limits = {"estimate": "Estimate", "low": "Lower limit", "high": "Upper limit"}
    return plain_table(
        variance_shares(universe)[["name", *limits]],
        name=columns.anchor(universe.outcome.id, "choices"),
        caption=f"{universe.outcome.label}: share of the variance between analyses that each "
        "choice explains by itself.",
        labels={"name": "Choice", **limits},
        formats=dict.fromkeys(limits, words.percent),
    )


def one_change_table(universe: Multiverse) -> BookTable:
    """Return what one change to the comparison analysis does."""
    order = {choice: position for position, choice in enumerate(("", *CHOICES))}
    frame = one_change(universe).sort_values("choice", key=lambda c: c.map(order), kind="stable")
    frame["level"] = [
        level_words(*pair) for pair in zip(frame["choice"], frame["level"], strict=True)
    ]
    shown = [
        Column("level", "Changed to"),
        columns.K,
        columns.N,
        columns.percent_interval("Pooled (95% CI)", empty=NO_ANSWER),
        Column("i2", "I² (from Q)", format=words.i2),
    ]
    return BookTable(
        frame.drop(columns="choice"),
        columns.anchor(universe.outcome.id, "one-change"),
        f"{universe.outcome.label}: the comparison analysis, and what one change to it does.",
        shown,
        f"A change that leaves fewer than {FEWEST_COHORTS} cohorts has no row.",
        kind="numbers",
        group=Column("name", "Changed"),
    )
