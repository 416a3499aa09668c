"""Effect sizes by hand, the zeros rules, and the way back to a proportion."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaprop import back_transform, effect_sizes, harmonic_mean, transform

SCALES = ("raw", "log", "logit", "arcsine", "double_arcsine")


@pytest.mark.parametrize(
    ("scale", "yi", "vi"),
    [
        ("raw", 0.3, 0.3 * 0.7 / 10),
        ("log", math.log(0.3), 1 / 3 - 1 / 10),
        ("logit", math.log(3 / 7), 1 / 3 + 1 / 7),
        ("arcsine", math.asin(math.sqrt(0.3)), 1 / 40),
        (
            "double_arcsine",
            (math.asin(math.sqrt(3 / 11)) + math.asin(math.sqrt(4 / 11))) / 2,
            1 / 42,
        ),
    ],
)
def test_three_of_ten_by_hand(scale: str, yi: float, vi: float) -> None:
    ours = effect_sizes([3], [10], scale=scale)
    assert ours.yi[0] == pytest.approx(yi, rel=1e-15)
    assert ours.vi[0] == pytest.approx(vi, rel=1e-14)
    assert not ours.adjusted.any()


def test_adjust_extreme_touches_only_extreme_studies() -> None:
    ours = effect_sizes([0, 4, 8], [8, 8, 8], scale="logit")
    assert ours.adjusted.tolist() == [True, False, True]
    assert ours.yi == pytest.approx([math.log(0.5 / 8.5), 0.0, math.log(8.5 / 0.5)])
    assert ours.vi == pytest.approx([1 / 0.5 + 1 / 8.5, 0.5, 1 / 8.5 + 1 / 0.5])


def test_variance_only_keeps_the_raw_estimate() -> None:
    """meta's PRAW and Stata's cc(0.5): p stays 1, v = (x + ½)(n − x + ½) / (n + 1)³."""
    ours = effect_sizes([8, 4], [8, 8], scale="raw", zeros="variance-only")
    assert ours.yi.tolist() == [1.0, 0.5]
    assert ours.vi[0] == pytest.approx(8.5 * 0.5 / 9**3, rel=1e-14)
    assert ours.vi[1] == pytest.approx(0.25 / 8, rel=1e-14)


@pytest.mark.parametrize("scale", SCALES)
def test_drop_leaves_extreme_studies_out_on_every_scale(scale: str) -> None:
    ours = effect_sizes([0, 4, 8, 2], [8, 8, 8, 5], scale=scale, zeros="drop")
    assert ours.kept.tolist() == [False, True, False, True]
    assert ours.yi.size == ours.vi.size == 2


@pytest.mark.parametrize("scale", ["arcsine", "double_arcsine"])
@pytest.mark.parametrize("zeros", ["adjust-extreme", "variance-only", "none"])
def test_arcsine_scales_need_no_correction(scale: str, zeros: str) -> None:
    ours = effect_sizes([0, 8], [8, 8], scale=scale, zeros=zeros)
    plain = effect_sizes([0, 8], [8, 8], scale=scale, zeros="none")
    assert ours.yi.tolist() == plain.yi.tolist()
    assert not ours.adjusted.any()


@pytest.mark.parametrize(
    ("events", "totals", "message"),
    [
        ([3, 9], [5, 8], "events of the study at index 1 is 9: more than its total 8"),
        ([3, -1], [5, 8], "events of the study at index 1 is -1: negative"),
        ([0, 0], [5, 0], "totals of the study at index 1 is 0: at least 1"),
        ([2.5], [5], "events of the study at index 0 is 2.5: not a whole number"),
        ([2], [5.2], "totals of the study at index 0 is 5.2: not a whole number"),
        ([1, float("nan")], [5, 5], "events of the study at index 1 is nan"),
        ([1, 2], [5], "events has 2 studies but totals has 1"),
        ([], [], "events is empty"),
        (["a"], [5], "events of the study at index 0 is 'a': a number is needed"),
        ([[1]], [[5]], "one-dimensional"),
        ([1], [float("inf")], "totals of the study at index 0 is inf"),
    ],
)
def test_impossible_counts_are_named(events: list, totals: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        effect_sizes(events, totals, scale="raw")


@pytest.mark.parametrize("scale", ["raw", "log", "logit"])
def test_no_correction_refuses_the_first_extreme_study(scale: str) -> None:
    with pytest.raises(ValueError, match="study at index 1 has 8 events in 8 patients"):
        effect_sizes([3, 8], [5, 8], scale=scale, zeros="none")


def test_dropping_everything_is_an_error() -> None:
    with pytest.raises(ValueError, match="leaves no study: all 2"):
        effect_sizes([0, 8], [5, 8], scale="raw", zeros="drop")


@pytest.mark.parametrize("scale", SCALES)
@given(p=st.floats(0.001, 0.999), n=st.integers(5, 10_000))
def test_back_transform_inverts_transform(scale: str, p: float, n: int) -> None:
    """Freeman–Tukey is invertible only where n p and n (1 − p) are not tiny."""
    if scale == "double_arcsine" and min(n * p, n * (1 - p)) < 0.01:
        return
    value = transform(p, scale=scale, totals=[n])
    assert back_transform(value, scale=scale, totals=[n]) == pytest.approx(p, abs=1e-7)


@pytest.mark.parametrize("n", [1, 2, 7, 30, 1000, 1_000_000])
def test_freeman_tukey_inverse_returns_every_observable_proportion(n: int) -> None:
    x = np.unique(np.linspace(0, n, 50).astype(int))
    ours = effect_sizes(x, np.full_like(x, n), scale="double_arcsine")
    back = back_transform(ours.yi, scale="double_arcsine", totals=[n])
    assert back == pytest.approx(x / n, abs=1e-9)
    assert back[0] == 0.0
    assert back[-1] == 1.0


def test_freeman_tukey_inverse_uses_the_harmonic_mean() -> None:
    assert harmonic_mean([11, 17, 21, 6]) == pytest.approx(4 / (1 / 11 + 1 / 17 + 1 / 21 + 1 / 6))
    one = back_transform(0.6, scale="double_arcsine", totals=[11, 17, 21, 6])
    other = back_transform(0.6, scale="double_arcsine", totals=[harmonic_mean([11, 17, 21, 6])])
    assert one == pytest.approx(other, rel=1e-15)


@pytest.mark.parametrize("scale", SCALES)
def test_back_transform_never_leaves_0_to_1(scale: str) -> None:
    values = np.array([-1e6, -50.0, -1.0, 0.0, 0.5, 1.0, 2.0, 50.0, 1e6])
    back = back_transform(values, scale=scale, totals=[7, 20])
    assert (back >= 0).all()
    assert (back <= 1).all()
    assert (np.diff(back) >= 0).all()


def test_logit_keeps_tiny_proportions_apart_from_zero() -> None:
    assert back_transform(-50.0, scale="logit") == pytest.approx(math.exp(-50), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: back_transform(0.5, scale="double_arcsine"), "without totals"),
        (lambda: back_transform(0.5, scale="probit"), "scale must be one of"),
        (lambda: transform(1.2, scale="raw"), "between 0 and 1"),
        (lambda: transform(0.0, scale="log"), "no finite value on the log scale"),
        (lambda: transform(1.0, scale="logit"), "no finite value on the logit scale"),
        (lambda: transform(0.5, scale="double_arcsine"), "needs totals"),
        (lambda: harmonic_mean([3, 0]), "must be positive"),
    ],
)
def test_broken_transformations_are_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
