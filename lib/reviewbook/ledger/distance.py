"""The smallest changes that would move a claimed proportion to the other side.

Each comes with its certificate: the counts that are pooled and what they give. The rules stand in
``docs/judging-claims.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import metaprop
from metaprop import Interval
from reviewbook import words
from reviewbook.evidence.claims import Claims
from reviewbook.evidence.evidence import Evidence
from reviewbook.evidence.rows import records_of
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.pooling.eligibility import Eligibility
from reviewbook.words.computed import computed
from reviewbook.words.frames import sources_of, traced_row
from reviewbook.words.origin import Origin, Source, traced_part

from .proportions import ProportionJudgement
from .verdicts import holds

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools

MOST_POOLS = 2_000_000
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Flip:
    """A change that moves the verdict of the counts read to the other side.

    Attributes
    ----------
    told : callable
        Puts the change into words when they are asked for.
    labels : tuple of str
        Cohorts that are then pooled.
    events, totals : ndarray of int
        Their counts.
    ours : Interval
        The pool of these counts, comparison recipe.
    size : int
        Patients whose outcome changes; 0 where the change is another.
    sources : tuple of Source
        Rows that enter with the change.
    """

    told: Callable[[], str]
    labels: tuple[str, ...]
    events: IntArray
    totals: IntArray
    ours: Interval
    size: int = 0
    sources: tuple[Source, ...] = ()

    @property
    def what(self) -> str:
        """The change in words."""
        return self.told()


@dataclass(frozen=True, slots=True, eq=False)
class Distance:
    """How far the counts read are from the other side.

    Attributes
    ----------
    held : bool
        Whether the printed value holds by the counts read.
    outcomes : Flip or None
        The fewest patients' outcomes found; None when no counts of these cohorts move it.
    proven : int
        Fewer or as many patients than this are proven not to be enough: all their changes were
        tried.
    cohorts : tuple of Flip
        Single cohorts left out or taken in that move it.
    cohorts_tried : int
    rules : tuple of Flip
        Single changes of the rules that move it.
    rules_tried : int
    origin : Origin or None
        What its numbers were computed from.
    """

    held: bool
    outcomes: Flip | None
    proven: int
    cohorts: tuple[Flip, ...]
    cohorts_tried: int
    rules: tuple[Flip, ...]
    rules_tried: int
    origin: Origin | None = None

    @property
    def outcomes_size(self) -> int:
        """Patients whose other outcome moves it; 0 where none does."""
        size = 0 if self.outcomes is None else self.outcomes.size
        what = "patients whose outcome moves it"
        return traced_part(size, self.origin, ".outcomes_size", what, "patients")

    @property
    def cohorts_moved(self) -> int:
        """How many single cohorts move it."""
        what = "single cohorts that move it"
        return traced_part(len(self.cohorts), self.origin, ".cohorts_moved", what, "cases")

    @property
    def rules_moved(self) -> int:
        """How many single changes of the rules move it."""
        what = "single changes of the rules that move it"
        return traced_part(len(self.rules), self.origin, ".rules_moved", what, "cases")

    @property
    def exact(self) -> bool:
        """Whether no fewer patients are enough: proven by trying them all."""
        return self.outcomes is not None and self.proven == self.outcomes.size - 1


def distance_of(pools: Pools, judged: ProportionJudgement) -> Distance:
    """Find the smallest changes that move the verdict of the counts read."""
    analysis, printed = judged.analysis, judged.printed
    held = bool(holds(printed, proportion(analysis.comparison)).all())
    outcomes, proven = _by_outcomes(analysis, printed, held=held)
    cohorts = list(_single_cohorts(pools, analysis))
    rules = list(_single_rules(pools, analysis))
    origin = _origin(judged, [*cohorts, *rules])
    unchanged = "patients proven not to be enough"
    return Distance(
        held=held,
        outcomes=outcomes,
        proven=traced_part(proven, origin, ".proven", unchanged, "patients"),
        cohorts=_moved(cohorts, printed, held=held),
        cohorts_tried=traced_part(
            len(cohorts), origin, ".cohorts_tried", "single cohorts tried", "cases"
        ),
        rules=_moved(rules, printed, held=held),
        rules_tried=traced_part(len(rules), origin, ".rules_tried", "single rules tried", "cases"),
        origin=origin,
    )


def _origin(judged: ProportionJudgement, tried: Sequence[Flip]) -> Origin | None:
    """Return what a distance is computed from: the pool, the printed value, all that was tried."""
    if judged.origin is None:
        return None
    entered = (source for flip in tried for source in flip.sources)
    sources = tuple(dict.fromkeys([*judged.origin.sources, *entered]))
    expression = judged.origin.expression.removesuffix(".proportion")
    claim = expression.removeprefix("book.judged(").partition(",")[0]
    return replace(judged.origin, expression=f"book.distance({claim})", sources=sources)


def _moved(tried: Sequence[Flip], printed: Claims, *, held: bool) -> tuple[Flip, ...]:
    return tuple(one for one in tried if bool(holds(printed, one.ours).all()) != held)


def _by_outcomes(analysis: Analysis, printed: Claims, *, held: bool) -> tuple[Flip | None, int]:
    """Return the fewest changed outcomes that move the verdict, and how many cannot.

    All changes of one patient are pooled, of two, and so on, within :data:`MOST_POOLS`; then the
    best change found by going always one patient further up, or down.
    """
    selection, recipe = analysis.selection, analysis.comparison.recipe
    events, totals = selection.events, selection.totals
    level, spent, proven = np.zeros((1, selection.k), dtype=np.int64), 0, 0
    while True:
        number = _how_many(events, totals, proven + 1)
        spent += number
        if not number or spent > MOST_POOLS:
            break
        level = _one_further(level, events, totals)
        found = holds(printed, computed(metaprop.pool_count_sets, events + level, totals, recipe))
        flipped = np.flatnonzero(found != held)
        if flipped.size:
            # Of several, the first in the order of the cohorts: the one that a sorted list has.
            among = level[flipped]
            return _changed(analysis, among[np.lexsort(among.T[::-1])[0]]), proven
        proven += 1
    if not number:
        return None, proven  # every count of these cohorts was tried
    ways = [_greedy(analysis, printed, held=held, step=step) for step in (1, -1)]
    best = min((way for way in ways if way is not None), key=_size, default=None)
    return (None if best is None else _changed(analysis, best)), proven


def _size(change: IntArray) -> int:
    return int(np.abs(change).sum())


def _how_many(events: IntArray, totals: IntArray, size: int) -> int:
    """Return how many changes of so many patients there are, without making them.

    The number of ways to change one cohort by 0, 1, 2, … patients is a polynomial; their product
    has those of all cohorts together.
    """
    ways = [1] + [0] * size
    for e, n in zip(events.tolist(), totals.tolist(), strict=True):
        own = [1] + [(t <= e) + (t <= n - e) for t in range(1, size + 1)]
        ways = [sum(ways[i] * own[t - i] for i in range(t + 1)) for t in range(size + 1)]
    return ways[size]


def _one_further(level: IntArray, events: IntArray, totals: IntArray) -> IntArray:
    """Return all changes of one patient more, none of which takes a change back, each once.

    A change grows in its last cohort or in one behind it, so that it comes from one change only.
    """
    k = events.size
    last = np.where(level != 0, np.arange(k), 0).max(axis=1)
    parts = []
    for j in range(k):
        for step in (1, -1):
            after = events[j] + level[:, j] + step
            grows = (last <= j) & (level[:, j] * step >= 0) & (after >= 0) & (after <= totals[j])
            further = level[grows]
            further[:, j] += step
            parts.append(further)
    return np.concatenate(parts)


def _greedy(analysis: Analysis, printed: Claims, *, held: bool, step: int) -> IntArray | None:
    selection, recipe = analysis.selection, analysis.comparison.recipe
    events, totals = selection.events, selection.totals
    change = np.zeros(selection.k, dtype=np.int64)
    while True:
        tried = change + step * np.eye(selection.k, dtype=np.int64)
        possible = ((events + tried >= 0) & (events + tried <= totals)).all(axis=1)
        if not possible.any():
            return None
        tried = tried[possible]
        pools = computed(metaprop.pool_count_sets, events + tried, totals, recipe)
        flipped = np.flatnonzero(holds(printed, pools) != held)
        if flipped.size:
            return np.asarray(tried[flipped[0]])
        change = tried[int((step * pools.estimate).argmax())]


def _changed(analysis: Analysis, change: IntArray) -> Flip:
    selection = analysis.selection
    events = selection.events + change
    moved = [int(j) for j in np.flatnonzero(change)]

    def told() -> str:
        counts = selection.counts
        return str(
            words.join(
                f"{words.counts(counts[j].events + int(change[j]), counts[j].total)} instead of "
                f"{words.counts(counts[j].events, counts[j].total)} in {selection.labels[j]}"
                for j in moved
            )
        )

    return _flip(told, selection.labels, events, selection.totals, analysis, _size(change))


def _flip(
    told: Callable[[], str],
    labels: Sequence[str],
    events: IntArray,
    totals: IntArray,
    analysis: Analysis,
    size: int = 0,
    sources: tuple[Source, ...] = (),
) -> Flip:
    pooled = computed(metaprop.pool, events, totals, analysis.comparison.recipe)
    return Flip(told, tuple(labels), events, totals, proportion(pooled), size, sources)


def _single_cohorts(pools: Pools, analysis: Analysis) -> Iterator[Flip]:
    """Yield the pool without each cohort, and with each other that shares no patients."""
    selection = analysis.selection
    labels, events, totals = selection.labels, selection.events, selection.totals
    for j in range(selection.k) if selection.k > 1 else ():
        rest = np.arange(selection.k) != j
        kept = [label for i, label in enumerate(labels) if i != j]
        told = f"without {labels[j]}".__str__
        yield _flip(told, kept, events[rest], totals[rest], analysis)
    if selection.rules is None:
        return  # a study table has no other cohorts
    data = records_of(pools.evidence)
    anything = selection.rules.but(published_by=None, peer_reviewed=False, min_patients=1)
    eligibility = Eligibility(data, pools.review, anything)
    inside = [str(cohort) for cohort in selection.included["cohort_id"]]
    for cohort_id, cohort in data.cohorts.items():
        if any(pools.may_share(cohort_id, other) for other in inside):
            continue
        count = eligibility.count(cohort_id, analysis.outcome)
        if isinstance(count, str) or count["population"] != "infused":
            continue
        yield _flip(
            partial(_with, pools.evidence, str(cohort["label"]), count),
            [*labels, cohort["label"]],
            np.append(events, count["events"]),
            np.append(totals, count["total"]),
            analysis,
            sources=sources_of(pools.evidence.outcomes, count),
        )


def _with(evidence: Evidence, label: str, count: Mapping[str, Any]) -> str:
    own = traced_row(evidence.outcomes, count)
    return f"with {label} ({words.counts(own['events'], own['total'])})"


def _single_rules(pools: Pools, analysis: Analysis) -> Iterator[Flip]:
    """Yield the pool under each change of the rules that the settings list."""
    selection = analysis.selection
    if selection.rules is None:
        return
    for name, asked in pools.variants():
        other = pools.select(analysis.outcome, selection.set_id, **asked)
        same = other.labels == selection.labels and np.array_equal(other.events, selection.events)
        if other.k and not same:
            sources = (other.made.source,) if other.made else ()
            told = f"“{name}”".__str__
            yield _flip(told, other.labels, other.events, other.totals, analysis, sources=sources)
