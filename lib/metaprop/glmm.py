"""Random-intercept logistic regression without moderators: pooling the counts themselves.

The binomial–normal model needs no continuity correction and no normal approximation of a study's
proportion (Stijnen, Hamza and Özdemir 2010).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from .checks import check_choice, check_counts, check_level, check_whole
from .heterogeneity import i2_from_q, i2_from_tau2, typical_variance
from .intervals import chi2_pvalue, normal_quantile, t_quantile
from .mixed_model import (
    DEFAULT_NODES,
    LARGEST_PREDICTOR,
    UNBOUNDED,
    Fit,
    MixedModel,
    covariance,
)
from .prediction import prediction_interval
from .recipe import Recipe
from .results import Interval, Pooled
from .tau2 import root
from .transforms import back_transform

FloatArray = NDArray[np.float64]


def _profile_limits(
    x: FloatArray, n: FloatArray, nodes: int, fit: Fit, se: float, level: float
) -> tuple[float, float]:
    """Values of μ at which the log-likelihood, maximised over σ, has fallen by z² / 2."""
    model = MixedModel(x, n, np.empty((x.size, 0)), nodes)
    mu = float(fit.beta[0])
    threshold = fit.at.loglik - 0.5 * normal_quantile(level) ** 2

    def above(value: float) -> float:
        if not ((n > 1).any() and n.size > 1):  # σ is not identified and stays at 0
            return model.at_sigma(0.0, model.start, value).at.loglik - threshold
        return model.fit(value, bounded=True).at.loglik - threshold

    limits = []
    for side in (-1.0, 1.0):
        inner, outer = mu, mu + side * normal_quantile(level) * se
        while above(outer) > 0.0:
            inner, outer = outer, outer + side * se
            if abs(outer) > LARGEST_PREDICTOR:
                raise ValueError(
                    "the profile-likelihood interval is unbounded: the likelihood does not fall "
                    "far enough; use ci 'wald' or 't'"
                )
        limits.append(root(above, min(inner, outer), max(inner, outer))[0])
    return limits[0], limits[1]


def _q_statistics(x: FloatArray, n: FloatArray) -> tuple[float, float]:
    """Wald and likelihood-ratio statistics of equal proportions against one for each study.

    The Wald statistic is Cochran's Q on raw logits. A study at 0 or n has an infinite variance in
    the saturated model, hence no weight, but keeps its degree of freedom (as in metafor).
    """
    inner = (x > 0) & (x < n)
    xi, ni = x[inner], n[inner]
    wald = 0.0
    if xi.size:
        w = xi * (ni - xi) / ni
        y = np.log(xi / (ni - xi))
        wald = float(w @ (y - (w @ y) / w.sum()) ** 2)
    p = x.sum() / n.sum()
    observed = np.where(x > 0, x * np.log(np.maximum(x, 1.0) / n), 0.0)
    rest = n - x
    observed += np.where(rest > 0, rest * np.log(np.maximum(rest, 1.0) / n), 0.0)
    expected = 0.0
    if 0.0 < p < 1.0:
        expected = float(x.sum() * math.log(p) + rest.sum() * math.log1p(-p))
    return wald, max(0.0, 2.0 * (float(observed.sum()) - expected))


def _all_extreme(x: FloatArray, n: FloatArray, recipe: Recipe) -> Pooled:
    """Answer when every study is at 0, or every study at n: exact on the pooled total."""
    total = int(n.sum())
    # One-sided Clopper–Pearson: p^N = alpha when all have the event, (1 - p)^N when none has.
    limit = (1.0 - recipe.level) ** (1.0 / total)
    zero = not x.any()
    if zero:
        proportion = Interval(0.0, 0.0, 1.0 - limit)
        working = Interval(-math.inf, -math.inf, math.log1p(-limit) - math.log(limit))
    else:
        proportion = Interval(1.0, limit, 1.0)
        working = Interval(math.inf, math.log(limit) - math.log1p(-limit), math.inf)
    which = "no patient had the event" if zero else "every patient had the event"
    return Pooled(
        recipe=recipe,
        k=x.size,
        n=total,
        kept=np.ones(x.size, dtype=np.bool_),
        working=working,
        se=math.inf,
        proportion=proportion,
        prediction=None,
        prediction_working=None,
        tau2=0.0,
        i2=0.0,
        i2_tau2=0.0,
        i2_q=0.0,
        h2=1.0,
        q=0.0,
        q_df=x.size - 1,
        q_pvalue=1.0,
        weights=n / total,
        converged=True,
        q_lrt=0.0,
        q_lrt_pvalue=1.0,
        loglik=0.0,
        tau2_lrt=0.0,
        tau2_lrt_pvalue=1.0,
        note=(
            f"{which}: the likelihood is highest at {proportion.estimate:.0%}, with no variation "
            f"between studies; the other limit is the one-sided exact (Clopper–Pearson) limit on "
            f"the pooled total of {total} patients"
        ),
    )


def pool_glmm(
    events: ArrayLike,
    totals: ArrayLike,
    *,
    nodes: int = DEFAULT_NODES,
    ci: str = "wald",
    level: float = 0.95,
    prediction: str = "z",
    i2: str = "tau2",
) -> Pooled:
    """Pool proportions with the random-intercept logistic (binomial–normal) model.

    x_i ~ Binomial(n_i, p_i), logit p_i = μ + τ u_i, u_i ~ N(0, 1), fitted by maximum likelihood;
    the integral over u_i by adaptive Gauss–Hermite quadrature.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study.
    nodes : int
        Quadrature nodes. 7 is metafor's default and an approximation; the default here is exact
        to about six digits unless τ is huge.
    ci : {"wald", "t", "profile"}
        Wald; t with k − 1 degrees of freedom; or profile likelihood.
    level : float
        Confidence level.
    prediction : {"z", "t-k-1", "t-k-2", "simple"}
        Prediction interval; see :func:`~metaprop.prediction_interval`.
    i2 : {"tau2", "q"}
        Which I² is the headline.

    Returns
    -------
    Pooled
        `working` is on the logit scale. `q` is the Wald statistic, `q_lrt` the likelihood-ratio
        one. `i2_tau2` sets τ² against the typical variance of the logits (1/2 added to studies at
        0 or n, as metafor does; the fit itself has no such correction), `i2_q` is based on the
        Wald Q (meta). `weights` are the shares of 1 / [1 / (n p (1 − p)) + τ²] at the pooled p:
        the model has no weights of its own. `proportion` is that of the median study, not the
        mean over studies.

    Raises
    ------
    ValueError
        For impossible counts, and when τ² has no finite estimate (every study at 0 or n, some at
        each end).

    Notes
    -----
    When no patient had the event (or all had it), the maximum of the likelihood is at 0 (or 1)
    with τ² = 0. The answer is then that proportion, with the one-sided exact Clopper–Pearson limit
    on the pooled total; its value on the logit scale is infinite. `note` says so.

    References
    ----------
    Stijnen T, Hamza TH, Özdemir P. Stat Med 2010;29:3046. Pinheiro JC, Bates DM. J Comput Graph
    Stat 1995;4:12.

    Examples
    --------
    >>> import metaprop
    >>> fit = metaprop.pool_glmm([8, 12, 5, 9], [10, 20, 5, 30])
    >>> [round(value, 2) for value in fit.proportion], round(fit.tau2, 2)
    ([0.66, 0.33, 0.89], 1.17)
    """
    check_choice("ci", ci, ("wald", "t", "profile"))
    check_level(level)
    nodes = check_whole("nodes", nodes, at_least=1, at_most=200)
    recipe = Recipe(
        scale="logit",
        method="GLMM",
        zeros="none",
        ci=ci,
        level=level,
        prediction=prediction,
        i2=i2,
    )
    x, n = check_counts(events, totals)
    if not x.any() or bool((x == n).all()):
        return _all_extreme(x, n, recipe)

    k = x.size
    model = MixedModel(x, n, np.ones((k, 1)), nodes)
    null = model.at_sigma(0.0, model.start)
    # One study, or studies of one patient each, say nothing about variation between studies.
    identified = k > 1 and bool((n > 1).any())
    extreme = (x == 0) | (x == n)
    if identified and extreme.all():
        # With a studies at n, b at 0 and P the mean of p the likelihood is at most P^a (1 - P)^b,
        # which it reaches as tau grows without end.
        raise ValueError(UNBOUNDED)
    fit = model.fit() if identified else null
    mu, tau2 = float(fit.beta[0]), fit.sigma**2
    se = math.sqrt(float(covariance(model, fit)[0, 0]))

    note = ""
    if k == 1:
        note = "one study only: tau2 cannot be estimated and is taken as 0"
        if ci == "t":
            note += "; the interval is the Wald interval"
    elif not identified:
        note = "studies of one patient each: tau2 cannot be estimated and is taken as 0"
    if ci == "profile":
        working = Interval(mu, *_profile_limits(x, n, nodes, fit, se, level))
    else:
        wide = t_quantile(level, k - 1) if ci == "t" and k > 1 else normal_quantile(level)
        working = Interval(mu, mu - wide * se, mu + wide * se)
    predicted = prediction_interval(mu, se, tau2, k, prediction=prediction, level=level)

    wald, lrt = _q_statistics(x, n)
    xc, nc = x + 0.5 * extreme, n + 1.0 * extreme
    typical = typical_variance(nc / (xc * (nc - xc)))
    i2_tau2, i2_q = i2_from_tau2(tau2, typical), i2_from_q(wald, k - 1)
    p = float(back_transform(mu, scale="logit"))
    share = 1.0 / (1.0 / (n * p * (1.0 - p)) + tau2)
    statistic = max(0.0, 2.0 * (fit.at.loglik - null.at.loglik)) if tau2 > 0.0 else 0.0
    return Pooled(
        recipe=recipe,
        k=k,
        n=int(n.sum()),
        kept=np.ones(k, dtype=np.bool_),
        working=working,
        se=se,
        proportion=_expit_interval(working),
        prediction=None if predicted is None else _expit_interval(predicted),
        prediction_working=predicted,
        tau2=tau2,
        i2=i2_q if i2 == "q" else i2_tau2,
        i2_tau2=i2_tau2,
        i2_q=i2_q,
        h2=tau2 / typical + 1.0,
        q=wald,
        q_df=k - 1,
        q_pvalue=chi2_pvalue(wald, k - 1),
        weights=share / share.sum(),
        converged=fit.converged,
        q_lrt=lrt,
        q_lrt_pvalue=chi2_pvalue(lrt, k - 1),
        loglik=fit.at.loglik,
        tau2_lrt=statistic,
        tau2_lrt_pvalue=0.5 * float(chdtrc(1, statistic)) if statistic > 0.0 else 1.0,
        note=note,
    )


def _expit_interval(interval: Interval) -> Interval:
    return Interval(*back_transform(tuple(interval), scale="logit").tolist())
