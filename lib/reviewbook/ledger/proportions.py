"""Judge a claimed proportion over everything that the unread counts may be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

import metaprop
from metaprop import Interval
from reviewbook import words
from reviewbook.evidence.claims import Claims
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.pooling.unread import (
    Completions,
    Unread,
    completions_of,
    pool_completed,
    unread_cohorts,
)
from reviewbook.words.computed import computed
from reviewbook.words.origin import Origin, Row, Source, origin_of, trace, traced_part

from .forensics import studies_implied
from .verdicts import (
    CANNOT_DECIDE,
    COMPATIBLE,
    NOT_REPRODUCED,
    REPRODUCED,
    holds,
    verdict_of,
    why,
)

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools

DRAWS, SEED = 20_000, 20261128
_HOLDING = (REPRODUCED, COMPATIBLE)


@dataclass(frozen=True, slots=True)
class Completion:
    """One completion of the unread counts, and what it gives.

    Attributes
    ----------
    counts : tuple of int
        In the order of the unread cohorts.
    cohorts, patients : int
        Unread cohorts whose count is not the expected one, and by how many patients in all.
    ours : Interval
        The pool with these counts, comparison recipe.
    """

    counts: tuple[int, ...]
    cohorts: int
    patients: int
    ours: Interval


@dataclass(frozen=True, slots=True, eq=False)
class ProportionJudgement:
    """The verdict on a claimed proportion with all it rests on.

    Attributes
    ----------
    verdict, alone : str
        The verdict, and that of the counts read alone.
    analysis : Analysis
    printed : Claims
    unread : tuple of Unread or None
        None when the size of one is not known.
    completions : Completions or None
        None without unread cohorts.
    holding, failing : Completion or None
        The mildest completion in which the printed value is reproduced or compatible, and in which
        it is not.
    share, error : float or None
        Predictive share of completions in which it holds, and the error of the simulation.
    crude : Interval
        Crude proportion of the counts read, between the bounds that the unread patients leave.
    origin : Origin or None
        What its numbers were computed from; see :func:`with_origin`.
    """

    verdict: str
    alone: str
    analysis: Analysis
    printed: Claims
    unread: tuple[Unread, ...] | None
    completions: Completions | None
    holding: Completion | None
    failing: Completion | None
    share: float | None
    error: float | None
    crude: Interval
    origin: Origin | None = None

    @property
    def unread_cohorts(self) -> int:
        """How many cohorts are unread; 0 when the size of one is not known."""
        number = len(self.unread or ())
        return traced_part(number, self.origin, ".unread_cohorts", "unread cohorts", "cohorts")

    @property
    def unread_patients(self) -> int:
        """How many patients the unread cohorts have."""
        number = sum(one.size for one in self.unread or ())
        what = "patients of unread cohorts"
        return traced_part(number, self.origin, ".unread_patients", what, "patients")

    def unread_of(self, cohort_id: str) -> Unread:
        """Return the unread cohort of this identifier.

        Raises
        ------
        ValueError
            When it is none of them.
        """
        for one in self.unread or ():
            if one.cohort_id == cohort_id:
                return one
        known = ", ".join(one.cohort_id for one in self.unread or ())
        raise ValueError(f"one of the unread cohorts {known} was expected, got {cohort_id!r}")

    def moved_counts(self, side: str) -> dict[str, int]:
        """Return the counts of a completion that are not the expected ones, by cohort.

        Parameters
        ----------
        side : {"holding", "failing"}
            The mildest completion in which the printed value holds, or in which it fails.
        """
        one: Completion | None = getattr(self, side)
        if one is None or self.completions is None:
            return {}
        found = {}
        for unread, count, expected in zip(
            self.completions.unread, one.counts, self.completions.expected, strict=True
        ):
            if count != expected:
                how = f".moved_counts({side!r})[{unread.cohort_id!r}]"
                what = f"count of {unread.label} that would decide"
                found[unread.cohort_id] = traced_part(
                    int(count), self.origin, how, what, "patients"
                )
        return found

    @property
    def basis(self) -> str:
        """Cohorts and patients read, in words."""
        selection = self.analysis.selection
        return f"{words.count(selection.k, 'cohort')}, {words.count(selection.n, 'patient')}"

    @property
    def reason(self) -> str:
        """Why the verdict is as it is."""
        parts = [why(self.printed, proportion(self.analysis.comparison), basis=self.basis)]
        parts += [self.unread_text, self.counts_text, self.share_text, self.crude_text]
        if self.unread:
            parts.append(studies_implied(self.printed))
        return " ".join(filter(None, parts))

    @property
    def unread_text(self) -> str:
        """How many cohorts are unread, and what of them another report prints."""
        if self.unread is None:
            return "The size of a cohort without a readable count is not known."
        if not self.unread:
            return "Every cohort of the set has a readable count."
        number, patients = self.unread_cohorts, self.unread_patients
        prints = "prints" if number == 1 else "print"
        cohorts = self.analysis.selection.k + number
        told = words.plain_number(number)
        text = (
            f"{told} of the {words.count(cohorts, 'cohort')} ({words.count(patients, 'patient')})"
            f" {prints} no count that could be read."
        )
        for one in self.unread:
            if one.at_least:
                name = words.spoken(one.label)
                least = words.of(one.at_least, one.size)
                text += f" {name} has at least {least}, as {one.source}."
        return text

    @property
    def counts_text(self) -> str:
        """Which of the possible counts would give which side."""
        if self.completions is None:
            return ""
        ways = "all" if self.completions.complete else "all tried"
        number = words.number(len(self.completions), 0)
        if self.holding is None or self.failing is None:
            side = "holds" if self.failing is None else "does not hold"
            return (
                f"With {ways} {number} possible combinations of their counts the printed value "
                f"{side}."
            )
        ours = {True: self.holding, False: self.failing}
        texts = [
            f"the printed value {'holds' if side else 'does not hold'} if {self._told(one)}"
            for side, one in ours.items()
        ]
        return f"Their counts decide: {texts[0]}; {texts[1]}."

    def _told(self, one: Completion) -> str:
        """Say which counts a completion has, where they are not the expected ones."""
        assert self.completions is not None
        if one.cohorts == 0:
            return (
                "they are what the cohorts read lead one to expect "
                f"(ours would be {words.percent(one.ours.estimate)})"
            )
        counts = self.moved_counts("holding" if one is self.holding else "failing")
        sizes = {cohort: self.unread_of(cohort) for cohort in counts}
        moved = [
            f"{words.spoken(sizes[cohort].label)} has {words.counts(count, sizes[cohort].size)}"
            for cohort, count in counts.items()
        ]
        return (
            f"{words.join(moved)} ({words.count(one.patients, 'patient')} off what is expected in "
            f"{words.count(one.cohorts, 'cohort')}; ours would be "
            f"{words.percent(one.ours.estimate)})"
        )

    @property
    def share_text(self) -> str:
        """How often the printed value holds when the counts are predicted."""
        if self.share is None or self.error is None:
            return ""
        return (
            f"Predicted from the cohorts read, it holds in {words.percent(self.share)} of "
            "completions."
        )

    @property
    def crude_text(self) -> str:
        """What is possible among patients, without a model."""
        if not self.unread:
            return ""
        low, high = words.percent(self.crude.low), words.percent(self.crude.high)
        return (
            f"Among all patients of the set the share lies between {low} and {high}, whatever the "
            "counts; a pool weighs cohorts and not patients, so it can lie outside."
        )


def judge_proportion(pools: Pools, topic: str, set_id: str) -> ProportionJudgement:
    """Judge the printed proportion of a topic against an analysis set with a pool."""
    analysis, printed = pools.analyse(pools.review.outcome(topic), set_id), pools.claims(topic)
    selection, comparison = analysis.selection, analysis.comparison
    ours = proportion(comparison)
    alone = verdict_of(printed, ours)
    unread = unread_cohorts(pools, selection)
    events, total = int(selection.events.sum()), selection.n
    if not unread:
        verdict = alone if unread is not None else CANNOT_DECIDE
        share = events / total
        crude = Interval(share, share, share)
        return ProportionJudgement(
            verdict, alone, analysis, printed, unread, None, None, None, None, None, crude
        )
    found = completions_of(selection, unread, comparison.recipe, ours.estimate)
    inside = holds(printed, found.pools)
    drawn = computed(
        metaprop.draw_counts,
        selection.events,
        selection.totals,
        [one.size for one in unread],
        at_least=[one.at_least for one in unread],
        draws=DRAWS,
        seed=SEED,
    )
    share, error = _share(found, drawn, printed, analysis)
    more = found.patients
    return ProportionJudgement(
        verdict=_verdict(alone, bool(inside.any()), bool(inside.all())),
        alone=alone,
        analysis=analysis,
        printed=printed,
        unread=unread,
        completions=found,
        holding=_completion(found, found.mildest(inside)),
        failing=_completion(found, found.mildest(~inside)),
        share=share,
        error=error,
        crude=Interval(
            events / total,
            (events + sum(one.at_least for one in unread)) / (total + more),
            (events + more) / (total + more),
        ),
    )


def with_origin(judged: ProportionJudgement, expression: str) -> ProportionJudgement:
    """Return a judgement whose numbers say where they come from.

    They rest on the counts read, the sizes of the unread cohorts and the printed value.

    Parameters
    ----------
    expression : str
        Python that makes the judgement from `book`.
    """
    made = judged.analysis.selection.made
    if made is None:
        return judged
    printed = [origin_of(value) for value in judged.printed.values.values()]
    unread = tuple(
        Row("cohorts.csv", one.cohort_id, (("label", one.label), ("n_infused", str(one.size))))
        for one in judged.unread or ()
    )
    sources = [made.source]
    if unread:
        sources.append(Source(made.source.outcome, made.source.set_id, unread))
    sources += [source for origin in printed if origin for source in origin.sources]
    start = Origin(expression, judged.printed.topic.replace("_", " "), sources=tuple(sources))

    def own(how: str, what: str, unit: str = "proportion") -> Origin:
        return replace(start, expression=f"{expression}{how}", what=what, unit=unit)

    def completion(one: Completion | None, side: str) -> Completion | None:
        what = f"completion of the unread counts, {side}"
        units = {"cohorts": "cohorts", "patients": "patients"}
        return one and trace(one, own(f".{side}", what), units=units)

    return replace(
        judged,
        origin=start,
        unread=judged.unread
        and tuple(
            trace(one, own(f".unread_of({one.cohort_id!r})", one.label, "patients"))
            for one in judged.unread
        ),
        holding=completion(judged.holding, "holding"),
        failing=completion(judged.failing, "failing"),
        share=judged.share
        and traced_part(
            judged.share,
            start,
            ".share",
            "share of predicted completions in which it holds",
            "proportion",
        ),
        crude=trace(judged.crude, own(".crude", "crude proportion, whatever the unread counts")),
    )


def _verdict(alone: str, some_hold: bool, all_hold: bool) -> str:
    if some_hold and not all_hold:
        return CANNOT_DECIDE
    if all_hold:
        return alone if alone in _HOLDING else COMPATIBLE
    return NOT_REPRODUCED


def _completion(found: Completions, row: int | None) -> Completion | None:
    if row is None:
        return None
    counts = tuple(int(v) for v in found.counts[row])
    moved = [abs(a - b) for a, b in zip(counts, found.expected, strict=True)]
    pools = found.pools
    ours = Interval(*(float(v[row]) for v in (pools.estimate, pools.low, pools.high)))
    return Completion(counts, sum(m > 0 for m in moved), sum(moved), ours)


def _share(
    found: Completions, drawn: metaprop.DrawnCounts, printed: Claims, analysis: Analysis
) -> tuple[float, float]:
    """Return the predictive share of completions in which the printed value holds."""
    unique, back = np.unique(drawn.events, axis=0, return_inverse=True)
    recipe = analysis.comparison.recipe
    pools = pool_completed(analysis.selection, found.unread, unique, recipe)
    return drawn.share(holds(printed, pools)[back.ravel()])
