"""Pools of further outcomes: what may be pooled, and every row that may not with its reason.

A :class:`~reviewbook.review.settings.FurtherOutcome` takes one definition, one denominator, one
window and, for harms, one cause. Cohorts are selected as for the outcomes of the article; then they
are split by the group the settings name, and each part is pooled where it has cohorts enough.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from metaprop import Interval
from metaprop.glmm import PooledGlmm
from reviewbook import words
from reviewbook.evidence.rows import Records, records_of
from reviewbook.review.settings import FurtherOutcome, Review
from reviewbook.words.frames import FrameOrigin, made_by, sources_of
from reviewbook.words.origin import Origin, traced_part

from .analysis import Analysis, analyse, proportion
from .eligibility import Eligibility
from .made import Made, made_of
from .pools import Pools
from .selection import Selection

LEFT_OUT_COLUMNS = (
    "cohort_id", "label", "report_id", "report_name", "citation_key", "events", "total",
    "population", "timepoint", "phase", "status", "locator", "source_url", "reason",
)  # fmt: skip
_IMPORT = "from reviewbook.pooling.further import further_pool"
_SAME_ROW = ("report_id", "events", "total", "population", "timepoint")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Cohorts that are pooled together, or would be if there were enough of them.

    Attributes
    ----------
    label : str
        Value of the group that splits the cohorts; "" where nothing splits them.
    selection : Selection
        The cohorts of the part.
    analysis : Analysis or None
        Their pools; None where they are listed only.
    why_not : str
        Why there is no pool, "" where there is one.
    """

    label: str
    selection: Selection
    analysis: Analysis | None
    why_not: str

    @property
    def events(self) -> int:
        """Events of all its cohorts."""
        return self.selection.events_in_all

    @property
    def average(self) -> Interval:
        """The population-averaged proportion of the primary model: of 100 patients so many.

        Raises
        ------
        ValueError
            When the cohorts are listed only.
        """
        if self.analysis is None:
            raise ValueError(f"these cohorts are not pooled: {self.why_not}")
        primary = self.analysis.primary
        return primary.mean_proportion if isinstance(primary, PooledGlmm) else proportion(primary)


@dataclass(frozen=True, slots=True, eq=False)
class FurtherPool:
    """A further outcome in an analysis set.

    Attributes
    ----------
    outcome : FurtherOutcome
        The question and its rules.
    selection : Selection
        Every cohort that gives it, pooled or listed.
    parts : tuple of Part
        By the values of the group that splits the cohorts, in the order of the settings.
    left_out : DataFrame
        Each row of ``outcomes.csv`` with the same definition that is not used, with its ``reason``;
        columns :data:`LEFT_OUT_COLUMNS`.
    review : Review
        The settings the set and the rules come from.
    """

    outcome: FurtherOutcome
    selection: Selection
    parts: tuple[Part, ...]
    left_out: pd.DataFrame
    review: Review

    @property
    def pooled(self) -> tuple[Part, ...]:
        """The parts with a pool."""
        return tuple(part for part in self.parts if part.analysis is not None)

    @property
    def events_by_phase(self) -> dict[str, int]:
        """Events of the cohorts that enter, by phase; "" where the text does not tell."""
        counts = self.selection.included.groupby("phase")["events"].sum()
        made = self.selection.made
        whole = None
        if made is not None:
            pool = f"further_pool(book, {self.outcome.id!r}, {self.selection.set_id!r})"
            whole = Origin(pool, "further outcome", sources=(made.source,), imports=(_IMPORT,))
        return {
            str(phase): traced_part(
                int(n),
                whole,
                f".events_by_phase[{str(phase)!r}]",
                "events of a phase",
                "patients",
            )
            for phase, n in counts.items()
        }

    def part(self, label: str = "") -> Part:
        """Return the part with this label."""
        for part in self.parts:
            if part.label == label:
                return part
        known = ", ".join(repr(part.label) for part in self.parts)
        raise ValueError(f"{self.outcome.id} has no part {label!r}; there are {known}")


def further_pool(pools: Pools, name: str, set_id: str | None = None) -> FurtherPool:
    """Select and, where there are cohorts enough, pool a further outcome.

    Parameters
    ----------
    name : str
        Its id in the settings.
    set_id : str, optional
        The analysis set; ``further_set`` of the settings when omitted.

    Raises
    ------
    ValueError
        When the settings have no such further outcome.
    """
    review = pools.review
    outcome = review.further_outcome(name)
    selection = pools.select(outcome, set_id or review.further_set)
    labels = [""] * selection.k
    order = [""]
    if outcome.by:
        group = review.group(outcome.by)
        labels = [group.label(str(value)) for value in selection.included[outcome.by]]
        order = [*group.labels.values(), group.missing]
    parts = []
    for label in order:
        inside = np.array([own == label for own in labels], dtype=bool)
        if inside.any():
            included = selection.included[inside].reset_index(drop=True)
            made = _made(selection, outcome, label, included)
            own = replace(selection, included=included, made=made)
            parts.append(_part(pools, outcome, label, own))
    return FurtherPool(
        outcome=outcome,
        selection=selection,
        parts=tuple(parts),
        left_out=_left_out(pools, outcome, selection),
        review=review,
    )


def _made(
    selection: Selection, outcome: FurtherOutcome, label: str, included: pd.DataFrame
) -> Made | None:
    """Return how the selection of a part is made; its rows are those of its own cohorts."""
    if selection.made is None:
        return None
    where = f", {selection.set_id!r}" if selection.set_id else ""
    part = f"further_pool(book, {outcome.id!r}{where}).part({label!r})"
    return made_of(
        f"{part}.selection",
        f"{part}.analysis",
        outcome,
        selection.set_id,
        included,
        selection.excluded,
        imports=(_IMPORT,),
    )


def _part(pools: Pools, outcome: FurtherOutcome, label: str, selection: Selection) -> Part:
    fewest, why_not = pools.review.fewest_cohorts, outcome.listed_because
    if not why_not and selection.k < fewest:
        why_not = f"{words.count(selection.k, 'cohort')}, fewer than {fewest}"
    analysis = None if why_not else analyse(selection, pools.review)
    return Part(label, selection, analysis, why_not)


def _left_out(pools: Pools, outcome: FurtherOutcome, selection: Selection) -> pd.DataFrame:
    data = records_of(pools.evidence)
    assert selection.rules is not None
    stages = Eligibility(data, pools.review, selection.rules)
    used = {row["cohort_id"]: row for row in selection.included.to_dict("records")}
    gone = dict(zip(selection.excluded["cohort_id"], selection.excluded["reason"], strict=True))
    pooled = {one.id for one in pools.review.outcomes}
    rows = []
    for (cohort_id, counted), counts in sorted(data.counts_of.items()):
        for row in counts if counted == outcome.counts else ():
            own = used.get(cohort_id)
            if own is not None and all(_cell(row[c]) == own[c] for c in _SAME_ROW):
                continue
            if outcome.counts in pooled and row["population"] not in outcome.populations:
                continue  # of the article's outcome, in other patients: another question
            reason = stages.unusable(row, outcome) or gone.get(cohort_id, "")
            if not reason and own is not None:
                taken = words.counts(int(own["events"]), int(own["total"]))
                reason = f"the row with {taken} of the same cohort is used"
            rows.append(_listed(data, row, reason))
    table = pools.evidence.outcomes
    origin = FrameOrigin(
        expression=f"further_pool(book, {outcome.id!r}, {selection.set_id!r}).left_out",
        what="count that is not used",
        key=("cohort_id", *_SAME_ROW, "status"),
        source_of=lambda row: sources_of(table, {**row, "outcome": outcome.counts}),
        imports=(_IMPORT,),
        units={"events": "patients", "total": "patients"},
    )
    return made_by(pd.DataFrame(rows, columns=list(LEFT_OUT_COLUMNS)), origin)


def _cell(value: Any) -> Any:
    return "" if value is None else value


def _listed(data: Records, row: dict[str, Any], reason: str) -> dict[str, Any]:
    report, cohort = data.reports[row["report_id"]], data.cohorts[row["cohort_id"]]
    return {
        **{name: _cell(row[name]) for name in LEFT_OUT_COLUMNS if name in row},
        "label": cohort["label"],
        "report_name": report["report_name"],
        "citation_key": report["citation_key"],
        "reason": words.capital(reason),
    }
