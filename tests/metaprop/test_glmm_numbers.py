"""Every number of a mixed-model result, by its definition from the counts and the estimate."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad, trapezoid
from scipy.special import expit, logit
from scipy.stats import binom, chi2, norm, t

from metaprop import PooledGlmm, pool_glmm
from metaprop.glmm import _q_statistics, _sampling_variance
from metaprop.links import LINKS

X, N = np.array([3.0, 8.0, 1.0, 14.0, 0.0, 9.0]), np.array([12.0, 20.0, 15.0, 22.0, 11.0, 9.0])


def _loglik(mu: float, tau: float) -> float:
    """Log-likelihood by the trapezoidal rule on a grid much finer than any study needs."""
    if tau == 0.0:
        return float(binom.logpmf(X, N, expit(mu)).sum())
    u = np.linspace(-9.0, 9.0, 4001)
    share = binom.pmf(X[:, None], N[:, None], expit(mu + tau * u)) * norm.pdf(u)
    return float(np.log(trapezoid(share, u, axis=1)).sum())


@pytest.fixture(scope="module")
def fit() -> PooledGlmm:
    return pool_glmm(X, N)


def test_likelihoods_and_their_ratio(fit: PooledGlmm) -> None:
    mu, tau = fit.working.estimate, math.sqrt(fit.tau2)
    assert fit.loglik == pytest.approx(_loglik(mu, tau), abs=1e-7)
    for step in (1e-3, -1e-3):
        assert _loglik(mu + step, tau) < fit.loglik + 1e-9
        assert _loglik(mu, tau + step) < fit.loglik + 1e-9
    null = _loglik(float(logit(X.sum() / N.sum())), 0.0)
    assert fit.tau2_lrt == pytest.approx(2.0 * (fit.loglik - null), abs=1e-6)
    assert fit.tau2_lrt_pvalue == pytest.approx(0.5 * chi2.sf(fit.tau2_lrt, 1), rel=1e-9)
    assert 0.0 < fit.tau2_lrt_pvalue < 0.5


def test_a_small_likelihood_ratio_has_a_pvalue_of_its_own() -> None:
    found = pool_glmm([5, 12, 9, 4, 12], [20, 25, 24, 19, 22])
    assert found.tau2_lrt is not None
    assert 0.0 < found.tau2_lrt < 1.0
    assert found.tau2_lrt_pvalue == pytest.approx(0.5 * chi2.sf(found.tau2_lrt, 1), rel=1e-9)


def test_wald_and_likelihood_ratio_q(fit: PooledGlmm) -> None:
    inner = (X > 0) & (X < N)
    x, n = X[inner], N[inner]
    y, w = logit(x / n), x * (n - x) / n
    assert fit.q == pytest.approx(w @ (y - np.average(y, weights=w)) ** 2, rel=1e-12)
    saturated = binom.logpmf(X, N, X / N).sum()
    equal = binom.logpmf(X, N, X.sum() / N.sum()).sum()
    assert fit.q_lrt == pytest.approx(2.0 * (saturated - equal), rel=1e-10)
    assert fit.q_df == 5
    assert fit.q_pvalue == pytest.approx(chi2.sf(fit.q, 5), rel=1e-10)
    assert fit.q_lrt_pvalue == pytest.approx(chi2.sf(fit.q_lrt, 5), rel=1e-10)


def test_kinds_of_i2_and_h2(fit: PooledGlmm) -> None:
    extreme = (X == 0) | (X == N)
    x, n = X + 0.5 * extreme, N + extreme
    w = x * (n - x) / n
    typical = 5 * w.sum() / (w.sum() ** 2 - (w**2).sum())
    assert fit.i2_tau2 == pytest.approx(fit.tau2 / (fit.tau2 + typical), rel=1e-10)
    assert fit.h2 == pytest.approx((fit.tau2 + typical) / typical, rel=1e-10)
    assert fit.i2_q == pytest.approx((fit.q - 5) / fit.q, rel=1e-10)
    assert fit.i2 == fit.i2_tau2
    assert pool_glmm(X, N, i2="q").i2 == pytest.approx(fit.i2_q)


def test_weights_are_shares_of_the_information_at_the_median(fit: PooledGlmm) -> None:
    assert fit.proportion is not None
    p = fit.proportion.estimate
    information = 1.0 / (1.0 / (N * p * (1.0 - p)) + fit.tau2)
    assert fit.weights == pytest.approx(information / information.sum(), rel=1e-9)
    assert fit.kept.tolist() == [True] * 6
    assert (fit.k, fit.n) == (6, 89)


@pytest.mark.parametrize(
    ("ci", "prediction", "level", "wide", "wider"),
    [
        ("wald", "z", 0.95, norm.ppf(0.975), norm.ppf(0.975)),
        ("wald", "simple", 0.9, norm.ppf(0.95), norm.ppf(0.95)),
        ("t", "t-k-1", 0.95, t.ppf(0.975, 5), t.ppf(0.975, 5)),
        ("t", "t-k-2", 0.8, t.ppf(0.9, 5), t.ppf(0.9, 4)),
    ],
)
def test_intervals_on_both_scales(
    ci: str, prediction: str, level: float, wide: float, wider: float
) -> None:
    fit = pool_glmm(X, N, ci=ci, prediction=prediction, level=level)
    mu, low, high = fit.working
    assert (mu - low, high - mu) == pytest.approx((wide * fit.se, wide * fit.se), rel=1e-9)
    spread = math.sqrt(fit.tau2 + (0.0 if prediction == "simple" else fit.se**2))
    assert fit.prediction_working is not None
    assert fit.prediction_working.high - mu == pytest.approx(wider * spread, rel=1e-9)
    assert fit.prediction is not None
    assert fit.proportion is not None
    assert tuple(fit.proportion) == pytest.approx(tuple(expit([mu, low, high])), rel=1e-12)
    assert fit.prediction.low == pytest.approx(expit(fit.prediction_working.low), rel=1e-12)
    assert fit.recipe.level == level
    assert (fit.recipe.ci, fit.recipe.zeros) == (ci, "none")
    assert (fit.link, fit.converged) == ("logit", True)


def test_the_mean_is_that_of_the_distribution(fit: PooledGlmm) -> None:
    mu, tau = fit.working.estimate, math.sqrt(fit.tau2)
    mean = quad(lambda u: expit(mu + tau * u) * norm.pdf(u), -10, 10, epsrel=1e-12)[0]
    assert fit.mean_proportion.estimate == pytest.approx(mean, abs=1e-10)
    assert fit.mean_proportion.low < mean < fit.mean_proportion.high
    # A t interval has a wider mean as well.
    wider = pool_glmm(X, N, ci="t").mean_proportion
    assert wider.low < fit.mean_proportion.low
    ratio = (logit(mean) - logit(wider.low)) / (logit(mean) - logit(fit.mean_proportion.low))
    assert ratio == pytest.approx(t.ppf(0.975, 5) / norm.ppf(0.975), rel=1e-9)


@pytest.mark.parametrize("full", [False, True])
def test_no_events_or_only_events_in_full(full: bool) -> None:
    totals = np.array([6, 9, 5])
    fit = pool_glmm(totals if full else [0, 0, 0], totals, level=0.9)
    limit = 0.1 ** (1 / 20)  # the whole total has the event with p^20 = 0.1
    expected = (1.0, limit, 1.0) if full else (0.0, 0.0, 1.0 - limit)
    for interval in (fit.proportion, fit.mean_proportion):
        assert interval is not None
        assert tuple(interval) == pytest.approx(expected, rel=1e-12)
    end, other = (math.inf, logit(limit)) if full else (-math.inf, logit(1.0 - limit))
    assert fit.working.estimate == end
    assert (fit.working.low if full else fit.working.high) == pytest.approx(other)
    assert (fit.working.high if full else fit.working.low) == end
    assert fit.weights == pytest.approx(totals / 20)
    numbers = (fit.tau2, fit.i2, fit.i2_tau2, fit.i2_q, fit.h2, fit.q, fit.q_df, fit.q_pvalue)
    assert numbers == (0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 2, 1.0)
    assert (fit.q_lrt, fit.q_lrt_pvalue, fit.loglik) == (0.0, 1.0, 0.0)
    assert (fit.tau2_lrt, fit.tau2_lrt_pvalue) == (0.0, 1.0)
    assert (fit.k, fit.n, fit.converged, fit.se) == (3, 20, True, math.inf)
    assert fit.kept.tolist() == [True] * 3
    assert fit.prediction is fit.prediction_working is None
    assert fit.note.startswith("every patient had" if full else "no patient had the event: the ")
    assert f"highest at {'100' if full else '0'}%" in fit.note
    assert "pooled total of 20 patients" in fit.note


def test_what_cannot_vary_between_studies_is_said() -> None:
    one = pool_glmm([3], [10], ci="t")
    assert one.note.split("; ") == [
        "one study only: tau2 cannot be estimated and is taken as 0",
        "the interval is the Wald interval",
    ]
    assert one.se == pytest.approx(math.sqrt(1 / 3 + 1 / 7), rel=1e-9)
    assert one.working.high - one.working.estimate == pytest.approx(
        norm.ppf(0.975) * one.se, rel=1e-9
    )
    assert pool_glmm([3], [10]).note == "one study only: tau2 cannot be estimated and is taken as 0"
    singles = pool_glmm([0, 1, 1], [1, 1, 1])
    assert singles.note == "studies of one patient each: tau2 cannot be estimated and is taken as 0"
    assert singles.proportion is not None
    assert singles.proportion.estimate == pytest.approx(2 / 3)
    assert pool_glmm([1, 1, 0], [1, 2, 1]).note.startswith("only 3 studies: the Wald interval")
    for k, said in ((2, True), (4, True), (5, False)):
        note = pool_glmm([3, 5, 4, 6, 2][:k], [10, 12, 13, 9, 9][:k]).note
        assert note.startswith(f"only {k} studies") == said
        assert pool_glmm([3, 5, 4, 6, 2][:k], [10, 12, 13, 9, 9][:k], ci="t").note == ""


def test_profile_limits_are_where_the_likelihood_has_fallen() -> None:
    x, n = [3.0, 8.0, 1.0], [12.0, 20.0, 15.0]
    fit = pool_glmm(x, n, ci="profile")
    assert fit.working.low < fit.working.estimate < fit.working.high
    one = pool_glmm([3], [10], ci="profile", level=0.9)
    top = binom.logpmf(3, 10, 0.3)
    for end in (one.working.low, one.working.high):
        fall = top - binom.logpmf(3, 10, expit(end))
        assert fall == pytest.approx(0.5 * norm.ppf(0.95) ** 2, abs=1e-6)


@pytest.mark.parametrize("name", list(LINKS))
def test_variance_of_a_linked_proportion_is_that_of_the_delta_method(name: str) -> None:
    link = LINKS[name]
    p, n, step = 0.3, 20.0, 1e-6
    slope = (link.forward(np.array(p + step)) - link.forward(np.array(p - step))) / (2 * step)
    expected = p * (1 - p) / n * float(slope) ** 2
    found = _sampling_variance(np.array([p * n]), np.array([n]), link)
    assert found == pytest.approx([expected], rel=1e-6)


def test_q_without_and_with_studies_at_the_ends() -> None:
    link = LINKS["logit"]
    assert _q_statistics(np.array([0.0, 5.0]), np.array([9.0, 5.0]), link)[0] == 0.0
    wald, lrt = _q_statistics(np.array([2.0, 4.0]), np.array([10.0, 20.0]), link)
    assert (wald, lrt) == pytest.approx((0.0, 0.0), abs=1e-12)
    assert _q_statistics(np.array([0.0, 0.0]), np.array([9.0, 5.0]), link) == (0.0, 0.0)
    assert _q_statistics(np.array([9.0, 5.0]), np.array([9.0, 5.0]), link) == (0.0, 0.0)
    # A single event in one study, and a single patient without in the other.
    wald, lrt = _q_statistics(np.array([1.0, 8.0]), np.array([9.0, 9.0]), link)
    assert wald == pytest.approx((2 * logit(8 / 9)) ** 2 / (2 * 9 / 8), rel=1e-12)
    saturated, equal = 2 * binom.logpmf(1, 9, 1 / 9), 2 * binom.logpmf(1, 9, 0.5)
    assert lrt == pytest.approx(2 * (saturated - equal), rel=1e-10)


@pytest.mark.parametrize(
    ("x", "n", "said"),
    [
        # Median study far from every proportion that the counts show: tau2 is beyond 50.
        ([0, 0, 0, 0, 9, 10], [60, 50, 40, 40, 10, 11], True),
        ([60, 50, 40, 40, 1, 1], [60, 50, 40, 40, 10, 11], True),
        ([3, 8, 1, 14, 2, 9], [12, 20, 15, 22, 11, 10], False),
    ],
)
def test_a_median_far_from_the_counts_is_told_with_its_numbers(
    x: list, n: list, said: bool
) -> None:
    fit = pool_glmm(x, n)
    assert ("that of the median study" in fit.note) == said
    if said:
        assert fit.proportion is not None
        crude, average = sum(x) / sum(n), float(np.mean(np.array(x) / np.array(n)))
        assert f"tau2 is {fit.tau2:.3g}: the estimate, {fit.proportion.estimate:.2g}," in fit.note
        assert f"the crude proportion ({crude:.2g})" in fit.note
        assert f"the studies' own ({average:.2g})" in fit.note
        assert fit.note.endswith(f"by the model is {fit.mean_proportion.estimate:.2g}")
