"""Ranks that rounding error cannot decide."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def tied_ranks(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rank from 0, giving values that differ by rounding error only the same rank.

    Values that agree to eleven significant digits are ties.
    """
    order = np.argsort(values, kind="stable")
    rising = values[order]
    larger = np.maximum(np.abs(rising[1:]), np.abs(rising[:-1]))
    steps = np.diff(rising) > 1e-11 * larger + 1e-15 * float(np.abs(values).max())
    ranks = np.empty(values.size, dtype=np.int64)
    ranks[order] = np.concatenate(([0], np.cumsum(steps)))
    return ranks


def tied_pairs(ranks: NDArray[np.int64]) -> int:
    """Count the pairs that share a rank."""
    sizes = np.bincount(ranks)
    return int((sizes * (sizes - 1) // 2).sum())
