"""Kaplan–Meier, log-rank and restricted means: R's answers, hand sums and bad rows."""

from __future__ import annotations

import agreement
import agreement_survival
import numpy as np
import pytest
from statsmodels.duration.survfunc import survdiff

from metaprop.survival import kaplan_meier, logrank, rmst, rmst_difference

# Six patients whose curve can be followed by hand: deaths at 1, 2, 4; censored at 3, 5, 6.
TIME, EVENT = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 1, 0, 1, 0, 0]


@pytest.mark.parametrize("part", list(agreement_survival.PARTS))
def test_agrees_with_r(part: str) -> None:
    found = agreement.compared(agreement_survival.PARTS[part])
    assert found
    assert [str(one) for one in found if not one.agrees] == []


def test_every_r_record_is_compared() -> None:
    # 5 scales x 6 points x 4 numbers and 24 medians; 30 landmarks; 2 x 10 + 2 log-rank numbers;
    # 2 x 17 + 6 + 2 Cox, 4 x 2 proportional hazards; 8 + 12 restricted means.
    assert len(list(agreement_survival.comparisons())) == 120 + 24 + 30 + 22 + 34 + 6 + 8 + 2 + 20


def test_upper_limit_of_the_median_is_where_the_upper_curve_falls_below_half() -> None:
    time, event, arm, _, _ = agreement_survival.data()
    curve = kaplan_meier(time[arm == 0], event[arm == 0])
    # print(survfit(..., conf.type = "log")) of R 4.2.2, survival 3.5-3: 13, 7.5 to 16.3.
    median = curve.median(scale="log")
    assert (median.estimate, median.low, median.high) == (13.0, 7.5, 16.3)
    _, high = curve.intervals(scale="log")
    assert high[curve.time == 16.3] == pytest.approx(0.43184318784, abs=1e-10)
    assert high[curve.time == 15.8] == pytest.approx(0.53331480118, abs=1e-10)


def test_kaplan_meier_by_hand() -> None:
    curve = kaplan_meier(TIME, EVENT)
    assert curve.survival == pytest.approx([5 / 6, 4 / 6, 4 / 6 * 2 / 3], abs=1e-15)
    assert curve.at_risk.tolist() == [6, 5, 3]
    greenwood = 1 / (6 * 5) + 1 / (5 * 4) + 1 / (3 * 2)
    assert curve.se[-1] == pytest.approx(4 / 9 * np.sqrt(greenwood), rel=1e-12)
    assert curve.median().estimate == 4.0


def test_flat_at_one_half_takes_the_midpoint() -> None:
    assert kaplan_meier([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1]).median().estimate == 2.5
    assert kaplan_meier([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0]).median().estimate == 2.0


def test_late_entry_is_at_risk_after_its_start_only() -> None:
    # The second patient enters at 2, exactly when the first dies: not yet at risk then.
    curve = kaplan_meier([2.0, 5.0, 6.0], [1, 1, 0], entry=[0.0, 2.0, 0.0])
    assert curve.at_risk.tolist() == [2, 2]
    assert curve.survival == pytest.approx([0.5, 0.25])


def test_no_event_means_survival_of_one() -> None:
    curve = kaplan_meier([3.0, 5.0], [0, 0])
    assert [*curve.at(4.0)] == [1.0, 1.0, 1.0]
    assert curve.median().to_dict() == {"estimate": None, "low": None, "high": None}


def test_everybody_dead_has_survival_zero_with_an_upper_limit() -> None:
    curve = kaplan_meier([1.0, 2.0, 3.0], [1, 1, 1])
    last, before = curve.at(99.0), curve.at(2.5)
    assert (last.estimate, last.low) == (0.0, 0.0)
    assert last.high == before.high > 0


@pytest.mark.parametrize("scale", ["plain", "log", "log-log", "logit", "arcsine"])
def test_limits_enclose_survival_within_zero_and_one(scale: str) -> None:
    rng = np.random.default_rng(7)
    for _ in range(30):
        time, event = rng.exponential(5, 12).round(1) + 0.1, rng.random(12) < 0.6
        curve = kaplan_meier(time, event)
        low, high = curve.intervals(scale=scale)
        assert (low >= 0).all()
        assert (high <= 1).all()
        assert (low <= curve.survival).all()
        assert (curve.survival <= high).all()


def test_survival_beyond_follow_up_is_refused() -> None:
    with pytest.raises(ValueError, match="survival at 7 is unknown: the last follow-up is 6"):
        kaplan_meier(TIME, EVENT).at(7.0)


@pytest.mark.parametrize(
    ("time", "event", "message"),
    [
        ([1.0, 0.0], [1, 1], "time at index 1 is 0: a positive time"),
        ([1.0, np.nan], [1, 1], "time at index 1 is nan"),
        ([1.0, 2.0], [1, 2], r"event at index 1 is 2: 1 \(event\) or 0"),
        ([1.0, 2.0], [1], "time has 2 rows but event has 1"),
        ([], [], "time is empty"),
    ],
    ids=["time zero", "time nan", "event 2", "lengths", "empty"],
)
def test_bad_rows_are_named(time: list[float], event: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kaplan_meier(time, event)


def test_logrank_equals_statsmodels_for_three_groups_and_strata() -> None:
    time, event, _, age, site = agreement_survival.data()
    group = np.digitize(age, [33, 42])
    for strata in (None, site):
        chisq, p = survdiff(time, event, group, strata=strata)
        found = logrank(time, event, group, strata=strata)
        assert found.statistic == pytest.approx(chisq, rel=1e-9)
        assert found.pvalue == pytest.approx(p, rel=1e-9)
        assert found.df == 2
        assert found.observed.sum() == pytest.approx(found.expected.sum())


def test_logrank_needs_groups_and_events() -> None:
    with pytest.raises(ValueError, match="at least two labels, got only 'a'"):
        logrank(TIME, EVENT, ["a"] * 6)
    with pytest.raises(ValueError, match="no event was observed"):
        logrank(TIME, [0] * 6, ["a", "b"] * 3)


def test_rmst_by_hand() -> None:
    found = rmst(TIME, EVENT, 5.0)
    s = [1, 5 / 6, 2 / 3, 4 / 9]
    assert found.mean.estimate == pytest.approx(s[0] + s[1] + 2 * s[2] + s[3], rel=1e-14)
    after = [s[1] + 2 * s[2] + s[3], 2 * s[2] + s[3], s[3]]
    variance = sum(a**2 / w for a, w in zip(after, (30, 20, 6), strict=True))
    assert found.se == pytest.approx(np.sqrt(variance), rel=1e-13)
    assert found.lost.estimate == pytest.approx(5 - found.mean.estimate)


def test_rmst_without_censoring_is_a_plain_mean() -> None:
    time = np.array([1.0, 2.5, 4.0, 7.0, 9.0])
    found = rmst(time, np.ones(5), 6.0)
    cut = np.minimum(time, 6.0)
    assert found.mean.estimate == pytest.approx(cut.mean(), rel=1e-14)
    # Greenwood's weights turn into the variance of the mean with divisor n (no censoring).
    assert found.se**2 == pytest.approx(cut.var() / 5, rel=1e-12)


def test_rmst_of_a_curve_at_zero_has_a_horizon_beyond_follow_up() -> None:
    found = rmst([1.0, 2.0, 3.0], [1, 1, 1], 10.0)
    assert found.mean.estimate == pytest.approx(2.0)


def test_rmst_refuses_what_is_unknown() -> None:
    with pytest.raises(ValueError, match="tau 8 lies beyond the last follow-up 6"):
        rmst(TIME, EVENT, 8.0)
    with pytest.raises(ValueError, match="exactly two groups"):
        rmst_difference(TIME, EVENT, [0, 1, 2, 0, 1, 2], 3.0)


def test_a_group_that_lost_no_time_leaves_the_difference() -> None:
    time, group = [1.0, 2.0, 9.0, 4.0, 5.0, 6.0], np.array([0, 0, 0, 1, 1, 1])
    found = rmst_difference(time, EVENT, group, 3.0)
    alone = rmst(np.array(time)[group == 0], np.array(EVENT)[group == 0], 3.0)
    assert found.difference.estimate == pytest.approx(3.0 - alone.mean.estimate, rel=1e-14)
    assert found.difference.width == pytest.approx(alone.mean.width, rel=1e-14)
    assert found.ratio.estimate == pytest.approx(3.0 / alone.mean.estimate, rel=1e-14)
    assert found.ratio_lost is None
    assert found.pvalue_ratio_lost is None
    assert found.note.startswith("no time was lost up to 3 in group 1")


@pytest.mark.parametrize("times", [(9.0, 9.0), (2.0, 3.0), (2.0, 9.0)], ids=str)
def test_areas_that_do_not_vary_have_no_test(times: tuple[float, float]) -> None:
    found = rmst_difference(np.repeat(times, 4), np.ones(8), np.repeat([0, 1], 4), 7.0)
    expected = min(times[1], 7.0) - min(times[0], 7.0)
    assert [*found.difference] == pytest.approx([expected] * 3)
    assert found.pvalue is None
    assert found.pvalue_ratio is None
    assert "neither area varies" in found.note


def test_nothing_to_say_where_everything_exists() -> None:
    time, event, arm, _, _ = agreement_survival.data()
    assert rmst_difference(time, event, arm, 20.0).note == ""


def test_swapping_groups_turns_the_difference_round() -> None:
    time, event, arm, _, _ = agreement_survival.data()
    a, b = rmst_difference(time, event, arm, 20.0), rmst_difference(time, event, 1 - arm, 20.0)
    assert a.difference.estimate == pytest.approx(-b.difference.estimate)
    assert a.ratio.low == pytest.approx(1 / b.ratio.high)
    assert a.labels == (1.0, 0.0)
