"""How much each study moves a pooled effect: deletion diagnostics and Baujat's coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtr

from .pooling import pool_effects
from .recipe import Recipe, as_recipe
from .results import Pooled
from .studies import Studies, read_effects

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]


class _Deleted(NamedTuple):
    """Fits without each study in turn; arrays of shape (k,)."""

    estimate: FloatArray
    se: FloatArray
    tau2: FloatArray
    q: FloatArray
    dispersion: FloatArray  # 1, or the Hartung–Knapp factor on the squared standard error


def _delete_each(y: FloatArray, v: FloatArray, recipe: Recipe) -> _Deleted:
    fits: list[tuple[float, ...]] = []
    for i in range(y.size):
        others = np.arange(y.size) != i
        fit = pool_effects(y[others], v[others], recipe)
        information = float((1.0 / (v[others] + fit.tau2)).sum())
        fits.append((fit.working.estimate, fit.se, fit.tau2, fit.q, fit.se**2 * information))
    return _Deleted(*np.array(fits).T)


def _fit(studies: Studies, recipe: Recipe | None) -> tuple[Pooled, _Deleted]:
    recipe = as_recipe(recipe)
    y, v = studies.first, studies.second
    if y.size < 2:
        raise ValueError(f"deletion diagnostics need at least 2 studies, got {y.size}")
    return pool_effects(y, v, recipe), _delete_each(y, v, recipe)


def _frame(columns: dict[str, FloatArray], studies: Studies) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(columns, index=pd.Index(studies.names, name="omitted"))
    if studies.notes:
        frame.attrs["note"] = "; ".join(studies.notes)
    return frame


def _over(numerator: FloatArray, denominator: FloatArray, unit: float) -> FloatArray:
    """Divide, with 0 / 0 = 0; a numerator that is rounding error of `unit` counts as 0.

    The denominator vanishes only when a Hartung–Knapp interval has collapsed.
    """
    top = np.where(np.abs(numerator) <= 1e-13 * unit, 0.0, numerator)
    safe = np.where(denominator > 0.0, denominator, 1.0)
    infinite = np.where(top == 0.0, 0.0, np.copysign(np.inf, top))
    return np.where(denominator > 0.0, top / safe, infinite)


def influence(
    yi: ArrayLike,
    vi: ArrayLike,
    recipe: Recipe | None = None,
    *,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> pd.DataFrame:
    """Compute deletion diagnostics of a pooled effect.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances; at least two studies.
    recipe : Recipe, optional
        How to pool.
    labels, missing
        Names of the studies, and what happens to incomplete rows; see
        :func:`~metaprop.pool_effects`.

    Returns
    -------
    DataFrame
        One row per study, indexed by its label or position; the columns are explained in the
        notes.

    Raises
    ------
    ValueError
        For broken input or a single study.

    Notes
    -----
    With μ, τ² and the standard error s of the full fit, μ₋, τ₋², s₋ of the fit without the study,
    and c = 1, or the Hartung–Knapp factor of that fit:

    ``rstudent``
        (y − μ₋) / √(s₋² + c (v + τ₋²)), the externally standardised residual.
    ``dffits``
        (μ − μ₋) / √(c h (v + τ₋²)).
    ``cook_d``
        (μ − μ₋)² / s².
    ``cov_r``
        s₋² / s².
    ``tau2_del``, ``qe_del``
        τ₋² and Cochran's Q without the study.
    ``hat``
        Weight h of the study in the full fit, a fraction.
    ``dfbetas``
        (μ − μ₋) / √(c / Σ 1 / (v + τ₋²)), the sum over all studies.
    ``influential``
        Whether ``|dffits|`` > 3 / √(k − 1), or the χ²₁ distribution function at cook_d exceeds
        1/2, or hat > 3 / k, or ``|dfbetas|`` > 1.

    References
    ----------
    Viechtbauer W, Cheung MWL. Res Synth Methods 2010;1:112.

    Examples
    --------
    >>> import metaprop
    >>> table = metaprop.influence([0.1, 0.2, 0.3, 1.4], [0.04, 0.05, 0.06, 0.04])
    >>> table["cook_d"].round(2).tolist(), table["influential"].tolist()
    ([0.2, 0.1, 0.04, 1.07], [False, False, False, True])
    """
    studies = read_effects(yi, vi, labels=labels, missing=missing)
    full, without = _fit(studies, recipe)
    y, v = studies.first, studies.second
    k, h = y.size, full.weights
    unit = float(np.abs(y).max())
    moved = full.working.estimate - without.estimate
    spread = without.dispersion * (v + without.tau2)
    information = (1.0 / (v[None, :] + without.tau2[:, None])).sum(axis=1)
    variance = np.full(k, full.se**2)
    frame = _frame(
        {
            "rstudent": _over(y - without.estimate, np.sqrt(without.se**2 + spread), unit),
            "dffits": _over(moved, np.sqrt(h * spread), unit),
            "cook_d": _over(moved, np.sqrt(variance), unit) ** 2,
            "cov_r": _over(without.se**2, variance, 0.0),
            "tau2_del": without.tau2,
            "qe_del": without.q,
            "hat": h,
            "dfbetas": _over(moved, np.sqrt(without.dispersion / information), unit),
        },
        studies,
    )
    frame["influential"] = (
        (frame["dffits"].abs() > 3.0 / np.sqrt(k - 1))
        | (chdtr(1, frame["cook_d"].to_numpy()) > 0.5)
        | (frame["hat"] > 3.0 / k)
        | (frame["dfbetas"].abs() > 1.0)
    )
    return frame


def baujat(
    yi: ArrayLike,
    vi: ArrayLike,
    recipe: Recipe | None = None,
    *,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> pd.DataFrame:
    """Coordinates of a Baujat plot.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances; at least two studies.
    recipe : Recipe, optional
        How to pool. With the fixed-effect model these are Baujat's original coordinates.
    labels, missing
        As in :func:`influence`.

    Returns
    -------
    DataFrame
        One row per study: `x`, the squared Pearson residual (y − μ)² / (v + τ²), which for the
        fixed-effect model is the study's share of Cochran's Q; and `y`, the influence on the
        pooled effect, (μ − μ₋)² / s₋², with μ₋ and s₋ from the fit without the study.

    Raises
    ------
    ValueError
        For broken input or a single study.

    References
    ----------
    Baujat B, Mahé C, Pignon JP, Hill C. Stat Med 2002;21:2641.

    Examples
    --------
    >>> import metaprop
    >>> table = metaprop.baujat([0.1, 0.2, 1.4], [0.04, 0.05, 0.04], metaprop.Recipe(method="FE"))
    >>> table["x"].round(2).tolist(), table["y"].round(2).tolist()
    ([6.07, 3.09, 16.29], [3.37, 1.23, 9.05])
    """
    studies = read_effects(yi, vi, labels=labels, missing=missing)
    full, without = _fit(studies, recipe)
    y, v = studies.first, studies.second
    unit = float(np.abs(y).max())
    moved = full.working.estimate - without.estimate
    return _frame(
        {
            "x": (y - full.working.estimate) ** 2 / (v + full.tau2),
            "y": _over(moved, without.se, unit) ** 2,
        },
        studies,
    )
