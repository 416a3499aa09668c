"""Many sets of counts of the same studies, and counts drawn for further ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import betabinom, binom

import metaprop
from metaprop import Recipe

TOTALS = np.array([20, 27, 60, 10, 3])


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(method="DL", scale="double_arcsine", ci="wald", i2="q"),
        Recipe(method="FE", scale="arcsine", ci="wald"),
        Recipe(method="DL", scale="double_arcsine", double_arcsine_n="inverse-variance"),
        Recipe(method="DL", scale="logit", ci="wald"),
        Recipe(method="REML", scale="double_arcsine"),
        Recipe(method="DL", scale="raw", ci="wald"),
        Recipe(method="DL", scale="double_arcsine", fixed_below=6),
    ],
    ids=lambda recipe: recipe.label,
)
def test_each_set_is_pooled_as_it_would_be_alone(recipe: Recipe) -> None:
    rng = np.random.default_rng(5)
    events = rng.integers(0, TOTALS + 1, size=(40, TOTALS.size))
    events[:3] = [TOTALS, 0 * TOTALS, TOTALS // 2]
    found = metaprop.pool_count_sets(events, TOTALS, recipe)
    for i, row in enumerate(events):
        try:
            alone = tuple(metaprop.pool(row, TOTALS, recipe).proportion)
        except ValueError:
            alone = (np.nan,) * 3
        got = (found.estimate[i], found.low[i], found.high[i])
        assert got == pytest.approx(alone, abs=1e-12, nan_ok=True)
    assert len(found) == 40


@pytest.mark.parametrize(
    ("events", "totals", "message"),
    [
        ([[1, 2]], [3], r"one column for each of the totals, shape \(sets, 1\)"),
        ([[1, 2], [4, 9]], [3, 8], "got 4 of 3 in set 1, study 0"),
        ([[0.5]], [3], "whole numbers"),
        ([[-1]], [3], "got -1 of 3"),
        ([[0]], [0], "total"),
    ],
)
def test_impossible_sets_are_refused(events: list, totals: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metaprop.pool_count_sets(events, totals)


def posterior(events: list[int], totals: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a plain grid of μ and τ with its weights: an oracle that shares no code."""
    mu, tau = np.meshgrid(np.linspace(-3, 5, 65), np.linspace(0.01, 3.5, 50), indexing="ij")
    nodes, w = np.polynomial.hermite_e.hermegauss(24)
    log = -0.5 * (mu / 10) ** 2 - 0.5 * tau**2
    for x, n in zip(events, totals, strict=True):
        p = expit(mu[..., None] + tau[..., None] * nodes)
        log += np.log(binom.pmf(x, n, p) @ w / w.sum())
    weight = np.exp(log - log.max())
    return mu, tau, weight / weight.sum()


def marginal(events: list[int], totals: list[int], size: int) -> np.ndarray:
    mu, tau, weight = posterior(events, totals)
    nodes, w = np.polynomial.hermite_e.hermegauss(24)
    p = expit(mu[..., None] + tau[..., None] * nodes)
    of = [(binom.pmf(x, size, p) @ w / w.sum() * weight).sum() for x in range(size + 1)]
    return np.array(of)


def test_counts_are_drawn_from_the_predictive_distribution() -> None:
    events, totals = [8, 12, 5, 9], [10, 20, 5, 30]
    drawn = metaprop.draw_counts(events, totals, [7, 12], draws=30_000, seed=3)
    for column, size in enumerate((7, 12)):
        got = np.bincount(drawn.events[:, column], minlength=size + 1) / len(drawn.events)
        assert got == pytest.approx(marginal(events, totals, size), abs=0.01)
    assert drawn.weights == pytest.approx(np.full(30_000, 1 / 30_000))
    # They share μ and τ, so they go together.
    assert np.corrcoef(drawn.events.T)[0, 1] > 0.1


def test_a_least_count_conditions_all_of_them() -> None:
    events, totals = [1, 2, 0, 3], [20, 27, 10, 30]
    free = metaprop.draw_counts(events, totals, [12, 8], draws=100_000, seed=8)
    kept = free.events[free.events[:, 0] >= 3]
    bound = metaprop.draw_counts(events, totals, [12, 8], at_least=[3, 0], draws=30_000, seed=9)
    assert bound.events[:, 0].min() == 3
    for column in (0, 1):
        got = float(bound.weights @ bound.events[:, column])
        assert got == pytest.approx(kept[:, column].mean(), abs=0.05)
    # The second is higher than without the condition: the first tells of μ and τ.
    assert kept[:, 1].mean() > free.events[:, 1].mean() + 0.1


def test_a_share_has_its_error_and_a_seed_its_draws() -> None:
    one, two = (metaprop.draw_counts([8, 12], [10, 20], [5], draws=500, seed=4) for _ in range(2))
    assert np.array_equal(one.events, two.events)
    share, error = one.share(one.events[:, 0] >= 4)
    assert share == pytest.approx((one.events[:, 0] >= 4).mean())
    assert error == pytest.approx(np.sqrt(share * (1 - share) / 500))
    with pytest.raises(ValueError, match="events"):
        metaprop.draw_counts([8], [10], [5], at_least=[6])


def test_extreme_sizes_are_drawn_whole() -> None:
    """With one study and a known rate the draws are a beta-binomial's kin: within its range."""
    drawn = metaprop.draw_counts([10], [10], [3], draws=2000, seed=1).events
    assert drawn.min() >= 0
    assert drawn.max() == 3
    assert drawn.mean() > betabinom(3, 1, 1).mean()
