"""Subgroup analysis: a pooled effect for each group and a test of their difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .checks import check_choice, check_counts, check_labels
from .effect_sizes import effect_sizes
from .heterogeneity import cochran_q
from .intervals import chi2_pvalue
from .pooling import pool
from .recipe import Recipe, as_recipe
from .results import Pooled, Result
from .tau2 import estimate_tau2


@dataclass(frozen=True, slots=True, eq=False)
class Subgroups(Result):
    """Pooled groups and the test of their difference.

    Attributes
    ----------
    groups : dict
        Label → :class:`~metaprop.Pooled`, in the order the labels first appear.
    q_between, df_between, pvalue : float, int, float
        Q statistic between the group effects, its degrees of freedom and p-value (χ²). Groups
        without a finite effect (mixed model, all at 0 or n) do not count.
    tau2 : {"separate", "common"}
        Whether each group has its own between-study variance.
    note : str
        Which groups the test leaves out; empty when none.
    """

    groups: dict[str, Pooled]
    q_between: float
    df_between: int
    pvalue: float
    tau2: str
    note: str = ""


def _common_tau2(events: ArrayLike, totals: ArrayLike, labels: np.ndarray, recipe: Recipe) -> float:
    """Residual τ² of a model with one mean for each group, as metafor and meta estimate it."""
    sizes = effect_sizes(events, totals, scale=recipe.scale, zeros=recipe.zeros)
    kept = labels[sizes.kept]
    design = (kept[:, None] == np.unique(kept)[None, :]).astype(np.float64)
    return estimate_tau2(sizes.yi, sizes.vi, recipe.method, design)[0]


def subgroups(
    events: ArrayLike,
    totals: ArrayLike,
    groups: ArrayLike,
    recipe: Recipe | None = None,
    *,
    tau2: str = "separate",
) -> Subgroups:
    """Pool each group of studies and test whether the groups differ.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study.
    groups : array_like of str, shape (k,)
        Group label of each study.
    recipe : Recipe, optional
        How to pool.
    tau2 : {"separate", "common"}
        Each group its own between-study variance, or one for all, estimated around the group
        means (meta's ``tau.common``).

    Returns
    -------
    Subgroups
        Q between is Σ (θ_g − θ̄)² / se_g² over the pooled group effects on the working scale
        (Borenstein et al. 2009, ch. 19). Each group is back-transformed with the harmonic mean of
        its own study sizes.

    Raises
    ------
    ValueError
        For broken input, a missing label, a group in which the zeros rule leaves no study (named),
        or a common τ² with the mixed model.

    Examples
    --------
    >>> import metaprop
    >>> found = metaprop.subgroups([8, 12, 5, 9], [10, 20, 9, 30], ["a", "a", "b", "b"])
    >>> list(found.groups), found.df_between, round(found.pvalue, 2)
    (['a', 'b'], 1, 0.07)
    """
    recipe = as_recipe(recipe)
    check_choice("tau2", tau2, ("separate", "common"))
    if tau2 == "common" and recipe.method == "GLMM":
        raise ValueError("tau2 'common' is not available for method 'GLMM': use glmm_regression")
    x, n = check_counts(events, totals)
    labels = np.array(
        [str(label) for label in check_labels(groups, "groups", x.size)], dtype=object
    )
    shared = _common_tau2(x, n, labels, recipe) if tau2 == "common" else None

    pooled: dict[str, Pooled] = {}
    for name in dict.fromkeys(labels.tolist()):
        member = labels == name
        try:
            pooled[name] = pool(x[member], n[member], recipe, tau2=shared)
        except ValueError as error:
            raise ValueError(f"group {name!r}: {error}") from error

    finite = {name: group for name, group in pooled.items() if np.isfinite(group.se)}
    usable = {name: group for name, group in finite.items() if group.se > 0.0}
    left_out = [name for name in pooled if name not in usable]
    note = ""
    if left_out:
        note = "the test leaves out groups without a usable standard error: " + ", ".join(left_out)
    if len(usable) < 2:
        return Subgroups(pooled, 0.0, 0, 1.0, tau2, note)
    q, df, _ = cochran_q(
        [group.working.estimate for group in usable.values()],
        [group.se**2 for group in usable.values()],
    )
    return Subgroups(pooled, q, df, chi2_pvalue(q, df), tau2, note)
