"""Rows that share a study: the three-level model and cluster-robust errors."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import t as student

from metaprop import (
    Recipe,
    cluster_robust,
    meta_regression,
    pool_effects,
    pool_three_level,
)

CASES = Path(__file__).parents[1] / "reference" / "field_cases_open.json"
SCHOOLS = next(
    case["inputs"]
    for case in json.loads(CASES.read_text(encoding="utf-8"))["cases"]
    if case["id"] == "cap-03-three-level-konstantopoulos"
)
ROWS = SCHOOLS["yi"], SCHOOLS["vi"], SCHOOLS["cluster"]


def random_rows(seed: int, *, single: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(6), 1 if single else rng.integers(1, 5, 6))
    between, within = rng.choice([0.0, 0.05, 0.5], 2)
    v = rng.uniform(0.02, 0.4, cluster.size)
    y = rng.normal(size=6)[cluster] * between**0.5 + rng.normal(size=v.size) * (v + within) ** 0.5
    return y, v, cluster


def working_covariance(v: np.ndarray, cluster: Any, between: float, within: float) -> np.ndarray:
    """Covariance of all rows, written out."""
    same = np.equal.outer(np.asarray(cluster), np.asarray(cluster))
    return np.diag(np.asarray(v) + within) + between * same


def restricted(
    y: np.ndarray, v: np.ndarray, cluster: Any, between: float, within: float
) -> tuple[float, float, float]:
    """Restricted log-likelihood, mean and its standard error from whole matrices."""
    covariance = working_covariance(v, cluster, between, within)
    inverse, ones = np.linalg.inv(covariance), np.ones(len(y))
    precision = ones @ inverse @ ones
    mean = ones @ inverse @ y / precision
    r = y - mean
    total = np.linalg.slogdet(covariance)[1] + np.log(precision) + r @ inverse @ r
    constant = np.log(len(y)) - (len(y) - 1) * np.log(2 * np.pi)
    return 0.5 * (constant - total), mean, precision**-0.5


def test_konstantopoulos_as_printed() -> None:
    """metafor's page on Konstantopoulos (2011) and its help of robust(): every digit."""
    ours = pool_three_level(*ROWS)
    assert (ours.k, ours.clusters, ours.converged, ours.note) == (56, 11, True, "")
    assert [round(value, 4) for value in ours.working] == [0.1847, 0.0190, 0.3504]
    assert round(ours.se, 4) == 0.0846
    assert round(ours.sigma2_between, 4) == 0.0651
    assert round(ours.sigma2_within, 4) == 0.0327
    assert round(ours.loglik, 4) == -7.9587
    assert (round(ours.q, 4), ours.q_df) == (578.8640, 55)


@pytest.mark.parametrize(
    ("small_sample", "printed"),
    [
        ("CR1", (0.1847, 0.0845, 2.1859, 10.0, 0.0537, -0.0036, 0.3730)),
        ("CR2", (0.1847, 0.0845, 2.1870, 9.86, 0.0540, -0.0038, 0.3733)),
    ],
)
def test_robust_konstantopoulos_as_printed(small_sample: str, printed: tuple) -> None:
    """The same page: robust(res, cluster=district), without and with clubSandwich=TRUE."""
    ours = cluster_robust(*ROWS, working_model="three-level", small_sample=small_sample)
    found = (ours.beta, ours.se, ours.beta / ours.se, ours.df, ours.pvalues, ours.low, ours.high)
    digits = (4, 4, 4, 2, 4, 4, 4)
    assert tuple(round(float(x[0]), d) for x, d in zip(found, digits, strict=True)) == printed
    assert ours.tau2 == pytest.approx(0.0651 + 0.0327, abs=1e-4)


@pytest.mark.parametrize("seed", range(25))
def test_no_search_over_whole_matrices_finds_a_higher_likelihood(seed: int) -> None:
    y, v, cluster = random_rows(seed)
    ours = pool_three_level(y, v, cluster)
    height, mean, se = restricted(y, v, cluster, ours.sigma2_between, ours.sigma2_within)
    assert ours.loglik == pytest.approx(height, abs=1e-9)
    assert ours.working.estimate == pytest.approx(mean, abs=1e-10)
    assert ours.se == pytest.approx(se, rel=1e-10)
    starts = itertools.product((0.0, 0.05, 0.5), repeat=2)
    best = max(
        -minimize(
            lambda s: -restricted(y, v, cluster, *s)[0],
            start,
            method="L-BFGS-B",
            bounds=[(0, None)] * 2,
        ).fun
        for start in starts
    )
    assert height >= best - 1e-9
    assert ours.converged


@pytest.mark.parametrize("seed", range(8))
def test_one_row_a_cluster_is_the_ordinary_model(seed: int) -> None:
    y, v, cluster = random_rows(seed, single=True)
    for ci in ("wald", "t"):
        recipe = Recipe(scale="logit", ci=ci, prediction="t-k-1", prediction_se="interval")
        ours, plain = pool_three_level(y, v, cluster, recipe), pool_effects(y, v, recipe)
        assert list(ours.working) == pytest.approx(list(plain.working), rel=1e-10)
        assert list(ours.prediction) == pytest.approx(list(plain.prediction), rel=1e-9)
        assert list(ours.proportion) == pytest.approx(list(plain.proportion), rel=1e-10)
        np.testing.assert_allclose(ours.weights, plain.weights, rtol=1e-10)
        assert (ours.sigma2_between, ours.sigma2_within) == (pytest.approx(plain.tau2), 0.0)
        assert ours.i2_between == pytest.approx(plain.i2)
        assert "every cluster has one row" in ours.note


def test_rows_that_agree_within_clusters_are_pooled_by_cluster() -> None:
    """No variance within: the rows of a cluster enter as their inverse-variance mean."""
    y, v = np.array([0.1, 0.1, 0.9, 0.9, 0.9, 0.5, 0.5]), np.full(7, 0.3)
    cluster = [0, 0, 1, 1, 1, 2, 2]
    ours = pool_three_level(y, v, cluster)
    plain = pool_effects([0.1, 0.9, 0.5], [0.15, 0.1, 0.15], Recipe(scale="logit"))
    assert ours.sigma2_within == 0.0
    assert ours.sigma2_between == pytest.approx(plain.tau2, abs=1e-12)
    assert list(ours.working) == pytest.approx(list(plain.working), rel=1e-10)


def test_variance_within_alone_is_the_ordinary_model_of_the_rows() -> None:
    """Equal means of all clusters leave nothing between them."""
    y = np.array([-1.0, 1.0, -0.8, 0.8, -1.3, 1.3, -0.9, 0.9]) + 2
    ours = pool_three_level(y, np.full(8, 0.1), [0, 0, 1, 1, 2, 2, 3, 3])
    plain = pool_effects(y, np.full(8, 0.1), Recipe(scale="logit"))
    assert ours.sigma2_between == 0.0
    assert ours.working.estimate == pytest.approx(2.0)
    assert ours.sigma2_within == pytest.approx(plain.tau2, rel=1e-10)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 500))
def test_order_and_labels_of_clusters_do_not_matter(seed: int) -> None:
    y, v, cluster = random_rows(seed)
    order = np.random.default_rng(seed).permutation(y.size)
    renamed = np.array(["f", "b", "é", "d", "a", "z"])[cluster[order]]
    a, b = pool_three_level(y, v, cluster), pool_three_level(y[order], v[order], renamed)
    assert a.loglik == pytest.approx(b.loglik, abs=1e-9)
    assert list(a.working) == pytest.approx(list(b.working), abs=1e-6)
    np.testing.assert_allclose(a.weights[order], b.weights, atol=1e-6)
    assert a.weights.sum() == pytest.approx(1.0)
    for small_sample in ("CR1", "CR2"):
        one = cluster_robust(y, v, cluster, small_sample=small_sample)
        other = cluster_robust(y[order], v[order], renamed, small_sample=small_sample)
        assert one.se == pytest.approx(other.se, rel=1e-7)
        assert one.df == pytest.approx(other.df, rel=1e-7)


def test_scale_of_the_effects_scales_the_variances() -> None:
    y, v, cluster = (np.asarray(x) for x in ROWS)
    for factor in (1e-3, 1e3):
        a = pool_three_level(y, v, cluster)
        b = pool_three_level(factor * y + 5, factor**2 * v, cluster)
        assert b.sigma2_between == pytest.approx(factor**2 * a.sigma2_between, rel=1e-8)
        assert b.sigma2_within == pytest.approx(factor**2 * a.sigma2_within, rel=1e-8)
        assert b.se == pytest.approx(factor * a.se, rel=1e-9)


class Written:
    """Cluster-robust inference from whole matrices: no shortcut of the library is used."""

    def __init__(self, v: np.ndarray, x: np.ndarray, cluster: np.ndarray, phi: np.ndarray) -> None:
        self.x, self.cluster, self.phi = x, cluster, phi
        self.weights = np.linalg.inv(phi)
        self.bread = np.linalg.inv(x.T @ self.weights @ x)
        self.annihilator = np.eye(v.size) - x @ self.bread @ x.T @ self.weights

    def pieces(self, small_sample: str) -> list[np.ndarray]:
        """Matrices G with covariance = Σ (G y)(G y)', one for each cluster."""
        found = []
        labels = np.unique(self.cluster)
        for label in labels:
            at = np.flatnonzero(self.cluster == label)
            pick = np.eye(self.cluster.size)[at]
            adjust = np.eye(at.size) * np.sqrt(labels.size / (labels.size - self.x.shape[1]))
            if small_sample == "CR2":
                root = np.linalg.cholesky(self.phi[np.ix_(at, at)]).T
                residual = (self.annihilator @ self.phi @ self.annihilator.T)[np.ix_(at, at)]
                values, vectors = np.linalg.eigh(root @ residual @ root.T)
                kept = values > 1e-10
                inverse = (vectors[:, kept] * values[kept] ** -0.5) @ vectors[:, kept].T
                adjust = root.T @ inverse @ root
            own = self.weights[np.ix_(at, at)]
            found.append(self.bread @ self.x[at].T @ own @ adjust @ pick @ self.annihilator)
        return found

    def covariance(self, y: np.ndarray, small_sample: str) -> np.ndarray:
        return sum(np.outer(g @ y, g @ y) for g in self.pieces(small_sample))

    def moments(self, j: int) -> tuple[float, float]:
        """Mean and variance of the CR2 variance of coefficient j if y is normal with Φ.

        The estimate is y'Q y: its mean is tr QΦ and its variance 2 tr QΦQΦ.
        """
        form = sum(np.outer(g[j], g[j]) for g in self.pieces("CR2"))
        product = form @ self.phi
        return float(np.trace(product)), 2.0 * float(np.trace(product @ product))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("moderators", [0, 1, 2])
def test_robust_errors_by_whole_matrices(seed: int, moderators: int) -> None:
    y, v, cluster = random_rows(seed)
    rng = np.random.default_rng(seed + 100)
    x = np.column_stack((np.ones(y.size), rng.normal(size=(y.size, moderators)) + 2000))
    for small_sample in ("CR1", "CR2"):
        ours = cluster_robust(
            y, v, cluster, design=x if moderators else None, small_sample=small_sample
        )
        written = Written(
            v, x - 2000 * (np.arange(1 + moderators) > 0), cluster, np.diag(v + ours.tau2)
        )
        se = np.sqrt(np.diag(written.covariance(y, small_sample)))
        for j in range(1 if moderators else 0, 1 + moderators):
            assert ours.se[j] == pytest.approx(se[j], rel=1e-6)
            if small_sample == "CR2":
                mean, variance = written.moments(j)
                assert mean == pytest.approx(written.bread[j, j], rel=1e-8)  # unbiased under Φ
                assert ours.df[j] == pytest.approx(2 * mean**2 / variance, rel=1e-6)
            else:
                assert ours.df[j] == 6 - x.shape[1]
            critical = student.ppf(0.975, ours.df[j])
            assert ours.high[j] == pytest.approx(ours.beta[j] + critical * ours.se[j])
            p = 2 * student.sf(abs(ours.beta[j] / ours.se[j]), ours.df[j])
            assert ours.pvalues[j] == pytest.approx(p, rel=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_robust_three_level_by_whole_matrices(seed: int) -> None:
    y, v, cluster = random_rows(seed)
    fit = pool_three_level(y, v, cluster)
    phi = working_covariance(v, cluster, fit.sigma2_between, fit.sigma2_within)
    written = Written(v, np.ones((y.size, 1)), cluster, phi)
    ours = cluster_robust(y, v, cluster, working_model="three-level")
    assert ours.beta[0] == pytest.approx(fit.working.estimate, rel=1e-10)
    assert ours.se[0] ** 2 == pytest.approx(written.covariance(y, "CR2")[0, 0], rel=1e-7)
    mean, variance = written.moments(0)
    assert mean == pytest.approx(fit.se**2, rel=1e-7)
    assert ours.df[0] == pytest.approx(2 * mean**2 / variance, rel=1e-6)


def test_balanced_clusters_of_equal_rows_are_a_t_test_of_their_means() -> None:
    """Equal sizes and variances: the one-sample t test of the cluster means, either way."""
    means = np.array([0.1, 0.5, 0.9, 0.2, 0.7])
    y = (means[:, None] + np.array([-0.05, 0.0, 0.05])).ravel()
    for small_sample in ("CR1", "CR2"):
        ours = cluster_robust(
            y, np.full(15, 0.1), np.repeat(range(5), 3), small_sample=small_sample
        )
        assert ours.beta[0] == pytest.approx(means.mean())
        assert ours.se[0] == pytest.approx(means.std(ddof=1) / 5**0.5)
        assert ours.df[0] == pytest.approx(4.0)


def test_estimates_are_those_of_the_working_model() -> None:
    y, v, cluster = random_rows(3)
    age = np.random.default_rng(1).normal(size=y.size)
    plain = meta_regression(y, v, age, Recipe(method="DL"))
    ours = cluster_robust(y, v, cluster, Recipe(method="DL"), design=age, names=["age"])
    np.testing.assert_allclose(ours.beta, plain.beta, rtol=1e-10)
    assert ours.tau2 == pytest.approx(plain.tau2, rel=1e-12)
    assert ours.names == ("intercept", "age")
    assert "an intercept was added" in ours.note
    assert ours.proportion is None
    pooled = cluster_robust(y, v, cluster, Recipe(scale="logit", method="FE"))
    assert pooled.names == ("intercept",)
    assert pooled.note == ""
    assert list(pooled.proportion) == pytest.approx(
        [1 / (1 + np.exp(-x[0])) for x in (pooled.beta, pooled.low, pooled.high)]
    )
    assert pooled.to_dict()["clusters"] == 6


def test_a_coefficient_of_one_cluster_is_said() -> None:
    y, v, cluster = random_rows(4)
    for small_sample in ("CR1", "CR2"):
        for design in (cluster == 2, np.column_stack((cluster == 2, cluster + y))):
            ours = cluster_robust(
                y, v, cluster, design=1.0 * design, intercept=True, small_sample=small_sample
            )
            assert "rests on one cluster alone" in ours.note
            assert np.isfinite(ours.se).all()
        ours = cluster_robust(
            y, v, cluster, design=1.0 * (cluster < 2), intercept=True, small_sample=small_sample
        )
        assert ours.note == ""
        assert cluster_robust(y, v, cluster, small_sample=small_sample).note == ""


def test_prediction_counts_clusters() -> None:
    recipe = Recipe(scale="logit", ci="t", prediction="t-k-1")
    ours = pool_three_level(*ROWS, recipe)
    critical = student.ppf(0.975, 10)
    spread = (ours.se**2 + ours.sigma2_between + ours.sigma2_within) ** 0.5
    assert ours.prediction_working.high == pytest.approx(ours.working.estimate + critical * spread)
    assert ours.working.high == pytest.approx(ours.working.estimate + critical * ours.se)
    tukey = pool_three_level(*ROWS, totals=[20] * 56)
    assert pool_three_level(*ROWS).proportion is None
    assert 0 <= tukey.proportion.low < tukey.proportion.high


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (pool_three_level, {"cluster": [1, 1, 2]}, "cluster has 3 labels for 4 rows"),
        (pool_three_level, {"cluster": [1, 1, None, 2]}, "row at index 2 has no label"),
        (pool_three_level, {"cluster": ["a"] * 4}, "at least 2 clusters are needed, got 1: 'a'"),
        (pool_three_level, {"recipe": Recipe(method="DL")}, "by method 'REML'; got 'DL'"),
        (pool_three_level, {"recipe": Recipe(ci="hartung-knapp")}, "ci 'wald' or 't'"),
        (pool_three_level, {"vi": [0.1, 0.0, 1, 1]}, "vi of the study at index 1 is 0"),
        (cluster_robust, {"small_sample": "CR3"}, "small_sample must be one of 'CR1', 'CR2'"),
        (cluster_robust, {"working_model": "CHE"}, "working_model must be one of 'independent'"),
        (cluster_robust, {"design": [1, 2, 3, 5.0]}, "2 clusters cannot support 2 coefficients"),
        (
            cluster_robust,
            {"design": [1, 2, 3, 5.0], "working_model": "three-level"},
            "it takes no design",
        ),
        (
            cluster_robust,
            {"recipe": Recipe(method="PM"), "working_model": "three-level"},
            "fitted by method 'REML'; got 'PM'",
        ),
        (cluster_robust, {"yi": [0.3] * 4}, "cluster-robust standard errors are 0"),
        (cluster_robust, {"yi": [1.0] * 4}, "cluster-robust standard errors are 0"),
        (cluster_robust, {"yi": [1.0], "vi": [0.5], "cluster": [1]}, "no residual degree"),
        (cluster_robust, {"totals": [3, 4]}, "totals has 2 studies, but there are 4"),
    ],
)
def test_broken_input_is_named(function: Any, options: dict[str, Any], message: str) -> None:
    good = {"yi": [0.1, 0.4, 0.3, 0.9], "vi": [0.1, 0.2, 0.1, 0.2], "cluster": [1, 1, 2, 2]}
    with pytest.raises(ValueError, match=message):
        function(**(good | options))
