"""Regression and rank tests for small-study effects."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from metaprop import effect_sizes, rank_test, regression_test
from metaprop.bias import AsymmetryTestWarning

counts = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=3,
    max_size=15,
)


def _quiet(*arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AsymmetryTestWarning)
        return regression_test(*arguments, **options)


@pytest.mark.parametrize("predictor", ["se", "variance"])
@pytest.mark.parametrize("scale", ["raw", "log", "logit"])
def test_warns_of_variance_predictors_on_dependent_scales(events, totals, predictor, scale):
    sizes = effect_sizes(events, totals, scale=scale)
    with pytest.warns(AsymmetryTestWarning, match=f"on the {scale} scale"):
        result = regression_test(sizes.yi, sizes.vi, totals, predictor=predictor, scale=scale)
    assert len(result.cautions) == 1
    assert "sqrt_inverse_n" in result.cautions[0]


def test_warns_of_variance_predictor_when_scale_is_unsaid(events, totals):
    sizes = effect_sizes(events, totals, scale="logit")
    with pytest.warns(AsymmetryTestWarning, match="pass scale="):
        regression_test(sizes.yi, sizes.vi, totals, predictor="se")


@pytest.mark.parametrize("scale", ["arcsine", "double_arcsine"])
def test_says_nothing_where_the_test_is_valid(events, totals, scale):
    sizes = effect_sizes(events, totals, scale=scale)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert regression_test(sizes.yi, sizes.vi, totals).cautions == ()
        result = regression_test(sizes.yi, sizes.vi, totals, predictor="se", scale=scale)
    assert result.cautions == ()


def test_warns_of_few_studies(events, totals):
    sizes = effect_sizes(events[:9], totals[:9], scale="arcsine")
    with pytest.warns(AsymmetryTestWarning, match="only 9 studies"):
        regression_test(sizes.yi, sizes.vi, totals[:9])


def test_egger_1997_is_the_regression_of_standard_normal_deviate_on_precision(events, totals):
    """Egger's intercept and p-value, computed by ordinary least squares as in the paper."""
    sizes = effect_sizes(events, totals, scale="double_arcsine")
    se = np.sqrt(sizes.vi)
    line = stats.linregress(1 / se, sizes.yi / se)
    ours = regression_test(sizes.yi, sizes.vi, totals, predictor="se", scale="double_arcsine")
    assert ours.slope == pytest.approx(line.intercept, abs=1e-12)
    assert ours.statistic == pytest.approx(line.intercept / line.intercept_stderr, abs=1e-10)
    assert ours.limit.estimate == pytest.approx(line.slope, abs=1e-12)


def test_false_alarms_of_egger_on_raw_proportions_and_not_of_study_size():
    """Without any bias Egger's test on raw proportions near 0.95 rejects most of the time."""
    rng = np.random.default_rng(20250101)
    runs, rejected = 200, {"se": 0, "sqrt_inverse_n": 0}
    for _ in range(runs):
        n = rng.integers(4, 41, 13)
        x = rng.binomial(n, 0.95)
        sizes = effect_sizes(x, n, scale="raw")
        for predictor in rejected:
            test = _quiet(sizes.yi, sizes.vi, n, predictor=predictor, scale="raw")
            rejected[predictor] += test.pvalue < 0.05
    assert rejected["se"] > 0.5 * runs
    assert rejected["sqrt_inverse_n"] < 0.5 * rejected["se"]


@settings(max_examples=60, deadline=None)
@given(
    studies=counts,
    scale=st.sampled_from(["raw", "logit", "arcsine", "double_arcsine"]),
    predictor=st.sampled_from(["se", "variance", "inverse_n", "sqrt_inverse_n", "n", "sqrt_n"]),
    model=st.sampled_from(["lm", "rma"]),
    seed=st.integers(0, 99),
)
def test_is_defined_and_ignores_the_order_of_studies(studies, scale, predictor, model, seed):
    x, n = np.array(studies).T
    order = np.random.default_rng(seed).permutation(x.size)
    sizes = effect_sizes(x, n, scale=scale)
    options = {"predictor": predictor, "model": model, "scale": scale}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", AsymmetryTestWarning)
        try:
            one = regression_test(sizes.yi, sizes.vi, n, **options)
        except ValueError as error:
            assert "no slope can be estimated" in str(error)  # noqa: PT017
            return
        other = regression_test(sizes.yi[order], sizes.vi[order], n[order], **options)
    assert 0 <= one.pvalue <= 1
    assert other.pvalue == pytest.approx(one.pvalue, abs=1e-5)


def test_equal_effects_have_no_slope():
    n = np.array([5, 10, 20, 40])
    result = _quiet(np.full(4, 1.1), 1 / n, n)
    assert (result.slope, result.statistic, result.pvalue) == (0.0, 0.0, 1.0)


def test_effects_on_a_line_are_infinitely_significant():
    n = np.array([4, 16, 25, 64])
    result = _quiet(1 / np.sqrt(n) * 2 + 1, np.full(4, 0.5), n)
    assert result.slope == pytest.approx(2)
    assert result.pvalue < 1e-12


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"yi": [0.1, 0.2]}, "yi has 2 studies but vi has 4"),
        ({"yi": [0.1, np.nan, 0.3, 0.4]}, "yi of the study at index 1 is nan"),
        ({"vi": [0.1, 0.2, 0.0, 0.4]}, "vi of the study at index 2 is 0"),
        ({"totals": [5, 6, 7]}, "totals has 3"),
        ({"totals": [5, 5, 5, 5]}, "is 0.447214 in all 4 studies"),
        ({"predictor": "ni"}, "predictor must be one of 'se', 'variance', 'inverse_n'"),
        ({"model": "ols"}, "model must be one of 'lm', 'rma'"),
        ({"scale": "PLO"}, "scale must be one of"),
        ({"level": 95}, "level must lie strictly between 0 and 1"),
    ],
)
def test_broken_input_is_named(change, message):
    good = {"yi": [0.1, 0.2, 0.3, 0.5], "vi": [0.1, 0.2, 0.3, 0.4], "totals": [5, 6, 7, 8]} | change
    if message.startswith("totals"):
        message = "totals has 3 studies, but there are 4"
    with pytest.raises(ValueError, match=message):
        _quiet(good.pop("yi"), good.pop("vi"), good.pop("totals"), **good)


def test_two_studies_are_too_few():
    with pytest.raises(ValueError, match="at least 3 studies, got 2"):
        _quiet([1, 2], [1, 1], [3, 4])
    with pytest.raises(ValueError, match="at least 3 studies, got 2"):
        rank_test([1, 2], [1, 2])


def test_exact_rank_test_counts_permutations():
    y, v = np.array([0.1, 0.9, 0.4, 1.5, 0.7]), np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    result = rank_test(y, v)
    assert result.exact
    assert not result.ties

    def score(order):
        return sum(np.sign(b - a) for a, b in itertools.combinations(order, 2))

    scores = np.array([score(order) for order in itertools.permutations(range(5))])
    assert result.pvalue == pytest.approx(np.mean(np.abs(scores) >= abs(result.score)))
    assert result.tau == pytest.approx(result.score / 10)


def test_mathematical_ties_are_ties():
    """The logit variances of 18/42 and 24/42 are equal, whatever the last bit says."""
    sizes = effect_sizes([18, 24, 3, 9], [42, 42, 11, 50], scale="logit")
    assert sizes.vi[0] == pytest.approx(sizes.vi[1], rel=1e-15)
    result = rank_test(sizes.yi, sizes.vi)
    assert result.ties
    assert (result.score - 5) % 2 == 0  # six pairs, one of them tied
    nudged = sizes.vi * (1 + 1e-14 * np.array([1, -1, 1, -1]))
    assert rank_test(sizes.yi, nudged) == result


@pytest.mark.parametrize("y", [[1.0, 1.0, 1.0], [0.1, 0.2, 0.3]], ids=["equal", "different"])
def test_nothing_to_rank(y):
    result = rank_test(y, [2.0, 2.0, 2.0])
    assert (result.tau, result.pvalue) == (0.0, 1.0)


@settings(max_examples=60, deadline=None)
@given(studies=counts, seed=st.integers(0, 99))
def test_rank_test_changes_sign_with_the_events(studies, seed):
    """Non-events in place of events turn the correlation round, at the same p-value."""
    x, n = np.array(studies).T
    order = np.random.default_rng(seed).permutation(x.size)
    one = effect_sizes(x, n, scale="logit")
    other = effect_sizes((n - x)[order], n[order], scale="logit")
    a, b = rank_test(one.yi, one.vi), rank_test(other.yi, other.vi)
    assert a.score == -b.score
    assert a.pvalue == pytest.approx(b.pvalue, abs=1e-12)
