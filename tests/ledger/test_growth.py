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
