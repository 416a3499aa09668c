"""The rules of an analysis set, as data."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from reviewbook import words

STATUSES = ("reported", "derived", "secondary")
OVERLAPS = ("largest", "earliest")
ALTERNATIVES = ("highest", "lowest")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@lru_cache(maxsize=1024)
def last_day(date: str) -> str:
    """Return the last day a partial ISO date can mean, as ``YYYY-MM-DD``.

    ``2024`` is 2024-12-31 and ``2024-02`` is 2024-02-29: a rule that asks for publication by a day
    is met only when it is met for certain. An unknown date (empty) stays empty.
    """
    return str(_period(date).end_time.date()) if date else ""


@lru_cache(maxsize=1024)
def first_day(date: str) -> str:
    """Return the first day a partial ISO date can mean, as ``YYYY-MM-DD``; "" stays empty."""
    return str(_period(date).start_time.date()) if date else ""


def _period(date: str) -> pd.Period:
    """Return the days that a partial date can mean."""
    if not _DATE.fullmatch(date):  # pandas also reads 2024Q1 and the like
        raise ValueError(f"a date must read YYYY, YYYY-MM or YYYY-MM-DD, got {date!r}")
    try:
        return pd.Period(date)
    except ValueError:
        raise ValueError(f"a date must be in the calendar, got {date!r}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Which cohorts enter a pool, and with which count.

    Parameters
    ----------
    published_by : str or None
        Last day of publication. A report whose date is partly known counts as published on the
        last day it can mean; one of unknown date does not meet the rule. None: no rule on dates.
    peer_reviewed : bool
        Whether only peer-reviewed reports count.
    min_patients : int
        Fewest patients infused. A cohort of unknown size does not meet it.
    statuses : tuple of str
        Accepted distances of a count from its report, among "reported", "derived", "secondary".
    populations : tuple of str
        Accepted denominators, words of the column ``population`` of ``outcomes.csv``.
    overlap : {"largest", "earliest"}
        Which of the cohorts that may share patients stays: the one with most patients infused, or
        the one whose count was published first. Ties: peer-reviewed first, then the earlier
        (respectively larger), then the identifier.
    preferred_only : bool
        True: only the preferred count of a cohort is used. False: all its acceptable counts are
        candidates, and `alternative` says which is taken.
    alternative : {"highest", "lowest"}
        With ``preferred_only=False``: the count with the highest (lowest) proportion of events;
        the preferred one in a tie.

    Raises
    ------
    ValueError
        When a rule has an unknown value.
    """

    published_by: str | None = None
    peer_reviewed: bool = False
    min_patients: int = 1
    statuses: tuple[str, ...] = STATUSES
    populations: tuple[str, ...] = ("infused",)
    overlap: str = "largest"
    preferred_only: bool = True
    alternative: str = "highest"

    def __post_init__(self) -> None:
        for name in ("statuses", "populations"):
            value = getattr(self, name)
            value = (value,) if isinstance(value, str) else tuple(value)
            object.__setattr__(self, name, value)
            if not value or not all(isinstance(item, str) and item for item in value):
                raise ValueError(f"rule {name} must name at least one word; got {list(value)}")
        size = self.min_patients
        right = {
            "overlap": (self.overlap in OVERLAPS, f"one of {', '.join(OVERLAPS)}"),
            "alternative": (self.alternative in ALTERNATIVES, f"one of {', '.join(ALTERNATIVES)}"),
            "peer_reviewed": (isinstance(self.peer_reviewed, bool), "true or false"),
            "preferred_only": (isinstance(self.preferred_only, bool), "true or false"),
            "min_patients": (type(size) is int and size > 0, "a whole number from 1"),
        }
        for name, (holds, expected) in right.items():
            if not holds:
                raise ValueError(f"rule {name} must be {expected}; got {getattr(self, name)!r}")
        if self.published_by is not None:
            object.__setattr__(self, "published_by", last_day(str(self.published_by)) or None)

    def but(self, **changes: Any) -> Rules:
        """Return these rules with some of them changed; unknown names are a ValueError."""
        names = [field.name for field in fields(self)]
        unknown = [name for name in changes if name not in names]
        if unknown:
            raise ValueError(
                f"no rule is called {', '.join(unknown)}; rules are {', '.join(names)}"
            )
        return replace(self, **changes)

    def describe(self) -> str:
        """Return the rules in one sentence."""
        kind = "peer-reviewed reports" if self.peer_reviewed else "reports of any kind"
        when = f" published by {self.published_by}" if self.published_by else ""
        people = f"at least {self.min_patients} patients infused"
        if self.min_patients == 1:
            people = "any number of patients infused"
        if self.preferred_only:
            which = "the preferred count of each cohort"
        else:
            which = f"the count of each cohort with the {self.alternative} proportion"
        size = "largest" if self.overlap == "largest" else "earliest published"
        status, population = (
            words.join((item.replace("_", " ") for item in items), last="or")
            for items in (self.statuses, self.populations)
        )
        return (
            f"Cohorts with {kind}{when} and {people}; {which}, "
            f"when it is {status} and its denominator is {population}; "
            f"of cohorts that may share patients, the {size} that reports the outcome."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the rules as a dict; ``Rules(**rules.to_dict())`` gives them back."""
        return asdict(self)
