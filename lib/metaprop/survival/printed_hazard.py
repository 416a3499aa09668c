"""Hazard ratios from what reports print in their place: a log-rank p-value, or two medians."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import erfc, inf, log, sqrt

from scipy.special import ndtri

from metaprop.checks import check_choice, check_level, check_number, check_whole
from metaprop.intervals import normal_quantile
from metaprop.printed_pvalue import read_pvalue
from metaprop.results import Interval, Result

from .printed_interval import exp_or_inf, not_printed


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedHazardRatio(Result):
    """Hazard ratio of group 1 to group 0, worked out from other printed numbers.

    Attributes
    ----------
    log_hr, se : float
        Log hazard ratio and its standard error; below 0 favours group 1.
    hazard_ratio : Interval
        exp(log_hr) with its interval.
    pvalue : float
        Two-sided, from log_hr / se: the printed one where that was given.
    bound : {"", "at least", "at most"}
        Not empty where the p-value was printed as a bound: the log hazard ratio is at least, or at
        most, this far from 0 on its side, and the interval moves with it.
    rounding : Interval or None
        The hazard ratio, and its range given the rounding of the printed p-value; None where the
        number of its digits was not said.
    information : float
        1 / se², for a log-rank test the variance of observed − expected events.
    method : str
    notes : tuple of str
        Everything the reader of the number should know.
    """

    log_hr: float
    se: float
    hazard_ratio: Interval
    pvalue: float
    bound: str = ""
    rounding: Interval | None = None
    information: float
    method: str
    notes: tuple[str, ...]


# Variance V of observed − expected events in a log-rank test, from events e and patients n.
_VARIANCES: dict[str, tuple[str, Callable[[float, float, float, float], float]]] = {
    "events": ("e1 e0 / (e1 + e0)", lambda e1, e0, n1, n0: e1 * e0 / (e1 + e0)),
    "patients": (
        "e n1 n0 / (n1 + n0)²",
        lambda e1, e0, n1, n0: (e1 + e0) * n1 * n0 / (n1 + n0) ** 2,
    ),
    "equal": ("e / 4", lambda e1, e0, n1, n0: (e1 + e0) / 4.0),
}


def log_hr_from_pvalue(
    pvalue: float | str,
    *,
    favours: int,
    events1: float | None = None,
    events0: float | None = None,
    events: float | None = None,
    n1: float | None = None,
    n0: float | None = None,
    variance: str | None = None,
    p_digits: int | None = None,
    level: float = 0.95,
) -> PrintedHazardRatio:
    """Estimate a hazard ratio from the p-value of a log-rank test and the numbers of events.

    With z the normal quantile of the two-sided p-value and V the variance of observed − expected
    events, log HR = ∓ z / √V with standard error 1 / √V, negative when group 1 fared better. V is
    not printed either; one of three formulas takes its place (e events, n patients):

    - "events": e₁ e₀ / (e₁ + e₀), from the events of each group;
    - "patients": e n₁ n₀ / (n₁ + n₀)², from all events and the size of the groups;
    - "equal": e / 4, for groups of equal size.

    Parameters
    ----------
    pvalue : float or str
        Two-sided p-value, a fraction; or a text such as "<0.001", which makes the result a bound:
        the standard error holds, the log hazard ratio lies at least that far from 0.
    favours : {1, 0}
        The group with the better survival. A p-value does not say.
    events1, events0 : float, optional
        Events in groups 1 and 0; estimates need not be whole.
    events : float, optional
        Events in both groups together, where they are not known apart.
    n1, n0 : float, optional
        Patients in groups 1 and 0.
    variance : {"events", "patients", "equal"}, optional
        Formula of V. By default the first whose numbers are there and give V > 0.
    p_digits : int, optional
        Decimals of the p-value, for `rounding`.
    level : float

    Returns
    -------
    PrintedHazardRatio

    Raises
    ------
    ValueError
        For a p-value outside 0 to 1, or of 0, which has no z; for numbers that are missing,
        negative or contradict each other; for `favours` other than 1 and 0.

    Notes
    -----
    All formulas of V hold near a hazard ratio of 1, with few ties and censoring alike in both
    groups; a log-rank estimate is closer to 1 than that of a Cox regression when the effect is
    large. A p-value of another test (Wilcoxon, or of an adjusted model) gives something else. The
    result repeats the printed comparison and removes none of its bias.

    References
    ----------
    Parmar MKB, Torri V, Stewart L. Stat Med 1998;17:2815. Tierney JF et al. Trials 2007;8:16.

    Examples
    --------
    >>> from metaprop import survival
    >>> found = survival.log_hr_from_pvalue(0.075, favours=1, events1=229, events0=256)
    >>> [round(value, 2) for value in found.hazard_ratio]
    [0.85, 0.71, 1.02]
    """
    check_level(level)
    sign = -1.0 if check_whole("favours", favours, at_most=1) == 1 else 1.0
    printed = read_pvalue(pvalue)
    if printed.value == 0.0 and printed.relation != ">":
        raise ValueError(
            f"a p-value of {pvalue!r} has no normal quantile: give what it lies below, such as "
            "'<0.001'"
        )
    method, information = _information(events1, events0, events, n1, n0, variance)
    z = _z(printed.value)
    notes = []
    if printed.relation != "=":
        notes.append(
            f"the p-value is printed as {printed.relation} {printed.value:g}: the log hazard ratio "
            f"lies at {'least' if printed.relation == '<' else 'most'} this far from 0, and the "
            "interval moves with it"
        )
    if method == "equal" and variance is None:
        notes.append("groups of equal size are assumed: nothing else was given")
    found = _result(
        sign * z / sqrt(information),
        information,
        level,
        method=f"log-rank p-value, V = {_VARIANCES[method][0]}",
        notes=tuple(notes),
        bound={"=": "", "<": "at least", ">": "at most"}[printed.relation],
        pvalue=printed.value,
    )
    if p_digits is None or printed.relation != "=":
        return found
    half = 0.5 * 10.0 ** -check_whole("p_digits", p_digits, at_most=12)
    ends = (sign * _z(min(max(printed.value + side * half, 0.0), 1.0)) for side in (-1.0, 1.0))
    low, high = sorted(exp_or_inf(end / sqrt(information)) for end in ends)
    return replace(found, rounding=Interval(found.hazard_ratio.estimate, low, high))


def _z(pvalue: float) -> float:
    """Upper normal quantile of half a two-sided p-value."""
    return -float(ndtri(pvalue / 2.0)) if pvalue > 0.0 else inf


def _information(
    events1: float | None,
    events0: float | None,
    events: float | None,
    n1: float | None,
    n0: float | None,
    variance: str | None,
) -> tuple[str, float]:
    """Name of the formula of V and its value."""
    given = {"events1": events1, "events0": events0, "events": events, "n1": n1, "n0": n0}
    known = {
        name: check_number(name, value, at_least=0.0)
        for name, value in given.items()
        if not not_printed(value)
    }
    apart = "events1" in known and "events0" in known
    if apart and "events" in known and known["events1"] + known["events0"] != known["events"]:
        raise ValueError(
            f"events1 {events1!r} and events0 {events0!r} do not add up to events {events!r}"
        )
    total = known["events1"] + known["events0"] if apart else known.get("events", 0.0)
    if total <= 0.0:
        raise ValueError(
            f"the number of events is needed, in both groups or together; got events1 {events1!r}, "
            f"events0 {events0!r}, events {events!r}"
        )
    for group in ("1", "0"):
        e, n = known.get(f"events{group}", 0.0), known.get(f"n{group}", inf)
        if n <= 0.0 or e > n:
            raise ValueError(f"group {group} has {e:g} events among {n:g} patients")
    possible = {
        "events": apart and min(known["events1"], known["events0"]) > 0.0,
        "patients": "n1" in known and "n0" in known,
        "equal": True,
    }
    if variance is None:
        name = next(name for name, there in possible.items() if there)
    else:
        check_choice("variance", variance, tuple(_VARIANCES))
        name = variance
        if not possible[name]:
            wanted = "n1 and n0" if name == "patients" else "events1 and events0 above 0"
            raise ValueError(f"variance {name!r} needs {wanted}")
    e1, e0 = (known["events1"], known["events0"]) if apart else (total, 0.0)
    return name, _VARIANCES[name][1](e1, e0, known.get("n1", 0.0), known.get("n0", 0.0))


def log_hr_from_medians(
    median1: float,
    median0: float,
    *,
    events1: float,
    events0: float,
    level: float = 0.95,
) -> PrintedHazardRatio:
    """Estimate a hazard ratio from two median survival times, as if survival were exponential.

    Constant hazards are log 2 / median, so that HR = median₀ / median₁; the log of a constant
    hazard estimated from e events has variance 1 / e, so that of log HR is 1 / e₁ + 1 / e₀.

    Parameters
    ----------
    median1, median0 : float
        Median survival times of groups 1 and 0, in the same unit.
    events1, events0 : float
        Events in groups 1 and 0; estimates need not be whole.
    level : float

    Returns
    -------
    PrintedHazardRatio

    Raises
    ------
    ValueError
        For medians that are not reached or not positive, or a group without events.

    Notes
    -----
    The weakest of the ways to a hazard ratio: hazards are rarely constant, and a median read off a
    curve with plateaus varies far more than the standard error says, which is that of a mean.

    References
    ----------
    Parmar MKB, Torri V, Stewart L. Stat Med 1998;17:2815.

    Examples
    --------
    >>> from metaprop import survival
    >>> found = survival.log_hr_from_medians(14.0, 9.0, events1=30, events0=34)
    >>> [round(value, 2) for value in found.hazard_ratio]
    [0.64, 0.39, 1.05]
    """
    check_level(level)
    for name, median in (("median1", median1), ("median0", median0)):
        if not_printed(median) or median == inf:
            raise ValueError(f"{name} is not reached (got {median!r}): no hazard follows from it")
        if check_number(name, median) <= 0.0:
            raise ValueError(f"{name} must be a positive time, got {median!r}")
    for name, count in (("events1", events1), ("events0", events0)):
        if check_number(name, count) <= 0.0:
            raise ValueError(f"{name} must be positive, got {count!r}")
    return _result(
        log(median0) - log(median1),
        1.0 / (1.0 / events1 + 1.0 / events0),
        level,
        method="medians of exponential survival",
        notes=("survival is taken to be exponential in both groups",),
    )


def _result(
    log_hr: float,
    information: float,
    level: float,
    *,
    method: str,
    notes: tuple[str, ...],
    bound: str = "",
    pvalue: float | None = None,
) -> PrintedHazardRatio:
    se = 1.0 / sqrt(information)
    reach = normal_quantile(level) * se
    low, high = exp_or_inf(log_hr - reach), exp_or_inf(log_hr + reach)
    return PrintedHazardRatio(
        log_hr=log_hr,
        se=se,
        hazard_ratio=Interval(exp_or_inf(log_hr), low, high),
        pvalue=erfc(abs(log_hr) / se / sqrt(2.0)) if pvalue is None else pvalue,
        bound=bound,
        information=information,
        method=method,
        notes=notes,
    )
