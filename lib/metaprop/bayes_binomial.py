"""The binomial-normal random-effects model, by quadrature in two dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.polynomial import hermite, legendre
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, gammaln, ndtr

from .bayes_result import BayesPooled, check_priors, stretch_of_tau, summarised
from .checks import check_counts, check_level, check_whole
from .posterior import NormalMixture, PanelDensity, panels, quantile_of
from .priors import Normal, TauPrior

FloatArray = NDArray[np.float64]
_MU_PANELS = 24
_TAU_PANELS = 12
_REACH = 40.0  # logits beyond which a likelihood no longer changes in double precision
_NEGLIGIBLE = 27.0  # exp(−27) = 2e-12 of the peak


def _log_binomial(x: FloatArray, n: FloatArray, theta: FloatArray) -> FloatArray:
    """Log-likelihood of each study (last axis) at logit theta (leading axes), no constant."""
    t = theta[..., None]
    return -x * np.logaddexp(0.0, -t) - (n - x) * np.logaddexp(0.0, t)


def _without_dust(values: FloatArray) -> FloatArray:
    """Set what cannot matter to 0: products of tiny numbers are denormal, and very slow."""
    values[values < 1e-140] = 0.0
    return values


class _Likelihood:
    """log p(x | μ, τ), the product over studies of ∫ Bin(x; n, expit θ) N(θ; μ, τ²) dθ."""

    def __init__(self, x: FloatArray, n: FloatArray) -> None:
        self.x, self.n = x, n
        inner = (x > 0) & (x < n)
        # Each study's largest likelihood, so that nothing underflows.
        p = np.where(inner, x / n, 0.5)
        best = np.where(inner, x * np.log(p) + (n - x) * np.log1p(-p), 0.0)
        self.best = best
        self.constant = float(
            (best + gammaln(n + 1.0) - gammaln(x + 1.0) - gammaln(n - x + 1.0)).sum()
        )
        narrowest = float((1.0 / np.sqrt(n * p * (1.0 - p)))[inner].min()) if inner.any() else 1.0
        # The trapezoidal rule is exact to rounding once its step resolves the narrower factor.
        self.step = min(0.06, narrowest / 1.5)
        half = math.ceil(_REACH / self.step)
        self.theta = self.step * np.arange(-half, half + 1.0)
        self.values = _without_dust(np.exp(_log_binomial(x, n, self.theta) - best))
        self.hermite = hermite.hermgauss(32)

    def log(self, mu: FloatArray, tau: float) -> FloatArray:
        """Return the log-likelihood at every μ, shape of `mu`, without the constant."""
        if tau < 1.25 * self.step:
            z, w = self.hermite
            theta = mu[:, None] + math.sqrt(2.0) * tau * z
            likelihood = np.exp(_log_binomial(self.x, self.n, theta) - self.best)
            mean = np.einsum("z,mzk->mk", w / math.sqrt(math.pi), likelihood)
        else:
            kernel = _without_dust(np.exp(-0.5 * ((self.theta - mu[:, None]) / tau) ** 2))
            mean = kernel @ self.values * (self.step / (tau * math.sqrt(2.0 * math.pi)))
            # Beyond the grid the likelihood of a study at 0 or n is 1, that of the others 0.
            end = float(self.theta[-1]) + 0.5 * self.step
            mean += ndtr((mu[:, None] - end) / tau) * (self.x == self.n)
            mean += ndtr((-end - mu[:, None]) / tau) * (self.x == 0)
        result: FloatArray = np.log(np.maximum(mean, 1e-300)).sum(axis=1)
        return result


def _range_of_mu(
    likelihood: _Likelihood, mu_prior: Normal, tau_prior: TauPrior
) -> tuple[float, float, float, float]:
    """Find where the posterior of μ lies: lowest, highest, centre and width of its bulk."""
    taus = np.minimum(tau_prior.scale * 10.0 ** np.linspace(-3.0, 2.5, 12), tau_prior.upper)
    low, high = mu_prior.mean - 9.0 * mu_prior.sd, mu_prior.mean + 9.0 * mu_prior.sd
    for _ in range(6):
        mu = np.linspace(low, high, 81)
        log = np.stack([likelihood.log(mu, float(tau)) for tau in taus])
        log += (tau_prior.log_density(taus) + np.log(taus))[:, None]
        log -= 0.5 * ((mu - mu_prior.mean) / mu_prior.sd) ** 2
        inside = np.flatnonzero((log > log.max() - _NEGLIGIBLE).any(axis=0))
        mass = np.exp(log - log.max()).sum(axis=0)
        cumulative = np.cumsum(mass) / mass.sum()
        step = float(mu[1] - mu[0])
        new = (
            max(low, float(mu[inside[0]]) - step),
            min(high, float(mu[inside[-1]]) + step),
        )
        lower, centre, upper = (float(np.interp(p, cumulative, mu)) for p in (0.16, 0.5, 0.84))
        width = max(0.5 * (upper - lower), 0.25 * step)
        shrunk = new[1] - new[0] < 0.7 * (high - low)
        low, high = new
        if not shrunk:
            break
    return low, high, centre, width


def _graded(low: float, high: float, centre: float, width: float) -> FloatArray:
    """Return breaks of panels, narrow around the bulk and wider away from it."""
    centre = min(max(centre, low), high)
    ends = np.arcsinh((np.array([low, high]) - centre) / width)
    breaks = centre + width * np.sinh(np.linspace(ends[0], ends[1], _MU_PANELS + 1))
    return breaks


def bayes_binomial(
    events: ArrayLike,
    totals: ArrayLike,
    *,
    tau_prior: TauPrior,
    mu_prior: Normal,
    level: float = 0.95,
    nodes: int = 8,
) -> BayesPooled:
    """Posterior of the binomial-normal random-effects model.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events x and patients n.
    tau_prior : HalfNormal, HalfT or Uniform
        Prior of the between-study standard deviation τ, on the logit scale.
    mu_prior : Normal
        Prior of the pooled logit μ. It must be proper: with all studies at 0 or n the data alone
        do not bound μ.
    level : float
        Probability of the credible intervals.
    nodes : int
        Gauss–Legendre nodes per panel, 4 to 24; the default is exact to about five digits.

    Returns
    -------
    BayesPooled
        As :func:`~metaprop.bayes_normal`; the working scale is the logit.

    Raises
    ------
    ValueError
        For impossible counts, something that is not a proper prior, or `nodes` out of range.

    Notes
    -----
    x ~ Bin(n, expit θ), θ ~ N(μ, τ²): no continuity correction, no normal approximation, and
    studies at 0 or n are data like any other. The likelihood of a study, an integral over θ, is
    taken by the trapezoidal rule on a grid of logits (Gauss–Hermite when τ is below its step),
    which for these analytic integrands is exact to rounding; the posterior of μ and τ by
    Gauss–Legendre panels adapted to it.

    References
    ----------
    Smith TC, Spiegelhalter DJ, Thomas A. Stat Med 1995;14:2685, for the model. Trefethen LN,
    Weideman JAC. SIAM Rev 2014;56:385, for the trapezoidal rule.

    Examples
    --------
    >>> import metaprop
    >>> from metaprop.bayes import HalfNormal, Normal
    >>> priors = {"tau_prior": HalfNormal(0.5), "mu_prior": Normal(0.0, 2.0)}
    >>> post = metaprop.bayes_binomial([8, 12, 5], [10, 20, 5], **priors)
    >>> [round(value, 2) for value in post.proportion]
    [0.73, 0.53, 0.89]
    """
    check_level(level)
    check_priors(tau_prior, mu_prior)
    if not isinstance(mu_prior, Normal):
        raise ValueError(f"mu_prior of bayes_binomial must be a Normal, got {mu_prior!r}")
    nodes = check_whole("nodes", nodes, at_least=4, at_most=24)
    x, n = check_counts(events, totals)
    likelihood = _Likelihood(x, n)
    mu_breaks = _graded(*_range_of_mu(likelihood, mu_prior, tau_prior))
    mu, mu_weights = panels(mu_breaks, nodes)

    def log_joint(points: FloatArray, taus: FloatArray) -> FloatArray:
        """Log of likelihood times prior of μ; shape (taus, points)."""
        prior = -0.5 * ((points - mu_prior.mean) / mu_prior.sd) ** 2
        prior -= math.log(mu_prior.sd) + 0.5 * math.log(2.0 * math.pi)
        return np.stack([likelihood.log(points, float(tau)) for tau in taus]) + prior

    # A third of the nodes is enough to find the scale of tau.
    coarse, coarse_weights = panels(mu_breaks, 3)

    def log_posterior(taus: FloatArray) -> FloatArray:
        log = log_joint(coarse.ravel(), taus)
        peak = log.max(axis=1, keepdims=True)
        inner = np.log(np.exp(log - peak) @ coarse_weights.ravel()) + peak[:, 0]
        result: FloatArray = inner + tau_prior.log_density(taus)
        return result

    stretch = stretch_of_tau(log_posterior, tau_prior, points=49)
    s, c = stretch
    tau_breaks = np.linspace(0.0, 1.0, _TAU_PANELS + 1)
    z, z_weights = panels(tau_breaks, nodes)
    tau = (s * z / (1.0 - c * z)).ravel()
    jacobian = (s / (1.0 - c * z) ** 2).ravel()
    log = log_joint(mu.ravel(), tau) + tau_prior.log_density(tau)[:, None]
    peak = float(log.max())
    joint = np.exp(log - peak) * jacobian[:, None]  # shape (taus, points of mu)
    total = float(z_weights.ravel() @ joint @ mu_weights.ravel())

    # With x = 0 or n the likelihood tends to a constant as tau grows, otherwise it falls as 1/tau.
    tail = tau_prior.tail + int(((x > 0) & (x < n)).sum())
    return summarised(
        model="binomial",
        k=x.size,
        tau_prior=tau_prior,
        mu_prior=mu_prior,
        level=level,
        mu=PanelDensity(mu_breaks, (z_weights.ravel() @ joint).reshape(mu.shape)),
        tau=PanelDensity(
            tau_breaks, (joint @ mu_weights.ravel()).reshape(z.shape), stretch=stretch
        ),
        prediction=_Prediction(mu_breaks, joint, tau, z_weights.ravel()),
        tau_tail=tail,
        mu_tail=math.inf,
        as_proportion=lambda value: float(expit(value)),
        log_evidence=peak + math.log(total) + likelihood.constant,
    )


class _Prediction:
    """Distribution of θ ~ N(μ, τ²) over the joint posterior of μ and τ.

    For large τ it is a mixture of normal distributions over the nodes of μ. Where τ is smaller
    than the distance between nodes that mixture would be a comb; there the density of μ given τ,
    a polynomial on each panel, is averaged over μ = θ − τ z instead, z standard normal.
    """

    def __init__(
        self, mu_breaks: FloatArray, joint: FloatArray, tau: FloatArray, tau_weights: FloatArray
    ) -> None:
        nodes = joint.shape[1] // (mu_breaks.size - 1)
        mu, mu_weights = (part.ravel() for part in panels(mu_breaks, nodes))
        cells = joint * mu_weights
        rows = tau_weights * cells.sum(axis=1)
        rows /= rows.sum()
        cells *= (tau_weights / (tau_weights @ cells.sum(axis=1)))[:, None]
        bulk = cells.sum(axis=0)
        large = tau >= 3.0 * float(bulk @ np.gradient(mu))
        small = ~large & (rows > 1e-16)
        self.mean = float((cells @ mu).sum())
        self.sd = math.sqrt(float((cells @ (mu - self.mean) ** 2).sum() + rows @ tau**2))
        self.range = float(mu_breaks[0]), float(mu_breaks[-1])
        self.wide_share = float(rows[large].sum())
        self.wide = None
        if self.wide_share > 1e-14:
            self.wide = NormalMixture(
                cells[large].ravel(),
                np.broadcast_to(mu, cells.shape)[large].ravel(),
                np.broadcast_to(tau[:, None], cells.shape)[large].ravel(),
            )
            low, high = self.wide.range
            self.range = min(low, self.range[0]), max(high, self.range[1])
        z, w = hermite.hermgauss(12)
        self.shift = tau[small][:, None] * math.sqrt(2.0) * z
        self.weight = rows[small][:, None] * w / math.sqrt(math.pi)
        given = [PanelDensity(mu_breaks, row.reshape(-1, nodes)) for row in joint[small]]
        self.breaks = mu_breaks
        self.series = np.array([density.series for density in given])
        self.integral = np.array([density.integral for density in given])
        self.cumulative = np.array([density.cumulative for density in given])

    def _narrow(self, value: float) -> tuple[FloatArray, FloatArray, tuple[Any, ...]]:
        """Return where θ − τ z lies: in which panel, where in it, and an index into the series."""
        x = np.clip(value - self.shift, self.breaks[0], self.breaks[-1])
        panel = np.searchsorted(self.breaks, x, side="right") - 1
        panel = np.clip(panel, 0, self.breaks.size - 2)
        half = 0.5 * np.diff(self.breaks)[panel]
        t = (x - self.breaks[panel]) / half - 1.0
        return t, half, (np.arange(x.shape[0])[:, None], panel)

    def pdf(self, value: float) -> float:
        """Return the density."""
        total = 0.0 if self.wide is None else self.wide_share * self.wide.pdf(value)
        if self.shift.size:
            t, _, index = self._narrow(value)
            basis = legendre.legvander(t, self.series.shape[-1] - 1)
            total += float((self.weight * (self.series[index] * basis).sum(axis=-1)).sum())
        return max(total, 0.0)

    def cdf(self, value: float) -> float:
        """Return the distribution function."""
        total = 0.0 if self.wide is None else self.wide_share * self.wide.cdf(value)
        if self.shift.size:
            t, half, index = self._narrow(value)
            basis = legendre.legvander(t, self.integral.shape[-1] - 1)
            inside = (self.integral[index] * basis).sum(axis=-1)
            total += float((self.weight * (self.cumulative[index] + half * inside)).sum())
        return total

    def quantile(self, probability: float) -> float:
        """Return the quantile."""
        return quantile_of(self.cdf, self.range, probability)

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation."""
        return self.mean, self.sd
