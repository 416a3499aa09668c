"""Survival at one point in time: log hazard ratios from what reports print."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, exp, log, sqrt

from metaprop.checks import check_choice, check_level
from metaprop.intervals import normal_quantile
from metaprop.results import Interval, Result

from .printed_interval import (
    FORWARD,
    SCALES,
    SLOPE,
    Limits,
    check_limits,
    check_patients,
    check_survival,
    exp_or_inf,
    half_width,
    mismatch,
)

# Rounding moves printed limits this many units of the last printed digit away from symmetric.
_ROUNDING = 2.0


@dataclass(frozen=True, slots=True)
class Landmark(Result):
    """Survival of one group at one point in time, on the complementary log-log scale.

    Attributes
    ----------
    survival : Interval
        Survival S and its interval, symmetric on the scale of log(−log S), so never outside 0–1.
    cloglog, se : float
        log(−log S), the log cumulative hazard, and its standard error.
    approximate : bool
        True if the standard error comes from the number of patients, not from a printed interval.
    interval_scale : str or None
        Scale on which the printed interval was taken to be symmetric.
    mismatch : float or None
        Largest distance between a printed limit and the one that scale would have printed.
    method : str
        Where the standard error comes from.
    notes : tuple of str
        Everything the reader of the number should know.
    """

    survival: Interval
    cloglog: float
    se: float
    approximate: bool
    interval_scale: str | None
    mismatch: float | None
    method: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LandmarkComparison(Result):
    """Hazard ratio of group 1 to group 0 from survival at one landmark.

    Attributes
    ----------
    log_hr, se : float
        Difference of log(−log S), and its standard error.
    hazard_ratio : Interval
        exp(log_hr) with its interval; below 1 favours group 1.
    pvalue : float
        Two-sided, from log_hr / se.
    approximate : bool
        True if either standard error rests on the number of patients alone.
    method : str
    notes : tuple of str
    groups : tuple of Landmark
        Groups 1 and 0, in this order.
    """

    log_hr: float
    se: float
    hazard_ratio: Interval
    pvalue: float
    approximate: bool
    method: str
    notes: tuple[str, ...]
    groups: tuple[Landmark, Landmark]


def _from_patients(s: float, n: float, name: str) -> tuple[float, float, tuple[str, ...]]:
    """S and SE of log(−log S) as if all n patients were followed to the landmark."""
    notes = [
        "standard error from the number of patients, as if nobody was censored before the landmark;"
        " it is too small if some were"
    ]
    if s in (0.0, 1.0):
        adjusted = (n * s + 0.5) / (n + 1.0)
        notes.append(
            f"{name} of {s:g} has no log cumulative hazard: half an event and half a survivor were "
            f"added, which makes it {adjusted:.4f}"
        )
        s = adjusted
    return s, sqrt((1.0 - s) / (n * s)) / -log(s), tuple(notes)


def cloglog(
    survival: float,
    ci: Limits | None = None,
    n: float | None = None,
    *,
    level: float = 0.95,
    interval_scale: str = "detect",
    name: str = "survival",
) -> Landmark:
    """Put a printed survival probability on the complementary log-log scale.

    The scale is log(−log S), the log of the cumulative hazard −log S. The standard error comes
    from the printed interval. Programs make that interval symmetric on different scales; all of
    them carry the same Greenwood standard error, and the delta method returns it:

    - log-log, symmetric in log(−log S): half-width / z;
    - plain, in S: half-width / z / (S · (−log S));
    - log, in log S: half-width / z / (−log S);
    - logit, in log(S / (1 − S)): half-width / z · (1 − S) / (−log S);
    - arcsine, in asin √S: half-width / z · 2 √((1 − S) / S) / (−log S).

    Without a usable interval the standard error is √((1 − S) / (n S)) / (−log S), Greenwood's
    formula with n patients of whom none is censored before the landmark.

    Parameters
    ----------
    survival : float
        Survival S, a fraction.
    ci : tuple of two floats or None, optional
        Printed limits, fractions. None, or NaN, stands for a limit that is not printed. A limit
        of 0 or 1 was cut off there by the program, and says nothing about the width: only the
        other limit is used then.
    n : float, optional
        Patients; used only where the interval does not serve, and the result says so.
    level : float
        Confidence level of the printed interval and of the interval returned.
    interval_scale : {"detect", "log-log", "plain", "log", "logit", "arcsine"}
        Scale on which the printed interval is symmetric. "detect" takes the one whose limits,
        computed back and cut at 0 and 1, come closest to both printed limits. With a single
        printed limit nothing can be detected and "log-log" is taken.
    name : str
        What messages call this probability.

    Returns
    -------
    Landmark

    Raises
    ------
    ValueError
        If S, a limit or n is impossible; or if S is 0 or 1 or no limit is usable, and n is
        missing. S of 0 or 1 with n becomes (n S + ½) / (n + 1).

    References
    ----------
    Kalbfleisch JD, Prentice RL. The Statistical Analysis of Failure Time Data, 2nd ed., Wiley
    2002, section 1.4. Parmar MKB, Torri V, Stewart L. Stat Med 1998;17:2815.

    Examples
    --------
    >>> from metaprop import survival
    >>> point = survival.cloglog(0.7, (0.48, 0.84))
    >>> round(point.cloglog, 3), round(point.se, 3), point.interval_scale
    (-1.031, 0.367, 'log-log')
    """
    check_level(level)
    check_choice("interval_scale", interval_scale, SCALES)
    s = check_survival(survival, name)
    printed = check_limits(ci, s, name)
    n = check_patients(n, name)
    z = normal_quantile(level)
    low = printed[0] if printed[0] is not None and 0.0 < printed[0] < s else None
    high = printed[1] if printed[1] is not None and s < printed[1] < 1.0 else None
    scale: str | None = None
    misfit: float | None = None
    notes: tuple[str, ...] = ()
    if s in (0.0, 1.0) or (low is None and high is None):
        if n is None:
            reason = "is exactly 0 or 1" if s in (0.0, 1.0) else "has no usable interval limit"
            raise ValueError(
                f"{name} of {s:g} {reason} (interval {printed}): the number of patients is needed"
            )
        s, se, notes = _from_patients(s, n, name)
        method, approximate = "Greenwood from n", True
    else:
        approximate = False
        if interval_scale != "detect":
            scale = interval_scale
        elif None in printed:
            scale = "log-log"
            notes = ("a single limit is printed; it was read on the log-log scale",)
        else:
            scale = min(FORWARD, key=lambda g: mismatch(g, s, printed, (low, high)))
        misfit = mismatch(scale, s, printed, (low, high))
        coarse = all(x is None or round(x, 2) == x for x in (s, *printed))  # whole per cents
        if misfit > _ROUNDING * (0.01 if coarse else 0.001):
            notes = (*notes, f"the {scale} scale misses a printed limit by {misfit:.3f}")
        se = half_width(scale, s, low, high) / z * SLOPE[scale](s)
        method = f"printed interval, {scale} scale"
        if low is None or high is None:
            used = "upper" if low is None else "lower"
            notes = (*notes, f"only the {used} limit was used: the other is missing, 0 or 1")
    y = log(-log(s))
    limits = exp(-exp_or_inf(y + z * se)), exp(-exp_or_inf(y - z * se))
    return Landmark(Interval(s, *limits), y, se, approximate, scale, misfit, method, notes)


def log_hr_from_landmark(
    s1: float,
    ci1: Limits | None,
    s0: float,
    ci0: Limits | None,
    *,
    n1: float | None = None,
    n0: float | None = None,
    level: float = 0.95,
    interval_scale: str = "detect",
) -> LandmarkComparison:
    """Estimate a log hazard ratio from two survival probabilities at the same landmark.

    log HR = log(−log S₁) − log(−log S₀) with variance the sum of the two groups' variances. It
    is the log ratio of cumulative hazards up to the landmark, and equals the log hazard ratio if
    hazards are proportional. It removes no bias: a comparison of groups formed after time 0
    stays one.

    Parameters
    ----------
    s1, s0 : float
        Survival of group 1 and group 0 at the landmark, fractions.
    ci1, ci0 : tuple of two floats or None, or None
        Printed intervals; see :func:`cloglog` for limits of 0, 1 or None.
    n1, n0 : float, optional
        Patients, used only where an interval does not serve.
    level : float
        Level of the printed intervals and of the result.
    interval_scale : {"detect", "log-log", "plain", "log", "logit", "arcsine"}
        See :func:`cloglog`.

    Returns
    -------
    LandmarkComparison

    Raises
    ------
    ValueError
        As :func:`cloglog`, naming s1 or s0.

    References
    ----------
    Parmar MKB, Torri V, Stewart L. Stat Med 1998;17:2815. Tierney JF et al. Trials 2007;8:16.

    Examples
    --------
    >>> from metaprop import survival
    >>> found = survival.log_hr_from_landmark(0.7, (0.48, 0.84), 0.5, (0.3, 0.67))
    >>> [round(value, 2) for value in found.hazard_ratio]
    [0.51, 0.21, 1.27]
    """
    one = cloglog(s1, ci1, n1, level=level, interval_scale=interval_scale, name="s1")
    zero = cloglog(s0, ci0, n0, level=level, interval_scale=interval_scale, name="s0")
    return compare(one, zero, level)


def compare(one: Landmark, zero: Landmark, level: float) -> LandmarkComparison:
    """Return the comparison of :func:`log_hr_from_landmark` for groups 1 and 0."""
    log_hr = one.cloglog - zero.cloglog
    se = sqrt(one.se**2 + zero.se**2)
    reach = normal_quantile(level) * se
    method = one.method if one.method == zero.method else f"{one.method}; {zero.method}"
    return LandmarkComparison(
        log_hr=log_hr,
        se=se,
        hazard_ratio=Interval(*(exp_or_inf(log_hr + side * reach) for side in (0.0, -1.0, 1.0))),
        pvalue=erfc(abs(log_hr) / se / sqrt(2.0)),
        approximate=one.approximate or zero.approximate,
        method=method,
        notes=tuple(
            f"group {label}: {note}"
            for label, group in (("1", one), ("0", zero))
            for note in group.notes
        ),
        groups=(one, zero),
    )
