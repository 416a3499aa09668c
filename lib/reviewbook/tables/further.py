"""Tables of further outcomes: pools in each set, rows that are used, rows left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.pooling.analysis import proportion
from reviewbook.pooling.further import LEFT_OUT_COLUMNS, FurtherPool, Part, further_pool
from reviewbook.pooling.pools import Pools
from reviewbook.survival.durability import follow_up_text

from . import columns
from .columns import LIMITS, Row, plain
from .table import BookTable, Column

PHASES = {
    "after_cells": "after the cells",
    "after_transplant": "after a transplant",
    "either": "before or after",
    "": "not told",
}
"""Words for the column ``phase`` of ``outcomes.csv``."""
_KEY = [name for name in LEFT_OUT_COLUMNS if name != "reason"]


def further_table(pools: Pools, names: Sequence[str], *, name: str, caption: str) -> BookTable:
    """Return each further outcome by group, and what the primary set has beside it.

    The columns of ``mean`` are the population-averaged proportion of the logistic model (of 100
    patients), those of ``median`` the proportion of the median cohort.
    """
    review = pools.review
    rows: list[dict[str, Any]] = []
    for one in names:
        found = further_pool(pools, one)
        beside = {part.label: part for part in further_pool(pools, one, review.primary_set).parts}
        for part in found.parts:
            rows.append(_record(found, part) | {"primary": _beside(beside.get(part.label))})
    shown = [
        Column("group", "Outcome", cell=_group),
        columns.K,
        columns.COUNTS,
        Column("mean_estimate", "Of 100 patients (95% CI)", "right", cell=_of_hundred),
        columns.interval("Median cohort % (95% CI)", "median_"),
        Column("primary", "In the primary set"),
    ]
    notes = (
        "Of 100 patients: the population-averaged proportion of the random-intercept logistic "
        "model; median cohort: the proportion at its middle. They agree where the model finds no "
        "variation between cohorts. With so few cohorts no range for a new cohort is given."
    )
    return BookTable(pd.DataFrame(rows), name, caption, shown, notes, group=columns.OUTCOME)


def _record(found: FurtherPool, part: Part) -> dict[str, Any]:
    means: dict[str, Any] = {f"{kind}_{end}": None for kind in ("mean", "median") for end in LIMITS}
    if part.analysis is not None:
        middle = proportion(part.analysis.primary)
        means = {f"mean_{end}": value for end, value in part.average.to_dict().items()}
        means |= {f"median_{end}": value for end, value in middle.to_dict().items()}
    return {
        "id": found.outcome.id,
        "outcome": found.outcome.label,
        "group": part.label,
        "k": part.selection.k,
        "events": part.events,
        "total": part.selection.n,
        **means,
        "why_not": part.why_not,
    }


def _beside(part: Part | None) -> str:
    if part is None:
        return "no cohort"
    size = words.count(part.selection.k, "cohort")
    text = f"{words.counts(part.events, part.selection.n)} in {size}"
    if part.analysis is None:
        return text
    average = {f"mean_{end}": value for end, value in part.average.to_dict().items()}
    return f"{text}; {columns.interval_text(average, 'mean_')}"


def _group(row: Row) -> str:
    return str(row["group"]) or "All"


def _of_hundred(row: Row) -> str:
    return "not pooled" if row["why_not"] else columns.interval_text(row, "mean_")


def further_rows_table(
    pools: Pools, names: Sequence[str], *, name: str, caption: str, follow_up: bool = False
) -> BookTable:
    """Return the rows that the further outcomes use, each with its source.

    Parameters
    ----------
    follow_up : bool
        Whether the median follow-up of the report, as printed, stands beside the count.
    """
    founds = [further_pool(pools, one) for one in names]
    # Questions that count the same of different patients: only the label says of whom.
    asked = {(found.outcome.counts, tuple(found.outcome.populations)) for found in founds}
    alike = len({counts for counts, _ in asked}) < len(asked)
    parts = [
        found.selection.included.assign(
            question=found.outcome.label if alike else found.outcome.short
        )
        for found in founds
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["follow_up"] = [
        follow_up_text(pools, cohort_id, report_id)
        for cohort_id, report_id in zip(frame["cohort_id"], frame["report_id"], strict=True)
    ]
    shown = [columns.COHORT_REPORT, columns.COUNTS, columns.STATUS, columns.SOURCE]
    head = Column("question", "Counted") if len(names) > 1 else None
    if any(frame["phase"] != ""):
        shown.insert(-2, Column("phase", "When", cell=lambda row: PHASES[row["phase"]]))
    if follow_up:
        shown.insert(-2, Column("follow_up", "Median follow-up"))
    named = partial(columns.with_outcomes_named, review=pools.review)
    below = [Column("notes", "", format=named)]
    return BookTable(frame, name, caption, shown, sortable=True, group=head, below=below)


def left_out_table(pools: Pools, names: Sequence[str], *, name: str, what: str) -> BookTable:
    """Return every row of the same definitions that none of the further outcomes uses, and why.

    `what` begins the caption, such as "Relapse".
    """
    founds = [further_pool(pools, one) for one in names]
    used = {
        key
        for found in founds
        for key in found.selection.included[["report_id", "events", "total", "timepoint"]]
        .assign(counts=found.outcome.counts)
        .itertuples(index=False, name=None)
    }
    frame = pd.concat([f.left_out.assign(counts=f.outcome.counts) for f in founds])
    keys = frame[["report_id", "events", "total", "timepoint", "counts"]]
    frame = frame[[key not in used for key in keys.itertuples(index=False, name=None)]]
    grouped = frame.groupby(["counts", *_KEY], sort=False)["reason"].agg(_reasons).reset_index()
    grouped["definition"] = [pools.review.outcome_words(one) for one in grouped["counts"]]
    shown = [
        columns.COHORT_REPORT,
        Column("events", "Events/total", "right", cell=_among),
        Column("reason", "Why it is not used"),
        columns.SOURCE,
    ]
    several = len({found.outcome.counts for found in founds}) > 1
    head = Column("definition", "Counted", format=words.capital) if several else None
    caption = f"{what}: {words.count(len(grouped), 'row')} that no pool or list uses, and why."
    among = set(grouped["population"])
    mixed = "infused" in among and len(among) > 1
    notes = "Counts without a bracket are of everyone infused." if mixed else ""
    return BookTable(grouped, name, caption, shown, notes, group=head)


def _among(row: Row) -> str:
    population = row["population"]
    among = "" if population == "infused" else f" ({plain(population)})"
    return f"{columns.counts_text(row)}{among}"


def _reasons(reasons: pd.Series) -> str:
    """Return the reasons of several questions; another time says least where there is more."""
    distinct = list(dict.fromkeys(reasons))
    telling = [one for one in distinct if not one.startswith("At another time")]
    return "; ".join(telling or distinct)
