"""One-dimensional posterior distributions, known by quadrature, and their summaries."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtr

from .results import Result

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PosteriorSummary(Result):
    """Summary of a posterior distribution.

    Attributes
    ----------
    mean, median, mode, sd : float
        Location and spread. A moment that does not exist (heavy-tailed prior, few studies) is
        infinite.
    low, high : float
        Central interval: equal probability in both tails.
    shortest_low, shortest_high : float
        Shortest interval with the same probability.
    """

    mean: float
    median: float
    mode: float
    sd: float
    low: float
    high: float
    shortest_low: float
    shortest_high: float


class Distribution(Protocol):
    """What a distribution must offer to be summarised."""

    def pdf(self, value: float) -> float:
        """Return the density."""

    def quantile(self, probability: float) -> float:
        """Return the quantile."""

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation."""


def panels(breaks: FloatArray, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Gauss–Legendre nodes and weights on each panel, both of shape (panels, nodes)."""
    t, w = legendre.leggauss(nodes)
    half = 0.5 * np.diff(breaks)[:, None]
    return breaks[:-1, None] + half * (1.0 + t), half * w


class PanelDensity:
    """A density given at the Gauss–Legendre nodes of panels, interpolated by polynomials.

    The variable x of the panels maps to the value y by ``y = s x / (1 − c x)``, which takes
    [0, 1) to [0, ∞) for c = 1, or by the identity.
    """

    def __init__(
        self,
        breaks: FloatArray,
        density: FloatArray,
        *,
        stretch: tuple[float, float] | None = None,
    ) -> None:
        self.breaks, self.stretch = breaks, stretch
        self.x, self.weights = panels(breaks, density.shape[1])
        self.density = density / float((self.weights * density).sum())
        t, w = legendre.leggauss(density.shape[1])
        degrees = np.arange(density.shape[1])
        # Discrete Legendre transform: exact for the interpolating polynomial.
        basis = legendre.legvander(t, density.shape[1] - 1) * w[:, None] * (degrees + 0.5)
        self.series = self.density @ basis
        self.integral = np.array([legendre.legint(row, lbnd=-1) for row in self.series])
        masses = (self.weights * self.density).sum(axis=1)
        self.cumulative = np.concatenate(([0.0], np.cumsum(masses)))

    def _to_value(self, x: float) -> float:
        if self.stretch is None:
            return x
        s, c = self.stretch
        return s * x / (1.0 - c * x) if c * x < 1.0 else math.inf

    def _to_x(self, value: float) -> float:
        if self.stretch is None:
            return value
        s, c = self.stretch
        return value / (s + c * value)

    def _locate(self, x: float) -> tuple[int, float, float]:
        last = self.breaks.size - 2
        panel = min(max(int(np.searchsorted(self.breaks, x, side="right")) - 1, 0), last)
        half = 0.5 * float(self.breaks[panel + 1] - self.breaks[panel])
        return panel, (x - float(self.breaks[panel])) / half - 1.0, half

    def pdf(self, value: float) -> float:
        """Return the density of the value y."""
        x = self._to_x(value)
        if not self.breaks[0] <= x <= self.breaks[-1]:
            return 0.0
        panel, t, _ = self._locate(x)
        density = max(0.0, float(legendre.legval(t, self.series[panel])))
        if self.stretch is None:
            return density
        s, c = self.stretch
        return density * (1.0 - c * x) ** 2 / s

    def quantile(self, probability: float) -> float:
        """Return the value y below which the given probability lies."""
        if probability <= 0.0:
            return self._to_value(float(self.breaks[0]))
        if probability >= 1.0:
            return self._to_value(float(self.breaks[-1]))
        last = self.breaks.size - 2
        panel = min(int(np.searchsorted(self.cumulative, probability, side="right")) - 1, last)
        half = 0.5 * float(self.breaks[panel + 1] - self.breaks[panel])
        target = (probability - float(self.cumulative[panel])) / half

        def excess(t: float) -> float:
            return float(legendre.legval(t, self.integral[panel])) - target

        # Rounding can leave the target a hair outside the panel.
        if excess(1.0) <= 0.0:
            return self._to_value(float(self.breaks[panel + 1]))
        t = float(brentq(excess, -1.0, 1.0, xtol=1e-13)) if excess(-1.0) < 0.0 else -1.0
        return self._to_value(float(self.breaks[panel]) + half * (1.0 + t))

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation."""
        if self.stretch is None:
            values = self.x
        else:
            s, c = self.stretch
            values = s * self.x / (1.0 - c * self.x)
        mass = self.weights * self.density
        mean = float((mass * values).sum())
        return mean, math.sqrt(float((mass * (values - mean) ** 2).sum()))


def quantile_of(
    cdf: Callable[[float], float], support: tuple[float, float], probability: float
) -> float:
    """Invert a distribution function numerically; the ends of the support beyond it."""
    low, high = support
    if probability <= cdf(low):
        return low
    if probability >= cdf(high):
        return high
    return float(brentq(lambda v: cdf(v) - probability, low, high, xtol=1e-11, rtol=1e-12))


class NormalMixture:
    """A mixture of normal distributions."""

    def __init__(self, weights: FloatArray, means: FloatArray, sds: FloatArray) -> None:
        # What cannot move a quantile in its twelfth digit only costs time.
        wanted = weights > 1e-15 * weights.max()
        self.weights = weights[wanted] / weights[wanted].sum()
        self.means, self.sds = means[wanted], sds[wanted]
        self.range = (
            float((self.means - 9.0 * self.sds).min()),
            float((self.means + 9.0 * self.sds).max()),
        )

    def pdf(self, value: float) -> float:
        """Return the density."""
        z = (value - self.means) / self.sds
        return float(self.weights @ (np.exp(-0.5 * z * z) / self.sds)) / math.sqrt(2.0 * math.pi)

    def cdf(self, value: float) -> float:
        """Return the distribution function."""
        return float(self.weights @ ndtr((value - self.means) / self.sds))

    def quantile(self, probability: float) -> float:
        """Return the quantile."""
        return quantile_of(self.cdf, self.range, probability)

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation."""
        mean = float(self.weights @ self.means)
        variance = float(self.weights @ (self.sds**2 + (self.means - mean) ** 2))
        return mean, math.sqrt(variance)


def _mode(posterior: Distribution, points: FloatArray) -> float:
    """Highest point of the density; `points` are ascending and close enough to bracket it."""
    heights = [posterior.pdf(float(p)) for p in points]
    best = int(np.argmax(heights))
    around = points[max(best - 1, 0)], points[min(best + 1, points.size - 1)]
    found = minimize_scalar(
        lambda v: -posterior.pdf(v), bounds=around, method="bounded", options={"xatol": 1e-9}
    )
    return float(found.x) if -found.fun > heights[best] else float(points[best])


def _shortest(posterior: Distribution, level: float) -> tuple[float, float]:
    """Shortest interval of a unimodal distribution: equal densities at its ends, or one at 0."""

    def ends(tail: float) -> tuple[float, float]:
        return posterior.quantile(tail), posterior.quantile(tail + level)

    def imbalance(tail: float) -> float:
        low, high = ends(tail)
        return posterior.pdf(low) - posterior.pdf(high)

    tiny = 1e-12 * (1.0 - level)
    if imbalance(tiny) >= 0.0:
        return ends(0.0)
    if imbalance(1.0 - level - tiny) <= 0.0:
        return ends(1.0 - level)
    return ends(float(brentq(imbalance, tiny, 1.0 - level - tiny, xtol=1e-12, rtol=1e-12)))


def summarise(
    posterior: Distribution, level: float, *, mean_exists: bool = True, sd_exists: bool = True
) -> PosteriorSummary:
    """Summarise a posterior distribution.

    Parameters
    ----------
    posterior : Distribution
        What to summarise; unimodal, for mode and shortest interval to be exact.
    level : float
        Probability of the intervals.
    mean_exists, sd_exists : bool
        Whether the moments exist; infinite when they do not.
    """
    tail = 0.5 * (1.0 - level)
    probabilities = np.concatenate(([0.0], np.linspace(0.005, 0.995, 67)))
    points = np.array([posterior.quantile(float(p)) for p in probabilities])
    mean, sd = posterior.moments()
    low, high = posterior.quantile(tail), posterior.quantile(1.0 - tail)
    shortest = _shortest(posterior, level)
    return PosteriorSummary(
        mean=mean if mean_exists else math.inf,
        median=posterior.quantile(0.5),
        mode=_mode(posterior, np.unique(points)),
        sd=sd if sd_exists else math.inf,
        low=low,
        high=high,
        shortest_low=shortest[0],
        shortest_high=shortest[1],
    )
