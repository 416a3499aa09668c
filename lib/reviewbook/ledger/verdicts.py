"""The rules of the verdicts, fixed before any comparison.

``reproduced``
    Ours, rounded to the printed decimals, is the printed value.
``compatible``
    Not equal, but each estimate lies in the other's 95 % interval. For I² and its p-value: the
    printed I² lies in our 95 % interval for I².
``not reproduced``
    Neither.
``not checkable``
    The evidence cannot decide; the reason says why.

Counts of studies and patients are compared as they are. Where some cohorts do not print how many of
their patients belong to a part, ours is a range: a printed value outside it is not reproduced, one
inside it is not checkable.
"""

from __future__ import annotations

from dataclasses import dataclass

from metaprop import Interval, Pooled
from reviewbook import words
from reviewbook.evidence.claims import Claims

REPRODUCED, COMPATIBLE, NOT_REPRODUCED, NOT_CHECKABLE = words.VERDICTS


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason and our side; "" and None where there is none.

    Attributes
    ----------
    verdict, reason : str
        One of the four, and a computed sentence.
    ours : str
        Text of what the comparison recipe gives.
    value : float or None
        The same as a number; fractions for percentages.
    primary : str
        Text of the estimate the book stands behind.
    """

    verdict: str
    reason: str
    ours: str = ""
    value: float | None = None
    primary: str = ""


def rounds_to(ours: float, printed: float, digits: int) -> bool:
    """Whether `ours` rounds to `printed`; both in the printed unit, `digits` as printed."""
    return words.rounded(ours, digits) == words.rounded(printed, digits)


def judge_proportion(quantity: str, printed: Claims, ours: Interval, *, basis: str) -> Judgement:
    """Judge a pooled proportion or one of its limits.

    Parameters
    ----------
    quantity : {"pooled_proportion", "ci_low", "ci_high"}
        Which of the three.
    printed : Claims
        The printed estimate and limits.
    ours : Interval
        Ours, by the comparison recipe.
    basis : str
        What ours rests on, in words: cohorts and patients.
    """
    name, own, theirs = {
        "pooled_proportion": ("estimate", ours.estimate, printed.estimate),
        "ci_low": ("lower limit", ours.low, printed.low),
        "ci_high": ("upper limit", ours.high, printed.high),
    }[quantity]
    if theirs is None:
        raise ValueError(f"the topic {printed.topic} prints no {quantity}")
    digits = printed.digits[quantity]
    start = (
        f"Our {name} is {words.percent(own, digits=digits)} ({basis}), "
        f"{words.percent(theirs, digits=digits)} is printed"
    )
    if rounds_to(own * 100, theirs * 100, digits):
        return Judgement(REPRODUCED, f"{start}: equal at the printed precision.")
    if printed.estimate is None or printed.low is None or printed.high is None:
        return Judgement(
            NOT_CHECKABLE,
            f"{start}: they differ, and without a printed interval nothing more follows.",
        )
    in_ours = printed.estimate in ours
    in_theirs = printed.low <= ours.estimate <= printed.high
    own_text = f"our interval ({_limits(ours.low, ours.high)})"
    their_text = f"the printed interval ({_limits(printed.low, printed.high)})"
    if in_ours and in_theirs:
        return Judgement(
            COMPATIBLE,
            f"{start}: not equal, but the printed estimate lies in {own_text} "
            f"and ours in {their_text}.",
        )
    outside = []
    if not in_ours:
        estimate = words.percent(printed.estimate, digits=printed.digits["pooled_proportion"])
        outside.append(f"the printed estimate {estimate} lies outside {own_text}")
    if not in_theirs:
        estimate = words.percent(ours.estimate, digits=1)
        outside.append(f"our estimate {estimate} lies outside {their_text}")
    return Judgement(NOT_REPRODUCED, f"{start}: {words.join(outside)}.")


def judge_heterogeneity(
    quantity: str, printed: Claims, ours: Pooled, interval: Interval | None, *, basis: str
) -> Judgement:
    """Judge a printed I² or the p-value beside it.

    Parameters
    ----------
    quantity : {"i2", "heterogeneity_p"}
        Which of the two.
    ours : Pooled
        Ours, by the comparison recipe.
    interval : Interval or None
        Our 95 % interval for I²; None for a single cohort.
    """
    if interval is None:
        return Judgement(
            NOT_CHECKABLE,
            f"Ours has no heterogeneity: a single cohort gives the outcome ({basis}).",
        )
    digits = printed.digits[quantity]
    own_i2 = f"{words.percent(ours.i2, digits=2)} (95% CI {_limits(interval.low, interval.high)})"
    test = (
        f"Q = {words.number(ours.q, 2)} on {words.count(ours.q_df, 'degree')} of freedom, {basis}"
    )
    if quantity == "i2":
        if printed.i2 is None:
            raise ValueError(f"the topic {printed.topic} prints no I²")
        theirs = str(words.percent(printed.i2, digits=digits))
        start = f"Our I² is {own_i2} ({test}), {theirs} is printed"
        equal = rounds_to(ours.i2 * 100, printed.i2 * 100, digits)
    else:
        if printed.pvalue is None:
            raise ValueError(f"the topic {printed.topic} prints no p-value")
        own, theirs = (words.pvalue(p, digits=digits) for p in (ours.q_pvalue, printed.pvalue))
        start = f"Ours is {own} ({test}; I² {own_i2}), {theirs} is printed"
        equal = rounds_to(ours.q_pvalue, printed.pvalue, digits)
    if equal:
        return Judgement(REPRODUCED, f"{start}: equal at the printed precision.")
    if printed.i2 is None:
        return Judgement(NOT_CHECKABLE, f"{start}: they differ, and no I² is printed to go by.")
    where = f"the printed I², {words.percent(printed.i2, digits=printed.digits['i2'])}, lies"
    if printed.i2 in interval:
        return Judgement(COMPATIBLE, f"{start}: not equal, but {where} in our interval for I².")
    return Judgement(NOT_REPRODUCED, f"{start}: {where} outside our interval for I².")


def judge_count(printed: float, ours: int, *, noun: str, basis: str) -> Judgement:
    """Judge a printed number of studies or patients."""
    start = f"{basis}: {words.count(ours, noun)}, {words.number(printed, 0)} printed"
    if ours == printed:
        return Judgement(REPRODUCED, f"{start}: equal.")
    more = "more" if ours > printed else "fewer"
    return Judgement(NOT_REPRODUCED, f"{start}: {words.number(abs(ours - printed), 0)} {more}.")


def judge_part(
    printed: float, known: int, unsplit: int, *, noun: str, unsplit_cohorts: int
) -> Judgement:
    """Judge a printed number of patients in a part of the cohorts.

    Parameters
    ----------
    known : int
        Patients known to belong to the part.
    unsplit : int
        Patients of cohorts that do not print the split: any number of them may belong to it.
    unsplit_cohorts : int
        How many cohorts that are.
    noun : str
        The part, such as ``"autologous"``.
    """
    text = words.number(printed, 0)
    if unsplit_cohorts == 0:
        start = f"{words.count(known, f'{noun} patient')} in all cohorts, {text} printed"
        if known == printed:
            return Judgement(REPRODUCED, f"{start}: equal.")
        return Judgement(NOT_REPRODUCED, f"{start}: not equal.")
    low, high = known, known + unsplit
    doing = "does" if unsplit_cohorts == 1 else "do"
    start = (
        f"{words.count(known, f'{noun} patient')} known; "
        f"{words.count(unsplit_cohorts, 'cohort')} with {words.count(unsplit, 'patient')} "
        f"{doing} not print the split, so ours is between "
        f"{words.number(low, 0)} and {words.number(high, 0)}"
    )
    if low <= printed <= high:
        return Judgement(
            NOT_CHECKABLE, f"{start}: the printed {text} is possible and cannot be checked."
        )
    return Judgement(NOT_REPRODUCED, f"{start}: the printed {text} lies outside.")


def _limits(low: float, high: float) -> str:
    return f"{words.in_percent(low)} to {words.in_percent(high)}"
