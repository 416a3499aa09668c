"""The recipe: what it accepts, what it says, and what it takes other programs to do."""

from __future__ import annotations

import pytest

from metaprop import Recipe
from metaprop.presets import PRESETS


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": "probit"}, "scale must be one of 'raw', 'log', 'logit', 'arcsine', 'double_ar"),
        ({"method": "MH"}, "method must be one of 'FE', 'DL', 'PM'"),
        ({"ci": "bootstrap"}, "ci must be one of 'wald'"),
        ({"zeros": "ignore"}, "zeros must be one of 'adjust-extreme'"),
        ({"prediction": "t"}, "prediction must be one of 'z'"),
        ({"i2": "h2"}, "i2 must be one of 'tau2', 'q'"),
        ({"level": 95}, "level must lie strictly between 0 and 1, got 95"),
        ({"level": "0.95"}, "level must be a number between 0 and 1"),
        ({"fixed_below": -1}, "fixed_below must be a whole number of at least 0, got -1"),
        ({"ci": "profile"}, "'profile' exists for method 'GLMM' only"),
        ({"method": "GLMM", "scale": "raw"}, "needs scale='logit' and zeros='none'"),
        ({"scale": "logit", "zeros": "variance-only"}, "infinite on the logit scale"),
        (
            {"method": "GLMM", "scale": "logit", "zeros": "none", "ci": "hartung-knapp"},
            "Hartung–Knapp intervals do not exist",
        ),
    ],
)
def test_refuses_and_names_what_is_allowed(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Recipe(**options)


def test_defaults_are_metafors() -> None:
    recipe = Recipe()
    assert (recipe.scale, recipe.method, recipe.ci) == ("double_arcsine", "REML", "wald")
    assert (recipe.zeros, recipe.prediction, recipe.i2) == ("adjust-extreme", "z", "tau2")
    assert recipe.level == 0.95


def test_survives_a_round_trip_and_compares_by_value() -> None:
    recipe = Recipe(scale="raw", zeros="variance-only", level=0.9)
    assert Recipe(**recipe.to_dict()) == recipe
    assert len({recipe, Recipe(**recipe.to_dict())}) == 1


def test_is_frozen() -> None:
    with pytest.raises(AttributeError):
        Recipe().scale = "raw"  # type: ignore[misc]


def test_unknown_preset_lists_the_known() -> None:
    with pytest.raises(ValueError, match=r"'metafor', 'meta', .*'stata-metaprop'.*got 'spss'"):
        Recipe.preset("spss")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("metafor", "Freeman–Tukey, REML, Wald"),
        ("meta", "logit, REML, Wald"),
        ("meta-glmm", "logistic, GLMM, Wald"),
        ("stata-metaprop", "raw, DL, Wald, extremes dropped"),
        ("stata-metaprop-ftt", "Freeman–Tukey, DL, Wald"),
        ("stata-meta", "Freeman–Tukey, REML, Wald"),
    ],
)
def test_label(name: str, label: str) -> None:
    assert Recipe.preset(name).label == label


def test_comparison_recipe_in_words() -> None:
    sentence = Recipe(method="DL", i2="q").describe()
    assert sentence == (
        "Proportions were pooled on the Freeman–Tukey double-arcsine scale with an "
        "inverse-variance random-effects model and the DerSimonian–Laird estimator of the "
        "between-study variance; no continuity correction was made; 95% confidence intervals are "
        "Wald (normal) and prediction intervals use the normal distribution, back-transformed with "
        "the harmonic mean of the study sizes (Miller 1978); I² is derived from Cochran’s Q."
    )


def test_a_sentence_can_leave_out_the_prediction_interval() -> None:
    recipe = Recipe(scale="logit", method="REML")
    assert "prediction intervals use the normal distribution" in recipe.describe()
    assert recipe.describe(prediction=False) == recipe.describe().replace(
        " and prediction intervals use the normal distribution", ""
    )


def test_every_option_changes_the_sentence() -> None:
    base = Recipe(scale="raw", ci="hartung-knapp").to_dict()
    changes = [
        {"scale": "logit"}, {"method": "DL"}, {"method": "FE"}, {"ci": "wald"}, {"ci": "t"},
        {"ci": "hartung-knapp-adhoc"}, {"zeros": "drop"}, {"zeros": "variance-only"},
        {"zeros": "none"}, {"prediction": "t-k-1"}, {"prediction": "t-k-2"},
        {"prediction": "simple"}, {"i2": "q"}, {"level": 0.9}, {"prediction_se": "interval"},
        {"fixed_below": 3}, {"prediction": "interval"}, {"scale": "identity"},
    ]  # fmt: skip
    sentences = [Recipe(**{**base, **change}).describe() for change in [{}, *changes]]
    assert len(set(sentences)) == len(sentences)
    sizes = ("harmonic", "geometric", "arithmetic", "inverse-variance", 50, 60)
    sentences = [Recipe(double_arcsine_n=n).describe() for n in sizes]
    assert len(set(sentences)) == len(sizes)


def test_fixed_effect_sentence_claims_no_between_study_variance() -> None:
    sentence = Recipe(method="FE").describe()
    assert "prediction" not in sentence
    assert "derived from the estimated between-study variance" not in sentence


@pytest.mark.parametrize("name", PRESETS)
def test_presets_pool_counts_with_zeros(name: str, events: list, totals: list) -> None:
    from metaprop import pool

    recipe = Recipe.preset(name)
    ours = pool(events, totals, recipe)
    assert ours.recipe == recipe
    assert 0.7 < ours.proportion.estimate < 0.95


def test_same_counts_different_programs_span_ten_points(r_reference: dict) -> None:
    """The spread that comes from software alone, as published in R on the same 13 studies."""
    from metaprop import pool

    data = r_reference["datasets"][0]
    x, n = data["data"]["events"], data["data"]["n"]
    got = {name: pool(x, n, Recipe.preset(name)).proportion.estimate for name in PRESETS}
    assert round(100 * got["stata-metaprop"], 1) == 78.8
    assert round(100 * got["meta-glmm"], 1) == 90.1
    assert round(100 * got["stata-metaprop-ftt"], 1) == 90.0
    assert got["meta-glmm"] - got["stata-metaprop"] > 0.10


def test_method_glmm_alone_says_enough() -> None:
    assert Recipe(method="GLMM") == Recipe(method="GLMM", scale="logit", zeros="none")
    with pytest.raises(ValueError, match="got scale='double_arcsine'"):
        Recipe(method="GLMM", scale="double_arcsine")
    with pytest.raises(ValueError, match="zeros='adjust-extreme'"):
        Recipe(method="GLMM", zeros="adjust-extreme")
    # A default that was filled in stays a plain word.
    assert {type(v) for v in Recipe().to_dict().values()} == {str, float, int}


def test_but_changes_one_option_and_keeps_the_others() -> None:
    preset = Recipe.preset("metafor")
    changed = preset.but(ci="hartung-knapp")
    assert changed.to_dict() == {**preset.to_dict(), "ci": "hartung-knapp"}
    assert preset.but() == preset
    for name in PRESETS:
        mixed = Recipe.preset(name).but(method="GLMM")
        assert (mixed.scale, mixed.zeros) == ("logit", "none")
    with pytest.raises(ValueError, match=r"option must be one of 'scale', .*got 'sacle'"):
        preset.but(sacle="logit")
    with pytest.raises(ValueError, match="needs scale='logit'"):
        preset.but(method="GLMM", scale="raw")
    given = preset.but(double_arcsine_n=100)
    assert given.but(scale="logit").double_arcsine_n == "harmonic"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"double_arcsine_n": "median"}, "double_arcsine_n must be one of 'harmonic'"),
        ({"double_arcsine_n": 0}, "must be a positive study size, got 0"),
        ({"double_arcsine_n": None}, "double_arcsine_n must be a finite number"),
        ({"double_arcsine_n": 50, "scale": "logit"}, "on the scale 'double_arcsine' only"),
    ],
)
def test_study_size_of_the_back_transformation_is_checked(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Recipe(**options)


def test_sentence_of_effects_that_are_no_proportions() -> None:
    sentence = Recipe(scale="identity", method="DL").describe()
    assert sentence.startswith("Effect sizes were pooled on the scale on which they were given")
    assert "roportion" not in sentence
    assert "correction" not in sentence
