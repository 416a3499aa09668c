"""The rules for a pooled proportion, of 2026-11-28; ``docs/judging-claims.md`` has all of them.

For one set of counts the printed proportion is

``reproduced``
    when our estimate, rounded to the printed decimals, is the printed one;
``compatible``
    when the printed estimate lies in our 95 % interval and ours in the printed one;
``not reproduced``
    otherwise.

The first two are one side. Where counts could not be read, every completion is pooled:
``cannot decide`` when completions lie on both sides. What no count can confirm is
``not checkable``.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metaprop import Interval
from reviewbook import words
from reviewbook.evidence.claims import Claims

REPRODUCED, COMPATIBLE, NOT_REPRODUCED, CANNOT_DECIDE, NOT_CHECKABLE = words.VERDICTS


class Estimates(Protocol):
    """Pooled proportions with their limits, one or many."""

    @property
    def estimate(self) -> ArrayLike: ...  # noqa: D102
    @property
    def low(self) -> ArrayLike: ...  # noqa: D102
    @property
    def high(self) -> ArrayLike: ...  # noqa: D102


def holds(printed: Claims, ours: Estimates) -> NDArray[np.bool_]:
    """Say whether a printed proportion is reproduced by or compatible with each of ours.

    Raises
    ------
    ValueError
        When the topic prints no proportion with its limits.
    """
    estimate, low, high = _printed(printed)
    own, own_low, own_high = (np.asarray(v) for v in (ours.estimate, ours.low, ours.high))
    mutual = (own_low <= estimate) & (estimate <= own_high) & (low <= own) & (own <= high)
    return np.asarray(mutual | _reproduced(printed, own))


def verdict_of(printed: Claims, ours: Interval) -> str:
    """Return the verdict of one set of counts."""
    if _reproduced(printed, ours.estimate).all():
        return REPRODUCED
    return COMPATIBLE if holds(printed, ours).all() else NOT_REPRODUCED


def why(printed: Claims, ours: Interval, *, basis: str, least: int = 0) -> str:
    """Say in one sentence what the verdict of one set of counts rests on.

    Parameters
    ----------
    basis : str
        What ours rests on, in words: cohorts and patients.
    least : int
        Decimals that limits have at least, and our estimate: more than 0 for a rare outcome.
    """
    estimate, low, high = _printed(printed)
    digits = printed.digits["pooled_proportion"]
    theirs = words.percent(estimate, digits=digits)
    start = f"Our estimate is {words.percent(ours.estimate, digits=max(digits, least))} ({basis})"
    if _reproduced(printed, ours.estimate).all():
        return f"{start}, {theirs} is printed: equal at the printed precision."
    in_ours, in_theirs = ours.low <= estimate <= ours.high, low <= ours.estimate <= high
    near = max(least, 0 if in_ours else 1)
    own_text = f"our interval ({_limits(ours.low, ours.high, digits=near)})"
    their_text = f"the printed interval ({_limits(low, high, digits=least)})"
    if in_ours and in_theirs:
        return (
            f"{start}. The printed {theirs} lies in {own_text}, and our estimate in {their_text}."
        )
    outside = []
    if not in_ours:
        outside.append(f"the printed {theirs} lies outside {own_text}")
    if not in_theirs:
        own = words.percent(ours.estimate, digits=max(least, 1))
        outside.append(f"our {own} lies outside {their_text}")
    joined = words.join(outside)
    return f"{start}. {words.capital(joined)}."


def _printed(printed: Claims) -> tuple[float, float, float]:
    if printed.estimate is None or printed.low is None or printed.high is None:
        raise ValueError(f"the topic {printed.topic} prints no proportion with its limits")
    return printed.estimate, printed.low, printed.high


def _reproduced(printed: Claims, own: ArrayLike) -> NDArray[np.bool_]:
    estimate, _, _ = _printed(printed)
    return words.prints_as(own, estimate, printed.digits["pooled_proportion"])


def _limits(low: float, high: float, *, digits: int = 0) -> str:
    """Return limits in percent; with a decimal where whole numbers could hide what lies outside."""
    return f"{words.in_percent(low, digits=digits)} to {words.in_percent(high, digits=digits)}"
