"""One study less, one study more: leave-one-out and cumulative meta-analysis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .glmm_leave_one_out import leave_one_out_fits
from .pooling import pool_counts
from .recipe import Recipe, as_recipe
from .results import Pooled
from .rows import cells, is_missing
from .studies import Studies, read_counts

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
Outcome = Pooled | ValueError

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
    "note",
)


def _row(outcome: Outcome, k: int) -> tuple[Any, ...]:
    """Return the columns of a fit; NaN and the reason where there is none."""
    if isinstance(outcome, ValueError):
        return (k, *[np.nan] * (len(_COLUMNS) - 2), str(outcome))
    assert outcome.proportion is not None  # counts are given
    return (
        outcome.k,
        *outcome.proportion,
        *outcome.working,
        outcome.se,
        outcome.tau2,
        outcome.i2,
        outcome.q,
        outcome.q_pvalue,
        outcome.note,
    )


def _frame(
    rows: list[tuple[Any, ...]], labels: Sequence[Any], name: str, notes: tuple[str, ...]
) -> pd.DataFrame:
    import pandas as pd

    index = pd.Index(labels, name=name, dtype=np.int64 if not len(labels) else None)
    frame = pd.DataFrame(rows, columns=list(_COLUMNS), index=index)
    if notes:
        frame.attrs["note"] = "; ".join(notes)
    return frame.astype({"k": np.int64})


def _told(outcome: Outcome, studies: Studies, members: NDArray[np.int64]) -> Outcome:
    """Return a fit of some studies, or its error with a study named as it was given."""
    return studies.told(outcome, members) if isinstance(outcome, ValueError) else outcome


def attempt(x: FloatArray, n: FloatArray, recipe: Recipe) -> Outcome:
    """Pool validated counts, or return the error that says why they cannot be pooled."""
    try:
        return pool_counts(x, n, recipe)
    except ValueError as error:
        return error


def refits(x: FloatArray, n: FloatArray, recipe: Recipe) -> Iterator[Outcome]:
    """Yield the pool without each study in turn, in order.

    A method with a faster way than k fits from scratch has its place in :data:`REFITS`.
    """
    for i in range(x.size):
        others = np.arange(x.size) != i
        yield attempt(x[others], n[others], recipe)


# Method of a recipe → function of (x, n, recipe) that yields what `refits` yields.
REFITS: dict[str, Any] = {"GLMM": leave_one_out_fits}


def _usable(studies: Studies, recipe: Recipe) -> NDArray[np.bool_]:
    """Say which studies the zeros rule keeps."""
    x, n = studies.first, studies.second
    drops = recipe.zeros == "drop" and recipe.method != "GLMM"
    return (x > 0) & (x < n) if drops else np.ones(x.size, dtype=np.bool_)


def leave_one_out(
    events: ArrayLike,
    totals: ArrayLike,
    recipe: Recipe | None = None,
    *,
    labels: ArrayLike | None = None,
    missing: str = "raise",
    fractional: bool = False,
) -> pd.DataFrame:
    """Pool again without each study in turn.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients; at least two studies.
    recipe : Recipe, optional
        How to pool.
    labels, missing, fractional
        Names of the studies, what happens to incomplete rows, and counts that are not whole; see
        :func:`~metaprop.pool`.

    Returns
    -------
    DataFrame
        One row per study, indexed by its label, or its position, (index name ``omitted``): `k`
        pooled studies; `estimate`, `low`, `high` as proportions; `working`, `working_low`,
        `working_high`, `se`, `tau2` on the working scale; `i2`; `q`; `q_pvalue`; `note`. A row
        that cannot be computed holds NaN, and its `note` says why.

    Raises
    ------
    ValueError
        For broken input, and for fewer than two studies.

    Examples
    --------
    >>> import metaprop
    >>> table = metaprop.leave_one_out([8, 12, 5], [10, 20, 9], labels=["Ade", "Bo", "Cy"])
    >>> table["estimate"].round(2).to_dict()
    {'Ade': 0.59, 'Bo': 0.69, 'Cy': 0.67}
    """
    recipe = as_recipe(recipe)
    studies = read_counts(
        events,
        totals,
        labels=labels,
        missing=missing,
        fractional=fractional,
        recipe=recipe,
    )
    if studies.k < 2:
        raise ValueError(f"leave-one-out needs at least 2 studies, got {studies.k}")
    usable = _usable(studies, recipe)
    refit = REFITS.get(recipe.method, refits)
    outcomes: Iterable[Outcome] = refit(studies.first, studies.second, recipe)
    left = usable.sum() - usable
    rows = []
    for i, (outcome, k) in enumerate(zip(outcomes, left.tolist(), strict=True)):
        rows.append(_row(_told(outcome, studies, np.delete(np.arange(studies.k), i)), k))
    return _frame(rows, studies.names, "omitted", studies.notes)


def cumulative(
    events: ArrayLike,
    totals: ArrayLike,
    recipe: Recipe | None = None,
    *,
    order: ArrayLike,
    labels: ArrayLike | None = None,
    missing: str = "raise",
    fractional: bool = False,
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
        as text. Studies with equal values keep the order in which they are given. Numbers given as
        text are sorted as text; ``attrs["note"]`` says so where that is another order.
    labels, missing, fractional
        As in :func:`leave_one_out`.

    Returns
    -------
    DataFrame
        One row per step, indexed by the label, or the position, of the study added (index name
        ``added``), with the columns of :func:`leave_one_out`; a step that cannot be computed holds
        NaN, and its `note` says why. A zeros rule that drops studies can leave the first steps
        without any; these steps have no row.

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
    studies = read_counts(
        events,
        totals,
        labels=labels,
        missing=missing,
        fractional=fractional,
        recipe=recipe,
        order=order,
    )
    x, n = studies.first, studies.second
    sequence, as_text = _sequence(cells(studies.others["order"], "order"), x.size)
    usable, names = _usable(studies, recipe), studies.names
    if not usable.any():
        pool_counts(x, n, recipe)  # raises what the zeros rule says of it
    rows, added = [], []
    for step in range(1, x.size + 1):
        so_far = sequence[:step]
        k = int(usable[so_far].sum())
        if k > 0:
            outcome = attempt(x[so_far], n[so_far], recipe)
            rows.append(_row(_told(outcome, studies, so_far), k))
            added.append(names[sequence[step - 1]])
    notes = (*studies.notes, as_text) if as_text else studies.notes
    return _frame(rows, added, "added", notes)


def _sequence(keys: NDArray[np.object_], k: int) -> tuple[NDArray[np.int64], str]:
    """Return positions in order of the keys, ties in the order given, and what to know of it."""
    if keys.size != k:
        raise ValueError(f"order must have one value for each of the {k} studies, got {keys!r}")
    for i, key in enumerate(keys.tolist()):
        if is_missing(key):
            raise ValueError(f"order of the study at index {i} is missing: {key!r}")
    sortable = np.array(keys.tolist())
    if sortable.ndim != 1:
        raise ValueError(f"order must be one-dimensional, got shape {sortable.shape}")
    sequence = np.argsort(sortable, kind="stable").astype(np.int64)
    return sequence, _sorted_as_text(sortable[sequence])


def _sorted_as_text(keys: NDArray[Any]) -> str:
    """Say where texts that are numbers stand in another order than their numbers."""
    if keys.dtype.kind != "U":
        return ""
    try:
        numbers = keys.astype(np.float64)
    except ValueError:
        return ""
    falls = np.flatnonzero(np.diff(numbers) < 0)
    if not falls.size:
        return ""
    first, then = keys[falls[0]], keys[falls[0] + 1]
    return (
        f"order is text and was sorted as text, {str(first)!r} before {str(then)!r}: pass numbers "
        "to sort by size"
    )
