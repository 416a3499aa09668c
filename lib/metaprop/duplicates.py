"""Rows that may be one study counted twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from .labels import skeleton
from .results import Result
from .studies import read_counts


@dataclass(frozen=True, slots=True)
class Duplicates(Result):
    """Rows with the same counts, or with labels that look the same.

    Attributes
    ----------
    positions : tuple of int
        The rows, counted from 0.
    labels : tuple of str or None
        Their labels, where they have any.
    counts : tuple of (float, float)
        Events and total of each row.
    why : {"equal counts", "labels that look the same"}
    """

    positions: tuple[int, ...]
    labels: tuple[str, ...] | None
    counts: tuple[tuple[float, float], ...]
    why: str


def possible_duplicates(
    events: ArrayLike,
    totals: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    missing: str = "raise",
    min_total: int = 1,
) -> list[Duplicates]:
    """List rows that may be the same patients.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study.
    labels : array_like, optional
        Names of the studies.
    missing : {"raise", "drop"}
        What happens to incomplete rows; see :func:`~metaprop.pool`.
    min_total : int
        Smallest total for which equal counts are reported. Two studies of five patients agree by
        chance often, two of five hundred seldom.

    Returns
    -------
    list of Duplicates
        Groups of rows with equal events and totals, then groups of rows whose labels look the
        same, each in the order of its first row. Equal counts prove nothing: they are where to
        look.

    Examples
    --------
    >>> import metaprop
    >>> [found.positions for found in metaprop.possible_duplicates([18, 7, 18], [20, 12, 20])]
    [(0, 2)]
    """
    studies = read_counts(events, totals, labels=labels, missing=missing)
    rows = studies.present.nonzero()[0].tolist()
    counts = list(zip(studies.first.tolist(), studies.second.tolist(), strict=True))
    names = [str(name) for name in studies.names]
    by_counts: dict[Any, list[int]] = {}
    by_label: dict[Any, list[int]] = {}
    for i, (pair, label) in enumerate(zip(counts, studies.names, strict=True)):
        if pair[1] >= min_total:
            by_counts.setdefault(pair, []).append(i)
        if studies.labels is not None:
            by_label.setdefault(skeleton(label), []).append(i)
    return [
        Duplicates(
            positions=tuple(rows[i] for i in members),
            labels=None if studies.labels is None else tuple(names[i] for i in members),
            counts=tuple(counts[i] for i in members),
            why=why,
        )
        for why, groups in (
            ("equal counts", by_counts),
            ("labels that look the same", by_label),
        )
        for members in groups.values()
        if len(members) > 1
    ]
