"""Comparisons of two arms of the same cohort, from what its report prints.

A comparison uses the p-value that a report prints of its two arms (Parmar 1998, Tierney 2007), or
two printed values of the same report, endpoint and time, or two counts of the same report, and
keeps them beside what was made of them. A printed p-value is taken for that of a log-rank test: no
text that was read names the test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from metaprop import Interval, Pooled, Recipe, pool_effects
from metaprop.intervals import normal_quantile
from metaprop.survival import (
    PrintedHazardRatio,
    log_hr_from_landmark,
    log_hr_from_pvalue,
    odds_ratio_exact,
)
from metaprop.survival.common_odds_ratio import common_odds_ratio_exact
from reviewbook.evidence.rows import day_of, records_of
from reviewbook.words.frames import sources_of
from reviewbook.words.origin import LeftOut, Row

from .comparison import Comparison as Comparison
from .comparison import Comparisons as Comparisons
from .printed import RATE, Arm, at_a_time, level_of, survival_arm

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools
    from reviewbook.review.settings import ArmsEvidence

HAZARD, ODDS = "hazard ratio", "odds ratio"
LEVEL = 0.95
POOLING = Recipe(scale="log", method="DL", ci="wald")
"""How log hazard ratios are pooled: DerSimonian–Laird with a Wald interval."""


def comparisons(pools: Pools, evidence: ArmsEvidence, endpoint: str) -> Comparisons:
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
    found = [*_by_landmark(pools, evidence, rows), *_by_counts(pools, evidence, rows, counts_of)]
    kept: list[Comparison] = []
    left_out = [
        LeftOut(row["label"], reason)
        for row, reason in pools.rows_left_out("survival", evidence.set)
        if row["endpoint"] == endpoint and row["arm"] in (*evidence.better, *evidence.worse)
    ]
    for one in sorted(found, key=lambda c: -c.n):
        share = [c for c in kept if pools.may_share(one.cohort_id, c.cohort_id)]
        if share:
            left_out.append(LeftOut(one.label, f"may share patients with {share[0].label}"))
        else:
            kept.append(one)
    kept.sort(key=lambda c: (day_of(c.publication_date), c.cohort_id))
    return Comparisons(kept, evidence.set, dict.fromkeys(left_out))


def pool_hazard_ratios(found: Iterable[Comparison]) -> Pooled | None:
    """Pool log hazard ratios by :data:`POOLING`; None for fewer than two."""
    listed = [(c.log_ratio, c.se) for c in found if c.log_ratio is not None and c.se is not None]
    if len(listed) < 2:
        return None
    yi, se = np.array(listed, dtype=np.float64).T
    return pool_effects(yi, se**2, POOLING)


def pooled_ratio(found: Iterable[Comparison]) -> Interval | None:
    """Return the pooled ratio of comparisons of one measure, the only one, or None without any.

    Hazard ratios are pooled by :data:`POOLING`, odds ratios by their exact common odds ratio. The
    ratio of :class:`Comparisons` with a name says where it comes from.
    """
    listed = list(found)
    if isinstance(found, Comparisons) and found.origin is not None:
        made: Interval | None = found.told(pooled_ratio(listed), "pooled_ratio({})")
        return made
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


def _by_landmark(
    pools: Pools, evidence: ArmsEvidence, rows: list[dict[str, Any]]
) -> Iterable[Comparison]:
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
        at_one_time = ratio_interval(result.log_hr, result.se)
        by_p = _by_printed_p(better, worse, zero["p_value"] or "")
        if by_p is None:
            log_ratio, se, pvalue, most = result.log_hr, result.se, result.pvalue, None
        else:
            log_ratio, se, pvalue = by_p[0].log_hr, by_p[0].se, float(zero["p_value"])
            most = ratio_interval(by_p[1].log_hr, by_p[1].se)
        yield Comparison(
            **{name: zero[name] for name in _IDENTITY},
            measure=HAZARD,
            time_months=float(zero["time_months"]),
            better=better,
            worse=worse,
            ratio=ratio_interval(log_ratio, se),
            log_ratio=log_ratio,
            se=se,
            pvalue=pvalue,
            printed_p=zero["p_value"] or "",
            at_one_time=at_one_time,
            all_events=most,
            approximate=result.approximate and by_p is None,
            notes=() if by_p else result.notes,
            rows=rows_behind(pools.evidence.survival, one, zero),
        )


def _by_printed_p(
    better: Arm, worse: Arm, printed: str
) -> tuple[PrintedHazardRatio, PrintedHazardRatio] | None:
    """Return hazard ratios from a printed p-value with the fewest and the most possible events.

    The fewest are those by the printed time, patients times one minus survival. None for a p-value
    that is an inequality, for arms of unknown size, and for arms alike.
    """
    if not re.fullmatch(r"0?\.\d+", printed) or not (better.n and worse.n):
        return None
    assert better.survival is not None
    assert worse.survival is not None
    if better.survival == worse.survival:
        return None
    favours = 1 if better.survival > worse.survival else 0
    fewest = better.n * (1 - better.survival) + worse.n * (1 - worse.survival)
    few, most = (
        log_hr_from_pvalue(
            float(printed), favours=favours, events=events, n1=better.n, n0=worse.n,
            variance="patients",
        )
        for events in (fewest, better.n + worse.n)
    )  # fmt: skip
    return few, most


def ratio_interval(log_ratio: float, se: float) -> Interval:
    """Return a ratio with its 95 % interval, whatever the level of the printed ones."""
    reach = normal_quantile(LEVEL) * se
    return Interval(*(float(np.exp(v)) for v in (log_ratio, log_ratio - reach, log_ratio + reach)))


def rows_behind(table: pd.DataFrame, *rows: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return rows of a table of the evidence, given as dicts, as an origin lists them."""
    return tuple(own for row in rows for source in sources_of(table, row) for own in source.rows)


def _by_counts(
    pools: Pools,
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
        better, behind = mate, rows_behind(pools.evidence.survival, *filter(None, (mate, worse)))
        if better is None and (total := _total(evidence, worse, counts_of)):
            better = _rest(evidence, worse, total)
            behind += rows_behind(pools.evidence.outcomes, total)
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
            rows=behind,
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


def _total(
    evidence: ArmsEvidence,
    row: Mapping[str, Any],
    counts_of: Mapping[tuple[str, str], list[dict[str, Any]]],
) -> dict[str, Any] | None:
    """Return the count of the same report and population that the arm of `row` is a part of."""
    for total in counts_of.get((row["cohort_id"], evidence.counts_of), []):
        same = total["report_id"] == row["report_id"] and total["population"] == row["population"]
        if same and 0 <= total["events"] - row["events"] <= total["total"] - row["n"] > 0:
            return total
    return None


def _rest(
    evidence: ArmsEvidence, row: Mapping[str, Any], total: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the patients of a count who are not in the arm of `row`."""
    notes = (
        f"{total['events']}/{total['total']} in all, less "
        f"{row['events']}/{row['n']} in the other arm"
    )
    return {
        "arm": evidence.better[-1],
        "n": total["total"] - row["n"],
        "events": total["events"] - row["events"],
        "status": "derived",
        "notes": notes,
    }
