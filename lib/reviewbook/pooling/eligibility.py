"""The four stages every cohort goes through, and the words for leaving at one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reviewbook.evidence.rows import Records, day_of
from reviewbook.review.rules import Rules, first_day, last_day
from reviewbook.review.settings import FurtherOutcome, Outcome, Review

NO_REPORT = "no eligible report"
TOO_FEW = "too few patients"
UNREADABLE = "no readable count"
OVERLAP = "overlap"
STAGES = (NO_REPORT, TOO_FEW, UNREADABLE, OVERLAP)
"""Where a cohort can leave, in order."""


class Eligibility:
    """The four stages; each method gives a reason to leave, or "" (or the count that is used)."""

    def __init__(self, data: Records, review: Review, rules: Rules) -> None:
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
            date = report["publication_date"]
            if not date:
                return "publication date unknown"
            if first_day(date) > self.rules.published_by:
                return f"published after {self.rules.published_by}"
            if last_day(date) > self.rules.published_by:
                return f"not known to be published by {self.rules.published_by}"
        return ""

    def no_report(self, cohort_id: str) -> str:
        """Why no report of a cohort meets the rules; names each of them."""
        reports = self.data.reports_of.get(cohort_id, [])
        why = {report["report_id"]: self.ineligible(report) for report in reports}
        if not all(why.values()):
            return ""
        parts = [
            f"{report['report_name']} ({report['publication_type'].replace('_', ' ')}, "
            f"{report['publication_date'] or 'no date'}): {why[report['report_id']]}"
            for report in reports
        ]
        return "; ".join(parts)

    def too_few(self, cohort_id: str) -> str:
        """Why a cohort is not large enough."""
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
        """Return the count of an outcome that is used, or why there is none."""
        for aside in self.review.set_aside:
            if cohort_id in aside.cohorts and (not aside.outcomes or outcome.id in aside.outcomes):
                return aside.reason
        rows = self.data.counts_of.get((cohort_id, outcome.counted), [])
        if not rows:
            return "no count in the texts read"
        if isinstance(outcome, FurtherOutcome):
            if after := self.data.cohorts[cohort_id]["selected_after"]:
                return f"its patients were selected after {after.replace('_', ' ')}"
        elif self.rules.preferred_only:  # a further outcome chooses by its window first
            rows = [row for row in rows if row["preferred"]]
        usable = [row for row in rows if not self.unusable(row, outcome)]
        if usable:
            return min(usable, key=self.rank)
        parts = sorted(
            {f"{row['events']}/{row['total']} {self.unusable(row, outcome)}" for row in rows}
        )
        return f"only {'; '.join(parts)}"

    def unusable(self, row: Mapping[str, Any], outcome: Outcome) -> str:
        """Why a count does not meet the rules, or ""."""
        if isinstance(outcome, FurtherOutcome):
            window = self.review.windows[outcome.window]
            if (row["timepoint"] or "") not in window.timepoints:
                when = (row["timepoint"] or "time not given").replace("_", " ")
                return f"at another time ({when})"
            if not outcome.accepts_phase(row["phase"] or "", row["events"]):
                return "after a transplant, at least in part"
        if row["population"] not in self.rules.populations:
            return f"with another denominator ({row['population'].replace('_', ' ')})"
        if row["status"] not in self.rules.statuses:
            return f"from a {row['status']} source"
        report = self.data.reports[row["report_id"]]
        why = self.ineligible(report)
        return f"in {report['report_name']}, {why}" if why else ""

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
        """Reasons for the cohorts that give way to another that stays and may share their patients.

        A cohort that has given way itself displaces nobody. Of several that stay, the reason names
        the one of the same group.
        """
        kept: list[str] = []
        reasons: dict[str, str] = {}
        preference = {c: self.preference(c, count) for c, count in chosen.items()}
        for cohort_id in sorted(chosen, key=lambda c: tuple(preference[c].values())):
            relatives = [other for other in kept if self.data.same_group(cohort_id, other)]
            rivals = relatives or [other for other in kept if self.data.linked(cohort_id, other)]
            if not rivals:
                kept.append(cohort_id)
                continue
            own, rival = preference[cohort_id], self.data.cohorts[rivals[0]]
            better = next(why for why in own if own[why] != preference[rivals[0]][why])
            size = rival["n_infused"]
            reasons[cohort_id] = (
                f"may share patients with {rival['label']} "
                f"({'size not known' if size is None else f'{size} infused'}), which is {better}"
            )
        return reasons

    def preference(self, cohort_id: str, count: Mapping[str, Any]) -> dict[str, Any]:
        """Return what decides which of cohorts that may share patients stays, weightiest first.

        The smaller value stays; its key says why in words.
        """
        report = self.data.reports[count["report_id"]]
        criteria = {
            "larger": -(self.data.cohorts[cohort_id]["n_infused"] or 0),
            "peer-reviewed": not report["peer_reviewed"],
            "published earlier": day_of(report["publication_date"]),
        }
        if self.rules.overlap == "earliest":
            criteria = dict(reversed(criteria.items()))
        return criteria | {"first by name": cohort_id}
