"""Bayesian pooling: third computations, limits where the answer is known, and defined answers."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from agreement import reference
from scipy import integrate, stats
from scipy.special import expit, logit

from metaprop import (
    Recipe,
    bayes_binomial,
    bayes_binomial_priors,
    bayes_normal,
    effect_sizes,
    pool_effects,
)
from metaprop.bayes import Flat, HalfNormal, HalfT, Normal, Uniform, half_cauchy

PRIOR = Normal(0.0, 4.0)
PRIORS = {
    "half-normal": HalfNormal(0.5),
    "half-Cauchy": half_cauchy(0.5),
    "half-t": HalfT(0.5, 4.0),
    "uniform": Uniform(3.0),
}
# scipy's densities of the same priors.
SCIPY = {
    "half-normal": stats.halfnorm(scale=0.5),
    "half-Cauchy": stats.halfcauchy(scale=0.5),
    "uniform": stats.uniform(0, 3),
}
HETERO = next(d for d in reference("r_reference_open")["datasets"] if d["id"] == "hetero")
K3 = next(d for d in reference("r_reference_open")["datasets"] if d["id"] == "k3")


def _normal_by_adaptive_quadrature(y, v, prior, upper):
    """Evidence, and P(mu <= m), P(theta <= m), E(tau), by scipy's adaptive quadrature."""

    def joint(tau):
        w = 1 / (v + tau**2)
        total = w.sum() + 1 / 16
        mean = w @ y / total
        log = stats.norm.logpdf(y, mean, np.sqrt(v + tau**2)).sum()
        log += stats.norm.logpdf(mean, 0, 4) + 0.5 * math.log(2 * math.pi / total)
        return math.exp(log) * prior.pdf(tau), mean, 1 / total

    def integral(factor):
        def one(tau):
            density, mean, variance = joint(tau)
            return density * factor(tau, mean, variance)

        points = [0.05, 0.2, 0.5, 1, 2]
        inner = integrate.quad(one, 0, min(upper, 3), points=points, epsabs=1e-30, epsrel=1e-11)
        outer = integrate.quad(one, 3, upper, epsrel=1e-9)[0] if upper > 3 else 0.0
        return inner[0] + outer

    evidence = integral(lambda *_: 1.0)
    return {
        "evidence": math.log(evidence),
        "mu": lambda m: integral(lambda _, a, s: stats.norm.cdf(m, a, s**0.5)) / evidence,
        "new": lambda m: (
            integral(lambda t, a, s: stats.norm.cdf(m, a, (s + t**2) ** 0.5)) / evidence
        ),
        "tau": integral(lambda t, *_: t) / evidence,
    }


@pytest.mark.parametrize("name", list(SCIPY))
@pytest.mark.parametrize("data", [HETERO, K3], ids=["hetero", "k3"])
def test_limits_have_the_right_probabilities(data, name) -> None:
    """Limits of μ and of a new study hold 2.5 %, 50 % and 97.5 % by adaptive quadrature.

    This settles the differences to bayesmeta, whose limits for these are approximate.
    """
    y, v = (np.array(data["escalc"]["PLO"][key]) for key in ("yi", "vi"))
    fit = bayes_normal(y, v, tau_prior=PRIORS[name], mu_prior=PRIOR)
    exact = _normal_by_adaptive_quadrature(y, v, SCIPY[name], 3.0 if name == "uniform" else np.inf)
    assert fit.log_evidence == pytest.approx(exact["evidence"], abs=1e-7)
    assert fit.tau.mean == pytest.approx(exact["tau"], abs=1e-6)
    for summary, key in ((fit.mu, "mu"), (fit.prediction, "new")):
        assert exact[key](summary.low) == pytest.approx(0.025, abs=1e-7)
        assert exact[key](summary.median) == pytest.approx(0.5, abs=1e-7)
        assert exact[key](summary.high) == pytest.approx(0.975, abs=1e-7)


def test_limits_of_bayesmeta_hold_their_probability_less_exactly() -> None:
    y, v = (np.array(HETERO["escalc"]["PLO"][key]) for key in ("yi", "vi"))
    exact = _normal_by_adaptive_quadrature(y, v, SCIPY["half-Cauchy"], np.inf)
    record = next(
        r
        for r in HETERO["bayes_normal_normal"]
        if (r["measure"], r["tau_prior"]) == ("PLO", "HC0.5")
    )
    theirs = exact["mu"](record["mu_central"][0])
    assert 1e-5 < abs(theirs - 0.025) < 1e-3


def test_shortest_interval_is_shorter_and_equally_dense_at_its_ends() -> None:
    y, v = K3["escalc"]["PLO"]["yi"], K3["escalc"]["PLO"]["vi"]
    fit = bayes_normal(y, v, tau_prior=HalfNormal(1.0), mu_prior=PRIOR)
    for one in (fit.mu, fit.prediction, fit.tau):
        assert one.shortest_high - one.shortest_low < one.high - one.low
    curve = fit.mu_curve
    ends = np.interp([fit.mu.shortest_low, fit.mu.shortest_high], curve.x, curve.density)
    assert ends[0] == pytest.approx(ends[1], rel=1e-2)
    assert fit.tau.shortest_low == 0.0


def test_vague_priors_and_no_heterogeneity_give_the_fixed_effect() -> None:
    y, v = np.array([0.5, 0.7, 0.9]), np.array([0.1, 0.2, 0.3])
    fixed = pool_effects(y, v, Recipe(method="FE")).working
    for mu_prior in (Flat(), Normal(0.0, 1e6)):
        fit = bayes_normal(y, v, tau_prior=HalfNormal(1e-6), mu_prior=mu_prior)
        assert fit.mu.mean == pytest.approx(fixed.estimate, abs=1e-9)
        assert (fit.mu.low, fit.mu.high) == pytest.approx((fixed.low, fixed.high), abs=1e-7)
    assert bayes_normal(y, v, tau_prior=HalfNormal(1.0), mu_prior=Flat()).log_evidence is None


def test_one_study_leaves_the_prior_of_tau_under_a_flat_mu() -> None:
    fit = bayes_normal([0.3], [0.1], tau_prior=HalfNormal(0.5), mu_prior=Flat())
    assert fit.tau.mean == pytest.approx(stats.halfnorm(scale=0.5).mean(), abs=1e-9)
    assert fit.tau.high == pytest.approx(stats.halfnorm(scale=0.5).ppf(0.975), abs=1e-9)


def test_moments_that_do_not_exist_are_no_numbers() -> None:
    """A Cauchy tail and one study: τ has a density like τ^(−2) or τ^(−3).

    The mean of a positive quantity diverges; that of μ, with tails to both sides, is not defined.
    """
    flat = bayes_normal([0.3], [0.1], tau_prior=half_cauchy(0.5), mu_prior=Flat())
    assert flat.tau.mean == math.inf
    assert math.isnan(flat.mu.mean)
    assert math.isnan(flat.prediction.mean)
    assert "no mean" in flat.mu.note
    assert flat.to_dict()["mu"]["mean"] is None
    assert flat.mu.median == pytest.approx(0.3, abs=1e-6)
    proper = bayes_normal([0.3], [0.1], tau_prior=half_cauchy(0.5), mu_prior=PRIOR)
    assert math.isfinite(proper.tau.mean)
    assert proper.tau.sd == math.inf
    assert math.isfinite(proper.mu.sd)


@pytest.mark.parametrize("name", list(PRIORS))
def test_priors_are_densities(name) -> None:
    density = PRIORS[name].log_density
    upper = PRIORS[name].upper
    total = integrate.quad(lambda t: math.exp(density(np.array([t]))[0]), 0, upper)[0]
    assert total == pytest.approx(1, abs=1e-6)


def test_proportions_are_transformed_limits(events, totals) -> None:
    sizes = effect_sizes(events, totals, scale="logit")
    fit = bayes_normal(sizes.yi, sizes.vi, tau_prior=HalfNormal(0.5), mu_prior=PRIOR, scale="logit")
    assert fit.proportion.low == pytest.approx(expit(fit.mu.low))
    assert fit.prediction_proportion.high == pytest.approx(expit(fit.prediction.high))
    plain = bayes_normal(sizes.yi, sizes.vi, tau_prior=HalfNormal(0.5), mu_prior=PRIOR)
    assert plain.proportion is None


def test_binomial_by_brute_force() -> None:
    """Three studies, by adaptive quadrature over θ nested in plain sums over μ and τ."""
    x, n = np.array([3, 0, 5]), np.array([5, 4, 6])
    fit = bayes_binomial(x, n, tau_prior=HalfNormal(0.5), mu_prior=Normal(0.0, 1.5))
    mu, tau = np.linspace(-7, 7, 141), np.linspace(0.0025, 3.2475, 650)
    theta = np.linspace(-25, 25, 1001)  # step 0.05
    likelihood = stats.binom.pmf(x, n, expit(theta)[:, None])
    joint = np.empty((tau.size, mu.size))
    z, w = np.polynomial.hermite_e.hermegauss(40)
    for j, t in enumerate(tau):
        if t < 0.1:
            at = expit(mu[:, None] + t * z)
            each = np.stack([stats.binom.pmf(a, b, at) @ w for a, b in zip(x, n, strict=True)], 1)
            each /= math.sqrt(2 * math.pi)
        else:
            each = stats.norm.pdf(theta, mu[:, None], t) @ likelihood * 0.05
        joint[j] = each.prod(axis=1) * stats.halfnorm.pdf(t, scale=0.5)
    joint *= stats.norm.pdf(mu, 0, 1.5)
    cell = (mu[1] - mu[0]) * (tau[1] - tau[0])
    assert fit.log_evidence == pytest.approx(math.log(joint.sum() * cell), abs=1e-5)
    joint /= joint.sum()
    of_mu, of_tau = joint.sum(axis=0), joint.sum(axis=1)
    assert fit.mu.mean == pytest.approx(of_mu @ mu, abs=1e-5)
    assert fit.mu.sd == pytest.approx(math.sqrt(of_mu @ (mu - of_mu @ mu) ** 2), abs=1e-5)
    assert fit.tau.mean == pytest.approx(of_tau @ tau, abs=1e-5)
    for limit, probability in ((fit.prediction.low, 0.025), (fit.prediction.high, 0.975)):
        below = (joint * stats.norm.cdf((limit - mu) / tau[:, None])).sum()
        assert below == pytest.approx(probability, abs=1e-5)


def test_binomial_without_heterogeneity_is_the_logistic_posterior() -> None:
    """τ → 0: all patients are one sample; its posterior is a one-dimensional integral."""
    fit = bayes_binomial([3, 9], [5, 10], tau_prior=HalfNormal(1e-4), mu_prior=PRIOR)

    def density(m):
        return stats.binom.pmf(12, 15, expit(m)) * stats.norm.pdf(m, 0, 4)

    total = integrate.quad(density, -15, 25, epsabs=1e-14, points=[1.4])[0]
    below = integrate.quad(density, -15, fit.mu.low, epsabs=1e-14)[0] / total
    assert below == pytest.approx(0.025, abs=1e-6)
    assert fit.prediction.high == pytest.approx(fit.mu.high, abs=1e-4)


def test_binomial_nears_the_normal_model_with_large_studies() -> None:
    x, n = np.array([4000, 5200, 4500]), np.array([10000, 10000, 10000])
    sizes = effect_sizes(x, n, scale="logit")
    options = {"tau_prior": HalfNormal(0.5), "mu_prior": PRIOR}
    one = bayes_binomial(x, n, **options)
    other = bayes_normal(sizes.yi, sizes.vi, **options)
    for name in ("mean", "sd", "low", "high"):
        assert getattr(one.mu, name) == pytest.approx(getattr(other.mu, name), abs=2e-3)
        assert getattr(one.tau, name) == pytest.approx(getattr(other.tau, name), abs=2e-3)


@pytest.mark.parametrize("prior", [HalfNormal(0.5), half_cauchy(0.5), HalfNormal(1e-3)], ids=str)
@pytest.mark.parametrize(
    ("x", "n"),
    [([0] * 5, [10] * 5), ([12], [12]), ([1], [1]), ([0, 30], [30, 30])],
    ids=["all 0", "one full", "one patient", "opposites"],
)
def test_binomial_answers_at_the_edges(x, n, prior) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = bayes_binomial(x, n, tau_prior=prior, mu_prior=PRIOR)
    assert 0 <= fit.proportion.low < fit.proportion.estimate < fit.proportion.high <= 1
    assert fit.prediction.low <= fit.mu.low + 1e-6
    assert not math.isnan(fit.tau.sd)


def test_binomial_turns_round_with_the_events() -> None:
    x, n = np.array([8, 29, 3, 4]), np.array([8, 30, 4, 7])
    options = {"tau_prior": HalfNormal(0.5), "mu_prior": PRIOR}
    one, other = bayes_binomial(x, n, **options), bayes_binomial((n - x)[::-1], n[::-1], **options)
    assert one.mu.low == pytest.approx(-other.mu.high, abs=1e-6)
    assert one.mu.mode == pytest.approx(-other.mu.mode, abs=1e-5)
    assert one.tau.high == pytest.approx(other.tau.high, abs=1e-6)
    assert one.prediction_proportion.low == pytest.approx(
        1 - other.prediction_proportion.high, abs=1e-6
    )
    assert logit(one.proportion.low) == pytest.approx(one.mu.low)


def test_more_nodes_change_nothing(events, totals) -> None:
    options = {"tau_prior": HalfNormal(0.5), "mu_prior": PRIOR}
    one = bayes_binomial(events, totals, **options)
    other = bayes_binomial(events, totals, **options, nodes=12)
    for part in ("mu", "tau", "prediction"):
        a, b = getattr(one, part).to_dict(), getattr(other, part).to_dict()
        assert a == pytest.approx(b, abs=1e-5)


def test_broken_input_is_named() -> None:
    good = {"tau_prior": HalfNormal(0.5), "mu_prior": PRIOR}
    with pytest.raises(ValueError, match="tau_prior must be a HalfNormal, HalfT or Uniform"):
        bayes_normal([0.1], [0.1], tau_prior="HN0.5", mu_prior=PRIOR)
    with pytest.raises(ValueError, match="mu_prior must be a Normal or Flat"):
        bayes_normal([0.1], [0.1], tau_prior=HalfNormal(0.5), mu_prior=None)
    with pytest.raises(ValueError, match="mu_prior of bayes_binomial must be a Normal"):
        bayes_binomial([1], [2], tau_prior=HalfNormal(0.5), mu_prior=Flat())
    with pytest.raises(ValueError, match="scale of a half-normal prior must be a positive"):
        HalfNormal(0.0)
    with pytest.raises(ValueError, match="events of the study at index 0 is 3"):
        bayes_binomial([3], [2], **good)
    with pytest.raises(ValueError, match="nodes must be a whole number from 4 to 24"):
        bayes_binomial([1], [2], **good, nodes=3)
    with pytest.raises(ValueError, match="cannot be back-transformed without totals"):
        bayes_normal([0.1], [0.1], **good, scale="double_arcsine")


@pytest.mark.parametrize("scale", [1, 100, 10_000, 10**8, 10**13])
def test_binomial_tends_to_a_limit_as_one_study_grows(scale: int) -> None:
    """The large study becomes a normal likelihood of its logit, with an error of order 1 / n."""
    fit = bayes_binomial(
        [10_000 * scale, 5, 3],
        [100_000 * scale, 10, 12],
        tau_prior=HalfNormal(0.5),
        mu_prior=Normal(0.0, 2.0),
    )
    # The limit by plain two-dimensional quadrature over μ and τ, the large study N(logit 0.1, τ²).
    assert fit.mu.mean == pytest.approx(-1.35673, abs=6e-4 / math.sqrt(scale) + 2e-5)
    assert fit.mu.sd == pytest.approx(0.54369, abs=6e-4 / math.sqrt(scale) + 2e-5)


def test_several_priors_share_the_likelihood_and_change_no_answer() -> None:
    x, n = [8, 29, 0, 11], [9, 30, 8, 11]
    together = bayes_binomial_priors(x, n, tau_priors=list(PRIORS.values()), mu_prior=PRIOR)
    for prior, fit in zip(PRIORS.values(), together, strict=True):
        alone = bayes_binomial(x, n, tau_prior=prior, mu_prior=PRIOR)
        assert fit.tau_prior == prior
        for part in ("mu", "tau", "prediction"):
            a, b = getattr(fit, part).to_dict(), getattr(alone, part).to_dict()
            assert a == pytest.approx(b, abs=1e-4)  # the mode is the least sharp of them
    with pytest.raises(ValueError, match="tau_priors must be a list of at least one prior"):
        bayes_binomial_priors(x, n, tau_priors=[], mu_prior=PRIOR)
