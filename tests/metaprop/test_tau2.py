"""Estimators of τ² against their definitions, written out with whole matrices."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from metaprop import between_study_variance
from metaprop.tau2 import GRID, Residuals, estimate_tau2, root

CASES = Path(__file__).parents[1] / "reference" / "field_cases_open.json"
BCG = next(
    case["inputs"]
    for case in json.loads(CASES.read_text(encoding="utf-8"))["cases"]
    if case["id"] == "cap-07-tau2-design-latitude"
)
METHODS = ("FE", "DL", "PM", "REML", "ML", "SJ", "HE", "HS", "EB")
# Sets whose likelihood has two maxima: at 0 and inside. Which is higher differs.
TWO_MAXIMA = [
    ("ML", [2.9, 6.5, -3.8, 8.4, -1.4], [7.698, 26.024, 20.298, 0.005, 23.814], False),
    ("ML", [2.8, 0.0, -2.8], [0.002, 8.125, 0.713], False),
    ("ML", [-4.1, -1.9, 2.8, 1.9], [11.541, 4.176, 0.028, 12.789], True),
    ("REML", [0.0, 1.7, 1.7, -0.1, 0.2], [28.526, 0.013, 0.002, 0.656, 0.304], False),
    ("ML", [0.0, 1.7, 1.7, -0.1, 0.2], [28.526, 0.013, 0.002, 0.656, 0.304], True),
]


def studies(seed: int, k: int = 9) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack((np.ones(k), rng.normal(size=k) + 40, rng.integers(0, 3, k)))
    return rng.normal(size=k) * 1.5, rng.uniform(0.05, 0.9, k), x


class Whole:
    """Everything at one τ² from k × k matrices."""

    def __init__(self, y: np.ndarray, v: np.ndarray, x: np.ndarray, tau2: float) -> None:
        weights = np.diag(1 / (v + tau2))
        gram = x.T @ weights @ x
        self.sw = float(np.trace(weights))
        self.p = weights - weights @ x @ np.linalg.solve(gram, x.T @ weights)
        self.q = float(y @ self.p @ y)
        self.second = float(y @ self.p @ self.p @ y)
        self.trace = float(np.trace(self.p))
        self.ml = -0.5 * (float(np.log(v + tau2).sum()) + self.q)
        self.reml = self.ml - 0.5 * float(np.linalg.slogdet(gram)[1])


@pytest.mark.parametrize(("method", "printed"), [("DL", 0.3088), ("REML", 0.3132)])
def test_bcg_as_printed(method: str, printed: float) -> None:
    """The thirteen trials of Colditz et al. (1994), as metafor's pages print them."""
    assert round(between_study_variance(BCG["yi"], BCG["vi"], method=method), 4) == printed


@pytest.mark.parametrize("columns", [0, 1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_sums_and_scores_by_whole_matrices(seed: int, columns: int) -> None:
    y, v, x = studies(seed)
    x = x[:, : max(columns, 1)]
    data = Residuals(y, v, x if columns else None)
    points = np.array([0.0, 0.03, 0.4, 2.0, 30.0])
    one = {flag: data.scores(points, restricted=flag) for flag in (True, False)}
    reml, ml = [], []
    for i, tau2 in enumerate(points):
        whole = Whole(y, v, x, tau2)
        np.testing.assert_allclose(
            data.sums(tau2), (whole.sw, whole.q, whole.second, whole.trace), rtol=1e-9
        )
        assert data.q(tau2) == pytest.approx(whole.q, rel=1e-9)
        for flag, expected in ((True, whole.trace), (False, whole.sw)):
            score = whole.second - expected
            assert data.score(tau2, restricted=flag) == pytest.approx(score, rel=1e-8)
            assert one[flag][i] == pytest.approx(score, rel=1e-8)
        reml.append(data.loglik(tau2, restricted=True) - whole.reml)
        ml.append(data.loglik(tau2, restricted=False) - whole.ml)
    assert np.ptp(reml) < 1e-9  # up to a constant: another basis of the same columns
    if not columns:
        assert reml == pytest.approx([0.0] * 5, abs=1e-9)
    assert ml == pytest.approx([0.0] * 5, abs=1e-9)
    assert data.df == y.size - x.shape[1]
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    assert data.rss == pytest.approx(residual @ residual, rel=1e-9)


@pytest.mark.parametrize("columns", [1, 2, 3])
@pytest.mark.parametrize("seed", range(8))
def test_estimators_by_definition(seed: int, columns: int) -> None:
    y, v, x = studies(seed)
    x = x[:, :columns]
    k, df = y.size, y.size - columns
    at_zero = Whole(y, v, x, 0.0)

    def ours(method: str) -> float:
        design = None if columns == 1 else x
        return between_study_variance(y, v, method=method, design=design)

    unweighted = np.eye(k) - x @ np.linalg.pinv(x)
    rss = float(y @ unweighted @ y)
    crude = float(np.var(y))
    closed = {
        "FE": 0.0,
        "DL": (at_zero.q - df) / at_zero.trace,
        "HS": (at_zero.q - k) / at_zero.sw,
        "HE": (rss - float(np.trace(unweighted @ np.diag(v)))) / df,
        "SJ": crude * Whole(y, v, x, crude).q / df,
    }
    for method, value in closed.items():
        assert ours(method) == pytest.approx(max(0.0, value), rel=1e-9, abs=1e-14), method
    for method in ("PM", "EB"):
        tau2 = ours(method)
        q = Whole(y, v, x, tau2).q
        assert q == pytest.approx(df, rel=1e-9) if tau2 > 0 else q <= df
    dense = np.append(0.0, np.geomspace(1e-5, 60, 400))
    for method in ("ML", "REML"):
        tau2 = ours(method)
        top = getattr(Whole(y, v, x, tau2), method.lower())
        assert top >= max(getattr(Whole(y, v, x, t), method.lower()) for t in dense) - 1e-12
        if tau2 > 0:
            found = Whole(y, v, x, tau2)
            slope = found.second - (found.trace if method == "REML" else found.sw)
            assert slope == pytest.approx(0.0, abs=1e-9 * found.second)


@pytest.mark.parametrize(("method", "y", "v", "at_zero"), TWO_MAXIMA)
def test_the_higher_of_two_maxima_is_found(method: str, y: list, v: list, at_zero: bool) -> None:
    yi, vi, ones = np.array(y), np.array(v), np.ones((len(y), 1))
    heights = [
        getattr(Whole(yi, vi, ones, t), method.lower())
        for t in np.append(0.0, np.geomspace(1e-6, 500, 500))
    ]
    rises = np.diff(heights) > 0
    assert not rises[0]
    assert rises.any()  # a second maximum, inside
    tau2 = between_study_variance(yi, vi, method=method)
    assert (tau2 == 0.0) == at_zero
    assert getattr(Whole(yi, vi, ones, tau2), method.lower()) >= max(heights) - 1e-10


@pytest.mark.parametrize("seed", range(20))
def test_no_root_lies_beyond_the_bound(seed: int) -> None:
    """Past `upper` every estimating function is negative, for effects however far apart."""
    y, v, x = studies(seed, k=5)
    y = y * 10.0 ** (seed % 5 - 2)
    for design in (None, x[:, :2]):
        data = Residuals(y, v, design)
        for factor in (1.0, 1.5, 4.0, 100.0):
            tau2 = factor * data.upper
            assert data.score(tau2, restricted=True) < 0
            assert data.score(tau2, restricted=False) < 0
            assert data.q(tau2) < data.df
        # No bound is worth much that is far above: within 1001 of 1000 of what it is made of.
        assert data.upper <= 1.0011 * max(v.max(), 2 * data.rss / data.df)
    assert GRID[-1] == 1.0
    assert np.all(np.diff(GRID) > 0)


@pytest.mark.parametrize("restricted", [True, False])
def test_a_maximum_near_the_bound_is_found(restricted: bool) -> None:
    """One outlier measured exactly among many vague studies: the root comes close to `upper`.

    With variance u in the others and 2 rss / df = u, y'PPy = tr P is met at τ² near u.
    """
    k = 400
    v = np.append(1e-9, np.full(k - 1, 1.0))
    y = np.append(np.sqrt(0.5 * (k - 1)), np.zeros(k - 1))
    data = Residuals(y, v)
    tau2, converged = estimate_tau2(y, v, "REML" if restricted else "ML")
    assert GRID[-2] * data.upper < tau2 < data.upper
    assert data.score(tau2, restricted=restricted) == pytest.approx(0.0, abs=1e-6)
    assert converged is True


def test_an_estimate_of_zero_is_converged() -> None:
    """Homogeneous studies: every estimator that cuts off at 0 says 0, and that it is sure."""
    y, v = np.array([0.1, 0.11, 0.09, 0.1, 0.12]), np.array([0.2, 0.3, 0.1, 0.2, 0.15])
    for method in METHODS:
        tau2, converged = estimate_tau2(y, v, method)
        assert converged is True
        assert (tau2 > 0.0) == (method == "SJ")  # positive by construction
        assert estimate_tau2(y[:1], v[:1], method) == (0.0, True)
        assert estimate_tau2(np.full(5, 0.1), v, method) == (0.0, True)


def test_sidik_jonkman_is_zero_for_equal_effects_whatever_the_design() -> None:
    line = [1.0, 2.0, 3.0, 5.0]
    for intercept in (None, False):
        assert (
            between_study_variance(
                [0.7] * 4, [0.2, 0.1, 0.3, 0.2], method="SJ", design=line, intercept=intercept
            )
            == 0.0
        )


def test_designs_of_the_same_span_give_the_same_variance() -> None:
    y, v, x = studies(1)
    mixed = x @ np.array([[1.0, 2, 0], [0, 1, 3], [1, 0, 1]])
    for method in METHODS:
        one = between_study_variance(y, v, method=method, design=x)
        assert between_study_variance(y, v, method=method, design=mixed) == pytest.approx(
            one, rel=1e-8, abs=1e-13
        )
    basis = np.linalg.qr(x)[0]
    one = estimate_tau2(y, v, "REML", x)
    assert estimate_tau2(y, v, "REML", basis, orthonormal=True)[0] == pytest.approx(one[0])
    assert one[1] is True


def test_nothing_varies_without_a_degree_of_freedom_or_a_difference() -> None:
    for method in METHODS:
        assert between_study_variance([0.7], [0.2], method=method) == 0.0
        assert between_study_variance([0.7] * 4, [0.2, 0.1, 0.3, 0.2], method=method) == 0.0
        two = between_study_variance([0.1, 5.0], [0.2, 0.1], method=method, design=[1.0, 2.0])
        assert two == 0.0
    spread = [0.1, 5.0], [0.2, 0.1]
    # Two studies: half the squared difference less the mean variance, by Hedges.
    assert between_study_variance(*spread, method="HE") == pytest.approx(4.9**2 / 2 - 0.15)


def test_root_reports_convergence() -> None:
    assert root(lambda t: 2.0 - t * t, 0.0, 3.0) == (pytest.approx(2**0.5, abs=1e-14), True)
    # A step has no root, but a place where the sign changes.
    place, converged = root(lambda t: 1.0 if t < 1e-9 else -1.0, 0.0, 1.0)
    assert converged
    assert place == pytest.approx(1e-9, rel=1e-5)


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"method must be one of 'FE', 'DL'.*; got 'GLMM'"):
        between_study_variance([1, 2], [1, 1], method="GLMM")
    with pytest.raises(ValueError, match="one row for each of 3 studies"):
        between_study_variance([1, 2, 3], [1, 1, 1], design=[[1, 2]])


@pytest.mark.parametrize("method", ["PM", "REML", "ML", "DL", "SJ", "HE", "HS"])
def test_tau2_has_the_unit_of_the_effects_squared(method: str) -> None:
    """Effects in another unit have the same tau2 in that unit, to the last digits."""
    y, v = np.array([0.1, 0.6, 1.4, 0.3]), np.array([0.04, 0.05, 0.09, 0.02])
    here = between_study_variance(y, v, method=method)
    assert here > 0.05
    for unit in (1e-6, 1e6):
        there = between_study_variance(unit * y, unit**2 * v, method=method)
        assert there == pytest.approx(unit**2 * here, rel=1e-11)


def test_a_likelihood_flat_at_0_has_its_maximum_there() -> None:
    """Effects -1 and 1 with variances 1: the slope at 0 is (2 - 2)/2, and falls from there."""
    assert between_study_variance([-1.0, 1.0], [1.0, 1.0], method="ML") == 0.0
    assert between_study_variance([-1.0, 1.0], [1.0, 1.0], method="REML") == pytest.approx(1.0)


@pytest.mark.parametrize("tau2", [1e-3, 1e-6, 1e-8])
@pytest.mark.parametrize("method", ["PM", "REML"])
def test_a_small_tau2_is_found_as_exactly_as_a_large_one(method: str, tau2: float) -> None:
    """With equal variances both are the variance of the effects less 1."""
    y = np.array([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0])
    y *= np.sqrt((1.0 + tau2) / np.var(y, ddof=1))
    found = between_study_variance(y, np.ones(6), method=method)
    assert found == pytest.approx(tau2, abs=5e-15, rel=1e-12)
