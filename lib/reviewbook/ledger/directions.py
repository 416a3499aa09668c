"""What the evidence says of a direction an article claims without printing an effect size.

A direction gets no verdict but two findings: in how many of the independent comparisons it is the
claimed one, and whether the evidence identifies an effect. Which endpoints and arms belong to which
claim stands in ``data/review.toml``, table ``directions_evidence``; the rules in
``docs/judging-claims.md``. Comparisons in print before the article are told first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop import Interval
from reviewbook import words
from reviewbook.review.rules import last_day
from reviewbook.review.settings import ArmsEvidence, CohortsEvidence
from reviewbook.survival.arms import HAZARD, Comparison, Comparisons, comparisons, pooled_ratio
from reviewbook.survival.identifiability import (
    BETTER,
    INSIDE,
    WORSE,
    Identifiability,
    cohort_contrast,
    identifiability,
)
from reviewbook.words.origin import combined, trace

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools


_NOTHING = "Nothing identifies an effect."


@dataclass(frozen=True, slots=True)
class DirectionFindings:
    """What is found on a claimed direction.

    Attributes
    ----------
    tell_direction, tell_effect : callable
        Put two findings into words when they are asked for, a sentence or more each.
    toward, compared : int
        Comparisons that point as claimed, of all.
    toward_before, compared_before : int
        Of those in print before the article.
    identified : bool
        Whether the evidence identifies an effect.
    told : callable
        Puts the ratios found into words when they are asked for.
    unclear : bool
        Whether a ratio (a pooled one, where they can be pooled) has an interval that holds 1, or
        none can be formed.
    """

    tell_direction: Callable[[], str] = str
    tell_effect: Callable[[], str] = str
    toward: int = 0
    compared: int = 0
    toward_before: int = 0
    compared_before: int = 0
    identified: bool = False
    told: Callable[[], str] = str
    unclear: bool = True

    @property
    def direction(self) -> str:
        """Whether comparisons point as claimed, in words."""
        return self.tell_direction()

    @property
    def effect(self) -> str:
        """Whether an effect is identified, in words."""
        return self.tell_effect()

    @property
    def ratios(self) -> str:
        """The ratios found, in words; "" without any."""
        return self.told()


def comparisons_of(pools: Pools, *directions: str) -> dict[str, Comparisons]:
    """Return the comparisons that decide some directions, by endpoint.

    Their numbers say where they come from.

    Raises
    ------
    ValueError
        When the settings name no arms for a direction.
    """
    found: dict[str, Comparisons] = {}
    for direction in directions:
        evidence = pools.review.directions_evidence.get(direction)
        if evidence is None or evidence.kind != "arms":
            raise ValueError(f"review.toml names no arms that could decide {direction!r}")
        for endpoint in evidence.endpoints:
            expression = f"comparisons_of(book, {direction!r})[{endpoint!r}]"
            event = pools.review.endpoint(endpoint).event
            made = comparisons(pools, evidence, endpoint)
            found[endpoint] = made.named(expression, event, _IMPORTS)
    return found


def findings_of(pools: Pools, direction: str) -> DirectionFindings:
    """Return the findings on a direction, a ``value`` of ``claims.csv``."""
    evidence = pools.review.directions_evidence.get(direction)
    if evidence is None or evidence.kind == "recommendation":
        none = "The settings name no evidence on this direction."
        return DirectionFindings(none.__str__, _NOTHING.__str__)
    if evidence.kind == "cohorts":
        return _between_cohorts(pools, evidence)
    return _within_cohorts(pools, evidence, direction)


def ratio_text(pools: Pools, endpoint: str, found: Sequence[Comparison]) -> words.Phrase:
    """Return the pooled (or the only) ratio of an endpoint in words."""
    overall = pooled_ratio(found)
    if overall is None:
        return words.Phrase(f"no comparison of {pools.review.endpoint(endpoint).label}")
    event = pools.review.endpoint(endpoint).event
    number = found.cohorts if isinstance(found, Comparisons) else len(found)
    rough = sum(one.approximate for one in found)
    mark = f" ({rough} with an approximate standard error)" if rough else ""
    if not overall.estimate:  # a ratio of 0 says less than the counts it is from
        mark += f": {event} in {counts_text(found)}"
    return words.Phrase(
        f"{found[0].measure} of {event} {words.ratio(overall)}, "
        f"{words.count(number, 'cohort')}{mark}"
    )


_IMPORTS = (
    "from reviewbook.ledger.directions import comparisons_of, event_counts",
    "from reviewbook.survival.arms import pooled_ratio",
)


def event_counts(found: Iterable[Comparison]) -> tuple[int, ...]:
    """Return events and patients of both arms, added up over the comparisons that print them."""
    arms = tuple(sum(arm) for arm in zip(*(c.counts for c in found if c.counts), strict=True))
    if not isinstance(found, Comparisons):
        return arms
    return tuple(
        found.told(number, f"event_counts({{}})[{i}]", "events and patients", "patients")
        for i, number in enumerate(arms)
    )


def counts_text(found: Sequence[Comparison]) -> words.Phrase:
    """Return the events of both arms over all comparisons: ``0 of 12 against 8 of 11``."""
    first, of_first, second, of_second = (words.number(n, 0) for n in event_counts(found))
    return words.Phrase(f"{first} of {of_first} against {second} of {of_second} patients")


def in_print_before(pools: Pools, one: Comparison) -> bool:
    """Whether a comparison was in print by the last day of the primary set."""
    last = pools.rules().published_by
    day = last_day(one.publication_date)
    return last is None or (bool(day) and day <= last)


def _within_cohorts(pools: Pools, evidence: ArmsEvidence, claimed: str) -> DirectionFindings:
    found = comparisons_of(pools, claimed)
    every = [one for listed in found.values() for one in listed]
    if not every:
        labels = words.join(pools.review.endpoint(e).label for e in evidence.endpoints)
        none = f"No cohort prints {labels} of both arms."
        return DirectionFindings(none.__str__, _NOTHING.__str__)
    before = [one for one in every if in_print_before(pools, one)]
    toward, toward_before = (_toward(listed) for listed in (every, before))

    def told() -> str:
        ratios = [ratio_text(pools, e, listed) for e, listed in found.items() if listed]
        return "; ".join(ratios)

    origin = combined(
        [listed.origin for listed in found.values() if listed.origin],
        f"findings_of(book, {claimed!r})",
        "comparisons",
        imports=("from reviewbook.ledger.directions import findings_of",),
    )
    numbers = DirectionFindings(
        tell_direction=lambda: _direction_text(pools, every, before),
        tell_effect=lambda: _effect_text(evidence, every),
        toward=toward,
        compared=len(every),
        toward_before=toward_before,
        compared_before=len(before),
        identified=not _open_reports(evidence, every),
        told=told,
        unclear=any(
            _holds_1(ratio) for listed in found.values() if (ratio := pooled_ratio(listed))
        ),
    )
    units = dict.fromkeys(("toward", "compared", "toward_before", "compared_before"), "comparisons")
    return trace(numbers, origin, units=units)


def _toward(found: Iterable[Comparison]) -> int:
    return sum(one.ratio.estimate < 1 for one in found)


def _direction_text(pools: Pools, every: Sequence[Comparison], before: Sequence[Comparison]) -> str:
    later = [one for one in every if one not in before]
    if before:
        text = f"Of {words.count(len(before), 'comparison')} in print before the article, "
        text += f"{_toward(before)} {_point(before)} as claimed"
        if later:
            text += f"; of {len(later)} published since, {_toward(later)}"
    else:
        text = "No comparison was in print before the article; of "
        text += f"{words.count(len(later), 'comparison')} published since, "
        text += f"{_toward(later)} {_point(later)} as claimed"
    wide = [one for one in every if _holds_1(one.ratio)]
    if wide:
        have = "has an interval that holds" if len(wide) == 1 else "have intervals that hold"
        text += (
            f". {len(wide)} of the {len(every)} {have} 1: too few patients to exclude that there "
            "is no difference, which is no evidence that there is none"
        )
    apart = [one for one in every if _disagree(one)]
    for one in apart:
        assert one.at_one_time is not None
        text += (
            f". In {words.spoken(one.label)} the ratio from the printed p-value is "
            f"{words.ratio(one.ratio)}, that from survival at {one.time_months:g} months "
            f"{words.ratio(one.at_one_time)}: they disagree on whether 1 can be excluded"
        )
    return f"{text}."


def _point(found: Sequence[Comparison]) -> str:
    return "points" if _toward(found) == 1 else "point"


def _disagree(one: Comparison) -> bool:
    """Whether the two ways to a ratio disagree on whether 1 lies in the interval."""
    if one.at_one_time is None:
        return False
    return _holds_1(one.ratio) != _holds_1(one.at_one_time)


def _holds_1(ratio: Interval) -> bool:
    return ratio.low <= 1 <= ratio.high


def _open_reports(evidence: ArmsEvidence, used: Iterable[Comparison]) -> set[str]:
    return {one.report_id for one in used} - set(evidence.randomised_or_landmark)


def _effect_text(evidence: ArmsEvidence, used: Sequence[Comparison]) -> str:
    open_ = _open_reports(evidence, used)
    if not open_:
        return "The reports randomise, or compare from a stated landmark: an effect is identified."
    who = (
        "the report does not randomise and states"
        if len(open_) == 1
        else f"the {len(open_)} reports do not randomise and state"
    )
    return (
        f"No effect of {evidence.exposure} is identified: {who} no landmark, so that only patients "
        "who lived and stayed in remission long enough could be in the group with "
        f"{evidence.exposure} (immortal time), and who was chosen for it is not random. What would "
        f"identify it: a landmark analysis, a Cox model in which {evidence.exposure} begins on its "
        "day, or a trial emulated from individual times."
    )


def _between_cohorts(pools: Pools, evidence: CohortsEvidence) -> DirectionFindings:
    shown = identifiability(pools, evidence)
    labels = words.join(pools.review.endpoint(e).label for e in evidence.endpoints)

    def why() -> str:
        text = str(contrast_sentence(pools, evidence, shown))
        worse = shown.number(WORSE)
        speaking = worse - shown.silent(WORSE)
        if speaking == worse:
            return text
        value = _quoted(pools, evidence, evidence.worse)
        return (
            f"{text} Of the {words.count(worse, 'cohort')} marked {value}, "
            f"{words.plain_number(speaking) if speaking else 'none'} "
            f"{'print' if speaking > 1 else 'prints'} {labels} at a stated time."
        )

    found = cohort_contrast(pools, evidence) if shown.identified else ()
    group = pools.review.groups[evidence.within_column]
    source = words.within_sentence(group.label(evidence.within_value))
    design = (
        "Edited and unedited cells of the same source in one protocol, or reports of both at "
        "the same times, would identify it."
    )
    what = words.within_sentence(pools.review.groups[evidence.column].title)
    if not found:
        direction = f"No comparison of {labels} can be made between cohorts alike in source."
        return DirectionFindings(
            direction.__str__,
            lambda: (
                f"No effect is identified, as {what} comes together with {source} cells. "
                f"{why()} {design}"
            ),
        )
    each = [one for _, one in found]
    toward = sum(one.estimate < 1 for one in each)
    ratios = "; ".join(f"{HAZARD} {words.ratio(one)} ({label})" for label, one in found)
    direction = (
        f"{toward} of {words.count(len(each), 'comparison')} between cohorts "
        f"{'points' if toward == 1 else 'point'} as claimed."
    )
    return DirectionFindings(
        direction.__str__,
        lambda: f"No effect is identified: cohorts, not patients, are compared. {why()}",
        toward,
        len(each),
        told=ratios.__str__,
        unclear=any(map(_holds_1, each)),
    )


def contrast_sentence(
    pools: Pools, evidence: CohortsEvidence, shown: Identifiability
) -> words.Phrase:
    """Say in one or two computed sentences why the two characteristics can be told apart or not."""
    within = pools.review.groups[evidence.within_column].label(evidence.within_value)
    worse, better = (_quoted(pools, evidence, side) for side in (evidence.worse, evidence.better))
    inside, inside_better = (
        words.plain_number(shown.count(side, INSIDE)) for side in (WORSE, BETTER)
    )
    text = (
        f"{inside} of the {words.count(shown.number(WORSE), 'cohort')} marked {worse} "
        f"and {inside_better} of the {words.plain_number(shown.number(BETTER))} marked {better} "
        f"are {words.within_sentence(within)}"
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
