"""Prior distributions of the Bayesian models, as data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from .checks import check_number
from .results import Result

FloatArray = NDArray[np.float64]


def _positive(name: str, value: float) -> None:
    if check_number(name, value) <= 0.0:
        raise ValueError(f"{name} must be a positive finite number, got {value!r}")


@dataclass(frozen=True, slots=True)
class HalfNormal(Result):
    """Half-normal prior for τ: √(2/π) / s · exp(−τ² / (2 s²)).

    Parameters
    ----------
    scale : float
        s, on the working scale. 0.5 on the logit scale is the common weakly informative choice.

    Examples
    --------
    >>> import metaprop
    >>> import numpy as np
    >>> np.exp(metaprop.HalfNormal(0.5).log_density(np.array([0.0, 0.5]))).round(3)
    array([1.596, 0.968])
    """

    scale: float

    def __post_init__(self) -> None:
        _positive("scale of a half-normal prior", self.scale)

    @property
    def label(self) -> str:
        """Name for tables."""
        return f"half-normal({self.scale:g})"

    @property
    def upper(self) -> float:
        """Largest value the prior allows."""
        return math.inf

    @property
    def tail(self) -> float:
        """Power a of a density that falls as τ^(−a); infinite when it falls faster."""
        return math.inf

    def log_density(self, tau: FloatArray) -> FloatArray:
        """Logarithm of the density at τ ≥ 0."""
        constant = 0.5 * math.log(2.0 / math.pi) - math.log(self.scale)
        result: FloatArray = constant - 0.5 * (tau / self.scale) ** 2
        return result


@dataclass(frozen=True, slots=True)
class HalfT(Result):
    """Half-t prior for τ with `df` degrees of freedom and scale s (Gelman 2006).

    Parameters
    ----------
    scale : float
        s, on the working scale.
    df : float
        Degrees of freedom; 1 is the half-Cauchy prior.

    Examples
    --------
    >>> import metaprop
    >>> metaprop.HalfT(0.5, 3.0).label
    'half-t(3, 0.5)'
    """

    scale: float
    df: float

    def __post_init__(self) -> None:
        _positive("scale of a half-t prior", self.scale)
        _positive("df of a half-t prior", self.df)

    @property
    def label(self) -> str:
        """Name for tables."""
        return (
            f"half-Cauchy({self.scale:g})"
            if self.df == 1
            else f"half-t({self.df:g}, {self.scale:g})"
        )

    @property
    def upper(self) -> float:
        """Largest value the prior allows."""
        return math.inf

    @property
    def tail(self) -> float:
        """Power a of a density that falls as τ^(−a)."""
        return self.df + 1.0

    def log_density(self, tau: FloatArray) -> FloatArray:
        """Logarithm of the density at τ ≥ 0."""
        constant = (
            math.log(2.0)
            + float(gammaln((self.df + 1.0) / 2.0) - gammaln(self.df / 2.0))
            - 0.5 * math.log(self.df * math.pi)
            - math.log(self.scale)
        )
        result: FloatArray = constant - 0.5 * (self.df + 1.0) * np.log1p(
            (tau / self.scale) ** 2 / self.df
        )
        return result


def half_cauchy(scale: float) -> HalfT:
    """Half-Cauchy prior for τ, the half-t prior with one degree of freedom (Gelman 2006).

    Examples
    --------
    >>> import metaprop
    >>> metaprop.half_cauchy(0.5).label
    'half-Cauchy(0.5)'
    """
    return HalfT(scale, 1.0)


@dataclass(frozen=True, slots=True)
class Uniform(Result):
    """Uniform prior for τ on [0, upper].

    Parameters
    ----------
    upper : float
        Largest τ, on the working scale.

    Examples
    --------
    >>> import metaprop
    >>> metaprop.Uniform(2.0).label
    'uniform(0, 2)'
    """

    upper: float

    def __post_init__(self) -> None:
        _positive("upper of a uniform prior", self.upper)

    @property
    def label(self) -> str:
        """Name for tables."""
        return f"uniform(0, {self.upper:g})"

    @property
    def scale(self) -> float:
        """Typical size."""
        return self.upper

    @property
    def tail(self) -> float:
        """The density has no tail."""
        return math.inf

    def log_density(self, tau: FloatArray) -> FloatArray:
        """Logarithm of the density at 0 ≤ τ ≤ upper."""
        return np.full_like(tau, -math.log(self.upper))


TauPrior = HalfNormal | HalfT | Uniform


@dataclass(frozen=True, slots=True)
class Normal(Result):
    """Normal prior for μ.

    Parameters
    ----------
    mean, sd : float
        On the working scale; `sd` is a standard deviation.

    Examples
    --------
    >>> import metaprop
    >>> metaprop.Normal(0.0, 2.0).label
    'normal(0, sd 2)'
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        check_number("mean of a normal prior", self.mean)
        _positive("sd of a normal prior", self.sd)

    @property
    def label(self) -> str:
        """Name for tables."""
        return f"normal({self.mean:g}, sd {self.sd:g})"


@dataclass(frozen=True, slots=True)
class Flat(Result):
    """Improper uniform prior for μ.

    Examples
    --------
    >>> import metaprop
    >>> yi, vi, tau_prior = [0.1, 0.6, 1.4], [0.04, 0.05, 0.09], metaprop.HalfNormal(0.5)
    >>> post = metaprop.bayes_normal(yi, vi, tau_prior=tau_prior, mu_prior=metaprop.Flat())
    >>> round(post.mu.median, 2)
    0.65
    """

    @property
    def label(self) -> str:
        """Name for tables."""
        return "flat"


MuPrior = Normal | Flat
