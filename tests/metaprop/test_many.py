"""Many pools at once, random subsets and possible duplicates."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from metaprop import (
    Recipe,
    all_subsets,
    pool,
    pool_recipes,
    pool_subsets,
    possible_duplicates,
    random_subsets,
)

X, N = [8, 29, 11, 5, 0, 10], [8, 30, 11, 6, 4, 12]
INNER_X, INNER_N = [3, 9, 11, 5, 2, 10], [8, 30, 21, 6, 4, 12]
CI = ("wald", "t", "hartung-knapp", "hartung-knapp-adhoc")


def _recipes() -> list[Recipe]:
    scale_zeros = [
        ("raw", "adjust-extreme"), ("raw", "variance-only"), ("raw", "drop"), ("raw", "none"),
        ("logit", "adjust-extreme"), ("logit", "drop"), ("arcsine", "none"),
        ("double_arcsine", "none"), ("double_arcsine", "adjust-extreme"),
    ]  # fmt: skip
    found = [
        Recipe(scale=scale, zeros=zeros, method=method, ci=ci)
        for (scale, zeros), method, ci in itertools.product(scale_zeros, ("FE", "PM", "EB"), CI)
    ]
    found += [Recipe(method="GLMM", ci=ci) for ci in ("wald", "t", "profile")]
    found += [Recipe(method="DL", double_arcsine_n=n) for n in ("harmonic", "arithmetic", 40)]
    found += [Recipe(method="DL", level=level, ci="t") for level in (0.9, 0.99)]
    return [*found, Recipe(method="DL", i2="q"), Recipe.preset("metafor")]


@pytest.mark.parametrize(("x", "n"), [(X, N), (INNER_X, INNER_N), ([0, 0], [4, 5]), ([3], [7])])
def test_every_recipe_gives_what_pool_gives(x: list[int], n: list[int]) -> None:
    recipes = _recipes()
    found = pool_recipes(x, n, recipes)
    assert len(found) == len(recipes) == len(found.to_frame())
    for i, recipe in enumerate(recipes):
        row = [found.estimate[i], found.low[i], found.high[i], found.i2_q[i], found.i2_tau2[i]]
        try:
            fit = pool(x, n, recipe)
        except ValueError:
            assert not found.computable[i], recipe
            assert np.isnan(row).all(), recipe
            continue
        assert found.computable[i], recipe
        expected = [*fit.proportion, fit.i2_q, fit.i2_tau2]
        assert row == pytest.approx(expected, rel=1e-13, abs=1e-14), recipe


def test_distinct_recipes_are_those_whose_results_differ() -> None:
    """A recipe that is no first of its kind equals an earlier one; EB is PM by another name."""
    for x, n, most in ((X, N, 80), (INNER_X, INNER_N, 50)):
        recipes = _recipes()
        found = pool_recipes(x, n, recipes)
        values = np.stack([found.estimate, found.low, found.high])
        assert (found.distinct <= found.computable).all()
        for i in np.flatnonzero(found.computable & ~found.distinct):
            assert (np.abs(values[:, :i] - values[:, [i]]).max(axis=0) < 1e-12).any(), recipes[i]
        assert found.distinct.sum() < most
    harmonic = [Recipe(scale="raw"), Recipe(scale="raw", zeros="drop")]
    assert pool_recipes(X, N, harmonic).distinct.tolist() == [True, True]
    assert pool_recipes(INNER_X, INNER_N, harmonic).distinct.tolist() == [True, False]


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(method="DL"), Recipe(method="REML", scale="logit"), Recipe(method="GLMM"),
        Recipe(method="FE", scale="raw", zeros="drop"),
    ],
)  # fmt: skip
def test_every_subset_gives_what_pool_gives(recipe: Recipe) -> None:
    x, n = [8, 3, 0, 3, 5], [8, 7, 4, 7, 6]
    found = pool_subsets(x, n, recipe)
    assert len(found) == 31
    for bits in range(1, 32):
        inside = [i for i in range(5) if bits >> i & 1]
        row = [found.estimate[bits - 1], found.low[bits - 1], found.high[bits - 1]]
        try:
            fit = pool([x[i] for i in inside], [n[i] for i in inside], recipe)
        except ValueError:
            assert np.isnan([*row, found.i2[bits - 1]]).all()
            continue
        # Equal counts are pooled once, in one order: the sums differ in the last digits.
        assert row == pytest.approx(list(fit.proportion), rel=1e-6, abs=1e-8)
        assert found.i2[bits - 1] == pytest.approx(fit.i2, abs=1e-6)


def test_too_many_studies_are_refused() -> None:
    with pytest.raises(ValueError, match=r"number of studies must be .* from 1 to 16, got 17"):
        pool_subsets([1] * 17, [5] * 17)
    with pytest.raises(ValueError, match="random_subsets draws some"):
        all_subsets([1] * 30, [5] * 30)


@pytest.mark.parametrize("n", ["harmonic", "geometric", "arithmetic", "inverse-variance", 50])
@pytest.mark.parametrize("method", ["FE", "DL", "REML"])
def test_all_subsets_follow_the_study_size_of_the_recipe(n: str | float, method: str) -> None:
    recipe = Recipe(method=method, double_arcsine_n=n)
    found = all_subsets(X, N, recipe)
    for row in (0, 5, 20, 40, 62):
        inside = found.members(row)
        fit = pool([X[i] for i in inside], [N[i] for i in inside], recipe)
        got = (found.estimate[row], found.low[row], found.high[row])
        assert got == pytest.approx(tuple(fit.proportion), abs=1e-12)


@pytest.mark.parametrize("recipe", [Recipe(method="FE"), Recipe(scale="raw", zeros="drop")])
def test_random_subsets_are_pools_of_their_members(recipe: Recipe) -> None:
    found = random_subsets(X, N, recipe, subsets=40, seed=3)
    for i in range(40):
        inside = np.flatnonzero(found.members[i])
        assert found.size[i] == inside.size
        fit = pool(np.array(X)[inside], np.array(N)[inside], recipe)
        assert found.estimate[i] == fit.proportion.estimate
        assert (found.low[i], found.i2[i], found.q[i]) == (fit.proportion.low, fit.i2, fit.q)
    again = random_subsets(X, N, recipe, subsets=40, seed=3)
    assert (again.members == found.members).all()
    assert (random_subsets(X, N, recipe, subsets=40, seed=4).members != found.members).any()
    assert found.seed == 3
    assert len(found.to_frame()) == len(found) == 40
    if recipe.zeros == "drop":
        assert not found.members[:, [0, 2, 4]].any()


@pytest.mark.parametrize("min_size", [1, 3])
def test_every_subset_is_equally_likely(min_size: int) -> None:
    """χ² of the counts of all subsets of five studies."""
    found = random_subsets(
        [1, 2, 3, 4, 5], [9] * 5, Recipe(method="FE"), subsets=6000, min_size=min_size
    )
    bits = found.members @ (1 << np.arange(5))
    counts = np.unique(bits, return_counts=True)[1]
    possible = sum(1 for b in range(1, 32) if b.bit_count() >= min_size)
    assert counts.size == possible
    expected = 6000 / possible
    assert ((counts - expected) ** 2 / expected).sum() < 1.9 * possible
    assert found.size.min() == min_size


def test_random_subsets_go_on_where_one_cannot_be_pooled() -> None:
    found = random_subsets([0, 5, 12], [10, 12, 12], Recipe(method="GLMM"), subsets=60)
    failed = np.isnan(found.estimate)
    assert failed.any()
    assert not failed.all()
    assert (found.members[failed] == [True, False, True]).all()
    assert f"{failed.sum()} of 60 subsets could not be pooled: the mixed model" in found.note


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"subsets": 0}, "subsets must be a whole number of at least 1"),
        ({"seed": None}, "seed must be a whole number"),
        ({"min_size": 7}, "min_size must be a whole number from 1 to 6"),
    ],
)
def test_random_subsets_refuse(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        random_subsets(X, N, **options)
    with pytest.raises(ValueError, match="zeros 'drop' leaves no study"):
        random_subsets([0, 5], [4, 5], Recipe(zeros="drop"))


def test_possible_duplicates_are_listed_by_counts_and_by_label() -> None:
    x, n = [18, 7, 18, 3, 7, 18], [20, 12, 20, 9, 12, 21]
    found = possible_duplicates(x, n)
    assert [(one.positions, one.why) for one in found] == [
        ((0, 2), "equal counts"),
        ((1, 4), "equal counts"),
    ]
    assert found[0].counts == ((18.0, 20.0), (18.0, 20.0))
    assert [one.positions for one in possible_duplicates(x, n, min_total=15)] == [(0, 2)]
    names = ["Li 2022", "Wu", "Wu", "Li\u00a02022", "Xu", "Yu"]
    found = possible_duplicates(x, n, labels=names)
    assert [one.positions for one in found] == [(0, 2), (1, 4), (0, 3), (1, 2)]
    assert found[2].labels == ("Li 2022", "Li\u00a02022")
    assert found[2].why == "labels that look the same"
    assert possible_duplicates([1, 2, 3], [4, 4, 4]) == []
    assert possible_duplicates([1, None, 1], [4, 4, 4], missing="drop")[0].positions == (0, 2)
