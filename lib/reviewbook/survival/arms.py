"""Comparisons of two arms of the same cohort, from what its report prints.

A comparison uses two printed values of the same report, endpoint and time, or two counts of the
same report, and keeps both beside what was made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaprop import Interval, Pooled, Recipe, pool_effects
from metaprop.intervals import normal_quantile
from metaprop.survival import log_hr_from_landmark, odds_ratio_exact
from metaprop.survival.common_odds_ratio import common_odds_ratio_exact
from reviewbook.evidence.rows import day_of, records_of

from .printed import RATE, Arm, at_a_time, level_of, survival_arm

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools
    from reviewbook.review.settings import ArmsEvidence

HAZARD, ODDS = "hazard ratio", "odds ratio"
LEVEL = 0.95
POOLING = Recipe(scale="log", method="DL", ci="wald")
"""How log hazard ratios are pooled: DerSimonian–Laird with a Wald interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two arms of one cohort.

    Attributes
    ----------
    report_id, report_name, cohort_id, label, citation_key, publication_date : str
    endpoint : str
    measure : str
        ``hazard ratio`` or ``odds ratio``, of better to worse: below 1 as claimed.
    time_months : float or None
        Time of the printed survival; None for counts at the data cut.
    better, worse : Arm
    ratio : Interval
    pvalue : float
    printed_p : str
        p-value the report prints for the two arms.
    log_ratio, se : float or None
        None for an odds ratio, whose limits are exact.
    counts : tuple of int or None
        Events and patients of better, then of worse; None for a hazard ratio.
    approximate : bool
        A standard error rests on the number of patients.
    notes : tuple of str
    """

    report_id: str
    report_name: str
    cohort_id: str
    label: str
    citation_key: str
    publication_date: str
    endpoint: str
    measure: str
    time_months: float | None
    better: Arm
    worse: Arm
    ratio: Interval
    pvalue: float
    printed_p: str
    log_ratio: float | None = None
    se: float | None = None
    counts: tuple[int, int, int, int] | None = None
    approximate: bool = False
    notes: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Patients of both arms, 0 where a number is not printed."""
        return (self.better.n or 0) + (self.worse.n or 0)


def comparisons(pools: Pools, evidence: ArmsEvidence, endpoint: str) -> tuple[Comparison, ...]:
    """Return the within-cohort comparisons of an endpoint, in the order of publication.

    Of cohorts that may share patients the comparison with most patients stays.

    Parameters
    ----------
    evidence : ArmsEvidence
        Of kind ``arms``: which arms, which set, and where counts may be completed from.
    endpoint : str
        An endpoint of ``survival.csv``. Survival at a common time gives hazard ratios; incidences
        with counts give odds ratios.
    """
    rows = [row for row in pools.rows("survival", evidence.set) if row["endpoint"] == endpoint]
    counts_of = records_of(pools.evidence).counts_of
    found = [*_by_landmark(evidence, rows), *_by_counts(evidence, rows, counts_of)]
    kept: list[Comparison] = []
    for one in sorted(found, key=lambda c: -c.n):
        if not any(pools.may_share(one.cohort_id, other.cohort_id) for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda c: (day_of(c.publication_date), c.cohort_id)))


def pool_hazard_ratios(found: Iterable[Comparison]) -> Pooled | None:
    """Pool log hazard ratios by :data:`POOLING`; None for fewer than two."""
    listed = [(c.log_ratio, c.se) for c in found if c.log_ratio is not None and c.se is not None]
    if len(listed) < 2:
        return None
    yi, se = np.array(listed, dtype=np.float64).T
    return pool_effects(yi, se**2, POOLING)


def pooled_ratio(found: Iterable[Comparison]) -> Interval | None:
    """Return the pooled ratio of comparisons of one measure, the only one, or None without any.

    Hazard ratios are pooled by :data:`POOLING`, odds ratios by their exact common odds ratio.
    """
    listed = list(found)
    if not listed:
        return None
    if len(listed) == 1:
        return listed[0].ratio
    measures = {one.measure for one in listed}
    if len(measures) > 1:
        raise ValueError(f"one measure is needed to pool, got {', '.join(sorted(measures))}")
    hazards = pool_hazard_ratios(listed)
    if hazards is not None:
        return Interval(*(float(np.exp(v)) for v in hazards.working))
    tables = [one.counts for one in listed if one.counts is not None]
    return common_odds_ratio_exact(tables).odds_ratio


_IDENTITY = (
    "report_id", "report_name", "cohort_id", "label", "citation_key", "publication_date",
    "endpoint",
)  # fmt: skip
Pair = tuple[dict[str, Any], dict[str, Any] | None]


def _pairs(evidence: ArmsEvidence, rows: list[dict[str, Any]], *same: str) -> Iterable[Pair]:
    """Pair each row of a worse arm with that of a better arm alike in the columns `same`.

    The first listed arm of the better side wins; None where the report prints no such arm.
    """
    for worse in (row for row in rows if row["arm"] in evidence.worse):
        alike = [row for row in rows if all(row[name] == worse[name] for name in same)]
        mates = (row for arm in evidence.better for row in alike if row["arm"] == arm)
        yield worse, next(mates, None)


def _by_landmark(evidence: ArmsEvidence, rows: list[dict[str, Any]]) -> Iterable[Comparison]:
    rates = [row for row in rows if at_a_time(row)]
    for zero, one in _pairs(evidence, rates, "report_id", "time_months"):
        if one is None:
            continue
        better, worse = survival_arm(one), survival_arm(zero)
        assert better.survival is not None
        assert worse.survival is not None
        if not (better.measurable and worse.measurable):
            continue
        if level_of(one) != level_of(zero):
            raise ValueError(
                f"{zero['report_id']}: the intervals of both arms need one level, got "
                f"{level_of(one):g} and {level_of(zero):g}"
            )
        result = log_hr_from_landmark(
            better.survival,
            (better.low, better.high),
            worse.survival,
            (worse.low, worse.high),
            n1=better.n,
            n0=worse.n,
            level=level_of(one),
        )
        yield Comparison(
            **{name: zero[name] for name in _IDENTITY},
            measure=HAZARD,
            time_months=float(zero["time_months"]),
            better=better,
            worse=worse,
            ratio=ratio_interval(result.log_hr, result.se),
            log_ratio=result.log_hr,
            se=result.se,
            pvalue=result.pvalue,
            printed_p=zero["p_value"] or "",
            approximate=result.approximate,
            notes=result.notes,
        )


def ratio_interval(log_ratio: float, se: float) -> Interval:
    """Return a ratio with its 95 % interval, whatever the level of the printed ones."""
    reach = normal_quantile(LEVEL) * se
    return Interval(*(float(np.exp(v)) for v in (log_ratio, log_ratio - reach, log_ratio + reach)))


def _by_counts(
    evidence: ArmsEvidence,
    rows: list[dict[str, Any]],
    counts_of: Mapping[tuple[str, str], list[dict[str, Any]]],
) -> Iterable[Comparison]:
    counted = [
        row
        for row in rows
        if row["statistic"] != RATE and row["events"] is not None and row["n"] is not None
    ]
    for worse, mate in _pairs(evidence, counted, "report_id"):
        better = mate or _rest(evidence, worse, counts_of)
        if better is None:
            continue
        counts = (better["events"], better["n"], worse["events"], worse["n"])
        if better["events"] + worse["events"] in (0, better["n"] + worse["n"]):
            continue  # nobody or everybody had the event: nothing to estimate
        result = odds_ratio_exact(*counts)
        yield Comparison(
            **{name: worse[name] for name in _IDENTITY},
            measure=ODDS,
            time_months=worse["time_months"],
            better=_count_arm(better),
            worse=_count_arm(worse),
            ratio=result.odds_ratio,
            pvalue=result.pvalue,
            printed_p=worse["p_value"] or "",
            counts=counts,
        )


def _count_arm(row: Mapping[str, Any]) -> Arm:
    derived = row["status"] == "derived"  # then the note says how, and what was assumed
    return Arm(
        arm=row["arm"],
        n=row["n"],
        events=row["events"],
        status=row["status"],
        derivation=(row["notes"] or "").rstrip(".") if derived else "",
    )


def _rest(
    evidence: ArmsEvidence,
    row: Mapping[str, Any],
    counts_of: Mapping[tuple[str, str], list[dict[str, Any]]],
) -> dict[str, Any] | None:
    """Return the patients of the same report and population who are not in the arm of `row`."""
    for total in counts_of.get((row["cohort_id"], evidence.counts_of), []):
        same = total["report_id"] == row["report_id"] and total["population"] == row["population"]
        n, events = total["total"] - row["n"], total["events"] - row["events"]
        if same and 0 <= events <= n and n > 0:
            notes = (
                f"{total['events']}/{total['total']} in all, less "
                f"{row['events']}/{row['n']} in the other arm"
            )
            arm = evidence.better[-1]
            return {"arm": arm, "n": n, "events": events, "status": "derived", "notes": notes}
    return None
