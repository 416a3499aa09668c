"""Kaplan–Meier curves with intervals at any time, and the median."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from metaprop.checks import check_choice, check_level, check_number
from metaprop.intervals import normal_quantile
from metaprop.results import Interval, Result

from .observations import check_observations

FloatArray = NDArray[np.float64]
_SCALES = ("log-log", "plain", "log", "logit", "arcsine")


@dataclass(frozen=True, slots=True)
class SurvivalTime(Result):
    """A quantile of survival time; a value that the curve never reaches is None.

    Attributes
    ----------
    estimate, low, high : float or None
    """

    estimate: float | None
    low: float | None
    high: float | None


def _limits(s: FloatArray, se: FloatArray, scale: str, z: float) -> tuple[FloatArray, FloatArray]:
    """Pointwise limits where 0 < S < 1, symmetric on `scale`, cut at 0 and 1."""
    if scale == "plain":
        low, high = s - z * se, s + z * se
    elif scale == "log":
        low, high = s * np.exp(-z * se / s), s * np.exp(z * se / s)
    elif scale == "log-log":
        # log S is negative: dividing by it swaps the limits back into order.
        reach = z * se / (s * np.log(s))
        low, high = s ** np.exp(-reach), s ** np.exp(reach)
    elif scale == "logit":
        reach = z * se / (s * (1.0 - s))
        low, high = expit(logit(s) - reach), expit(logit(s) + reach)
    else:
        angle = np.arcsin(np.sqrt(s))
        reach = z * se / (2.0 * np.sqrt(s * (1.0 - s)))
        low = np.sin(np.maximum(angle - reach, 0.0)) ** 2
        high = np.sin(np.minimum(angle + reach, np.pi / 2)) ** 2
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class KaplanMeier(Result):
    """Kaplan–Meier estimate of survival.

    Attributes
    ----------
    time : ndarray, shape (m,)
        Distinct event times.
    at_risk, events : ndarray, shape (m,)
        Patients at risk just before, and events at, each time.
    survival, se : ndarray, shape (m,)
        Survival just after each time and its Greenwood standard error. Once nobody is left the
        formula has no value; `se` is 0 there, and intervals reach from 0 to the upper limit before.
    last_follow_up : float
        Longest follow-up.
    n : int
        Patients.
    """

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    survival: FloatArray
    se: FloatArray
    last_follow_up: float
    n: int

    def intervals(
        self, *, scale: str = "log-log", level: float = 0.95
    ) -> tuple[FloatArray, FloatArray]:
        """Return pointwise limits after every event time, symmetric on `scale`.

        Parameters
        ----------
        scale : {"log-log", "plain", "log", "logit", "arcsine"}
            R's ``conf.type``; all are cut at 0 and 1.
        level : float

        Returns
        -------
        low, high : ndarray, shape (m,)
        """
        check_choice("scale", scale, _SCALES)
        check_level(level)
        z = normal_quantile(level)
        low, high = np.zeros_like(self.survival), np.ones_like(self.survival)
        inside = self.survival > 0
        low[inside], high[inside] = _limits(self.survival[inside], self.se[inside], scale, z)
        if not inside.all():
            high[~inside] = high[inside][-1] if inside.any() else 1.0
        return low, high

    def at(self, time: float, *, scale: str = "log-log", level: float = 0.95) -> Interval:
        """Return survival at one time with its interval.

        Before the first event survival is 1, without an interval of its own (1 to 1).

        Raises
        ------
        ValueError
            If `time` is negative, or beyond the last follow-up while survival is above 0.
        """
        low, high = self.intervals(scale=scale, level=level)
        if check_number("time", time) < 0:
            raise ValueError(f"time must not be negative, got {time!r}")
        gone = self.survival.size > 0 and self.survival[-1] == 0
        if time > self.last_follow_up and not gone:
            raise ValueError(
                f"survival at {time:g} is unknown: the last follow-up is {self.last_follow_up:g}"
            )
        i = int(np.searchsorted(self.time, time, side="right")) - 1
        if i < 0:
            return Interval(1.0, 1.0, 1.0)
        return Interval(float(self.survival[i]), float(low[i]), float(high[i]))

    def quantile(
        self, p: float = 0.5, *, scale: str = "log-log", level: float = 0.95
    ) -> SurvivalTime:
        """Return the time by which a share `p` had the event, with its interval.

        The time at which the curve falls to 1 − p or below (the midpoint if it stays exactly
        there for a while); the limits do the same with the limits of the curve (Brookmeyer and
        Crowley 1982). The median is p = ½.
        """
        if not 0 < check_number("p", p) < 1:
            raise ValueError(f"p must lie strictly between 0 and 1, got {p!r}")
        low, high = self.intervals(scale=scale, level=level)
        return SurvivalTime(*(self._crossing(c, 1.0 - p) for c in (self.survival, low, high)))

    def _crossing(self, curve: FloatArray, target: float) -> float | None:
        tolerance = 1e-9  # a product of fractions may miss 1/2 by rounding
        reached = np.flatnonzero(curve <= target + tolerance)
        if reached.size == 0:
            return None
        i = int(reached[0])
        below = np.flatnonzero(curve < target - tolerance)
        if curve[i] >= target - tolerance and below.size:
            return float((self.time[i] + self.time[int(below[0])]) / 2.0)
        return float(self.time[i])

    def median(self, *, scale: str = "log-log", level: float = 0.95) -> SurvivalTime:
        """Return the median survival time; see :meth:`quantile`.

        Examples
        --------
        >>> from metaprop import survival
        >>> survival.kaplan_meier([2, 3, 5, 8], [1, 0, 1, 0]).median().estimate
        5.0
        """
        return self.quantile(0.5, scale=scale, level=level)


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, *, entry: ArrayLike | None = None
) -> KaplanMeier:
    """Estimate survival from censored follow-up.

    S(t) = ∏ (1 − dᵢ / nᵢ) over event times up to t, with Greenwood's variance
    S(t)² Σ dᵢ / (nᵢ (nᵢ − dᵢ)).

    Parameters
    ----------
    time, event : array_like, shape (n,)
        Follow-up and whether it ended with the event (1) or was cut (0).
    entry : array_like, shape (n,), optional
        Late entry: a patient is at risk on (entry, time].

    Returns
    -------
    KaplanMeier

    Raises
    ------
    ValueError
        For times or event indicators that make no sense, naming the row.

    References
    ----------
    Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457. Computed by statsmodels' ``SurvfuncRight``.

    Examples
    --------
    >>> from metaprop import survival
    >>> curve = survival.kaplan_meier([2, 3, 5, 8], [1, 0, 1, 0])
    >>> curve.time, curve.survival.round(3)
    (array([2., 5.]), array([0.75 , 0.375]))
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    data = check_observations(time, event, entry=entry)
    if not data.event.any():
        empty = np.zeros(0)
        last = float(data.time.max())
        return KaplanMeier(empty, empty, empty, empty, empty, last, data.time.size)
    with np.errstate(divide="ignore", invalid="ignore"):  # S = 0, handled below
        fit = SurvfuncRight(
            data.time,
            data.event.astype(np.int64),
            entry=None if entry is None else data.entry,
        )
    kept = np.asarray(fit.n_events) > 0
    survival = np.asarray(fit.surv_prob, dtype=np.float64)[kept]
    survival = np.where(survival < 1e-12, 0.0, survival)
    se = np.where(survival > 0, np.asarray(fit.surv_prob_se, dtype=np.float64)[kept], 0.0)
    return KaplanMeier(
        time=np.asarray(fit.surv_times, dtype=np.float64)[kept],
        at_risk=np.asarray(fit.n_risk, dtype=np.float64)[kept],
        events=np.asarray(fit.n_events, dtype=np.float64)[kept],
        survival=survival,
        se=se,
        last_follow_up=float(data.time.max()),
        n=data.time.size,
    )
