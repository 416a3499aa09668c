"""The mixed model: against direct integration, against R, and where R has no answer."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import expit, gammaln
from scipy.stats import beta as beta_distribution

from metaprop import Recipe, glmm_regression, pool, pool_glmm, subgroups
from metaprop.mixed_model import DEFAULT_NODES, MixedModel

GLMM = Recipe(scale="logit", method="GLMM", zeros="none")


def direct_loglik(x: Any, n: Any, mu: float, sigma: float) -> float:
    """Marginal log-likelihood by a fine rectangle rule over u, written out plainly."""
    u = np.linspace(-10, 10, 20_001)
    weight = np.exp(-0.5 * u * u) / math.sqrt(2 * math.pi) * (u[1] - u[0])
    p = expit(mu + sigma * u)
    total = 0.0
    for a, b in zip(x, n, strict=True):
        choose = gammaln(b + 1) - gammaln(a + 1) - gammaln(b - a + 1)
        total += math.log(np.sum(weight * np.exp(choose) * p**a * (1 - p) ** (b - a)))
    return total


@pytest.mark.parametrize("index", range(9))
def test_default_nodes_integrate_exactly(index: int, r_reference: dict) -> None:
    data = r_reference["datasets"][index]["data"]
    ours = pool_glmm(data["events"], data["n"])
    direct = direct_loglik(data["events"], data["n"], ours.working.estimate, ours.tau2**0.5)
    assert ours.loglik == pytest.approx(direct, abs=1e-7)


@pytest.mark.parametrize("index", range(9))
def test_no_neighbour_has_a_higher_likelihood(index: int, r_reference: dict) -> None:
    data = r_reference["datasets"][index]["data"]
    x, n = data["events"], data["n"]
    ours = pool_glmm(x, n)
    mu, sigma = ours.working.estimate, ours.tau2**0.5
    for d_mu, d_sigma in [(0.02, 0), (-0.02, 0), (0, 0.02), (0, -0.02), (0.5, 0.5), (-0.5, 0.5)]:
        assert direct_loglik(x, n, mu + d_mu, abs(sigma + d_sigma)) < ours.loglik


@pytest.mark.parametrize("nodes", [7, 41])
def test_standard_error_is_that_of_the_likelihood(nodes: int, r_reference: dict) -> None:
    """Second differences of the log-likelihood; lme4 is 0.1 % off in this group of studies."""
    data = r_reference["datasets"][5]["data"]
    member = np.array(data["g2"]) == "unedited"
    x, n = np.array(data["events"])[member], np.array(data["n"])[member]
    ours = pool_glmm(x, n, nodes=nodes)
    model = MixedModel(x.astype(float), n.astype(float), np.ones((x.size, 1)), nodes)

    def loglik(mu: float, sigma: float) -> float:
        return model.likelihood.evaluate(np.full(x.size, mu), sigma).loglik

    mu, s, h = ours.working.estimate, ours.tau2**0.5, 1e-3
    mm = (loglik(mu + h, s) - 2 * loglik(mu, s) + loglik(mu - h, s)) / h**2
    ss = (loglik(mu, s + h) - 2 * loglik(mu, s) + loglik(mu, s - h)) / h**2
    corners = loglik(mu + h, s + h) - loglik(mu + h, s - h)
    ms = (corners - loglik(mu - h, s + h) + loglik(mu - h, s - h)) / (4 * h**2)
    expected = math.sqrt(np.linalg.inv(-np.array([[mm, ms], [ms, ss]]))[0, 0])
    assert ours.se == pytest.approx(expected, rel=1e-5)


def test_gradient_is_the_slope_of_the_quadrature(events: Any, totals: Any) -> None:
    model = MixedModel(events.astype(float), totals.astype(float), np.ones((13, 1)), 5)
    eta, sigma, h = np.full(13, 1.4), 1.7, 1e-6
    at = model.likelihood.evaluate(eta, sigma)
    up, down = (model.likelihood.evaluate(eta + d, sigma).loglik for d in (h, -h))
    assert at.eta.sum() == pytest.approx((up - down) / (2 * h), rel=1e-6)
    up, down = (model.likelihood.evaluate(eta, sigma + d).loglik for d in (h, -h))
    assert at.sigma.sum() == pytest.approx((up - down) / (2 * h), rel=1e-6)


@pytest.mark.parametrize("totals", [[3, 7, 12, 5, 20], [1], [4, 4]], ids=str)
def test_all_at_zero_has_the_exact_one_sided_limit(totals: list) -> None:
    ours = pool_glmm([0] * len(totals), totals)
    # Clopper–Pearson: the p at which 0 events of N have probability 5 %.
    limit = beta_distribution.ppf(0.95, 1, sum(totals))
    assert ours.proportion.estimate == ours.proportion.low == 0.0
    assert ours.proportion.high == pytest.approx(limit, rel=1e-12)
    assert (1 - ours.proportion.high) ** sum(totals) == pytest.approx(0.05, rel=1e-12)
    assert (ours.tau2, ours.i2, ours.converged) == (0.0, 0.0, True)
    assert "no patient had the event" in ours.note
    assert ours.prediction is None


def test_all_at_full_mirrors_all_at_zero() -> None:
    zero, full = pool_glmm([0, 0, 0], [3, 7, 12]), pool_glmm([3, 7, 12], [3, 7, 12])
    assert full.proportion.estimate == full.proportion.high == 1.0
    assert full.proportion.low == pytest.approx(1 - zero.proportion.high, abs=1e-15)
    assert full.working.low == pytest.approx(-zero.working.high, rel=1e-12)
    assert full.to_dict()["se"] is None  # infinite on the logit scale: no such number in JSON


def test_identical_studies_where_r_fails() -> None:
    ours = pool_glmm([4] * 5, [8] * 5)
    assert ours.tau2 == 0.0
    assert ours.working.estimate == pytest.approx(0.0, abs=1e-12)
    assert ours.se == pytest.approx(math.sqrt(1 / (40 * 0.25)), rel=1e-6)
    assert (ours.tau2_lrt, ours.tau2_lrt_pvalue) == (0.0, 1.0)


def test_one_study_is_its_own_logit() -> None:
    ours = pool_glmm([7], [9])
    assert ours.working.estimate == pytest.approx(math.log(7 / 2), abs=1e-9)
    assert ours.se == pytest.approx(math.sqrt(1 / 7 + 1 / 2), rel=1e-6)
    assert "one study only" in ours.note


def test_studies_of_one_patient_cannot_show_heterogeneity() -> None:
    ours = pool_glmm([0, 1, 1], [1, 1, 1])
    assert ours.tau2 == 0.0
    assert ours.proportion.estimate == pytest.approx(2 / 3, abs=1e-9)
    assert "one patient each" in ours.note


def test_opposite_extremes_have_no_finite_estimate() -> None:
    with pytest.raises(ValueError, match="no finite estimate: the studies at 0% or at 100%"):
        pool_glmm([0, 5], [5, 5])


def test_studies_of_a_thousand_million_are_a_normal_model_of_logits() -> None:
    """The binomial tends to the normal, and ML on the logit scale to the mixed model."""
    n = np.array([646_007_643, 525_449_716, 812_345_678, 933_221_144, 700_000_001])
    x = np.array([627_097_664, 225_447_582, 112_345_678, 833_221_144, 400_000_001])
    for k in (2, 3, 5):
        mixed = pool_glmm(x[:k], n[:k])
        normal = pool(x[:k], n[:k], Recipe(scale="logit", method="ML"))
        assert mixed.converged
        assert mixed.tau2 == pytest.approx(normal.tau2, rel=1e-6)
        assert mixed.working.estimate == pytest.approx(normal.working.estimate, abs=1e-6)


def test_huge_studies_at_both_ends_are_refused_without_a_search() -> None:
    with pytest.raises(ValueError, match="let tau2 grow beyond 100"):
        pool_glmm([0, 0, 126_416_071], [480_672_884, 397_878_869, 126_416_071])


def test_regression_without_information_says_so() -> None:
    with pytest.raises(ValueError, match=r"no standard errors|no finite estimate"):
        glmm_regression([19, 8], [32, 8], [0, 1])


def test_huge_studies_do_not_break_the_quadrature() -> None:
    ours = pool_glmm([500_000, 510_000, 490_000], [1_000_000] * 3)
    # With studies this large the model is the variance of three exact logits.
    logits = np.log(np.array([0.5, 0.51, 0.49]) / np.array([0.5, 0.49, 0.51]))
    assert ours.tau2 == pytest.approx(np.var(logits), rel=0.01)


@given(
    st.lists(
        st.integers(2, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_mirror_order_and_sanity(found: list) -> None:
    x, n = (np.array(column) for column in zip(*found, strict=True))
    try:
        ours = pool_glmm(x, n)
    except ValueError as error:
        assert "no finite estimate" in str(error)  # noqa: PT017
        with pytest.raises(ValueError, match="no finite estimate"):
            pool_glmm(n - x, n)
        return
    mirror, shuffled = pool_glmm(n - x, n), pool_glmm(x[::-1], n[::-1])
    for other, estimate in (
        (mirror, 1 - mirror.proportion.estimate),
        (shuffled, shuffled.proportion.estimate),
    ):
        assert estimate == pytest.approx(ours.proportion.estimate, abs=1e-6)
        assert other.tau2 == pytest.approx(ours.tau2, abs=1e-5, rel=1e-4)
    assert ours.converged
    assert ours.tau2 >= 0
    assert 0 <= ours.proportion.low <= ours.proportion.estimate <= ours.proportion.high <= 1
    assert ours.weights.sum() == pytest.approx(1)


@given(st.lists(st.integers(1, 19), min_size=3, max_size=7))
@settings(max_examples=25, deadline=None)
def test_likelihood_never_below_that_of_equal_proportions(x: list) -> None:
    assume(len(set(x)) > 1)
    ours = pool_glmm(x, [20] * len(x))
    assert (
        ours.loglik
        >= direct_loglik(x, [20] * len(x), math.log(sum(x) / (20 * len(x) - sum(x))), 0.0) - 1e-9
    )
    assert ours.tau2_lrt >= 0


def test_profile_limits_sit_at_the_chi_square_drop(events: Any, totals: Any) -> None:
    ours = pool_glmm(events, totals, ci="profile")
    for limit in (ours.working.low, ours.working.high):
        model = MixedModel(
            events.astype(float), totals.astype(float), np.empty((13, 0)), DEFAULT_NODES
        )
        profile = model.fit(limit, bounded=True).at.loglik
        assert 2 * (ours.loglik - profile) == pytest.approx(3.841458820694124, abs=1e-6)
    wald = pool_glmm(events, totals)
    assert ours.working.estimate == wald.working.estimate
    assert ours.working.high - ours.working.estimate > wald.working.high - wald.working.estimate


def test_recipe_reaches_the_model_through_pool(events: Any, totals: Any) -> None:
    ours, direct = pool(events, totals, GLMM), pool_glmm(events, totals)
    assert ours.working == direct.working
    assert ours.recipe == GLMM == direct.recipe


def test_regression_on_groups_of_own_agrees_with_direct_likelihood(r_reference: dict) -> None:
    data = r_reference["datasets"][0]["data"]
    fitted = glmm_regression(data["events"], data["n"], data["x"], names=["x"])
    assert fitted.names == ("intercept", "x")
    assert fitted.converged
    shifted = glmm_regression(data["events"], data["n"], 10 * np.array(data["x"]) + 2000)
    assert shifted.beta[1] == pytest.approx(fitted.beta[1] / 10, rel=1e-6)
    assert shifted.tau2 == pytest.approx(fitted.tau2, rel=1e-6)
    assert shifted.qm == pytest.approx(fitted.qm, rel=1e-5)


@pytest.mark.parametrize(
    ("moderator", "message"),
    [
        ([1, 1, 1, 1], "constant or collinear"),
        ([1, 2, 3], "must have 4 rows"),
        (np.eye(4), "4 studies cannot determine 5 coefficients"),
        ([1, 2, float("nan"), 3], "moderator of the study at index 2 is nan"),
        ([1, 1, 0, 0], "no finite estimate: the moderator separates"),
    ],
)
def test_regression_refuses(moderator: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        glmm_regression([8, 9, 3, 4], [8, 9, 10, 9], moderator)


@pytest.mark.parametrize("nodes", [0, 1.5, True, 201])
def test_nodes_are_checked(nodes: Any) -> None:
    with pytest.raises(ValueError, match="nodes must be a whole number from 1 to 200"):
        pool_glmm([1, 2], [3, 4], nodes=nodes)


def test_group_at_100_percent_is_left_out_of_the_test_of_groups() -> None:
    ours = subgroups([5, 6, 3, 4, 2, 5], [5, 6, 6, 9, 8, 7], list("aabbcc"), GLMM)
    assert "groups without a usable standard error: a" in ours.note
    assert ours.df_between == 1
    assert ours.groups["a"].proportion.estimate == 1.0


ROUGH = r"the numerical integral with \d+ nodes is rough"


@pytest.mark.parametrize(
    ("x", "n"),
    [
        ([0, 0, 0, 0, 0, 14], [20, 30, 25, 40, 10, 15]),
        ([20, 30, 25, 40, 10, 1], [20, 30, 25, 40, 10, 15]),
    ],
)
def test_too_few_nodes_for_a_huge_tau_are_said(x: list[int], n: list[int]) -> None:
    """The likelihood integrated directly differs from the one reported by what is said."""
    fit = pool_glmm(x, n)
    assert fit.tau2 > 50
    assert re.search(ROUGH, fit.note)
    total = direct_loglik(x, n, fit.working.estimate, math.sqrt(fit.tau2))
    said = float(re.search(r"off by about (\S+),", fit.note)[1])  # type: ignore[index]
    assert abs(fit.loglik - total) == pytest.approx(said, rel=0.25)


def test_nodes_are_enough_for_ordinary_variation() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        n = rng.integers(8, 80, 7)
        x = rng.binomial(n, 1 / (1 + np.exp(-rng.normal(0, 2, 7))))
        fit = pool_glmm(x, n)
        assert fit.tau2 < 16
        assert not re.search(ROUGH, fit.note)
