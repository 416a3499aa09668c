"""The claims of the article, each judged or told once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.pooling.analysis import proportion
from reviewbook.review.settings import Claim

from .directions import DirectionFindings, findings_of
from .proportions import ProportionJudgement, judge_proportion, with_origin
from .verdicts import CANNOT_DECIDE, NOT_CHECKABLE

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools

_STATEMENT = "No count can confirm a recommendation or a conclusion."


@dataclass(frozen=True, slots=True, eq=False)
class ClaimJudgement:
    """A claim with what can be said of it.

    Attributes
    ----------
    claim : Claim
    verdict : str
        A verdict for a proportion, ``not checkable`` for a statement, "" for a direction.
    printed, ours, primary : str
        The printed estimate with its interval, ours by the comparison recipe, and the estimate the
        book stands behind; a direction has its ratios in `ours`.
    reason : str
        What the verdict rests on, or what was found.
    proportion : ProportionJudgement or None
    direction : DirectionFindings or None
    """

    claim: Claim
    verdict: str
    printed: str
    ours: str
    primary: str
    reason: str
    proportion: ProportionJudgement | None = None
    direction: DirectionFindings | None = None


def judge_claim(
    pools: Pools, claim: Claim, set_id: str, judged: Callable[[str], ClaimJudgement]
) -> ClaimJudgement:
    """Judge a claim of the settings against an analysis set.

    `judged` gives the judgement of another claim against the same set: a statement is told by
    those that bear on it.
    """
    if claim.kind == "statement":
        return _statement(claim, [judged(name) for name in claim.bears])
    return {"proportion": _proportion, "direction": _direction}[claim.kind](pools, claim, set_id)


def _proportion(pools: Pools, claim: Claim, set_id: str) -> ClaimJudgement:
    printed = str(words.interval(pools.claims(claim.topic)))
    if pools.select(pools.review.outcome(claim.topic), set_id).k == 0:
        why = "No cohort of the set gives a readable count."
        return ClaimJudgement(claim, CANNOT_DECIDE, printed, "", "", why)
    judged = with_origin(
        judge_proportion(pools, claim.topic, set_id),
        f"book.judged({claim.id!r}, {set_id!r}).proportion",
    )
    analysis = judged.analysis
    return ClaimJudgement(
        claim=claim,
        verdict=judged.verdict,
        printed=printed,
        ours=str(words.interval(proportion(analysis.comparison))),
        primary=str(words.interval(proportion(analysis.primary))),
        reason=judged.reason,
        proportion=judged,
    )


def _direction(pools: Pools, claim: Claim, set_id: str) -> ClaimJudgement:
    found = findings_of(pools, direction_of(pools, claim))
    return ClaimJudgement(
        claim, "", claim.text, found.ratios, "", f"{found.direction} {found.effect}", None, found
    )


def _statement(claim: Claim, bearing: Sequence[ClaimJudgement]) -> ClaimJudgement:
    told = [_bearing(one) for one in bearing]
    reason = f"{_STATEMENT} What bears on it: {'; '.join(told)}." if told else _STATEMENT
    return ClaimJudgement(claim, NOT_CHECKABLE, claim.text, "", "", reason)


def _bearing(judged: ClaimJudgement) -> str:
    """Say in part of a sentence what is found on a claim that a statement rests on."""
    claim = judged.claim
    if judged.direction is not None:
        found = judged.direction
        which = (
            f"{found.toward} of {found.compared} comparisons point that way"
            if found.compared
            else "no comparison can be made"
        )
        effect = "an effect is identified" if found.identified else "no effect is identified"
        return f"that {claim.text}: {which}, and {effect}"
    if judged.proportion is None:
        return f"{claim.text}: no count"
    return f"{claim.text} in {judged.primary} of {judged.proportion.basis}"


def direction_of(pools: Pools, claim: Claim) -> str:
    """Return the direction in ``claims.csv`` that belongs to a claim."""
    rows = pools.evidence.claims
    return str(rows.loc[rows["claim"] == claim.id, "value"].iloc[0])
