"""Trim and fill: impute the studies that would make a funnel plot symmetric."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .asymmetry_cautions import trim_cautions
from .checks import check_choice
from .pooling import pool_effects
from .ranks import tied_ranks
from .recipe import Recipe, as_recipe
from .results import Pooled, Result
from .studies import read_effects
from .tau2 import estimate_tau2

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
ESTIMATORS = ("L0", "R0")
SIDES = ("left", "right")
_MAX_STEPS = 100


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrimFill(Result):
    """Result of a trim-and-fill analysis.

    Attributes
    ----------
    k0 : int
        Estimated number of missing studies.
    k0_se : float or None
        Standard error of `k0`; None where Duval and Tweedie's variance formula turns negative.
    k0_pvalue : float or None
        p-value of the hypothesis that no study is missing on this side (estimator R0 only).
    side : {"left", "right"}
        The side on which studies were imputed.
    estimator : {"L0", "R0"}
    yi, vi : ndarray, shape (k + k0,)
        The studies given, in their order, followed by the imputed ones.
    filled : ndarray of bool, shape (k + k0,)
        Which of them are imputed.
    pooled : Pooled
        Pooled effect with the imputed studies.
    converged : bool
        Whether the iteration settled; if it cycles, the smallest value of the cycle is taken.
    cautions : tuple of str
        Why the number imputed should not be trusted; empty when nothing is known against it.
    rearranged : str
        Which rows were rearranged or left out as incomplete; empty when none.
    labels : tuple of str or None
        Names of the studies in `yi`, where they have any; an imputed one is named after the study
        it mirrors.
    """

    k0: int
    k0_se: float | None
    k0_pvalue: float | None
    side: str
    estimator: str
    yi: FloatArray
    vi: FloatArray
    filled: NDArray[np.bool_]
    pooled: Pooled
    converged: bool
    cautions: tuple[str, ...]
    rearranged: str = ""
    labels: tuple[str, ...] | None = None

    @property
    def note(self) -> str:
        """What was left out and the cautions, in one line; empty when there is nothing to say."""
        return "; ".join(filter(None, (self.rearranged, *self.cautions)))

    def studies(self) -> pd.DataFrame:
        """Return a table of all studies, imputed ones last, by label or position; needs pandas."""
        import pandas as pd

        names = range(self.yi.size) if self.labels is None else self.labels
        columns = {"yi": self.yi, "vi": self.vi, "filled": self.filled}
        return pd.DataFrame(columns, index=pd.Index(names, name="study"))


def _choose_side(y: FloatArray, v: FloatArray, method: str) -> str:
    """Right when effects fall as standard errors grow, so that imprecise high ones are missing."""
    se = np.sqrt(v)
    if float(np.ptp(se)) <= 1e-12 * float(se.max()):
        raise ValueError(
            f"vi is {v[0]:g} in all {y.size} studies, so the side cannot be chosen by regression: "
            "pass side='left' or side='right'"
        )
    tau2 = estimate_tau2(y, v, method, np.column_stack((np.ones(y.size), se)))[0]
    w = 1.0 / (v + tau2)
    centred = se - (w @ se) / w.sum()
    return "right" if float((w * centred) @ y) < 0.0 else "left"


def _missing(y: FloatArray, centre: float, estimator: str) -> tuple[float, float]:
    """Return the unrounded number of missing studies and the variance of the estimate."""
    k, centred = y.size, y - centre
    centred[np.abs(centred) <= 1e-13 * np.abs(y).max()] = 0.0  # the mean carries rounding error
    ranks = np.empty(k)
    order = np.argsort(tied_ranks(np.abs(centred)), kind="stable")
    ranks[order] = np.arange(1.0, k + 1.0)
    if estimator == "R0":
        below = ranks[centred < 0.0]
        run = k - below.max() if below.size else 0.0
        k0 = float(run) - 1.0
        return k0, 2.0 * max(0.0, k0) + 2.0
    rank_sum = float(ranks[centred > 0.0].sum())
    k0 = (4.0 * rank_sum - k * (k + 1.0)) / (2.0 * k - 1.0)
    variance = (
        k * (k + 1.0) * (2.0 * k + 1.0)
        + 10.0 * k0**3
        + 27.0 * k0**2
        + 17.0 * k0
        - 18.0 * k * k0**2
        - 18.0 * k * k0
        + 6.0 * k**2 * k0
    ) / 24.0
    return k0, 16.0 * variance / (2.0 * k - 1.0) ** 2


def trim_and_fill(
    yi: ArrayLike,
    vi: ArrayLike,
    recipe: Recipe | None = None,
    *,
    estimator: str = "L0",
    side: str | None = None,
    totals: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> TrimFill:
    """Estimate how many studies a funnel plot lacks, impute them, and pool again.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances; at least two studies.
    recipe : Recipe, optional
        How to pool, while trimming and at the end.
    estimator : {"L0", "R0"}
        L0 uses the rank sum of the effects above the mean, R0 the run of largest ranks.
    side : {"left", "right"}, optional
        Where studies are missing. Chosen by default from the sign of the slope of a
        meta-regression on the standard error: falling effects mean the right side.
    totals : array_like, optional
        Study sizes; needed to give the result as a proportion on the Freeman–Tukey scale. An
        imputed study has the size of the study it mirrors.
    labels, missing
        Names of the studies (the index of a pandas Series when omitted), and what happens to
        incomplete rows; see :func:`~metaprop.pool_effects`.

    Returns
    -------
    TrimFill
        Its `cautions` (in one line `note`) say when the number imputed cannot be trusted: on the
        raw, log and logit scales, and with fewer than ten studies.

    Raises
    ------
    ValueError
        With one study; when the side must be chosen and all variances are equal.

    Notes
    -----
    The k₀ most extreme effects are trimmed, the rest pooled to μ, all effects ranked by
    ``|y − μ|``, and k₀ estimated anew until it no longer changes. With r the rank and S the sum of
    ranks above the mean, ``L0 = [4 S − k (k + 1)] / (2 k − 1)`` and ``R0 = k − max(r below) − 1``,
    rounded and never negative. The trimmed studies are mirrored about the last μ.

    Rounding does not decide: an effect that is μ up to rounding lies neither above nor below it,
    and of two effects equally far from μ the one on the side where studies are missing has the
    lower rank.

    It assumes that the most extreme studies are missing and that nothing but missing studies makes
    a funnel asymmetric; neither holds for proportions near 0 or 1 on the raw, log or logit scale.

    References
    ----------
    Duval S, Tweedie R. Biometrics 2000;56:455. Duval S, Tweedie R. J Am Stat Assoc 2000;95:89.

    Examples
    --------
    >>> import metaprop
    >>> yi, vi = [0.1, 0.2, 0.3, 0.9, 1.2], [0.01, 0.02, 0.03, 0.09, 0.16]
    >>> filled = metaprop.trim_and_fill(yi, vi, side="left")
    >>> filled.k0, round(filled.pooled.working.estimate, 2)
    (1, 0.32)
    >>> filled.note
    'only 5 studies: with fewer than 10 the number imputed can hardly be told from chance'
    """
    recipe = as_recipe(recipe)
    check_choice("estimator", estimator, ESTIMATORS)
    if side is not None:
        check_choice("side", side, SIDES)
    studies = read_effects(yi, vi, totals=totals, labels=labels, missing=missing)
    y, v, n = studies.first, studies.second, studies.others["totals"]
    names, k = studies.name_texts, y.size
    if k < 2:
        raise ValueError("trim and fill needs at least 2 studies, got 1")
    whole = pool_effects(y, v, recipe, totals=n)
    side = _choose_side(y, v, recipe.method) if side is None else side
    sign = -1.0 if side == "right" else 1.0
    order = np.argsort(sign * y, kind="stable")
    ys, vs = sign * y[order], v[order]

    k0, seen, converged = 0, [0], False
    for _ in range(_MAX_STEPS):
        centre = pool_effects(ys[: k - k0], vs[: k - k0], recipe).working.estimate
        raw, variance = _missing(ys, centre, estimator)
        following = min(max(0, round(raw)), k - 1)
        if following == k0:
            converged = True
            break
        if following in seen:
            k0 = min(seen[seen.index(following) :])
            centre = pool_effects(ys[: k - k0], vs[: k - k0], recipe).working.estimate
            raw, variance = _missing(ys, centre, estimator)
            break
        k0 = following
        seen.append(k0)

    filled = np.arange(k + k0) >= k
    if k0 > 0:
        mirrored = order[k - k0 :]
        y = np.concatenate((y, sign * (2.0 * centre - ys[k - k0 :])))
        v = np.concatenate((v, v[mirrored]))
        n = None if n is None else np.concatenate((n, n[mirrored]))
        if names is not None:
            names += tuple(f"filled: mirror of {names[i]}" for i in mirrored)
        whole = pool_effects(y, v, recipe, totals=n)
    return TrimFill(
        k0=k0,
        k0_se=math.sqrt(variance) if variance >= 0.0 else None,
        k0_pvalue=0.5**k0 / 2.0 if estimator == "R0" else None,
        side=side,
        estimator=estimator,
        yi=y,
        vi=v,
        filled=filled,
        pooled=whole,
        converged=converged,
        cautions=trim_cautions(recipe.scale, k),
        rearranged=studies.note,
        labels=names,
    )
