"""All the tests between groups that the book makes: a small p among many is no finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reviewbook.words.frames import FrameOrigin, made_by
from reviewbook.words.origin import Source

from .made import cohort_rows
from .pools import Pools


def group_tests(pools: Pools) -> pd.DataFrame:
    """Return the test between groups of each outcome by each characteristic, primary set.

    Returns
    -------
    DataFrame
        ``outcome variable title groups single pvalue``, one row a test that could be made, in the
        order of the settings: in how many groups the cohorts fall, and how many of these are a
        single cohort; p by the comparison recipe.
    """
    rows = []
    for outcome in pools.review.outcomes:
        analysis = pools.analyse(outcome.id)
        for variable in pools.review.subgroups:
            found = analysis.between(variable)
            if found.pvalue is None:
                continue
            rows.append(
                {
                    "outcome": outcome.id,
                    "variable": variable,
                    "title": pools.review.group(variable).title,
                    "groups": len(found.groups),
                    "single": sum(pooled.k == 1 for pooled in found.groups.values()),
                    "pvalue": found.pvalue,
                }
            )
    columns = ["outcome", "variable", "title", "groups", "single", "pvalue"]
    frame = pd.DataFrame(rows, columns=columns)

    def source_of(row: Mapping[str, Any]) -> tuple[Source, ...]:
        selection = pools.select(str(row["outcome"]))
        if selection.made is None:
            return ()
        column = pools.review.group(str(row["variable"])).column
        grouped = Source(
            selection.made.source.outcome,
            selection.set_id,
            cohort_rows(selection.included, column),
        )
        return selection.made.source, grouped

    return made_by(
        frame,
        FrameOrigin(
            "group_tests(book)",
            "test between groups, comparison recipe",
            ("outcome", "variable"),
            source_of,
            ("from reviewbook.pooling.group_tests import group_tests",),
            {"pvalue": "p", "groups": "groups", "single": "groups"},
        ),
    )
