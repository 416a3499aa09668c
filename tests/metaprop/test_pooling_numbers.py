"""Numbers of a pooled result by their definitions, and where its rules begin and end."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, norm

from metaprop import Recipe, effect_sizes, pool, pool_effects, pool_glmm

X, N = [8, 12, 5, 20, 3], [10, 20, 9, 50, 11]
LOGIT = Recipe(scale="logit", method="DL", ci="t")


def test_the_fixed_effect_is_used_below_a_number_of_studies_and_not_at_it() -> None:
    recipe = LOGIT.but(fixed_below=5)
    assert pool(X, N, recipe).working == pool(X, N, LOGIT).working
    below = pool(X[:4], N[:4], recipe)
    assert below.working.estimate == pool(X[:4], N[:4], LOGIT.but(method="FE")).working.estimate
    assert below.note == "fewer than 5 studies: the fixed-effect model was used"
    assert below.prediction is None
    assert pool(X[:4], N[:4], recipe.but(method="FE")).note == ""


@pytest.mark.parametrize("method", ["FE", "DL", "REML"])
def test_numbers_by_definition(method: str) -> None:
    sizes = effect_sizes(X, N, scale="logit")
    y, v = sizes.yi, sizes.vi
    fit = pool(X, N, Recipe(scale="logit", method=method))
    w, w0 = 1.0 / (v + fit.tau2), 1.0 / v
    mu, mu0 = w @ y / w.sum(), w0 @ y / w0.sum()
    z = norm.ppf(0.975)
    assert tuple(fit.working) == pytest.approx(
        (mu, mu - z / np.sqrt(w.sum()), mu + z / np.sqrt(w.sum())), rel=1e-12
    )
    assert fit.weights == pytest.approx(w / w.sum(), rel=1e-12)
    q = w0 @ (y - mu0) ** 2
    assert (fit.q, fit.q_df, fit.q_pvalue) == pytest.approx((q, 4, chi2.sf(q, 4)), rel=1e-10)
    typical = 4 * w0.sum() / (w0.sum() ** 2 - w0 @ w0)
    h2 = q / 4 if method == "FE" else 1.0 + fit.tau2 / typical
    assert fit.h2 == pytest.approx(h2, rel=1e-10)
    assert fit.i2_q == pytest.approx(max(0.0, (q - 4) / q), abs=1e-12)
    i2 = fit.i2_q if method == "FE" else fit.tau2 / (fit.tau2 + typical)
    assert fit.i2_tau2 == pytest.approx(i2, abs=1e-12)
    assert fit.i2 == fit.i2_tau2
    assert pool(X, N, Recipe(scale="logit", method=method, i2="q")).i2 == fit.i2_q
    assert (fit.k, fit.n, fit.converged) == (5, 100, True)
    if method == "FE":
        assert fit.prediction is None
    else:
        assert fit.prediction_working is not None
        half = z * np.sqrt(fit.tau2 + 1.0 / w.sum())
        assert fit.prediction_working.high - mu == pytest.approx(half, rel=1e-12)


def test_a_variance_that_is_given_is_used_and_not_searched() -> None:
    fit = pool(X, N, LOGIT.but(ci="wald"), tau2=0.3)
    assert (fit.tau2, fit.converged, fit.note) == (0.3, True, "")
    few = pool(X[:3], N[:3], LOGIT.but(ci="wald"), tau2=0.3)
    assert few.note == ""  # the caution of few studies is about an estimated variance
    assert "only 3 studies" in pool(X[:3], N[:3], LOGIT.but(ci="wald")).note
    with pytest.raises(ValueError, match="tau2 must be a finite number of at least 0"):
        pool(X, N, LOGIT, tau2=-0.1)
    assert pool(X, N, LOGIT, tau2=0.0).tau2 == 0.0


def test_one_study_has_no_heterogeneity() -> None:
    fit = pool([8], [10], Recipe(scale="logit", method="FE"))
    assert (fit.h2, fit.i2, fit.q_df, fit.q_pvalue) == (1.0, 0.0, 0, 1.0)
    assert fit.q == pytest.approx(0.0, abs=1e-20)


@pytest.mark.parametrize(
    ("choice", "size"),
    [
        ("harmonic", 5 / sum(1 / n for n in N)),
        ("geometric", float(np.exp(np.mean(np.log(N))))),
        ("arithmetic", 20.0),
        (37.5, 37.5),
    ],
)
def test_the_size_of_the_back_transformation(choice: str | float, size: float) -> None:
    fit = pool(X, N, Recipe(method="DL", double_arcsine_n=choice))
    assert fit.double_arcsine_n == pytest.approx(size, rel=1e-12)


def test_the_size_by_inverse_variance_is_that_of_the_classic_error() -> None:
    recipe = Recipe(method="REML", double_arcsine_n="inverse-variance")
    fit = pool(X, N, recipe)
    assert fit.double_arcsine_n == pytest.approx(1.0 / (4.0 * fit.se**2), rel=1e-12)
    knapp = pool(X, N, recipe.but(ci="hartung-knapp"))
    assert knapp.double_arcsine_n == fit.double_arcsine_n
    assert knapp.se != pytest.approx(fit.se, rel=1e-3)
    assert pool(X, N, LOGIT).double_arcsine_n is None


def test_effects_without_sizes_have_a_proportion_only_where_one_exists() -> None:
    yi, vi = [0.7, 0.9, 1.1], [0.01, 0.02, 0.03]
    assert pool_effects(yi, vi, Recipe(method="DL")).proportion is None
    given = pool_effects(yi, vi, Recipe(method="DL", double_arcsine_n=25.0))
    assert given.proportion is not None
    assert given.n is None
    sized = pool_effects(yi, vi, Recipe(method="DL"), totals=[25, 25, 25])
    assert sized.proportion == given.proportion
    assert sized.n == 75
    assert pool_effects(yi, vi, LOGIT).proportion is not None
    assert pool_effects(yi, vi, LOGIT.but(scale="identity")).proportion is None


def test_sizes_of_fractional_counts_add_up() -> None:
    fit = pool([6.5, 3.25], [40.5, 15.25], LOGIT, fractional=True)
    assert fit.n == 55.75
    whole = pool([6.5, 3.5], [40, 15], LOGIT, fractional=True)
    assert (whole.n, type(whole.n)) == (55, int)


def test_studies_left_out_by_the_zeros_rule_are_counted_in_words() -> None:
    recipe = LOGIT.but(zeros="drop")
    one = pool([0, 8, 12], [9, 10, 20], recipe)
    assert one.note == "1 study at 0% or 100% left out"
    assert one.kept.tolist() == [False, True, True]
    assert one.weights[0] == 0.0
    assert one.n == 30
    two = pool([0, 8, 12, 7], [9, 10, 20, 7], recipe)
    assert two.note == "2 studies at 0% or 100% left out"


def test_the_prediction_uses_the_error_that_the_recipe_names() -> None:
    recipe = LOGIT.but(ci="hartung-knapp", prediction="z")
    fit = pool(X, N, recipe.but(prediction_se="interval"))
    classic = pool(X, N, recipe.but(prediction_se="classic"))
    assert fit.prediction_working is not None
    assert classic.prediction_working is not None
    z = norm.ppf(0.975)
    mu = fit.working.estimate
    plain = pool(X, N, LOGIT.but(ci="wald")).se
    for found, se in ((fit, fit.se), (classic, plain)):
        half = z * np.sqrt(found.tau2 + se**2)
        assert found.prediction_working.high - mu == pytest.approx(half, rel=1e-10)
    assert fit.se != pytest.approx(plain, rel=1e-3)


def test_fractional_counts_are_refused_unless_asked_for() -> None:
    with pytest.raises(ValueError, match=r"index 0 is 7\.5"):
        pool([7.5, 12], [10, 20])
    assert pool([7.5, 12], [10, 20], fractional=True).k == 2


def test_tau2_cannot_be_fixed_for_the_mixed_model_and_is_estimated_without() -> None:
    recipe = Recipe(scale="logit", method="GLMM", zeros="none")
    with pytest.raises(ValueError, match="tau2 cannot be fixed for method 'GLMM'"):
        pool([7, 12, 3], [10, 20, 15], recipe, tau2=0.1)
    found = pool([7, 12, 3], [10, 20, 15], recipe)
    assert found.tau2 == pool_glmm([7, 12, 3], [10, 20, 15]).tau2
