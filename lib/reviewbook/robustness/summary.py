"""The summary of findings: each outcome of 100 patients, for a new cohort, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from metaprop import Interval
from reviewbook.ledger.claims import direction_of
from reviewbook.pooling.analysis import Analysis
from reviewbook.pooling.further import further_pool
from reviewbook.pooling.pools import Pools
from reviewbook.review.settings import Certainty, Finding

from .certainty import Sureness, certainty_of, effect_certainty

MOVED = ("indirect", "inconsistency", "imprecision", "fewest_patients", "unread")
"""Thresholds of the rule for certainty that are moved one at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """One outcome of the summary.

    Attributes
    ----------
    finding : Finding
        Its entry in the settings.
    label, chapter : str
    analysis : Analysis
        Its pool.
    among : DataFrame
        The cohorts of the set that could have been read.
    certainty : Sureness
    """

    finding: Finding
    label: str
    chapter: str
    analysis: Analysis
    among: pd.DataFrame
    certainty: Sureness

    @property
    def per_100(self) -> Interval:
        """Patients of 100, averaged over cohorts, with the interval of the logistic model."""
        found = self.analysis.per_100
        assert found is not None  # the primary recipe is a mixed model
        return found


def summaries(pools: Pools) -> tuple[Summary, ...]:
    """Return the outcomes that the settings list for the summary.

    Raises
    ------
    ValueError
        When an outcome of it is listed only, or the settings have no rule for certainty.
    """
    return tuple(_summary(pools, finding) for finding in pools.review.summary)


def claimed_effects(pools: Pools) -> dict[str, Sureness]:
    """Return how sure each effect is that the article claims, by the text of the claim."""
    return {
        claim.text: effect_certainty(pools, direction_of(pools, claim))
        for claim in pools.review.claims
        if claim.kind == "direction"
    }


def _summary(pools: Pools, finding: Finding) -> Summary:
    review = pools.review
    if finding.outcome in {one.id for one in review.outcomes}:
        outcome: Any = review.outcome(finding.outcome)
        analysis = pools.analyse(outcome)
        among = pools.eligible(analysis.selection.set_id)
    else:
        found = further_pool(pools, finding.outcome)
        part, outcome = found.part(finding.part), found.outcome
        if part.analysis is None:
            raise ValueError(f"summary: {finding.outcome} is not pooled: {part.why_not}")
        analysis = part.analysis
        among = pools.eligible(analysis.selection.set_id)
        if outcome.by:
            group = review.group(outcome.by)
            own = [group.label(str(value)) == finding.part for value in among[outcome.by]]
            among = among[own]
    certainty = certainty_of(pools, analysis, among=among)
    return Summary(
        finding, finding.label or outcome.label, outcome.chapter, analysis, among, certainty
    )


def moved_thresholds(pools: Pools, found: Sequence[Summary]) -> pd.DataFrame:
    """Return what one threshold lower or higher would change.

    Returns
    -------
    DataFrame
        ``outcome threshold moved before after`` for every outcome and threshold, divided and
        multiplied by the step of the settings.
    """
    rule = pools.review.certainty
    assert rule is not None  # the summaries have one
    rows = []
    for one in found:
        for name in MOVED:
            for moved, factor in (("lower", 1 / rule.step), ("higher", rule.step)):
                other = rule.model_copy(update={name: _moved(rule, name, factor)})
                after = certainty_of(pools, one.analysis, other, among=one.among)
                rows.append(
                    {
                        "outcome": one.label,
                        "threshold": name.replace("_", " "),
                        "moved": moved,
                        "before": one.certainty.word,
                        "after": after.word,
                    }
                )
    return pd.DataFrame(rows)


def _moved(rule: Certainty, name: str, factor: float) -> Any:
    value = getattr(rule, name)
    if isinstance(value, tuple):
        return tuple(min(1.0, one * factor) for one in value)
    return round(value * factor) if isinstance(value, int) else min(1.0, value * factor)
