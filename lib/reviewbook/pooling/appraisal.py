"""What abstracts allow to be judged of each cohort: stated items, each computed from the evidence.

This is no score of the risk of bias: that needs full papers and protocols. Each item says whether
the texts that could be read answer a question, and an unanswered one "cannot be judged".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reviewbook.evidence.rows import Records, records, records_of
from reviewbook.words.frames import made_by

from .appraised import appraisal_origin
from .pools import Pools

YES, IN_PART, NO, UNKNOWN = "yes", "in part", "no", "cannot be judged"
STATES = (YES, IN_PART, NO, UNKNOWN)
"""The four states of an item, in the order of legends."""
FIXED_TIMES = ("day_28", "month_1", "month_3")


@dataclass(frozen=True, slots=True)
class Cohort:
    """What the items look at.

    Attributes
    ----------
    row : dict
        The cohort of ``cohorts.csv``.
    reports : list of dict
        Its reports.
    counts : list of dict
        Its preferred counts of the outcomes that the article pools.
    first : dict or None
        That of the first outcome.
    enrolled : dict or None
        Its count of infused of enrolled.
    facts : set of str
        Items of ``characteristics.csv`` that it has.
    relatives : int
        Other cohorts that may share patients.
    equal, read : int
        Counts read twice with the same result, and all that were read a second time.
    """

    row: dict[str, Any]
    reports: list[dict[str, Any]]
    counts: list[dict[str, Any]]
    first: dict[str, Any] | None
    enrolled: dict[str, Any] | None
    facts: set[str]
    relatives: int
    equal: int
    read: int


@dataclass(frozen=True, slots=True)
class Item:
    """A question on a cohort, its rule in words, and the function that answers it."""

    label: str
    rule: str
    judge: Callable[[Cohort], str]


def _share(answers: Iterable[bool]) -> str:
    """Return yes when all are true, no when none is, and "cannot be judged" without any."""
    known = list(answers)
    if not known:
        return UNKNOWN
    return YES if all(known) else IN_PART if any(known) else NO


def _registered(cohort: Cohort) -> str:
    printed = any(report["registration"] for report in cohort.reports)
    return YES if printed or "registration" in cohort.facts else UNKNOWN


def _peer_reviewed(cohort: Cohort) -> str:
    if not any(report["peer_reviewed"] for report in cohort.reports):
        return NO
    reviewed = {report["report_id"] for report in cohort.reports if report["peer_reviewed"]}
    return YES if all(count["report_id"] in reviewed for count in cohort.counts) else IN_PART


def _time(cohort: Cohort) -> str:
    if cohort.first is None or not cohort.first["timepoint"]:
        return UNKNOWN
    return YES if cohort.first["timepoint"] in FIXED_TIMES else IN_PART


def _follow_up(cohort: Cohort) -> str:
    if "follow_up_median" in cohort.facts:
        return YES
    return IN_PART if any(fact.startswith("follow_up") for fact in cohort.facts) else UNKNOWN


def _enrolled(cohort: Cohort) -> str:
    if cohort.enrolled is None:
        return UNKNOWN
    return YES if cohort.enrolled["status"] == "reported" else IN_PART


def _twice(cohort: Cohort) -> str:
    if not cohort.read:
        return NO
    return YES if cohort.equal == cohort.read else IN_PART


ITEMS = {
    "registered": Item(
        "Registered",
        "A registration is printed in a text on the cohort. An abstract without one says nothing: "
        "cannot be judged.",
        _registered,
    ),
    "peer_reviewed": Item(
        "Peer reviewed",
        "Yes: it has a peer-reviewed report, and its counts of the four outcomes stand in one. In "
        "part: some of these counts stand elsewhere. No: no peer-reviewed report.",
        _peer_reviewed,
    ),
    "everyone": Item(
        "Everyone infused counts",
        "Its counts of the four outcomes are of all infused: all of them yes, some in part, none "
        "no.",
        lambda cohort: _share(count["population"] == "infused" for count in cohort.counts),
    ),
    "time": Item(
        "Time of remission stated",
        "Yes: remission is counted at a stated time up to month 3. In part: as best response. "
        "Without a count it cannot be judged.",
        _time,
    ),
    "follow_up": Item(
        "Follow-up stated",
        "Yes: a median follow-up is printed. In part: a range, a mean or a longest follow-up. "
        "Otherwise it cannot be judged.",
        _follow_up,
    ),
    "counts": Item(
        "Counts from the report",
        "Its counts of the four outcomes are reported or derived from the report's own numbers: "
        "all of them yes, some in part, none (all secondary) no.",
        lambda cohort: _share(count["status"] != "secondary" for count in cohort.counts),
    ),
    "unselected": Item(
        "Not selected by what came after",
        "No: the series holds only patients who reached a transplant, lived long or relapsed "
        "after a transplant.",
        lambda cohort: NO if cohort.row["selected_after"] else YES,
    ),
    "distinct": Item(
        "Shares no patients",
        "Yes: no other cohort may share its patients. In part: others may, and only one of them "
        "is pooled.",
        lambda cohort: IN_PART if cohort.relatives else YES,
    ),
    "enrolled": Item(
        "Enrolled and infused known",
        "Yes: both numbers are reported. In part: derived or secondary. Otherwise it cannot be "
        "judged.",
        _enrolled,
    ),
    "twice": Item(
        "Read twice, equal",
        "Yes: every count of it that was read a second time was found and is equal. In part: some "
        "were not found or differ. No: none was read twice.",
        _twice,
    ),
}
"""The items by name, in the order of figures and tables."""


def appraisal(pools: Pools, cohorts: Iterable[str]) -> pd.DataFrame:
    """Return cohorts against the :data:`ITEMS`, each cell one of the :data:`STATES`.

    Parameters
    ----------
    cohorts : iterable of str
        Identifiers, in the order of the rows; the index of the frame.
    """
    data, names = records_of(pools.evidence), list(cohorts)
    rows = {name: _cohort(pools, data, name) for name in names}
    judged = {
        name: {key: item.judge(cohort) for key, item in ITEMS.items()}
        for name, cohort in rows.items()
    }
    frame = pd.DataFrame.from_dict(judged, orient="index", columns=list(ITEMS))
    return made_by(frame, appraisal_origin(pools, names))


def _cohort(pools: Pools, data: Records, name: str) -> Cohort:
    other = pools.evidence.other
    preferred = {
        outcome: row
        for (cohort, outcome), counts in data.counts_of.items()
        for row in counts
        if cohort == name and row["preferred"]
    }
    pooled = [outcome.id for outcome in pools.review.outcomes]
    facts = other["characteristics"]
    second = [row for row in records(other["second_extraction"]) if row["cohort_id"] == name]
    same = [
        (row["second_events"], row["second_total"]) == (row["first_events"], row["first_total"])
        for row in second
    ]
    return Cohort(
        row=data.cohorts[name],
        reports=data.reports_of[name],
        counts=[preferred[outcome] for outcome in pooled if outcome in preferred],
        first=preferred.get(pooled[0]),
        enrolled=preferred.get("infused_of_enrolled"),
        facts=set(facts[facts["cohort_id"] == name]["item"]),
        relatives=sum(
            one != name and (data.same_group(name, one) or data.linked(name, one))
            for one in data.cohorts
        ),
        equal=sum(same),
        read=len(second),
    )
