"""Random-intercept logistic regression without moderators: pooling the counts themselves.

The binomial–normal model needs no continuity correction and no normal approximation of a study's
proportion (Stijnen, Hamza and Özdemir 2010).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from .cautions import few_studies
from .checks import check_choice, check_level, check_whole
from .heterogeneity import i2_from_q, i2_from_tau2, typical_variance
from .intervals import chi2_pvalue, normal_quantile, t_quantile
from .links import LINKS, Link, check_size
from .mean_proportion import mean_interval
from .mixed_model import (
    DEFAULT_NODES,
    LARGEST_PREDICTOR,
    MOST_NODES,
    UNBOUNDED,
    Fit,
    MixedModel,
    covariance,
)
from .prediction import wald_prediction_interval
from .quadrature import MarginalLikelihood
from .recipe import Recipe
from .results import Interval, Pooled
from .studies import of_rows, read_counts
from .tau2 import root

FloatArray = NDArray[np.float64]

# From this σ on the nodes are tried against the most there can be, and an error of the
# log-likelihood from this on is said: it can move τ² by a tenth.
_LARGE_SIGMA, _ROUGH = 4.0, 0.002


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PooledGlmm(Pooled):
    """A proportion pooled by the mixed model: :class:`~metaprop.Pooled` and two things more.

    Attributes
    ----------
    link : {"logit", "probit", "cloglog"}
        The scale of `working`, `se`, `tau2` and `prediction_working`.
    mean_proportion : Interval
        Population-averaged proportion: the mean over studies of their true proportions,
        ``∫ link⁻¹(μ + τ u) φ(u) du``. Of 100 patients, in studies of equal size, so many have the
        event. `proportion` is that of the median study; the two agree at τ² = 0. The limits are by
        the delta method from the joint covariance of μ and τ, on the logit of the mean, with the
        quantile of the confidence interval of `proportion` (Wald where that is by profile
        likelihood). Where τ² is estimated as 0 its uncertainty does not enter.
    """

    link: str
    mean_proportion: Interval


def _profile_limits(model: MixedModel, fit: Fit, se: float, level: float) -> tuple[float, float]:
    """Values of μ at which the log-likelihood, maximised over σ, has fallen by z² / 2."""
    x, n = model.likelihood.x, model.likelihood.n
    nodes, link = model.nodes, model.likelihood.link
    model = MixedModel(x, n, np.empty((x.size, 0)), nodes, link)
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


def _sampling_variance(x: FloatArray, n: FloatArray, link: Link) -> FloatArray:
    """Variance of the link of x / n by the delta method."""
    p = x / n
    result: FloatArray = p * (1.0 - p) / (n * link.slope(link.forward(p)) ** 2)
    return result


def _q_statistics(x: FloatArray, n: FloatArray, link: Link) -> tuple[float, float]:
    """Wald and likelihood-ratio statistics of equal proportions against one for each study.

    The Wald statistic is Cochran's Q on the raw linked proportions. A study at 0 or n has an
    infinite variance in the saturated model, hence no weight, but keeps its degree of freedom (as
    in metafor).
    """
    inner = (x > 0) & (x < n)
    xi, ni = x[inner], n[inner]
    wald = 0.0
    if xi.size:
        w = 1.0 / _sampling_variance(xi, ni, link)
        y = link.forward(xi / ni)
        wald = float(w @ (y - (w @ y) / w.sum()) ** 2)
    p = x.sum() / n.sum()
    observed = np.where(x > 0, x * np.log(np.maximum(x, 1.0) / n), 0.0)
    rest = n - x
    observed += np.where(rest > 0, rest * np.log(np.maximum(rest, 1.0) / n), 0.0)
    expected = 0.0
    if 0.0 < p < 1.0:
        expected = float(x.sum() * math.log(p) + rest.sum() * math.log1p(-p))
    return wald, max(0.0, 2.0 * (float(observed.sum()) - expected))


def _all_extreme(x: FloatArray, n: FloatArray, recipe: Recipe, link: Link) -> PooledGlmm:
    """Answer when every study is at 0, or every study at n: exact on the pooled total."""
    total = int(n.sum())
    # One-sided Clopper–Pearson: p^N = alpha when all have the event, (1 - p)^N when none has.
    limit = (1.0 - recipe.level) ** (1.0 / total)
    zero = not x.any()
    if zero:
        proportion = Interval(0.0, 0.0, 1.0 - limit)
        working = Interval(-math.inf, -math.inf, float(link.forward(np.array(1.0 - limit))))
    else:
        proportion = Interval(1.0, limit, 1.0)
        working = Interval(math.inf, float(link.forward(np.array(limit))), math.inf)
    which = "no patient had the event" if zero else "every patient had the event"
    return PooledGlmm(
        link=link.name,
        mean_proportion=proportion,
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
    link: str = "logit",
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> PooledGlmm:
    """Pool proportions with the random-intercept logistic (binomial–normal) model.

    x_i ~ Binomial(n_i, p_i), logit p_i = μ + τ u_i, u_i ~ N(0, 1), fitted by maximum likelihood;
    the integral over u_i by adaptive Gauss–Hermite quadrature. Other links replace the logit.

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
        Prediction interval; see :func:`~metaprop.wald_prediction_interval`.
    i2 : {"tau2", "q"}
        Which I² is the headline.
    link : {"logit", "probit", "cloglog"}
        Scale on which true proportions are normal: logit, Φ⁻¹(p) or log(−log(1 − p)).
    labels, missing
        Names of the studies (the index of a pandas Series when omitted), and what happens to
        incomplete rows; see :func:`~metaprop.pool`.

    Returns
    -------
    PooledGlmm
        `working` is on the scale of the link. `q` is the Wald statistic, `q_lrt` the
        likelihood-ratio one. `i2_tau2` sets τ² against the typical variance of the raw linked
        proportions (1/2 added to studies at 0 or n, as metafor does; the fit itself has no such
        correction), `i2_q` is based on the Wald Q (meta). `weights` are the shares of
        1 / (v + τ²), v = 1 / (n p (1 − p)) on the logit scale, at the pooled p: the model has no
        weights of its own. `proportion` is that of the median study, `mean_proportion` the mean
        over studies. `note` says so when τ² is so large that the
        median study is far from anything the counts show, or the nodes too few for it.

    Raises
    ------
    ValueError
        For impossible counts, when τ² has no finite estimate (every study at 0 or n, some at each
        end), and for studies too large for double precision: more than 1e12 patients, or 1e10 with
        a probit or complementary log-log link.

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
    recipe, chosen = _checked(nodes, ci, level, prediction, i2, link)
    studies = read_counts(events, totals, labels=labels, missing=missing)
    with studies.named():
        pooled = _pooled(studies.first, studies.second, recipe, chosen, nodes)
    return of_rows(pooled, studies)


def _pooled(x: FloatArray, n: FloatArray, recipe: Recipe, chosen: Link, nodes: int) -> PooledGlmm:
    """Return :func:`pool_glmm` of counts that are already validated."""
    check_size(n, chosen)
    if not x.any() or bool((x == n).all()):
        return _all_extreme(x, n, recipe, chosen)

    model = MixedModel(x, n, np.ones((x.size, 1)), nodes, chosen)
    null = model.at_sigma(0.0, model.start)
    identified = _identified(n)
    if identified and ((x == 0) | (x == n)).all():
        # With a studies at n, b at 0 and P the mean of p the likelihood is at most P^a (1 - P)^b,
        # which it reaches as tau grows without end.
        raise ValueError(UNBOUNDED)
    fit = model.fit() if identified else null
    limits = None
    joint = covariance(model, fit)
    if recipe.ci == "profile":
        limits = _profile_limits(model, fit, math.sqrt(float(joint[0, 0])), recipe.level)
    pooled = assemble(
        x,
        n,
        recipe,
        chosen,
        Estimate(float(fit.beta[0]), fit.sigma, fit.at.loglik, null.at.loglik, fit.converged),
        joint,
        limits,
    )
    notes = (pooled.note, _rough_integral(model, fit))
    return replace(pooled, note="; ".join(note for note in notes if note))


def _rough_integral(model: MixedModel, fit: Fit) -> str:
    """Say when the quadrature has too few nodes for a very large τ.

    The integrand of a study without an event then falls like a step, which nodes resolve slowly:
    at τ² = 100 the log-likelihood by 101 nodes is off by 0.01, and where it is flat τ² by a third.
    """
    nodes = model.nodes
    if fit.sigma < _LARGE_SIGMA or nodes >= MOST_NODES:
        return ""
    likelihood = model.likelihood
    eta = model.design @ fit.beta
    fine = MarginalLikelihood(likelihood.x, likelihood.n, MOST_NODES, likelihood.link)
    off = abs(float((fine.each(eta, fit.sigma) - likelihood.each(eta, fit.sigma)).sum()))
    if off < _ROUGH:
        return ""
    return (
        f"with tau2 so large the numerical integral with {nodes} nodes is rough: the "
        f"log-likelihood here is off by about {off:.1g}, so that tau2 and the estimate can be far "
        f"off (at most {MOST_NODES} nodes can be asked for)"
    )


def _checked(
    nodes: object, ci: str, level: float, prediction: str, i2: str, link: str
) -> tuple[Recipe, Link]:
    check_choice("ci", ci, ("wald", "t", "profile"))
    check_level(level)
    check_choice("link", link, tuple(LINKS))
    check_whole("nodes", nodes, at_least=1, at_most=MOST_NODES)
    recipe = Recipe(
        scale="logit",
        method="GLMM",
        zeros="none",
        ci=ci,
        level=level,
        prediction=prediction,
        i2=i2,
    )
    return recipe, LINKS[link]


def _identified(n: FloatArray) -> bool:
    """One study, or studies of one patient each, say nothing about variation between studies."""
    return n.size > 1 and bool((n > 1).any())


class Estimate(NamedTuple):
    """A maximum of the likelihood of the model without moderators."""

    mu: float
    sigma: float
    loglik: float
    null_loglik: float
    converged: bool


def assemble(
    x: FloatArray,
    n: FloatArray,
    recipe: Recipe,
    link: Link,
    found: Estimate,
    joint: FloatArray,
    profile: tuple[float, float] | None = None,
) -> PooledGlmm:
    """Put a result together from a maximum, and the covariance of (μ, σ) there."""
    k, level, ci = x.size, recipe.level, recipe.ci
    mu, tau2, se = found.mu, found.sigma**2, math.sqrt(float(joint[0, 0]))
    notes = []
    if k == 1:
        notes.append("one study only: tau2 cannot be estimated and is taken as 0")
        if ci == "t":
            notes.append("the interval is the Wald interval")
    elif not _identified(n):
        notes.append("studies of one patient each: tau2 cannot be estimated and is taken as 0")
    elif ci == "wald":
        notes.append(few_studies(k, level))
    wide = t_quantile(level, k - 1) if ci == "t" and k > 1 else normal_quantile(level)
    working = Interval(mu, *(profile or (mu - wide * se, mu + wide * se)))
    predicted = wald_prediction_interval(mu, se, tau2, k, prediction=recipe.prediction, level=level)
    mean = mean_interval(mu, found.sigma, joint, link, wide)
    proportion = _as_proportion(working, link)
    notes.append(_caution(x, n, proportion.estimate, mean.estimate, tau2))

    extreme = (x == 0) | (x == n)
    wald, lrt = _q_statistics(x, n, link)
    typical = typical_variance(_sampling_variance(x + 0.5 * extreme, n + 1.0 * extreme, link))
    i2_tau2, i2_q = i2_from_tau2(tau2, typical), i2_from_q(wald, k - 1)
    p = np.clip(proportion.estimate, 1e-300, 1.0 - 1e-16)
    share = 1.0 / (_sampling_variance(n * p, n, link) + tau2)
    statistic = max(0.0, 2.0 * (found.loglik - found.null_loglik)) if tau2 > 0.0 else 0.0
    return PooledGlmm(
        link=link.name,
        mean_proportion=mean,
        recipe=recipe,
        k=k,
        n=int(n.sum()),
        kept=np.ones(k, dtype=np.bool_),
        working=working,
        se=se,
        proportion=proportion,
        prediction=None if predicted is None else _as_proportion(predicted, link),
        prediction_working=predicted,
        tau2=tau2,
        i2=i2_q if recipe.i2 == "q" else i2_tau2,
        i2_tau2=i2_tau2,
        i2_q=i2_q,
        h2=tau2 / typical + 1.0,
        q=wald,
        q_df=k - 1,
        q_pvalue=chi2_pvalue(wald, k - 1),
        weights=share / share.sum(),
        converged=found.converged,
        q_lrt=lrt,
        q_lrt_pvalue=chi2_pvalue(lrt, k - 1),
        loglik=found.loglik,
        tau2_lrt=statistic,
        tau2_lrt_pvalue=0.5 * float(chdtrc(1, statistic)) if statistic > 0.0 else 1.0,
        note="; ".join(note for note in notes if note),
    )


def _as_proportion(interval: Interval, link: Link) -> Interval:
    return Interval(*link.inverse(np.array(tuple(interval))).tolist())


def _caution(x: FloatArray, n: FloatArray, median: float, mean: float, tau2: float) -> str:
    """Say when the median study is far from all that the counts show: a factor 5 in the odds."""
    crude, average = float(x.sum() / n.sum()), float((x / n).mean())

    def log_odds(p: float) -> float:
        inside = min(max(p, 1e-300), 1.0 - 1e-16)
        return math.log(inside) - math.log1p(-inside)

    here = log_odds(median)
    if min(abs(log_odds(p) - here) for p in (crude, average)) < math.log(5.0):
        return ""
    return (
        f"tau2 is {tau2:.3g}: the estimate, {median:.2g}, is that of the median study of a very "
        f"wide distribution, far from the crude proportion ({crude:.2g}) and from the mean of the "
        f"studies' own ({average:.2g}); the mean over studies by the model is {mean:.2g}"
    )
