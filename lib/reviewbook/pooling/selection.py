"""From rules to cohorts: who enters a pool, who does not, and why.

Every cohort of the evidence goes through the same four stages, in this order:

1. it has a report that meets the rules on date and peer review,
2. enough patients were infused,
3. the outcome can be read: a count exists whose status, denominator and own report meet the rules,
4. it shares no patients with a cohort that stays.

A cohort that fails a stage leaves with a reason, so the flow of cohorts is made of these rows and
of nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metaprop import Duplicates, possible_duplicates
from reviewbook.evidence.evidence import Evidence
from reviewbook.evidence.rows import (
    COUNT_COLUMNS,
    Records,
    cohort_columns,
    day_of,
    frame_of,
    records,
    records_of,
    whole,
)
from reviewbook.evidence.study_table import study_parts
from reviewbook.review.rules import Rules
from reviewbook.review.settings import Outcome, Review
from reviewbook.words.origin import trace, traced

from .eligibility import NO_REPORT, STAGES, TOO_FEW, UNREADABLE, Eligibility
from .made import CohortCount, Made

N = TypeVar("N", int, float)

SAME_COUNTS = 20
"""Below so many patients, cohorts with the same counts are no surprise."""
EXCLUDED_COLUMNS = ("cohort_id", "label", "stage", "reason", "n_infused")


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The cohorts of an outcome in an analysis set.

    Attributes
    ----------
    set_id : str
        Identifier of the analysis set, or "custom" when its rules were changed.
    rules : Rules or None
        None for a study table that is taken as it is.
    outcome : Outcome or None
        None when cohorts were selected for having any outcome of the review.
    included : DataFrame
        One row a cohort, by publication date (a partial date counts as its last day, an unknown
        one comes last), then by identifier. Columns: those of
        :func:`~reviewbook.evidence.rows.cohort_columns` and :data:`COUNT_COLUMNS`.
    excluded : DataFrame
        ``cohort_id label stage reason n_infused`` of every other cohort.
    flow : DataFrame
        ``stage label cohorts patients at_most removed_cohorts removed_patients unknown_size``: what
        is left after each stage and what it removed. Patients are those of known number, those in
        cohorts that overlap once in each; ``at_most`` takes only the largest of each overlap group.
        ``unknown_size`` is how many of the cohorts left have no known size.
    made : Made or None
        The expression that makes it and the rows it took; its numbers then say where they come
        from. None for a selection that no book made.
    """

    set_id: str
    rules: Rules | None
    outcome: Outcome | None
    included: pd.DataFrame
    excluded: pd.DataFrame
    flow: pd.DataFrame
    made: Made | None = None

    def __post_init__(self) -> None:
        # Other cohorts, or other counts, come from somewhere else: nothing is said of them.
        if self.made is not None and self.made.included is not self.included:
            object.__setattr__(self, "made", None)

    @property
    def events(self) -> NDArray[np.int64]:
        """Events per cohort."""
        return self._counts("events")

    @property
    def totals(self) -> NDArray[np.int64]:
        """Patients per cohort."""
        return self._counts("total")

    @property
    def labels(self) -> list[str]:
        """Names of the cohorts."""
        return [str(label) for label in self.included["label"]]

    @property
    def k(self) -> int:
        """Number of cohorts."""
        return self.number(len(self.included), ".k", "number of cohorts", "cohorts")

    @property
    def n(self) -> int:
        """Number of patients: the sum of the totals, or of those infused without an outcome."""
        column = "n_infused" if self.outcome is None else "total"
        total = int(self.included[column].sum())
        return self.number(total, ".n", "number of patients in these cohorts", "patients")

    @property
    def events_in_all(self) -> int:
        """Events of all cohorts, added up."""
        what = "number of events in these cohorts"
        return self.number(int(self.events.sum()), ".events_in_all", what, "patients")

    @property
    def counts(self) -> list[CohortCount]:
        """Events and patients of each cohort."""
        return [self.count_of(str(cohort)) for cohort in self.included["cohort_id"]]

    def count_of(self, cohort_id: str) -> CohortCount:
        """Return the count of one cohort.

        Raises
        ------
        ValueError
            When the selection does not hold the cohort.
        """
        place = self._place(cohort_id)
        row = self.included.iloc[place]
        count = CohortCount(int(row["events"]), int(row["total"]))
        if self.made is None:
            return count
        how, what = f".count_of({cohort_id!r})", f"count of {row['label']}"
        whole = self.made.origin(how, what, "patients")
        return trace(count, replace(whole, sources=(self.made.of_row(place),)))

    def left_out_at(self, stage: str) -> int:
        """Return how many cohorts left at a stage, one of ``excluded["stage"]``."""
        number = int((self.excluded["stage"] == stage).sum())
        how = f".left_out_at({stage!r})"
        return self.number(number, how, f"cohorts that were left out: {stage}", "cohorts")

    @property
    def left_out(self) -> int:
        """How many cohorts were left out."""
        return self.number(len(self.excluded), ".left_out", "number of cohorts left out", "cohorts")

    def with_status(self, status: str) -> int:
        """Return how many of the counts have a status, such as "reported"."""
        number = int((self.included["status"] == status).sum())
        how = f".with_status({status!r})"
        return self.number(number, how, f"counts that are {status}", "cohorts")

    def number(self, value: N, how: str, what: str, unit: str) -> N:
        """Return a number that was computed of the selection with its origin.

        Parameters
        ----------
        value : int or float
        how : str
            What makes it, after the expression of the selection: ``.k``.
        what, unit : str
            The number in words, and what it counts.
        """
        if self.made is None:
            return value
        number: N = traced(value, self.made.origin(how, what, unit))
        return number

    def _place(self, cohort_id: str) -> int:
        ids = [str(one) for one in self.included["cohort_id"]]
        if cohort_id not in ids:
            raise ValueError(f"one of the cohorts {', '.join(ids)} was expected, got {cohort_id!r}")
        return ids.index(cohort_id)

    def repeats(self) -> list[Duplicates]:
        """Return cohorts of :data:`SAME_COUNTS` patients or more with the same counts.

        They may be one cohort under two names, which no rule on overlap knows of.
        """
        return possible_duplicates(
            self.events, self.totals, labels=self.labels, min_total=SAME_COUNTS
        )

    def _counts(self, column: str) -> NDArray[np.int64]:
        if self.outcome is None:
            raise ValueError(
                "this selection is of cohorts with any outcome: it has no counts; select an outcome"
            )
        return self.included[column].to_numpy(dtype=np.int64)


def select(
    evidence: Evidence,
    review: Review,
    outcome: Outcome | None,
    rules: Rules,
    *,
    set_id: str = "custom",
) -> Selection:
    """Apply `rules` to every cohort of the evidence.

    Parameters
    ----------
    evidence, review : Evidence, Review
        The tables, and the settings with the cohorts set aside.
    outcome : Outcome or None
        What is pooled; None selects cohorts from which any outcome of the review can be read.
    rules : Rules
        The rules of the set.

    Returns
    -------
    Selection
        Each cohort of the evidence stands either in ``included`` or in ``excluded``.

    Raises
    ------
    ValueError
        When the rules name a status or a population that the evidence does not know.
    """
    check_vocabulary(evidence, rules)
    data = records_of(evidence)
    stage = Eligibility(data, review, rules)
    alive = list(data.cohorts)
    left: dict[str, tuple[str, str]] = {}
    chosen: dict[str, dict[str, Any]] = {}

    def sizes(ids: Iterable[str]) -> list[int | None]:
        return [data.cohorts[c]["n_infused"] for c in ids]

    flow = [flow_row("identified", "Cohorts identified", sizes(alive), [], at_most(data, alive))]
    labels = stage.labels(outcome)
    for name in STAGES:
        if name == NO_REPORT:
            reasons = {c: stage.no_report(c) for c in alive}
        elif name == TOO_FEW:
            reasons = {c: stage.too_few(c) for c in alive}
        elif name == UNREADABLE:
            read = {c: stage.read(c, outcome) for c in alive}
            chosen = {c: count for c, count in read.items() if not isinstance(count, str)}
            reasons = {c: count if isinstance(count, str) else "" for c, count in read.items()}
        else:
            reasons = stage.overlaps(chosen)
        removed = [c for c in alive if reasons.get(c)]
        left.update({c: (name, reasons[c]) for c in removed})
        alive = [c for c in alive if c not in left]
        distinct = at_most(data, alive)
        flow.append(flow_row(name, labels[name], sizes(alive), sizes(removed), distinct))
    columns = cohort_columns(review)
    included = [
        {name: chosen[c][name] for name in COUNT_COLUMNS}
        | data.cohort_row(c, data.reports[chosen[c]["report_id"]], columns)
        for c in alive
    ]
    included.sort(key=lambda row: (day_of(row["publication_date"]), row["cohort_id"]))
    excluded = [
        {
            "cohort_id": c,
            "label": data.cohorts[c]["label"],
            "stage": why[0],
            "reason": why[1],
            "n_infused": data.cohorts[c]["n_infused"],
        }
        for c, why in sorted(left.items(), key=lambda item: (STAGES.index(item[1][0]), item[0]))
    ]
    return Selection(
        set_id=set_id,
        rules=rules,
        outcome=outcome,
        included=frame_of(included, (*columns, *COUNT_COLUMNS)),
        excluded=frame_of(excluded, EXCLUDED_COLUMNS),
        flow=pd.DataFrame(flow),
    )


def check_vocabulary(evidence: Evidence, rules: Rules) -> None:
    """Raise a ValueError when rules name a status or population unknown to the evidence."""
    for rule, column in (("statuses", "status"), ("populations", "population")):
        allowed = evidence.vocabulary("outcomes", column)
        unknown = [word for word in getattr(rules, rule) if word not in allowed]
        if unknown:
            raise ValueError(
                f"rule {rule} must name some of {', '.join(allowed)}; got {', '.join(unknown)}"
            )


def at_most(data: Records, cohorts: Iterable[str]) -> int:
    """Return how many distinct patients cohorts have at most: the largest of each overlap group."""
    largest: dict[str, int] = {}
    for cohort_id in cohorts:
        group = data.cohorts[cohort_id]["overlap_group"] or cohort_id
        size = data.cohorts[cohort_id]["n_infused"] or 0
        largest[group] = max(largest.get(group, 0), size)
    return sum(largest.values())


def flow_row(
    stage: str,
    label: str,
    left: Sequence[int | None],
    removed: Sequence[int | None],
    distinct: int,
) -> dict[str, Any]:
    """Return a row of the flow from the sizes of the cohorts left and removed (None: unknown)."""
    return {
        "stage": stage,
        "label": label,
        "cohorts": len(left),
        "patients": sum(n or 0 for n in left),
        "at_most": distinct,
        "removed_cohorts": len(removed),
        "removed_patients": sum(n or 0 for n in removed),
        "unknown_size": sum(n is None for n in left),
    }


def _sum(sizes: Iterable[int | None]) -> int:
    return sum(size or 0 for size in sizes)


def article_selection(
    evidence: Evidence, review: Review, outcome: Outcome | None, *, set_id: str
) -> Selection:
    """Return the rows of the article's study table that give the outcome, as a selection.

    Raises
    ------
    ValueError
        When the table is absent.
    """
    table = evidence.article_table
    if table is None:
        raise ValueError(f"the set {set_id} needs the article's study table, which is absent")
    columns, parts = cohort_columns(review), study_parts(review)
    blank: dict[str, Any] = {
        name: None if whole(name) else "" for name in (*columns, *COUNT_COLUMNS)
    }
    blank |= {"population": "as in the article", "status": "secondary", "preferred": True}
    blank |= {"locator": "study table of the article", "peer_reviewed": True}
    included, excluded = [], []
    for row in records(table):
        identifier = re.sub(r"[^a-z0-9]+", "_", row["study"].lower()).strip("_") or "study"
        shared = {"cohort_id": identifier, "label": row["study"], "n_infused": row.get("patients")}
        shared |= {column: row.get(noun) for column, noun in parts.items()}
        counts = {
            count: row.get(f"{outcome.id}_{count}") if outcome else None
            for count in ("events", "total")
        }
        if outcome and counts["total"] is None:
            why = {"stage": UNREADABLE, "reason": "no count in the article's study table"}
            excluded.append(shared | why)
        else:
            included.append(blank | shared | counts)
    left, gone = ([row["n_infused"] for row in rows] for rows in (included, excluded))
    what = outcome.label if outcome else "any outcome"
    flow = [
        flow_row("identified", "Studies in the table", left + gone, [], _sum(left + gone)),
        flow_row(UNREADABLE, f"With a count: {what}", left, gone, _sum(left)),
    ]
    return Selection(
        set_id=set_id,
        rules=None,
        outcome=outcome,
        included=frame_of(included, (*columns, *COUNT_COLUMNS)),
        excluded=frame_of(excluded, EXCLUDED_COLUMNS),
        flow=pd.DataFrame(flow),
    )
