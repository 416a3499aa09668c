"""Survival as reports print it, at the times they print it. Nothing is read off a curve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from metaprop.survival import cloglog
from reviewbook.words.frames import FrameOrigin, made_by, sources_of
from reviewbook.words.origin import Source

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools

CRUDE = "crude"
"""The estimator of a plain share at the data cut, which is no estimate of survival."""
RATE = "survival_rate"
LANDMARK_COLUMNS = (
    "report_id", "cohort_id", "arm", "endpoint", "time_months", "label", "panel", "report_name",
    "citation_key", "estimate", "low", "high", "n", "population", "status", "source_url", "cloglog",
    "se", "approximate", "detail",
)  # fmt: skip


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
    def measurable(self) -> bool:
        """Whether a standard error can be had, from the number of patients or the interval.

        A limit of 0 or 1 does not say how wide the interval is.
        """
        if self.survival is None or self.n is not None:
            return self.survival is not None
        limits = [v for v in (self.low, self.high) if v is not None and 0 < v < 1]
        return 0 < self.survival < 1 and bool(limits)


def landmark_rows(pools: Pools, set_id: str | None = None) -> pd.DataFrame:
    """Return printed survival at a stated time, with its value on the complementary log-log scale.

    Crude shares and medians are left out; `panel` groups endpoints. Columns: panel report_id
    cohort_id label report_name citation_key arm endpoint time_months estimate low high n
    population status detail cloglog se approximate source_url; proportions as fractions. `detail`
    tells rows apart that differ in nothing else. ``cloglog`` and ``se`` are empty where neither an
    interval nor a number of patients is printed. Its numbers say which row they are of.
    """
    rows, printed = [], []
    for row in pools.rows("survival", set_id or pools.review.survival_set):
        if not at_a_time(row):
            continue
        arm = survival_arm(row)
        assert arm.survival is not None
        scaled: dict[str, Any] = {"cloglog": None, "se": None, "approximate": False}
        if arm.measurable:
            point = cloglog(arm.survival, (arm.low, arm.high), arm.n, level=level_of(row))
            scaled = {"cloglog": point.cloglog, "se": point.se, "approximate": point.approximate}
        endpoint = pools.review.endpoint(row["endpoint"])
        printed.append(row)
        rows.append(
            row
            | {"panel": endpoint.panel or endpoint.label, "detail": row["detail"] or ""}
            | {"estimate": arm.survival, "low": arm.low, "high": arm.high}
            | scaled
        )
    frame = pd.DataFrame(rows)
    kinds = dict.fromkeys(("low", "high", "cloglog", "se"), "Float64")
    frame = frame[list(LANDMARK_COLUMNS)].astype({**kinds, "n": "Int64"})
    units = dict.fromkeys(("estimate", "low", "high"), "proportion")
    return _made(pools, "landmark_rows", set_id, frame, printed, units)


def other_rows(pools: Pools, set_id: str | None = None) -> pd.DataFrame:
    """Return the rows of ``survival.csv`` that :func:`landmark_rows` leaves out, as printed.

    Medians, incidences and crude shares; columns of ``survival.csv`` and label, report_name,
    citation_key, crude.
    """
    rows = [
        row | {"crude": is_crude(row)}
        for row in pools.rows("survival", set_id or pools.review.survival_set)
        if not at_a_time(row)
    ]
    frame = pd.DataFrame(rows).drop(columns=["overlap_group", "publication_date"])
    return _made(pools, "other_rows", set_id, frame, rows, {"events": "patients", "n": "patients"})


_KEY = ("report_id", "cohort_id", "arm", "endpoint", "time_months", "population", "detail")


def _made(
    pools: Pools,
    function: str,
    set_id: str | None,
    frame: pd.DataFrame,
    printed: Iterable[Mapping[str, Any]],
    units: Mapping[str, str],
) -> pd.DataFrame:
    """Return rows of ``survival.csv`` as a frame that knows which rows they are."""
    key = tuple(name for name in (*_KEY, "statistic", "estimator") if name in frame)
    sources: dict[tuple[str, ...], tuple[Source, ...]] = {}
    for row in printed:
        place = _place(row, key)
        sources[place] = (*sources.get(place, ()), *sources_of(pools.evidence.survival, row))
    own = f"book, {set_id!r}" if set_id else "book"
    origin = FrameOrigin(
        expression=f"{function}({own})",
        what="survival as printed",
        key=key,
        source_of=lambda row: sources[_place(row, key)],
        imports=(f"from reviewbook.survival.printed import {function}",),
        units=units,
    )
    return made_by(frame, origin)


def _place(row: Mapping[str, Any], key: Iterable[str]) -> tuple[str, ...]:
    cells = (row[name] for name in key)
    return tuple("" if cell is None or pd.isna(cell) else str(cell) for cell in cells)


def at_a_time(row: Mapping[str, Any]) -> bool:
    """Whether a row is an estimate of survival at a stated time."""
    return row["statistic"] == RATE and row["time_months"] is not None and not is_crude(row)


def is_crude(row: Mapping[str, Any]) -> bool:
    """Whether a row is a plain share at the data cut."""
    return row["estimator"] == CRUDE


def level_of(row: Mapping[str, Any]) -> float:
    """Return the confidence level of a row as a fraction."""
    return 0.95 if row["ci_level"] is None else float(row["ci_level"]) / 100


def _fraction(value: float | None) -> float | None:
    return None if value is None else round(float(value) / 100, 12)


def survival_arm(row: Mapping[str, Any]) -> Arm:
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
