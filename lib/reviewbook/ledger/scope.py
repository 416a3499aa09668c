"""Printed numbers beside ours, in words: they are detail of a claim and get no verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from reviewbook import words
from reviewbook.evidence.claims import as_fraction
from reviewbook.pooling.analysis import Analysis, proportion

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools

_LIMITS = {"pooled_proportion": "estimate", "ci_low": "low", "ci_high": "high"}
_HETEROGENEITY = {"i2": "i2", "heterogeneity_p": "q_pvalue"}


@dataclass(frozen=True, slots=True)
class Beside:
    """Our side of a printed number.

    Attributes
    ----------
    finding : str
        One sentence.
    ours : str
        Text of what the comparison recipe gives; "" where there is none.
    value : float or None
        The same as a number; fractions for percentages.
    primary : str
        Text of the estimate the book stands behind.
    """

    finding: str
    ours: str = ""
    value: float | None = None
    primary: str = ""


def beside(pools: Pools, set_id: str, claim: Mapping[str, Any]) -> Beside:
    """Set our side beside a number of ``claims.csv``, against an analysis set."""
    if claim["quantity"].startswith("n_"):
        return _count(pools, set_id, claim)
    outcome, quantity = pools.review.outcome(claim["topic"]), claim["quantity"]
    selection = pools.select(outcome.id, set_id)
    if selection.k == 0:
        what = words.within_sentence(outcome.label)
        return Beside(f"No cohort of the set gives a readable count of {what}.")
    analysis = pools.analyse(outcome.id, set_id)
    if quantity in _LIMITS:
        name = _LIMITS[quantity]
        values = [
            float(getattr(proportion(pooled), name))
            for pooled in (analysis.comparison, analysis.primary)
        ]
        finding = _equal_or_not(values[0], claim)
    else:
        name = _HETEROGENEITY[quantity]
        values = [float(getattr(p, name)) for p in (analysis.comparison, analysis.primary)]
        if selection.k < 2:
            return Beside("A single cohort has no heterogeneity.")
        finding = _heterogeneity(analysis)
    value, primary = values
    return Beside(finding, printed_number(value, claim), value, printed_number(primary, claim))


def printed_number(value: float, claim: Mapping[str, Any]) -> str:
    """Return a value in the unit and with the decimals of a printed one."""
    digits = int(claim["digits"])
    if claim["unit"] == "percent":
        return str(words.percent(value, digits=digits))
    if claim["unit"] == "probability":
        return str(words.pvalue(value, digits=digits))
    return f"{words.number(value, digits)} {claim['unit']}"


def _equal_or_not(ours: float, claim: Mapping[str, Any]) -> str:
    """Say how far apart two values of a limit or an estimate are."""
    digits = int(claim["digits"])
    printed = as_fraction(claim["value"], claim["unit"])
    if words.in_percent(ours, digits) == words.in_percent(printed, digits):
        return "Equal at the printed precision."
    points = words.number(100 * (ours - printed), 1)
    return f"Ours differs by {points} percentage points."


def _heterogeneity(analysis: Analysis) -> str:
    interval, pooled = analysis.i2_interval, analysis.comparison
    assert interval is not None
    limits = f"{words.in_percent(interval.low)} to {words.in_percent(interval.high)}"
    return (
        f"Our I² is {words.percent(pooled.i2, digits=2)} (95% CI {limits}): with "
        f"{words.count(pooled.k, 'cohort')} it is known so badly that hardly any printed value "
        "could contradict it."
    )


def _count(pools: Pools, set_id: str, claim: Mapping[str, Any]) -> Beside:
    """Set a number of studies, of patients, or of the patients in a part beside ours."""
    cohorts = pools.eligible(set_id)
    column = claim["quantity"]
    if column == "n_studies":
        ours = len(cohorts)
        return Beside(_another_set(ours, claim), str(words.count(ours, "cohort")), float(ours))
    if column != "n_patients":
        return _part(pools, cohorts, column, claim)
    unknown = int(cohorts["n_infused"].isna().sum())
    if unknown:
        return Beside(f"{words.count(unknown, 'study')} of the set give no number of patients.")
    ours = int(cohorts["n_infused"].sum())
    return Beside(_another_set(ours, claim), str(words.count(ours, "patient")), float(ours))


def _another_set(ours: int, claim: Mapping[str, Any]) -> str:
    printed = float(claim["value"])
    if ours == printed:
        return "Equal; which studies the article pooled is not printed in its abstract."
    more = "more" if ours > printed else "fewer"
    by = words.number(abs(ours - printed), 0)
    return (
        f"{by} {more} than printed: this book's set follows its own rules, and which studies the "
        "article pooled is not printed in its abstract."
    )


def _part(pools: Pools, cohorts: pd.DataFrame, column: str, claim: Mapping[str, Any]) -> Beside:
    part = pools.review.parts.get(column)
    noun = part.noun if part else column.removeprefix("n_")
    if column not in cohorts:
        return Beside(f"The evidence has no column {column}.")
    unsplit = cohorts[cohorts[column].isna()]
    if unsplit["n_infused"].isna().any():
        return Beside(f"{words.count(len(unsplit), 'study')} of the set print no {noun} patients.")
    known, open_ = int(cohorts[column].sum()), int(unsplit["n_infused"].sum())
    if unsplit.empty:
        told = Beside(_another_set(known, claim))
        return replace(told, ours=str(words.count(known, "patient")), value=float(known))
    low, high = words.number(known, 0), words.number(known + open_, 0)
    doing = "does" if len(unsplit) == 1 else "do"
    finding = (
        f"{words.count(known, f'{noun} patient')} known; {words.count(len(unsplit), 'cohort')} "
        f"with {words.count(open_, 'patient')} {doing} not print the split."
    )
    return Beside(finding, f"{low} to {high} patients")
