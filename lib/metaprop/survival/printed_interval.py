"""Intervals of a survival probability as reports print them, and the scale behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from math import asin, exp, inf, isnan, log, log1p, nan, pi, sin, sqrt
from numbers import Real

import numpy as np

Limits = tuple[float | None, float | None]
# exp() of more than this overflows.
_LARGEST = 709.0
# Numbers held in single precision are this far off those meant: a limit equal to its estimate may
# seem to lie beyond it.
_SINGLE = 1e-7


def exp_or_inf(x: float) -> float:
    """Return exp(x), infinite where a float cannot hold it."""
    return exp(x) if x < _LARGEST else inf


FORWARD: dict[str, Callable[[float], float]] = {
    # Increasing in S, so that the lower printed limit stays the lower one.
    "log-log": lambda s: -log(-log(s)),
    "plain": lambda s: s,
    "log": log,
    "logit": lambda s: log(s) - log1p(-s),
    "arcsine": lambda s: asin(sqrt(s)),
}
_BACKWARD: dict[str, Callable[[float], float]] = {
    "log-log": lambda y: exp(-exp_or_inf(-y)),
    "plain": lambda y: y,
    "log": exp_or_inf,
    "logit": lambda y: 1.0 / (1.0 + exp_or_inf(-y)),
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


def not_printed(value: object) -> bool:
    """Whether a value stands for "not printed": None, or a data frame's NaN or NA."""
    if value is None:
        return True
    itself = value == value  # False for NaN, and neither True nor False for pandas' NA
    return not isinstance(itself, bool | np.bool_) or not itself


def _number(value: object) -> float:
    """Return a real number of any type as a float; NaN for anything else."""
    real = isinstance(value, Real | Decimal) and not isinstance(value, bool)
    return float(value) if real else nan  # type: ignore[arg-type]


def check_survival(s: object, name: str) -> float:
    """Return a survival probability, or say what it is."""
    found = _number(s)
    if not 0.0 <= found <= 1.0:
        needed = ": a number is needed" if isnan(found) else ""
        raise ValueError(
            f"{name} must be a survival probability between 0 and 1, got {s!r}{needed}"
        )
    return found


def check_patients(n: object, name: str) -> float | None:
    """Return a number of patients, None where it is not printed, or say what it is."""
    if not_printed(n):
        return None
    found = _number(n)
    if not 0.0 < found < inf:
        raise ValueError(f"the number of patients of {name} is {n!r}: a positive number is needed")
    return found


def check_limits(ci: object, s: float, name: str) -> Limits:
    """Return printed limits that lie around the estimate; None where one is not printed."""
    limits = [] if isinstance(ci, str) or not isinstance(ci, Iterable) else list(ci)
    if not limits and not_printed(ci):
        return (None, None)
    if len(limits) != 2:
        raise ValueError(f"the interval of {name} must be (low, high), got {ci!r}")
    found: list[float | None] = []
    for limit, side, sign in zip(limits, ("lower", "upper"), (1.0, -1.0), strict=True):
        value = None if not_printed(limit) else _number(limit)
        if value is not None and not (0.0 <= value <= 1.0 and sign * (s - value) >= -_SINGLE):
            raise ValueError(
                f"the {side} limit of {name} is {limit!r}: a fraction between 0 and 1 on that "
                f"side of the estimate {s:g} is needed, or None where none is printed"
            )
        found.append(value)
    return found[0], found[1]
