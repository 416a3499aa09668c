"""Counts that many rules select, without the rows and reasons of a selection.

A rule on the size of cohorts or on shared patients changes nothing of what is read from the
reports of a cohort, so that is read once for all rules that differ in these two only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewbook.evidence.evidence import Evidence
from reviewbook.evidence.rows import day_of, records_of
from reviewbook.pooling.eligibility import Eligibility
from reviewbook.pooling.selection import check_vocabulary
from reviewbook.review.rules import Rules
from reviewbook.review.settings import FurtherOutcome, Outcome, Review


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts of the cohorts that rules select, in the order of a selection.

    Attributes
    ----------
    events, totals : ndarray of int
        Events and patients of each cohort.
    """

    events: NDArray[np.int64]
    totals: NDArray[np.int64]

    @property
    def k(self) -> int:
        """Number of cohorts."""
        return self.events.size

    @property
    def n(self) -> int:
        """Number of patients."""
        return int(self.totals.sum())


class GridCounts:
    """Counts of an outcome by any rules: those of :func:`~reviewbook.pooling.selection.select`."""

    def __init__(self, evidence: Evidence, review: Review, outcome: Outcome) -> None:
        self.evidence, self.review, self.outcome = evidence, review, outcome
        self._data = records_of(evidence)
        self._read: dict[Rules, dict[str, dict[str, Any]]] = {}

    def of(self, rules: Rules) -> Counts:
        """Return the counts that rules select.

        Raises
        ------
        ValueError
            When the rules name a status or a population that the evidence does not know.
        """
        if isinstance(self.outcome, FurtherOutcome):  # it brings its own denominator
            rules = rules.but(populations=self.outcome.populations)
        stage = Eligibility(self._data, self.review, rules)
        readable = self._readable(rules)
        chosen = {c: count for c, count in readable.items() if not stage.too_few(c)}
        left = stage.overlaps(chosen)
        kept = [c for c in chosen if c not in left]
        kept.sort(key=lambda c: (self._published(chosen[c]), c))
        events, totals = (
            np.array([chosen[c][name] for c in kept], dtype=np.int64)
            for name in ("events", "total")
        )
        return Counts(events, totals)

    def _published(self, count: dict[str, Any]) -> str:
        return day_of(self._data.reports[count["report_id"]]["publication_date"])

    def _readable(self, rules: Rules) -> dict[str, dict[str, Any]]:
        """Return the count of every cohort that has an eligible report and a readable count."""
        rules = rules.but(min_patients=1, overlap=Rules().overlap)
        if rules not in self._read:
            check_vocabulary(self.evidence, rules)
            stage = Eligibility(self._data, self.review, rules)
            found = {
                c: stage.read(c, self.outcome) for c in self._data.cohorts if not stage.no_report(c)
            }
            self._read[rules] = {c: row for c, row in found.items() if not isinstance(row, str)}
        return self._read[rules]
