"""The sentences on survival with and without an exposure that begins during follow-up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.ledger.directions import counts_text
from reviewbook.pooling.pools import Pools
from reviewbook.review.settings import CohortsEvidence, ImmortalTime
from reviewbook.survival.arms import Comparison, Comparisons, pooled_ratio
from reviewbook.survival.immortal_time import TRIALS, scenario
from reviewbook.words import Phrase
from reviewbook.words.frames import rows_of
from reviewbook.words.marked import told

from . import Sentences

NONE = Phrase("none")


@told
def agreement_sentences(found: Mapping[str, Comparisons]) -> Sentences:
    """Return how many comparisons by endpoint there are, and how many point as claimed."""
    number = sum(listed.number for listed in found.values())
    toward = sum(listed.toward for listed in found.values())
    return Sentences(
        comparisons=words.count(number, "comparison"), toward=words.plain_number(toward)
    )


@told
def pooled_sentence(pools: Pools, found: Mapping[str, Comparisons]) -> Phrase:
    """Return the pooled (or the only) ratio of each endpoint with the cohorts it rests on."""
    parts = []
    for endpoint, listed in found.items():
        overall = pooled_ratio(listed)
        if overall is None:
            continue
        kind = "pooled" if len(listed) > 1 else "only"
        cohorts = words.count(listed.cohorts, "cohort")
        event = pools.review.endpoint(endpoint).event
        text = (
            f"the {kind} {listed[0].measure} of {event} is {words.ratio(overall)}, from {cohorts}"
        )
        if not overall.estimate:
            text += f": {event} in {counts_text(listed)}"
        parts.append(text)
    text = "; ".join(parts) or "no comparison gives a ratio"
    return Phrase(f"{words.capital(text)}.")


@told
def twin_sentences(rows: pd.DataFrame) -> Sentences:
    """Return the extremes of the values printed twice for the same patients, and what they are.

    Parameters
    ----------
    rows : DataFrame
        Those of ``landmark_rows``; a row with a twin has a `detail`.
    """
    twins = rows_of(rows[rows["detail"] != ""].sort_values("estimate"))
    first, last = twins[0], twins[-1]
    return Sentences(
        low=words.percent(first["estimate"]),
        high=words.percent(last["estimate"]),
        low_detail=Phrase(first["detail"]),
        high_detail=Phrase(last["detail"]),
    )


@told
def coverage_sentences(checked: pd.DataFrame) -> Sentences:
    """Return the range of the coverage in simulated trials, its error, and where it is least.

    Parameters
    ----------
    checked : DataFrame
        :func:`reviewbook.survival.immortal_time.coverage`.
    """
    rows = rows_of(checked)
    worst = min(rows, key=lambda row: float(row["coverage"]))
    return Sentences(
        low=words.percent(worst["coverage"], digits=1),
        high=words.percent(max(row["coverage"] for row in rows), digits=1),
        error=words.percent(max(row["mc_error"] for row in rows), digits=1),
        least=Phrase(worst["comparison"]),
        source=Phrase(worst["source"]),
    )


@told
def events_printed(
    rows: pd.DataFrame, *, endpoint: str, arm: str, cohorts: Collection[str]
) -> Phrase:
    """Return the counts of an endpoint in an arm of some cohorts: ``2 of 3 (its label)``."""
    kept = rows[(rows["endpoint"] == endpoint) & (rows["arm"] == arm) & rows["events"].notna()]
    kept = kept[kept["cohort_id"].isin(cohorts)]
    return words.join(
        f"{words.of(row['events'], row['n'])} ({row['label']})" for row in rows_of(kept)
    )


@told
def shares_printed(rows: pd.DataFrame, *, endpoint: str, arm: str) -> Phrase:
    """Return the shares printed for an endpoint in an arm, with their cohorts; or "none"."""
    kept = rows[(rows["endpoint"] == endpoint) & (rows["arm"] == arm)]
    shares = (f"{words.percent(row['estimate'] / 100)} ({row['label']})" for row in rows_of(kept))
    return words.join(shares) or NONE


@told
def cohorts_listed(rows: pd.DataFrame) -> Phrase:
    """Return the labels of cohorts with their patients; or "none"."""
    listed = (
        f"{row['label']} ({words.count(row['n_infused'], 'patient')})" for row in rows_of(rows)
    )
    return words.join(listed) or NONE


@told
def identifiability_sentences(
    pools: Pools, evidence: CohortsEvidence, landmarks: pd.DataFrame
) -> Sentences:
    """Return the phrases on two characteristics of cohorts that may go together.

    Of the cohorts with the value that lie outside the stratum, `readable` lists those of any size
    with a readable outcome and `known` all in the evidence; `printed` counts the values of
    survival at a stated time that are printed for cohorts with the value.

    Parameters
    ----------
    evidence : CohortsEvidence
        Which characteristics.
    landmarks : DataFrame
        Rows of ``landmark_rows`` of whole cohorts.
    """

    def outside(cohorts: pd.DataFrame) -> pd.DataFrame:
        worse = cohorts[evidence.column].isin(evidence.worse)
        return cohorts[worse & (cohorts[evidence.within_column] != evidence.within_value)]

    every = pools.evidence.cohorts
    with_value = set(every[every[evidence.column].isin(evidence.worse)]["cohort_id"])
    printed = int(landmarks["cohort_id"].isin(with_value).sum())
    eligible = pools.select(None, evidence.set, min_patients=1).included
    return Sentences(
        readable=cohorts_listed(outside(eligible)),
        known=cohorts_listed(outside(every)),
        printed=words.count(printed, "value") if printed else Phrase("no value"),
    )


def _simulated(row: Mapping[str, Any]) -> Sentences:
    return Sentences(
        months=words.plain_number(row["median"]),
        ratio=words.number(row["hazard_ratio"]),
        share=words.percent(row["as_low"]),
        exposed=words.percent(row["printed_exposed"]),
        unexposed=words.percent(row["printed_unexposed"]),
    )


@told
def immortal_time_sentences(
    used: Sequence[Comparison],
    simulated: pd.DataFrame,
    assumed: ImmortalTime,
    *,
    median: float,
) -> Sentences:
    """Return the phrases on simulated cohorts like printed comparisons.

    `label`, `observed` and `patients` are those of the first comparison, `setups` the scenarios of
    all. `even`, `early` and `late` tell what a naive comparison finds in cohorts like the first:
    exposed at the printed median with a constant hazard, with early events, and at the latest
    median with a constant hazard. Each has the median time to exposure in `months`, the median
    hazard `ratio`, the `share` of cohorts that look at least as good as the printed comparison, and
    the survival that a report would print for both groups. `trials`, `spread` and `landmark` are
    the simulated cohorts a setting and the two assumptions.

    Parameters
    ----------
    used : sequence of Comparison
        The first is told of.
    simulated : DataFrame
        :func:`reviewbook.survival.immortal_time.sweep_all` of them.
    assumed : ImmortalTime
        Settings of the simulation.
    median : float
        The printed median time to exposure in months.
    """
    first = scenario(used[0])
    naive = (simulated["analysis"] == "naive") & (simulated["scenario"] == first.label)
    own = rows_of(simulated[naive])
    constant, early_events = list(assumed.shapes.values())[:2]
    even, early = (
        next(row for row in own if row["median"] == median and row["shape"] == shape)
        for shape in (constant, early_events)
    )
    late = [row for row in own if row["shape"] == constant][-1]
    setups = "; ".join(
        f"{one.label}: {words.count(one.n, 'patient')}, of whom {words.percent(one.exposed)} were "
        f"transplanted, with a joint survival of {words.percent(one.survival)}"
        for one in map(scenario, used)
    )
    return Sentences(
        label=Phrase(used[0].label),
        observed=words.ratio(used[0].at_one_time or used[0].ratio),
        patients=words.count(first.n, "patient"),
        even=_simulated(even),
        early=_simulated(early),
        late=_simulated(late),
        setups=Phrase(setups),
        trials=Phrase(f"{TRIALS:g}"),
        spread=words.number(assumed.spread, 1),
        landmark=words.number(assumed.landmark_ratio, 0),
    )
