"""How often prediction intervals hold the true rate of a new cohort, method beside method."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from reviewbook import words
from reviewbook.review.settings import Review
from reviewbook.robustness.prediction_coverage import PLUG_IN, prediction_coverage

from . import columns
from .columns import Row
from .table import BookTable, Column

OTHERS = {
    "plug_in": (PLUG_IN, "One τ put in, normal"),
    "plug_in_t": ("mixed model, t(k − 1)", "One τ put in, t"),
    "inverse_variance": ("REML on logits, Hartung–Knapp, t(k − 1)", "Inverse variance, t"),
}
"""Methods shown beside the one used: prefix of the columns → name in the records, heading."""


def prediction_table(root: Path, review: Review, *, name: str) -> BookTable:
    """Return coverage and width of prediction intervals by outcome and τ.

    Parameters
    ----------
    root : path
        The review, whose ``docs`` hold the simulation.
    """
    records = prediction_coverage(root)
    keys = ["outcome", "cohorts", "rate", "tau"]
    frame = records.loc[records["used"], keys].reset_index(drop=True)
    parts = {"used": records["used"]}
    parts |= {prefix: records["method"] == method for prefix, (method, _) in OTHERS.items()}
    for prefix, rows in parts.items():
        measured = {part: f"{prefix}_{part}" for part in ("coverage", "width")}
        method = records.loc[rows, [*keys, *measured]].rename(columns=measured)
        frame = frame.merge(method, on=keys, how="left", validate="one_to_one")
    named = [review.outcome(key) for key in frame["outcome"]]
    frame["outcome"] = [outcome.label for outcome in named]
    frame.insert(1, "short", [outcome.short for outcome in named])
    headings = {"used": "This book", **{prefix: label for prefix, (_, label) in OTHERS.items()}}
    shown = [
        Column("tau", "τ", "right", words.number),
        *(_held(prefix, label) for prefix, label in headings.items()),
    ]
    head = Column("outcome", "Outcome", cell=_simulated)
    caption = (
        "How often a 95% prediction interval holds the true rate of a new cohort, in percent, and "
        "its mean width in percentage points."
    )
    sets = words.count(int(records["sets"].iloc[0]), "simulated set")
    notes = (
        f"Each row is of {sets} of cohorts, with the sizes of an outcome's cohorts when the "
        "simulation was run, logits of their true rates about that of the rate, and τ for their "
        "standard deviation. One τ put in: the logistic model with its most likely τ; inverse "
        "variance: logits pooled by REML and Hartung–Knapp; t: with k − 1 degrees of freedom. "
        "`docs/prediction-coverage.md` has every method tried."
    )
    return BookTable(frame, name, caption, shown, notes, kind="numbers", group=head)


def _simulated(row: Row) -> str:
    size = words.count(row["cohorts"], "cohort")
    return f"{row['outcome']}: {size}, rate {words.percent(row['rate'])}"


def _held(prefix: str, label: str) -> Column:
    def cell(row: Row) -> str:
        held, width = row[f"{prefix}_coverage"], row[f"{prefix}_width"]
        if pd.isna(held):
            return columns.DASH
        return f"{words.number(100 * held, 1)} ({words.number(100 * width, 0)})"

    return Column(f"{prefix}_coverage", label, "right", cell=cell)
