"""One study less, one study more: leave-one-out and cumulative meta-analysis."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .checks import check_counts
from .pooling import pool
from .recipe import Recipe, as_recipe
from .results import Pooled

_COLUMNS = (
    "k",
    "estimate",
    "low",
    "high",
    "working",
    "working_low",
    "working_high",
    "se",
    "tau2",
    "i2",
    "q",
    "q_pvalue",
)


def _row(pooled: Pooled) -> tuple[float, ...]:
    # pool() always knows the study sizes, so there is always a proportion.
    assert pooled.proportion is not None
    return (
        pooled.k,
        *pooled.proportion,
        *pooled.working,
        pooled.se,
        pooled.tau2,
        pooled.i2,
        pooled.q,
        pooled.q_pvalue,
    )


def _frame(rows: list[tuple[float, ...]], index: pd.Index) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(_COLUMNS), index=index)
    return frame.astype({"k": np.int64})


def leave_one_out(
    events: ArrayLike, totals: ArrayLike, recipe: Recipe | None = None
) -> pd.DataFrame:
    """Pool again without each study in turn.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients; at least two studies.
    recipe : Recipe, optional
        How to pool.

    Returns
    -------
    DataFrame
        One row per study, indexed by the position of the study left out (index name
        ``omitted``): `k` pooled studies; `estimate`, `low`, `high` as proportions; `working`,
        `working_low`, `working_high`, `se`, `tau2` on the working scale; `i2`; `q`; `q_pvalue`.

    Raises
    ------
    ValueError
        For broken input, and when leaving out a study leaves none that the zeros rule keeps.

    Examples
    --------
    >>> import metaprop
    >>> table = metaprop.leave_one_out([8, 12, 5], [10, 20, 9])
    >>> table["estimate"].round(2).tolist()
    [0.59, 0.69, 0.67]
    """
    recipe = as_recipe(recipe)
    x, n = check_counts(events, totals)
    if x.size < 2:
        raise ValueError("leave-one-out needs at least 2 studies, got 1")
    rows = []
    for i in range(x.size):
        others = np.arange(x.size) != i
        try:
            rows.append(_row(pool(x[others], n[others], recipe)))
        except ValueError as error:
            raise ValueError(f"without the study at index {i}: {error}") from error
    return _frame(rows, pd.RangeIndex(x.size, name="omitted"))


def cumulative(
    events: ArrayLike, totals: ArrayLike, recipe: Recipe | None = None, *, order: ArrayLike
) -> pd.DataFrame:
    """Pool the first study, then the first two, and so on.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients.
    recipe : Recipe, optional
        How to pool.
    order : array_like, shape (k,)
        What to sort by, smallest first: the year of publication of each study, say, or its date
        as text. Studies with equal values keep the order in which they are given.

    Returns
    -------
    DataFrame
        One row per step, indexed by the position of the study added (index name ``added``), with
        the columns of :func:`leave_one_out`. A zeros rule that drops studies can leave the first
        steps without any; these steps have no row.

    Raises
    ------
    ValueError
        For broken input, when `order` has not one value per study, and when no study can be
        pooled at all.

    Examples
    --------
    >>> import metaprop
    >>> table = metaprop.cumulative([8, 12, 5], [10, 20, 9], order=[2019, 2015, 2022])
    >>> table.index.tolist(), table["estimate"].round(2).tolist()
    ([1, 0, 2], [0.6, 0.67, 0.65])
    """
    recipe = as_recipe(recipe)
    x, n = check_counts(events, totals)
    keys = np.asarray(order)
    if keys.shape != x.shape:
        raise ValueError(
            f"order must have one value for each of the {x.size} studies, got {keys!r}"
        )
    sequence = _sequence(keys)
    usable = np.ones(x.size, dtype=np.bool_)
    if recipe.zeros == "drop":
        usable = (x > 0) & (x < n)
    rows, added = [], []
    for step in range(1, x.size + 1):
        so_far = sequence[:step]
        if not usable[so_far].any() and step < x.size:
            continue
        rows.append(_row(pool(x[so_far], n[so_far], recipe)))
        added.append(int(sequence[step - 1]))
    return _frame(rows, pd.Index(added, name="added", dtype=np.int64))


def _sequence(keys: NDArray[np.generic]) -> NDArray[np.int64]:
    """Return positions in order of the keys, ties in the order given."""
    missing = pd.isna(keys)
    if missing.any():
        i = int(np.flatnonzero(missing)[0])
        raise ValueError(f"order of the study at index {i} is missing: {keys[i]!r}")
    return np.argsort(keys, kind="stable").astype(np.int64)
