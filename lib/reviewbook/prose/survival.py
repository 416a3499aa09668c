"""The sentences on survival with and without an exposure that begins during follow-up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from reviewbook import words
from reviewbook.pooling.pools import Pools
from reviewbook.review.settings import CohortsEvidence, ImmortalTime
from reviewbook.survival.arms import Comparison
from reviewbook.survival.immortal_time import TRIALS, scenario
from reviewbook.words import Phrase

NONE = Phrase("none")


@dataclass(frozen=True, slots=True)
class AgreementSentences:
    """How many comparisons there are, and how many of them point as claimed."""

    comparisons: Phrase
    toward: int


def agreement_sentences(found: Mapping[str, Sequence[Comparison]]) -> AgreementSentences:
    """Return the phrases on comparisons by endpoint."""
    each = [one for listed in found.values() for one in listed]
    toward = sum(one.ratio.estimate < 1 for one in each)
    return AgreementSentences(words.count(len(each), "comparison"), toward)


@dataclass(frozen=True, slots=True)
class TwinSentences:
    """The lowest and highest of the values printed twice for the same patients, and what they are.

    Attributes
    ----------
    low, high : Phrase
        The two values.
    low_detail, high_detail : Phrase
        What tells them apart.
    """

    low: Phrase
    high: Phrase
    low_detail: Phrase
    high_detail: Phrase


def twin_sentences(rows: pd.DataFrame) -> TwinSentences:
    """Return the phrases on the rows of ``landmark_rows`` that have a twin."""
    twins = rows[rows["detail"] != ""].sort_values("estimate")
    first, last = twins.iloc[0], twins.iloc[-1]
    return TwinSentences(
        words.percent(first["estimate"]),
        words.percent(last["estimate"]),
        Phrase(first["detail"]),
        Phrase(last["detail"]),
    )


@dataclass(frozen=True, slots=True)
class CoverageSentences:
    """Range of the coverage in simulated trials, its error, and where it is lowest."""

    low: Phrase
    high: Phrase
    error: Phrase
    least: Phrase
    source: Phrase


def coverage_sentences(checked: pd.DataFrame) -> CoverageSentences:
    """Return the phrases on :func:`reviewbook.survival.immortal_time.coverage`."""
    share = checked["coverage"]
    worst = checked.iloc[int(share.to_numpy().argmin())]
    low, high, error = (
        words.percent(value, digits=1)
        for value in (share.min(), share.max(), checked["mc_error"].max())
    )
    return CoverageSentences(low, high, error, Phrase(worst["comparison"]), Phrase(worst["source"]))


def events_printed(
    rows: pd.DataFrame, *, endpoint: str, arm: str, cohorts: Collection[str]
) -> Phrase:
    """Return the counts of an endpoint in an arm of some cohorts, as in ``2/3 (its label)``."""
    kept = rows[(rows["endpoint"] == endpoint) & (rows["arm"] == arm) & rows["events"].notna()]
    kept = kept[kept["cohort_id"].isin(cohorts)]
    rows_kept = kept.to_dict("records")
    return words.join(f"{words.counts(r['events'], r['n'])} ({r['label']})" for r in rows_kept)


def shares_printed(rows: pd.DataFrame, *, endpoint: str, arm: str) -> Phrase:
    """Return the shares printed for an endpoint in an arm, with their cohorts; or "none"."""
    kept = rows[(rows["endpoint"] == endpoint) & (rows["arm"] == arm)]
    listed = [
        f"{words.percent(r['estimate'] / 100)} ({r['label']})" for r in kept.to_dict("records")
    ]
    return words.join(listed) if listed else NONE


def cohorts_listed(rows: pd.DataFrame) -> Phrase:
    """Return the labels of cohorts with their patients; or "none"."""
    listed = [
        f"{r['label']} ({words.count(r['n_infused'], 'patient')})" for r in rows.to_dict("records")
    ]
    return words.join(listed) if listed else NONE


@dataclass(frozen=True, slots=True)
class IdentifiabilitySentences:
    """Cohorts outside the usual confusion of two characteristics, and how much survival they print.

    Attributes
    ----------
    readable, known : Phrase
        Cohorts with the value that lie outside the stratum: of any size with a readable outcome;
        in all of the evidence.
    printed : Phrase
        How many values of survival at a stated time are printed for the cohorts with the value.
    """

    readable: Phrase
    known: Phrase
    printed: Phrase


def identifiability_sentences(
    pools: Pools, evidence: CohortsEvidence, landmarks: pd.DataFrame
) -> IdentifiabilitySentences:
    """Return the phrases on two characteristics of cohorts that may go together.

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
    return IdentifiabilitySentences(
        cohorts_listed(outside(pools.select(None, evidence.set, min_patients=1).included)),
        cohorts_listed(outside(every)),
        words.count(printed, "value") if printed else Phrase("no value"),
    )


@dataclass(frozen=True, slots=True)
class SimulatedSentences:
    """What a naive comparison finds in one setting of the simulation.

    Attributes
    ----------
    months : Phrase
        Median time to exposure.
    ratio : Phrase
        Median naive hazard ratio.
    share : Phrase
        Share of cohorts that look at least as good as the printed comparison.
    exposed, unexposed : Phrase
        Survival that a report would print for both groups.
    """

    months: Phrase
    ratio: Phrase
    share: Phrase
    exposed: Phrase
    unexposed: Phrase


def _simulated(row: pd.Series) -> SimulatedSentences:
    return SimulatedSentences(
        Phrase(f"{row['median']:g}"),
        words.number(row["hazard_ratio"]),
        words.percent(row["as_low"]),
        words.percent(row["printed_exposed"]),
        words.percent(row["printed_unexposed"]),
    )


@dataclass(frozen=True, slots=True)
class ImmortalTimeSentences:
    """Phrases of the page on immortal time.

    Attributes
    ----------
    label, observed, patients : Phrase
        The largest printed comparison, its ratio, its patients.
    even, early, late : SimulatedSentences
        Cohorts like it: exposure at the printed median with a constant hazard, with early events,
        and at the latest median with a constant hazard.
    setups : Phrase
        The scenarios of all comparisons used.
    trials, spread, landmark : Phrase
        Simulated cohorts a setting, and the two assumptions.
    """

    label: Phrase
    observed: Phrase
    patients: Phrase
    even: SimulatedSentences
    early: SimulatedSentences
    late: SimulatedSentences
    setups: Phrase
    trials: Phrase
    spread: Phrase
    landmark: Phrase


def immortal_time_sentences(
    used: Sequence[Comparison],
    simulated: pd.DataFrame,
    assumed: ImmortalTime,
    *,
    median: float,
) -> ImmortalTimeSentences:
    """Return the phrases on simulated cohorts like printed comparisons.

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
    own = simulated[(simulated["analysis"] == "naive") & (simulated["scenario"] == first.label)]
    constant, early_events = list(assumed.shapes.values())[:2]
    even, early = (
        own[(own["median"] == median) & (own["shape"] == shape)].iloc[0]
        for shape in (constant, early_events)
    )
    late = own[own["shape"] == constant].iloc[-1]
    return ImmortalTimeSentences(
        label=Phrase(used[0].label),
        observed=words.ratio(used[0].ratio),
        patients=words.count(first.n, "patient"),
        even=_simulated(even),
        early=_simulated(early),
        late=_simulated(late),
        setups=_setups(used),
        trials=Phrase(f"{TRIALS:g}"),
        spread=words.number(assumed.spread, 1),
        landmark=words.number(assumed.landmark_ratio, 0),
    )


def _setups(used: Iterable[Comparison]) -> Phrase:
    return Phrase(
        "; ".join(
            f"{s.label}: {s.n} patients, {words.percent(s.exposed)} transplanted, "
            f"joint survival {words.percent(s.survival)}"
            for s in map(scenario, used)
        )
    )
