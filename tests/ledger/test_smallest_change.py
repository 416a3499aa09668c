"""The smallest change that moves a verdict, where it can be found by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from metaprop import Interval, Recipe, pool
from reviewbook.evidence.claims import Claims
from reviewbook.ledger import distance
from reviewbook.ledger.distance import (
    Distance,
    Flip,
    _by_outcomes,
    _greedy,
    _how_many,
    _moved,
    _one_further,
    _single_cohorts,
    _single_rules,
)
from reviewbook.ledger.verdicts import holds
from reviewbook.pooling.selection import CohortCount

DIGITS = {"pooled_proportion": 0}
RECIPE = Recipe(scale="raw", method="FE", zeros="none")


def printed(estimate: float, low: float, high: float) -> Claims:
    return Claims("t", estimate, low, high, None, None, {}, DIGITS)


def analysis(events: list[int], totals: list[int], recipe: Recipe = RECIPE) -> Any:
    labels = tuple("ABCDEF"[: len(events)])
    selection = SimpleNamespace(
        events=np.array(events), totals=np.array(totals), k=len(events), labels=labels,
        rules=None, set_id="set", made=None,
        counts=[CohortCount(*count) for count in zip(events, totals, strict=True)],
    )  # fmt: skip
    comparison = pool(events, totals, recipe)
    return SimpleNamespace(selection=selection, comparison=comparison, outcome="crs")


def test_all_changes_of_one_and_two_patients_of_two_cohorts() -> None:
    events, totals = np.array([0, 2]), np.array([3, 2])
    one = _one_further(np.zeros((1, 2), dtype=np.int64), events, totals)
    assert sorted(map(tuple, one.tolist())) == [(0, -1), (1, 0)]
    two = _one_further(one, events, totals)
    assert sorted(map(tuple, two.tolist())) == [(0, -2), (1, -1), (2, 0)]
    assert [_how_many(events, totals, size) for size in range(7)] == [1, 2, 3, 3, 2, 1, 0]


def test_a_cohort_in_the_middle_can_go_both_ways() -> None:
    events, totals = np.array([1]), np.array([3])
    level = _one_further(np.zeros((1, 1), dtype=np.int64), events, totals)
    assert sorted(level.ravel().tolist()) == [-1, 1]
    assert _one_further(level, events, totals).ravel().tolist() == [2]


def test_one_patient_more_moves_a_single_cohort() -> None:
    """The interval of 80 of 100 ends at 0.8784 and that of 81 at 0.8869: 88 % is printed."""
    found, proven = _by_outcomes(analysis([81], [100]), printed(0.88, 0.5, 1.0), held=True)
    assert found is not None
    assert (found.size, proven) == (1, 0)
    assert found.what == "80/100 instead of 81/100 in A"
    assert (found.events.tolist(), found.totals.tolist()) == ([80], [100])
    assert found.ours.estimate == pytest.approx(0.8)
    assert found.ours.high == pytest.approx(0.8 + 1.959964 * 0.04, abs=1e-6)
    assert Distance(True, found, proven, (), 0, (), 0).exact


def test_fewer_are_proven_not_to_be_enough() -> None:
    found, proven = _by_outcomes(analysis([84], [100]), printed(0.88, 0.5, 1.0), held=True)
    assert found is not None
    assert (found.size, proven) == (4, 3)
    assert found.what == "80/100 instead of 84/100 in A"
    assert Distance(True, found, 3, (), 0, (), 0).exact
    assert not Distance(True, found, 2, (), 0, (), 0).exact
    assert not Distance(True, None, 2, (), 0, (), 0).exact


def test_what_no_count_can_move_is_not_moved() -> None:
    """Two patients give 0, 50 or 100 %, and none of them lies from 29 to 31 %."""
    small = analysis([1, 0], [1, 1], Recipe(scale="arcsine", method="FE"))
    assert _by_outcomes(small, printed(0.3, 0.29, 0.31), held=False) == (None, 2)


def test_beyond_the_limit_the_best_step_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distance, "MOST_POOLS", 2)
    found, proven = _by_outcomes(analysis([83], [100]), printed(0.88, 0.5, 1.0), held=True)
    assert found is not None
    assert (found.size, proven) == (3, 1)
    assert not Distance(True, found, proven, (), 0, (), 0).exact
    monkeypatch.setattr(distance, "MOST_POOLS", 1)
    assert _by_outcomes(analysis([83], [100]), printed(0.88, 0.5, 1.0), held=True)[1] == 0


def test_greedy_goes_up_or_down_and_ends_at_the_edge() -> None:
    made = analysis([84], [100])
    down = _greedy(made, printed(0.88, 0.5, 1.0), held=True, step=-1)
    assert down is not None
    assert down.tolist() == [-4]
    assert _greedy(analysis([0], [2], Recipe(scale="arcsine", method="FE")),
                   printed(0.0, 0.0, 1.0), held=True, step=-1) is None  # fmt: skip
    up = _greedy(made, printed(0.8, 0.5, 1.0), held=True, step=1)
    # 0.8 leaves the interval when x/100 − 1.959964 √(x (100 − x)/100³) > 0.8: x = 87.
    assert up is not None
    assert up.tolist() == [3]


def test_greedy_can_empty_a_cohort() -> None:
    one_of_two = analysis([1], [2], Recipe(scale="arcsine", method="FE"))
    change = _greedy(one_of_two, printed(0.5, 0.3, 1.0), held=True, step=-1)
    assert change is not None
    assert change.tolist() == [-1]


@pytest.mark.parametrize(("step", "estimate"), [(1, 0.66), (-1, 0.74)])
def test_greedy_takes_the_patient_that_moves_the_pool_most(step: int, estimate: float) -> None:
    """Followed with pools of their own, patient by patient, over cohorts of unequal sizes."""
    start, totals = [20, 33, 6], [30, 45, 9]
    claims = printed(estimate, 0.3, 1.0)
    change = _greedy(analysis(start, totals), claims, held=True, step=step)
    now = list(start)
    for _ in range(100):
        ways = []
        for j in range(3):
            way = [x + step * (i == j) for i, x in enumerate(now)]
            ours = pool(way, totals, RECIPE).proportion
            assert ours is not None
            ways.append((way, ours))
        away = [way for way, ours in ways if not holds(claims, ours).all()]
        now = away[0] if away else max(ways, key=lambda found: step * found[1].estimate)[0]
        if away:
            break
    assert change is not None
    assert change.tolist() == [x - before for x, before in zip(now, start, strict=True)]
    assert abs(change).sum() > 2


def test_beyond_the_limit_patients_go_up_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three more than 84 take 80 % out of the interval; it takes thirteen fewer to do so."""
    monkeypatch.setattr(distance, "MOST_POOLS", 2)
    found, _ = _by_outcomes(analysis([84], [100]), printed(0.8, 0.5, 1.0), held=True)
    assert found is not None
    assert found.what == "87/100 instead of 84/100 in A"


def test_single_cohorts_are_left_out_one_by_one() -> None:
    made = analysis([8, 5, 9], [10, 20, 30])
    flips = list(_single_cohorts(None, made))  # type: ignore[arg-type]
    assert [flip.what for flip in flips] == ["without A", "without B", "without C"]
    assert [flip.labels for flip in flips] == [("B", "C"), ("A", "C"), ("A", "B")]
    assert [flip.events.tolist() for flip in flips] == [[5, 9], [8, 9], [8, 5]]
    assert [flip.totals.tolist() for flip in flips] == [[20, 30], [10, 30], [10, 20]]
    own = pool([8, 9], [10, 30], RECIPE).proportion
    assert own is not None
    assert tuple(flips[1].ours) == tuple(own)
    assert {flip.size for flip in flips} == {0}
    two = list(_single_cohorts(None, analysis([8, 5], [10, 20])))  # type: ignore[arg-type]
    assert [flip.labels for flip in two] == [("B",), ("A",)]
    assert not list(_single_cohorts(None, analysis([8], [10])))  # type: ignore[arg-type]


def test_a_table_has_no_rules_to_change() -> None:
    assert not list(_single_rules(None, analysis([8], [10])))  # type: ignore[arg-type]


def test_rules_that_change_nothing_or_leave_nothing_are_not_shown() -> None:
    made = analysis([8, 5], [10, 20])
    made.selection.rules = "some"
    others = {
        "same": analysis([8, 5], [10, 20]).selection,
        "counts": analysis([8, 6], [10, 20]).selection,
        "fewer": analysis([8], [10]).selection,
        "none": SimpleNamespace(k=0, labels=(), events=np.array([]), made=None),
    }
    renamed = analysis([8, 5], [10, 20]).selection
    renamed.labels = ("A", "Z")
    others["renamed"] = renamed
    pools: Any = SimpleNamespace(
        variants=lambda: [(name, {"which": name}) for name in others],
        select=lambda outcome, set_id, which: others[which],
    )
    assert [flip.what for flip in _single_rules(pools, made)] == [
        "“counts”",
        "“fewer”",
        "“renamed”",
    ]


def test_only_what_moves_the_verdict_is_kept() -> None:
    def flip(what: str, *ours: float) -> Flip:
        return Flip(lambda: what, (), np.array([]), np.array([]), Interval(*ours))

    tried = [flip("equal", 0.88, 0.87, 0.89), flip("far", 0.5, 0.4, 0.6)]
    claims = printed(0.88, 0.8, 0.95)
    assert [one.what for one in _moved(tried, claims, held=True)] == ["far"]
    assert [one.what for one in _moved(tried, claims, held=False)] == ["equal"]
