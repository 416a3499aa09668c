"""What callers hand in about studies: numbers, labels, and rows that are not complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .checks import (
    Unusable,
    check_choice,
    check_counts,
    check_effects,
    check_labels,
    check_totals,
    finite_numbers,
)
from .recipe import Recipe
from .results import Pooled
from .rows import MISSING, cells, complete, paired

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
AnyPooled = TypeVar("AnyPooled", bound=Pooled)
# What stands in for the numbers of an incomplete row until the other rows are validated.
_HARMLESS = {"events": 0, "totals": 1, "yi": 0.0, "vi": 1.0, "design": 0.0, "moderator": 0.0}
# Columns of numbers, one or several for each study, that are validated where they are used.
_MATRICES = ("design", "moderator")


@dataclass(frozen=True, slots=True, eq=False)
class Studies:
    """Complete studies.

    Attributes
    ----------
    first, second : ndarray, shape (k,)
        Events and totals, or effects and variances.
    present : ndarray of bool, shape (rows given,)
        Which of the rows given are complete.
    labels : tuple or None
        Labels of the rows given; None when they have no names but their positions.
    others : dict
        Further columns of the complete rows, None included.
    notes : tuple of str
        What was rearranged and left out.
    """

    first: FloatArray
    second: FloatArray
    present: BoolArray
    labels: tuple[Any, ...] | None
    others: dict[str, Any]
    notes: tuple[str, ...]

    @property
    def k(self) -> int:
        """Number of complete studies."""
        return self.first.size

    @property
    def names(self) -> list[Any]:
        """Label, or position among the rows given, of each complete study."""
        labels = range(self.present.size) if self.labels is None else self.labels
        return [label for label, there in zip(labels, self.present, strict=True) if there]

    @property
    def name_texts(self) -> tuple[str, ...] | None:
        """Labels of the complete studies, as text; None when they have none."""
        return None if self.labels is None else tuple(str(name) for name in self.names)

    @property
    def note(self) -> str:
        """What was rearranged and left out, in one line."""
        return "; ".join(self.notes)

    @property
    def label_texts(self) -> tuple[str, ...] | None:
        """Labels of the rows given, as text."""
        return None if self.labels is None else tuple(str(label) for label in self.labels)

    def told(self, error: ValueError, members: NDArray[np.int64]) -> ValueError:
        """Return an error about some of the studies that names a study as it was given."""
        if not isinstance(error, Unusable):
            return error
        i = int(np.flatnonzero(self.present)[members[error.index]])
        which = f"at index {i}" if self.labels is None else str(self.labels[i])
        return ValueError(error.text.format(study=f"the study {which}"))

    @contextmanager
    def named(self) -> Iterator[None]:
        """Raise errors about the complete studies with the study named as it was given."""
        try:
            yield
        except Unusable as error:
            raise self.told(error, np.arange(self.k)) from None

    def widen(self, values: NDArray[Any]) -> NDArray[Any]:
        """Spread values of the complete studies over the rows given, 0 or False elsewhere."""
        if self.present.all():
            return values
        wide = np.zeros(self.present.size, dtype=values.dtype)
        wide[self.present] = values
        return wide


def read_counts(
    events: Any,
    totals: Any,
    *,
    labels: Any = None,
    missing: str = "raise",
    fractional: bool = False,
    recipe: Recipe | None = None,
    **others: Any,
) -> Studies:
    """Read events and totals of studies.

    Parameters
    ----------
    events, totals : array_like, shape (rows,)
        See :func:`~metaprop.checks.check_counts`.
    labels : array_like, optional
        Names of the studies. When omitted, the index of a pandas Series.
    missing : {"raise", "drop"}
        Whether a row in which a column is missing is an error or left out.
    fractional : bool
        Take numbers that are not whole.
    recipe : Recipe, optional
        How the counts will be pooled; refused when that cannot be done with any counts.
    **others : array_like or None
        Further columns with one value for each study; `moderator` may have several.
    """
    if recipe is not None and recipe.scale == "identity":
        raise ValueError(
            "scale 'identity' is for effects that are no proportions: use pool_effects for them, "
            "and another scale for counts"
        )
    if fractional and recipe is not None and recipe.method == "GLMM":
        raise ValueError(
            "method 'GLMM' has a likelihood for whole counts only: fractional counts go with the "
            "inverse-variance methods"
        )
    columns = {"events": events, "totals": totals, **others}
    rows = _rows(columns, labels, missing)
    x, n = check_counts(rows.first, rows.second, fractional=fractional)
    return _kept(rows, x, n)


def read_effects(
    yi: Any,
    vi: Any,
    *,
    totals: Any = None,
    labels: Any = None,
    missing: str = "raise",
    **others: Any,
) -> Studies:
    """Read effects and variances, and study sizes if given; as :func:`read_counts`.

    `others` are further columns, such as `cluster`; `design` may have several for each study.
    """
    rows = _rows({"yi": yi, "vi": vi, "totals": totals, **others}, labels, missing)
    y, v = check_effects(rows.first, rows.second)
    if rows.others["totals"] is not None:
        rows.others["totals"] = check_totals(rows.others["totals"], y.size)
    return _kept(rows, y, v)


def _rows(columns: Mapping[str, Any], labels: Any, missing: str) -> Studies:
    """Pair columns and find incomplete rows, where harmless numbers stand in for what is there.

    The rows stay in place until they are validated, so that messages count rows as given.
    """
    check_choice("missing", missing, MISSING)
    pairs = paired(**columns, labels=labels)
    named = dict(pairs.columns)
    labels = named.pop("labels")
    notes = [pairs.note] if pairs.note else []
    first, second, *_ = named
    present = None
    if missing == "drop":
        given = {
            name: cells(values, name, matrix=name in _MATRICES)
            for name, values in named.items()
            if values is not None
        }
        _same_length(given)
        present = complete(given)
        if not present.any():
            raise ValueError(f"no study is complete: every row lacks a value of {', '.join(given)}")
        for name, column in given.items():
            column[~present] = _HARMLESS.get(name)
        named.update(given)
    k = np.size(cells(named[first], first)) if present is None and labels is not None else 0
    size = present.size if present is not None else k
    if labels is not None:
        labels = tuple(check_labels(labels, "labels", size))
    elif pairs.labels is not None:
        labels = pairs.labels
    if present is None:
        present = np.empty(0, dtype=np.bool_)
    elif not present.all():
        notes.append(_left_out(np.flatnonzero(~present), labels))
    others = {name: values for name, values in named.items() if name not in (first, second)}
    return Studies(named[first], named[second], present, labels, others, tuple(notes))


def _kept(rows: Studies, first: FloatArray, second: FloatArray) -> Studies:
    """Return validated numbers without the incomplete rows."""
    present = rows.present
    if present.size == 0 or present.all():
        present = np.ones(first.size, dtype=np.bool_)
        return Studies(first, second, present, rows.labels, rows.others, rows.notes)
    others = {}
    for name, values in rows.others.items():
        if values is not None and name in _MATRICES:
            values = finite_numbers(values, name)
        others[name] = None if values is None else np.asarray(values)[present]
    return Studies(first[present], second[present], present, rows.labels, others, rows.notes)


def _same_length(columns: Mapping[str, NDArray[np.object_]]) -> None:
    (first, column), *rest = columns.items()
    for name, other in rest:
        if len(other) != len(column):
            raise ValueError(f"{first} has {len(column)} studies but {name} has {len(other)}")


def _left_out(rows: NDArray[np.int64], labels: tuple[Any, ...] | None) -> str:
    which = [str(i) if labels is None else str(labels[i]) for i in rows.tolist()]
    if len(which) == 1:
        place = f"index {which[0]}" if labels is None else which[0]
        return f"1 study with a missing value left out: {place}"
    place = f"indexes {', '.join(which)}" if labels is None else ", ".join(which)
    return f"{len(which)} studies with missing values left out: {place}"


def of_rows(pooled: AnyPooled, studies: Studies) -> AnyPooled:
    """Return a result that speaks of the rows given: labels, notes, incomplete rows."""
    if studies.labels is None and not studies.notes:
        return pooled
    return replace(
        pooled,
        kept=studies.widen(pooled.kept),
        weights=studies.widen(pooled.weights),
        labels=studies.label_texts,
        note="; ".join(filter(None, (*studies.notes, pooled.note))),
    )
