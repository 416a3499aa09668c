"""Hazard ratios from printed p-values, medians and curves."""

from __future__ import annotations

from math import exp, inf, log, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from metaprop.survival import (
    cox,
    kaplan_meier,
    log_hr_from_curves,
    log_hr_from_medians,
    log_hr_from_pvalue,
    logrank,
    rebuild_patients,
)

Z = norm.ppf(0.975)


def test_the_worked_example_of_tierney() -> None:
    """Trials 2007;8:16: p 0.075, 229 and 256 deaths give 0.85 (0.71 to 1.02)."""
    found = log_hr_from_pvalue(0.075, favours=1, events1=229, events0=256)
    assert [round(value, 2) for value in found.hazard_ratio] == [0.85, 0.71, 1.02]
    assert found.pvalue == 0.075
    assert found.bound == ""
    assert found.notes == ()


@pytest.mark.parametrize(
    ("numbers", "information"),
    [
        ({"events1": 30, "events0": 50}, 30 * 50 / 80),
        ({"events1": 30, "events0": 50, "n1": 60, "n0": 90}, 30 * 50 / 80),
        ({"events1": 30, "events0": 50, "variance": "equal"}, 20.0),
        ({"events": 80, "n1": 100, "n0": 50}, 80 * 100 * 50 / 150**2),
        ({"events1": 0, "events0": 12, "n1": 40, "n0": 80}, 12 * 40 * 80 / 120**2),
        ({"events": 80}, 20.0),
        ({"events1": 30.5, "events0": np.float32(50)}, 30.5 * 50 / 80.5),
        ({"events": 80, "events1": None, "n1": np.nan}, 20.0),
    ],
    ids=str,
)
def test_variance_by_hand(numbers: dict, information: float) -> None:
    better, worse = (log_hr_from_pvalue(0.031, favours=g, **numbers) for g in (1, 0))
    z = norm.isf(0.0155)
    assert better.information == pytest.approx(information, rel=1e-12)
    assert better.log_hr == pytest.approx(-z / sqrt(information), rel=1e-12)
    assert better.se == pytest.approx(1 / sqrt(information), rel=1e-12)
    assert worse.log_hr == -better.log_hr
    reach = Z / sqrt(information)
    assert better.hazard_ratio.high == pytest.approx(exp(better.log_hr + reach), rel=1e-12)


def test_equal_groups_are_said_to_be_an_assumption() -> None:
    assert "equal size" in log_hr_from_pvalue(0.04, favours=1, events=80).notes[0]
    assert log_hr_from_pvalue(0.04, favours=1, events=80, variance="equal").notes == ()


def test_a_pvalue_printed_as_a_bound_gives_a_bound() -> None:
    at = log_hr_from_pvalue(0.001, favours=1, events1=40, events0=60)
    below = log_hr_from_pvalue("< 0.001", favours=1, events1=40, events0=60)
    assert (below.log_hr, below.se) == (at.log_hr, at.se)
    assert (below.bound, at.bound) == ("at least", "")
    assert "at least this far from 0" in below.notes[0]
    above = log_hr_from_pvalue("p>0.05", favours=0, events1=40, events0=60)
    assert above.bound == "at most"
    assert above.hazard_ratio.low == pytest.approx(1.0, abs=1e-12)
    # Any p-value the bound allows lies further out, with the same standard error.
    further = log_hr_from_pvalue(0.0002, favours=1, events1=40, events0=60)
    assert further.log_hr < below.log_hr
    assert further.se == below.se


def test_rounding_of_the_pvalue() -> None:
    found = log_hr_from_pvalue(0.038, favours=1, events1=7, events0=10, p_digits=3)
    ends = [
        log_hr_from_pvalue(p, favours=1, events1=7, events0=10).hazard_ratio.estimate
        for p in (0.0375, 0.0385)
    ]
    assert found.rounding is not None
    assert [found.rounding.low, found.rounding.high] == pytest.approx(ends, rel=1e-12)
    assert found.rounding.estimate == found.hazard_ratio.estimate
    coarse = log_hr_from_pvalue(0.004, favours=0, events=30, p_digits=2).rounding
    assert coarse is not None
    assert coarse.high == inf
    assert log_hr_from_pvalue("<0.01", favours=0, events=30, p_digits=2).rounding is None


def test_a_pvalue_of_1_is_no_difference() -> None:
    found = log_hr_from_pvalue(1.0, favours=1, events1=5, events0=5)
    assert found.hazard_ratio.estimate == 1.0
    assert found.hazard_ratio.low == pytest.approx(1 / found.hazard_ratio.high)


@pytest.mark.parametrize(
    ("pvalue", "arguments", "message"),
    [
        (0.0, {"favours": 1, "events": 9}, "p-value of 0.0 has no normal quantile.*'<0.001'"),
        ("<0", {"favours": 1, "events": 9}, "p-value of '<0' has no normal quantile"),
        (3.8, {"favours": 1, "events": 9}, "pvalue must be a fraction.*got 3.8"),
        ("0.04", {"favours": 1, "events": 9}, "text such as '<0.001'; got '0.04'"),
        (0.04, {"favours": 2, "events": 9}, "favours must be a whole number from 0 to 1, got 2"),
        (0.04, {"favours": 1}, "number of events is needed"),
        (0.04, {"favours": 1, "events1": 4}, "number of events is needed"),
        (0.04, {"favours": 1, "events1": 0, "events0": 0}, "number of events is needed"),
        (0.04, {"favours": 1, "events1": -1, "events0": 5}, "events1 must be a finite number of"),
        (0.04, {"favours": 1, "events": "9"}, "events must be a finite number"),
        (0.04, {"favours": 1, "events": 9, "events1": 3, "events0": 5}, "do not add up"),
        (0.04, {"favours": 1, "events1": 9, "events0": 5, "n1": 8, "n0": 9}, "9 events among 8"),
        (0.04, {"favours": 1, "events": 9, "variance": "patients"}, "'patients' needs n1 and n0"),
        (0.04, {"favours": 1, "events": 9, "variance": "events"}, "needs events1 and events0"),
        (0.04, {"favours": 1, "events": 9, "variance": "E/4"}, "variance must be one of 'events'"),
    ],
)
def test_what_gives_no_hazard_ratio_is_named(pvalue: object, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        log_hr_from_pvalue(pvalue, **arguments)  # type: ignore[arg-type]


def test_the_pvalue_of_a_trial_leads_back_to_its_hazard_ratio() -> None:
    """Near 1 and with equal groups, log-rank and Cox regression agree to their second order."""
    rng = np.random.default_rng(4)
    group = np.repeat([1, 0], 400)
    time = rng.exponential(np.where(group, 12.0, 10.0))
    event, time = time < 20, np.minimum(time, 20.0)
    fit, test = cox(time, event, group), logrank(time, event, group)
    deaths = [int(event[group == g].sum()) for g in (1, 0)]
    for numbers in (
        {"events1": deaths[0], "events0": deaths[1]},
        {"events": sum(deaths), "n1": 400, "n0": 400},
    ):
        found = log_hr_from_pvalue(test.pvalue, favours=1, **numbers)
        assert found.log_hr == pytest.approx(float(fit.log_hr[0]), abs=0.1 * fit.se[0])
        assert found.se == pytest.approx(float(fit.se[0]), rel=0.02)


def test_medians_by_hand() -> None:
    found = log_hr_from_medians(270, 426, events1=112, events0=53)
    assert found.log_hr == pytest.approx(log(426 / 270), rel=1e-14)
    assert found.se == pytest.approx(sqrt(1 / 112 + 1 / 53), rel=1e-14)
    assert "exponential" in found.notes[0]


@pytest.mark.parametrize("median", [None, np.nan, inf, pd.NA])
def test_a_median_that_is_not_reached_gives_none(median: object) -> None:
    with pytest.raises(ValueError, match="median1 is not reached"):
        log_hr_from_medians(median, 9.0, events1=3, events0=4)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 9.0, 3, 4), "median1 must be a positive time"),
        ((8.0, "9", 3, 4), "median0 must be a finite number"),
        ((8.0, 9.0, 0, 4), "events1 must be positive, got 0"),
    ],
)
def test_impossible_medians_are_named(arguments: tuple, message: str) -> None:
    one, zero, e1, e0 = arguments
    with pytest.raises(ValueError, match=message):
        log_hr_from_medians(one, zero, events1=e1, events0=e0)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=60))
def test_uncensored_patients_come_back_one_by_one(times: list[int]) -> None:
    curve = kaplan_meier(times, np.ones(len(times)))
    found = rebuild_patients(curve.time, curve.survival, n=len(times))
    assert found.time.tolist() == sorted(times)
    assert found.event.all()
    assert found.survival_gap < 1e-12


def test_censoring_by_hand() -> None:
    """Ten patients, two deaths by 4 and 5 at risk: three were censored between, the rest later."""
    found = rebuild_patients([4.0, 8.0], [0.75, 0.6], at_risk=[10, 5], risk_time=[0, 4], n=10)
    # Three times a third of the way each; round(7 · 0.25) = 2 deaths at 4; then a third less.
    assert found.time[:5] == pytest.approx([4 / 6, 2.0, 20 / 6, 4.0, 4.0])
    assert found.event[:5].tolist() == [0, 0, 0, 1, 1]
    assert found.at_risk_gap == 0
    assert "are taken to be censored after 4" in found.notes[0]
    assert found.n == found.events + found.censored == 10


def _trial(seed: int, n: int = 150) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    group = np.repeat([1, 0], n)
    time = 10 * rng.weibull(1.3, 2 * n) * np.where(group == 1, 1.5, 1.0)
    until = rng.uniform(2, 30, 2 * n)
    return np.minimum(time, until), time <= until, group


@pytest.mark.parametrize("seed", range(8))
def test_known_curves_come_back(seed: int) -> None:
    """Steps to three decimals and a number at risk every 3 units, against the patients."""
    time, event, group = _trial(seed)
    risk_time = np.arange(0, 30, 3.0)
    points, numbers = [], {}
    for g in (1, 0):
        own = time[group == g]
        curve = kaplan_meier(own, event[group == g])
        points += [curve.time, curve.survival.round(3)]
        numbers[f"at_risk{g}"] = [(own >= t).sum() for t in risk_time]
    found = log_hr_from_curves(*points, risk_time=risk_time, **numbers)
    fit = cox(time, event, group)
    assert found.log_hr == pytest.approx(float(fit.log_hr[0]), abs=0.3 * fit.se[0])
    assert found.se == pytest.approx(float(fit.se[0]), rel=0.03)
    assert found.logrank_pvalue == pytest.approx(logrank(time, event, group).pvalue, abs=0.05)
    for g, rebuilt in zip((1, 0), found.groups, strict=True):
        assert rebuilt.n == 150
        assert abs(rebuilt.events - event[group == g].sum()) <= 3
        assert rebuilt.survival_gap < 0.5 / 5  # half a patient of the few left at the end
        assert rebuilt.at_risk_gap <= 1


def test_events_or_numbers_at_risk_stop_the_curve_from_claiming_too_much() -> None:
    """Without them nobody is censored early, so that there are too many events."""
    time, event, group = _trial(11)
    points = []
    for g in (1, 0):
        curve = kaplan_meier(time[group == g], event[group == g])
        points += [curve.time, curve.survival]
    deaths = [int(event[group == g].sum()) for g in (1, 0)]
    bare = log_hr_from_curves(*points, n1=150, n0=150)
    told = log_hr_from_curves(*points, n1=150, n0=150, events1=deaths[0], events0=deaths[1])
    assert [g.events for g in told.groups] == deaths
    assert all(g.events > d for g, d in zip(bare.groups, deaths, strict=True))
    assert bare.se < told.se
    assert "0 patients are taken to be censored" in bare.notes[0]


def test_swapping_the_curves_inverts_the_hazard_ratio() -> None:
    one, zero = ([3, 6, 9], [0.9, 0.8, 0.6]), ([2, 5, 9], [0.8, 0.6, 0.4])
    a = log_hr_from_curves(*one, *zero, n1=30, n0=50)
    b = log_hr_from_curves(*zero, *one, n1=50, n0=30)
    assert a.log_hr == pytest.approx(-b.log_hr, rel=1e-9)
    assert a.log_hr < 0


def test_a_wobbling_reader_is_levelled_and_said() -> None:
    found = rebuild_patients([0, 2, 4, 6], [0.995, 0.80, 0.81, 0.60], n=20)
    plain = rebuild_patients([2, 4, 6], [0.80, 0.80, 0.60], n=20)
    assert found.time.tolist() == plain.time.tolist()
    assert any("rises, by up to 0.010" in note for note in found.notes)


def test_what_does_not_go_together_is_said() -> None:
    # Nobody died or left according to the curve and to a number at risk that is too high.
    found = rebuild_patients([2.0, 4.0], [0.5, 0.4], at_risk=[20, 16], risk_time=[0, 2])
    assert found.at_risk_gap == 6
    assert any("differ by up to 6" in note for note in found.notes)
    wrong = rebuild_patients([2.0, 4.0], [0.5, 0.4], n=20, events=3)
    assert any("not the 3 printed" in note for note in wrong.notes)


def test_numbers_at_risk_may_be_missing() -> None:
    whole = rebuild_patients([2, 4, 6], [0.9, 0.8, 0.7], at_risk=[20, 15], risk_time=[0, 4])
    gaps = rebuild_patients(
        [2, 4, 6], [0.9, 0.8, 0.7], at_risk=[20, None, 15, np.nan], risk_time=[0, 2, 4, 6]
    )
    assert gaps.time.tolist() == whole.time.tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([2, 1], [0.9, 0.8]), "time at index 1 is 1: points must be in order"),
        (([1, 2], [0.8, 0.9]), "survival at index 1 is 0.9: a curve that falls"),
        (([1, 2], [90, 80]), "survival at index 0 is 90: a fraction between 0 and 1"),
        (([0, 2], [0.9, 0.8]), "survival at index 0 is 0.9: at time 0 it must be 1"),
        (([-1, 2], [1, 0.8]), "time at index 0 is -1"),
        (([1, 2, 3], [0.9, 0.8]), "time has 3 points but survival has 2"),
        (([0], [1]), "no point after time 0"),
    ],
)
def test_points_that_are_no_curve_are_named(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rebuild_patients(*arguments, n=10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "number of patients is needed"),
        ({"n": 10.5}, "n must be a whole number"),
        ({"n": 10, "at_risk": [9, 5]}, "n is 10, but 9 are at risk at time 0"),
        ({"n": 10, "at_risk": [9, 5, 4], "risk_time": [0, 1]}, "3 numbers for 2 times"),
        ({"at_risk": [5, 9]}, "at_risk at index 1 is 9, at time 4"),
        ({"at_risk": [9, 4.5]}, "at_risk at index 1 is 4.5"),
        ({"n": 5, "at_risk": [8], "risk_time": [2]}, "8 are at risk at 2, of 5 patients"),
        ({"n": 5, "events": 6}, "events must be a whole number from 0 to 5, got 6"),
    ],
    ids=str,
)
def test_numbers_of_patients_that_cannot_be_are_named(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rebuild_patients([0, 4], [1.0, 0.8], **options)


def test_errors_of_a_curve_name_the_group() -> None:
    with pytest.raises(ValueError, match="group 0: survival at index 0 is 60"):
        log_hr_from_curves([1], [0.6], [1], [60], n1=5, n0=5)
