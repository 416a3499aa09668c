"""Selections and pools of a review: what everything that judges, draws or tells stands on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from reviewbook.evidence.claims import Claims, claims_of
from reviewbook.evidence.evidence import Evidence
from reviewbook.evidence.rows import (
    cohort_columns,
    frame_of,
    records,
    records_of,
)
from reviewbook.review.rules import Rules
from reviewbook.review.settings import AnalysisSet, FurtherOutcome, Outcome, Review
from reviewbook.words import asked
from reviewbook.words.asked import Remembered
from reviewbook.words.frames import FrameOrigin, made_by, sources_of
from reviewbook.words.origin import Source

from .analysis import Analysis, analyse
from .eligibility import Eligibility
from .made import Made, made_of
from .selection import Selection, article_selection, select


class Pools:
    """A review with its evidence, its sets of cohorts and their pools.

    Attributes
    ----------
    review : Review
        Settings of ``data/review.toml``.
    evidence : Evidence
        Validated tables.
    """

    def __init__(self, review: Review, evidence: Evidence) -> None:
        self.review = review
        self.evidence = evidence
        self._selections = Remembered()
        self._analyses: dict[Any, Analysis] = {}

    def rules(self, set_id: str | None = None, **changes: Any) -> Rules:
        """Return the rules of a set, with changes such as ``overlap="earliest"``."""
        analysis_set = self._set(set_id)
        if analysis_set.rules is None:
            raise ValueError(f"the set {analysis_set.id} is a table and has no rules to change")
        return analysis_set.rules.but(**changes)

    def select(
        self, outcome: str | Outcome | None, set_id: str | None = None, **changes: Any
    ) -> Selection:
        """Return the cohorts of an outcome in an analysis set.

        Parameters
        ----------
        outcome : str or Outcome or None
            Its identifier; None selects cohorts from which any outcome of the review can be read.
            A further outcome brings its own denominator.
        set_id : str, optional
            The analysis set; the primary set when omitted.
        **changes
            Rules to override, such as ``min_patients=1``; see
            :class:`~reviewbook.review.rules.Rules`.
        """
        chosen = self.review.outcome(outcome) if isinstance(outcome, str) else outcome
        analysis_set = self._set(set_id)
        table = analysis_set.rules is None and not changes
        rules = None if table else self.rules(set_id, **changes)
        name = analysis_set.id if rules == analysis_set.rules else "custom"
        if isinstance(chosen, FurtherOutcome) and rules is not None:
            rules = rules.but(populations=chosen.populations)
        key = (chosen and chosen.id, name, rules)

        def make() -> Selection:
            with asked.quietly():  # all cohorts are looked at; those taken are told below
                found = (
                    article_selection(self.evidence, self.review, chosen, set_id=name)
                    if rules is None
                    else select(self.evidence, self.review, chosen, rules, set_id=name)
                )
                return replace(found, made=self._made(found, analysis_set, changes))

        chosen_ones = self._selections.get(key, make)
        if chosen_ones.made is not None:
            asked.note(chosen_ones.made.source)
        return chosen_ones

    def _made(self, found: Selection, chosen: AnalysisSet, changes: dict[str, Any]) -> Made:
        """Return the expressions and the rows of a selection of this book."""
        outcome = found.outcome
        name = repr(outcome and outcome.id)
        if isinstance(outcome, FurtherOutcome):
            name = f"book.review.further_outcome({outcome.id!r})"
        if found.set_id != chosen.id:  # the rules that were changed are part of what it means
            told = [f"{rule}={value!r}" for rule, value in sorted(changes.items())]
        else:
            told = []
        inside = ", ".join([name, repr(chosen.id), *told])
        return made_of(
            f"book.select({inside})",
            f"book.analyse({inside})",
            outcome,
            found.set_id,
            found.included,
            found.excluded,
            table=chosen.table if found.rules is None and chosen.table else "outcomes.csv",
        )

    def analyse(
        self, outcome: str | Outcome, set_id: str | None = None, **changes: Any
    ) -> Analysis:
        """Return the pools of an outcome in an analysis set; arguments as in :meth:`select`.

        Raises
        ------
        ValueError
            When no cohort gives the outcome.
        """
        selection = self.select(outcome, set_id, **changes)
        if id(selection) not in self._analyses:  # selections live as long as the book
            self._analyses[id(selection)] = analyse(selection, self.review)
        return self._analyses[id(selection)]

    def eligible(self, set_id: str | None = None) -> pd.DataFrame:
        """Return the cohorts of a set from which any outcome of the review can be read.

        Columns of :func:`~reviewbook.evidence.rows.cohort_columns`, one row a cohort, in the
        order of selections. The report is that of the first outcome that can be read.
        """
        frame = self.select(None, set_id).included[list(cohort_columns(self.review))].copy()
        cohorts = self.evidence.cohorts

        def source_of(row: Mapping[str, Any]) -> tuple[Source, ...]:
            own = records(cohorts[cohorts["cohort_id"] == row["cohort_id"]])
            return tuple(one for cohort in own for one in sources_of(cohorts, cohort))

        expression = f"book.eligible({self._set(set_id).id!r})"
        return made_by(frame, FrameOrigin(expression, "cohort", ("cohort_id",), source_of))

    def ineligible(self, set_id: str | None = None) -> pd.DataFrame:
        """Return all other cohorts, with the ``stage`` and ``reason`` of leaving.

        Columns as in :meth:`eligible`; the report is the first that is peer-reviewed, or the first.
        """
        excluded = self.select(None, set_id).excluded.set_index("cohort_id")
        data, columns = records_of(self.evidence), cohort_columns(self.review)
        rows = [data.cohort_row(c, data.report_of(c), columns) for c in excluded.index]
        frame = frame_of(rows, columns)
        return frame.assign(stage=excluded["stage"].to_list(), reason=excluded["reason"].to_list())

    def variants(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the changes of the rules in the settings, each as :meth:`select` takes it."""
        anything = tuple(self.evidence.vocabulary("outcomes", "population"))
        for name, change in self.review.variants.items():
            yield name, change.rules(any_population=anything)

    def rows(self, table: str, set_id: str) -> list[dict[str, Any]]:
        """Return the rows of a table whose report and cohort meet the rules of a set.

        The rules on date, peer review, status and smallest cohort hold; that on populations does
        not, as rows may be of a part of a cohort.

        Parameters
        ----------
        table : str
            Name of a table of the evidence with a report, a cohort and a status in each row.
        set_id : str
            The analysis set; one with rules.

        Returns
        -------
        list of dict
            The columns of the table with None for empty cells, and of cohort and report:
            ``label overlap_group report_name citation_key publication_date``.
        """
        return [row for row, reason in self._rows(table, set_id) if not reason]

    def rows_left_out(self, table: str, set_id: str) -> list[tuple[dict[str, Any], str]]:
        """Return the rows that :meth:`rows` leaves out, alike, each with the reason."""
        return [(row, reason) for row, reason in self._rows(table, set_id) if reason]

    def _rows(self, table: str, set_id: str) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield each row with its cohort and report, and why the rules leave it out, or ""."""
        rules, data = self.rules(set_id), records_of(self.evidence)
        eligibility = Eligibility(data, self.review, rules)
        for row in records(getattr(self.evidence, table)):
            cohort, report = data.cohorts[row["cohort_id"]], data.reports[row["report_id"]]
            status = row["status"]
            reason = "" if status in rules.statuses else f"{status}, not as the set takes it"
            reason = (
                reason
                or eligibility.ineligible(report)
                or eligibility.too_few(str(row["cohort_id"]))
            )
            own = {
                "label": cohort["label"],
                "overlap_group": cohort["overlap_group"] or "",
                "report_name": report["report_name"],
                "citation_key": report["citation_key"],
                "publication_date": report["publication_date"] or "",
            }
            yield row | own, reason

    def may_share(self, one: str, other: str) -> bool:
        """Whether two cohorts are the same or may share patients."""
        data = records_of(self.evidence)
        return one == other or data.same_group(one, other) or data.linked(one, other)

    def claims(self, topic: str) -> Claims:
        """Return the printed values of a topic of ``claims.csv``."""
        return claims_of(self.evidence.claims, topic)

    def _set(self, set_id: str | None) -> AnalysisSet:
        return self.review.set(set_id or self.review.primary_set)
