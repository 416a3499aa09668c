"""Checks that the simulations share."""

from __future__ import annotations

from numbers import Integral

import numpy as np


def check_whole(name: str, value: object, least: int) -> int:
    """Return `value` as an int of at least `least`, or say what it is."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return int(value)


def check_positive(name: str, value: float) -> float:
    """Return `value` as a positive, finite float, or say what it is."""
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a positive number, got {value!r}")
    return float(value)


def check_fraction(name: str, value: float, *, inside: bool = False) -> float:
    """Return `value` as a fraction; with `inside`, 0 and 1 are refused too."""
    if not (0 < value < 1 if inside else 0 <= value <= 1):
        kind = "strictly between 0 and 1" if inside else "between 0 and 1"
        raise ValueError(f"{name} must lie {kind}, got {value!r}")
    return float(value)


def check_follow_up(follow_up: tuple[float, float]) -> tuple[float, float]:
    """Return the shortest and longest planned follow-up in order."""
    shortest, longest = follow_up
    if not 0 < shortest <= longest < np.inf:
        raise ValueError(f"follow_up must be (shortest, longest) with 0 < both, got {follow_up!r}")
    return float(shortest), float(longest)
