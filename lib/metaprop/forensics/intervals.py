"""What a printed estimate and interval say about scale, standard error and sample size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.checks import check_choice, check_level
from metaprop.intervals import normal_quantile
from metaprop.recipe import SCALES
from metaprop.results import Interval, Result
from metaprop.transforms import transform

from .rounding import check_digits, check_fraction, printed_range

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpliedStandardError(Result):
    """Standard error that a printed interval implies on a working scale.

    Attributes
    ----------
    scale : str
        Working scale.
    se : float
        Width of the interval over twice the critical value; infinite when a printed limit has no
        finite value on the scale.
    se_low, se_high : float
        Range of `se` given the rounding of the limits.
    se_below, se_above : float
        The same from the part below the estimate alone, and from the part above.
    """

    scale: str
    se: float
    se_low: float
    se_high: float
    se_below: float
    se_above: float


def _check_triple(
    low: float, estimate: float, high: float, digits: int, level: float
) -> tuple[Interval, Interval, Interval]:
    check_digits("digits", digits)
    check_level(level)
    for name, value in (("low", low), ("estimate", estimate), ("high", high)):
        check_fraction(name, value)
    if not low <= estimate <= high:
        raise ValueError(f"low <= estimate <= high is needed, got {low}, {estimate}, {high}")
    if low == high:
        raise ValueError(f"the interval has no width: both limits are {low}")
    of_low, of_estimate, of_high = (
        printed_range(value, digits, percent=True) for value in (low, estimate, high)
    )
    return of_low, of_estimate, of_high


def _on_scale(p: float, scale: str, size: float | None) -> float:
    """Transform one proportion; infinite where the scale has no finite value."""
    if scale in ("log", "logit") and p == 0.0:
        return -math.inf
    if scale == "logit" and p == 1.0:
        return math.inf
    totals = None if size is None else np.array([size])
    return float(transform(np.array([p]), scale=scale, totals=totals)[0])


def implied_standard_error(
    low: float,
    estimate: float,
    high: float,
    *,
    scale: str,
    level: float = 0.95,
    digits: int = 0,
    size: float | None = None,
) -> ImpliedStandardError:
    """Work back from a printed Wald interval to the standard error on a working scale.

    Parameters
    ----------
    low, estimate, high : float
        Printed numbers, as fractions.
    scale : {"raw", "log", "logit", "arcsine", "double_arcsine"}
        Scale on which the interval is taken to be estimate ± z · standard error.
    level : float
        Confidence level of the interval.
    digits : int
        Decimals of the printed percentages.
    size : float, optional
        Harmonic mean of the study sizes; the Freeman–Tukey scale needs it.

    Returns
    -------
    ImpliedStandardError

    Raises
    ------
    ValueError
        For numbers that are no fractions or not in order, or an interval without width.

    Examples
    --------
    >>> from metaprop import forensics
    >>> implied = forensics.implied_standard_error(0.62, 0.75, 0.85, scale="logit")
    >>> round(implied.se, 3), round(implied.se_low, 3), round(implied.se_high, 3)
    (0.318, 0.302, 0.333)
    """
    check_choice("scale", scale, SCALES)
    of_low, _, of_high = _check_triple(low, estimate, high, digits, level)
    z = normal_quantile(level)
    lower, middle, upper = (_on_scale(p, scale, size) for p in (low, estimate, high))
    inner = _on_scale(of_high.low, scale, size) - _on_scale(of_low.high, scale, size)
    outer = _on_scale(of_high.high, scale, size) - _on_scale(of_low.low, scale, size)
    return ImpliedStandardError(
        scale=scale,
        se=_gap(lower, upper) / (2.0 * z),
        se_low=max(0.0, inner) / (2.0 * z),
        se_high=outer / (2.0 * z),
        se_below=_gap(lower, middle) / z,
        se_above=_gap(middle, upper) / z,
    )


def _gap(a: float, b: float) -> float:
    """Distance; 0 between equal values, infinite ones included."""
    return 0.0 if a == b else b - a


def scale_symmetry(
    low: float,
    estimate: float,
    high: float,
    *,
    digits: int = 0,
    size: float | None = None,
) -> pd.DataFrame:
    """Say on which working scales a printed interval can be symmetric about its estimate.

    A Wald interval is symmetric on the scale on which it was computed. Rounding blurs this, so the
    question is whether any numbers that print as the given ones are symmetric.

    Parameters
    ----------
    low, estimate, high : float
        Printed numbers, as fractions.
    digits : int
        Decimals of the printed percentages.
    size : float, optional
        Harmonic mean of the study sizes; with it the Freeman–Tukey scale is tested as well.

    Returns
    -------
    DataFrame
        One row per scale: `scale`; `asymmetry`, the part above the estimate less the part below,
        over the whole width, 0 for a symmetric interval (±1 when one limit is infinitely far on
        the scale); `lowest` and `highest`, the range of the difference itself that rounding
        allows, on the scale; `possible`, whether 0 is in that range; `boundary`, whether 0 is
        only the end of it: then all three numbers have to lie exactly halfway between two prints
        and to have been rounded the right way, which no computed numbers can be expected to do;
        `cut`, whether a limit prints as 0 or 100 % and can have been cut off there, so that its
        distance is a lower bound.

    Raises
    ------
    ValueError
        For numbers that are no fractions or not in order, or an interval without width.

    Notes
    -----
    With T the transformation the difference is T(high) + T(low) − 2 T(estimate), which rises with
    both limits and falls with the estimate: its range over everything that rounds to the printed
    numbers is attained at corners.

    Examples
    --------
    >>> from metaprop import forensics
    >>> table = forensics.scale_symmetry(0.62, 0.75, 0.85)
    >>> table.loc[table["possible"], "scale"].tolist()
    ['logit', 'arcsine']
    >>> table = forensics.scale_symmetry(0.88, 0.94, 0.98).set_index("scale")
    >>> bool(table.loc["raw", "possible"] and table.loc["raw", "boundary"])  # 88.5, 93.5, 98.5
    True
    """
    import pandas as pd

    of_low, of_estimate, of_high = _check_triple(low, estimate, high, digits, 0.95)
    in_low, in_estimate, in_high = (
        printed_range(value, digits, percent=True, inner=True) for value in (low, estimate, high)
    )
    cut_low, cut_high = of_low.low == 0.0, of_high.high == 1.0
    rows = []
    for scale in SCALES:
        if scale == "double_arcsine" and size is None:
            continue
        lower, middle, upper = (_on_scale(p, scale, size) for p in (low, estimate, high))
        above, below = _gap(middle, upper), _gap(lower, middle)
        if math.isinf(above) or math.isinf(below):
            asymmetry = float(math.isinf(above)) - float(math.isinf(below))
        else:
            asymmetry = (above - below) / (above + below)
        lowest, highest = _differences(of_low, of_estimate, of_high, scale, size)
        possible = lowest <= 0.0 <= highest
        inner_lowest, inner_highest = _differences(in_low, in_estimate, in_high, scale, size)
        boundary = possible and not inner_lowest <= 0.0 <= inner_highest
        rows.append((scale, asymmetry, lowest, highest, possible, boundary, cut_low or cut_high))
    columns = ["scale", "asymmetry", "lowest", "highest", "possible", "boundary", "cut"]
    return pd.DataFrame(rows, columns=columns)


def _differences(
    of_low: Interval, of_estimate: Interval, of_high: Interval, scale: str, size: float | None
) -> tuple[float, float]:
    """Range of T(high) + T(low) − 2 T(estimate) over ranges of the three numbers."""
    lowest = _difference(of_low.low, of_estimate.high, of_high.low, scale, size, -1.0)
    highest = _difference(of_low.high, of_estimate.low, of_high.high, scale, size, 1.0)
    # A limit that was cut off at 0 or 1 can have lain anywhere beyond.
    return (
        -math.inf if of_low.low == 0.0 else lowest,
        math.inf if of_high.high == 1.0 else highest,
    )


def _difference(
    low: float, estimate: float, high: float, scale: str, size: float | None, sign: float
) -> float:
    """Return T(high) + T(low) − 2 T(estimate), infinite with the given sign where undefined."""
    lower, middle, upper = (_on_scale(p, scale, size) for p in (low, estimate, high))
    if all(math.isfinite(value) for value in (lower, middle, upper)):
        return upper + lower - 2.0 * middle
    return sign * math.inf


def effective_sample_size(
    low: float, estimate: float, high: float, *, level: float = 0.95, digits: int = 0
) -> Interval:
    """Size of one binomial sample whose Wald interval is as wide as a printed interval.

    n = p (1 − p) / s² with s the width over twice the critical value. A pool of patients that
    gives a much wider interval than its size suggests contains heterogeneity, and a narrower one
    cannot come from a random-effects model on the raw scale.

    Parameters
    ----------
    low, estimate, high : float
        Printed numbers, as fractions; the estimate strictly between 0 and 1.
    level : float
        Confidence level.
    digits : int
        Decimals of the printed percentages.

    Returns
    -------
    Interval
        The size, and its range given the rounding of all three numbers; the upper end is infinite
        when the limits can round to one value.

    Raises
    ------
    ValueError
        For numbers that are no fractions or not in order, or an estimate of 0 or 1.

    Examples
    --------
    >>> from metaprop import forensics
    >>> [round(value, 1) for value in forensics.effective_sample_size(0.6, 0.7, 0.8)]
    [80.7, 72.5, 90.2]
    """
    of_low, of_estimate, of_high = _check_triple(low, estimate, high, digits, level)
    if estimate in (0.0, 1.0):
        raise ValueError(f"an estimate of {estimate:g} has no binomial standard error")
    z = normal_quantile(level)

    def size(p: float, width: float) -> float:
        return p * (1.0 - p) * (2.0 * z / width) ** 2 if width > 0.0 else math.inf

    ends = (of_estimate.low, of_estimate.high)
    largest = 0.5 if ends[0] <= 0.5 <= ends[1] else min(ends, key=lambda p: abs(p - 0.5))
    smallest = max(ends, key=lambda p: abs(p - 0.5))
    return Interval(
        size(estimate, high - low),
        size(smallest, of_high.high - of_low.low),
        size(largest, of_high.low - of_low.high),
    )
