"""Counts that could not be read, and every way they could complete a pool."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

import metaprop
from metaprop import CountSets
from reviewbook import words
from reviewbook.evidence.evidence import Evidence
from reviewbook.evidence.rows import records_of
from reviewbook.words.computed import computed
from reviewbook.words.frames import traced_row

from .selection import Selection

if TYPE_CHECKING:
    import pandas as pd

    from metaprop import Recipe

    from .pools import Pools

MOST_COMPLETIONS = 3_000_000
"""More are not listed one by one: :data:`DRAWN` of them are drawn at random."""
DRAWN = 200_000
_BLOCK = 200_000
_SEED = 20261128

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Unread:
    """A cohort of the set whose count of an outcome could not be read.

    Attributes
    ----------
    cohort_id, label : str
    size : int
        Patients infused: the count lies between `at_least` and it.
    at_least : int
        Events that another report prints of these patients; 0 where none does.
    told : callable
        Puts the report and its count into words when they are asked for.
    """

    cohort_id: str
    label: str
    size: int
    at_least: int = 0
    told: Callable[[], str] = str

    @property
    def source(self) -> str:
        """That report and its count in words."""
        return self.told()


def unread_cohorts(
    pools: Pools, selection: Selection, among: pd.DataFrame | None = None
) -> tuple[Unread, ...] | None:
    """Return the cohorts of a set without a readable count of its outcome.

    A cohort that may share patients with one in the pool is not unread: its patients are counted.

    Parameters
    ----------
    selection : Selection
        The cohorts pooled for the outcome, in a set of the settings.
    among : DataFrame, optional
        The cohorts that could have been read; all of the set by default.

    Returns
    -------
    tuple of Unread, or None
        In the order of the set; None when the size of one is not known.
    """
    assert selection.outcome is not None
    eligible = pools.eligible(selection.set_id) if among is None else among
    pooled = set(selection.included["cohort_id"])
    groups = set(selection.included["overlap_group"]) - {""}
    without = eligible[
        ~eligible["cohort_id"].isin(pooled) & ~eligible["overlap_group"].isin(groups)
    ]
    if without["n_infused"].isna().any():
        return None
    found = []
    beyond = pools.review.checks.populations_beyond_infused
    for row in without.to_dict("records"):
        size = int(row["n_infused"])
        least, told = _printed_elsewhere(
            pools.evidence, str(row["cohort_id"]), selection.outcome.counted, beyond
        )
        found.append(Unread(str(row["cohort_id"]), str(row["label"]), size, min(least, size), told))
    return tuple(found)


def _printed_elsewhere(
    evidence: Evidence, cohort_id: str, outcome: str, beyond: tuple[str, ...]
) -> tuple[int, Callable[[], str]]:
    """Return most events that any text prints of patients of a cohort, and the text in words.

    Texts on a part of the cohort, and on cohorts inside it; not of populations `beyond` it.
    """
    data = records_of(evidence)
    inside = [cohort_id, *(c for c, row in data.cohorts.items() if row["inside"] == cohort_id)]
    counts = [
        row
        for cohort in inside
        for row in data.counts_of.get((cohort, outcome), [])
        if row["population"] not in beyond
    ]
    if not counts:
        return 0, str
    most = max(counts, key=lambda row: row["events"])
    name = data.reports[most["report_id"]]["report_name"]

    def told() -> str:
        own = traced_row(evidence.outcomes, most)
        return f"{name} prints {words.counts(own['events'], own['total'])}"

    return most["events"], told


@dataclass(frozen=True, slots=True, eq=False)
class Completions:
    """Every combination of possible unread counts, pooled with the counts that were read.

    Attributes
    ----------
    unread : tuple of Unread
    expected : tuple of int
        Count of each unread cohort that the pool of the others leads one to expect.
    counts : ndarray of int, shape (completions, unread)
    pools : CountSets
        The pool of each completion, comparison recipe.
    complete : bool
        Whether these are all completions, and not some of them drawn at random.
    """

    unread: tuple[Unread, ...]
    expected: tuple[int, ...]
    counts: IntArray
    pools: CountSets
    complete: bool

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def patients(self) -> int:
        """Patients of the unread cohorts."""
        return sum(one.size for one in self.unread)

    def mildest(self, chosen: NDArray[np.bool_]) -> int | None:
        """Return the row among the chosen that moves fewest patients off the expected counts.

        Of several, that which moves fewest cohorts, then the first; None when none is chosen.
        """
        rows = np.flatnonzero(chosen)
        if not rows.size:
            return None
        moved = np.abs(self.counts[rows] - np.array(self.expected))
        order = np.lexsort((rows, (moved > 0).sum(axis=1), moved.sum(axis=1)))
        return int(rows[order[0]])


def completions_of(
    selection: Selection, unread: tuple[Unread, ...], recipe: Recipe, estimate: float
) -> Completions:
    """Pool every completion of a selection.

    Parameters
    ----------
    unread : tuple of Unread
        At least one.
    estimate : float
        Pooled proportion of the counts read, for the expected counts.
    """
    ranges = [np.arange(one.at_least, one.size + 1) for one in unread]
    expected = tuple(max(one.at_least, min(one.size, round(one.size * estimate))) for one in unread)
    number = math.prod(len(values) for values in ranges)
    if number <= MOST_COMPLETIONS:
        grid = np.meshgrid(*ranges, indexing="ij")
        counts = np.column_stack([axis.ravel() for axis in grid])
    else:
        counts = _drawn(unread, expected)
    pools = pool_completed(selection, unread, counts, recipe)
    return Completions(unread, expected, counts, pools, number <= MOST_COMPLETIONS)


def pool_completed(
    selection: Selection, unread: tuple[Unread, ...], counts: IntArray, recipe: Recipe
) -> CountSets:
    """Pool the counts read with each row of `counts`, one column an unread cohort."""
    totals = np.concatenate([selection.totals, [one.size for one in unread]])
    parts = []
    for start in range(0, len(counts), _BLOCK):
        part = counts[start : start + _BLOCK]
        read = np.broadcast_to(selection.events, (len(part), selection.k))
        counted = np.column_stack([read, part])
        parts.append(computed(metaprop.pool_count_sets, counted, totals, recipe))
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("estimate", "low", "high")
    }
    return CountSets(recipe=parts[0].recipe, **joined)


def _drawn(unread: tuple[Unread, ...], expected: tuple[int, ...]) -> IntArray:
    rng = np.random.default_rng(_SEED)
    low, high = (np.array([getattr(one, name) for one in unread]) for name in ("at_least", "size"))
    corners = np.array([low, np.array(expected), high])
    return np.vstack([corners, rng.integers(low, high + 1, size=(DRAWN, len(unread)))])
