"""The mean of proportions whose link-transformed values are normal, and its interval."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_choice, check_number, finite_numbers
from .links import LINKS, Link
from .results import Interval

FloatArray = NDArray[np.float64]


def mean_and_slopes(
    mu: FloatArray, sigma: float, link: Link
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return ∫ p(μ + σ u) φ(u) du and its derivatives by μ and σ, each of the shape of `mu`."""
    # The trapezoidal rule is exact to rounding once it resolves the narrower of the two factors.
    step = min(0.25, 0.5 / max(sigma, 1e-9))
    half = math.ceil(9.0 / step)
    u = step * np.arange(-half, half + 1.0)
    weight = np.exp(-0.5 * u * u) * step / math.sqrt(2.0 * math.pi)
    t = mu[..., None] + sigma * u
    slope = link.slope(t)
    return link.inverse(t) @ weight, slope @ weight, slope @ (weight * u)


def population_mean(mu: ArrayLike, tau2: float, *, link: str = "logit") -> FloatArray:
    """Mean over a population of studies of their true proportions.

    Parameters
    ----------
    mu : array_like
        Mean of the link-transformed proportions: the value of the median study.
    tau2 : float
        Their variance.
    link : {"logit", "probit", "cloglog"}
        The link.

    Returns
    -------
    ndarray
        ``∫ link⁻¹(μ + τ u) φ(u) du``, of the shape of `mu`; by the trapezoidal rule, exact to
        rounding.

    Notes
    -----
    With a logit or probit link and τ > 0 the mean lies closer to 1/2 than the median
    ``link⁻¹(μ)``: the inverse link is not linear.

    Examples
    --------
    >>> import metaprop
    >>> metaprop.population_mean([-2.0, 0.0], 1.0).round(3)
    array([0.155, 0.5  ])
    """
    check_choice("link", link, tuple(LINKS))
    check_number("tau2", tau2, at_least=0.0)
    at = finite_numbers(mu, "mu", row="at index")
    return mean_and_slopes(at, math.sqrt(tau2), LINKS[link])[0]


def mean_interval(
    mu: float, sigma: float, covariance: FloatArray, link: Link, critical: float
) -> Interval:
    """Return the mean proportion with limits by the delta method on the logit of the mean.

    `covariance` is that of (μ, σ); a σ of 0 has no variance in it.
    """
    mean, by_mu, by_sigma = (float(v) for v in mean_and_slopes(np.array(mu), sigma, link))
    slopes = np.array([by_mu, by_sigma])
    spread = math.sqrt(max(0.0, float(slopes @ covariance @ slopes))) / (mean * (1.0 - mean))
    logit = math.log(mean) - math.log1p(-mean)
    low, high = (
        0.5 + 0.5 * math.tanh(0.5 * (logit + side * critical * spread)) for side in (-1.0, 1.0)
    )
    return Interval(mean, low, high)
