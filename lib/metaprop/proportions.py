"""Confidence intervals for the proportion of a single study."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_choice, check_counts, check_level
from .intervals import normal_quantile

FloatArray = NDArray[np.float64]
# Names of statsmodels, with the names people use beside them.
_METHODS = {
    "wilson": "wilson",
    "clopper-pearson": "beta",
    "exact": "beta",
    "beta": "beta",
    "agresti-coull": "agresti_coull",
    "agresti_coull": "agresti_coull",
    "jeffreys": "jeffreys",
    "wald": "normal",
    "normal": "normal",
}
# Names people use for what is computed here.
_CORRECTED = ("wilson-cc", "wilson-corrected", "newcombe")


def _wilson_corrected(x: FloatArray, n: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Wilson's interval with continuity correction: Newcombe (1998), method 4.

    The limits are those p at which the distance of x from n p, less 1/2, is z √(n p (1 − p)).
    """
    z = normal_quantile(level)
    limits = []
    for events in (x, n - x):
        p = events / n
        root = np.sqrt(np.maximum(z * z - 2.0 - 1.0 / n + 4.0 * p * (n * (1.0 - p) + 1.0), 0.0))
        low = (2.0 * events + z * z - 1.0 - z * root) / (2.0 * (n + z * z))
        low = np.where(events == 0, 0.0, np.maximum(low, 0.0))
        limits.append(low)
    # The upper limit is 1 less the lower limit of the proportion without the event.
    return limits[0], 1.0 - limits[1]


def proportion_interval(
    events: ArrayLike, totals: ArrayLike, *, method: str = "wilson", level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Confidence limits of the proportion in each study.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study.
    method : {"wilson", "wilson-cc", "exact", "agresti-coull", "jeffreys", "wald"}
        Wilson's score interval (Wilson 1927), the same with continuity correction (Newcombe 1998,
        method 4; R's ``prop.test``), the exact interval of Clopper and Pearson (1934; also
        "clopper-pearson"), Agresti and Coull's (1998), Jeffreys' equal-tailed credible interval,
        or the normal approximation. The names of statsmodels (``beta``, ``agresti_coull``,
        ``normal``) work too.
    level : float
        Confidence level.

    Returns
    -------
    low, high : ndarray, shape (k,)
        Limits in [0, 1].

    Notes
    -----
    All but "wilson-cc" are computed by ``statsmodels.stats.proportion.proportion_confint``. Limits
    that the normal approximations place beyond 0 or 1 are set to 0 or 1. At 0 events the lower
    limit is exactly 0, and at n events the upper limit exactly 1; for Jeffreys' interval that is
    the modification of Brown, Cai and DasGupta (2001), without which it would leave out the
    observed proportion.

    Examples
    --------
    >>> import metaprop
    >>> low, high = metaprop.proportion_interval([0, 8], [5, 10])
    >>> low.round(3), high.round(3)
    (array([0.  , 0.49]), array([0.434, 0.943]))
    """
    check_choice("method", method, (*_METHODS, *_CORRECTED))
    check_level(level)
    x, n = check_counts(events, totals)
    if method in _CORRECTED:
        return _wilson_corrected(x, n, level)
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(x, n, alpha=1.0 - level, method=_METHODS[method])
    low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    low, high = np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
