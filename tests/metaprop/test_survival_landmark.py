"""Hazard ratios from printed survival, and exact odds ratios."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm
from scipy.stats.contingency import odds_ratio

from metaprop.survival import (
    cloglog,
    kaplan_meier,
    log_hr_from_landmark,
    logrank,
    odds_ratio_exact,
)

Z = norm.ppf(0.975)


def test_by_hand_on_the_log_log_scale() -> None:
    found = log_hr_from_landmark(
        0.541, (0.267, 0.752), 0.231, (0.056, 0.475), interval_scale="log-log"
    )
    y1, y0 = log(-log(0.541)), log(-log(0.231))
    se1 = (log(-log(0.267)) - log(-log(0.752))) / 2 / Z
    se0 = (log(-log(0.056)) - log(-log(0.475))) / 2 / Z
    assert found.log_hr == pytest.approx(y1 - y0, rel=1e-14)
    assert found.se == pytest.approx(sqrt(se1**2 + se0**2), rel=1e-12)
    assert found.hazard_ratio.high == pytest.approx(exp(y1 - y0 + Z * found.se), rel=1e-12)
    assert found.pvalue == pytest.approx(2 * norm.sf(abs(found.log_hr) / found.se), rel=1e-12)
    assert not found.approximate


@pytest.mark.parametrize(
    ("s", "ci", "scale"),
    [
        (0.541, (0.267, 0.752), "log-log"),
        (0.231, (0.056, 0.475), "log-log"),
        (0.672, (0.519, 0.824), "plain"),
        (0.150, (0.0, 0.402), "plain"),  # cut at 0
        (0.707, (0.501, 0.996), "log"),
        (0.220, (0.040, 1.0), "log"),  # cut at 1
        (0.619, (0.441, 0.781), "arcsine"),
        (0.676, (0.575, 0.769), "arcsine"),
    ],
    ids=lambda value: str(value),
)
def test_recognises_the_scale_of_a_printed_interval(
    s: float, ci: tuple[float, float], scale: str
) -> None:
    found = cloglog(s, ci)
    assert found.interval_scale == scale
    assert found.mismatch is not None
    assert found.mismatch < 0.001  # rounding of the print, to a tenth of a per cent


def test_limits_that_no_scale_prints_are_said() -> None:
    found = cloglog(0.5, (0.45, 0.9))
    assert found.mismatch is not None
    assert found.mismatch > 0.05
    assert any("misses a printed limit" in note for note in found.notes)
    assert cloglog(0.672, (0.519, 0.824)).notes == ()
    assert cloglog(0.57, (0.41, 0.81)).notes == ()  # whole per cents round more


def test_a_limit_of_zero_leaves_the_other_one() -> None:
    found = cloglog(0.150, (0.0, 0.402))
    assert found.se == pytest.approx((0.402 - 0.150) / Z / (0.150 * -log(0.150)), rel=1e-12)
    assert any("only the upper limit" in note for note in found.notes)


def test_a_missing_limit_is_read_on_the_log_log_scale_and_says_so() -> None:
    found = cloglog(0.60, (0.231, None))
    assert found.se == pytest.approx((log(-log(0.231)) - log(-log(0.60))) / Z, rel=1e-12)
    assert any("single limit" in note for note in found.notes)


def test_without_an_interval_n_gives_greenwood() -> None:
    # 6 of 10 alive, nobody censored: the Kaplan–Meier standard error is the binomial one.
    curve = kaplan_meier([1, 2, 3, 4, *[9] * 6], [1, 1, 1, 1, *[0] * 6])
    found = cloglog(0.6, None, 10)
    assert found.approximate
    assert found.se == pytest.approx(curve.se[-1] / (0.6 * -log(0.6)), rel=1e-12)


def test_interval_is_preferred_to_n() -> None:
    assert cloglog(0.5, (0.3, 0.7), 1000).se == cloglog(0.5, (0.3, 0.7)).se


@pytest.mark.parametrize(("s", "adjusted"), [(1.0, 10.5 / 11), (0.0, 0.5 / 11)])
def test_survival_at_the_boundary_needs_n_and_is_adjusted(s: float, adjusted: float) -> None:
    with pytest.raises(ValueError, match=rf"s1 of {s:g} is exactly 0 or 1.*number of patients"):
        log_hr_from_landmark(s, (s, s), 0.5, (0.3, 0.7))
    found = log_hr_from_landmark(s, (s, s), 0.5, (0.3, 0.7), n1=10)
    assert found.approximate
    assert found.groups[0].survival.estimate == pytest.approx(adjusted, rel=1e-14)
    assert "half an event" in found.notes[1]


def test_an_interval_from_zero_to_one_says_nothing() -> None:
    with pytest.raises(ValueError, match="no usable interval limit"):
        cloglog(0.5, (0.0, 1.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((67.2, (51.9, 82.4)), "survival must be a survival probability between 0 and 1, got 67.2"),
        ((0.5, (0.6, 0.7)), "lower limit of survival is 0.6"),
        ((0.5, (0.3, 0.4)), "upper limit of survival is 0.4"),
        ((0.5, None, -3), "number of patients of survival is -3"),
        ((0.5, None, "30"), "number of patients of survival is '30': a positive number"),
        ((0.5, None, True), "number of patients of survival is True: a positive number"),
        (
            ("0.5", None, 30),
            "survival must be a survival probability between 0 and 1, got '0.5': a num",
        ),
        ((0.5, ("0.3", 0.7)), "lower limit of survival is '0.3'.* or None where none is printed"),
        ((0.5, 0.3), r"interval of survival must be \(low, high\), got 0.3"),
        ((0.5, "37"), r"interval of survival must be \(low, high\), got '37'"),
    ],
)
def test_impossible_prints_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cloglog(*arguments)


@pytest.mark.parametrize("number", [np.float32, np.float64, Decimal], ids=lambda t: t.__name__)
def test_numbers_of_any_type_are_taken(number: type) -> None:
    found = cloglog(number("0.7"), (number("0.5"), number("0.83")), number("30"))
    plain = cloglog(0.7, (0.5, 0.83), 30)
    assert (found.cloglog, found.se) == pytest.approx((plain.cloglog, plain.se), rel=1e-6)
    assert cloglog(np.int64(1), n=np.int16(8)).cloglog == cloglog(1.0, n=8).cloglog


@pytest.mark.parametrize("nothing", [None, np.nan, np.float32("nan"), pd.NA, pd.NaT], ids=str)
def test_what_data_frames_write_for_not_printed(nothing: object) -> None:
    assert cloglog(0.7, (nothing, 0.83)) == cloglog(0.7, (None, 0.83))
    assert cloglog(0.7, (0.5, nothing)) == cloglog(0.7, (0.5, None))
    assert cloglog(0.7, nothing, 30) == cloglog(0.7, None, 30)
    assert cloglog(0.7, (0.5, 0.83), nothing) == cloglog(0.7, (0.5, 0.83))
    with pytest.raises(ValueError, match="number of patients is needed"):
        cloglog(0.7, (nothing, nothing), nothing)


def test_survival_next_to_0_or_1_has_an_answer() -> None:
    near = cloglog(1 - 1e-12, n=30)
    assert near.cloglog == pytest.approx(log(1e-12), abs=1e-4)
    assert (near.survival.low, near.survival.high) == (0.0, 1.0)
    found = log_hr_from_landmark(1 - 1e-12, None, 1e-300, None, n1=30, n0=30)
    assert (found.hazard_ratio.low, found.hazard_ratio.high) == (0.0, np.inf)
    assert found.pvalue == pytest.approx(1.0)


def test_unknown_scale_lists_the_scales() -> None:
    with pytest.raises(ValueError, match="'detect', 'log-log', 'plain', 'log', 'logit', 'arcsine'"):
        cloglog(0.5, (0.3, 0.7), interval_scale="probit")


survivals = st.floats(0.03, 0.97)
errors = st.floats(0.05, 1.5)


@settings(deadline=None, max_examples=60)
@given(survivals, errors, survivals, errors)
def test_swapping_groups_inverts_the_hazard_ratio(
    s1: float, e1: float, s0: float, e0: float
) -> None:
    def limits(s: float, e: float) -> tuple[float, float]:
        y = log(-log(s))
        return exp(-exp(y + e)), exp(-exp(y - e))

    c1, c0 = limits(s1, e1), limits(s0, e0)
    assume(min(c1[0], c0[0]) > 1e-9)
    one = log_hr_from_landmark(s1, c1, s0, c0)
    other = log_hr_from_landmark(s0, c0, s1, c1)
    assert one.log_hr == -other.log_hr
    assert one.se == pytest.approx(other.se, rel=1e-12)
    assert one.hazard_ratio.low == pytest.approx(1 / other.hazard_ratio.high, rel=1e-9)
    assert one.hazard_ratio.estimate in one.hazard_ratio
    assert (one.hazard_ratio.estimate < 1) == (s1 > s0)


@settings(deadline=None, max_examples=60)
@given(survivals, st.floats(0.02, 0.2))
def test_all_scales_carry_the_same_standard_error(s: float, relative: float) -> None:
    se = relative * s * (1 - s)
    half = {
        "plain": (s - Z * se, s + Z * se),
        "log": (s * exp(-Z * se / s), s * exp(Z * se / s)),
        "log-log": tuple(s ** exp(sign * Z * se / (s * -log(s))) for sign in (1, -1)),
    }
    for scale, (low, high) in half.items():
        assume(low > 0 and high < 1)
        found = cloglog(s, (low, high), interval_scale=scale)
        assert found.se == pytest.approx(se / (s * -log(s)), rel=1e-9), scale


@settings(deadline=None, max_examples=60)
@given(st.integers(3, 40), st.integers(3, 40), st.data())
def test_odds_ratio_equals_scipy_and_covers_itself(n1: int, n0: int, data: st.DataObject) -> None:
    a, c = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n0))
    assume(0 < a + c < n1 + n0)
    found = odds_ratio_exact(a, n1, c, n0)
    theirs = odds_ratio([[a, n1 - a], [c, n0 - c]], kind="conditional")
    limits = theirs.confidence_interval(0.95)
    for mine, other in zip(
        found.odds_ratio, (theirs.statistic, limits.low, limits.high), strict=True
    ):
        assert mine == pytest.approx(other, rel=1e-6)
    narrow = odds_ratio_exact(a, n1, c, n0, interval="mid-p").odds_ratio
    assert found.odds_ratio.low <= narrow.low <= narrow.high <= found.odds_ratio.high
    assert 0 < found.pvalue <= 1


@pytest.mark.parametrize(
    ("table", "expected", "pvalue"),
    [
        # fisher.test of R 4.2.2; its limits stop at a tolerance of about 1e-4 on a log-like scale.
        (
            (8, 10, 3, 37),
            (38.4353793848572, 5.03211021532475, 534.75603132558808),
            2.04595663004e-5,
        ),
        ((5, 7, 0, 9), (np.inf, 1.9259792389582, np.inf), 0.00480769230769),
    ],
    ids=["8/10 v 3/37", "5/7 v 0/9"],
)
def test_odds_ratio_of_fisher(table: tuple, expected: tuple, pvalue: float) -> None:
    found = odds_ratio_exact(*table)
    assert found.pvalue == pytest.approx(pvalue, rel=1e-9)
    assert [*found.odds_ratio] == pytest.approx(list(expected), rel=5e-3)


def test_zero_cell_by_hand() -> None:
    # With margins 5 and 7 v 9, P(X = 5 | psi) = 21 psi^5 / sum; the limit makes it 2.5 %.
    low = odds_ratio_exact(5, 7, 0, 9).odds_ratio.low
    ways = [126, 126 * 7, 84 * 21, 36 * 35, 9 * 35, 21]
    total = sum(w * low**x for x, w in enumerate(ways))
    assert 21 * low**5 / total == pytest.approx(0.025, rel=1e-9)
    assert odds_ratio_exact(0, 9, 5, 7).odds_ratio.high == pytest.approx(1 / low, rel=1e-9)


@pytest.mark.parametrize(("a", "c", "who"), [(0, 0, "nobody"), (7, 9, "everybody")])
def test_no_contrast_is_refused(a: int, c: int, who: str) -> None:
    with pytest.raises(ValueError, match=f"{who} had the event"):
        odds_ratio_exact(a, 7, c, 9)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="index 0 is 8: more than its total 7"):
        odds_ratio_exact(8, 7, 0, 9)


def test_large_margins_against_exact_arithmetic() -> None:
    """4 of 60 against 3·10⁵ of 10⁶, where factorials of large numbers lose nine digits."""
    a, n1, c, n0 = 4, 60, 300_000, 1_000_000
    found = odds_ratio_exact(a, n1, c, n0)
    # Ratio of neighbouring weights as fractions; 61 tables in all.
    m, ways = a + c, [Fraction(1)]
    for x in range(n1):
        ways.append(ways[-1] * (n1 - x) * (m - x) / ((x + 1) * (n0 - m + x + 1)))

    def tail(psi: float, kept: range) -> float:
        total = [w * Fraction(psi) ** x for x, w in enumerate(ways)]
        return float(sum(total[x] for x in kept) / sum(total))

    assert tail(found.odds_ratio.low, range(a, n1 + 1)) == pytest.approx(0.025, rel=1e-10)
    assert tail(found.odds_ratio.high, range(a + 1)) == pytest.approx(0.025, rel=1e-10)
    no_likelier = [w for w in ways if w <= ways[a]]
    assert found.pvalue == pytest.approx(float(sum(no_likelier) / sum(ways)), rel=1e-11)


def test_work_grows_with_the_square_root_of_the_margins() -> None:
    from metaprop.survival.noncentral import Margins

    sizes = [Margins(n, n, n).null()[0].size for n in (10**6, 10**8)]
    assert sizes[0] < 50_000
    assert 5 < sizes[1] / sizes[0] < 20


def test_an_odds_ratio_far_from_1_is_followed_there() -> None:
    # By symmetry of the groups, and a p-value too small for a float.
    one, other = (
        odds_ratio_exact(*table)
        for table in ((90_000, 100_000, 10, 100_000), (10, 100_000, 90_000, 100_000))
    )
    assert one.pvalue == 0.0
    assert one.odds_ratio.low == pytest.approx(1 / other.odds_ratio.high, rel=1e-10)
    assert one.odds_ratio.estimate == pytest.approx(90_000 * 99_990 / (10 * 10_000), rel=1e-3)


def test_exact_limits_cover_at_least_their_level() -> None:
    """Coverage over all tables of 8 v 6 patients at odds ratio 3, by enumeration."""
    p1, p0, covered = 0.6, 1 / 3, 0.0  # odds 1.5 and 0.5
    for a in range(9):
        for c in range(7):
            chance = binom.pmf(a, 8, p1) * binom.pmf(c, 6, p0)
            holds = a + c in (0, 14) or 3.0 in odds_ratio_exact(a, 8, c, 6).odds_ratio
            covered += chance * holds
    assert 0.95 <= covered < 1


def test_approaches_the_log_rank_answer_in_a_large_trial() -> None:
    """With 4000 patients a side the landmark hazard ratio is the true one, 0.5."""
    rng = np.random.default_rng(3)
    times = [rng.exponential(scale, 4000) for scale in (20.0, 10.0)]
    printed = []
    for t in times:
        at = kaplan_meier(np.minimum(t, 24.0), t <= 24.0).at(12.0)
        printed.append((round(at.estimate, 3), (round(at.low, 3), round(at.high, 3))))
    found = log_hr_from_landmark(*printed[0], *printed[1])
    assert 0.5 in found.hazard_ratio
    assert found.hazard_ratio.width < 0.1
    both = np.minimum(np.concatenate(times), 12.0)
    test = logrank(both, np.concatenate(times) <= 12.0, np.repeat([1, 0], 4000))
    peto = (test.observed[1] - test.expected[1]) / test.covariance[1, 1]
    assert found.log_hr == pytest.approx(peto, abs=0.06)
