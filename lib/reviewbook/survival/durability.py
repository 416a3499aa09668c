"""How long it lasts for everyone infused, and who is counted: survival, depth, enrolment.

Everything here is as printed; nothing is pooled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from reviewbook.evidence.rows import records, records_of
from reviewbook.pooling.further import further_pool
from reviewbook.words.frames import FrameOrigin, made_by, sources_of
from reviewbook.words.origin import Source

from .printed import at_a_time

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools

EVERYONE = "all"
"""The arm of ``survival.csv`` that is the whole cohort."""
MEDIAN = "median_months"


def everyone_rows(pools: Pools) -> pd.DataFrame:
    """Return survival of all infused: at a stated time in fractions, and medians in months.

    A row of a median has no ``time_months``. Columns: cohort_id label report_id report_name
    citation_key endpoint time_months statistic estimate low high n detail status locator source_url
    transplanted transplanted_of; the last two are the transplants of the cohort, where all infused
    are counted.
    """
    bridged = {
        row["cohort_id"]: row
        for row in further_pool(pools, "hsct_after").selection.included.to_dict("records")
    }
    as_printed = ("cohort_id", "label", "report_id", "report_name", "citation_key", "endpoint",
                  "statistic", "n", "status", "locator", "source_url")  # fmt: skip
    rows: list[dict[str, Any]] = []
    sources: dict[tuple[str, ...], tuple[Source, ...]] = {}
    for row in pools.rows("survival", pools.review.survival_set):
        timed = at_a_time(row)
        if (row["arm"], row["population"]) != (EVERYONE, "infused"):
            continue
        if not timed and row["statistic"] != MEDIAN:
            continue
        unit = 100.0 if timed else 1.0
        known = bridged.get(row["cohort_id"], {})
        months = row["time_months"] if timed else None
        sources[_place({**row, "time_months": months})] = sources_of(pools.evidence.survival, row)
        rows.append(
            {
                **{name: row[name] for name in as_printed},
                "time_months": months,
                "estimate": _over(row["estimate"], unit),
                "low": _over(row["ci_low"], unit),
                "high": _over(row["ci_high"], unit),
                "detail": row["detail"] or "",
                "transplanted": known.get("events"),
                "transplanted_of": known.get("total"),
            }
        )
    frame = pd.DataFrame(rows)
    order = frame.assign(_timed=frame["time_months"].isna())
    frame = order.sort_values(["_timed", "endpoint", "time_months", "label"], ignore_index=True)
    numbers = dict.fromkeys(("time_months", "low", "high"), "Float64")
    whole = dict.fromkeys(("n", "transplanted", "transplanted_of"), "Int64")
    origin = FrameOrigin(
        expression="everyone_rows(book)",
        what="survival of everyone infused, as printed",
        key=_KEY,
        source_of=lambda row: sources[_place(row)],
        imports=("from reviewbook.survival.durability import everyone_rows",),
        units={**dict.fromkeys(("estimate", "low", "high"), "proportion or months")},
    )
    return made_by(frame.drop(columns="_timed").astype({**numbers, **whole}), origin)


_KEY = ("cohort_id", "report_id", "endpoint", "statistic", "time_months", "detail")


def _place(row: Mapping[str, Any]) -> tuple[str, ...]:
    cells = (row[name] for name in _KEY)
    return tuple("" if pd.isna(cell) else str(cell) for cell in cells)


def _over(value: Any, unit: float) -> float | None:
    return None if value is None else round(float(value) / unit, 12)


def follow_up_text(pools: Pools, cohort_id: str, report_id: str) -> str:
    """Return the median follow-up as a report of the cohort prints it, that report first."""
    facts = pools.evidence.other["characteristics"]
    found = facts[(facts["cohort_id"] == cohort_id) & (facts["item"] == "follow_up_median")]
    own = found[found["report_id"] == report_id]
    chosen = own if len(own) else found
    values = [f"{row.value} {row.unit}" for row in chosen.itertuples()]
    return "; ".join(dict.fromkeys(values))


def marrow_and_beyond(pools: Pools) -> pd.DataFrame:
    """Return reports that print remission of the marrow and of disease outside it.

    One row a report: ``marrow_events marrow_total beyond_events beyond_total`` and the shares. Some
    of the cohorts may share patients; nothing is added up.
    """
    data, table = records_of(pools.evidence), pools.evidence.outcomes
    found: dict[str, dict[str, Any]] = {}
    sources: dict[str, tuple[Source, ...]] = {}
    for row in records(table):
        kinds = {"bone_marrow_disease": "marrow", "extramedullary_disease": "beyond"}
        kind = kinds.get(row["population"])
        if row["outcome"] == "complete_remission" and kind:
            report = data.reports[row["report_id"]]
            own = found.setdefault(
                row["report_id"],
                {
                    "label": data.cohorts[row["cohort_id"]]["label"],
                    "cohort_id": row["cohort_id"],
                    "report_id": row["report_id"],
                    "report_name": report["report_name"],
                    "citation_key": report["citation_key"],
                },
            )
            sources[row["report_id"]] = (
                *sources.get(row["report_id"], ()),
                *sources_of(table, row),
            )
            own |= {f"{kind}_events": row["events"], f"{kind}_total": row["total"]}
            own |= {f"{kind}_share": row["events"] / row["total"], f"{kind}_status": row["status"]}
            own[f"{kind}_notes"] = row["notes"] or ""
    both = [own for own in found.values() if "marrow_total" in own and "beyond_total" in own]
    origin = FrameOrigin(
        expression="marrow_and_beyond(book)",
        what="remission of the marrow and outside it",
        key=("report_id",),
        source_of=lambda row: sources[row["report_id"]],
        imports=("from reviewbook.survival.durability import marrow_and_beyond",),
    )
    return made_by(pd.DataFrame(both), origin)


def enrolled_rows(pools: Pools) -> pd.DataFrame:
    """Return infused of enrolled, with remissions over those infused and over those enrolled.

    ``remissions`` is the count of complete remission of all infused, where one can be read; the
    patients never infused then count as not in remission.
    """
    selection = further_pool(pools, "infused_of_enrolled").selection
    data = records_of(pools.evidence)
    rows = []
    infused: dict[str, tuple[Source, ...]] = {}
    remitted: dict[str, tuple[Source, ...]] = {}
    for place, row in enumerate(selection.included.to_dict("records")):
        counts = data.counts_of.get((row["cohort_id"], "complete_remission"), [])
        usable = [c for c in counts if c["preferred"] and c["population"] == "infused"]
        remissions = usable[0]["events"] if usable else None
        if selection.made is not None:
            infused[row["cohort_id"]] = (selection.made.of_row(place),)
        own = [one for count in usable[:1] for one in sources_of(pools.evidence.outcomes, count)]
        remitted[row["cohort_id"]] = tuple(own)
        rows.append(
            {
                **{name: row[name] for name in ("cohort_id", "label", "report_id", "report_name",
                   "citation_key", "status", "locator", "source_url", "notes")},
                "infused": row["events"],
                "enrolled": row["total"],
                "remissions": remissions,
                "of_infused": None if remissions is None else remissions / row["events"],
                "of_enrolled": None if remissions is None else remissions / row["total"],
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows).astype({"remissions": "Int64"})
    if selection.made is None:
        return frame
    chosen = replace(selection.made.source, rows=())

    def of_counts(row: Mapping[str, Any]) -> tuple[Source, ...]:
        return infused[row["cohort_id"]]

    def of_remissions(row: Mapping[str, Any]) -> tuple[Source, ...]:
        return remitted[row["cohort_id"]]

    def of_shares(row: Mapping[str, Any]) -> tuple[Source, ...]:
        return (*of_counts(row), *of_remissions(row))

    origin = FrameOrigin(
        expression="enrolled_rows(book)",
        what="infused of enrolled",
        key=("cohort_id",),
        source_of=lambda row: (*of_counts(row), chosen),
        imports=("from reviewbook.survival.durability import enrolled_rows",),
        units={
            **dict.fromkeys(("infused", "enrolled", "remissions"), "patients"),
            **dict.fromkeys(("of_infused", "of_enrolled"), "proportion"),
        },
        sources_of_column={
            **dict.fromkeys(("infused", "enrolled"), of_counts),
            **dict.fromkeys(("of_infused", "of_enrolled"), of_shares),
            "remissions": of_remissions,
        },
    )
    return made_by(frame, origin)
