"""Sets of studies of different sizes, end to end in flat arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]


class Ragged:
    """Which entries of a flat array belong to which set; no set is empty.

    Parameters
    ----------
    sizes : ndarray of int, shape (sets,)
        Number of studies of each set, at least 1.

    Attributes
    ----------
    k : ndarray of float, shape (sets,)
        The sizes, as numbers to compute with.
    owner : ndarray of int, shape (entries,)
        The set of each entry.
    """

    __slots__ = ("_starts", "k", "owner", "sizes")

    def __init__(self, sizes: IntArray) -> None:
        self.sizes = np.asarray(sizes, dtype=np.intp)
        self.k = self.sizes.astype(np.float64)
        self.owner = np.repeat(np.arange(self.sizes.size), self.sizes)
        self._starts = np.concatenate(([0], np.cumsum(self.sizes)[:-1])).astype(np.intp)

    def __len__(self) -> int:
        return self.sizes.size

    def total(self, values: FloatArray) -> FloatArray:
        """Add up the entries (..., entries) of each set: (..., sets)."""
        return self._reduced(np.add, values)

    def largest(self, values: FloatArray) -> FloatArray:
        """Return the largest entry of each set."""
        return self._reduced(np.maximum, values)

    def smallest(self, values: FloatArray) -> FloatArray:
        """Return the smallest entry of each set."""
        return self._reduced(np.minimum, values)

    def any(self, chosen: BoolArray) -> BoolArray:
        """Say which sets have an entry that is chosen."""
        return self._reduced(np.logical_or, chosen)

    def _reduced(self, ufunc: np.ufunc, values: NDArray[Any]) -> Any:
        if not len(self):
            return values[..., :0]
        return ufunc.reduceat(values, self._starts, axis=-1)

    def entries(self, wanted: BoolArray) -> tuple[Ragged, BoolArray]:
        """Return the sets that are wanted, shape (sets,), and which entries are theirs."""
        return Ragged(self.sizes[wanted]), wanted[self.owner]

    def repeated(self, chosen: IntArray) -> tuple[Ragged, IntArray]:
        """Return sets by position, in any order and number, and the positions of their entries."""
        found = Ragged(self.sizes[chosen])
        shift = self._starts[chosen] - found._starts
        return found, np.arange(found.owner.size) + shift[found.owner]
