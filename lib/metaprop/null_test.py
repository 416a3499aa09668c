"""Test of a pooled effect against a value fixed beforehand."""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike
from scipy.special import ndtr, stdtr

from .checks import check_number
from .pooling import pool
from .recipe import Recipe
from .results import Pooled, Result
from .transforms import transform


@dataclass(frozen=True, slots=True, kw_only=True)
class NullTest(Result):
    """Test of a pooled effect against a null value.

    Attributes
    ----------
    statistic : float
        Distance of the pooled effect from the null value on the working scale, in standard errors.
    pvalue : float
        Two-sided p-value.
    df : int or None
        Degrees of freedom of t; None for the normal distribution.
    null, null_working : float
        The null value as given, and on the working scale.
    pooled : Pooled
        What was tested; its `note` holds for the test as well.
    """

    statistic: float
    pvalue: float
    df: int | None
    null: float
    null_working: float
    pooled: Pooled

    @property
    def note(self) -> str:
        """What a reader must know about the pooled effect."""
        return self.pooled.note


def null_test(
    events: ArrayLike,
    totals: ArrayLike,
    recipe: Recipe | None = None,
    *,
    null: float,
    labels: ArrayLike | None = None,
    missing: str = "raise",
    fractional: bool = False,
) -> NullTest:
    """Pool proportions and test the pooled one against a null proportion.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study.
    recipe : Recipe, optional
        How to pool.
    null : float
        Proportion under the null hypothesis, between 0 and 1.
    labels, missing, fractional
        As in :func:`~metaprop.pool`.

    Returns
    -------
    NullTest

    Raises
    ------
    ValueError
        As :func:`~metaprop.pool` and :func:`against_null`.

    Examples
    --------
    >>> import metaprop
    >>> recipe = metaprop.Recipe(scale="logit")
    >>> test = metaprop.null_test([8, 12, 5, 9], [10, 20, 9, 30], recipe, null=0.3)
    >>> round(test.statistic, 2), round(test.pvalue, 2)
    (2.2, 0.03)
    """
    pooled = pool(events, totals, recipe, labels=labels, missing=missing, fractional=fractional)
    return against_null(pooled, null)


def against_null(pooled: Pooled, null: float) -> NullTest:
    """Test a pooled effect against a null value.

    Parameters
    ----------
    pooled : Pooled
        From :func:`~metaprop.pool`, :func:`~metaprop.pool_effects` or
        :func:`~metaprop.pool_glmm`.
    null : float
        A proportion; on the scale "identity" an effect.

    Returns
    -------
    NullTest
        ``(effect − null) / se`` on the working scale, with the standard error behind the
        confidence interval. It is compared with the normal distribution, or, where the interval
        has a t distribution, with t of k − 1 degrees of freedom, so that the test agrees with the
        interval (not with a profile-likelihood interval). On the Freeman–Tukey scale the null
        value is transformed at the study size of the back-transformation.

    Raises
    ------
    ValueError
        For a null value that has no place on the scale, and where the effect has no finite,
        positive standard error.

    Examples
    --------
    >>> import metaprop
    >>> fit = metaprop.pool_effects([0.1, 0.6], [0.04, 0.05], metaprop.Recipe(scale="identity"))
    >>> round(metaprop.against_null(fit, 0.0).pvalue, 2)
    0.17
    """
    recipe = pooled.recipe
    null = check_number("null", null)
    if recipe.scale == "identity":
        working = null
    elif not 0.0 <= null <= 1.0:
        raise ValueError(f"null must be a proportion between 0 and 1, got {null!r}")
    else:
        n = pooled.double_arcsine_n
        if recipe.scale == "double_arcsine" and n is None:
            raise ValueError(
                "a null proportion has no value on the Freeman–Tukey scale without study sizes: "
                "pool with totals"
            )
        size = "harmonic" if n is None else n
        working = float(transform([null], scale=recipe.scale, n=size)[0])
    if not (math.isfinite(pooled.se) and pooled.se > 0.0):
        raise ValueError(
            f"the pooled effect has a standard error of {pooled.se:g}, with which nothing can be "
            "tested"
        )
    statistic = (pooled.working.estimate - working) / pooled.se
    df = pooled.k - 1 if recipe.ci not in ("wald", "profile") and pooled.k > 1 else None
    tail = ndtr(-abs(statistic)) if df is None else stdtr(df, -abs(statistic))
    return NullTest(
        statistic=statistic,
        pvalue=2.0 * float(tail),
        df=df,
        null=null,
        null_working=working,
        pooled=pooled,
    )
