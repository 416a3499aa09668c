"""Tables of readings: what two passes agree on, where they part, and what another count does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.evidence.rows import labels_of
from reviewbook.evidence.second_reading import agreement, read_twice
from reviewbook.pooling.analysis import proportion
from reviewbook.pooling.pools import Pools
from reviewbook.robustness.readings import open_together, other_readings

from . import columns
from .columns import Row, interval_text, plain, points
from .table import BookTable, Column, escape, missing

_PARTS = {
    ("count", "outcomes"): "Counts of the first edition",
    ("count", "harms"): "Counts added in November 2026",
    ("survival", ""): "Time-to-event figures",
    ("characteristic", ""): "Characteristics",
}


def read_twice_table(pools: Pools, *, name: str) -> BookTable:
    """Return how many cells were read twice, found again and equal, by part and by outcome."""
    cells, review = read_twice(pools.evidence), pools.review
    counts = cells[cells["kind"] == "count"]
    parts = agreement(cells, ["kind", "part"])
    keys = zip(parts["kind"], parts["part"], strict=True)
    parts["what"] = [_PARTS.get(key, plain(key[1] or key[0])) for key in keys]
    pooled = [outcome.id for outcome in review.outcomes]
    outcomes = agreement(counts, "what").sort_values("rows", ascending=False, kind="stable")
    outcomes = outcomes.sort_values(
        "what", key=lambda names: ~names.isin(pooled), kind="stable"
    ).assign(what=lambda frame: frame["what"].map(review.outcome_words).map(words.capital))
    every = agreement(counts.assign(what="All counts"), "what")
    shown = [
        Column("what", "What was read"),
        columns.integer("rows", "Read twice"),
        columns.integer("found", "Found again"),
        columns.integer("equal", "Equal"),
        columns.percent_interval("Equal of those found (95% CI)", empty="none found"),
    ]
    frame = pd.concat([every, parts, outcomes], ignore_index=True)
    caption = "Cells that were read twice, those found again, and those that are equal."
    notes = (
        "Intervals are exact (Clopper–Pearson) and take cells as independent, which those of one "
        "report are not."
    )
    kept = frame[["what", "rows", "found", "equal", *columns.LIMITS]]
    return BookTable(kept, name, caption, shown, notes, kind="numbers")


def apart_table(pools: Pools, *, name: str) -> BookTable:
    """Return every cell in which the second reading differs or found nothing."""
    cells = read_twice(pools.evidence)
    labels = labels_of(pools.evidence)
    frame = cells[~cells["equal"]].sort_values("found", ascending=False, kind="stable")
    # A cohort once, at its first row: those that differ come before those not found.
    frame = frame.assign(label=frame["cohort_id"].map(labels))
    first = {label: i for i, label in enumerate(dict.fromkeys(frame["label"]))}
    frame = frame.sort_values("label", key=lambda names: names.map(first), kind="stable")
    values = {
        key: text for group in pools.review.groups.values() for key, text in group.labels.items()
    }

    def what(row: Row) -> str:
        if row["kind"] == "count":
            text = pools.review.outcome_words(row["what"])
        elif row["kind"] == "survival":
            text = pools.review.endpoint(row["what"]).label
        else:  # an item has the words of the group it counts, such as a disease, or its own
            text = values.get(row["what"]) or pools.review.outcome_words(row["what"])
            return words.capital(str(text))
        who = words.within_sentence(pools.review.arm(row["detail"]))
        among = "" if row["detail"] in ("infused", "all") else f" ({who})"
        return f"{words.capital(text)}{among}"

    shown = [
        Column("what", "What was read", cell=what),
        Column("first", "First reading"),
        Column("second", "Second reading", cell=lambda row: row["second"] or "not found"),
    ]
    differ = int(frame["found"].sum())
    caption = (
        f"{words.count(differ, 'cell')} in which the two readings differ, and "
        f"{len(frame) - differ} that the second reading did not find."
    )
    frame = frame.reset_index(drop=True)
    return BookTable(frame, name, caption, shown, group=columns.COHORT)


def other_readings_table(pools: Pools, *, name: str = "tbl-other-readings") -> BookTable:
    """Return what each other reading of a pooled outcome does to its pools, set by set."""
    frame = pd.concat(
        [_of_outcome(pools, outcome.id) for outcome in pools.review.outcomes], ignore_index=True
    )
    ends = [str(key) for key in frame if str(key).endswith("_estimate")]
    sets = [key.removesuffix("_estimate") for key in ends]
    pooled = frame[[f"{one}_estimate" for one in sets]].notna().any(axis=1)
    nowhere = frame[~pooled]
    shown = [
        columns.COHORT,
        Column("reading", "Read as"),
        Column("settled", "Decided by"),
        Column("count", "In use", "right"),
        Column("other", "Then", "right"),
    ]
    for one in sets:
        primary = one == pools.review.primary_set
        heading = "Primary set" if primary else pools.review.set(one).label
        shown.append(Column(f"{one}_estimate", heading, cell=_in_set(one)))
    caption = (
        "Pooled share by the primary recipe with the counts in use and with each other reading, "
        "and the shift in percentage points."
    )
    why = "; ".join(
        f"{row['label']}, {row['reading']}: {row[f'{one}_why']} ({pools.review.set(one).label})"
        for row in nowhere.to_dict("records")
        for one in sets
    )
    notes = escape(f"Read in no pool. {why}.") if why else ""
    head = Column("outcome", "Outcome", format=lambda key: pools.review.outcome(key).label)
    kept = frame[pooled].reset_index(drop=True)
    return BookTable(kept, name, caption, shown, notes, group=head)


def _of_outcome(pools: Pools, outcome: str) -> pd.DataFrame:
    """Return the counts in use, each other reading, and all open ones together, a set a column."""
    readings, together = other_readings(pools, outcome), open_together(pools, outcome)
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in readings.to_dict("records"):
        gives_way = row["change"] == "gives way"
        entered = f"; {row['entered']} enters in its place" if gives_way else ""
        key = (row["cohort_id"], row["reading"], entered)
        one = rows.setdefault(key, _row(outcome, row["label"], f"{row['reading']}{entered}"))
        one |= {"settled": row["settled"], "other": _count(row, "other_")}
        one["count"] = one.get("count") or _count(row, "")
        one |= _pool(row)
    for row in together.to_dict("records"):
        label = "all with an open reading"
        one = rows.setdefault(
            (row["which"],), _row(outcome, label, f"each at its {row['which']} share")
        )
        one |= {"settled": "open"} | _pool(row)
    if not rows:
        return pd.DataFrame()
    in_use = _row(outcome, "all cohorts", "as in use")
    for one in dict.fromkeys(readings["set"]):
        pooled = proportion(pools.analyse(outcome, one).primary)
        in_use |= {f"{one}_{part}": value for part, value in pooled.to_dict().items()}
    return pd.DataFrame([in_use, *rows.values()])


def _row(outcome: str, label: str, reading: str) -> dict[str, Any]:
    return {"outcome": outcome, "label": label, "reading": reading}


def _count(row: Row, prefix: str) -> str:
    events, total = row[f"{prefix}events"], row[f"{prefix}total"]
    bound = "" if prefix else row["bound"]
    return "" if missing(events) else str(words.counts(events, total, bound=bound))


def _pool(row: Row) -> dict[str, Any]:
    found = {part: row[f"other_{part}"] for part in columns.LIMITS}
    found |= {"shift": row["shift"], "why": row.get("why", "")}
    return {f"{row['set']}_{key}": value for key, value in found.items()}


def _in_set(one: str) -> Callable[[Row], str]:
    def cell(row: Row) -> str:
        text = interval_text(row, f"{one}_", unit="%")
        if not text:
            return "not pooled"
        shift = row[f"{one}_shift"]
        return text if missing(shift) else f"{text}, {points(shift)}"

    return cell
