"""What a statement is told to rest on, and how the two findings on a direction are worded."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from metaprop import Interval, Recipe, pool
from reviewbook.evidence.claims import Claims
from reviewbook.ledger import claims
from reviewbook.ledger.claims import ClaimJudgement, direction_of, judge_claim
from reviewbook.ledger.directions import (
    DirectionFindings,
    _direction_text,
    _disagree,
    _effect_text,
    _holds_1,
    _quoted,
    contrast_sentence,
    findings_of,
    in_print_before,
    ratio_text,
)
from reviewbook.review.settings import ArmsEvidence
from reviewbook.survival.arms import HAZARD, Arm, Comparison

BELOW, ACROSS, ABOVE = Interval(0.5, 0.3, 0.8), Interval(0.7, 0.4, 1.2), Interval(1.5, 1.1, 2.0)


def claim(kind: str, text: str = "the effect is there", **more: Any) -> Any:
    return SimpleNamespace(kind=kind, text=text, bears=(), topic="t", id="c", **more)


def judged(kind: str, **more: Any) -> Any:
    text = {"proportion": "remission", "direction": "survival is longer"}[kind]
    return ClaimJudgement(claim(kind, text), "", "", "", "81% (95% CI 70 to 90)", "", **more)


def test_a_statement_is_told_by_what_bears_on_it() -> None:
    basis: Any = SimpleNamespace(basis="3 cohorts, 40 patients")
    parts = {
        "pool": judged("proportion", proportion=basis),
        "none": judged("proportion"),
        "arms": judged("direction", direction=DirectionFindings(str, str, 2, 3, identified=True)),
        "open": judged("direction", direction=DirectionFindings(str, str, 0, 1)),
        "silent": judged("direction", direction=DirectionFindings()),
    }
    pools: Any = None
    asked = claim("statement")
    asked.bears = tuple(parts)
    found = judge_claim(pools, asked, "set", parts.__getitem__)
    start = "No count can confirm a recommendation or a conclusion."
    assert found.reason == (
        f"{start} What bears on it: "
        "remission in 81% (95% CI 70 to 90) of 3 cohorts, 40 patients; remission: no count; "
        "that survival is longer: 2 of 3 comparisons point that way, and an effect is identified; "
        "that survival is longer: 0 of 1 comparisons point that way, and no effect is identified; "
        "that survival is longer: no comparison can be made, and no effect is identified."
    )
    assert (found.verdict, found.printed) == ("not checkable", "the effect is there")
    asked.bears = ()
    assert judge_claim(pools, asked, "set", parts.__getitem__).reason == start


def one(
    report: str = "a", ratio: Interval = BELOW, published: str = "2020", **more: Any
) -> Comparison:
    return Comparison(
        report_id=report, report_name=report, cohort_id=report, label=f"{report.title()} 2020",
        citation_key=report, publication_date=published, endpoint="os", measure=HAZARD,
        time_months=more.pop("time_months", 24.0), better=Arm(arm="yes"), worse=Arm(arm="no"),
        ratio=ratio, pvalue=0.5, printed_p="", **more,
    )  # fmt: skip


POOLS: Any = SimpleNamespace(
    review=SimpleNamespace(
        endpoint=lambda name: SimpleNamespace(label="overall survival", event="death"),
        groups={
            "edited": SimpleNamespace(label=lambda value: f"{value.title()} cells"),
            "source": SimpleNamespace(label=lambda value: "Donor"),
        },
        directions_evidence={},
    ),
    rules=lambda: SimpleNamespace(published_by="2024-06-30"),
)


def test_an_interval_that_ends_at_1_holds_1() -> None:
    assert _holds_1(Interval(0.5, 0.3, 1.0))
    assert _holds_1(Interval(1.5, 1.0, 2.0))
    assert not _holds_1(BELOW)
    assert not _holds_1(ABOVE)


def test_the_way_to_a_ratio_can_decide() -> None:
    assert not _disagree(one())
    assert not _disagree(one(at_one_time=ABOVE))
    assert _disagree(one(at_one_time=ACROSS))
    assert _disagree(one(ratio=ACROSS, at_one_time=BELOW))
    assert not _disagree(one(ratio=ACROSS, at_one_time=ACROSS))


@pytest.mark.parametrize(
    ("date", "before"),
    [("2024-06-30", True), ("2024-06", True), ("2024-07-01", False), ("2024", False), ("", False)],
)
def test_in_print_is_in_print_for_certain(date: str, before: bool) -> None:
    assert in_print_before(POOLS, one(published=date)) is before


def test_without_a_last_day_everything_is_in_print() -> None:
    pools: Any = SimpleNamespace(rules=lambda: SimpleNamespace(published_by=None))
    assert in_print_before(pools, one(published=""))


def test_comparisons_in_print_are_counted_first() -> None:
    pairs = [one("a"), one("b", ABOVE), one("c", ACROSS, at_one_time=BELOW)]
    assert _direction_text(POOLS, pairs[:1], pairs[:1]) == (
        "Of 1 comparison in print before the article, 1 points as claimed."
    )
    assert _direction_text(POOLS, pairs[:2], pairs[1:2]) == (
        "Of 1 comparison in print before the article, 0 point as claimed; of 1 published since, 1."
    )
    none = "there is no difference, which is no evidence that there is none"
    assert _direction_text(POOLS, pairs, ()) == (
        "No comparison was in print before the article; of 3 comparisons published since, 2 point "
        "as claimed. 1 of the 3 has an interval that holds 1: too few patients to exclude that "
        f"{none}. In C 2020 the ratio from the printed p-value is 0.70 (95% CI 0.40 to 1.20), that "
        "from survival at 24 months 0.50 (95% CI 0.30 to 0.80): they disagree on whether 1 can be "
        "excluded."
    )
    text = _direction_text(POOLS, [one(ratio=ACROSS), one("b", ACROSS)], ())
    assert "2 of the 2 have intervals that hold 1" in text
    level = one("b", Interval(1.0, 0.9, 1.1))
    assert ", 0 point as claimed" in _direction_text(POOLS, [level], [level])


def test_a_pooled_ratio_says_of_how_many_and_how_many_are_rough() -> None:
    assert ratio_text(POOLS, "os", []) == "no comparison of overall survival"
    assert ratio_text(POOLS, "os", [one()]) == (
        "hazard ratio of death 0.50 (95% CI 0.30 to 0.80), 1 cohort"
    )
    pair = [
        one("a", approximate=True, log_ratio=0.0, se=0.5),
        one("b", approximate=True, log_ratio=0.0, se=0.5),
        one("c", log_ratio=0.0, se=0.5),
    ]  # equal ratios of 1: the pool is 1, exp(±1.96 × 0.5/√3)
    assert ratio_text(POOLS, "os", pair) == (
        "hazard ratio of death 1.00 (95% CI 0.57 to 1.76), 3 cohorts"
        " (2 with an approximate standard error)"
    )


def evidence(*landmark: str) -> Any:
    return ArmsEvidence.model_construct(
        kind="arms", exposure="transplant", randomised_or_landmark=landmark
    )


def test_an_effect_is_identified_by_designs_only() -> None:
    assert _effect_text(evidence("a"), [one("a"), one("a")]) == (
        "The reports randomise, or compare from a stated landmark: an effect is identified."
    )
    alone = _effect_text(evidence("a"), [one("a"), one("b")])
    assert "identified: the report does not randomise and states no landmark" in alone
    assert "the 2 reports do not randomise and state no" in _effect_text(
        evidence(), [one("a"), one("b"), one("b")]
    )


def test_contrast_counts_each_side_inside_the_stratum() -> None:
    group: Any = SimpleNamespace(column="edited", within_column="source", within_value="donor",
                                 worse=("edited",), better=("no", "unknown"))  # fmt: skip
    sides = ["worse", "worse", "worse", "better", "better", "unknown"]

    def shown(identifying: tuple[str, ...], **counts: int) -> Any:
        return SimpleNamespace(
            cohorts=pd.DataFrame({"side": sides}),
            identified=bool(identifying),
            identifying=identifying,
            count=lambda side, stratum: counts[f"{side}_{stratum}"],
            number=sides.count,
        )

    text = contrast_sentence(POOLS, group, shown((), worse_inside=3, better_inside=0))
    assert text == (
        "3 of the 3 cohorts marked “edited cells” and 0 of the 2 marked “no cells” and “unknown "
        "cells” are donor, so no cohort separates the two characteristics."
    )
    one_more = contrast_sentence(POOLS, group, shown(("inside",), worse_inside=2, better_inside=1))
    assert one_more.endswith("so 1 stratum can separate them.")
    assert _quoted(POOLS, group, ["no"]) == "“no cells”"


def test_no_evidence_named_and_a_recommendation_are_no_comparison() -> None:
    pools: Any = SimpleNamespace(
        review=SimpleNamespace(
            directions_evidence={"advice": SimpleNamespace(kind="recommendation")}
        )
    )
    for name in ("advice", "nowhere"):
        found = findings_of(pools, name)
        assert (found.toward, found.compared, found.toward_before, found.compared_before) == (
            0, 0, 0, 0,
        )  # fmt: skip
        assert found.unclear
        assert not found.identified


PRINTED = Claims("t", 0.87, 0.80, 0.94, None, None, {}, {"pooled_proportion": 0, "ci_low": 0,
                                                         "ci_high": 0})  # fmt: skip


def with_cohorts(k: int, monkeypatch: pytest.MonkeyPatch) -> ClaimJudgement:
    """Judge a proportion of k cohorts with 8 of 10 each."""
    analysis = None
    if k:
        pooled = pool([8] * k, [10] * k, Recipe(scale="logit", method="FE"))
        analysis = SimpleNamespace(
            comparison=pooled, primary=pooled, selection=SimpleNamespace(made=None)
        )
    judged = SimpleNamespace(verdict="compatible", reason="because", analysis=analysis)
    monkeypatch.setattr(claims, "judge_proportion", lambda pools, topic, set_id: judged)
    pools: Any = SimpleNamespace(
        claims=lambda topic: PRINTED,
        select=lambda outcome, set_id: SimpleNamespace(k=k),
        review=SimpleNamespace(outcome=lambda topic: topic),
    )
    return judge_claim(pools, claim("proportion"), "set", judged=None)  # type: ignore[arg-type]


def test_a_proportion_that_no_cohort_gives_cannot_be_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = with_cohorts(0, monkeypatch)
    assert (found.verdict, found.ours, found.proportion) == ("cannot decide", "", None)
    assert found.reason == "No cohort of the set gives a readable count."
    assert found.printed == "87% (CI 80 to 94)"


@pytest.mark.parametrize("k", [1, 2])
def test_one_cohort_is_enough_to_judge(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_cohorts(k, monkeypatch)
    assert (found.verdict, found.reason) == ("compatible", "because")
    assert found.ours.startswith("80% (95% CI ")
    assert found.proportion is not None


def test_a_claim_has_the_direction_of_its_first_row() -> None:
    rows = pd.DataFrame({"claim": ["b", "c", "c"], "value": ["other", "longer", "shorter"]})
    pools: Any = SimpleNamespace(evidence=SimpleNamespace(claims=rows))
    assert direction_of(pools, claim("direction")) == "longer"
