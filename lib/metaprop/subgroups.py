"""Subgroup analysis: a pooled effect for each group and a test of their difference."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_choice
from .effect_sizes import sizes_of
from .heterogeneity import cochran_q
from .intervals import chi2_pvalue
from .labels import group_names
from .pooling import pool_counts
from .recipe import Recipe, as_recipe
from .results import Pooled, Result
from .studies import read_counts
from .tau2 import estimate_tau2

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Subgroups(Result):
    """Pooled groups and the test of their difference.

    Attributes
    ----------
    groups : dict
        Label → :class:`~metaprop.Pooled`, in the order the labels first appear. A group that
        cannot be pooled is not here; `note` names it and says why.
    q_between, df_between, pvalue : float or None, int, float or None
        Q statistic between the group effects, its degrees of freedom and p-value (χ²). Groups
        without a finite effect (mixed model, all at 0 or n) do not count. With fewer than two
        groups that do, no test is made: None, 0 and None.
    tau2 : {"separate", "common"}
        Whether each group has its own between-study variance.
    note : str
        Groups that could not be pooled, groups the test leaves out, and rows left out; empty when
        none.
    """

    groups: dict[str, Pooled]
    q_between: float | None
    df_between: int
    pvalue: float | None
    tau2: str
    note: str = ""

    def summary(self) -> str:
        """Return the groups and their test as text, with every caution."""
        test = "no test between groups: fewer than two groups have a usable effect"
        if self.q_between is not None and self.pvalue is not None:
            test = f"Q between {self.q_between:.2f} with {self.df_between} df, p {self.pvalue:.4g}"
        parts = [f"{name}: {group.summary()}" for name, group in self.groups.items()]
        return "\n".join([*parts, test, *self._note_lines()])

    def to_frame(self) -> pd.DataFrame:
        """Return a table with the row of ``Pooled.to_frame`` for each group; needs pandas."""
        import pandas as pd

        frames = {name: group.to_frame() for name, group in self.groups.items()}
        return pd.concat(frames, names=["group", None]).droplevel(1)


def _common_tau2(x: FloatArray, n: FloatArray, labels: LabelArray, recipe: Recipe) -> float:
    """Residual τ² of a model with one mean for each group, as metafor and meta estimate it."""
    sizes = sizes_of(x, n, recipe.scale, recipe.zeros)
    kept = labels[sizes.kept]
    design = (kept[:, None] == np.unique(kept)[None, :]).astype(np.float64)
    return estimate_tau2(sizes.yi, sizes.vi, recipe.method, design)[0]


def _has_error(group: Pooled) -> bool:
    """Whether a pooled value has a standard error that is a number and no rounding of 0."""
    rounding = 1e-14 * max(1.0, abs(group.working.estimate))
    return math.isfinite(group.se) and group.se > rounding


def _test(pooled: Mapping[str, Pooled]) -> tuple[float | None, int, float | None, str]:
    """Return Q between, its degrees of freedom, its p-value, and what the test leaves out."""
    usable = {name: group for name, group in pooled.items() if _has_error(group)}
    left_out = [name for name in pooled if name not in usable]
    note = ""
    if left_out:
        note = "the test leaves out groups without a usable standard error: " + ", ".join(left_out)
    if len(usable) < 2:
        return None, 0, None, note
    q, df, _ = cochran_q(
        [group.working.estimate for group in usable.values()],
        [group.se**2 for group in usable.values()],
    )
    return q, df, chi2_pvalue(q, df), note


def subgroups(
    events: ArrayLike,
    totals: ArrayLike,
    groups: ArrayLike,
    recipe: Recipe | None = None,
    *,
    tau2: str = "separate",
    labels: ArrayLike | None = None,
    missing: str = "raise",
    fractional: bool = False,
) -> Subgroups:
    """Pool each group of studies and test whether the groups differ.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study.
    groups : array_like of str, shape (k,)
        Group label of each study. Labels that look alike and differ (in blanks, invisible
        characters, the Unicode form of a letter, or as 1 and "1") are refused.
    recipe : Recipe, optional
        How to pool.
    tau2 : {"separate", "common"}
        Each group its own between-study variance, or one for all, estimated around the group
        means (meta's ``tau.common``).
    labels, missing, fractional
        Names of the studies, what happens to incomplete rows, and counts that are not whole; see
        :func:`~metaprop.pool`.

    Returns
    -------
    Subgroups
        Q between is Σ (θ_g − θ̄)² / se_g² over the pooled group effects on the working scale
        (Borenstein et al. 2009, ch. 19). Each group is back-transformed with the harmonic mean of
        its own study sizes. A group that cannot be pooled (the zeros rule leaves no study, the
        mixed model has no finite estimate) is left out, and `note` says why.

    Raises
    ------
    ValueError
        For broken input, a missing label, labels that look alike, a common τ² with the mixed
        model, and when no group can be pooled.

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
    studies = read_counts(
        events,
        totals,
        labels=labels,
        missing=missing,
        fractional=fractional,
        recipe=recipe,
        groups=groups,
    )
    x, n = studies.first, studies.second
    of_study = group_names(studies.others["groups"], x.size)
    shared = _common_tau2(x, n, of_study, recipe) if tau2 == "common" else None

    pooled: dict[str, Pooled] = {}
    notes = list(studies.notes)
    texts = None if studies.name_texts is None else np.array(studies.name_texts, dtype=object)
    for name in dict.fromkeys(of_study.tolist()):
        member = of_study == name
        try:
            group = pool_counts(x[member], n[member], recipe, tau2=shared)
            pooled[name] = group if texts is None else replace(group, labels=tuple(texts[member]))
        except ValueError as error:
            told = studies.told(error, np.flatnonzero(member))
            notes.append(f"group {name!r} could not be pooled: {told}")
    if not pooled:
        raise ValueError("; ".join(notes))
    q, df, pvalue, left_out = _test(pooled)
    return Subgroups(pooled, q, df, pvalue, tau2, "; ".join(filter(None, (*notes, left_out))))
