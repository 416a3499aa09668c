"""Leave-one-out of the mixed model from the full fit, against fits from scratch."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from metaprop import Recipe, pool_glmm
from metaprop.glmm_leave_one_out import leave_one_out_fits

GLMM = Recipe(scale="logit", method="GLMM", zeros="none")
CASES = [(20, 0.8, -1.0, 100), (16, 0.0, -1.0, 60), (18, 1.5, 1.0, 30), (14, 0.3, -3.0, 40)]


@pytest.mark.parametrize(("k", "tau", "mu", "largest"), CASES)
def test_fits_near_the_full_fit_are_fits_from_scratch(k, tau, mu, largest) -> None:
    rng = np.random.default_rng(k)
    n = rng.integers(5, largest, k)
    x = rng.binomial(n, expit(rng.normal(mu, tau, k)))
    for i, ours in enumerate(leave_one_out_fits(x, n, GLMM, nodes=25)):
        cold = pool_glmm(np.delete(x, i), np.delete(n, i), nodes=25)
        assert ours.tau2 == pytest.approx(cold.tau2, rel=1e-5, abs=1e-6)
        assert tuple(ours.working) == pytest.approx(tuple(cold.working), abs=1e-6)
        assert tuple(ours.mean_proportion) == pytest.approx(tuple(cold.mean_proportion), abs=1e-6)
        assert ours.loglik == pytest.approx(cold.loglik, abs=1e-6)
        assert ours.tau2_lrt == pytest.approx(cold.tau2_lrt, abs=1e-5)
        assert (ours.q, ours.k, ours.n) == (cold.q, cold.k, cold.n)


def test_an_outlier_is_fitted_from_scratch_and_right() -> None:
    x, n = [20] * 14 + [60], [60] * 14 + [60]
    found = leave_one_out_fits(x, n, GLMM, nodes=25)
    assert found[14].tau2 == 0.0
    assert found[14].proportion.estimate == pytest.approx(1 / 3)
    cold = pool_glmm(x[1:], n[1:], nodes=25)
    assert found[0].tau2 == pytest.approx(cold.tau2, rel=1e-5)


def test_a_set_without_an_answer_holds_its_error() -> None:
    found = leave_one_out_fits([0, 5, 12], [10, 12, 12], GLMM)
    assert isinstance(found[1], ValueError)
    assert "no finite estimate" in str(found[1])
    assert found[0].proportion.estimate == pytest.approx(0.9027786, abs=1e-5)
    with pytest.raises(ValueError, match="at least 2 studies"):
        leave_one_out_fits([1], [2], GLMM)
