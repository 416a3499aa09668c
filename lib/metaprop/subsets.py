"""Every subset of the studies, pooled: the GOSH diagnostic, precomputed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_whole
from .effect_sizes import sizes_of
from .recipe import Recipe, as_recipe
from .results import Result
from .studies import read_counts
from .subset_pools import closed_form, collect, one_by_one, spread

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_VECTORISED = ("FE", "DL")
_MOST_VECTORISED = 22
_MOST_LOOPED = 13
_MOST_ROWS = 62  # bits of a signed integer


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Subsets(Result):
    """Pooled results of every subset of the studies.

    All arrays have one entry per subset and the same order: ascending `bits`.

    Attributes
    ----------
    bits : ndarray of int64
        Bit i is set when the study at index i belongs to the subset. Without dropped studies these
        are 1, 2, …, 2^k − 1.
    size : ndarray of int64
        Number of studies pooled.
    estimate, low, high : ndarray
        Pooled proportion and confidence limits, in [0, 1].
    i2, tau2 : ndarray
        Headline I² of the recipe, a fraction, and the between-study variance.
    working, q : ndarray
        Pooled effect on the working scale, and Cochran's Q.
    recipe : Recipe
        How every subset was pooled.
    kept : ndarray of bool, shape (studies given,)
        Studies the zeros rule keeps. A dropped study is in no subset: with or without it the
        result is the same.
    labels : tuple of str or None
        Names of the studies given, where they have any.
    note : str
        Which rows were rearranged or left out; empty when none.
    """

    bits: IntArray
    size: IntArray
    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    i2: FloatArray
    tau2: FloatArray
    working: FloatArray
    q: FloatArray
    recipe: Recipe
    kept: NDArray[np.bool_]
    labels: tuple[str, ...] | None = None
    note: str = ""

    def __len__(self) -> int:
        return self.bits.size

    def members(self, row: int) -> list[str] | list[int]:
        """Return who belongs to the subset in a row: labels, or positions without labels."""
        inside = [i for i in range(self.kept.size) if int(self.bits[row]) >> i & 1]
        return inside if self.labels is None else [self.labels[i] for i in inside]

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for each subset, indexed by its bits; needs pandas."""
        import pandas as pd

        names = ("size", "estimate", "low", "high", "i2", "tau2", "working", "q")
        columns = {name: getattr(self, name) for name in names}
        return pd.DataFrame(columns, index=pd.Index(self.bits, name="bits"))

    def find(self, members: ArrayLike) -> int:
        """Return the row of a selection of studies.

        Parameters
        ----------
        members : array_like of bool, shape (studies given,)
            The studies selected; dropped ones are ignored.

        Raises
        ------
        ValueError
            When the selection has the wrong length or its subset is not here: no kept study, or
            fewer than the smallest size asked for.
        """
        chosen = np.asarray(members, dtype=np.bool_)
        if chosen.shape != self.kept.shape:
            raise ValueError(
                f"members must have one entry for each of the {self.kept.size} studies, "
                f"got shape {chosen.shape}"
            )
        chosen = chosen & self.kept
        bits = int((np.int64(1) << np.flatnonzero(chosen)).sum())
        row = int(np.searchsorted(self.bits, bits))
        if row == self.bits.size or self.bits[row] != bits:
            raise ValueError(f"no subset consists of the {int(chosen.sum())} kept studies selected")
        return row


def all_subsets(
    events: ArrayLike,
    totals: ArrayLike,
    recipe: Recipe | None = None,
    *,
    min_size: int = 1,
    labels: ArrayLike | None = None,
    missing: str = "raise",
    fractional: bool = False,
) -> Subsets:
    """Pool every subset of the studies.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients.
    recipe : Recipe, optional
        How to pool. FE and DL are computed for all subsets at once, for up to 22 studies. The
        other inverse-variance estimators are fitted one subset after the other, for up to 13.
    min_size : int
        Leave out subsets with fewer studies.
    labels, missing, fractional
        Names of the studies, what happens to incomplete rows, and counts that are not whole; see
        :func:`~metaprop.pool`.

    Returns
    -------
    Subsets
        Each row is what :func:`~metaprop.pool` gives for these studies, the back-transformation
        with the mean of their own sizes included.

    Raises
    ------
    ValueError
        For broken input, for too many studies (:func:`~metaprop.random_subsets` takes any number),
        for method "GLMM", and when `min_size` is not between 1 and the number of kept studies.

    References
    ----------
    Olkin I, Dahabreh IJ, Trikalinos TA. Res Synth Methods 2012;3:214 (GOSH).

    Examples
    --------
    >>> import metaprop
    >>> found = metaprop.all_subsets([8, 12, 5], [10, 20, 9], metaprop.Recipe(method="FE"))
    >>> found.size, found.estimate.round(2)
    (array([1, 1, 2, 1, 2, 2, 3]), array([0.8 , 0.6 , 0.67, 0.56, 0.69, 0.59, 0.65]))
    """
    recipe = as_recipe(recipe)
    if recipe.method == "GLMM":
        raise ValueError(
            "all_subsets supports the inverse-variance methods (FE and DL vectorised), not 'GLMM'"
        )
    studies = read_counts(
        events, totals, labels=labels, missing=missing, fractional=fractional, recipe=recipe
    )
    n = studies.second
    sizes = sizes_of(studies.first, n, recipe.scale, recipe.zeros)
    k = sizes.yi.size
    vectorised = recipe.method in _VECTORISED
    most = _MOST_VECTORISED if vectorised else _MOST_LOOPED
    if k > most:
        raise ValueError(
            f"all_subsets takes up to {most} studies with method {recipe.method!r} "
            f"({_MOST_VECTORISED} with FE or DL), got {k}: 2^{k} subsets; random_subsets "
            "draws some of them"
        )
    min_size = check_whole("min_size", min_size, at_least=1, at_most=k)
    kept = studies.widen(sizes.kept)
    positions = np.flatnonzero(kept)
    if positions[-1] >= _MOST_ROWS:
        raise ValueError(
            f"the study at index {positions[-1]} has no bit: all_subsets numbers up to "
            f"{_MOST_ROWS} rows; leave out those that are dropped"
        )
    compute = closed_form if vectorised else one_by_one
    blocks = compute(sizes.yi, sizes.vi, n[sizes.kept], recipe)
    columns = collect(blocks, min_size)
    return Subsets(
        bits=spread(columns[0].astype(np.int64, copy=False), positions),
        size=columns[1].astype(np.int64),
        estimate=columns[2],
        low=columns[3],
        high=columns[4],
        i2=columns[5],
        tau2=columns[6],
        working=columns[7],
        q=columns[8],
        recipe=recipe,
        kept=kept,
        labels=studies.label_texts,
        note="; ".join(studies.notes),
    )
