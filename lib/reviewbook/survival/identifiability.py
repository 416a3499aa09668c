"""Whether the evidence can tell one characteristic of cohorts apart from another.

Cohorts are cross-tabulated: one characteristic in columns, the other in rows (strata). Only a
stratum that holds cohorts of both kinds can say what the first characteristic does; where every
cohort of one kind stands in one stratum and every cohort of the other kind in another, no model
can separate the two.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from metaprop import Interval, pool_effects
from reviewbook.pooling.made import cohort_rows
from reviewbook.words.frames import FrameOrigin, made_by, number_of, records, sources_of
from reviewbook.words.origin import Row, Source

from .arms import POOLING, ratio_interval
from .printed import landmark_rows

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools
    from reviewbook.review.settings import CohortsEvidence

BETTER, WORSE, UNKNOWN = "better", "worse", "unknown"
INSIDE, OUTSIDE = "inside", "outside"


@dataclass(frozen=True, slots=True, eq=False)
class Identifiability:
    """What the cross-tabulation shows.

    Attributes
    ----------
    cohorts : DataFrame
        One row a cohort of the set: cohort_id label citation_key n_infused value side stratum
        endpoints (printed at a time for all patients, comma-separated).
    table : DataFrame
        One row a stratum and side: stratum side cohorts patients labels with_endpoint.
    identifying : tuple of str
        Strata that hold cohorts of both sides.
    comparable : tuple of str
        Those of them where both sides print the endpoint at the same time.
    """

    cohorts: pd.DataFrame
    table: pd.DataFrame
    identifying: tuple[str, ...]
    comparable: tuple[str, ...]

    @property
    def identified(self) -> bool:
        """Whether any stratum separates the two characteristics."""
        return bool(self.identifying)

    def count(self, side: str, stratum: str) -> int:
        """Return how many cohorts of a side stand in a stratum."""
        query = f"side == {side!r} and stratum == {stratum!r}"
        return self._number(query, f"cohorts of the {side} side {stratum} the stratum")

    def number(self, side: str) -> int:
        """Return how many cohorts a side has."""
        return self._number(f"side == {side!r}", f"cohorts of the {side} side")

    def silent(self, side: str) -> int:
        """Return how many cohorts of a side print none of the endpoints at a stated time."""
        query = f"side == {side!r} and endpoints == ''"
        return self._number(query, f"cohorts of the {side} side without a printed endpoint")

    def _number(self, query: str, what: str) -> int:
        return number_of(self.cohorts, what, "cohorts", query=query)


def identifiability(pools: Pools, evidence: CohortsEvidence) -> Identifiability:
    """Cross-tabulate the cohorts of a set by the two characteristics of `evidence`."""
    printed = _printed(pools, evidence)
    rows = []
    for cohort in pools.eligible(evidence.set).to_dict("records"):
        own = str(cohort["cohort_id"])
        value, group = str(cohort[evidence.column]), str(cohort[evidence.within_column])
        side = BETTER if value in evidence.better else WORSE if value in evidence.worse else UNKNOWN
        stratum = UNKNOWN if not group else INSIDE if group == evidence.within_value else OUTSIDE
        found = printed[printed["cohort_id"] == own]
        rows.append(
            {
                **{k: cohort[k] for k in ("cohort_id", "label", "citation_key", "n_infused")},
                "value": value,
                "side": side,
                "stratum": stratum,
                "endpoints": ", ".join(dict.fromkeys(found["endpoint"])),
            }
        )
    cohorts = _made(pools, evidence, pd.DataFrame(rows), printed)
    strata = (INSIDE, OUTSIDE)
    table = pd.DataFrame(
        [
            _cell(cohorts, stratum, side)
            for stratum in (*strata, UNKNOWN)
            for side in (BETTER, WORSE, UNKNOWN)
        ]
    )
    sides = {s: set(cohorts.loc[cohorts["stratum"] == s, "side"]) for s in strata}
    identifying = tuple(s for s in strata if {BETTER, WORSE} <= sides[s])
    sided = printed.merge(cohorts[["cohort_id", "side", "stratum"]])
    comparable = tuple(s for s in identifying if _common_times(sided, s))
    return Identifiability(cohorts, table, identifying, comparable)


def _made(
    pools: Pools, evidence: CohortsEvidence, cohorts: pd.DataFrame, printed: pd.DataFrame
) -> pd.DataFrame:
    """Return the cohorts with where they come from, when the settings have this evidence."""
    known = pools.review.directions_evidence.items()
    name = next((name for name, one in known if one == evidence), None)
    selected = pools.select(None, evidence.set).made
    if name is None or selected is None:
        return cohorts
    columns = ("n_infused", evidence.column, evidence.within_column)
    chosen = Source(set_id=evidence.set, left_out=selected.source.left_out)
    rows: dict[str, list[Row]] = {
        row.key: [row] for row in cohort_rows(selected.included, *columns)
    }
    for told in records(printed):
        if told["cohort_id"] in rows:
            rows[told["cohort_id"]] += [
                line for one in sources_of(printed, told) for line in one.rows
            ]
    # Every number that is counted of the frame asks for those of all its cohorts.
    sources = {
        cohort: (Source(set_id=evidence.set, rows=tuple(own)), chosen)
        for cohort, own in rows.items()
    }

    origin = FrameOrigin(
        expression=f"identifiability(book, book.review.directions_evidence[{name!r}]).cohorts",
        what="cohorts by two characteristics",
        key=("cohort_id",),
        source_of=lambda row: sources[str(row["cohort_id"])],
        imports=("from reviewbook.survival.identifiability import identifiability",),
        units={"n_infused": "patients"},
    )
    return made_by(cohorts, origin)


def cohort_contrast(pools: Pools, evidence: CohortsEvidence) -> tuple[tuple[str, Interval], ...]:
    """Compare cohorts within each comparable stratum: hazard ratio of better to worse.

    At the time that most cohorts print (the latest of several), log cumulative hazards are pooled
    on each side and subtracted. The cohorts differ in everything else too; this is no within-cohort
    comparison.
    """
    shown = identifiability(pools, evidence)
    printed = _printed(pools, evidence).merge(shown.cohorts[["cohort_id", "side", "stratum"]])
    found = []
    for stratum in shown.comparable:
        here = printed[printed["stratum"] == stratum]
        common = here["time_months"].isin(_common_times(printed, stratum))
        time = float(here.loc[common, "time_months"].mode().max())
        parts = {}
        for side in (BETTER, WORSE):
            rows = here[(here["side"] == side) & (here["time_months"] == time)]
            parts[side] = pool_effects(
                rows["cloglog"].to_numpy(dtype=float),
                rows["se"].to_numpy(dtype=float) ** 2,
                POOLING,
            )
        log_hr = parts[BETTER].working.estimate - parts[WORSE].working.estimate
        se = float(np.hypot(parts[BETTER].se, parts[WORSE].se))
        label = evidence.within_value if stratum == INSIDE else f"not {evidence.within_value}"
        found.append((f"{label}, {time:g} months", ratio_interval(log_hr, se)))
    return tuple(found)


def _printed(pools: Pools, evidence: CohortsEvidence) -> pd.DataFrame:
    rows = landmark_rows(pools, evidence.set)
    keep = (rows["arm"] == "all") & rows["endpoint"].isin(evidence.endpoints) & rows["se"].notna()
    return rows[keep]


def _common_times(printed: pd.DataFrame, stratum: str) -> list[Hashable]:
    """Return the times at which cohorts of both sides of a stratum print the endpoint."""
    sides = printed[printed["stratum"] == stratum].groupby("time_months")["side"]
    return [time for time, found in sides if {BETTER, WORSE} <= set(found)]


def _cell(cohorts: pd.DataFrame, stratum: str, side: str) -> dict[str, Any]:
    rows = cohorts[(cohorts["stratum"] == stratum) & (cohorts["side"] == side)]
    return {
        "stratum": stratum,
        "side": side,
        "cohorts": len(rows),
        "patients": int(rows["n_infused"].sum()),
        "labels": "; ".join(rows["label"]),
        "with_endpoint": int((rows["endpoints"] != "").sum()),
    }
