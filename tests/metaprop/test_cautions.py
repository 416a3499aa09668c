"""Notes that caution: each appears where it holds, and is silent on ordinary data."""

from __future__ import annotations

import field_cases
import numpy as np
import pytest
from agreement import reference

from metaprop import Recipe, cumulative, effect_sizes, leave_one_out, pool, pool_effects, subgroups

SQUEEZED = "back-transformation squeezes"
FEW = r"only \d studies"
NO_PROPORTION = "no proportion"


def _data_sets() -> list[tuple[list[int], list[int]]]:
    """Return counts of published and reference data sets, five studies or more each."""
    found = [
        (data["data"]["events"], data["data"]["n"])
        for data in reference("r_reference_open")["datasets"]
        if len(data["data"]["n"]) >= 5
    ]
    for case in field_cases.cases():
        if case["kind"].startswith("cap") and {"events", "totals"} <= case.get("inputs", {}).keys():
            x, n = case["inputs"]["events"], case["inputs"]["totals"]
            whole = None not in x and None not in n and all(float(v).is_integer() for v in x)
            sparse = case["id"].startswith(("cap-04-ft-collapse", "cap-10-lrt-empty"))
            if whole and not sparse and len(n) >= 5:
                found.append((x, n))
    rng = np.random.default_rng(20)
    for _ in range(20):
        k = int(rng.integers(5, 25))
        n = np.rint(10 ** rng.uniform(1, 3.3, k)).astype(int)
        mean, spread = rng.uniform(0.1, 0.9), rng.uniform(2, 30)
        p = rng.beta(mean * spread, (1 - mean) * spread, k)
        found.append((rng.binomial(n, p).tolist(), n.tolist()))
    return found


ORDINARY = _data_sets()


def test_there_are_enough_ordinary_data_sets() -> None:
    assert len(ORDINARY) >= 40
    assert len({(tuple(x), tuple(n)) for x, n in ORDINARY}) >= 35


@pytest.mark.parametrize("method", ["FE", "DL", "REML"])
@pytest.mark.parametrize("scale", ["raw", "log", "logit", "arcsine", "double_arcsine"])
def test_ordinary_data_have_no_caution(scale: str, method: str) -> None:
    """Nothing is said of 5 studies or more, whose own mean is no fraction of an event away."""
    for x, n in ORDINARY:
        note = pool(x, n, Recipe(scale=scale, method=method)).note
        if scale == "double_arcsine" and note:
            # Said truly or not at all: the value is less than half of what the studies have.
            fit = pool(x, n, Recipe(scale=scale, method=method))
            own = float(fit.weights @ (np.array(x) / np.array(n)))
            p = fit.proportion.estimate
            assert p < own / 2 or 1 - p < (1 - own) / 2, (x, n)
            assert fit.double_arcsine_n * min(p, 1 - p) < 1
        else:
            assert note == "", (x, n)
        sizes = effect_sizes(x, n, scale=scale)
        recipe = Recipe(scale=scale, method=method)
        assert NO_PROPORTION not in pool_effects(sizes.yi, sizes.vi, recipe, totals=n).note


def test_the_squeezed_value_is_silent_on_ordinary_data() -> None:
    silent = [SQUEEZED not in pool(x, n, Recipe(method="DL")).note for x, n in ORDINARY]
    assert sum(silent) >= len(ORDINARY) - 2  # two reference sets are that sparse


SPARSE = [
    ([0, 1, 0, 300, 40], [5, 8, 4, 217_000, 30_000]),
    ([1, 0, 0, 0, 0, 0], [10, 15, 20, 25, 30, 40]),
    ([2, 1, 0, 300, 40], [50, 80, 40, 217_000, 30_000]),
    ([0, 0, 1, 0, 0, 0, 1, 0], [40, 38, 51, 60, 45, 39, 70, 42]),
]


@pytest.mark.parametrize(("x", "n"), SPARSE)
@pytest.mark.parametrize("recipe", [Recipe(), Recipe.preset("stata-metaprop-ftt")])
def test_a_squeezed_freeman_tukey_value_says_so_at_either_end(x, n, recipe) -> None:
    low = pool(x, n, recipe)
    high = pool(np.array(n) - x, n, recipe)
    assert SQUEEZED in low.note
    assert "towards 0%" in low.note
    assert "towards 100%" in high.note
    assert low.note in low.summary()
    assert low.proportion.estimate < 0.5 * sum(x) / sum(n)
    sizes = effect_sizes(x, n, scale="double_arcsine")
    assert SQUEEZED in pool_effects(sizes.yi, sizes.vi, recipe, totals=n).note
    assert pool(x, n, Recipe(scale="arcsine")).note == ""


def test_studies_that_all_have_no_event_are_not_squeezed() -> None:
    """0 % is then the right answer, whatever the sizes."""
    assert pool([0] * 6, [5, 9, 30, 200, 4000, 12]).note == ""
    assert pool([5, 9, 30, 200, 4000, 12], [5, 9, 30, 200, 4000, 12]).note == ""


@pytest.mark.parametrize("k", range(1, 8))
@pytest.mark.parametrize("method", ["FE", "DL", "PM", "REML", "SJ"])
@pytest.mark.parametrize("ci", ["wald", "t", "hartung-knapp", "hartung-knapp-adhoc"])
def test_the_wald_interval_of_two_to_four_studies_has_a_caution(k, method, ci) -> None:
    x, n = [8, 12, 5, 9, 20, 11, 7][:k], [10, 20, 9, 30, 45, 30, 12][:k]
    note = pool(x, n, Recipe(scale="logit", method=method, ci=ci)).note
    expected = ci == "wald" and method != "FE" and 2 <= k <= 4
    assert (f"only {k} studies" in note) == expected
    if expected:
        assert "too narrow" in note


def test_a_given_tau2_and_the_fixed_effect_below_three_have_no_caution() -> None:
    x, n = [8, 12], [10, 20]
    assert pool(x, n, Recipe(scale="logit"), tau2=0.1).note == ""
    note = pool(x, n, Recipe.preset("stata-metaprop")).note
    assert note == "fewer than 3 studies: the fixed-effect model was used"


def test_cautions_reach_the_rows_of_tables() -> None:
    x, n = [8, 12, 5, 9, 20], [10, 20, 9, 30, 45]
    recipe = Recipe(scale="logit")
    assert leave_one_out(x, n, recipe)["note"].str.contains("only 4 studies").all()
    steps = cumulative(x, n, recipe, order=range(5))["note"].str.contains(FEW)
    assert steps.tolist() == [False, True, True, True, False]
    groups = subgroups(x, n, list("aabbb"), recipe)
    assert [group.note[:14] for group in groups.groups.values()] == [
        "only 2 studies",
        "only 3 studies",
    ]
    assert groups.note == ""


@pytest.mark.parametrize(
    ("scale", "yi", "index"),
    [
        ("raw", [0.2, 0.4, 1.3, 0.9], 2),
        ("raw", [-0.1, 0.4, 0.3, 0.9], 0),
        ("log", [-0.3, 0.1, -0.2, -0.5], 1),
        ("arcsine", [0.3, 0.4, 0.2, 1.7], 3),
        ("double_arcsine", [0.3, -0.4, 0.2, 1.1], 1),
    ],
)
def test_effects_that_are_no_proportions_are_named(scale, yi, index) -> None:
    note = pool_effects(yi, [0.1] * 4, Recipe(scale=scale, ci="t"), totals=[9] * 4).note
    assert f"yi of the study at index {index} is {yi[index]:g}, which is no proportion" in note
    assert "identity" in note
    assert pool_effects(yi, [0.1] * 4, Recipe(scale="identity", ci="t")).note == ""
    assert pool_effects(yi, [0.1] * 4, Recipe(scale="logit", ci="t")).note == ""


@pytest.mark.parametrize(
    ("scale", "yi"), [("raw", [1.48, 0.999, 1.272]), ("raw", [-0.2, -0.4]), ("log", [0.2, 0.1])]
)
def test_a_mean_that_is_no_proportion_gives_none(scale, yi) -> None:
    fit = pool_effects(yi, [0.01] * len(yi), Recipe(scale=scale))
    assert fit.proportion is None
    assert fit.prediction is None
    assert fit.working.estimate == pytest.approx(np.mean(yi))


def test_the_identity_scale_pools_effects_and_refuses_counts() -> None:
    yi, vi = [-0.2, 0.3, 1.1, -0.4], [0.04, 0.05, 0.09, 0.02]
    plain = pool_effects(yi, vi, Recipe(scale="identity", ci="hartung-knapp"), totals=[9] * 4)
    logit = pool_effects(yi, vi, Recipe(scale="logit", ci="hartung-knapp"))
    assert plain.working == logit.working
    assert plain.prediction_working == logit.prediction_working
    assert (plain.proportion, plain.prediction, plain.n) == (None, None, 36)
    with pytest.raises(ValueError, match="no proportions: use pool_effects"):
        pool([1, 2], [3, 4], Recipe(scale="identity"))
