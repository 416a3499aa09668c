"""Prediction intervals: where the effect of a new study would lie."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from .checks import check_choice, check_counts, check_level, check_number, check_whole
from .intervals import normal_quantile, t_quantile
from .priors import HalfNormal, Normal
from .results import Interval

_DF_LOST = {"z": None, "simple": None, "t-k-1": 1, "t-k-2": 2}
NEW_STUDY_TAU_PRIOR = HalfNormal(1.0)
NEW_STUDY_MU_PRIOR = Normal(0.0, 10.0)


def wald_prediction_interval(
    estimate: float,
    se: float,
    tau2: float,
    k: int,
    *,
    prediction: str = "z",
    level: float = 0.95,
) -> Interval | None:
    """Prediction interval from a pooled effect, its standard error and τ².

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

    Notes
    -----
    It takes τ² as known, and is too short where few or small studies determine it badly: for
    proportions see :func:`~metaprop.prediction_interval`.

    Examples
    --------
    >>> import metaprop
    >>> interval = metaprop.wald_prediction_interval(0.5, 0.1, 0.04, k=6, prediction="t-k-1")
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


def prediction_interval(
    events: ArrayLike | None = None,
    totals: ArrayLike | None = None,
    *old: object,
    level: float = 0.95,
    **old_options: object,
) -> Interval:
    """Interval for the true proportion of a new study of the same kind.

    The binomial random-effects model: x ~ Bin(n, p), logit p ~ N(μ, τ²), and so for the new study.
    The interval is its posterior predictive interval under a half-normal prior of scale 1 for τ
    and a normal prior of mean 0 and standard deviation 10 for μ, with equal tails.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study; one study is enough.
    level : float
        Probability.

    Returns
    -------
    Interval
        `estimate` is the median of the new study's proportion, `low` and `high` bound the central
        `level` of it; fractions. It concerns the study's true proportion, not the proportion a
        study of a given size would count.

    Raises
    ------
    ValueError
        For impossible counts, naming the study, or an impossible level.
    TypeError
        For a call with an estimate, its standard error, τ² and k: that interval is
        :func:`~metaprop.wald_prediction_interval`.

    Notes
    -----
    It is defined for all data. With every study at 0, or every one at n, the counts bound one side
    and the priors the other, with limits near 0 or 1. With one study they say nothing about τ: the
    interval then takes the variation between studies from its prior alone, half of which lies
    above 0.67 on the logit scale.

    Priors and method were chosen by simulation, among those of the table: of the methods that cover
    at least 93 % on average over τ of 0.27, 0.5 and 0.8 for each of four outcomes, and at least
    90 % in each cell, τ of 1.2 included, the one of least mean width. Twelve cohorts of 3 to 60
    patients (first column), seven of 10 to 60 (the others; six in the third), rates as
    given, 2000 sets a cell; mean coverage in % over the three τ, the lowest of the 16 cells, and
    mean width::

        method                                     0.83   0.86  0.082  0.064 lowest width
        predictive, half-normal(1), used           96.7   97.5   97.9   97.8   91.3 0.406
        the same with standard deviation 4 of μ    96.7   97.5   98.0   97.9   91.2 0.410
        the same with standard deviation 2 of μ    96.6   97.4   98.0   98.0   90.9 0.425
        predictive, half-normal(1.25)              97.2   98.1   98.6   98.5   93.3 0.442
        predictive, half-Cauchy(1)                 96.5   97.5   98.4   98.4   93.1 0.454
        predictive, uniform(0, 4)                  98.0   99.1   99.7   99.7   96.1 0.585
        predictive, half-Cauchy(0.5)               94.4   95.3   96.1   96.1   89.6 0.392
        predictive, half-normal(0.5)               93.0   92.9   92.7   92.4   78.3 0.293
        mixed model, t(k − 2)                      84.0   87.0   90.3   89.7   80.8 0.380
        mixed model, t(k − 1)                      83.6   85.7   88.5   88.5   80.4 0.364
        mixed model, normal                        80.3   79.3   80.7   82.2   75.2 0.297
        REML on logits, Hartung–Knapp, t(k − 2)    74.6   80.3   79.2   73.0   69.2 0.327
        REML on logits, Hartung–Knapp, t(k − 1)    74.2   78.8   76.8   71.3   67.6 0.313

    The whole table is in ``docs/prediction-coverage.md``, written by
    ``bench/prediction_coverage.py``. With τ far above 1.2 the prior of τ pulls the interval in, and
    it covers less than its level.

    References
    ----------
    Higgins JPT, Thompson SG, Spiegelhalter DJ. J R Stat Soc A 2009;172:137. Smith TC, Spiegelhalter
    DJ, Thomas A. Stat Med 1995;14:2685, for the model.

    Examples
    --------
    >>> import metaprop
    >>> interval = metaprop.prediction_interval([8, 12, 5, 9], [10, 20, 5, 30])
    >>> [round(value, 2) for value in interval]
    [0.65, 0.1, 0.98]
    """
    missing = events is None or totals is None
    # Numbers instead of lists, or any of the options the name once had, are a call of old.
    numbers = all(isinstance(value, Real) for value in (events, totals))
    if old or old_options or missing or numbers:
        raise TypeError(
            "prediction_interval takes the events and totals of the studies, and level; for an "
            "estimate with its standard error, tau2 and k use "
            "metaprop.wald_prediction_interval(estimate, se, tau2, k, prediction=..., level=...)"
        )
    from .binomial_posterior import BinomialPosterior

    check_level(level)
    assert events is not None
    assert totals is not None
    x, n = check_counts(events, totals)
    grid = BinomialPosterior.of(x, n, [NEW_STUDY_TAU_PRIOR], NEW_STUDY_MU_PRIOR, 8)
    _, weights, _ = grid.weigh(NEW_STUDY_TAU_PRIOR)
    tail = 0.5 * (1.0 - level)
    limits = grid.prediction(weights).quantiles(np.array([0.5, tail, 1.0 - tail]))
    return Interval(*expit(limits).tolist())
