"""One-dimensional posterior distributions, known by quadrature, and their summaries."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from .results import Result

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PosteriorSummary(Result):
    """Summary of a posterior distribution.

    Attributes
    ----------
    mean, median, mode, sd : float
        Location and spread. A moment that diverges (heavy-tailed prior, few studies) is infinite;
        the mean of a quantity of either sign that has none, as a Cauchy distribution has none, is
        NaN.
    note : str
        Which moments do not exist, and why; empty when both do.
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
    note: str = ""


class Distribution(Protocol):
    """What a distribution must offer to be summarised; arrays are one-dimensional."""

    @property
    def ends(self) -> tuple[float, float]:
        """Return where the support begins and ends, for all that double precision can tell."""

    def pdf(self, values: FloatArray) -> FloatArray:
        """Return the density at each value."""

    def quantiles(self, probabilities: FloatArray) -> FloatArray:
        """Return the quantile of each probability."""

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation."""


def panels(breaks: FloatArray, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Gauss–Legendre nodes and weights on each panel, both of shape (..., panels, nodes)."""
    t, w = legendre.leggauss(nodes)
    half = 0.5 * np.diff(breaks)[..., None]
    return breaks[..., :-1, None] + half * (1.0 + t), half * w


def legendre_series(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return Legendre coefficients of the polynomial through values at the nodes of each panel.

    Also those of its integral from the left end of the panel, in units of half its width.
    """
    nodes = values.shape[-1]
    t, w = legendre.leggauss(nodes)
    # Discrete Legendre transform: exact for the interpolating polynomial.
    basis = legendre.legvander(t, nodes - 1) * w[:, None] * (np.arange(nodes) + 0.5)
    series: FloatArray = np.asarray(values @ basis, dtype=np.float64)
    integral = np.asarray(legendre.legint(series, lbnd=-1, axis=-1), dtype=np.float64)
    return series, integral


def evaluate(series: FloatArray, t: FloatArray) -> FloatArray:
    """Evaluate Legendre series (..., terms) at t (...), by Clenshaw's recurrence."""
    last = series.shape[-1] - 1
    one, two = series[..., last], np.zeros_like(t)
    for n in range(last, 0, -1):
        one, two = series[..., n - 1] - two * n / (n + 1.0) + t * one * (2.0 * n - 1.0) / n, one
    result: FloatArray = one
    return result


@dataclass(frozen=True, slots=True)
class Moebius:
    """The map ``y = s x / (1 − c x)``, which takes [0, 1) to [0, ∞) for c = 1."""

    s: float
    c: float

    def to_value(self, x: FloatArray) -> FloatArray:
        """Return y."""
        with np.errstate(divide="ignore"):
            result: FloatArray = self.s * x / np.maximum(1.0 - self.c * x, 0.0)
        return result

    def to_x(self, value: FloatArray) -> FloatArray:
        """Return x."""
        result: FloatArray = value / (self.s + self.c * value)
        return result

    def slope(self, x: FloatArray) -> FloatArray:
        """Return dy/dx."""
        result: FloatArray = self.s / (1.0 - self.c * x) ** 2
        return result


@dataclass(frozen=True, slots=True)
class Fold:
    """The map y = x up to `at`, and beyond it ``y = at² / (2 at − x)``: [0, 2 at) to [0, ∞)."""

    at: float

    def to_value(self, x: FloatArray) -> FloatArray:
        """Return y."""
        with np.errstate(divide="ignore"):
            beyond = self.at**2 / np.maximum(2.0 * self.at - x, 0.0)
        result: FloatArray = np.where(x <= self.at, x, beyond)
        return result

    def to_x(self, value: FloatArray) -> FloatArray:
        """Return x."""
        beyond = 2.0 * self.at - self.at**2 / np.maximum(value, self.at)
        result: FloatArray = np.where(value <= self.at, value, beyond)
        return result

    def slope(self, x: FloatArray) -> FloatArray:
        """Return dy/dx."""
        result: FloatArray = np.where(x <= self.at, 1.0, (self.to_value(x) / self.at) ** 2)
        return result


class PanelDensity:
    """A density given at the Gauss–Legendre nodes of panels, interpolated by polynomials.

    The panels are those of a variable x; `stretch` maps it to the value y, and `density` is that
    of x.
    """

    def __init__(self, breaks: FloatArray, density: FloatArray, *, stretch: Moebius | Fold) -> None:
        self.breaks, self.stretch = breaks, stretch
        self.x, self.weights = panels(breaks, density.shape[1])
        self.density = density / float((self.weights * density).sum())
        self.series, self.integral = legendre_series(self.density)
        masses = (self.weights * self.density).sum(axis=1)
        self.cumulative = np.concatenate(([0.0], np.cumsum(masses)))

    @property
    def ends(self) -> tuple[float, float]:
        """Return where the support begins and ends."""
        low, high = self.stretch.to_value(self.breaks[[0, -1]]).tolist()
        return low, high

    def pdf(self, values: FloatArray) -> FloatArray:
        """Return the density at each value y."""
        x = self.stretch.to_x(values)
        inside = (x >= self.breaks[0]) & (x < self.breaks[-1])
        x = np.where(inside, x, self.breaks[0])
        panel = np.searchsorted(self.breaks, x, side="right") - 1
        half = 0.5 * np.diff(self.breaks)[panel]
        density = evaluate(self.series[panel], (x - self.breaks[panel]) / half - 1.0)
        result: FloatArray = np.where(inside, np.maximum(density, 0.0) / self.stretch.slope(x), 0.0)
        return result

    def quantiles(self, probabilities: FloatArray) -> FloatArray:
        """Return the value y below which each probability lies."""
        panel = np.searchsorted(self.cumulative, probabilities, side="right") - 1
        panel = np.clip(panel, 0, self.breaks.size - 2)
        half = 0.5 * np.diff(self.breaks)[panel]
        target = (probabilities - self.cumulative[panel]) / half
        t = _increasing_root(
            lambda t, i: (evaluate(self.integral[panel[i]], t), evaluate(self.series[panel[i]], t)),
            target,
            np.full(panel.shape, -1.0),
            np.full(panel.shape, 1.0),
        )
        x = self.breaks[panel] + half * (1.0 + t)
        x = np.where(probabilities <= 0.0, self.breaks[0], x)
        return self.stretch.to_value(np.where(probabilities >= 1.0, self.breaks[-1], x))

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation."""
        values = self.stretch.to_value(self.x)
        mass = self.weights * self.density
        mean = float((mass * values).sum())
        return mean, math.sqrt(float((mass * (values - mean) ** 2).sum()))


class _Function(Protocol):
    def __call__(
        self, at: FloatArray, which: NDArray[np.intp], /
    ) -> tuple[FloatArray, FloatArray]: ...


def _increasing_root(
    function: _Function, target: FloatArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    """Solve increasing functions for their targets, all at once: Newton inside a bracket.

    `function` returns values and slopes of those equations whose positions it is given.
    """
    at = 0.5 * (low + high)
    left = np.arange(at.size)
    for _ in range(120):
        value, slope = function(at[left], left)
        excess = value - target[left]
        high[left] = np.where(excess > 0.0, at[left], high[left])
        low[left] = np.where(excess > 0.0, low[left], at[left])
        with np.errstate(divide="ignore", invalid="ignore"):
            new = at[left] - excess / slope
        inside = (new >= low[left]) & (new <= high[left])
        new = np.where(inside, new, 0.5 * (low[left] + high[left]))
        new = np.where(excess == 0.0, at[left], new)
        moved = np.abs(new - at[left])
        at[left] = new
        left = left[moved > 1e-12 * (1.0 + np.abs(new))]
        if not left.size:
            break
    return at


class Cumulative:
    """Quantiles of a distribution on the whole line that knows its `cdf` and `pdf`.

    The distribution function is tabulated once, as piecewise cubics through its values and slopes,
    in t with value = centre + width · sinh t, which reaches heavy tails in a few steps.
    """

    ends: tuple[float, float]
    centre: float
    width: float
    _table: CubicHermiteSpline | None = None

    def pdf(self, values: FloatArray) -> FloatArray:
        """Return the density at each value."""
        raise NotImplementedError

    def cdf(self, values: FloatArray) -> FloatArray:
        """Return the distribution function at each value."""
        raise NotImplementedError

    def _tabulated(self) -> CubicHermiteSpline:
        low, high = (math.asinh((end - self.centre) / self.width) for end in self.ends)
        t = np.linspace(low, high, 65)
        rough = self.cdf(self.centre + self.width * np.sinh(t))
        # Fine where the probability is, and where the smallest tails are that anyone asks for.
        bulk = np.interp([1e-9, 1.0 - 1e-9], rough, t)
        t = np.unique(np.concatenate((t, np.linspace(bulk[0], bulk[1], 321))))
        values = self.centre + self.width * np.sinh(t)
        return CubicHermiteSpline(t, self.cdf(values), self.pdf(values) * self.width * np.cosh(t))

    def quantiles(self, probabilities: FloatArray) -> FloatArray:
        """Return the quantile of each probability; the ends of the support beyond it."""
        if self._table is None:
            self._table = self._tabulated()
        table, slope = self._table, self._table.derivative()
        t, heights = table.x, np.maximum.accumulate(table(table.x))
        place = np.clip(np.searchsorted(heights, probabilities), 1, t.size - 1)
        found = _increasing_root(
            lambda at, _: (table(at), slope(at)), probabilities, t[place - 1], t[place]
        )
        found = np.where(probabilities <= heights[0], t[0], found)
        found = np.where(probabilities >= heights[-1], t[-1], found)
        result: FloatArray = self.centre + self.width * np.sinh(found)
        return result


class NormalMixture(Cumulative):
    """A mixture of normal distributions."""

    def __init__(self, weights: FloatArray, means: FloatArray, sds: FloatArray) -> None:
        # What cannot move a quantile in its twelfth digit only costs time.
        wanted = weights > 1e-15 * weights.max()
        self.weights = weights[wanted] / weights[wanted].sum()
        self.means, self.sds = means[wanted], sds[wanted]
        self.ends = (
            float((self.means - 9.0 * self.sds).min()),
            float((self.means + 9.0 * self.sds).max()),
        )
        self.centre = float(self.weights @ self.means)
        self.width = float(1.0 / (self.weights @ (1.0 / self.sds)))

    def pdf(self, values: FloatArray) -> FloatArray:
        """Return the density at each value."""
        z = (values[:, None] - self.means) / self.sds
        result: FloatArray = np.exp(-0.5 * z * z) @ (self.weights / self.sds)
        return result / math.sqrt(2.0 * math.pi)

    def cdf(self, values: FloatArray) -> FloatArray:
        """Return the distribution function at each value."""
        result: FloatArray = ndtr((values[:, None] - self.means) / self.sds) @ self.weights
        return result

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation."""
        mean = float(self.weights @ self.means)
        variance = float(self.weights @ (self.sds**2 + (self.means - mean) ** 2))
        return mean, math.sqrt(variance)


def _mode(posterior: Distribution, points: FloatArray) -> float:
    """Highest point of the density; `points` are ascending and close enough to bracket it."""
    heights = posterior.pdf(points)
    best = int(np.argmax(heights))
    around = points[max(best - 1, 0)], points[min(best + 1, points.size - 1)]
    found = minimize_scalar(
        lambda v: -float(posterior.pdf(np.array([v]))[0]),
        bounds=around,
        method="bounded",
        options={"xatol": 1e-9},
    )
    return float(found.x) if -found.fun > heights[best] else float(points[best])


def _shortest(posterior: Distribution, level: float) -> tuple[float, float]:
    """Shortest interval of a unimodal distribution: equal densities at its ends, or one at 0."""
    tiny = 1e-12 * (1.0 - level)
    low, high = tiny, 1.0 - level - tiny

    def ends(tails: FloatArray) -> FloatArray:
        both = posterior.quantiles(np.concatenate((tails, tails + level)))
        return both.reshape(2, -1)

    # The density below rises over that above as the lower tail grows; three nested grids.
    for _ in range(3):
        tails = np.linspace(low, high, 24)
        below, above = ends(tails)
        imbalance = posterior.pdf(below) - posterior.pdf(above)
        if imbalance[0] >= 0.0:
            tail = 0.0 if low == tiny else low
            break
        if imbalance[-1] <= 0.0:
            tail = 1.0 - level if high == 1.0 - level - tiny else high
            break
        after = int(np.flatnonzero(imbalance > 0.0)[0]) if (imbalance > 0.0).any() else -1
        low, high = float(tails[after - 1]), float(tails[after])
        tail = float(np.interp(0.0, imbalance[[after - 1, after]], [low, high]))
    found_low, found_high = ends(np.array([tail]))[:, 0].tolist()
    return found_low, found_high


def summarise(
    posterior: Distribution,
    level: float,
    *,
    mean_exists: bool = True,
    sd_exists: bool = True,
    either_sign: bool = True,
) -> PosteriorSummary:
    """Summarise a posterior distribution.

    Parameters
    ----------
    posterior : Distribution
        What to summarise; unimodal, for mode and shortest interval to be exact.
    level : float
        Probability of the intervals.
    mean_exists, sd_exists : bool
        Whether the moments exist.
    either_sign : bool
        Whether both tails are heavy where the mean does not exist: then it is no number at all,
        while that of a positive quantity is infinite.
    """
    tail = 0.5 * (1.0 - level)
    inner = np.concatenate(([0.0], np.linspace(0.005, 0.995, 67)))
    points = posterior.quantiles(np.concatenate((inner, [tail, 0.5, 1.0 - tail])))
    low, median, high = points[-3:].tolist()
    mean, sd = posterior.moments()
    shortest = _shortest(posterior, level)
    note = ""
    if not mean_exists:
        mean, sd = (math.nan if either_sign else math.inf), math.inf
        note = "the posterior has no mean: its tails fall too slowly for these few studies"
    elif not sd_exists:
        sd = math.inf
        note = "the posterior has no finite standard deviation: its tails fall too slowly"
    return PosteriorSummary(
        mean=mean,
        median=median,
        mode=_mode(posterior, np.unique(points[:-3])),
        sd=sd,
        low=low,
        high=high,
        shortest_low=shortest[0],
        shortest_high=shortest[1],
        note=note,
    )
