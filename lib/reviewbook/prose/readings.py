"""The sentences on counts that are bounds or allow another reading."""

from __future__ import annotations

from typing import Any

import pandas as pd

from metaprop import Interval
from reviewbook import words
from reviewbook.evidence.rows import records
from reviewbook.pooling.analysis import Analysis
from reviewbook.pooling.pools import Pools
from reviewbook.robustness.readings import open_together, other_readings
from reviewbook.words import Phrase
from reviewbook.words.frames import made_number, part_of, rows_of
from reviewbook.words.marked import told

from . import Sentences


@told
def reading_sentences(pools: Pools, analysis: Analysis) -> Sentences:
    """Say what counts that are bounds, or allow another reading, do to a pool of the primary set.

    `marked` counts the cohorts whose count allows another reading; `bound` tells of the largest
    cohort whose count is a bound, `alternatives` what its other readings give; `moves` is the
    reading that moves the pooled value most; `together` the span of all open readings; `added` the
    cohorts that another reading would bring in, each with its reason.
    """
    outcome, own = analysis.outcome, analysis.selection.set_id
    frame = other_readings(pools, outcome.id, own)
    frame = part_of(frame, "change != ''")
    # A reading that brings a cohort in is of none of the pool.
    of_the_pool = part_of(frame, "change != 'added'")
    marked = made_number(
        of_the_pool,
        of_the_pool["cohort_id"].nunique(),
        "{}['cohort_id'].nunique()",
        "cohorts whose count can be read in another way",
        "cohorts",
    )
    return Sentences(
        marked=Phrase(
            f"{words.plain_number(marked)} of {words.count(analysis.selection.k, 'cohort')}"
        ),
        bound=_bound(analysis),
        alternatives=_alternatives(analysis, frame),
        moves=_moves(frame),
        together=_together(pools, outcome.id, own),
        added=_added(frame),
    )


def _largest_bound(analysis: Analysis) -> dict[str, Any] | None:
    bounds = [row for row in records(analysis.selection.included) if row["bound"]]
    return max(bounds, key=lambda row: row["total"], default=None)


def _bound(analysis: Analysis) -> Phrase:
    row = _largest_bound(analysis)
    if row is None:
        return Phrase("No count of this pool is a bound.")
    selection = analysis.selection
    largest = row["total"] == selection.totals.max()
    count = selection.count_of(row["cohort_id"])
    share = words.percent(count.total / selection.n)
    side = "more" if row["bound"] == "lower" else "fewer"
    article = "a lower" if row["bound"] == "lower" else "an upper"
    return Phrase(
        f"{'The largest cohort' if largest else 'One cohort'}, {words.spoken(row['label'])}, holds "
        f"{words.number(count.total, 0)} of the {words.count(selection.n, 'patient')} "
        f"({share}), and its {words.counts(count.events, count.total)} is {article} bound: "
        f"{side} may have had the event."
    )


def _alternatives(analysis: Analysis, frame: pd.DataFrame) -> Phrase:
    row = _largest_bound(analysis)
    own = frame.iloc[:0] if row is None else frame[frame["cohort_id"] == row["cohort_id"]]
    parts = [f"{_pooled(one)} {_how(one)}" for one in rows_of(own)]
    if not parts:
        return Phrase("No other reading of it is known.")
    return Phrase(
        f"The pooled value, {words.interval(analysis.primary)} with the count in use, would be "
        f"{words.join(parts)}."
    )


def _pooled(row: dict[str, Any]) -> Phrase:
    """Return the pool with another reading in words."""
    estimate, low, high = (row[f"other_{part}"] for part in ("estimate", "low", "high"))
    return words.interval(Interval(estimate, low, high))


def _how(row: dict[str, Any]) -> str:
    if row["change"] == "dropped":
        return "without the cohort"
    if row["change"] == "gives way":
        entered = words.join(map(words.spoken, row["entered"].split("; ")))
        return f"with {entered} in its place, as the rule on shared patients has it"
    counts = words.counts(row["other_events"], row["other_total"])
    return f"with {counts} ({row['reading']})"


def _moves(frame: pd.DataFrame) -> Phrase:
    if frame.empty:
        return Phrase("no other reading changes this pool")
    row = max(rows_of(frame), key=lambda row: abs(row["shift"]))
    shift = words.number(100 * abs(row["shift"]), 1)
    return Phrase(
        f"{words.spoken(row['label'])} {_how(row)}, which gives a pooled value of "
        f"{words.percent(row['other_estimate'])}, {shift} percentage points "
        f"{'above' if row['shift'] > 0 else 'below'} the one in use"
    )


def _together(pools: Pools, outcome: str, set_id: str) -> Phrase:
    frame = open_together(pools, outcome, set_id)
    if frame.empty:
        return Phrase("no reading is left open")
    found = [row["other_estimate"] for row in rows_of(frame)]
    return Phrase(f"between {words.percent(min(found))} and {words.percent(max(found))}")


def _added(frame: pd.DataFrame) -> Phrase:
    parts = [
        f"{words.spoken(row['label'])}: {row['reason']} "
        f"With {words.counts(row['other_events'], row['other_total'])} the pooled value would be "
        f"{_pooled(row)}."
        for row in rows_of(frame[frame["change"] == "added"])
    ]
    return Phrase(" ".join(parts) or "none")
