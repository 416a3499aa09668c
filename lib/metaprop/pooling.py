"""Pool proportions or effect sizes by inverse variance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_counts, check_effects, check_number, check_totals
from .effect_sizes import effect_sizes
from .heterogeneity import i2_from_q, i2_from_tau2, typical_variance
from .intervals import chi2_pvalue, confidence_interval
from .prediction import wald_prediction_interval
from .recipe import Recipe, as_recipe
from .results import Interval, Pooled
from .tau2 import estimate_tau2
from .transforms import back_transform

FloatArray = NDArray[np.float64]


def as_proportion(
    interval: Interval | None, scale: str, totals: FloatArray | None
) -> Interval | None:
    """Back-transform an interval; None when there is none or the study sizes are missing."""
    if interval is None or (scale == "double_arcsine" and totals is None):
        return None
    estimate, low, high = back_transform(tuple(interval), scale=scale, totals=totals).tolist()
    return Interval(estimate, low, high)


def _pool(
    y: FloatArray,
    v: FloatArray,
    recipe: Recipe,
    *,
    totals: FloatArray | None,
    kept: NDArray[np.bool_],
    tau2: float | None = None,
) -> Pooled:
    """Pool validated effects; `totals` are those of the kept studies."""
    k = y.size
    notes: list[str] = []
    method = recipe.method
    if method != "FE" and k < recipe.fixed_below:
        method = "FE"
        notes.append(f"fewer than {recipe.fixed_below} studies: the fixed-effect model was used")
    if not kept.all():
        dropped = int((~kept).sum())
        studies = "1 study" if dropped == 1 else f"{dropped} studies"
        notes.append(f"{studies} at 0% or 100% left out")
    converged = True
    if tau2 is None:
        tau2, converged = estimate_tau2(y, v, method)

    w0 = 1.0 / v
    sw0 = float(w0.sum())
    mu0 = float(w0 @ y) / sw0
    df = k - 1
    q = float(w0 @ (y - mu0) ** 2)

    w = 1.0 / (v + tau2)
    sw = float(w.sum())
    mu = float(w @ y) / sw
    classic_se = sw**-0.5
    working, se, note = confidence_interval(
        mu,
        classic_se,
        ci=recipe.ci,
        df=df,
        level=recipe.level,
        residual_q=float(w @ (y - mu) ** 2),
    )
    if note:
        notes.append(note)
    predicted = None
    if method != "FE":
        predicted = wald_prediction_interval(
            mu,
            se if recipe.prediction_se == "interval" else classic_se,
            tau2,
            k,
            prediction=recipe.prediction,
            level=recipe.level,
        )

    i2_q = i2_from_q(q, df)
    if method == "FE":  # no tau2 is estimated: metafor, too, falls back to Q
        i2_tau2, h2 = i2_q, (q / df if df > 0 else 1.0)
    else:
        typical = typical_variance(v)
        i2_tau2, h2 = i2_from_tau2(tau2, typical), tau2 / typical + 1.0
    weights = np.zeros(kept.size)
    weights[kept] = w / sw
    return Pooled(
        recipe=recipe,
        k=k,
        n=None if totals is None else int(totals.sum()),
        kept=kept,
        working=working,
        se=se,
        proportion=as_proportion(working, recipe.scale, totals),
        prediction=as_proportion(predicted, recipe.scale, totals),
        prediction_working=predicted,
        tau2=tau2,
        i2=i2_q if recipe.i2 == "q" else i2_tau2,
        i2_tau2=i2_tau2,
        i2_q=i2_q,
        h2=h2,
        q=q,
        q_df=df,
        q_pvalue=chi2_pvalue(q, df),
        weights=weights,
        converged=converged,
        note="; ".join(notes),
    )


def pool(
    events: ArrayLike, totals: ArrayLike, recipe: Recipe | None = None, *, tau2: float | None = None
) -> Pooled:
    """Pool single-arm proportions.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study.
    recipe : Recipe, optional
        How to pool; the default recipe when omitted. ``method="GLMM"`` calls
        :func:`~metaprop.pool_glmm`.
    tau2 : float, optional
        Between-study variance to use instead of estimating one (working scale).

    Returns
    -------
    Pooled
        Pooled proportion, heterogeneity, weights, and which studies were dropped.

    Raises
    ------
    ValueError
        For impossible counts (naming the study), or when the zeros rule leaves no study or no
        usable variance.

    Notes
    -----
    Weights are w = 1 / (v + τ²), the pooled effect is Σ w y / Σ w and its classic standard error
    (Σ w)^(−1/2). The Freeman–Tukey back-transformation uses the harmonic mean of the sizes of the
    studies pooled. Limits beyond 0 or 1 become 0 or 1 in `proportion`; `working` keeps them.

    Examples
    --------
    >>> import metaprop
    >>> fit = metaprop.pool([8, 12, 5], [10, 20, 5], metaprop.Recipe(method="DL"))
    >>> [round(value, 2) for value in fit.proportion], round(fit.i2, 2)
    ([0.79, 0.52, 0.97], 0.53)
    """
    recipe = as_recipe(recipe)
    if recipe.method == "GLMM":
        from .glmm import pool_glmm

        if tau2 is not None:
            raise ValueError("tau2 cannot be fixed for method 'GLMM'")
        fitted = pool_glmm(
            events,
            totals,
            ci=recipe.ci,
            level=recipe.level,
            i2=recipe.i2,
            prediction=recipe.prediction,
        )
        return replace(fitted, recipe=recipe)
    _, n = check_counts(events, totals)
    sizes = effect_sizes(events, totals, scale=recipe.scale, zeros=recipe.zeros)
    return _pool(
        sizes.yi, sizes.vi, recipe, totals=n[sizes.kept], kept=sizes.kept, tau2=_given(tau2)
    )


def pool_effects(
    yi: ArrayLike,
    vi: ArrayLike,
    recipe: Recipe | None = None,
    *,
    totals: ArrayLike | None = None,
    tau2: float | None = None,
) -> Pooled:
    """Pool effect sizes that are already on the working scale of `recipe`.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances.
    recipe : Recipe, optional
        How to pool; its zeros rule plays no part.
    totals : array_like, optional
        Study sizes; needed to back-transform Freeman–Tukey effects.
    tau2 : float, optional
        Between-study variance to use instead of estimating one.

    Returns
    -------
    Pooled
        As :func:`pool`; `n` is None without `totals`, and so is `proportion` on the Freeman–Tukey
        scale.

    Raises
    ------
    ValueError
        For broken input, or for the recipe method "GLMM", which needs counts.

    Examples
    --------
    >>> import metaprop
    >>> recipe = metaprop.Recipe(scale="logit")
    >>> fit = metaprop.pool_effects([0.1, 0.6, 1.4], [0.04, 0.05, 0.09], recipe)
    >>> [round(value, 2) for value in fit.working]
    [0.67, -0.05, 1.4]
    """
    recipe = as_recipe(recipe)
    if recipe.method == "GLMM":
        raise ValueError("method 'GLMM' needs events and totals: use pool or pool_glmm")
    y, v = check_effects(yi, vi)
    n = None
    if totals is not None:
        n = check_totals(totals, y.size)
    return _pool(y, v, recipe, totals=n, kept=np.ones(y.size, dtype=np.bool_), tau2=_given(tau2))


def _given(tau2: float | None) -> float | None:
    return None if tau2 is None else check_number("tau2", tau2, at_least=0.0)
