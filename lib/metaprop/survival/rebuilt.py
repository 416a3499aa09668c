"""Patients rebuilt from a published survival curve (Guyot 2012)."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, floor

import numpy as np
from numpy.typing import ArrayLike

from metaprop.checks import check_vector, check_whole
from metaprop.results import Result

from .observations import FloatArray
from .printed_interval import not_printed

# A curve read off a picture may rise by this much; it is then levelled.
_WOBBLE = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class RebuiltPatients(Result):
    """Follow-up of patients that gives back a published curve.

    Attributes
    ----------
    time, event : ndarray, shape (n,)
        End of follow-up, in order, and whether it was the event (1) or not (0): ready for
        :func:`metaprop.survival.cox` and the rest.
    n, events, censored : int
    survival_gap : float
        Largest distance between the curve given and that of the rebuilt patients, at the points
        given: they are whole, the curve of few patients cannot go everywhere.
    at_risk_gap : int
        Largest distance between the numbers at risk given and rebuilt; 0 without such numbers.
    notes : tuple of str
        Everything the reader of the numbers should know.
    """

    time: FloatArray
    event: FloatArray
    n: int
    events: int
    censored: int
    survival_gap: float
    at_risk_gap: int
    notes: tuple[str, ...]


def rebuild_patients(
    time: ArrayLike,
    survival: ArrayLike,
    *,
    n: int | None = None,
    at_risk: ArrayLike | None = None,
    risk_time: ArrayLike | None = None,
    events: int | None = None,
) -> RebuiltPatients:
    """Rebuild the follow-up of patients from points on a Kaplan–Meier curve.

    Where the curve falls from the value Ŝ that the patients rebuilt so far give to S, with n of
    them left, round(n (1 − S / Ŝ)) patients have the event at that point. Between two times with
    printed numbers at risk, patients are censored evenly spaced in time, as many as make the
    number left equal to the printed one.

    Parameters
    ----------
    time : array_like, shape (m,)
        Times of points read off the curve, in order, not negative. Best are the steps themselves;
        on a coarse grid events seem to come late, and to be tied.
    survival : array_like, shape (m,)
        Survival just after these times, fractions that do not rise by more than 0.02 (what rises
        less is levelled). Before the first point survival is 1.
    n : int, optional
        Patients; needed unless the number at risk at time 0 is given.
    at_risk : array_like of int, shape (r,), optional
        Printed numbers at risk, None or NaN where none is printed. They count those left after
        all that happened up to then.
    risk_time : array_like, shape (r,), optional
        Their times; those of the points by default.
    events : int, optional
        All events, where printed: censoring after the last number at risk (or altogether) is then
        chosen so that they come out. Without it patients are censored there at the rate per
        person-time before; with neither it nor numbers at risk nobody is, before the last point.

    Returns
    -------
    RebuiltPatients

    Raises
    ------
    ValueError
        For points out of order, survival that is no fraction or rises, numbers at risk that
        rise or do not belong to the points, and unknown numbers of patients.

    References
    ----------
    Guyot P, Ades AE, Ouwens MJNM, Welton NJ. BMC Med Res Methodol 2012;12:9.

    Examples
    --------
    >>> from metaprop import survival
    >>> found = survival.rebuild_patients([3, 6, 9], [0.9, 0.6, 0.5], n=10)
    >>> found.time[:6], found.events, found.censored
    (array([3., 6., 6., 6., 9., 9.]), 5, 5)
    """
    notes: list[str] = []
    t, s = _check_curve(time, survival, notes)
    start, times, numbers = _check_at_risk(n, at_risk, time if risk_time is None else risk_time)
    if times.size and times[-1] > t[-1]:
        t, s = np.r_[t, times[-1]], np.r_[s, s[-1]]  # the curve goes on flat
    total = None if not_printed(events) else check_whole("events", events, at_most=start)
    state = _State(left=start)
    since, person_time, at_risk_gap = 0.0, 0.0, 0
    for until, number in zip(times, numbers, strict=True):
        here = (t > since) & (t <= until)
        before = state.left
        state = _censored_to(state, t[here], s[here], since, until, number)
        at_risk_gap = max(at_risk_gap, abs(state.left - number))
        person_time += (before + state.left) / 2.0 * (until - since)
        since = until
    here = t > since
    if here.any():
        rate = len(state.censored) / person_time if person_time > 0.0 else 0.0
        expected = round(state.left * (1.0 - exp(-rate * (t[-1] - since))))
        state = _last_stretch(state, t[here], s[here], since, expected, total)
        if total is None:
            notes.append(
                f"{expected} patients are taken to be censored after {since:g}, where nothing says "
                "how many were"
            )
    if total is not None and len(state.events) != total:
        notes.append(f"{len(state.events)} events fit the curve, not the {total} printed")
    if at_risk_gap:
        notes.append(
            f"curve and numbers at risk do not go together: they differ by up to {at_risk_gap}"
        )
    state.censored.extend([float(t[-1])] * state.left)
    when = np.array([*state.events, *state.censored])
    happened = np.r_[np.ones(len(state.events)), np.zeros(len(state.censored))]
    order = np.lexsort((-happened, when))
    return RebuiltPatients(
        time=when[order],
        event=happened[order],
        n=start,
        events=len(state.events),
        censored=len(state.censored),
        survival_gap=state.gap,
        at_risk_gap=at_risk_gap,
        notes=tuple(notes),
    )


@dataclass(slots=True)
class _State:
    """Patients rebuilt so far: times of events and of censoring, those left, their curve."""

    left: int
    curve: float = 1.0
    gap: float = 0.0
    events: list[float] = field(default_factory=list)
    censored: list[float] = field(default_factory=list)


def _advance(state: _State, t: FloatArray, s: FloatArray, censored: FloatArray) -> _State:
    """Let patients have events at the points (t, s), and others be censored at given times."""
    left, curve, gap = state.left, state.curve, state.gap
    died: list[float] = []
    gone: list[float] = []
    leaving = iter([*censored, np.inf])
    next_to_leave = next(leaving)
    for when, target in [*zip(t, s, strict=True), (np.inf, None)]:
        while next_to_leave < when:
            if left:
                gone.append(float(next_to_leave))
                left -= 1
            next_to_leave = next(leaving)
        if target is None or not left:
            continue
        deaths = floor(left * (1.0 - target / curve) + 0.5) if curve > 0.0 else 0
        curve *= 1.0 - deaths / left
        left -= deaths
        died.extend([float(when)] * deaths)
        gap = max(gap, abs(curve - float(target)))
    return _State(left, curve, gap, state.events + died, state.censored + gone)


def _spread(count: int, since: float, until: float) -> FloatArray:
    """Evenly spaced times strictly between two times."""
    return since + (until - since) * (np.arange(count) + 0.5) / max(count, 1)


def _censored_to(
    state: _State, t: FloatArray, s: FloatArray, since: float, until: float, number: int
) -> _State:
    """Censor as many as leave `number` patients at the end, or come closest to that."""
    fall = s[-1] / state.curve if s.size and state.curve > 0.0 else 1.0
    count = round(state.left * fall) - number
    tried: dict[int, _State] = {}
    while True:
        count = min(max(count, 0), state.left)
        if count in tried:
            break
        tried[count] = _advance(state, t, s, _spread(count, since, until))
        count += tried[count].left - number
    return min(tried.values(), key=lambda end: abs(end.left - number))


def _last_stretch(
    state: _State, t: FloatArray, s: FloatArray, since: float, expected: int, total: int | None
) -> _State:
    """Censor the expected number, or as many as bring out the total of events."""
    if total is None:
        return _advance(state, t, s, _spread(expected, since, t[-1]))
    ends = (_advance(state, t, s, _spread(c, since, t[-1])) for c in range(state.left + 1))
    return min(ends, key=lambda end: abs(len(end.events) - total))


def _check_curve(
    time: ArrayLike, survival: ArrayLike, notes: list[str]
) -> tuple[FloatArray, FloatArray]:
    """Points of a curve that starts at 1 and never rises."""
    t = check_vector(time, "time", row="at index")
    s = check_vector(survival, "survival", row="at index")
    if t.size != s.size:
        raise ValueError(f"time has {t.size} points but survival has {s.size}")
    falls = np.r_[False, np.diff(t) < 0]
    rises = np.r_[0.0, s[1:] - np.minimum.accumulate(s)[:-1]]
    for broken, name, array, wanted in (
        (t < 0, "time", t, "a time of at least 0 is needed"),
        (falls, "time", t, "points must be in order of time"),
        ((s < 0) | (s > 1), "survival", s, "a fraction between 0 and 1 is needed"),
        (rises > _WOBBLE, "survival", s, "a curve that falls is needed"),
        ((t == 0) & (s < 1 - _WOBBLE), "survival", s, "at time 0 it must be 1"),
    ):
        if broken.any():
            i = int(np.flatnonzero(broken)[0])
            raise ValueError(f"{name} at index {i} is {array[i]:g}: {wanted}")
    if (rises > 0).any():
        notes.append(f"survival that rises, by up to {rises.max():.3f}, was levelled")
    kept = t > 0
    if not kept.any():
        raise ValueError("the curve has no point after time 0")
    return t[kept], np.minimum.accumulate(s)[kept]


def _check_at_risk(
    n: int | None, at_risk: ArrayLike | None, risk_time: ArrayLike
) -> tuple[int, FloatArray, list[int]]:
    """Patients at the start, and times after it with numbers at risk."""
    start = None if not_printed(n) else check_whole("n", n, at_least=1)
    times, numbers = np.zeros(0), []
    if at_risk is not None:
        given = list(np.asarray(at_risk, dtype=object).ravel())
        when = check_vector(risk_time, "risk_time", row="at index")
        if when.size != len(given):
            raise ValueError(f"at_risk has {len(given)} numbers for {when.size} times")
        kept = [i for i, number in enumerate(given) if not not_printed(number)]
        times = when[kept]
        counts = check_vector([given[i] for i in kept], "at_risk", row="at index")
        whole = (counts >= 0) & (counts == np.floor(counts))
        steady = np.r_[True, (np.diff(counts) <= 0) & (np.diff(times) > 0)]
        if not (whole & steady).all():
            i = int(np.flatnonzero(~(whole & steady))[0])
            raise ValueError(
                f"at_risk at index {kept[i]} is {counts[i]:g}, at time {times[i]:g}: whole numbers "
                "that do not rise, at times in order, are needed"
            )
        if times[0] <= 0.0:
            if start is not None and start != counts[0]:
                raise ValueError(f"n is {start}, but {counts[0]:.0f} are at risk at time 0")
            start = check_whole("at_risk at time 0", int(counts[0]), at_least=1)
            times, counts = times[1:], counts[1:]
        numbers = [int(number) for number in counts]
    if start is None:
        raise ValueError("the number of patients is needed: n, or at_risk from time 0 on")
    if numbers and numbers[0] > start:
        raise ValueError(f"{numbers[0]} are at risk at {times[0]:g}, of {start} patients")
    return start, times, numbers
