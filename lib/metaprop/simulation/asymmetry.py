"""False alarms of funnel asymmetry tests on proportions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, stdtr

from metaprop.checks import check_choice
from metaprop.effect_sizes import effect_sizes
from metaprop.results import Result

from .settings import check_fraction, check_whole

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

_PREDICTORS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "se": lambda v, n: np.sqrt(v),
    "variance": lambda v, n: v,
    "inverse_n": lambda v, n: 1.0 / n,
    "sqrt_inverse_n": lambda v, n: 1.0 / np.sqrt(n),
    "n": lambda v, n: n,
}


@dataclass(frozen=True, slots=True)
class RejectionRow(Result):
    """Rejection rate of one test in one setting.

    Attributes
    ----------
    proportion, tau : float
        True median proportion, and standard deviation of its logit between studies.
    scale, predictor : str
    rejection, mc_error : float
        Share of data sets with p below alpha, and its Monte Carlo standard error.
    """

    proportion: float
    tau: float
    scale: str
    predictor: str
    rejection: float
    mc_error: float


@dataclass(frozen=True, slots=True)
class AsymmetryRejection(Result):
    """Rejection rates without any publication bias.

    Attributes
    ----------
    rows : tuple of RejectionRow
    k : int
        Studies in a data set.
    totals : tuple of int
        Smallest and largest study.
    alpha : float
    n_trials, seed : int
    """

    rows: tuple[RejectionRow, ...]
    k: int
    totals: tuple[int, int]
    alpha: float
    n_trials: int
    seed: int

    def table(self) -> pd.DataFrame:
        """Return one row per setting, scale and predictor."""
        import pandas as pd

        names = [field.name for field in fields(RejectionRow)]
        return pd.DataFrame(
            [[getattr(row, name) for name in names] for row in self.rows], columns=names
        )


def regression_pvalues(y: FloatArray, v: FloatArray, x: FloatArray) -> FloatArray:
    """p-values of the slope in weighted regressions of y on x, one per row.

    Weights are 1 / v and the residual variance is estimated (a linear model, multiplicative
    dispersion); the test has k − 2 degrees of freedom. A row whose x or y does not vary has no
    slope to test and gets 1.

    Parameters
    ----------
    y, v, x : ndarray, shape (trials, k)

    Returns
    -------
    ndarray, shape (trials,)
    """
    w = 1.0 / v
    total = w.sum(axis=1, keepdims=True)
    xc = x - (w * x).sum(axis=1, keepdims=True) / total
    yc = y - (w * y).sum(axis=1, keepdims=True) / total
    sxx, sxy, syy = ((w * a).sum(axis=1) for a in (xc * xc, xc * yc, yc * yc))
    varies = (np.ptp(x, axis=1) > 1e-12 * np.abs(x).max(axis=1)) & (
        np.ptp(y, axis=1) > 1e-12 * np.abs(y).max(axis=1)
    )
    slope = sxy / np.where(varies, sxx, 1.0)
    df = y.shape[1] - 2
    residual = np.maximum(syy - slope * sxy, 0.0) / df
    variance = residual / np.where(varies, sxx, 1.0)
    exact = variance <= 0
    t = np.where(exact, np.where(slope == 0, 0.0, np.inf), slope / np.sqrt(variance + exact))
    p: FloatArray = 2.0 * stdtr(df, -np.abs(t))
    return np.where(varies, p, 1.0)


def asymmetry_rejection(
    *,
    settings: Sequence[tuple[float, float]] = (
        (0.50, 0.0),
        (0.50, 0.8),
        (0.87, 0.0),
        (0.87, 0.8),
        (0.95, 0.6),
        (0.06, 0.6),
    ),
    scales: Sequence[str] = ("logit", "raw", "double_arcsine"),
    predictors: Sequence[str] = ("se", "inverse_n", "sqrt_inverse_n"),
    k: int = 13,
    totals: tuple[int, int] = (4, 40),
    alpha: float = 0.05,
    n_trials: int = 2000,
    seed: int = 20240131,
) -> AsymmetryRejection:
    """Count how often regression tests find asymmetry where nothing was left out.

    Each data set has k studies with totals uniform between two bounds and a logit proportion from
    N(logit p, τ²); every study is published. A valid test rejects in a share `alpha` of them.

    Parameters
    ----------
    settings : sequence of (proportion, tau)
    scales : sequence of str
        Scales of :func:`metaprop.effect_sizes`; studies at 0 or n are adjusted as there.
    predictors : sequence of {"se", "variance", "inverse_n", "sqrt_inverse_n", "n"}
    k : int
        Studies, at least 3.
    totals : (smallest, largest)
        Patients of a study, at least 1.
    alpha : float
    n_trials, seed : int

    Returns
    -------
    AsymmetryRejection

    Raises
    ------
    ValueError
        For parameters out of range.

    References
    ----------
    Egger M et al. BMJ 1997;315:629. Peters JL et al. JAMA 2006;295:676. Hunter JP et al. J Clin
    Epidemiol 2014;67:897, on funnel plots of proportions.

    Examples
    --------
    >>> from metaprop import simulation
    >>> found = simulation.asymmetry_rejection(settings=[(0.95, 0.6)], scales=["raw"], n_trials=200)
    >>> share = {row.predictor: row.rejection for row in found.rows}
    >>> share["se"] > share["sqrt_inverse_n"]
    True
    """
    k, n_trials = check_whole("k", k, 3), check_whole("n_trials", n_trials, 1)
    seed = check_whole("seed", seed, 0)
    check_fraction("alpha", alpha, inside=True)
    smallest = check_whole("the smallest total", totals[0], 1)
    largest = check_whole("the largest total", totals[1], smallest + 1)
    for predictor in predictors:
        check_choice("predictors", predictor, tuple(_PREDICTORS))
    rng = np.random.default_rng(seed)
    rows = []
    for proportion, tau in settings:
        check_fraction("the proportion of settings", proportion, inside=True)
        if not 0 <= tau < np.inf:
            raise ValueError(f"the tau of settings must be at least 0, got {tau!r}")
        n = rng.integers(smallest, largest + 1, (n_trials, k))
        truth = expit(logit(proportion) + tau * rng.standard_normal((n_trials, k)))
        events = rng.binomial(n, truth)
        for scale in scales:
            sizes = effect_sizes(events.ravel(), n.ravel(), scale=scale)
            y, v = sizes.yi.reshape(n.shape), sizes.vi.reshape(n.shape)
            for predictor in predictors:
                x = _PREDICTORS[predictor](v, n.astype(np.float64))
                share = float((regression_pvalues(y, v, x) < alpha).mean())
                error = sqrt(share * (1.0 - share) / n_trials)
                rows.append(RejectionRow(proportion, tau, scale, predictor, share, error))
    return AsymmetryRejection(tuple(rows), k, (smallest, largest), float(alpha), n_trials, seed)
