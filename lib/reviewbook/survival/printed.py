"""Survival as reports print it, at the times they print it. Nothing is read off a curve."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from metaprop.survival import cloglog
from reviewbook.evidence.rows import records, records_of, report_name
from reviewbook.pooling.eligibility import Stages

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools

CRUDE = "crude"
"""A note that begins with this word marks a plain share at the data cut, no survival estimate."""
RATE = "survival_rate"
_NUMBERS = ("low", "high", "cloglog", "se")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One arm of a comparison as printed; survival as fractions.

    Attributes
    ----------
    arm : str
        Word of the column ``arm``.
    n, events : int or None
    survival, low, high : float or None
        Survival at the time and its printed limits.
    status : str
        reported, derived or secondary.
    derivation : str
        How a count was worked out that its report does not print, and what that assumes.
    """

    arm: str
    n: int | None = None
    events: int | None = None
    survival: float | None = None
    low: float | None = None
    high: float | None = None
    status: str = "reported"
    derivation: str = ""

    @property
    def has_limit(self) -> bool:
        """Whether a printed limit says how wide the interval is; limits of 0 and 1 do not."""
        limits = [v for v in (self.low, self.high) if v is not None and 0 < v < 1]
        return self.survival is not None and 0 < self.survival < 1 and bool(limits)

    @property
    def measurable(self) -> bool:
        """Whether a standard error can be had, from the interval or the number of patients."""
        return self.survival is not None and (self.n is not None or self.has_limit)

    def to_dict(self) -> dict[str, Any]:
        """Return the arm as plain data."""
        return asdict(self)


def eligible_rows(pools: Pools, set_id: str) -> list[dict[str, Any]]:
    """Return the rows of ``survival.csv`` whose report and cohort meet the rules of a set.

    The rules on date, peer review, status and smallest cohort hold; that on populations does not,
    as arms are parts of a cohort.
    """
    rules = pools.rules(set_id)
    data = records_of(pools.evidence)
    stages = Stages(data, pools.review, rules)
    return [
        row
        for row in records(pools.evidence.survival)
        if row["status"] in rules.statuses
        and not stages.ineligible(data.reports[row["report_id"]])
        and not stages.too_few(row["cohort_id"])
    ]


def landmark_rows(pools: Pools, set_id: str = "all_public") -> pd.DataFrame:
    """Return printed survival at a stated time, with its value on the complementary log-log scale.

    Crude shares and medians are left out; `panel` groups endpoints. Columns: panel report_id
    cohort_id label report_name citation_key arm endpoint time_months estimate low high n
    population status detail cloglog se approximate source_url; proportions as fractions. `detail`
    tells rows apart that differ in nothing else. ``cloglog`` and ``se`` are empty where neither an
    interval nor a number of patients is printed.
    """
    data = records_of(pools.evidence)
    rows = []
    for row in eligible_rows(pools, set_id):
        if row["statistic"] != RATE or row["time_months"] is None or is_crude(row):
            continue
        arm = survival_arm(row)
        assert arm.survival is not None
        scaled: dict[str, Any] = {"cloglog": None, "se": None, "approximate": False}
        if arm.measurable:
            point = cloglog(arm.survival, (arm.low, arm.high), arm.n, level=level_of(row))
            scaled = {"cloglog": point.cloglog, "se": point.se, "approximate": point.approximate}
        rows.append(
            {
                **{k: row[k] for k in ("report_id", "cohort_id", "arm", "endpoint", "time_months")},
                "label": data.cohorts[row["cohort_id"]]["label"],
                "panel": pools.review.endpoint(row["endpoint"]).panel
                or pools.review.endpoint(row["endpoint"]).label,
                "report_name": report_name(data.reports[row["report_id"]]),
                "citation_key": pools.evidence.citation_key(row["report_id"]),
                "estimate": arm.survival,
                "low": arm.low,
                "high": arm.high,
                **{k: row[k] for k in ("n", "population", "status", "source_url", "notes")},
                **scaled,
            }
        )
    frame = pd.DataFrame(rows)
    twins = frame.duplicated(["report_id", "arm", "endpoint", "time_months"], keep=False)
    frame["detail"] = [
        str(note).partition(".")[0].partition(" (")[0].lower() if twin else ""
        for note, twin in zip(frame["notes"], twins, strict=True)
    ]
    kinds = dict.fromkeys(_NUMBERS, "Float64")
    return frame.drop(columns="notes").astype({**kinds, "n": "Int64"})


def other_rows(pools: Pools, set_id: str = "all_public") -> pd.DataFrame:
    """Return the rows of ``survival.csv`` that :func:`landmark_rows` leaves out, as printed.

    Medians, incidences and crude shares; columns of ``survival.csv`` and label, report_name,
    citation_key, crude.
    """
    data = records_of(pools.evidence)
    rows = [
        {
            **row,
            "label": data.cohorts[row["cohort_id"]]["label"],
            "report_name": report_name(data.reports[row["report_id"]]),
            "citation_key": pools.evidence.citation_key(row["report_id"]),
            "crude": is_crude(row),
        }
        for row in eligible_rows(pools, set_id)
        if row["statistic"] != RATE or row["time_months"] is None or is_crude(row)
    ]
    return pd.DataFrame(rows)


def is_crude(row: dict[str, Any]) -> bool:
    """Whether a row is a plain share at the data cut."""
    return str(row["notes"] or "").lower().startswith(CRUDE)


def level_of(row: dict[str, Any]) -> float:
    """Return the confidence level of a row as a fraction."""
    return 0.95 if row["ci_level"] is None else float(row["ci_level"]) / 100


def _fraction(value: float | None) -> float | None:
    return None if value is None else round(float(value) / 100, 12)


def survival_arm(row: dict[str, Any]) -> Arm:
    """Return what a row prints, in fractions."""
    return Arm(
        arm=row["arm"],
        n=row["n"],
        events=row["events"],
        survival=_fraction(row["estimate"]),
        low=_fraction(row["ci_low"]),
        high=_fraction(row["ci_high"]),
        status=row["status"],
    )
