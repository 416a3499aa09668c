"""Which of several printed facts on a cohort is shown: the report before news, planned values last.

A cohort may have several rows of ``characteristics.csv`` for an item. Those printed by the report
come before those worked out from it, and these before other documents; values of a registry record
or a protocol are plans and come last. Of follow-ups the longest is shown. What still differs is
shown side by side.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from reviewbook.review.rules import STATUSES

from .rows import records

FOLLOW_UP = ("follow_up_median", "follow_up_range", "follow_up_mean", "follow_up_max", "follow_up")
"""Items on follow-up; the first that a cohort has is shown."""
DAYS_IN_MONTH = 30.44
_PLAN = ("registry record", "protocol", "planned", "trial-in-progress", "trial listing")


@dataclass(frozen=True, slots=True)
class Fact:
    """A value as printed, with its source.

    Attributes
    ----------
    item, value, unit, low, high : str
        As in ``characteristics.csv``; empty where nothing is printed.
    n, total : int or None
        Patients with it, of how many.
    status, locator, source_url, remark : str
    planned : bool
        Whether it is what a registry record or a protocol plans.
    """

    item: str
    value: str
    unit: str
    low: str
    high: str
    n: int | None
    total: int | None
    status: str
    locator: str
    source_url: str
    remark: str
    planned: bool

    @property
    def months(self) -> float:
        """Its length in months, for follow-up; 0 where it is not a plain number."""
        try:
            length = float(self.value)
        except ValueError:
            return 0.0
        return length / DAYS_IN_MONTH if self.unit == "days" else length


def facts_of(characteristics: pd.DataFrame, cohort_id: str, item: str) -> list[Fact]:
    """Return the facts on an item of a cohort that are shown; more than one where they differ."""
    rows = characteristics[
        (characteristics["cohort_id"] == cohort_id) & (characteristics["item"] == item)
    ]
    facts = [_fact(row) for row in records(rows)]
    if not facts:
        return []
    rank = {id(fact): (fact.planned, STATUSES.index(fact.status)) for fact in facts}
    best = min(rank.values())
    chosen = [fact for fact in facts if rank[id(fact)] == best]
    if item == FOLLOW_UP[0]:
        chosen = [max(chosen, key=lambda fact: fact.months)]
    return list({(f.value, f.low, f.high, f.n): f for f in reversed(chosen)}.values())[::-1]


def follow_up_of(characteristics: pd.DataFrame, cohort_id: str) -> list[Fact]:
    """Return the median follow-up of a cohort or, without one, what else is printed on it."""
    for item in FOLLOW_UP:
        facts = facts_of(characteristics, cohort_id, item)
        if facts:
            return facts
    return []


def _fact(row: dict[str, object]) -> Fact:
    def text(name: str) -> str:
        return "" if row[name] is None else str(row[name])

    def number(name: str) -> int | None:
        return None if row[name] is None else int(str(row[name]))

    where = f"{text('locator')} {text('remark')}".lower()
    return Fact(
        **{name: text(name) for name in ("item", "value", "unit", "low", "high", "status",
           "locator", "source_url", "remark")},
        n=number("n"),
        total=number("total"),
        planned=any(word in where for word in _PLAN),
    )  # fmt: skip
