"""Random-intercept logistic regression: pooling the counts themselves.

The binomial–normal model needs no continuity correction and no normal approximation of a study's
proportion (Stijnen, Hamza and Özdemir 2010). For a fixed σ the marginal likelihood is log-concave
in the coefficients (Prékopa's theorem), so damped Newton steps cannot be trapped; σ itself is
found on a grid and then inside a bracket.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtr

from .checks import (
    check_choice,
    check_counts,
    check_level,
    check_names,
    check_whole,
    finite_numbers,
)
from .heterogeneity import i2_from_q, i2_from_tau2, typical_variance
from .intervals import chi2_pvalue, normal_quantile, t_quantile
from .prediction import prediction_interval
from .quadrature import Derivatives, MarginalLikelihood
from .recipe import Recipe
from .results import Interval, Pooled, Result
from .tau2 import root
from .transforms import back_transform

FloatArray = NDArray[np.float64]
DEFAULT_NODES = 101

# Grid on which sign changes of the score are sought. Beyond the last point (τ² = 100, two thirds of
# all studies spread over e^±10 in odds) studies are at 0% or 100% for all the data can tell.
_SIGMAS = (0.0, 0.25, 0.7, 1.5, 3.0, 6.0, 10.0)
_UNBOUNDED = (
    "the mixed model has no finite estimate: the studies at 0% and at 100% let tau2 grow beyond 100"
)
_LARGEST_PREDICTOR = 40.0  # beyond it a proportion is 0 or 1 to machine precision


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """A maximum of the likelihood for a given design."""

    beta: FloatArray
    sigma: float
    at: Derivatives
    converged: bool


class _Model:
    """Likelihood of coefficients and σ for a design, with an optional offset for all studies."""

    def __init__(self, x: FloatArray, n: FloatArray, design: FloatArray, nodes: int) -> None:
        self.likelihood = MarginalLikelihood(x, n, nodes)
        self.design = design
        crude = (x.sum() + 0.5) / (n.sum() + 1.0)
        self.start = np.zeros(design.shape[1])
        if self.start.size:
            self.start[0] = math.log(crude / (1.0 - crude))

    def at_sigma(self, sigma: float, start: FloatArray, offset: float = 0.0) -> _Fit:
        """Maximise over the coefficients at a fixed σ: damped Newton on a concave function."""
        beta, design = start, self.design
        now = self.likelihood.evaluate(offset + design @ beta, sigma)
        if not beta.size:
            return _Fit(beta, sigma, now, True)
        for _ in range(100):
            gradient = design.T @ now.eta
            hessian = (design * now.eta_eta[:, None]).T @ design
            step = np.linalg.solve(hessian - 1e-12 * np.eye(beta.size), -gradient)
            if float(np.max(np.abs(step))) < 1e-11:
                return _Fit(beta, sigma, now, True)
            step *= min(1.0, 5.0 / float(np.max(np.abs(step))))
            for _ in range(40):
                new = self.likelihood.evaluate(offset + design @ (beta + step), sigma)
                # Near the top, rounding hides any gain: there a shrinking gradient decides.
                gain = new.loglik - now.loglik
                if gain > 0.0 or (
                    gain > -1e-9 and np.max(np.abs(design.T @ new.eta)) <= np.max(np.abs(gradient))
                ):
                    break
                step = 0.5 * step
            else:
                return _Fit(beta, sigma, now, float(np.max(np.abs(gradient))) < 1e-6)
            beta, now = beta + step, new
            if float(np.max(np.abs(design @ beta + offset))) > _LARGEST_PREDICTOR:
                raise ValueError(
                    "the mixed model has no finite estimate: the moderator separates studies at 0% "
                    "or 100% from the others"
                )
        return _Fit(beta, sigma, now, False)

    @staticmethod
    def variance_score(fit: _Fit) -> float:
        """Return the derivative by σ²; its limit at σ = 0, where that by σ vanishes."""
        if fit.sigma == 0.0:
            return 0.5 * float(fit.at.sigma_sigma.sum())
        return float(fit.at.sigma.sum()) / (2.0 * fit.sigma)

    def fit(self, offset: float = 0.0, *, bounded: bool = False) -> _Fit:
        """Maximise over coefficients and σ: the highest of all maxima that the σ grid brackets.

        With `bounded`, the last grid point counts as a maximum where the likelihood still rises
        there; otherwise that is an error.
        """
        latest = self.at_sigma(0.0, self.start, offset)

        def score(sigma: float) -> float:
            nonlocal latest
            latest = self.at_sigma(sigma, latest.beta, offset)
            return self.variance_score(latest)

        fits: list[_Fit] = []
        highest = -math.inf
        before = score(_SIGMAS[0])
        zero = 1e-13 * float(self.likelihood.n.sum())  # what rounding can make of a score of 0
        if before <= zero:
            fits.append(latest)
        for low, high in itertools.pairwise(_SIGMAS):
            after = score(high)
            if before > zero and abs(after) <= zero:
                fits.append(latest)
            elif before > zero and after < -zero:
                sigma, converged = root(score, low, high)
                score(sigma)
                fits.append(replace(latest, converged=converged and latest.converged))
            highest = max([highest, *(fit.at.loglik for fit in fits)])
            # Falling, and far below the best: no higher maximum lies beyond.
            if after < 0.0 and latest.at.loglik < highest - 2.0:
                break
            before = after
        else:
            if before > zero and latest.at.loglik > highest + 0.01:
                if not bounded:
                    raise ValueError(_UNBOUNDED)
                fits.append(latest)
        highest = max(fit.at.loglik for fit in fits)
        return next(fit for fit in fits if fit.at.loglik >= highest - 1e-8)


def _covariance(model: _Model, fit: _Fit) -> FloatArray:
    """Covariance of the coefficients: inverse of minus the joint Hessian of (β, σ).

    The Hessian is that of the quadrature approximation, by central differences of its exact
    gradient. At σ = 0 the likelihood is even in σ, so the cross derivatives vanish and σ drops out.
    """
    p, step = fit.beta.size, 1e-4
    with_sigma = fit.sigma > 2.0 * step

    def gradient(theta: FloatArray) -> FloatArray:
        sigma = float(theta[p]) if with_sigma else fit.sigma
        at = model.likelihood.evaluate(model.design @ theta[:p], sigma)
        by_beta = model.design.T @ at.eta
        return np.append(by_beta, at.sigma.sum()) if with_sigma else by_beta

    theta = np.append(fit.beta, fit.sigma) if with_sigma else fit.beta
    rows = [
        (gradient(theta + step * unit) - gradient(theta - step * unit)) / (2.0 * step)
        for unit in np.eye(theta.size)
    ]
    hessian = np.array(rows)
    information = -0.5 * (hessian + hessian.T)
    try:
        covariance = np.linalg.inv(information)[:p, :p]
    except np.linalg.LinAlgError:
        covariance = np.zeros((p, p))
    if not (np.diag(covariance) > 0.0).all():
        raise ValueError(
            "the mixed model has no standard errors: at its maximum the likelihood is flat in one "
            "direction, as too few studies determine the coefficients and tau2"
        )
    return np.asarray(covariance, dtype=np.float64)


def _profile_limits(
    x: FloatArray, n: FloatArray, nodes: int, fit: _Fit, se: float, level: float
) -> tuple[float, float]:
    """Values of μ at which the log-likelihood, maximised over σ, has fallen by z² / 2."""
    model = _Model(x, n, np.empty((x.size, 0)), nodes)
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
            if abs(outer) > _LARGEST_PREDICTOR:
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
    model = _Model(x, n, np.ones((k, 1)), nodes)
    null = model.at_sigma(0.0, model.start)
    # One study, or studies of one patient each, say nothing about variation between studies.
    identified = k > 1 and bool((n > 1).any())
    extreme = (x == 0) | (x == n)
    if identified and extreme.all():
        # With a studies at n, b at 0 and P the mean of p the likelihood is at most P^a (1 - P)^b,
        # which it reaches as tau grows without end.
        raise ValueError(_UNBOUNDED)
    fit = model.fit() if identified else null
    mu, tau2 = float(fit.beta[0]), fit.sigma**2
    se = math.sqrt(float(_covariance(model, fit)[0, 0]))

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


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GlmmRegression(Result):
    """Random-intercept logistic regression on moderators.

    Attributes
    ----------
    names : tuple of str
        Coefficients, the intercept first.
    beta, se, pvalues, low, high : ndarray
        Estimates on the logit scale, Wald standard errors, p-values and limits.
    tau2 : float
        Residual between-study variance.
    qm, qm_df, qm_pvalue : float, int, float
        Wald test that all coefficients but the intercept are 0.
    loglik : float
        Maximised log-likelihood, binomial coefficients included.
    level : float
        Confidence level of the limits.
    converged : bool
        Whether every iterative step met its tolerance.
    """

    names: tuple[str, ...]
    beta: FloatArray
    se: FloatArray
    pvalues: FloatArray
    low: FloatArray
    high: FloatArray
    tau2: float
    qm: float
    qm_df: int
    qm_pvalue: float
    loglik: float
    level: float
    converged: bool


def glmm_regression(
    events: ArrayLike,
    totals: ArrayLike,
    moderator: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    nodes: int = DEFAULT_NODES,
    level: float = 0.95,
) -> GlmmRegression:
    """Regress proportions on moderators with the random-intercept logistic model.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study.
    moderator : array_like, shape (k,) or (k, m)
        One or several study-level covariates; an intercept is added.
    names : sequence of str, optional
        Names of the moderators.
    nodes : int
        Quadrature nodes.
    level : float
        Confidence level.

    Returns
    -------
    GlmmRegression

    Raises
    ------
    ValueError
        For broken input, collinear moderators, too few studies, or when a moderator separates
        studies at 0 or n from the others so that no finite estimate exists.

    Examples
    --------
    >>> import metaprop
    >>> events, totals, age = [8, 12, 5, 9], [10, 20, 9, 30], [50, 58, 61, 70]
    >>> fit = metaprop.glmm_regression(events, totals, age, names=["age"])
    >>> fit.names, fit.beta.round(2)
    (('intercept', 'age'), array([ 6.8 , -0.11]))
    """
    check_level(level)
    nodes = check_whole("nodes", nodes, at_least=1, at_most=200)
    x, n = check_counts(events, totals)
    columns = finite_numbers(moderator, "moderator")
    columns = columns[:, None] if columns.ndim == 1 else columns
    if columns.ndim != 2 or columns.shape[0] != x.size:
        raise ValueError(f"moderator must have {x.size} rows, got shape {columns.shape}")
    m = columns.shape[1]
    labels = check_names(names, m, first=1)
    # Centring and scaling keep Newton's steps well conditioned (years, say); undone below.
    centre, spread = columns.mean(axis=0), columns.std(axis=0)
    design = np.column_stack(
        [np.ones(x.size), (columns - centre) / np.where(spread > 0, spread, 1)]
    )
    if np.linalg.matrix_rank(design) < m + 1:
        raise ValueError("moderators are constant or collinear: the coefficients are not unique")
    if x.size < m + 1:
        raise ValueError(f"{x.size} studies cannot determine {m + 1} coefficients")
    if not x.any() or bool((x == n).all()):
        raise ValueError("every study is at 0% or every study at 100%: no regression is possible")
    model = _Model(x, n, design, nodes)
    fit = model.fit()
    undo = np.diag(np.concatenate(([1.0], 1.0 / spread)))
    undo[0, 1:] = -centre / spread
    beta = undo @ fit.beta
    covariance = undo @ _covariance(model, fit) @ undo.T
    se = np.sqrt(np.diag(covariance))
    z = normal_quantile(level)
    qm = float(beta[1:] @ np.linalg.solve(covariance[1:, 1:], beta[1:]))
    return GlmmRegression(
        names=("intercept", *labels),
        beta=beta,
        se=se,
        pvalues=2.0 * ndtr(-np.abs(beta / se)),
        low=beta - z * se,
        high=beta + z * se,
        tau2=fit.sigma**2,
        qm=qm,
        qm_df=m,
        qm_pvalue=chi2_pvalue(qm, m),
        loglik=fit.at.loglik,
        level=level,
        converged=fit.converged,
    )
