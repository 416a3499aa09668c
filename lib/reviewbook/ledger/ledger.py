"""Every printed value beside ours, with verdict and reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from reviewbook import words
from reviewbook.evidence.claims import Claims, as_fraction
from reviewbook.evidence.rows import records
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.pooling.coverage import coverage_of

from .directions import judge as judge_direction
from .forensics import studies_implied
from .verdicts import (
    NOT_CHECKABLE,
    Judgement,
    judge_count,
    judge_heterogeneity,
    judge_part,
    judge_proportion,
)

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools

COLUMNS = (
    "claim_id", "topic", "quantity", "printed", "printed_value", "ours_value", "ours", "primary",
    "verdict", "reason", "chapter", "analysis_set",
)  # fmt: skip
_LIMITS = {"pooled_proportion": "estimate", "ci_low": "low", "ci_high": "high"}


def ledger(pools: Pools, set_id: str, *, topic: str | None = None) -> pd.DataFrame:
    """Judge printed values against an analysis set.

    Parameters
    ----------
    pools : Pools
        The review with its evidence.
    set_id : str
        The set. Against a study table only numbers are judged: it has no survival.
    topic : str, optional
        Only values of this topic are judged; all when omitted.

    Returns
    -------
    DataFrame
        One row a printed value, in the order of ``claims.csv``; columns :data:`COLUMNS`.
        `printed_value` and `ours_value` are fractions for percentages and NA where there is none;
        `primary` is the text of the estimate the book stands behind.
    """
    from_table = pools.review.set(set_id).rules is None
    rows = []
    for claim in records(pools.evidence.claims):
        if topic not in (None, claim["topic"]) or (from_table and claim["kind"] == "direction"):
            continue
        judged = judge_claim(pools, set_id, claim)
        number = claim["kind"] == "number"
        rows.append(
            {
                "claim_id": claim["claim_id"],
                "topic": claim["topic"],
                "quantity": claim["quantity"],
                "printed": printed_text(pools, claim),
                "printed_value": as_fraction(claim["value"], claim["unit"]) if number else None,
                "ours_value": judged.value,
                "ours": judged.ours,
                "primary": judged.primary,
                "verdict": judged.verdict,
                "reason": judged.reason,
                "chapter": pools.review.topic(claim["topic"]).chapter,
                "analysis_set": set_id,
            }
        )
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"printed_value": "Float64", "ours_value": "Float64"})


def judge_claim(pools: Pools, set_id: str, claim: Mapping[str, Any]) -> Judgement:
    """Judge one row of ``claims.csv`` against an analysis set."""
    if claim["kind"] == "direction":
        return judge_direction(pools, claim["value"])
    if claim["quantity"].startswith("n_"):
        return _count(pools, set_id, claim)
    return _pooled(pools, set_id, claim)


def printed_text(pools: Pools, claim: Mapping[str, Any]) -> str:
    """Return a printed value with its unit, with the decimals it was printed with."""
    if claim["kind"] == "direction":
        plain = claim["value"].replace("_", " ")
        return pools.review.directions.get(claim["value"], plain)
    return _text(as_fraction(claim["value"], claim["unit"]), claim)


def _text(value: float, claim: Mapping[str, Any]) -> str:
    """Return a value in the unit and with the decimals of a printed one."""
    digits = int(claim["digits"])
    if claim["unit"] == "percent":
        return str(words.percent(value, digits=digits))
    if claim["unit"] == "probability":
        return str(words.pvalue(value, digits=digits))
    return f"{words.number(value, digits)} {claim['unit']}"


def _pooled(pools: Pools, set_id: str, claim: Mapping[str, Any]) -> Judgement:
    """Judge a printed proportion, one of its limits, I² or its p-value."""
    outcome, quantity = pools.review.outcome(claim["topic"]), claim["quantity"]
    selection = pools.select(outcome.id, set_id)
    if selection.k == 0:
        what = words.within_sentence(outcome.label)
        return Judgement(NOT_CHECKABLE, f"No cohort of the set gives a readable count of {what}.")
    analysis, printed = pools.analyse(outcome.id, set_id), pools.claims(claim["topic"])
    basis = f"{words.count(selection.k, 'cohort')}, {words.count(selection.n, 'patient')}"
    if quantity in _LIMITS:
        ours = proportion(analysis.comparison)
        judged = judge_proportion(quantity, printed, ours, basis=basis)
        values = (getattr(own, _LIMITS[quantity]) for own in (ours, proportion(analysis.primary)))
    else:
        interval = analysis.i2_interval
        judged = judge_heterogeneity(quantity, printed, analysis.comparison, interval, basis=basis)
        if interval is None:
            return judged
        attribute = {"i2": "i2", "heterogeneity_p": "q_pvalue"}[quantity]
        values = (getattr(own, attribute) for own in (analysis.comparison, analysis.primary))
    if quantity == "pooled_proportion":
        judged = replace(judged, reason=_with_coverage(pools, analysis, printed, judged.reason))
    value, primary = values
    return replace(judged, ours=_text(value, claim), value=value, primary=_text(primary, claim))


def _with_coverage(pools: Pools, analysis: Analysis, printed: Claims, reason: str) -> str:
    """Return the reason with what the counts that could not be read leave open."""
    selection, recipe = analysis.selection, analysis.comparison.recipe
    coverage = coverage_of(selection, pools.eligible(selection.set_id), recipe)
    implied = studies_implied(printed) if coverage.unread else ""
    return " ".join(filter(None, (reason, coverage.describe(), implied)))


def _count(pools: Pools, set_id: str, claim: Mapping[str, Any]) -> Judgement:
    """Judge a printed number of studies, of patients, or of the patients in a part."""
    cohorts = pools.eligible(set_id)
    printed, column = float(claim["value"]), claim["quantity"]
    if column == "n_studies":
        basis = "Cohorts of the set from which any outcome can be read"
        return _counted(printed, len(cohorts), "cohort", basis)
    if column != "n_patients":
        return _part(pools, cohorts, column, printed)
    unknown = int(cohorts["n_infused"].isna().sum())
    if unknown:
        reason = f"{words.count(unknown, 'study')} of the set give no number of patients."
        return Judgement(NOT_CHECKABLE, reason)
    basis = f"Patients infused in the {words.count(len(cohorts), 'cohort')} of the set"
    return _counted(printed, int(cohorts["n_infused"].sum()), "patient", basis)


def _counted(printed: float, ours: int, noun: str, basis: str) -> Judgement:
    judged = judge_count(printed, ours, noun=noun, basis=basis)
    return replace(judged, ours=str(words.count(ours, noun)), value=float(ours))


def _part(pools: Pools, cohorts: pd.DataFrame, column: str, printed: float) -> Judgement:
    part = pools.review.parts.get(column)
    noun = part.noun if part else column.removeprefix("n_")
    if column not in cohorts:
        return Judgement(NOT_CHECKABLE, f"The evidence has no column {column}.")
    unsplit = cohorts[cohorts[column].isna()]
    if unsplit["n_infused"].isna().any():
        reason = f"{words.count(len(unsplit), 'study')} of the set print no {noun} patients."
        return Judgement(NOT_CHECKABLE, reason)
    known, open_ = int(cohorts[column].sum()), int(unsplit["n_infused"].sum())
    judged = judge_part(printed, known, open_, noun=noun, unsplit_cohorts=len(unsplit))
    if unsplit.empty:
        return replace(judged, ours=str(words.count(known, "patient")), value=float(known))
    text = f"{words.number(known, 0)} to {words.number(known + open_, 0)} patients"
    return replace(judged, ours=text)
