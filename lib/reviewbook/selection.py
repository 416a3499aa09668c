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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .evidence import Evidence
from .project import Outcome, Review
from .rules import Rules, last_day

NO_REPORT = "no eligible report"
TOO_FEW = "too few patients"
UNREADABLE = "no readable count"
OVERLAP = "overlap"
STAGES = (NO_REPORT, TOO_FEW, UNREADABLE, OVERLAP)
"""Stages at which a cohort can leave, in order."""

COHORT_COLUMNS = (
    "cohort_id", "label", "report_id", "citation_key", "first_author", "year", "publication_date",
    "publication_type", "peer_reviewed", "product", "centre", "country", "cell_source",
    "gene_edited", "fratricide_strategy", "disease_group", "n_infused", "n_autologous", "n_donor",
    "n_universal", "overlap_group", "also_overlaps", "cohort_notes",
)  # fmt: skip
COUNT_COLUMNS = (
    "events", "total", "population", "timepoint", "status", "derivation", "locator", "source_url",
    "preferred", "notes",
)  # fmt: skip
_WHOLE = ("n_infused", "n_autologous", "n_donor", "n_universal", "year")
_UNKNOWN_DATE = "9999-99-99"


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
        one comes last), then by identifier. Columns: :data:`COHORT_COLUMNS` and
        :data:`COUNT_COLUMNS`.
    excluded : DataFrame
        ``cohort_id label stage reason n_infused`` of every other cohort.
    flow : DataFrame
        ``stage label cohorts patients removed_cohorts removed_patients unknown_size``: what is left
        after each stage and what it removed. Patients are those of known number;
        ``unknown_size`` is how many of the cohorts left have no known size.
    """

    set_id: str
    rules: Rules | None
    outcome: Outcome | None
    included: pd.DataFrame
    excluded: pd.DataFrame
    flow: pd.DataFrame

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
        return len(self.included)

    @property
    def n(self) -> int:
        """Number of patients: the sum of the totals, or of those infused without an outcome."""
        column = "n_infused" if self.outcome is None else "total"
        return int(self.included[column].sum())

    def _counts(self, column: str) -> NDArray[np.int64]:
        if self.outcome is None:
            raise ValueError(
                "this selection is of cohorts with any outcome: it has no counts; select an outcome"
            )
        return self.included[column].to_numpy(dtype=np.int64)

    def to_dict(self) -> dict[str, Any]:
        """Return the selection as plain data; missing values are None."""
        return {
            "set": self.set_id,
            "rules": None if self.rules is None else self.rules.to_dict(),
            "outcome": None if self.outcome is None else self.outcome.id,
            "included": records(self.included),
            "excluded": records(self.excluded),
            "flow": records(self.flow),
        }


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dicts, with None for missing values."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {str(k): v.item() if isinstance(v, np.generic) else v for k, v in row.items()}
        for row in plain.to_dict("records")
    ]


@dataclass(frozen=True, slots=True)
class _Records:
    """The evidence as dicts, by identifier."""

    cohorts: dict[str, dict[str, Any]]
    reports: dict[str, dict[str, Any]]
    reports_of: dict[str, list[dict[str, Any]]]
    counts_of: dict[tuple[str, str], list[dict[str, Any]]]


@lru_cache(maxsize=8)
def _records(evidence: Evidence) -> _Records:
    cohorts = {row["cohort_id"]: row for row in records(evidence.cohorts)}
    reports = {row["report_id"]: row for row in records(evidence.reports)}
    reports_of: dict[str, list[dict[str, Any]]] = {}
    for row in reports.values():
        reports_of.setdefault(row["cohort_id"], []).append(row)
    counts_of: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in records(evidence.outcomes):
        counts_of.setdefault((row["cohort_id"], row["outcome"]), []).append(row)
    return _Records(dict(sorted(cohorts.items())), reports, reports_of, counts_of)


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
    data = _records(evidence)
    stage = _Stages(data, review, rules)
    alive = list(data.cohorts)
    left: dict[str, tuple[str, str]] = {}
    chosen: dict[str, dict[str, Any]] = {}
    flow = [_flow_row(data, "identified", "Cohorts identified", alive, ())]
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
        flow.append(_flow_row(data, name, labels[name], alive, removed))
    included = [_included(evidence, data, c, chosen[c]) for c in alive]
    included.sort(key=lambda row: (_day(row["publication_date"]), row["cohort_id"]))
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
        included=_frame(included, (*COHORT_COLUMNS, *COUNT_COLUMNS)),
        excluded=_frame(excluded, ("cohort_id", "label", "stage", "reason", "n_infused")),
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


def _day(date: str) -> str:
    return last_day(date) or _UNKNOWN_DATE


def _flow_row(
    data: _Records, stage: str, label: str, alive: Iterable[str], removed: Iterable[str]
) -> dict[str, Any]:
    def sizes(ids: Iterable[str]) -> list[int | None]:
        return [data.cohorts[c]["n_infused"] for c in ids]

    left, gone = sizes(alive), sizes(removed)
    return {
        "stage": stage,
        "label": label,
        "cohorts": len(left),
        "patients": sum(n or 0 for n in left),
        "removed_cohorts": len(gone),
        "removed_patients": sum(n or 0 for n in gone),
        "unknown_size": sum(n is None for n in left),
    }


def _included(
    evidence: Evidence, data: _Records, cohort_id: str, count: Mapping[str, Any]
) -> dict[str, Any]:
    cohort, report = data.cohorts[cohort_id], data.reports[count["report_id"]]
    return {
        **{name: count[name] for name in COUNT_COLUMNS},
        **{name: report[name] for name in COHORT_COLUMNS if name in report},
        **{name: cohort[name] for name in COHORT_COLUMNS if name in cohort},
        "citation_key": evidence.citation_key(report["report_id"]),
        "cohort_notes": cohort["notes"],
    }


def _frame(rows: list[dict[str, Any]], columns: Iterable[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    types = {c: "Int64" for c in (*_WHOLE, "events", "total") if c in frame}
    types |= {c: "bool" for c in ("preferred", "peer_reviewed") if c in frame}
    types |= {c: "str" for c in frame.columns if c not in types}
    return frame.astype(types)


class _Stages:
    """The four stages; each method gives a reason to leave, or "" (or the count that is used)."""

    def __init__(self, data: _Records, review: Review, rules: Rules) -> None:
        self.data, self.review, self.rules = data, review, rules

    def labels(self, outcome: Outcome | None) -> dict[str, str]:
        """Words for what is left after each stage."""
        rules = self.rules
        kind = "a peer-reviewed report" if rules.peer_reviewed else "a report"
        when = f" published by {rules.published_by}" if rules.published_by else ""
        what = outcome.label if outcome else "any outcome"
        return {
            NO_REPORT: f"With {kind}{when}",
            TOO_FEW: f"With at least {rules.min_patients} infused",
            UNREADABLE: f"With a readable count: {what}",
            OVERLAP: "Included: one of those that may share patients",
        }

    def ineligible(self, report: Mapping[str, Any]) -> str:
        """Why a report does not meet the rules on date and peer review, or ""."""
        if self.rules.peer_reviewed and not report["peer_reviewed"]:
            return "not peer-reviewed"
        if self.rules.published_by is not None:
            if not report["publication_date"]:
                return "publication date unknown"
            if last_day(report["publication_date"]) > self.rules.published_by:
                return f"not known to be published by {self.rules.published_by}"
        return ""

    def no_report(self, cohort_id: str) -> str:
        reports = self.data.reports_of.get(cohort_id, [])
        why = {report["report_id"]: self.ineligible(report) for report in reports}
        if not all(why.values()):
            return ""
        parts = [
            f"{_name(report)} ({report['publication_type'].replace('_', ' ')}, "
            f"{report['publication_date'] or 'no date'}): {why[report['report_id']]}"
            for report in sorted(
                reports, key=lambda r: (_day(r["publication_date"]), r["report_id"])
            )
        ]
        return "; ".join(parts)

    def too_few(self, cohort_id: str) -> str:
        size = self.data.cohorts[cohort_id]["n_infused"]
        if size is None:
            # With no minimum there is nothing to miss; unknown size matters only to the totals.
            return "number of patients infused not known" if self.rules.min_patients > 1 else ""
        if size < self.rules.min_patients:
            return f"{size} infused, fewer than {self.rules.min_patients}"
        return ""

    def read(self, cohort_id: str, outcome: Outcome | None) -> dict[str, Any] | str:
        """Return the count that is used, or why there is none."""
        if outcome is not None:
            return self.count(cohort_id, outcome)
        for candidate in self.review.outcomes:
            count = self.count(cohort_id, candidate)
            if not isinstance(count, str):
                return count
        return "no outcome of this review can be read"

    def count(self, cohort_id: str, outcome: Outcome) -> dict[str, Any] | str:
        for aside in self.review.set_aside:
            if cohort_id in aside.cohorts and (not aside.outcomes or outcome.id in aside.outcomes):
                return aside.reason
        rows = self.data.counts_of.get((cohort_id, outcome.id), [])
        if not rows:
            return "no count in the texts read"
        if self.rules.preferred_only:
            rows = [row for row in rows if row["preferred"]]
        usable = [row for row in rows if not self.unusable(row)]
        if usable:
            return min(usable, key=self.rank)
        parts = sorted({f"{row['events']}/{row['total']} {self.unusable(row)}" for row in rows})
        return f"only {'; '.join(parts)}"

    def unusable(self, row: Mapping[str, Any]) -> str:
        """Why a count does not meet the rules, or ""."""
        if row["population"] not in self.rules.populations:
            return f"with another denominator ({row['population'].replace('_', ' ')})"
        if row["status"] not in self.rules.statuses:
            return f"from a {row['status']} source"
        report = self.data.reports[row["report_id"]]
        why = self.ineligible(report)
        return f"in {_name(report)}, {why}" if why else ""

    def rank(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """Order of the counts of one cohort: the first is used. The tail makes it definite."""
        share = row["events"] / row["total"]
        by_share = -share if self.rules.alternative == "highest" else share
        return (
            0.0 if self.rules.preferred_only else by_share,
            not row["preferred"],
            -row["total"],
            row["report_id"],
            row["status"],
            row["timepoint"] or "",
        )

    def overlaps(self, chosen: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        """Reasons for the cohorts that give way to another that may share their patients."""
        ranked = sorted(chosen, key=lambda c: self.preference(c, chosen[c]))
        reasons: dict[str, str] = {}
        winners: dict[str, str] = {}
        for cohort_id in ranked:
            group = self.data.cohorts[cohort_id]["overlap_group"]
            if group and group in winners:
                reasons[cohort_id] = self.gives_way(cohort_id, winners[group], chosen)
            elif group:
                winners[group] = cohort_id
        kept: list[str] = []
        for cohort_id in ranked:
            if cohort_id in reasons:
                continue
            rival = next((other for other in kept if self.linked(cohort_id, other)), None)
            if rival is None:
                kept.append(cohort_id)
            else:
                reasons[cohort_id] = self.gives_way(cohort_id, rival, chosen)
        return reasons

    def preference(self, cohort_id: str, count: Mapping[str, Any]) -> tuple[Any, ...]:
        report = self.data.reports[count["report_id"]]
        size = -(self.data.cohorts[cohort_id]["n_infused"] or 0)
        day = _day(report["publication_date"])
        reviewed = not report["peer_reviewed"]
        if self.rules.overlap == "largest":
            return size, reviewed, day, cohort_id
        return day, reviewed, size, cohort_id

    def linked(self, one: str, other: str) -> bool:
        """Whether either cohort names the other among those that may share patients."""
        return any(
            b in self.data.cohorts[a]["also_overlaps"].split(";")
            for a, b in ((one, other), (other, one))
        )

    def gives_way(self, cohort_id: str, rival: str, chosen: Mapping[str, Mapping[str, Any]]) -> str:
        names: dict[str, Callable[[str], Any]] = {
            "larger": lambda c: self.data.cohorts[c]["n_infused"],
            "published earlier": lambda c: _day(
                self.data.reports[chosen[c]["report_id"]]["publication_date"]
            ),
            "peer-reviewed": lambda c: self.data.reports[chosen[c]["report_id"]]["peer_reviewed"],
        }
        order = ["larger", "peer-reviewed", "published earlier"]
        if self.rules.overlap == "earliest":
            order = ["published earlier", "peer-reviewed", "larger"]
        better = next((n for n in order if names[n](cohort_id) != names[n](rival)), "first by name")
        size = self.data.cohorts[rival]["n_infused"]
        return (
            f"may share patients with {self.data.cohorts[rival]['label']} "
            f"({'size not known' if size is None else f'{size} infused'}), which is {better}"
        )


def _name(report: Mapping[str, Any]) -> str:
    """Return author and year where both are known, else the identifier in words."""
    if report["first_author"] and report["year"]:
        return f"{report['first_author']} {report['year']}"
    return report["report_id"].replace("_", " ")


def article_selection(evidence: Evidence, outcome: Outcome | None, *, set_id: str) -> Selection:
    """Return the rows of the article's study table that give the outcome, as a selection.

    Raises
    ------
    ValueError
        When the table is absent.
    """
    table = evidence.article_table
    if table is None:
        raise ValueError(f"the set {set_id} needs the article's study table, which is absent")
    included, excluded = [], []
    for row in records(table):
        identifier = re.sub(r"[^a-z0-9]+", "_", row["study"].lower()).strip("_") or "study"
        shared = {
            "cohort_id": identifier,
            "label": row["study"],
            "n_infused": row.get("patients"),
            "n_autologous": row.get("autologous"),
            "n_donor": row.get("donor"),
        }
        events = total = None
        if outcome is not None:
            events = row.get(f"{outcome.id}_events")
            total = row.get(f"{outcome.id}_total")
        if outcome is not None and total is None:
            why = {"stage": UNREADABLE, "reason": "no count in the article's study table"}
            excluded.append({**shared, **why})
            continue
        blank = {name: "" for name in (*COHORT_COLUMNS, *COUNT_COLUMNS)}
        blank |= {"population": "as in the article", "status": "secondary"}
        missing = dict.fromkeys(_WHOLE)
        flags = {"preferred": True, "peer_reviewed": True}
        counts = {"events": events, "total": total, "locator": "study table of the article"}
        included.append({**blank, **missing, **flags, **shared, **counts})
    left = [row["n_infused"] for row in included]
    gone = [row["n_infused"] for row in excluded]

    def flow_row(stage: str, label: str, now: list[Any], removed: list[Any]) -> dict[str, Any]:
        return {
            "stage": stage,
            "label": label,
            "cohorts": len(now),
            "patients": sum(n or 0 for n in now),
            "removed_cohorts": len(removed),
            "removed_patients": sum(n or 0 for n in removed),
            "unknown_size": sum(n is None for n in now),
        }

    what = outcome.label if outcome else "any outcome"
    return Selection(
        set_id=set_id,
        rules=None,
        outcome=outcome,
        included=_frame(included, (*COHORT_COLUMNS, *COUNT_COLUMNS)),
        excluded=_frame(excluded, ("cohort_id", "label", "stage", "reason", "n_infused")),
        flow=pd.DataFrame(
            [
                flow_row("identified", "Studies in the table", left + gone, []),
                flow_row(UNREADABLE, f"With a count: {what}", left, gone),
            ]
        ),
    )
