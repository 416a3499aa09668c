"""The package as a whole: its public names, what importing it costs, and its results as data."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import pytest

import metaprop
from metaprop import Recipe, effect_sizes, pool, subgroups

CORE = (
    "Recipe", "Interval", "EffectSizes", "Pooled", "effect_sizes", "pool", "pool_effects",
    "pool_glmm", "proportion_interval", "tau2_interval", "i2_interval", "subgroups", "Subgroups",
    "meta_regression", "MetaRegression", "blup", "glmm_regression", "transform", "back_transform",
    "harmonic_mean",
)  # fmt: skip


@pytest.mark.parametrize("name", CORE)
def test_public_name_loads(name: str) -> None:
    assert callable(getattr(metaprop, name))
    assert name in metaprop.__all__
    assert name in dir(metaprop)


def test_every_name_points_to_a_module_that_exists_and_has_it() -> None:
    for name, module in metaprop._MODULE_OF.items():
        assert find_spec(f"metaprop.{module}") is not None, (name, module)
        assert getattr(metaprop, name).__name__ == name


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'pool_everything'"):
        metaprop.pool_everything  # noqa: B018


@pytest.mark.parametrize("name", ["subgroups", "effect_sizes", "influence", "blup"])
def test_function_is_not_hidden_by_its_module(name: str) -> None:
    """A module and a function share the name; every route of import must give the function."""
    code = (
        f"import metaprop.{name}; import metaprop; from metaprop import {name}\n"
        f"assert callable({name}) and metaprop.{name} is {name}, {name}"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_import_loads_neither_scipy_nor_statsmodels_nor_pandas() -> None:
    code = (
        "import sys, metaprop\n"
        "heavy = {'numpy', 'scipy', 'pandas', 'statsmodels'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_pooling_needs_neither_statsmodels_nor_pandas() -> None:
    code = (
        "import sys\nfrom metaprop import pool, pool_glmm, subgroups, meta_regression\n"
        "pool([3, 4], [5, 6]); pool_glmm([3, 4], [5, 6])\n"
        "heavy = {'pandas', 'statsmodels', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_results_become_json(events: Any, totals: Any) -> None:
    ours = pool(events, totals, Recipe(ci="t"))
    data = json.loads(json.dumps(ours.to_dict(), allow_nan=False))
    assert data["recipe"] == Recipe(ci="t").to_dict()
    assert data["proportion"]["estimate"] == ours.proportion.estimate
    assert data["weights"] == ours.weights.tolist()
    assert data["kept"] == [True] * 13
    nested = subgroups(events, totals, ["a"] * 6 + ["b"] * 7).to_dict()
    assert json.dumps(nested, allow_nan=False)
    assert nested["groups"]["a"]["k"] == 6


def test_results_are_frozen(events: Any, totals: Any) -> None:
    ours = pool(events, totals)
    with pytest.raises(AttributeError):
        ours.tau2 = 0.0  # type: ignore[misc]
    # CPython raises a TypeError for an unknown name on a frozen, slotted dataclass.
    with pytest.raises((AttributeError, TypeError)):
        effect_sizes(events, totals, scale="raw").new = 1  # type: ignore[attr-defined]


def test_interval_unpacks_and_contains() -> None:
    estimate, low, high = interval = metaprop.Interval(0.5, 0.4, 0.7)
    assert (estimate, low, high) == (0.5, 0.4, 0.7)
    assert 0.4 in interval
    assert 0.71 not in interval
    assert interval.width == pytest.approx(0.3)


def test_inputs_are_not_changed(events: Any, totals: Any) -> None:
    x, n = events.copy(), totals.copy()
    pool(events, totals, Recipe(scale="logit"))
    assert (events == x).all()
    assert (totals == n).all()


def test_everything_but_tables_works_without_pandas() -> None:
    code = (
        "import sys\nsys.modules['pandas'] = None\nimport metaprop as m\n"
        "x, n = [3, 4, 5], [5, 6, 9]\n"
        "fit = m.pool(x, n, labels=list('abc'), missing='drop')\n"
        "fit.summary(), repr(fit), fit.to_dict()\n"
        "m.pool_glmm(x, n); m.subgroups(x, n, list('aab')); m.all_subsets(x, n)\n"
        "m.random_subsets(x, n, subsets=3); m.null_test(x, n, null=0.5)\n"
        "m.pool_recipes(x, n, [m.Recipe()]); m.pool_recipe_sets([x], [n], [m.Recipe()])\n"
        "m.pool_subsets(x, n); m.possible_duplicates(x, n)\n"
        "m.sensitivity = __import__('metaprop.sensitivity'); m.influence\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def _result_classes() -> list[type]:
    modules = (metaprop, metaprop.forensics, metaprop.simulation, metaprop.survival)
    found = [getattr(module, name) for module in modules for name in module.__all__]
    return [one for one in found if isinstance(one, type) and dataclasses.is_dataclass(one)]


@pytest.mark.parametrize("found", _result_classes(), ids=lambda found: found.__name__)
def test_results_are_frozen_and_slotted(found: type) -> None:
    assert found.__dataclass_params__.frozen
    assert "__slots__" in vars(found)
    assert "__dict__" not in dir(found)


@pytest.mark.parametrize(
    "name", ["Pooled", "PooledGlmm", "MetaRegression", "forensics.ImpliedStandardError"]
)
def test_results_of_many_numbers_are_made_by_name(name: str) -> None:
    module, _, short = name.rpartition(".")
    found = getattr(getattr(metaprop, module) if module else metaprop, short)
    assert all(field.kw_only for field in dataclasses.fields(found))
