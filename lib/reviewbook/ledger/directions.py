"""Judge the directions an article claims without printing an effect size.

The rules are the same for every review; which endpoints and arms belong to which claim stands in
``data/review.toml``, table ``directions_evidence``. A direction has no printed number, so it can
never be ``reproduced``. It is

``compatible``
    when every independent comparison points in the stated direction and the 95 % interval of
    the pooled ratio (or of the only one) excludes no effect;
``not reproduced``
    when comparisons point both ways or against, or that interval includes no effect;
``not checkable``
    when the evidence holds no contrast that identifies the effect, or the claim is a
    recommendation.

A claim that names no endpoint must hold on each of its endpoints that has a comparison: it is not
reproduced when it is not reproduced on one. Of cohorts that may share patients one comparison
counts. Where arms are told apart by an exposure that begins during follow-up, and a report neither
randomised nor compares from a stated landmark, the reason names immortal-time bias: such a
comparison can look like a benefit where there is none, whatever the verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from metaprop import Interval
from reviewbook import words
from reviewbook.review.rules import last_day
from reviewbook.review.settings import ArmsEvidence, CohortsEvidence
from reviewbook.survival.arms import HAZARD, Comparison, comparisons, pooled_ratio
from reviewbook.survival.identifiability import (
    BETTER,
    INSIDE,
    WORSE,
    Identifiability,
    cohort_contrast,
    identifiability,
)

from .verdicts import COMPATIBLE, NOT_CHECKABLE, NOT_REPRODUCED, Judgement

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools


def comparisons_of(pools: Pools, *directions: str) -> dict[str, tuple[Comparison, ...]]:
    """Return the comparisons that decide some directions, by endpoint.

    Raises
    ------
    ValueError
        When the settings name no arms for a direction.
    """
    found: dict[str, tuple[Comparison, ...]] = {}
    for direction in directions:
        evidence = pools.review.directions_evidence.get(direction)
        if evidence is None or evidence.kind != "arms":
            raise ValueError(f"review.toml names no arms that could decide {direction!r}")
        found |= {one: comparisons(pools, evidence, one) for one in evidence.endpoints}
    return found


def judge(pools: Pools, direction: str) -> Judgement:
    """Judge a claimed direction, a ``value`` of ``claims.csv``; `ours` states the ratios found."""
    evidence = pools.review.directions_evidence.get(direction)
    if evidence is None:
        why = "The settings name no evidence that could decide this claim."
        return Judgement(NOT_CHECKABLE, why)
    if evidence.kind == "recommendation":
        why = "A recommendation is not an estimate: no count can confirm it."
        return Judgement(NOT_CHECKABLE, why)
    if evidence.kind == "cohorts":
        return _judge_cohorts(pools, evidence)
    return _judge_arms(pools, evidence)


def judge_ratios(each: Sequence[Interval], overall: Interval) -> Judgement:
    """Judge ratios below 1 as claimed; the sentence does not name the endpoint.

    Parameters
    ----------
    each : sequence of Interval
        The independent comparisons.
    overall : Interval
        Pooled, or the only one.
    """
    toward = sum(one.estimate < 1 for one in each)
    against = sum(one.estimate > 1 for one in each)
    if toward < len(each):
        if against == len(each):
            return Judgement(NOT_REPRODUCED, "every comparison points against the claim")
        text = f"{toward} of {words.count(len(each), 'comparison')} point as claimed"
        return Judgement(NOT_REPRODUCED, text)
    start = (
        "the only comparison points as claimed"
        if len(each) == 1
        else f"{'both' if len(each) == 2 else f'all {len(each)}'} comparisons point as claimed"
    )
    which = "its" if len(each) == 1 else "the pooled"
    if overall.low <= 1 <= overall.high:
        text = f"{start}, but {which} 95% interval includes no effect"
        return Judgement(NOT_REPRODUCED, text)
    return Judgement(COMPATIBLE, f"{start} and {which} 95% interval excludes no effect")


def ratio_text(pools: Pools, endpoint: str, found: Sequence[Comparison]) -> words.Phrase:
    """Return the pooled (or the only) ratio of an endpoint in words."""
    overall = pooled_ratio(found)
    if overall is None:
        return words.Phrase(f"no comparison of {pools.review.endpoint(endpoint).label}")
    event = pools.review.endpoint(endpoint).event
    rough = sum(one.approximate for one in found)
    mark = f" ({rough} with an approximate standard error)" if rough else ""
    return words.Phrase(
        f"{found[0].measure} of {event} {words.ratio(overall)}, "
        f"{words.count(len(found), 'cohort')}{mark}"
    )


def _judge_arms(pools: Pools, evidence: ArmsEvidence) -> Judgement:
    texts, parts, verdicts = [], [], []
    used: list[Comparison] = []
    for endpoint in evidence.endpoints:
        found = comparisons(pools, evidence, endpoint)
        overall = pooled_ratio(found)
        label = pools.review.endpoint(endpoint).label
        if overall is None:
            parts.append(f"{label}: no cohort prints both arms")
            continue
        used += found
        judgement = judge_ratios([one.ratio for one in found], overall)
        texts.append(str(ratio_text(pools, endpoint, found)))
        parts.append(f"{label}: {judgement.reason}")
        verdicts.append(judgement.verdict)
    if not verdicts:
        return Judgement(NOT_CHECKABLE, f"{_upper('; '.join(parts))}.")
    verdict = NOT_REPRODUCED if NOT_REPRODUCED in verdicts else COMPATIBLE
    reason = f"{_upper('; '.join(parts))}.{_before(pools, used)}{_bias(evidence, used)}"
    return Judgement(verdict, reason, "; ".join(texts))


def _before(pools: Pools, used: Iterable[Comparison]) -> str:
    """Say how many of the comparisons the article could have seen."""
    rules = pools.rules()
    if rules.published_by is None:
        return ""
    dates = [last_day(one.publication_date) for one in used]
    seen = sum(bool(date) and date <= str(rules.published_by) for date in dates)
    of = words.count(len(dates), "comparison")
    if seen == len(dates):
        return f" The {of} stood in print before the article."
    return f" Of the {of}, {seen} stood in print before the article."


def _bias(evidence: ArmsEvidence, used: Iterable[Comparison]) -> str:
    open_ = {c.report_id for c in used} - set(evidence.randomised_or_landmark)
    if not open_:
        return ""
    who = (
        "The report does not randomise and states"
        if len(open_) == 1
        else f"The {len(open_)} reports do not randomise and state"
    )
    return (
        f" {who} no landmark: immortal-time bias can make {evidence.exposure} look better than it "
        "is."
    )


def _judge_cohorts(pools: Pools, evidence: CohortsEvidence) -> Judgement:
    shown = identifiability(pools, evidence)
    why = str(contrast_sentence(pools, evidence, shown))
    labels = words.join(pools.review.endpoint(e).label for e in evidence.endpoints)
    worse = shown.cohorts[shown.cohorts["side"] == WORSE]
    silent = int((worse["endpoints"] == "").sum())
    if silent:
        speaking = len(worse) - silent
        value = _quoted(pools, evidence, evidence.worse)
        why += (
            f" Moreover {speaking or 'none'} of the {words.count(len(worse), 'cohort')} marked "
            f"{value} {'print' if speaking > 1 else 'prints'} {labels} at a stated time."
        )
    if not shown.identified:
        return Judgement(NOT_CHECKABLE, why)
    found = cohort_contrast(pools, evidence)
    if not found:
        why += f" No stratum has {labels} of both kinds at the same time."
        return Judgement(NOT_CHECKABLE, why)
    overall = found[0][1]
    each = [interval for _, interval in found]
    # Strata are shown one by one: two or more must each exclude no effect, as nothing is pooled.
    judged = [judge_ratios([one], one) for one in each]
    verdict = COMPATIBLE if all(j.verdict == COMPATIBLE for j in judged) else NOT_REPRODUCED
    text = "; ".join(f"{HAZARD} {words.ratio(one)} ({label})" for label, one in found)
    reason = judged[0].reason if len(judged) == 1 else judge_ratios(each, overall).reason
    return Judgement(verdict, f"{why} Between cohorts: {reason}.", text)


def contrast_sentence(
    pools: Pools, evidence: CohortsEvidence, shown: Identifiability
) -> words.Phrase:
    """Say in one or two computed sentences why the two characteristics can be told apart or not."""
    within = pools.review.groups[evidence.within_column].label(evidence.within_value)
    worse, better = (_quoted(pools, evidence, side) for side in (evidence.worse, evidence.better))
    n_worse, n_better = (int((shown.cohorts["side"] == side).sum()) for side in (WORSE, BETTER))
    text = (
        f"{shown.count(WORSE, INSIDE)} of the {words.count(n_worse, 'cohort')} marked {worse} "
        f"and {shown.count(BETTER, INSIDE)} of the {n_better} marked {better} are "
        f"{words.within_sentence(within)}"
    )
    end = (
        "so no cohort separates the two characteristics"
        if not shown.identified
        else f"so {words.count(len(shown.identifying), 'stratum', 'strata')} can separate them"
    )
    return words.Phrase(f"{text}, {end}.")


def _quoted(pools: Pools, evidence: CohortsEvidence, values: Iterable[str]) -> words.Phrase:
    """Return values of the compared column as their labels read inside a sentence."""
    group = pools.review.groups[evidence.column]
    return words.join(f"“{words.within_sentence(group.label(value))}”" for value in values)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
