"""Parts of a judgement over unread counts, from two cohorts made for it."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from metaprop import CountSets, Interval, Recipe
from reviewbook.evidence.claims import Claims
from reviewbook.ledger import proportions
from reviewbook.ledger.proportions import (
    ProportionJudgement,
    _completion,
    _verdict,
    judge_proportion,
)
from reviewbook.pooling.unread import Completions, Unread

RECIPE = Recipe(scale="double_arcsine", method="FE")
ONE = Unread("one", "Li 2020 · First", 3)
TWO = Unread("two", "Wu 2021 · Second", 2, 1, lambda: "Wu prints")
COUNTS = np.array([[a, b] for a in range(4) for b in (1, 2)])
POOLS = CountSets(
    recipe=RECIPE,
    estimate=np.linspace(0.1, 0.8, 8),
    low=np.linspace(0.05, 0.75, 8),
    high=np.linspace(0.2, 0.9, 8),
)
FOUND = Completions((ONE, TWO), (2, 1), COUNTS, POOLS, True)


def test_a_completion_counts_what_is_not_as_expected() -> None:
    assert _completion(FOUND, None) is None
    as_expected = _completion(FOUND, 4)  # counts 2 and 1
    assert as_expected is not None
    assert (as_expected.counts, as_expected.cohorts, as_expected.patients) == ((2, 1), 0, 0)
    assert tuple(as_expected.ours) == pytest.approx((0.5, 0.45, 0.6))
    other = _completion(FOUND, 1)  # 0 and 2
    assert other is not None
    assert (other.counts, other.cohorts, other.patients) == ((0, 2), 2, 3)
    one = _completion(FOUND, 6)  # 3 and 1
    assert one is not None
    assert (one.cohorts, one.patients) == (1, 1)


def test_the_mildest_moves_fewest_patients_then_fewest_cohorts() -> None:
    def mildest(*rows: int) -> int | None:
        return FOUND.mildest(np.isin(np.arange(8), rows))

    assert mildest(1, 7) == 7  # (3, 2) is 2 patients off, (0, 2) is 3
    assert mildest(0, 7) == 0  # both 2 patients off, (0, 1) in one cohort
    assert mildest(5, 6) == 5  # (2, 2) and (3, 1): one patient in one cohort, the first
    assert FOUND.mildest(np.zeros(8, dtype=bool)) is None


def judgement(**changes: Any) -> ProportionJudgement:
    selection = SimpleNamespace(k=3, n=40, events=np.array([8, 9, 12]))
    made: dict[str, Any] = {
        "verdict": "cannot decide", "alone": "compatible",
        "analysis": SimpleNamespace(selection=selection),
        "printed": Claims("t", 0.5, 0.4, 0.6, None, None, {}, {"pooled_proportion": 0}),
        "unread": (ONE, TWO), "completions": FOUND, "holding": _completion(FOUND, 4),
        "failing": _completion(FOUND, 1), "share": 0.256, "error": 0.01,
        "crude": Interval(0.725, 0.6, 0.75),
    }  # fmt: skip
    return ProportionJudgement(**{**made, **changes})


def test_unread_cohorts_are_counted_and_a_bound_of_another_report_is_told() -> None:
    assert judgement().unread_text == (
        "2 of the 5 cohorts (5 patients) print no count that could be read. "
        "Second (Wu 2021) has at least 1 of 2, as Wu prints."
    )
    assert judgement(unread=(ONE,)).unread_text == (
        "1 of the 4 cohorts (3 patients) prints no count that could be read."
    )
    assert judgement(unread=None).unread_text == (
        "The size of a cohort without a readable count is not known."
    )
    assert judgement().basis == "3 cohorts, 40 patients"


def test_counts_that_decide_are_told_for_either_side() -> None:
    text = judgement().counts_text
    assert text == (
        "Their counts decide: the printed value holds if they are what the cohorts read lead one "
        "to expect (ours would be 50%); the printed value does not hold if First (Li 2020) has 0/3 "
        "and Second (Wu 2021) has 2/2 (3 patients off what is expected in 2 cohorts; ours would "
        "be 20%)."
    )
    moved = judgement(holding=_completion(FOUND, 6)).counts_text
    assert "First (Li 2020) has 3/3 (1 patient off what is expected in 1 cohort; ours" in moved
    assert "Second" not in moved.split(";")[0]
    assert judgement(failing=None).counts_text == (
        "With all 8 possible combinations of their counts the printed value holds."
    )
    drawn = dataclasses.replace(FOUND, complete=False)
    assert judgement(holding=None, completions=drawn).counts_text == (
        "With all tried 8 possible combinations of their counts the printed value does not hold."
    )
    assert judgement(completions=None).counts_text == ""


def test_shares_and_bounds_are_told_where_there_are_unread_counts() -> None:
    assert judgement().share_text == (
        "Predicted from the cohorts read, it holds in 26% of completions."
    )
    assert judgement(share=None).share_text == judgement(error=None).share_text == ""
    assert judgement().crude_text.startswith(
        "Among all patients of the set the share lies between 60% and 75%, whatever the counts;"
    )
    assert judgement(unread=()).crude_text == judgement(unread=None).crude_text == ""


def judged(
    monkeypatch: pytest.MonkeyPatch, unread: tuple[Unread, ...] | None, printed: Claims
) -> ProportionJudgement:
    """Judge 8 of 10, 9 of 12 and 12 of 18 with the unread cohorts given."""
    import metaprop

    events, totals = np.array([8, 9, 12]), np.array([10, 12, 18])
    selection = SimpleNamespace(k=3, n=40, events=events, totals=totals)
    comparison = metaprop.pool(events, totals, RECIPE)
    made = SimpleNamespace(selection=selection, comparison=comparison)
    pools: Any = SimpleNamespace(
        review=SimpleNamespace(outcome=lambda topic: topic),
        analyse=lambda outcome, set_id: made,
        claims=lambda topic: printed,
    )
    monkeypatch.setattr(proportions, "unread_cohorts", lambda pools, selection: unread)
    return judge_proportion(pools, "crs", "set")


def claims(estimate: float, low: float, high: float) -> Claims:
    return Claims("t", estimate, low, high, None, None, {}, {"pooled_proportion": 0})


def test_without_unread_counts_the_verdict_is_that_of_the_counts_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = judged(monkeypatch, (), claims(0.7, 0.5, 0.9))
    assert (found.verdict, found.alone) == ("compatible", "compatible")
    assert tuple(found.crude) == pytest.approx((29 / 40,) * 3)
    assert found.completions is found.holding is found.failing is found.share is None
    assert judged(monkeypatch, (), claims(0.2, 0.1, 0.3)).verdict == "not reproduced"


def test_a_size_that_is_not_known_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, None, claims(0.7, 0.5, 0.9))
    assert (found.verdict, found.alone) == ("cannot decide", "compatible")


def test_bounds_and_share_over_all_completions(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, (ONE, TWO), claims(0.7, 0.5, 0.9))
    assert found.verdict == "compatible"  # five patients among 45 move little
    assert found.failing is None
    assert found.share == 1.0
    assert found.error == pytest.approx(0.0, abs=1e-12)
    assert tuple(found.crude) == pytest.approx((29 / 40, 30 / 45, 34 / 45))
    assert found.completions is not None
    assert found.completions.expected == (2, 1)
    none = judged(monkeypatch, (ONE, TWO), claims(0.2, 0.1, 0.3))
    assert (none.verdict, none.holding, none.share) == ("not reproduced", None, 0.0)


def test_the_share_is_that_of_the_drawn_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """One unread cohort of 30: the share counted over the draws one by one."""
    import metaprop
    from reviewbook.ledger.verdicts import holds

    printed, large = claims(0.6, 0.5, 0.64), Unread("big", "Big", 30)
    found = judged(monkeypatch, (large,), printed)
    assert found.verdict == "cannot decide"
    drawn = metaprop.draw_counts(
        [8, 9, 12], [10, 12, 18], [30], draws=proportions.DRAWS, seed=proportions.SEED
    )
    each = {
        count: bool(
            holds(printed, metaprop.pool([8, 9, 12, count], [10, 12, 18, 30], RECIPE).proportion)
        )
        for count in range(31)
    }
    share = np.mean([each[int(count)] for count in drawn.events.ravel()])
    assert 0 < share < 1
    assert found.share == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize(
    ("alone", "some", "every", "verdict"),
    [
        ("reproduced", True, True, "reproduced"),
        ("compatible", True, True, "compatible"),
        ("not reproduced", True, True, "compatible"),  # by the counts read alone, yet all hold
        ("compatible", True, False, "cannot decide"),
        ("reproduced", False, False, "not reproduced"),
    ],
)
def test_all_some_or_no_completions(alone: str, some: bool, every: bool, verdict: str) -> None:
    assert _verdict(alone, some, every) == verdict
