"""Printed numbers beside ours, from a few cohorts made for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from metaprop import Interval, Recipe, pool
from reviewbook.ledger.claims import ClaimJudgement
from reviewbook.ledger.ledger import COLUMNS, ledger, printed_text
from reviewbook.ledger.scope import Beside, beside, printed_number

FT = Recipe(scale="double_arcsine", method="DL")
LOGIT = Recipe(scale="logit", method="DL")


def number(quantity: str, value: str, unit: str, digits: str = "0") -> dict[str, str]:
    return {"quantity": quantity, "value": value, "unit": unit, "digits": digits, "topic": "crs",
            "kind": "number"}  # fmt: skip


def made(
    events: list[int], totals: list[int], cohorts: pd.DataFrame | None = None, **parts: Any
) -> Any:
    """Return what `beside` asks of a review: one outcome with counts, and the cohorts of a set."""
    k = len(events)
    selection = SimpleNamespace(k=k, n=sum(totals))
    analysis = None
    if k:
        comparison, primary = (pool(events, totals, recipe) for recipe in (FT, LOGIT))
        analysis = SimpleNamespace(
            comparison=comparison, primary=primary, i2_interval=Interval(0.5, 0.123, 0.987)
        )
    outcome = SimpleNamespace(id="crs_any", label="Cytokine release syndrome")
    return SimpleNamespace(
        review=SimpleNamespace(outcome=lambda topic: outcome, parts=parts),
        select=lambda outcome, set_id: selection,
        analyse=lambda outcome, set_id: analysis,
        eligible=lambda set_id: cohorts,
    )


def test_values_are_printed_in_the_unit_and_with_the_decimals_of_the_printed_one() -> None:
    assert printed_number(0.8749, number("i2", "", "percent", "2")) == "87.49%"
    assert printed_number(0.875, number("i2", "", "percent")) == "88%"
    assert printed_number(0.1249, number("p", "", "probability", "2")) == "p = 0.12"
    assert printed_number(0.00004, number("p", "", "probability", "3")) == "p < 0.001"
    assert printed_number(13.0, number("n_studies", "", "studies")) == "13 studies"


def test_a_limit_has_its_own_value_and_what_it_differs_by() -> None:
    pools = made([8, 5, 9], [10, 10, 12])
    pooled = pool([8, 5, 9], [10, 10, 12], FT)
    logit = pool([8, 5, 9], [10, 10, 12], LOGIT)
    assert pooled.proportion is not None
    assert logit.proportion is not None
    for quantity, ours, primary in (
        ("pooled_proportion", pooled.proportion.estimate, logit.proportion.estimate),
        ("ci_low", pooled.proportion.low, logit.proportion.low),
        ("ci_high", pooled.proportion.high, logit.proportion.high),
    ):
        same = f"{100 * ours:.1f}"
        found = beside(pools, "set", number(quantity, same, "percent", "1"))
        assert found == Beside(
            "Equal at the printed precision.", f"{same}%", ours, f"{100 * primary:.1f}%"
        )
        fewer = f"{100 * ours - 23.4:.10f}"
        found = beside(pools, "set", number(quantity, fewer, "percent"))
        assert found.finding == "Ours differs by 23.4 percentage points."
        more = f"{100 * ours + 0.77:.10f}"
        found = beside(pools, "set", number(quantity, more, "percent", "1"))
        assert found.finding == "Ours differs by −0.8 percentage points."


def test_heterogeneity_has_no_finding_but_how_badly_it_is_known() -> None:
    pools = made([8, 5, 11], [10, 10, 12])
    pooled, logit = (pool([8, 5, 11], [10, 10, 12], recipe) for recipe in (FT, LOGIT))
    found = beside(pools, "set", number("i2", "30", "percent", "1"))
    assert (found.value, found.ours) == (pooled.i2, f"{100 * pooled.i2:.1f}%")
    assert found.primary == f"{100 * logit.i2:.1f}%"
    start = f"Our I² is {100 * pooled.i2:.2f}% (95% CI 12 to 99): with 3 cohorts it is known so"
    assert found.finding.startswith(start)
    found = beside(pools, "set", number("heterogeneity_p", "0.1", "probability", "3"))
    assert found.value == pooled.q_pvalue
    assert found.ours == f"p = {pooled.q_pvalue:.3f}"


def test_two_cohorts_have_heterogeneity() -> None:
    found = beside(made([8, 5], [10, 10]), "set", number("i2", "30", "percent", "1"))
    assert found.value == pool([8, 5], [10, 10], FT).i2
    assert "with 2 cohorts it is known so badly" in found.finding


def test_one_cohort_has_a_proportion_and_no_heterogeneity_and_none_has_neither() -> None:
    one, none = made([8], [10]), made([], [])
    assert beside(one, "set", number("i2", "30", "percent")) == Beside(
        "A single cohort has no heterogeneity."
    )
    found = beside(one, "set", number("pooled_proportion", "80", "percent"))
    assert (found.finding, found.ours) == ("Equal at the printed precision.", "80%")
    assert beside(none, "set", number("i2", "30", "percent")) == Beside(
        "No cohort of the set gives a readable count of cytokine release syndrome."
    )


COHORTS = pd.DataFrame(
    {
        "n_infused": [20, 30, 12, 7],
        "n_donor": [20.0, 10.0, np.nan, np.nan],
        "n_adult": [20.0, 30.0, 10.0, 2.0],
    }
)
RULES = "this book's set follows its own rules, and which studies the article pooled is not printed"


@pytest.mark.parametrize(
    ("quantity", "value", "start", "ours", "own"),
    [
        ("n_studies", "13", f"9 fewer than printed: {RULES}", "4 cohorts", 4.0),
        ("n_studies", "1", f"3 more than printed: {RULES}", "4 cohorts", 4.0),
        ("n_studies", "4", "Equal; which studies", "4 cohorts", 4.0),
        ("n_patients", "68", f"1 more than printed: {RULES}", "69 patients", 69.0),
        ("n_patients", "70", f"1 fewer than printed: {RULES}", "69 patients", 69.0),
        ("n_adult", "62", "Equal; which studies", "62 patients", 62.0),
    ],
)
def test_sizes_are_beside_sizes(
    quantity: str, value: str, start: str, ours: str, own: float
) -> None:
    found = beside(made([], [], COHORTS), "set", number(quantity, value, "patients"))
    assert found.finding.startswith(start)
    assert (found.ours, found.value, found.primary) == (ours, own, "")


def test_a_split_that_cohorts_do_not_print_is_a_range() -> None:
    pools = made([], [], COHORTS)
    assert beside(pools, "set", number("n_donor", "40", "patients")) == Beside(
        "30 donor patients known; 2 cohorts with 19 patients do not print the split.",
        "30 to 49 patients",
    )
    one = made([], [], COHORTS.iloc[:3], n_donor=SimpleNamespace(noun="donor-derived"))
    assert beside(one, "set", number("n_donor", "40", "patients")) == Beside(
        "30 donor-derived patients known; 1 cohort with 12 patients does not print the split.",
        "30 to 42 patients",
    )


def test_sizes_that_are_not_printed_are_no_numbers() -> None:
    cohorts = COHORTS.assign(n_infused=[20, 30, 12, np.nan])
    pools = made([], [], cohorts)
    asked = number("n_patients", "40", "patients")
    assert beside(pools, "set", asked) == Beside("1 study of the set give no number of patients.")
    assert beside(pools, "set", number("n_donor", "40", "patients")) == Beside(
        "2 studies of the set print no donor patients."
    )
    assert beside(pools, "set", number("n_child", "40", "patients")) == Beside(
        "The evidence has no column n_child."
    )


def test_printed_values_that_are_no_numbers_are_words() -> None:
    pools: Any = SimpleNamespace(
        review=SimpleNamespace(directions={"os_longer": "Survival was longer"})
    )
    text = {"kind": "text", "value": "os_longer"}
    assert printed_text(pools, text) == "Survival was longer"
    assert printed_text(pools, {**text, "value": "no_such_word"}) == "no such word"
    assert printed_text(pools, number("i2", "29.65", "percent", "2")) == "29.65%"


def ledger_of(topic: str | None = None, *, table: bool = False) -> pd.DataFrame:
    """Return the ledger of three claims with a value each, and of two values of the whole set."""
    pools = made([8, 5], [10, 10], COHORTS)
    claims = [
        SimpleNamespace(id=f"c_{kind}", kind=kind, topic="crs" if kind == "proportion" else "other")
        for kind in ("proportion", "direction", "statement")
    ]
    rows = [
        {**number("pooled_proportion", "65", "percent"), "claim_id": "own",
         "claim": "c_proportion"},
        {"quantity": "way", "value": "os_longer", "unit": "", "digits": "", "topic": "other",
         "kind": "text", "claim_id": "way", "claim": "c_direction"},
        {**number("n_studies", "5", "studies"), "claim_id": "size", "claim": "scope",
         "topic": "scope"},
    ]  # fmt: skip
    pools.review.claims = claims
    pools.review.directions = {}
    pools.review.topic = lambda name: SimpleNamespace(chapter=f"chapter-{name}")
    pools.review.set = lambda name: SimpleNamespace(rules=None if table else "rules")
    pools.evidence = SimpleNamespace(claims=pd.DataFrame(rows))

    def judge(claim: Any) -> ClaimJudgement:
        own: Any = SimpleNamespace(alone="compatible") if claim.kind == "proportion" else None
        return ClaimJudgement(claim, "verdict", "printed", "ours", "primary", "reason", own)

    return ledger(pools, "set", judge, topic=topic)


def test_each_claim_is_followed_by_its_values_and_the_rest_stands_last() -> None:
    table = ledger_of()
    assert list(table.columns) == list(COLUMNS)
    assert table["claim_id"].tolist() == [
        "c_proportion", "own", "c_direction", "way", "c_statement", "size",
    ]  # fmt: skip
    assert table["level"].tolist() == ["claim", "value", "claim", "value", "claim", "value"]
    assert table["verdict"].tolist() == ["verdict", "", "verdict", "", "verdict", ""]
    assert table["counts_read_alone"].tolist() == ["compatible", "", "", "", "", ""]
    own, way, size = (table.set_index("claim_id").loc[name] for name in ("own", "way", "size"))
    assert (own["printed"], own["printed_value"], own["chapter"]) == ("65%", 0.65, "chapter-crs")
    pooled = pool([8, 5], [10, 10], FT).proportion
    assert pooled is not None
    assert own["ours_value"] == pooled.estimate
    assert (way["printed"], way["reason"]) == ("os longer", "A statement without a number.")
    assert way["printed_value"] is way["ours_value"] is pd.NA
    assert (size["printed_value"], size["ours_value"]) == (5, 4)


def test_a_topic_has_its_claims_and_values_only() -> None:
    assert ledger_of("crs")["claim_id"].tolist() == ["c_proportion", "own"]
    assert ledger_of("other")["claim_id"].tolist() == ["c_direction", "way", "c_statement"]
    assert ledger_of("scope")["claim_id"].tolist() == ["size"]


def test_against_a_table_only_proportions_are_judged() -> None:
    assert ledger_of(table=True)["claim_id"].tolist() == ["c_proportion", "own", "size"]
    assert ledger_of("other", table=True).empty
