"""Pool proportions or effect sizes by inverse variance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .cautions import collapse, few_studies, is_proportion, no_proportion
from .checks import check_number, check_spread
from .effect_sizes import sizes_of
from .heterogeneity import i2_from_q, i2_from_tau2, typical_variance
from .intervals import chi2_pvalue, confidence_interval
from .prediction import wald_prediction_interval
from .recipe import Recipe, as_recipe
from .results import Interval, Pooled
from .studies import of_rows, read_counts, read_effects
from .tau2 import estimate_tau2
from .transforms import back_transform, inverse_double_arcsine, study_size

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def as_proportion(interval: Interval | None, scale: str, n: float | None) -> Interval | None:
    """Back-transform an interval; None when there is none, or no proportion in it."""
    if interval is None or scale == "identity" or (scale == "double_arcsine" and n is None):
        return None
    values = np.array(tuple(interval))
    if n is not None and scale == "double_arcsine":
        back = inverse_double_arcsine(values, n)
    else:
        back = back_transform(values, scale=scale)
    return Interval(*back.tolist())


def size_of(recipe: Recipe, totals: FloatArray | None, variance: float) -> float | None:
    """Study size of the Freeman–Tukey back-transformation; None on other scales."""
    n = recipe.double_arcsine_n
    if recipe.scale != "double_arcsine":
        return None
    if n == "inverse-variance":
        # Effects are half of Freeman and Tukey's sum, whose variance is 1 / (n + 1/2).
        return 1.0 / (4.0 * variance)
    return None if totals is None and isinstance(n, str) else study_size(totals, n)


def pool_checked(
    y: FloatArray,
    v: FloatArray,
    recipe: Recipe,
    *,
    totals: FloatArray | None,
    kept: BoolArray,
    tau2: float | None = None,
) -> Pooled:
    """Pool effects that are already validated; `totals` are those of the kept studies."""
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
    estimated = tau2 is None and method != "FE"
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
    notes.append(note)
    predicted = None
    if method != "FE":
        predicted = wald_prediction_interval(
            mu,
            se if recipe.prediction_se == "interval" else classic_se,
            tau2,
            k,
            prediction=recipe.prediction_quantile,
            level=recipe.level,
        )

    i2_q = i2_from_q(q, df)
    if method == "FE":  # no tau2 is estimated: metafor, too, falls back to Q
        i2_tau2, h2 = i2_q, (q / df if df > 0 else 1.0)
    else:
        typical = typical_variance(v)
        i2_tau2, h2 = i2_from_tau2(tau2, typical), tau2 / typical + 1.0
    shares = w / sw
    weights = np.zeros(kept.size)
    weights[kept] = shares
    size = size_of(recipe, totals, classic_se**2)
    if estimated and recipe.ci == "wald":
        notes.append(few_studies(k, recipe.level))
    if size is not None and totals is not None:
        notes.append(collapse(y, shares, totals, mu, size))
    notes.append(no_proportion(y, recipe.scale))
    scale = recipe.scale if is_proportion(mu, recipe.scale) else "identity"
    return Pooled(
        recipe=recipe,
        k=k,
        n=None if totals is None else _patients(totals),
        kept=kept,
        working=working,
        se=se,
        proportion=as_proportion(working, scale, size),
        prediction=as_proportion(predicted, scale, size),
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
        note="; ".join(filter(None, notes)),
        double_arcsine_n=size,
    )


def _patients(totals: FloatArray) -> float:
    total = float(totals.sum())
    return int(total) if total.is_integer() else total


def pool_counts(
    x: FloatArray, n: FloatArray, recipe: Recipe, *, tau2: float | None = None
) -> Pooled:
    """Return :func:`pool` of counts that are already validated."""
    if recipe.method == "GLMM":
        from .glmm import pool_glmm

        if tau2 is not None:
            raise ValueError("tau2 cannot be fixed for method 'GLMM'")
        fitted = pool_glmm(
            x,
            n,
            ci=recipe.ci,
            level=recipe.level,
            i2=recipe.i2,
            prediction=recipe.prediction_quantile,
        )
        return replace(fitted, recipe=recipe)
    sizes = sizes_of(x, n, recipe.scale, recipe.zeros)
    everyone = np.full(x.size, sizes.vi.min())
    everyone[sizes.kept] = sizes.vi
    check_spread(everyone, "the sampling variance of {study}")
    return pool_checked(
        sizes.yi, sizes.vi, recipe, totals=n[sizes.kept], kept=sizes.kept, tau2=tau2
    )


def pool(
    events: ArrayLike,
    totals: ArrayLike,
    recipe: Recipe | None = None,
    *,
    tau2: float | None = None,
    labels: ArrayLike | None = None,
    missing: str = "raise",
    fractional: bool = False,
) -> Pooled:
    """Pool single-arm proportions.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study. Two pandas Series are paired by their index, which then
        names the studies.
    recipe : Recipe, optional
        How to pool; the default recipe when omitted. ``method="GLMM"`` calls
        :func:`~metaprop.pool_glmm`.
    tau2 : float, optional
        Between-study variance to use instead of estimating one (working scale).
    labels : array_like, optional
        Names of the studies.
    missing : {"raise", "drop"}
        What happens to a row without events or without total: an error that names it, or it is
        left out and `note` says so.
    fractional : bool
        Take counts that are not whole (weighted counts, effective sample sizes), on the
        inverse-variance scales; see :func:`~metaprop.effect_sizes`.

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
    studies pooled, or what the recipe says. Limits beyond 0 or 1 become 0 or 1 in `proportion`;
    `working` keeps them. `note` says where the method itself misleads: a Freeman–Tukey value that
    its back-transformation squeezes, a Wald interval of 2 to 4 studies.

    Examples
    --------
    >>> import metaprop
    >>> fit = metaprop.pool([8, 12, 5], [10, 20, 5], metaprop.Recipe(method="DL"))
    >>> [round(value, 2) for value in fit.proportion], round(fit.i2, 2)
    ([0.79, 0.52, 0.97], 0.53)
    """
    recipe = as_recipe(recipe)
    studies = read_counts(
        events,
        totals,
        labels=labels,
        missing=missing,
        fractional=fractional,
        recipe=recipe,
    )
    with studies.named():
        pooled = pool_counts(studies.first, studies.second, recipe, tau2=_given(tau2))
    return of_rows(pooled, studies)


def pool_effects(
    yi: ArrayLike,
    vi: ArrayLike,
    recipe: Recipe | None = None,
    *,
    totals: ArrayLike | None = None,
    tau2: float | None = None,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> Pooled:
    """Pool effect sizes that are already on the working scale of `recipe`.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances.
    recipe : Recipe, optional
        How to pool; its zeros rule plays no part. Scale "identity" is for effects that are no
        proportions.
    totals : array_like, optional
        Study sizes; needed to back-transform Freeman–Tukey effects.
    tau2 : float, optional
        Between-study variance to use instead of estimating one.
    labels : array_like, optional
        Names of the studies; the index of a pandas Series when omitted.
    missing : {"raise", "drop"}
        What happens to a row in which a value is missing.

    Returns
    -------
    Pooled
        As :func:`pool`; `n` is None without `totals`, and so is `proportion` on the Freeman–Tukey
        scale. `proportion` is None, too, on the scale "identity", and where the mean of effects
        on the raw or log scale is no proportion.

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
    >>> hazard = metaprop.pool_effects([-0.2, 0.1], [0.04, 0.05], recipe.but(scale="identity"))
    >>> hazard.proportion is None
    True
    """
    recipe = as_recipe(recipe)
    if recipe.method == "GLMM":
        raise ValueError("method 'GLMM' needs events and totals: use pool or pool_glmm")
    studies = read_effects(yi, vi, totals=totals, labels=labels, missing=missing)
    pooled = pool_checked(
        studies.first,
        studies.second,
        recipe,
        totals=studies.others["totals"],
        kept=np.ones(studies.k, dtype=np.bool_),
        tau2=_given(tau2),
    )
    return of_rows(pooled, studies)


def _given(tau2: float | None) -> float | None:
    return None if tau2 is None else check_number("tau2", tau2, at_least=0.0)
