"""The range of values that print as a given number."""

from __future__ import annotations

from ..checks import check_number, check_whole
from ..results import Interval

# Ties can be rounded either way, so both ends of the range count; this much covers the rounding
# error of the arithmetic itself.
_HAIR = 1e-9


def check_digits(name: str, digits: object) -> int:
    """Return a number of decimals, or raise a ValueError."""
    return check_whole(name, digits, at_most=12)


def check_fraction(name: str, value: float) -> float:
    """Return a fraction, or raise a ValueError."""
    if not 0.0 <= check_number(name, value) <= 1.0:
        raise ValueError(f"{name} must be a fraction between 0 and 1, got {value!r}")
    return float(value)


def printed_range(value: float, digits: int, *, percent: bool) -> Interval:
    """Range of the fractions that print as `value`, within [0, 1].

    Parameters
    ----------
    value : float
        The printed number as a fraction.
    digits : int
        Decimals of the print: of the percentage if `percent`, else of the fraction.
    percent : bool
        Whether it was printed as a percentage.
    """
    half = (0.5 + _HAIR) * 10.0**-digits / (100.0 if percent else 1.0)
    return Interval(value, max(0.0, value - half), min(1.0, value + half))
