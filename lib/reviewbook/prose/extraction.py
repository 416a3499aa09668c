"""The sentences on how the evidence was found, and what two readings of it agree on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from metaprop import Interval
from reviewbook import words
from reviewbook.evidence.evidence import Evidence
from reviewbook.evidence.rows import records
from reviewbook.evidence.second_reading import agreement, read_twice
from reviewbook.pooling.pools import Pools
from reviewbook.review.settings import Outcome
from reviewbook.words import Phrase
from reviewbook.words.frames import made_number, part_of
from reviewbook.words.marked import told

from . import Sentences

_ACCESS = {
    "abstract": "the abstract",
    "abstract_mirror": "a copy of the abstract elsewhere",
    "secondary_table": "a table of a review",
    "news": "news or a company text",
    "third_party_note": "a third party's note that quotes the abstract",
}


@told
def extraction_sentences(pools: Pools) -> Sentences:
    """Say which texts were read, and what the two readings of them agree on.

    `access` counts the reports by what of them was read, `decided` the entries of
    ``decisions.csv``; `counts`, `survival` and `characteristics` say how many cells were read
    twice, found again and equal, `share` how many of the counts found are equal, with the interval
    of Clopper and Pearson; `once` is the number of counts without a second reading; `unconfirmed`
    names the counts of the primary pools that the second reading did not find.
    """
    evidence = pools.evidence
    cells = read_twice(evidence)
    kinds = {kind: _agreement(cells, kind) for kind in ("count", "survival", "characteristic")}
    access = evidence.reports["access_level"].value_counts()
    decisions = evidence.other["decisions"]["decision"].value_counts()
    share = [kinds["count"][part] for part in ("estimate", "low", "high")]
    return Sentences(
        reports=words.count(len(evidence.reports), "report"),
        access=words.join(
            f"{_ACCESS.get(str(level), str(level))} for {words.number(int(n), 0)}"
            for level, n in access.items()
        ),
        decisions=words.count(int(decisions.sum()), "decision"),
        decided=words.join(f"{n} {decision}" for decision, n in decisions.items()),
        counts=_agreed(kinds["count"], "count"),
        survival=_agreed(kinds["survival"], "time-to-event figure"),
        characteristics=_agreed(kinds["characteristic"], "characteristic", apart="equal in part"),
        share=words.interval(Interval(*share)),
        once=_once(evidence, cells),
        unconfirmed=_unconfirmed(pools, cells),
    )


@told
def defined(outcome: Outcome) -> Sentences:
    """Return what counts as the event of an outcome, and in whom, as the settings have it."""
    return Sentences(event=Phrase(outcome.event), denominator=Phrase(outcome.denominator))


_WORDS = {
    "rows": "cells that were read twice",
    "found": "cells that the second reading found again",
    "equal": "cells of which both readings are equal",
    "estimate": "equal of found again",
    "low": "lower limit of equal of found again, by Clopper and Pearson",
    "high": "upper limit of equal of found again, by Clopper and Pearson",
}
_CELL = ("outcome", "endpoint", "item", "first_events", "first_total", "second_events",
         "second_total", "first_estimate", "second_estimate", "agreement")  # fmt: skip
"""What a reader is shown of a cell that was read twice."""


def _agreement(cells: pd.DataFrame, kind: str) -> dict[str, Any]:
    """Return the numbers of :func:`agreement` on the cells of a kind, each with its origin."""
    own = part_of(cells, f"kind == {kind!r}")
    (row,) = records(agreement(own, "kind"))
    return {
        name: made_number(
            own,
            row[name],
            f"agreement({{}}, 'kind')[{name!r}].iloc[0]",
            what,
            "proportion" if isinstance(row[name], float) else "cells",
            imports=("from reviewbook.evidence.second_reading import agreement",),
            shown=_CELL,
        )
        for name, what in _WORDS.items()
    }


def _agreed(row: Mapping[str, Any], noun: str, *, apart: str = "different") -> Phrase:
    rows, found, equal = (row[name] for name in ("rows", "found", "equal"))
    rest = f" and {words.number(found - equal, 0)} {apart}" if found > equal else ""
    return Phrase(
        f"of {words.count(rows, noun)} {words.number(found, 0)} were found again, "
        f"{words.number(equal, 0)} of them equal{rest}"
    )


def _once(evidence: Evidence, cells: pd.DataFrame) -> Phrase:
    """Count the rows of ``outcomes.csv`` that have no second reading."""
    frame = evidence.outcomes
    count = frame["events"].astype("str") + "/" + frame["total"].astype("str")
    twice = set(_keys(cells[cells["kind"] == "count"]))
    keys = _keys(frame.assign(what=frame["outcome"], first=count))
    return words.count(sum(key not in twice for key in keys), "count")


def _keys(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    columns = ["report_id", "cohort_id", "what", "first"]
    return [tuple(map(str, row)) for row in frame[columns].itertuples(index=False)]


def _unconfirmed(pools: Pools, cells: pd.DataFrame) -> Phrase:
    """Name the counts of the primary pools that the second reading did not find."""
    missed = set(_keys(cells[(cells["kind"] == "count") & ~cells["found"]]))
    named, total = [], 0
    for outcome in pools.review.outcomes:
        for row in pools.select(outcome.id).included.to_dict("records"):
            total += 1
            count = str(words.counts(row["events"], row["total"]))
            if (row["report_id"], row["cohort_id"], outcome.id, count) in missed:
                named.append(f"{row['label']} ({outcome.short} {count})")
    if not named:
        return Phrase(f"all {total} were found again")
    return Phrase(f"{len(named)} of {total} were not found again: {words.join(named)}")
