"""Confidence intervals for the proportion of a single study."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_choice, check_counts, check_level

FloatArray = NDArray[np.float64]
# Names of statsmodels, with the names people use beside them.
_METHODS = {
    "wilson": "wilson",
    "clopper-pearson": "beta",
    "beta": "beta",
    "agresti-coull": "agresti_coull",
    "agresti_coull": "agresti_coull",
    "jeffreys": "jeffreys",
    "wald": "normal",
    "normal": "normal",
}


def proportion_interval(
    events: ArrayLike, totals: ArrayLike, *, method: str = "wilson", level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Confidence limits of the proportion in each study.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study.
    method : {"wilson", "clopper-pearson", "agresti-coull", "jeffreys", "wald"}
        Wilson's score interval (Wilson 1927), the exact interval of Clopper and Pearson (1934),
        Agresti and Coull's (1998), Jeffreys' equal-tailed credible interval, or the normal
        approximation. The names of statsmodels (``beta``, ``agresti_coull``, ``normal``) work too.
    level : float
        Confidence level.

    Returns
    -------
    low, high : ndarray, shape (k,)
        Limits in [0, 1].

    Notes
    -----
    Computed by ``statsmodels.stats.proportion.proportion_confint``. Limits that the normal
    approximations place beyond 0 or 1 are set to 0 or 1. At 0 events the lower limit is exactly 0,
    and at n events the upper limit exactly 1; for Jeffreys' interval that is the modification of
    Brown, Cai and DasGupta (2001), without which it would leave out the observed proportion.

    Examples
    --------
    >>> import metaprop
    >>> low, high = metaprop.proportion_interval([0, 8], [5, 10])
    >>> low.round(3), high.round(3)
    (array([0.  , 0.49]), array([0.434, 0.943]))
    """
    check_choice("method", method, tuple(_METHODS))
    check_level(level)
    x, n = check_counts(events, totals)
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(x, n, alpha=1.0 - level, method=_METHODS[method])
    low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    low, high = np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
