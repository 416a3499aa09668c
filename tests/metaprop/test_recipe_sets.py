"""Many sets by many recipes: every entry is what `pool` gives for the set and the recipe alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from metaprop import Recipe, pool, pool_recipe_sets, pool_recipes
from metaprop.recipe_sets import RecipeSetPools

Counts = list[np.ndarray]
SCALES = ("raw", "log", "logit", "arcsine", "double_arcsine")
ZEROS = ("adjust-extreme", "variance-only", "drop", "none")
METHODS = ("FE", "DL", "PM", "REML", "ML", "SJ", "HE", "HS", "EB")
CI = ("wald", "t", "hartung-knapp", "hartung-knapp-adhoc")


def _recipes() -> list[Recipe]:
    found = [
        Recipe(scale=scale, zeros=zeros, method=method, ci=ci)
        for scale, zeros, method, ci in itertools.product(SCALES, ZEROS, METHODS, CI)
        if not (zeros == "variance-only" and scale in ("log", "logit"))
    ]
    sizes = ("geometric", "arithmetic", "inverse-variance", 50)
    found += [Recipe(method="REML", double_arcsine_n=n, fixed_below=3) for n in sizes]
    return [*found, Recipe(method="DL", level=0.8, ci="t"), Recipe.preset("metafor")]


def _sets(count: int, seed: int) -> tuple[Counts, Counts]:
    """Draw sets of 1 to 17 studies; in some of them many studies are at 0 or at all events."""
    rng = np.random.default_rng(seed)
    events, totals = [], []
    for _ in range(count):
        k = int(rng.integers(1, 18))
        n = rng.integers(1, 60, k)
        logit = rng.normal(0.0, 2.0) + rng.choice([0.0, 0.3, 1.0, 2.0]) * rng.standard_normal(k)
        x = rng.binomial(n, 1.0 / (1.0 + np.exp(-logit)))
        if rng.random() < 0.2:
            x[rng.random(k) < 0.5] = 0
        if rng.random() < 0.2:
            full = rng.random(k) < 0.5
            x[full] = n[full]
        events.append(x)
        totals.append(n)
    return events, totals


def _compare(
    found: RecipeSetPools, x: np.ndarray, n: np.ndarray, row: int, column: int, close: float
) -> bool:
    """Compare an entry with `pool`; return whether there is an answer."""
    entry = [
        getattr(found, name)[row, column] for name in ("estimate", "low", "high", "i2_q", "i2_tau2")
    ]
    recipe = found.recipes[column]
    try:
        fit = pool(x, n, recipe)
    except ValueError:
        assert not found.computable[row, column], recipe
        assert np.isnan(entry).all(), recipe
        return False
    assert found.computable[row, column], recipe
    assert fit.proportion is not None
    expected = [*fit.proportion, fit.i2_q, fit.i2_tau2]
    assert entry == pytest.approx(expected, rel=0.0, abs=close), (recipe, x, n)
    return True


def test_every_entry_is_what_pool_gives() -> None:
    recipes = _recipes()
    events, totals = _sets(300, seed=11)
    found = pool_recipe_sets(events, totals, recipes)
    assert len(found) == 300
    rng = np.random.default_rng(12)
    answers = [
        _compare(found, x, n, row, int(column), 1e-11)
        for row, (x, n) in enumerate(zip(events, totals, strict=True))
        for column in rng.choice(len(recipes), 12, replace=False)
    ]
    assert 2000 < sum(answers) < len(answers)


def test_the_mixed_model_is_what_pool_gives() -> None:
    recipes = [Recipe(method="GLMM", ci=ci) for ci in ("wald", "t")]
    events, totals = _sets(40, seed=3)
    found = pool_recipe_sets(events, totals, recipes)
    answers = [
        _compare(found, x, n, row, column, 1e-9)
        for row, (x, n) in enumerate(zip(events, totals, strict=True))
        for column in range(2)
    ]
    assert sum(answers) > 40


def test_edges_of_the_mixed_model_are_those_of_one_set() -> None:
    """None or all with the event, one study, no finite estimate, single patients, and profiles."""
    events = [[0, 0], [4, 5], [3], [0, 5], [1, 0, 1], [8, 12, 5], [2, 2, 2, 2]]
    totals = [[4, 5], [4, 5], [7], [4, 5], [1, 1, 1], [10, 20, 9], [9, 9, 9, 9]]
    recipes = [Recipe(method="GLMM", ci=ci) for ci in ("wald", "t", "profile")]
    found = pool_recipe_sets(events, totals, recipes)
    for row, (x, n) in enumerate(zip(events, totals, strict=True)):
        for column in range(3):
            _compare(found, np.array(x), np.array(n), row, column, 1e-10)
    assert found.computable[:, 0].tolist() == [True, True, True, False, True, True, True]


def test_without_variation_the_mixed_model_gives_the_crude_proportion_exactly() -> None:
    """A round proportion lies on the edge of a bar of a histogram; 1e-14 below is another bar."""
    events, totals = (
        [[20, 9, 55, 8], [2, 9, 1, 1, 12, 12]],
        [[20, 10, 60, 10], [2, 10, 1, 1, 12, 14]],
    )
    found = pool_recipe_sets(events, totals, [Recipe(method="GLMM")])
    assert found.estimate[:, 0].tolist() == [0.92, 0.925]


def test_rows_are_those_of_one_set_by_many_recipes() -> None:
    recipes = [Recipe(scale="raw"), Recipe(scale="raw", zeros="drop"), Recipe(method="EB")]
    recipes += [Recipe(method="PM"), Recipe(method="GLMM")]
    events, totals = [[3, 9, 11], [8, 30, 4, 0]], [[8, 30, 21], [8, 30, 6, 4]]
    found = pool_recipe_sets(events, totals, recipes)
    for row, (x, n) in enumerate(zip(events, totals, strict=True)):
        one = pool_recipes(x, n, recipes)
        assert found.distinct[row].tolist() == one.distinct.tolist()
        assert found.estimate[row] == pytest.approx(one.estimate, abs=1e-11)
        assert found.to_frame().loc[row, "low"].tolist() == found.low[row].tolist()


def test_large_studies_and_unequal_ones_are_what_pool_gives() -> None:
    events, totals = [[3, 10**7, 12], [10**9, 5], [2, 9]], [[9, 10**8, 30], [10**10, 7], [9, 9]]
    recipes = [Recipe(scale="logit"), Recipe(scale="raw", zeros="none"), Recipe(method="GLMM")]
    found = pool_recipe_sets(events, totals, recipes)
    for row, column in itertools.product(range(3), range(3)):
        _compare(found, np.array(events[row]), np.array(totals[row]), row, column, 1e-9)


def test_no_set_gives_no_row_and_a_broken_one_is_named() -> None:
    assert pool_recipe_sets([], [], [Recipe()]).estimate.shape == (0, 1)
    with pytest.raises(ValueError, match=r"set 1: events of the study at index 0 is 7"):
        pool_recipe_sets([[1], [7, 2]], [[4], [5, 6]], [Recipe()])
    with pytest.raises(ValueError, match="events has 1 sets but totals has 2"):
        pool_recipe_sets([[1]], [[4], [5, 6]], [Recipe()])
    with pytest.raises(ValueError, match="set 0: events has 1 studies but totals has 2"):
        pool_recipe_sets([[1]], [[5, 6]], [Recipe()])
