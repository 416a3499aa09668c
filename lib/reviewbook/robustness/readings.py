"""What a pooled value would be if a count were read the other way.

``readings.csv`` holds the readings of a count that were not taken. Here each of them takes the
place of the count in use, and everything else follows the rules of the set: the same stages, the
same rule on shared patients. A reading without a count leaves its cohort without one, so that a
smaller cohort of the same patients may enter in its place; that pool, and the one in which the
cohort is only taken out, are both given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

import metaprop
from metaprop import Interval
from reviewbook.evidence.evidence import Evidence
from reviewbook.evidence.rows import labels_of, records
from reviewbook.pooling.analysis import proportion
from reviewbook.pooling.eligibility import UNREADABLE
from reviewbook.pooling.made import count_rows
from reviewbook.pooling.pools import Pools
from reviewbook.pooling.selection import Selection, select
from reviewbook.review.settings import Review
from reviewbook.words import asked
from reviewbook.words.computed import computed
from reviewbook.words.frames import FrameOrigin, made_by
from reviewbook.words.origin import Row, Source

READINGS = "readings"
LOWEST, HIGHEST = "lowest", "highest"
_CHANGED = "custom"
_TYPES = {
    **dict.fromkeys(("outcome", "set", "cohort_id", "label", "reading"), "str"),
    **dict.fromkeys(("settled", "reason"), "str"),
    **dict.fromkeys(("events", "total", "other_events", "other_total"), "Int64"),
    **dict.fromkeys(("bound", "change"), "str"),
    **dict.fromkeys(("k", "n"), "Int64"),
    **dict.fromkeys(("estimate", "low", "high"), "Float64"),
    **dict.fromkeys(("other_estimate", "other_low", "other_high", "shift"), "Float64"),
    **dict.fromkeys(("entered", "why"), "str"),
}
_UNITS = {
    **dict.fromkeys(("estimate", "low", "high"), "proportion"),
    **dict.fromkeys(("other_estimate", "other_low", "other_high", "shift"), "proportion"),
    **dict.fromkeys(("events", "total", "other_events", "other_total", "n"), "patients"),
    **dict.fromkeys(("k", "cohorts"), "cohorts"),
}
Count = Mapping[str, Any] | None
"""A reading: ``report_id events total``; None leaves the cohort without a count."""


def readings_of(evidence: Evidence, outcome: str) -> pd.DataFrame:
    """Return the other readings of an outcome, as ``readings.csv`` has them; may be empty."""
    table = evidence.other.get(READINGS)
    if table is None:
        return pd.DataFrame(columns=["cohort_id", "outcome", "reading"])
    return table[table["outcome"] == outcome].reset_index(drop=True)


def other_readings(pools: Pools, outcome: str, set_id: str | None = None) -> pd.DataFrame:
    """Pool an outcome with each other reading in turn, in every set that has rules.

    Parameters
    ----------
    set_id : str, optional
        Only this set.

    Returns
    -------
    DataFrame
        One row a reading and set, by the primary recipe: ``outcome set cohort_id label reading
        settled reason events total bound other_events other_total change k n estimate low high
        other_estimate other_low other_high shift entered why``. `events` and `total` are in use,
        NA where the cohort has no count in the pool; `change` is "replaced", "added", "dropped" or
        "gives way", the last for the pool that the rules make without the count, with the label of
        the cohort that enters. `shift` is ``other_estimate - estimate``. A cohort that is not
        pooled either way has `why` and an empty `change`; its pools are NA.
    """
    rows, sources, counts, both = [], {}, {}, {}
    for one in _sets(pools, set_id):
        home = pools.select(outcome, one)
        for reading in records(readings_of(pools.evidence, outcome)):
            for change, changed in _changes(pools, home, outcome, one, reading):
                row = _described(pools, home, reading, change, changed)
                row |= {"outcome": outcome, "set": one, **_pools(pools, home, changed)}
                rows.append(row)
                sources[_place(row)] = _sources(home, [reading], changed)
                counts[_place(row)] = _sources(home, [reading], None)[1:]
                both[_place(row)] = (*_sources(home, [], None), *sources[_place(row)])
    frame = pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)
    origin = FrameOrigin(
        expression=f"other_readings(book, {outcome!r}, {set_id!r})",
        what="pool with another reading of a count",
        key=("set", "cohort_id", "reading", "change"),
        source_of=lambda row: sources[_place(row)],
        imports=("from reviewbook.robustness.readings import other_readings",),
        units=_UNITS,
        sources_of_column={
            **dict.fromkeys(("other_events", "other_total"), lambda row: counts[_place(row)]),
            "shift": lambda row: both[_place(row)],
        },
    )
    return made_by(frame, origin)


def open_together(pools: Pools, outcome: str, set_id: str | None = None) -> pd.DataFrame:
    """Pool with every open reading at its lowest share, and at its highest.

    A reading is open when no stated rule decides it. Of each pooled cohort the lowest (highest) of
    the count in use and its open readings is taken; a reading without a count cannot be either.
    Arguments as of :func:`other_readings`.

    Returns
    -------
    DataFrame
        Two rows for each set in which a pooled cohort has an open reading: ``outcome set which
        cohorts estimate low high other_estimate other_low other_high shift``; `cohorts` is the
        number of cohorts whose count changes.
    """
    table = readings_of(pools.evidence, outcome)
    open_ones = [r for r in records(table) if r["settled"] == "open" and _count(r) is not None]
    rows, sources = [], {}
    for one in _sets(pools, set_id):
        home = pools.select(outcome, one)
        if not {row["cohort_id"] for row in open_ones} & set(home.included["cohort_id"]):
            continue
        for which in (LOWEST, HIGHEST):
            counts = _extremes(home, open_ones, which)
            changed = _select_with(pools, outcome, one, counts)
            used = [reading for reading in counts.values() if reading is not None]
            sources[one, which] = _sources(home, used, changed)
            row = {"outcome": outcome, "set": one, "which": which, "cohorts": len(counts)}
            rows.append(row | _pools(pools, home, changed))
    origin = FrameOrigin(
        expression=f"open_together(book, {outcome!r}, {set_id!r})",
        what="pool with every open reading at one end",
        key=("set", "which"),
        source_of=lambda row: sources[row["set"], row["which"]],
        imports=("from reviewbook.robustness.readings import open_together",),
        units=_UNITS,
    )
    return made_by(pd.DataFrame(rows), origin)


def _place(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("set", "cohort_id", "reading", "change"))


def _sources(
    home: Selection, readings: Sequence[Mapping[str, Any]], changed: Selection | None
) -> tuple[Source, ...]:
    """Return the rows behind a pool with other readings: of the pool, the readings, who enters."""
    if home.made is None:
        return ()
    read = {str(one["cohort_id"]) for one in readings}
    # The count that a reading takes the place of is in the pool no more.
    kept = tuple(
        row
        for row, cohort in zip(home.made.source.rows, home.included["cohort_id"], strict=True)
        if cohort not in read
    )
    source = replace(home.made.source, rows=kept)
    rows = tuple(
        Row(
            "readings.csv",
            "|".join(str(one[name]) for name in ("cohort_id", "outcome", "reading")),
            tuple(
                (n, "" if one[n] is None else str(one[n])) for n in ("events", "total", "reason")
            ),
        )
        for one in readings
    )
    entered = []
    if changed is not None:
        inside = {*home.included["cohort_id"], *read}
        new = changed.included[~changed.included["cohort_id"].isin(inside)]
        entered = list(count_rows(new, home.outcome))
    used = (*rows, *entered)
    return (source, Source(source.outcome, source.set_id, used)) if used else (source,)


def _sets(pools: Pools, set_id: str | None) -> list[str]:
    """Return every set with rules, or the one asked for; a study table is taken as it is."""
    named = [name for name, one in pools.review.sets.items() if one.rules is not None]
    return [name for name in named if set_id in (None, name)]


def _count(reading: Mapping[str, Any]) -> Count:
    return None if reading["events"] is None or reading["total"] is None else reading


def _changes(
    pools: Pools, home: Selection, outcome: str, set_id: str, reading: Mapping[str, Any]
) -> list[tuple[str, Selection | None]]:
    """Return what a reading does to a pool, by name; without a pool where it does nothing."""
    cohort_id, count = reading["cohort_id"], _count(reading)
    before = cohort_id in set(home.included["cohort_id"])
    stages = home.excluded.set_index("cohort_id")["stage"]
    if not before and (count is None or stages[cohort_id] != UNREADABLE):
        return [("", None)]  # another count changes neither its report nor its patients
    other = _select_with(pools, outcome, set_id, {cohort_id: count})
    if count is None:
        kept = home.included[home.included["cohort_id"] != cohort_id].reset_index(drop=True)
        dropped = ("dropped", replace(home, set_id=_CHANGED, included=kept))
        return [dropped, ("gives way", other)] if len(other.included) > len(kept) else [dropped]
    if cohort_id in set(other.included["cohort_id"]):
        return [("replaced" if before else "added", other)]
    return [("", None)]


def _described(
    pools: Pools,
    home: Selection,
    reading: Mapping[str, Any],
    change: str,
    changed: Selection | None,
) -> dict[str, Any]:
    cohort_id = reading["cohort_id"]
    used, left = (
        records(frame[frame["cohort_id"] == cohort_id]) for frame in (home.included, home.excluded)
    )
    labels = labels_of(pools.evidence)
    entered = [] if changed is None else [x for x in changed.labels if x not in home.labels]
    return {
        "cohort_id": cohort_id,
        "label": labels[cohort_id],
        "reading": reading["reading"],
        "settled": reading["settled"],
        "reason": reading["reason"],
        "events": used[0]["events"] if used else None,
        "total": used[0]["total"] if used else None,
        "bound": used[0]["bound"] if used else "",
        "other_events": reading["events"],
        "other_total": reading["total"],
        "change": change,
        "entered": "; ".join(entered),
        "why": left[0]["reason"] if left and changed is None else "",
    }


def _select_with(pools: Pools, outcome: str, set_id: str, counts: Mapping[str, Count]) -> Selection:
    """Apply the rules of a set to evidence in which cohorts have other counts of an outcome.

    A cohort with another count is not set aside: the reading says that it counts.
    """
    rules = pools.rules(set_id)
    table = pools.evidence.outcomes.query("outcome == @outcome")
    rest = table[~table["cohort_id"].isin(list(counts))]
    added = [
        table.iloc[[0]].assign(
            cohort_id=cohort_id,
            report_id=count["report_id"],
            outcome=outcome,
            events=count["events"],
            total=count["total"],
            population=rules.populations[0],
            status=rules.statuses[0],
            bound="",
            preferred=True,
        )
        for cohort_id, count in counts.items()
        if count is not None
    ]
    outcomes = pd.concat([rest, *added], ignore_index=True).astype(table.dtypes)
    with asked.quietly():  # copied, not read
        evidence = replace(pools.evidence, outcomes=outcomes)
    review = _without_aside(pools.review, [c for c, count in counts.items() if count is not None])
    return select(evidence, review, review.outcome(outcome), rules, set_id=_CHANGED)


def _without_aside(review: Review, cohorts: list[str]) -> Review:
    """Return the settings with none of these cohorts set aside."""
    asides = [
        one.model_copy(update={"cohorts": tuple(c for c in one.cohorts if c not in cohorts)})
        for one in review.set_aside
    ]
    return review.model_copy(update={"set_aside": tuple(asides)})


def _extremes(home: Selection, open_ones: list[dict[str, Any]], which: str) -> dict[str, Count]:
    """Return the open reading of each pooled cohort that lies beyond the count in use."""
    sign = 1 if which == LOWEST else -1
    found: dict[str, Count] = {}
    for used in records(home.included):
        own = [row for row in open_ones if row["cohort_id"] == used["cohort_id"]]
        best = min([used, *own], key=lambda row: sign * row["events"] / row["total"])
        if best is not used:
            found[used["cohort_id"]] = best
    return found


def _pools(pools: Pools, home: Selection, changed: Selection | None) -> dict[str, Any]:
    """Return both pooled proportions with their limits, and the step between them."""
    if changed is None:
        return {}
    was, now = _pooled(pools, home), _pooled(pools, changed)
    return {
        "k": changed.k,
        "n": changed.n,
        **was.to_dict(),
        **{f"other_{part}": value for part, value in now.to_dict().items()},
        "shift": now.estimate - was.estimate,
    }


def _pooled(pools: Pools, selection: Selection) -> Interval:
    if selection.set_id != _CHANGED and selection.outcome is not None:
        return proportion(pools.analyse(selection.outcome, selection.set_id).primary)
    recipe = pools.review.recipe(pools.review.primary_recipe)
    return proportion(computed(metaprop.pool, selection.events, selection.totals, recipe))
