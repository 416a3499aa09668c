"""Tables of how often asymmetry tests reject where nothing is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reviewbook import words

from .table import BookTable, Column


def rejection_table(rejections: pd.DataFrame, *, name: str) -> BookTable:
    """Return one row an outcome, one column a test.

    Parameters
    ----------
    rejections : DataFrame
        :func:`reviewbook.robustness.asymmetry.at_our_rates`.
    """
    setting = ["outcome", "proportion", "tau", "k"]
    rows: dict[str, dict[str, Any]] = {}
    for line in rejections.to_dict("records"):
        row = rows.setdefault(line["outcome"], {key: line[key] for key in setting})
        row[line["test"]] = line["rejection"]
    frame = pd.DataFrame(list(rows.values()))

    def simulated(row: Mapping[str, Any]) -> str:
        return (
            f"{words.percent(row['proportion'])}, τ {words.number(row['tau'], 2)}, "
            f"{words.count(row['k'], 'cohort')}"
        )

    columns = [Column("outcome", "Outcome"), Column("tau", "Rate, spread, size", cell=simulated)]
    columns += [Column(test, test, format=words.percent) for test in frame.columns[len(setting) :]]
    caption = "Share of simulated reviews without bias in which a test has p below 0.05."
    return BookTable(frame, name, caption, columns)
