"""Intervals of a survival probability as reports print them, and the scale behind them."""

from __future__ import annotations

from collections.abc import Callable
from math import asin, exp, log, log1p, pi, sin, sqrt

Limits = tuple[float | None, float | None]

FORWARD: dict[str, Callable[[float], float]] = {
    # Increasing in S, so that the lower printed limit stays the lower one.
    "log-log": lambda s: -log(-log(s)),
    "plain": lambda s: s,
    "log": log,
    "logit": lambda s: log(s) - log1p(-s),
    "arcsine": lambda s: asin(sqrt(s)),
}
_BACKWARD: dict[str, Callable[[float], float]] = {
    "log-log": lambda y: exp(-exp(-y)),
    "plain": lambda y: y,
    "log": exp,
    "logit": lambda y: 1.0 / (1.0 + exp(-y)),
    "arcsine": lambda y: sin(min(max(y, 0.0), pi / 2.0)) ** 2,
}
SLOPE: dict[str, Callable[[float], float]] = {
    # |d log(-log S) / d g(S)|: turns a standard error on scale g into one of log(-log S).
    "log-log": lambda s: 1.0,
    "plain": lambda s: 1.0 / (s * -log(s)),
    "log": lambda s: 1.0 / -log(s),
    "logit": lambda s: (1.0 - s) / -log(s),
    "arcsine": lambda s: 2.0 * sqrt((1.0 - s) / s) / -log(s),
}
SCALES = ("detect", *FORWARD)


def half_width(scale: str, s: float, low: float | None, high: float | None) -> float:
    """Half the interval on `scale`, from both limits or from the only finite one."""
    g = FORWARD[scale]
    if low is not None and high is not None:
        return (g(high) - g(low)) / 2.0
    if low is not None:
        return g(s) - g(low)
    assert high is not None  # the caller has seen one usable limit
    return g(high) - g(s)


def mismatch(scale: str, s: float, printed: Limits, usable: Limits) -> float:
    """Distance between the printed limits and those an interval symmetric on `scale` has."""
    half, centre = half_width(scale, s, *usable), FORWARD[scale](s)
    distance = 0.0
    for limit, sign in zip(printed, (-1.0, 1.0), strict=True):
        if limit is not None:
            expected = min(max(_BACKWARD[scale](centre + sign * half), 0.0), 1.0)
            distance = max(distance, abs(expected - limit))
    return distance


def check_survival(s: float, name: str) -> float:
    """Return a survival probability, or say what it is."""
    if isinstance(s, bool) or not isinstance(s, int | float) or not 0.0 <= s <= 1.0:
        raise ValueError(f"{name} must be a survival probability between 0 and 1, got {s!r}")
    return float(s)


def check_limits(ci: Limits | None, s: float, name: str) -> Limits:
    """Return printed limits that lie around the estimate; None where one is not printed."""
    if ci is None:
        return (None, None)
    if len(ci) != 2:
        raise ValueError(f"the interval of {name} must be (low, high), got {ci!r}")
    low, high = ci
    for limit, side, wrong in (
        (low, "lower", lambda x: x > s),
        (high, "upper", lambda x: x < s),
    ):
        if limit is not None and (not 0.0 <= limit <= 1.0 or wrong(limit)):
            raise ValueError(
                f"the {side} limit of {name} is {limit!r}: a fraction between 0 and 1 on that "
                f"side of the estimate {s:g} is needed"
            )
    return low, high
