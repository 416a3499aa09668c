"""Links, mean proportions, few nodes and cautions of the mixed model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from agreement import reference
from scipy import integrate, optimize
from scipy.special import expit, gammaln, log_ndtr, ndtr
from scipy.stats import norm

from metaprop import Recipe, glmm_regression, pool, pool_glmm, population_mean
from metaprop.links import LINKS, log_saturated
from metaprop.quadrature import MarginalLikelihood

FIELD = {case["id"]: case for case in reference("field_cases_open")["cases"]}
LOG_P = {
    "logit": (lambda t: -np.logaddexp(0, -t), lambda t: -np.logaddexp(0, t)),
    "probit": (log_ndtr, lambda t: log_ndtr(-t)),
    "cloglog": (lambda t: np.log(-np.expm1(-np.exp(t))), lambda t: -np.exp(t)),
}


def direct_loglik(x: Any, n: Any, mu: Any, sigma: float, link: str) -> float:
    """Marginal log-likelihood by a fine rectangle rule over u."""
    u = np.linspace(-9, 9, 6001)
    t = np.asarray(mu)[..., None] + sigma * u
    log_p, log_q = (f(t) for f in LOG_P[link])
    x, n = np.array(x, float)[:, None], np.array(n, float)[:, None]
    log = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1) + x * log_p + (n - x) * log_q
    weight = norm.pdf(u) * (u[1] - u[0])
    return float(np.log(np.exp(log) @ weight).sum())


def laplace_loglik(x: Any, n: Any, mu: Any, sigma: float) -> float:
    """Laplace approximation, study by study, with scipy's own search for the mode."""
    total = 0.0
    for a, b, m in zip(x, n, np.broadcast_to(mu, np.shape(x)), strict=True):

        def minus(u: float, a: float = a, b: float = b, m: float = m) -> float:
            return 0.5 * u * u - a * (m + sigma * u) + b * np.logaddexp(0, m + sigma * u)

        found = optimize.minimize_scalar(minus, bracket=(-0.1, 0.1), tol=1e-13)
        p = expit(m + sigma * found.x)
        total += -found.fun - 0.5 * math.log1p(sigma**2 * b * p * (1 - p))
        total += gammaln(b + 1) - gammaln(a + 1) - gammaln(b - a + 1)
    return total


@pytest.mark.parametrize("link", list(LINKS))
@pytest.mark.parametrize(("x", "n"), [(0.0, 9.0), (9.0, 9.0), (3.0, 11.0), (999.0, 1000.0)])
def test_derivatives_of_a_study_are_slopes(link: str, x: float, n: float) -> None:
    kernel, h = LINKS[link].kernel, 1e-5
    t = np.array([-3.0, -0.4, 0.0, 0.7, 1.4])
    a, b = np.array(x), np.array(n)
    for order in (1, 2, 3):
        slope = (kernel(a, b, t + h)[order - 1] - kernel(a, b, t - h)[order - 1]) / (2 * h)
        assert kernel(a, b, t)[order] == pytest.approx(slope, rel=2e-5, abs=2e-5)


@pytest.mark.parametrize("link", list(LINKS))
def test_link_and_inverse_undo_each_other(link: str) -> None:
    p = np.array([1e-6, 0.02, 0.5, 0.9, 0.999])
    one = LINKS[link]
    assert one.inverse(one.forward(p)) == pytest.approx(p, rel=1e-9)
    t, h = one.forward(p), 1e-6
    slope = (one.inverse(t + h) - one.inverse(t - h)) / (2 * h)
    assert one.slope(t) == pytest.approx(slope, rel=1e-5)


def test_saturated_likelihood_keeps_its_digits_at_any_size() -> None:
    x, n = np.array([3.0, 0.0, 12_000.0]), np.array([7.0, 5.0, 50_000.0])
    p = x / n
    direct = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    p, x, n = p[[0, 2]], x[[0, 2]], n[[0, 2]]
    direct[[0, 2]] += x * np.log(p) + (n - x) * np.log1p(-p)
    x, n = np.array([3.0, 0.0, 12_000.0]), np.array([7.0, 5.0, 50_000.0])
    assert log_saturated(x, n) == pytest.approx(direct, abs=1e-9)
    huge = log_saturated(np.array([4e11]), np.array([1e12]))[0]
    assert huge == pytest.approx(-0.5 * math.log(2 * math.pi * 1e12 * 0.4 * 0.6), abs=1e-10)


@pytest.mark.parametrize("link", list(LINKS))
def test_likelihood_and_maximum_by_direct_integration(link: str) -> None:
    x, n = np.array([2, 9, 5, 0, 7, 13]), np.array([15, 20, 9, 12, 8, 40])
    ours = pool_glmm(x, n, link=link)
    mu, sigma = ours.working.estimate, math.sqrt(ours.tau2)
    assert ours.loglik == pytest.approx(direct_loglik(x, n, mu, sigma, link), abs=1e-8)
    found = optimize.minimize(
        lambda v: -direct_loglik(x, n, v[0], abs(v[1]), link),
        [mu + 0.1, sigma + 0.1],
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-12},
    )
    assert (mu, sigma) == pytest.approx((found.x[0], abs(found.x[1])), abs=2e-5)


@pytest.mark.parametrize("name", ["cap-01-probit-olfactory", "cap-01-cloglog-issue51"])
def test_links_agree_with_lme4(name: str) -> None:
    case = FIELD[name]
    ours = pool_glmm(
        case["inputs"]["events"], case["inputs"]["totals"], link=case["inputs"]["link"]
    )
    want = {key: one["value"] for key, one in case["expect"].items()}
    assert ours.working.estimate == pytest.approx(want["intercept"], abs=1e-4)
    assert ours.tau2 == pytest.approx(want["tau2"], rel=1e-4)
    assert ours.proportion.estimate == pytest.approx(want["median"], abs=1e-5)
    assert ours.mean_proportion.estimate == pytest.approx(want["mean"], abs=1e-5)


@pytest.mark.parametrize("link", list(LINKS))
@pytest.mark.parametrize("tau", [0.0, 0.4, 2.0, 9.0])
def test_mean_proportion_by_adaptive_quadrature(link: str, tau: float) -> None:
    for mu in (-3.0, 0.2, 1.5):
        exact = integrate.quad(
            lambda u, mu=mu: LINKS[link].inverse(np.array(mu + tau * u)) * norm.pdf(u),
            -9,
            9,
            epsabs=1e-12,
            limit=400,
            points=[-mu / tau] if tau > 0 and abs(mu / tau) < 9 else None,
        )[0]
        assert population_mean([mu], tau**2, link=link)[0] == pytest.approx(exact, abs=1e-9)


def test_mean_of_a_probit_model_has_a_closed_form() -> None:
    assert population_mean(-1.3, 0.7, link="probit") == pytest.approx(ndtr(-1.3 / math.sqrt(1.7)))


def test_mean_proportion_has_the_limits_of_the_delta_method(events: Any, totals: Any) -> None:
    """Slopes by differences, covariance from the likelihood surface by differences."""
    ours = pool_glmm(events, totals)
    best = np.array([ours.working.estimate, math.sqrt(ours.tau2)])
    h = 1e-3

    def loglik(v: np.ndarray) -> float:
        return direct_loglik(events, totals, v[0], v[1], "logit")

    def logit_mean(v: np.ndarray) -> float:
        mean = float(population_mean(v[0], v[1] ** 2))
        return math.log(mean / (1 - mean))

    unit = np.eye(2) * h
    hessian = np.array(
        [
            [
                (
                    loglik(best + a + b)
                    - loglik(best + a - b)
                    - loglik(best - a + b)
                    + loglik(best - a - b)
                )
                / (4 * h * h)
                for b in unit
            ]
            for a in unit
        ]
    )
    slope = np.array([(logit_mean(best + a) - logit_mean(best - a)) / (2 * h) for a in unit])
    half = 1.959963984540054 * math.sqrt(slope @ np.linalg.inv(-hessian) @ slope)
    centre = logit_mean(best)
    assert ours.mean_proportion.low == pytest.approx(expit(centre - half), abs=1e-5)
    assert ours.mean_proportion.high == pytest.approx(expit(centre + half), abs=1e-5)
    assert ours.mean_proportion.estimate < ours.proportion.estimate  # nearer to one half


def test_mean_and_median_agree_without_heterogeneity() -> None:
    ours = pool_glmm([4] * 5, [8] * 5)
    assert tuple(ours.mean_proportion) == pytest.approx(tuple(ours.proportion), abs=1e-9)
    none = pool_glmm([0, 0], [4, 5], link="cloglog")
    assert none.mean_proportion == none.proportion


def test_links_agree_where_there_is_one_proportion() -> None:
    for link in LINKS:
        ours = pool_glmm([4] * 5, [8] * 5, link=link)
        assert ours.proportion.estimate == pytest.approx(0.5, abs=1e-9)
        assert ours.link == link
    with pytest.raises(ValueError, match="link must be one of 'logit', 'probit', 'cloglog'"):
        pool_glmm([1], [2], link="log")


# ---- few nodes ----------------------------------------------------------------------------------


def _random_sets() -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(11)
    sets = []
    for _ in range(12):
        k = int(rng.integers(4, 12))
        n = rng.integers(60, 900, k)
        x = rng.binomial(n, expit(rng.normal(-1.0, rng.uniform(0.05, 0.24), k)))
        sets.append((x, n))
    return sets


@pytest.mark.parametrize("index", range(12))
def test_laplace_finds_its_maximum_below_a_quarter(index: int) -> None:
    x, n = _random_sets()[index]
    ours = pool_glmm(x, n, nodes=1)
    mu, sigma = ours.working.estimate, math.sqrt(ours.tau2)
    assert ours.loglik == pytest.approx(laplace_loglik(x, n, mu, sigma), abs=1e-8)
    found = min(
        (
            optimize.minimize(
                lambda v: -laplace_loglik(x, n, v[0], abs(v[1])),
                [-1.0, start],
                method="Nelder-Mead",
                options={"xatol": 1e-6, "fatol": 1e-10},
            )
            for start in (0.05, 0.3)
        ),
        key=lambda one: one.fun,
    )
    assert ours.loglik >= -found.fun - 1e-8
    assert ours.tau2 == pytest.approx(found.x[1] ** 2, rel=2e-3, abs=1e-5)
    assert ours.se == pytest.approx(pool_glmm(x, n).se, rel=0.02)


@pytest.mark.parametrize("nodes", [1, 2, 3])
@pytest.mark.parametrize("name", ["fault-01-laplace-six-studies", "fault-01-laplace-opioid"])
def test_few_nodes_are_near_the_reference(name: str, nodes: int) -> None:
    case = FIELD[name]
    want = case["expect"]["any_of"][0]
    ours = pool_glmm(*case["call"]["args"], nodes=nodes)
    assert ours.converged
    assert ours.tau2 == pytest.approx(want["tau2"]["value"], rel=2e-3)
    assert ours.working.estimate == pytest.approx(want["working.estimate"]["value"], abs=2e-4)
    assert ours.se == pytest.approx(want["se"]["value"], rel=0.01)


@pytest.mark.parametrize("nodes", [1, 2, 3])
def test_few_nodes_regress_like_the_reference(nodes: int) -> None:
    case = FIELD["fault-01-laplace-regression-six"]
    want = case["expect"]["any_of"][0]
    ours = glmm_regression(*case["call"]["args"], nodes=nodes)
    assert ours.tau2 == pytest.approx(want["tau2"]["value"], rel=2e-3)
    assert ours.beta == pytest.approx(want["beta"]["value"], abs=2e-4)
    assert ours.se == pytest.approx(want["se"]["value"], rel=0.01)


@pytest.mark.parametrize("nodes", [1, 2, 3, 9])
def test_score_at_zero_is_the_limit_of_the_slope(nodes: int) -> None:
    x, n = np.array([40.0, 52, 45, 60]), np.full(4, 200.0)
    likelihood = MarginalLikelihood(x, n, nodes)
    eta = np.full(4, -1.1)
    limit = 0.5 * likelihood.evaluate(eta, 0.0).sigma_sigma.sum()
    sigma = 1e-3
    near = (
        likelihood.evaluate(eta, sigma).loglik - likelihood.evaluate(eta, 0.0).loglik
    ) / sigma**2
    assert limit == pytest.approx(near, rel=1e-3)


# ---- large counts and wide distributions --------------------------------------------------------


@pytest.mark.parametrize("size", [10**8, 10**10, 10**12])
@pytest.mark.parametrize("shares", [(0.1, 0.2, 0.3), (0.4, 0.5, 0.7), (0.1, 0.1001, 0.1002)])
def test_large_studies_are_a_normal_model_of_logits(size: int, shares: tuple) -> None:
    x, n = [round(size * share) for share in shares], [size] * 3
    ours, normal = pool_glmm(x, n), pool(x, n, Recipe(scale="logit", method="ML"))
    assert ours.converged
    assert ours.tau2 == pytest.approx(normal.tau2, rel=1e-6)
    assert ours.working.estimate == pytest.approx(normal.working.estimate, abs=1e-6)


def test_larger_ones_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="totals of the study at index 1 is 1000000000000000: too"):
        pool_glmm([3, 10**14], [10, 10**15])
    with pytest.raises(ValueError, match="with a probit link up to 10000000000"):
        pool_glmm([3, 10**10], [10, 10**11], link="probit")
    with pytest.raises(ValueError, match="totals of the study at index 2 is 1000000000000000: too"):
        glmm_regression([3, 4, 10**14, 5], [10, 9, 10**15, 8], [1, 2, 3, 4])


@pytest.mark.parametrize(
    ("x", "n"),
    [
        ([0, 0, 0, 0, 0, 14], [20, 30, 25, 40, 10, 15]),
        ([0, 0, 0, 0, 0, 0, 0, 8, 9], [30, 30, 40, 25, 30, 30, 40, 12, 14]),
        ([20, 30, 25, 40, 10, 1], [20, 30, 25, 40, 10, 15]),
    ],
)
def test_a_median_study_far_from_the_counts_is_noted(x: list, n: list) -> None:
    ours = pool_glmm(x, n)
    assert ours.tau2 > 20
    assert "median study" in ours.note
    assert f"{sum(x) / sum(n):.2g}" in ours.note


def test_ordinary_data_sets_get_no_caution(r_reference: dict) -> None:
    sets = [(one["data"]["events"], one["data"]["n"]) for one in r_reference["datasets"]]
    sets += [
        case["call"]["args"][:2] for key, case in FIELD.items() if key.startswith("right-glmm-n")
    ]
    rng = np.random.default_rng(5)
    for _ in range(25):
        k = int(rng.integers(3, 25))
        n = rng.integers(3, 200, k)
        p = expit(rng.normal(rng.uniform(-3.5, 3.5), rng.uniform(0, 1.3), k))
        sets.append((rng.binomial(n, p), n))
    assert len(sets) >= 30
    for x, n in sets:
        assert "median" not in pool_glmm(x, n, nodes=21).note
