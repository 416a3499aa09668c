"""The search for the smallest change is counted before it is made, so that many cohorts end it."""

from __future__ import annotations

import time

import numpy as np
import pytest

from reviewbook.ledger.distance import MOST_POOLS, _how_many, _one_further


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_changes_are_counted_without_making_them(k: int) -> None:
    rng = np.random.default_rng(k)
    totals = rng.integers(1, 6, k)
    events = np.array([rng.integers(0, n + 1) for n in totals])
    level, size = np.zeros((1, k), dtype=np.int64), 0
    while len(level):
        size += 1
        level = _one_further(level, events, totals)
        assert _how_many(events, totals, size) == len(level)


def test_thirty_cohorts_are_counted_at_once() -> None:
    events, totals = np.full(30, 10), np.full(30, 40)
    start = time.process_time()
    assert _how_many(events, totals, 4) == 541_200 < MOST_POOLS < _how_many(events, totals, 5)
    assert time.process_time() - start < 1


def test_thirty_cohorts_are_changed_in_seconds() -> None:
    """Each change is made once; that they are distinct keeps the search from counting twice."""
    rng = np.random.default_rng(30)
    totals = rng.integers(5, 40, 30)
    events = rng.binomial(totals, 0.8)
    level, start = np.zeros((1, 30), dtype=np.int64), time.process_time()
    for size in range(1, 4):
        level = _one_further(level, events, totals)
        assert (np.abs(level).sum(axis=1) == size).all()
        assert ((events + level >= 0) & (events + level <= totals)).all()
    assert time.process_time() - start < 2
    assert len({row.tobytes() for row in level}) == len(level) == _how_many(events, totals, 3)
