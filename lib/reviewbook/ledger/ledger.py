"""The claims of the article and every value it prints, beside ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from reviewbook.evidence.checks.cohorts import SCOPE
from reviewbook.evidence.claims import as_fraction
from reviewbook.evidence.rows import records
from reviewbook.review.settings import Claim

from .claims import ClaimJudgement
from .scope import Beside, beside, printed_number

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools

COLUMNS = (
    "level", "claim", "claim_id", "topic", "quantity", "printed", "printed_value", "ours_value",
    "ours", "primary", "verdict", "counts_read_alone", "reason", "chapter", "analysis_set",
)  # fmt: skip
CLAIM, VALUE = "claim", "value"


def ledger(
    pools: Pools,
    set_id: str,
    judge: Callable[[Claim], ClaimJudgement],
    *,
    topic: str | None = None,
) -> pd.DataFrame:
    """Judge the claims against an analysis set, with the printed values as their detail.

    Parameters
    ----------
    pools : Pools
        The review with its evidence.
    set_id : str
        The set. Against a study table only proportions are judged: it has no survival.
    judge : callable
        Gives the judgement of a claim against this set.
    topic : str, optional
        Only claims and values of this topic; all when omitted.

    Returns
    -------
    DataFrame
        A row of `level` "claim" for each claim, in the order of the settings, each followed by its
        values; then the values that belong to no claim. Columns :data:`COLUMNS`. Only claims have a
        verdict. `printed_value` and `ours_value` are fractions for percentages and NA where there
        is none; `primary` is the text of the estimate the book stands behind.
    """
    from_table = pools.review.set(set_id).rules is None
    values = records(pools.evidence.claims)
    rows: list[dict[str, Any]] = []
    for claim in pools.review.claims:
        if topic in (None, claim.topic) and not (from_table and claim.kind != "proportion"):
            rows.append(_claim_row(pools, set_id, judge(claim)))
            rows += [_value_row(pools, set_id, one) for one in values if one["claim"] == claim.id]
    rows += [
        _value_row(pools, set_id, one)
        for one in values
        if one["claim"] == SCOPE and topic in (None, one["topic"])
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"printed_value": "Float64", "ours_value": "Float64"})


def _claim_row(pools: Pools, set_id: str, judged: ClaimJudgement) -> dict[str, Any]:
    claim = judged.claim
    return {
        "level": CLAIM,
        "claim": claim.id,
        "claim_id": claim.id,
        "topic": claim.topic,
        "quantity": claim.kind,
        "printed": judged.printed,
        "ours": judged.ours,
        "primary": judged.primary,
        "verdict": judged.verdict,
        "counts_read_alone": judged.proportion.alone if judged.proportion else "",
        "reason": judged.reason,
        "chapter": pools.review.topic(claim.topic).chapter,
        "analysis_set": set_id,
    }


def _value_row(pools: Pools, set_id: str, value: Mapping[str, Any]) -> dict[str, Any]:
    number = value["kind"] == "number"
    side = beside(pools, set_id, value) if number else Beside("A statement without a number.")
    return {
        "level": VALUE,
        "claim": value["claim"],
        "claim_id": value["claim_id"],
        "topic": value["topic"],
        "quantity": value["quantity"],
        "printed": printed_text(pools, value),
        "printed_value": as_fraction(value["value"], value["unit"]) if number else None,
        "ours_value": side.value,
        "ours": side.ours,
        "primary": side.primary,
        "verdict": "",
        "counts_read_alone": "",
        "reason": side.finding,
        "chapter": pools.review.topic(value["topic"]).chapter,
        "analysis_set": set_id,
    }


def printed_text(pools: Pools, value: Mapping[str, Any]) -> str:
    """Return a printed value with its unit, with the decimals it was printed with."""
    if value["kind"] == "number":
        return printed_number(as_fraction(value["value"], value["unit"]), value)
    plain = value["value"].replace("_", " ")
    return pools.review.directions.get(value["value"], plain)
