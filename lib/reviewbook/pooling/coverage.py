"""How far the counts that could not be read leave a pooled proportion open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import metaprop
from reviewbook import words
from reviewbook.words import Phrase

from .analysis import proportion
from .selection import Selection

if TYPE_CHECKING:
    import pandas as pd

    from metaprop import Recipe


@dataclass(frozen=True, slots=True)
class Coverage:
    """Cohorts of a set whose count of an outcome could not be read.

    Attributes
    ----------
    cohorts : int
        Cohorts of the set, from which some outcome can be read.
    unread : tuple of str
        Those among them without a count of this outcome, unless another cohort that may share
        their patients stands in the pool.
    patients : int or None
        Patients infused in the unread cohorts; None when the size of one is not known.
    none, all : float or None
        Pooled proportion by the comparison recipe had none, or every one, of these patients had
        an event. They show how far the estimate is open; for a random-effects mean they are not
        strict bounds. None without unread cohorts, or when the size of one is not known.
    """

    cohorts: int
    unread: tuple[str, ...]
    patients: int | None
    none: float | None
    all: float | None

    def describe(self) -> Phrase:
        """Return the gap and what it leaves open in words; "" when every count is read."""
        if not self.unread:
            return Phrase("")
        prints = "prints" if len(self.unread) == 1 else "print"
        what = f"{len(self.unread)} of the {words.count(self.cohorts, 'cohort')} of the set"
        start = f"{what} {prints} no count that could be read"
        if self.patients is None or self.none is None or self.all is None:
            return Phrase(f"{start}, and the size of one is not known.")
        low, high = map(words.percent, (self.none, self.all))
        return Phrase(
            f"{start} ({words.count(self.patients, 'patient')}): with an event in none of these "
            f"patients ours would be {low}, with one in each {high}."
        )


def coverage_of(selection: Selection, eligible: pd.DataFrame, recipe: Recipe) -> Coverage:
    """Return what is missing in the pool of an outcome.

    Parameters
    ----------
    selection : Selection
        The cohorts pooled for the outcome; at least one.
    eligible : DataFrame
        The cohorts of the set: ``cohort_id label n_infused overlap_group``.
    recipe : Recipe
        How to pool.
    """
    pooled = set(selection.included["cohort_id"])
    groups = set(selection.included["overlap_group"]) - {""}
    unread = eligible[~eligible["cohort_id"].isin(pooled) & ~eligible["overlap_group"].isin(groups)]
    labels = tuple(str(label) for label in unread["label"])
    if unread.empty or unread["n_infused"].isna().any():
        return Coverage(len(eligible), labels, None if labels else 0, None, None)
    sizes = unread["n_infused"].to_numpy(dtype=np.int64)
    totals = np.concatenate([selection.totals, sizes])
    none, every = (
        metaprop.pool(np.concatenate([selection.events, events]), totals, recipe)
        for events in (np.zeros_like(sizes), sizes)
    )
    return Coverage(
        cohorts=len(eligible),
        unread=labels,
        patients=int(sizes.sum()),
        none=proportion(none).estimate,
        all=proportion(every).estimate,
    )
