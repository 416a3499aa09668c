"""Confidence intervals for the proportion of a single study."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_choice, check_level
from .intervals import normal_quantile
from .results import Result
from .studies import read_counts

if TYPE_CHECKING:
    import pandas as pd

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


def _of_statsmodels(method: str) -> Callable[..., tuple[FloatArray, FloatArray]]:
    def limits(x: FloatArray, n: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
        from statsmodels.stats.proportion import proportion_confint

        low, high = proportion_confint(x, n, alpha=1.0 - level, method=method)
        low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
        low, high = np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high)
        return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)

    return limits


@dataclass(frozen=True, slots=True, eq=False)
class ProportionLimits(Result):
    """Confidence limits of the proportion in each study; unpacks into `low` and `high`.

    Attributes
    ----------
    low, high : ndarray, shape (k,)
        Limits in [0, 1] of the complete studies.
    labels : tuple of str or None
        Their names, where they have any.
    note : str
        Which rows were rearranged or left out as incomplete; empty when none.

    Examples
    --------
    >>> import metaprop
    >>> limits = metaprop.proportion_interval([0, 8], [5, 10], labels=["Li 2022", "Wu 2023"])
    >>> limits.to_frame().round(3).to_dict("index")
    {'Li 2022': {'low': 0.0, 'high': 0.434}, 'Wu 2023': {'low': 0.49, 'high': 0.943}}
    """

    low: FloatArray
    high: FloatArray
    labels: tuple[str, ...] | None = None
    note: str = ""

    def __iter__(self) -> Iterator[FloatArray]:
        return iter((self.low, self.high))

    def __getitem__(self, item: int) -> FloatArray:
        return (self.low, self.high)[item]

    def __len__(self) -> int:
        return 2

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for each study, indexed by label or position; needs pandas."""
        import pandas as pd

        names = range(self.low.size) if self.labels is None else self.labels
        columns = {"low": self.low, "high": self.high}
        return pd.DataFrame(columns, index=pd.Index(names, name="study"))


def proportion_interval(
    events: ArrayLike,
    totals: ArrayLike,
    *,
    method: str = "wilson",
    level: float = 0.95,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> ProportionLimits:
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
    labels, missing
        Names of the studies (the index of a pandas Series when omitted), and what happens to
        incomplete rows, which have no limits; see :func:`~metaprop.pool`.

    Returns
    -------
    ProportionLimits
        Unpacks into the lower and the upper limits, in [0, 1].

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
    studies = read_counts(events, totals, labels=labels, missing=missing)
    compute = _wilson_corrected if method in _CORRECTED else _of_statsmodels(_METHODS[method])
    limits = compute(studies.first, studies.second, level)
    return ProportionLimits(*limits, labels=studies.name_texts, note=studies.note)
