"""Follow-up cut where a patient switches state, for time-dependent Cox regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metaprop.checks import as_float
from metaprop.results import Result

from .observations import FloatArray, check_observations


@dataclass(frozen=True, slots=True, eq=False)
class SplitFollowUp(Result):
    """Follow-up in intervals (entry, time], cut where a patient switches state.

    Attributes
    ----------
    entry, time, event : ndarray, shape (rows,)
    exposed : ndarray, shape (rows,)
        0 before the switch, 1 after it.
    patient : ndarray of int, shape (rows,)
        Index of the patient that each row belongs to.
    """

    entry: FloatArray
    time: FloatArray
    event: FloatArray
    exposed: FloatArray
    patient: NDArray[np.int64]


def split_at_switch(
    time: ArrayLike, event: ArrayLike, switch: Sequence[float | None] | ArrayLike
) -> SplitFollowUp:
    """Cut each patient's follow-up at the time of a switch, such as a transplant.

    Time before the switch counts as unexposed, time after it as exposed: the remedy for
    immortal-time bias.

    Parameters
    ----------
    time, event : array_like, shape (n,)
    switch : sequence of float or None, shape (n,)
        Time of the switch; None, or any time not before the end of follow-up, means never.

    Returns
    -------
    SplitFollowUp

    Raises
    ------
    ValueError
        For bad rows; a negative or undefined switch time. A switch at time 0 is exposure from the
        start.

    References
    ----------
    Suissa S. Am J Epidemiol 2008;167:492. Andersen PK, Gill RD. Ann Stat 1982;10:1100.

    Examples
    --------
    >>> from metaprop import survival
    >>> rows = survival.split_at_switch([10, 6], [1, 0], [4, None])
    >>> rows.entry, rows.time, rows.exposed
    (array([0., 4., 0.]), array([ 4., 10.,  6.]), array([0., 1., 0.]))
    """
    data = check_observations(time, event)
    given = np.asarray(switch, dtype=object).ravel()
    when = as_float([np.inf if s is None else s for s in given], "switch", row="at index")
    if when.shape != data.time.shape:
        raise ValueError(f"time has {data.time.size} rows but switch has {when.size}")
    broken = np.isnan(when) | (when < 0)
    if broken.any():
        i = int(np.flatnonzero(broken)[0])
        raise ValueError(f"switch at index {i} is {when[i]}: a time of at least 0, or None")
    rows: list[tuple[float, float, float, float, int]] = []
    for i, (t, d, s) in enumerate(zip(data.time, data.event, when, strict=True)):
        if s >= t:
            rows.append((0.0, t, d, 0.0, i))
        else:
            if s > 0:
                rows.append((0.0, s, 0.0, 0.0, i))
            rows.append((s, t, d, 1.0, i))
    table = np.array(rows, dtype=np.float64)
    start, stop, happened, exposed, patient = table.T
    return SplitFollowUp(start, stop, happened, exposed, patient.astype(np.int64))
