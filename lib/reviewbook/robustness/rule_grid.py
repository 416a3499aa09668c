"""Every combination of rules for choosing cohorts."""

from __future__ import annotations

import calendar
import itertools
from datetime import date
from types import MappingProxyType
from typing import Any

from reviewbook.pooling.pools import Pools

MINIMUM_PATIENTS = (1, 3, 10)
STATUS_RULES = {
    "all": ("reported", "derived", "secondary"),
    "reported or derived": ("reported", "derived"),
    "reported only": ("reported",),
}
RULE_CHOICES = MappingProxyType(
    {
        "window": "Published by",
        "peer_review": "Peer review",
        "min_patients": "Fewest patients",
        "statuses": "Status of counts",
        "overlap": "Shared patients",
        "denominator": "Denominator",
    }
)


def _months_before(day: str, months: int) -> str:
    """Return the last day of the month that lies `months` before the month of `day`."""
    year, month = date.fromisoformat(day).year, date.fromisoformat(day).month
    index = year * 12 + month - 1 - months
    year, month = divmod(index, 12)
    return f"{year}-{month + 1:02d}-{calendar.monthrange(year, month + 1)[1]:02d}"


def rule_grid(pools: Pools) -> list[dict[str, tuple[str, dict[str, Any]]]]:
    """Return every combination of rules: choice → (level in words, changes to the primary rules).

    Publication windows end on the last day of the primary set, a year before it
    (the day on which the article's search ended is not printed), or today. Denominators: the
    preferred count of each cohort; the lowest count of the same population; the highest count with
    any denominator that is printed.
    """
    rules = pools.rules()
    windows: dict[str, dict[str, Any]] = {}
    if rules.published_by:
        for months in (12, 0):
            day = _months_before(rules.published_by, months) if months else rules.published_by
            windows[day] = {"published_by": day}
    windows["today"] = {"published_by": None}
    anything = tuple(pools.evidence.vocabulary("outcomes", "population"))
    options: dict[str, dict[str, dict[str, Any]]] = {
        "window": windows,
        "peer_review": {
            "peer-reviewed": {"peer_reviewed": True},
            "any publication": {"peer_reviewed": False},
        },
        "min_patients": {str(n): {"min_patients": n} for n in MINIMUM_PATIENTS},
        "statuses": {name: {"statuses": words} for name, words in STATUS_RULES.items()},
        "overlap": {name: {"overlap": name} for name in ("largest", "earliest")},
        "denominator": {
            "preferred": {},
            "lowest": {"preferred_only": False, "alternative": "lowest"},
            "highest": {
                "preferred_only": False,
                "alternative": "highest",
                "populations": anything,
            },
        },
    }
    return [
        dict(zip(options, combination, strict=True))
        for combination in itertools.product(*(level.items() for level in options.values()))
    ]
