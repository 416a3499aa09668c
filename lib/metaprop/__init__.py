"""Statistics of single-arm proportions: arrays in, frozen results out.

The package pools proportions reported by studies without a control group: effect sizes on five
scales, nine estimators of the between-study variance, a binomial mixed model, intervals for
everything, and the tests and sensitivity analyses that go with them. It knows nothing of any
disease, file format or plot.

Every result carries a :class:`Recipe`, the full statement of how its numbers were computed.
Proportions and I² are fractions between 0 and 1.

Names are loaded on first use, so that ``import metaprop`` costs next to nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

_MODULE_OF = {
    # statement and results
    "Recipe": "recipe",
    "Interval": "results",
    "EffectSizes": "results",
    "Pooled": "results",
    # effect sizes and back-transformation
    "effect_sizes": "effect_sizes",
    "transform": "transforms",
    "back_transform": "transforms",
    "harmonic_mean": "transforms",
    # pooling
    "null_test": "null_test",
    "against_null": "null_test",
    "NullTest": "null_test",
    "between_study_variance": "tau2",
    "pool": "pooling",
    "pool_effects": "pooling",
    "pool_glmm": "glmm",
    "PooledGlmm": "glmm",
    "population_mean": "mean_proportion",
    "glmm_group_test": "glmm_groups",
    "GroupTest": "glmm_groups",
    "GlmmPrediction": "glmm_regression",
    "glmm_regression": "glmm_regression",
    "GlmmRegression": "glmm_regression",
    "prediction_interval": "prediction",
    "wald_prediction_interval": "prediction",
    "blup": "blup",
    "Blup": "blup",
    # rows that share a study
    "pool_three_level": "three_level",
    "ThreeLevel": "three_level",
    "cluster_robust": "cluster_robust",
    "ClusterRobust": "cluster_robust",
    # heterogeneity and study intervals
    "cochran_q": "heterogeneity",
    "tau2_interval": "heterogeneity",
    "i2_interval": "heterogeneity",
    "proportion_interval": "proportions",
    "ProportionLimits": "proportions",
    # groups and moderators
    "subgroups": "subgroups",
    "Subgroups": "subgroups",
    "meta_regression": "regression",
    "MetaRegression": "regression",
    "Intervals": "regression_prediction",
    "RegressionPrediction": "regression_prediction",
    # small-study effects
    "regression_test": "bias",
    "AsymmetryTest": "bias",
    "AsymmetryTestWarning": "bias",
    "rank_test": "bias",
    "RankTest": "bias",
    "trim_and_fill": "trim_fill",
    "TrimFill": "trim_fill",
    # sensitivity
    "leave_one_out": "sensitivity",
    "cumulative": "sensitivity",
    "influence": "influence",
    "baujat": "influence",
    "all_subsets": "subsets",
    "Subsets": "subsets",
    "pool_count_sets": "count_sets",
    "CountSets": "count_sets",
    "draw_counts": "count_sets",
    "DrawnCounts": "count_sets",
    "random_subsets": "random_subsets",
    "RandomSubsets": "random_subsets",
    "possible_duplicates": "duplicates",
    "Duplicates": "duplicates",
    "look_alikes": "labels",
    "pool_recipes": "many",
    "pool_recipe_sets": "recipe_sets",
    "RecipeSetPools": "recipe_sets",
    "pool_subsets": "many",
    "RecipePools": "many",
    "SubsetPools": "many",
    "permutation_test": "permutation",
    "PermutationTest": "permutation",
    # the same in R
    "as_r": "r_code",
    "why_not_r": "r_code",
    # Bayesian
    "bayes_normal": "bayes",
    "BayesPooled": "bayes_result",
    "HalfNormal": "priors",
    "HalfT": "priors",
    "Uniform": "priors",
    "Normal": "priors",
    "Flat": "priors",
    "half_cauchy": "priors",
    "bayes_binomial": "bayes",
    "bayes_binomial_priors": "bayes",
}
_SUBMODULES = ("forensics", "simulation", "survival")
__all__ = sorted((*_MODULE_OF, *_SUBMODULES))

if TYPE_CHECKING:  # what static tools see of the core names
    from .effect_sizes import effect_sizes as effect_sizes
    from .glmm import pool_glmm as pool_glmm
    from .glmm_regression import glmm_regression as glmm_regression
    from .heterogeneity import i2_interval as i2_interval
    from .heterogeneity import tau2_interval as tau2_interval
    from .pooling import pool as pool
    from .pooling import pool_effects as pool_effects
    from .proportions import proportion_interval as proportion_interval
    from .recipe import Recipe as Recipe
    from .regression import MetaRegression as MetaRegression
    from .regression import meta_regression as meta_regression
    from .results import EffectSizes as EffectSizes
    from .results import Interval as Interval
    from .results import Pooled as Pooled
    from .subgroups import Subgroups as Subgroups
    from .subgroups import subgroups as subgroups
    from .transforms import back_transform as back_transform
    from .transforms import harmonic_mean as harmonic_mean
    from .transforms import transform as transform


class _Package(ModuleType):
    """A package on which ``metaprop.subgroups`` is the function, never its module.

    The import system binds a submodule to its package when it is first imported, by whatever
    route; where a function shares the module's name, that would hide the function.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _MODULE_OF and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name in _SUBMODULES:
        return import_module(f".{name}", __name__)
    try:
        module = _MODULE_OF[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return list(__all__)
