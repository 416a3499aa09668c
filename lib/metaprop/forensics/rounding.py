"""The range of values that print as a given number."""

from __future__ import annotations

from metaprop.checks import check_number, check_whole
from metaprop.printed_pvalue import read_pvalue
from metaprop.results import Interval

# Ties can be rounded either way, so both ends of the range count; this much covers the rounding
# error of the arithmetic itself.
_HAIR = 1e-9
_ARITHMETIC = 1e-15


def check_digits(name: str, digits: object) -> int:
    """Return a number of decimals, or raise a ValueError."""
    return check_whole(name, digits, at_most=12)


def check_fraction(name: str, value: float) -> float:
    """Return a fraction, or raise a ValueError."""
    if not 0.0 <= check_number(name, value) <= 1.0:
        raise ValueError(f"{name} must be a fraction between 0 and 1, got {value!r}")
    return float(value)


def printed_range(value: float, digits: int, *, percent: bool, inner: bool = False) -> Interval:
    """Range of the fractions that print as `value`, within [0, 1].

    Parameters
    ----------
    value : float
        The printed number as a fraction.
    digits : int
        Decimals of the print: of the percentage if `percent`, else of the fraction.
    percent : bool
        Whether it was printed as a percentage.
    inner : bool
        Leave out both ends, the ties that could as well print as the next number.
    """
    unit = 10.0**-digits / (100.0 if percent else 1.0)
    hair = max(_HAIR * unit, _ARITHMETIC)
    half = 0.5 * unit + (-hair if inner else hair)
    return Interval(value, max(0.0, value - half), min(1.0, value + half))


def printed_pvalue_range(pvalue: object, digits: int | None) -> Interval:
    """Range of the p-values that print as `pvalue`.

    Parameters
    ----------
    pvalue : float or str
        A fraction, or a text such as "<0.001" or "> 0.05".
    digits : int or None
        Decimals of a fraction; a bound needs none.

    Raises
    ------
    ValueError
        For anything else, and for a fraction without digits.
    """
    printed = read_pvalue(pvalue)
    if printed.relation == "<":
        return Interval(printed.value, 0.0, printed.value)
    if printed.relation == ">":
        return Interval(printed.value, printed.value, 1.0)
    if digits is None:
        raise ValueError(f"p_digits is needed: the decimals of the p-value {pvalue!r}")
    return printed_range(printed.value, digits, percent=False)
