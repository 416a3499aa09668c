"""Where the true rate of a new cohort is expected: the prediction interval of the book."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

import metaprop
from metaprop import Interval
from reviewbook.words.computed import computed

FEWEST_COHORTS = 3
"""Cohorts below which no prediction is made. One cohort cannot differ from itself, and two differ
in one number: the width would be that of the prior. Three is also where the classic interval, with
k - 2 degrees of freedom, begins to exist."""


def new_cohort(
    events: NDArray[np.int64], totals: NDArray[np.int64], *, level: float = 0.95
) -> Interval | None:
    """Return where the true rate of a new cohort of the same kind is expected.

    Parameters
    ----------
    events, totals : ndarray of int, shape (k,)
        Events and patients of the cohorts.
    level : float
        Probability.

    Returns
    -------
    Interval or None
        :func:`metaprop.prediction_interval` of the counts, fractions; None with fewer than
        :data:`FEWEST_COHORTS`. It takes tenths of a second, so each is computed once, and only
        where it is shown.
    """
    if len(events) < FEWEST_COHORTS:
        return None
    return _interval(tuple(events.tolist()), tuple(totals.tolist()), level)


@lru_cache(maxsize=128)
def _interval(events: tuple[int, ...], totals: tuple[int, ...], level: float) -> Interval:
    return computed(metaprop.prediction_interval, events, totals, level=level)
