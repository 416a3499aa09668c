"""Prediction intervals: where the effect of a new study would lie."""

from __future__ import annotations

import math

from .checks import check_choice, check_level, check_number, check_whole
from .intervals import normal_quantile, t_quantile
from .results import Interval

_DF_LOST = {"z": None, "simple": None, "t-k-1": 1, "t-k-2": 2}


def prediction_interval(
    estimate: float,
    se: float,
    tau2: float,
    k: int,
    *,
    prediction: str = "z",
    level: float = 0.95,
) -> Interval | None:
    """Prediction interval for the true effect in a new study.

    Parameters
    ----------
    estimate, se : float
        Pooled effect and its standard error on the working scale.
    tau2 : float
        Between-study variance.
    k : int
        Number of studies.
    prediction : {"z", "t-k-1", "t-k-2", "simple"}
        ``estimate ± c sqrt(tau2 + se²)`` with c from the normal distribution (metafor's default),
        t with k − 1 (meta since 8.0; metafor's ``predtype="t"``) or k − 2 degrees of freedom
        (Higgins, Thompson and Spiegelhalter 2009, "Riley" in metafor); "simple" is
        ``estimate ± z sqrt(tau2)``.
    level : float
        Probability.

    Returns
    -------
    Interval or None
        None when the interval does not exist: one study (τ² is not estimable), or no degree of
        freedom left.

    Examples
    --------
    >>> import metaprop
    >>> interval = metaprop.prediction_interval(0.5, 0.1, 0.04, k=6, prediction="t-k-1")
    >>> [round(value, 2) for value in interval]
    [0.5, -0.07, 1.07]
    """
    check_choice("prediction", prediction, tuple(_DF_LOST))
    check_level(level)
    check_number("estimate", estimate)
    check_number("se", se, at_least=0.0)
    check_number("tau2", tau2, at_least=0.0)
    check_whole("k", k, at_least=1)
    lost = _DF_LOST[prediction]
    if k < 2 or (lost is not None and k <= lost):
        return None
    critical = normal_quantile(level) if lost is None else t_quantile(level, k - lost)
    spread = tau2 if prediction == "simple" else tau2 + se * se
    half = critical * math.sqrt(spread)
    return Interval(estimate, estimate - half, estimate + half)
