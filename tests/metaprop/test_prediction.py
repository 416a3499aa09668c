"""The prediction interval of the binomial model: a slow integration, edges, and the old call."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit, ndtr

import metaprop
from metaprop import HalfNormal, Normal, bayes_binomial, prediction_interval
from metaprop.prediction import NEW_STUDY_MU_PRIOR, NEW_STUDY_TAU_PRIOR

SETS = {
    "mixed": ([8, 12, 5, 9], [10, 20, 5, 30]),
    "rare": ([2, 0, 7, 1, 0, 2, 0], [20, 12, 60, 10, 17, 27, 10]),
    "large": ([400, 5], [1000, 9]),
    "one": ([3], [12]),
    "none": ([0, 0, 0], [10, 20, 5]),
}


def slow_probabilities_below(x: list, n: list, proportions: tuple) -> np.ndarray:
    """P(new proportion < value), by plain rectangle sums over μ, τ and the logit of each study."""
    mu, tau = np.linspace(-14, 14, 401), (np.arange(90) + 0.5) * (4.95 / 90)
    theta = np.linspace(-35, 35, 1001)
    likelihood = stats.binom.pmf(x, n, expit(theta)[:, None])
    total, below, at = 0.0, np.zeros(len(proportions)), logit(np.array(proportions))
    z, w = np.polynomial.hermite_e.hermegauss(40)
    for t in tau:
        if t < 0.2:
            p = expit(mu[:, None] + t * z)
            each = np.stack([stats.binom.pmf(a, b, p) @ w for a, b in zip(x, n, strict=True)], 1)
            each /= math.sqrt(2 * math.pi)
        else:
            kernel = np.exp(-0.5 * ((theta - mu[:, None]) / t) ** 2)
            each = kernel @ likelihood * (theta[1] - theta[0]) / (t * math.sqrt(2 * math.pi))
        joint = each.prod(axis=1) * stats.norm.pdf(mu, 0, 10) * stats.halfnorm.pdf(t)
        total += joint.sum()
        below += joint @ ndtr((at - mu[:, None]) / t)
    return below / total


@pytest.mark.parametrize("name", ["mixed", "rare"])
def test_limits_hold_their_probability_by_slow_integration(name: str) -> None:
    assert (HalfNormal(1.0), Normal(0.0, 10.0)) == (NEW_STUDY_TAU_PRIOR, NEW_STUDY_MU_PRIOR)
    x, n = SETS[name]
    ours = prediction_interval(x, n)
    found = slow_probabilities_below(x, n, (ours.low, ours.estimate, ours.high))
    assert found == pytest.approx([0.025, 0.5, 0.975], abs=2e-4)


@pytest.mark.parametrize("name", list(SETS))
def test_it_is_the_prediction_of_the_bayesian_model(name: str) -> None:
    x, n = SETS[name]
    fit = bayes_binomial(x, n, tau_prior=HalfNormal(1.0), mu_prior=Normal(0.0, 10.0), level=0.9)
    ours = prediction_interval(x, n, level=0.9)
    assert tuple(ours) == pytest.approx(tuple(fit.prediction_proportion), abs=1e-9)


@pytest.mark.parametrize(
    ("x", "n"),
    [
        ([0] * 4, [5, 9, 12, 30]),
        ([7], [9]),
        ([0], [1]),
        ([1], [1]),
        ([9, 0], [9, 9]),
        ([0, 1], [1, 1]),
    ],
    ids=["none", "one study", "one patient", "one event", "opposites", "patients"],
)
def test_it_is_always_defined_and_turns_round_with_the_events(x: list, n: list) -> None:
    ours = prediction_interval(x, n)
    other = prediction_interval(np.array(n) - x, n)
    assert 0 <= ours.low < ours.estimate < ours.high <= 1
    assert ours.low == pytest.approx(1 - other.high, abs=1e-6)
    assert ours.estimate == pytest.approx(1 - other.estimate, abs=1e-6)


def test_more_studies_and_more_patients_narrow_it_down_to_the_variation_itself() -> None:
    rng = np.random.default_rng(3)
    p = expit(rng.normal(-1.0, 0.4, 300))
    ours = prediction_interval(rng.binomial(2000, p), [2000] * 300)
    spread = float(np.std(logit(p)))
    assert logit(ours.high) - logit(ours.low) == pytest.approx(2 * 1.96 * spread, rel=0.03)
    few = prediction_interval(rng.binomial(20, p[:5]), [20] * 5)
    assert few.width > ours.width


@pytest.mark.parametrize(
    "call",
    [
        lambda: prediction_interval(0.5, 0.1, 0.04, 6),
        lambda: prediction_interval(0.5, 0.1, 0.04, k=6),
        lambda: prediction_interval(0.5, 0.1, 0.04, 6, prediction="t-k-1"),
        lambda: prediction_interval(0.5, 0.1, tau2=0.04, k=6),
        lambda: prediction_interval(0.5, 0.1),
        lambda: prediction_interval(estimate=0.5, se=0.1, tau2=0.04, k=6),
    ],
)
def test_the_old_call_names_the_new_function(call) -> None:
    with pytest.raises(TypeError, match=r"metaprop\.wald_prediction_interval\(estimate, se"):
        call()


def test_broken_input_is_named() -> None:
    with pytest.raises(ValueError, match="events of the study at index 1 is 7"):
        prediction_interval([1, 7], [5, 6])
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
        prediction_interval([1], [5], level=1.5)
    assert metaprop.wald_prediction_interval(0.0, 1.0, 1.0, 1) is None
