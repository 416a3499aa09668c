"""Joint posterior of μ and τ in the binomial-normal model, on a grid that every prior of τ shares.

Given τ, the posterior of μ is log-concave (Prékopa's theorem), and it is known once its values on a
few panels about its mode are. None of this depends on the prior of τ, which only weighs the rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import hermite
from numpy.typing import NDArray

from .posterior import Cumulative, Fold, PanelDensity, evaluate, legendre_series, panels
from .priors import HalfNormal, Normal, TauPrior, Uniform
from .study_integral import StudyIntegral

FloatArray = NDArray[np.float64]
_MU_PANELS = 10
_MORE = 3  # nodes on a panel of μ beyond those on a panel of τ: a row is not averaged
_THETA_PANELS = 16
_NEGLIGIBLE = 27.0  # exp(−27) = 2e-12 of the peak
_POINTS = 33  # in the search for where the posterior of μ lies


class _Conditional:
    """Log of prior of μ times likelihood, up to a constant."""

    def __init__(self, x: FloatArray, n: FloatArray, mu_prior: Normal) -> None:
        pairs, counts = np.unique(np.column_stack((x, n)), axis=0, return_counts=True)
        self.studies = [
            (StudyIntegral(*pair), count) for pair, count in zip(pairs, counts, strict=True)
        ]
        self.prior = mu_prior
        self.constant = float(sum(study.constant * count for study, count in self.studies))
        # Normal approximations of the logits say roughly where to look.
        self.y = np.log((x + 0.5) / (n - x + 0.5))
        self.v = 1.0 / (x + 0.5) + 1.0 / (n - x + 0.5)

    def log(self, mu: FloatArray, tau: FloatArray) -> FloatArray:
        """Return values at μ of shape (t, m) and τ of shape (t,)."""
        z = (mu - self.prior.mean) / self.prior.sd
        result = -0.5 * z * z - math.log(self.prior.sd) - 0.5 * math.log(2.0 * math.pi)
        for study, count in self.studies:
            result += count * study.log(mu, tau[:, None])
        return result

    def support(self, tau: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return where, given τ, the posterior of μ begins and ends, and its rough log integral."""
        w = 1.0 / (self.v + tau[:, None] ** 2)
        total = w.sum(axis=1) + self.prior.sd**-2
        centre = (w @ self.y + self.prior.mean * self.prior.sd**-2) / total
        low, high = (centre + side * 12.0 * total**-0.5 for side in (-1.0, 1.0))
        mass = np.zeros(tau.size)
        open_rows = np.arange(tau.size)
        for _ in range(60):
            step = (high[open_rows] - low[open_rows]) / (_POINTS - 1)
            mu = low[open_rows, None] + step[:, None] * np.arange(_POINTS)
            log = self.log(mu, tau[open_rows])
            top = log.max(axis=1)
            inside = log > top[:, None] - _NEGLIGIBLE
            first = inside.argmax(axis=1)
            last = _POINTS - 1 - inside[:, ::-1].argmax(axis=1)
            mass[open_rows] = top + np.log((np.exp(log - top[:, None])).sum(axis=1) * step)
            # Beyond an end that is not yet low enough lies more; else cut off what is empty.
            width = step * (_POINTS - 1)
            below, above = first == 0, last == _POINTS - 1
            low[open_rows] = mu[:, 0] + np.where(below, -width, (first - 1) * step)
            high[open_rows] = mu[:, -1] + np.where(above, width, (last + 2 - _POINTS) * step)
            done = ~below & ~above & (last - first > _POINTS // 2)
            open_rows = open_rows[~done]
            if not open_rows.size:
                break
        return low, high, mass


def _tau_breaks(smallest: float, priors: Sequence[TauPrior]) -> tuple[FloatArray, Fold]:
    """Return breaks of panels in x, where τ = x up to the fold, and the fold itself."""
    low = 0.05 * min(smallest, *(prior.scale for prior in priors))
    heavy = [p.scale for p in priors if not isinstance(p, HalfNormal | Uniform)]
    ends = [8.6 * p.scale if isinstance(p, HalfNormal) else p.upper for p in priors]
    high = max([end for end in ends if math.isfinite(end)] + [30.0 * max(1.0, s) for s in heavy])
    count = math.ceil(math.log2(high / low))
    regular = low * (high / low) ** (np.arange(count + 1) / count)
    # A prior that stops needs a break there, and no sliver of a panel beside it.
    stops = np.array([p.upper for p in priors if math.isfinite(p.upper)])
    near = (np.abs(np.log(regular[:, None] / stops)) < 0.2).any(axis=1)
    breaks = np.unique(np.concatenate(([0.0], regular[~near], stops)))
    fold = Fold(float(breaks[-1]))
    if heavy:
        breaks = np.append(breaks, fold.at * np.array([1.5, 2.0]))
    return breaks, fold


@dataclass(frozen=True, slots=True, eq=False)
class BinomialPosterior:
    """Conditional posteriors of μ, one row for each node of τ.

    Attributes
    ----------
    breaks : ndarray, shape (panels + 1,)
        Breaks of the panels of x, the variable that `fold` maps to τ.
    tau, tau_weights : ndarray, shape (panels, nodes)
        Nodes of τ, and quadrature weights in τ.
    log_likelihood : ndarray, shape (panels, nodes)
        Log-likelihood of τ, integrated over the prior of μ; constants included.
    mu_breaks, density : ndarray, shapes (rows, panels + 1) and (rows, panels, nodes)
        Conditional density of μ at the nodes of panels of its own.
    theta_breaks, theta_density : ndarray, likewise
        Conditional density of θ ~ N(μ, τ²), the logit of a new study.
    """

    breaks: FloatArray
    fold: Fold
    tau: FloatArray
    tau_weights: FloatArray
    log_likelihood: FloatArray
    mu_breaks: FloatArray
    density: FloatArray
    theta_breaks: FloatArray
    theta_density: FloatArray

    @classmethod
    def of(
        cls,
        x: FloatArray,
        n: FloatArray,
        priors: Sequence[TauPrior],
        mu_prior: Normal,
        nodes: int,
    ) -> BinomialPosterior:
        """Compute the grid for validated counts and the priors of τ that will weigh it."""
        model = _Conditional(x, n, mu_prior)
        breaks, fold = _tau_breaks(min(study.width for study, _ in model.studies), priors)
        at = fold.to_value(breaks)
        at[0], at[-1] = 1e-3 * at[1], min(at[-1], 1e3 * fold.at)
        low, high, mass = model.support(at)
        # Panels of large τ that no prior gives a share of the posterior only cost time.
        wanted = np.zeros(at.size, dtype=np.bool_)
        for prior in priors:
            log = mass + prior.log_density(at) + np.log(at) - np.where(at > prior.upper, 1e4, 0.0)
            wanted |= log > log.max() - 34.0
        end = min(int(np.flatnonzero(wanted)[-1]) + 1, breaks.size - 1)
        breaks, low, high = breaks[: end + 1], low[: end + 1], high[: end + 1]

        z, weights = panels(breaks, nodes)
        tau = fold.to_value(z).ravel()
        place = np.searchsorted(breaks, z.ravel()) - 1
        share = ((z.ravel() - breaks[place]) / (breaks[place + 1] - breaks[place]))[:, None]
        ends = np.column_stack((low, high))
        ends = (1.0 - share) * ends[place] + share * ends[place + 1]
        # Beyond the last break but one τ is large, and its conditional posterior wider than linear.
        margin = 0.04 * (ends[:, 1] - ends[:, 0])
        rows = np.linspace(ends[:, 0] - margin, ends[:, 1] + margin, _MU_PANELS + 1, axis=1)
        mu, mu_weights = panels(rows, nodes + _MORE)
        log = model.log(mu.reshape(tau.size, -1), tau)
        top = log.max(axis=1, keepdims=True)
        density = np.exp(log - top)
        integral = (density * mu_weights.reshape(density.shape)).sum(axis=1, keepdims=True)
        total = (top + np.log(integral)).reshape(z.shape) + model.constant
        density = (density / integral).reshape(mu.shape)
        theta_breaks, theta_density = _convolved(rows, density, tau)
        return cls(
            breaks=breaks,
            fold=fold,
            tau=tau.reshape(z.shape),
            tau_weights=weights * fold.slope(z),
            log_likelihood=total,
            mu_breaks=rows,
            density=density,
            theta_breaks=theta_breaks,
            theta_density=theta_density,
        )

    def mu(self, weights: FloatArray) -> RowMixture:
        """Return the posterior of μ, given the weight of each row."""
        return RowMixture(self.mu_breaks, self.density, weights)

    def prediction(self, weights: FloatArray) -> RowMixture:
        """Return the distribution of the logit of a new study, given the weight of each row."""
        return RowMixture(self.theta_breaks, self.theta_density, weights)

    def weigh(self, prior: TauPrior) -> tuple[PanelDensity, FloatArray, float]:
        """Return posterior of τ under a prior, weight of each row, and the log evidence."""
        log = self.log_likelihood + prior.log_density(self.tau)
        reached = self.breaks[1:] <= prior.upper * (1.0 + 1e-12)
        if not math.isfinite(prior.upper):
            reached[:] = True
        log = np.where(reached[:, None], log, -math.inf)
        peak = float(log.max())
        density = np.exp(log - peak)
        mass = density * self.tau_weights
        total = float(mass.sum())
        panel_count = int(reached.sum())
        in_x = (density * self.fold.slope(panels(self.breaks, self.tau.shape[1])[0]))[:panel_count]
        tau = PanelDensity(self.breaks[: panel_count + 1], in_x, stretch=self.fold)
        return tau, (mass / total).ravel(), peak + math.log(total)


class RowMixture(Cumulative):
    """Mixture of the rows' densities, each known at the nodes of panels of its own.

    Parameters
    ----------
    breaks : ndarray, shape (rows, panels + 1)
        Breaks of panels of equal width.
    density : ndarray, shape (rows, panels, nodes)
        Density of each row at the Gauss–Legendre nodes; each integrates to 1.
    weights : ndarray, shape (rows,)
        Weight of each row.
    """

    def __init__(self, breaks: FloatArray, density: FloatArray, weights: FloatArray) -> None:
        rows = weights > 1e-14 * weights.max()  # the others cost time and change no digit
        self.weights, self.breaks, density = weights[rows], breaks[rows], density[rows]
        self.series, self.integral = legendre_series(density)
        values, node_weights = panels(self.breaks, density.shape[-1])
        masses = density * node_weights
        self.cumulative = np.cumsum(masses.sum(axis=2), axis=1) - masses.sum(axis=2)
        self.half = 0.5 * (self.breaks[:, 1] - self.breaks[:, 0])
        share = self.weights[:, None, None] * masses
        mean = float((share * values).sum())
        self._moments = mean, math.sqrt(float((share * (values - mean) ** 2).sum()))
        self.ends = float(self.breaks[:, 0].min()), float(self.breaks[:, -1].max())
        self.centre = mean
        self.width = 0.5 / float(self.weights @ (1.0 / self.half))

    def _locate(
        self, values: FloatArray
    ) -> tuple[FloatArray, NDArray[np.intp], NDArray[np.bool_], NDArray[np.bool_]]:
        """Return where in which panel each value lies in each row, or on which side of all."""
        place = (values[:, None] - self.breaks[:, 0]) / (2.0 * self.half)
        panel = np.clip(place, 0, self.series.shape[1] - 1).astype(np.intp)
        return 2.0 * (place - panel) - 1.0, panel, place < 0.0, place > self.series.shape[1]

    def pdf(self, values: FloatArray) -> FloatArray:
        """Return the density at each value."""
        t, panel, below, above = self._locate(values)
        found = evaluate(self.series[np.arange(self.weights.size), panel], t)
        inside = np.where(below | above, 0.0, np.maximum(found, 0.0))
        result: FloatArray = inside @ self.weights
        return result

    def cdf(self, values: FloatArray) -> FloatArray:
        """Return the distribution function at each value."""
        t, panel, below, above = self._locate(values)
        rows = np.arange(self.weights.size)
        inside = self.cumulative[rows, panel] + self.half * evaluate(self.integral[rows, panel], t)
        result: FloatArray = np.where(below, 0.0, np.where(above, 1.0, inside)) @ self.weights
        return result

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation."""
        return self._moments


def _convolved(
    mu_breaks: FloatArray, density: FloatArray, tau: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return breaks and densities of θ = μ + τ z, z standard normal, for each row.

    Where τ is not small beside the panels of μ the normal density is integrated over the nodes of
    μ. Where it is, that would be a comb, and the density of μ = θ − τ z is averaged over z.
    """
    nodes = density.shape[-1]
    reach = 9.0 * tau
    breaks = np.linspace(
        mu_breaks[:, 0] - reach, mu_breaks[:, -1] + reach, _THETA_PANELS + 1, axis=1
    )
    theta, weights = panels(breaks, nodes)
    theta = theta.reshape(tau.size, _THETA_PANELS * nodes)
    half = 0.5 * (mu_breaks[:, 1] - mu_breaks[:, 0])
    wide = tau >= 0.9 * half
    result = np.empty(theta.shape)
    mu, mu_weights = panels(mu_breaks[wide], nodes)
    cells = mu.shape[1] * nodes
    mass = (density[wide] * mu_weights).reshape(-1, cells)
    z = (theta[wide][:, :, None] - mu.reshape(-1, 1, cells)) / tau[wide, None, None]
    result[wide] = np.einsum("rtm,rm->rt", np.exp(-0.5 * z * z), mass) / tau[wide, None]
    result[wide] /= math.sqrt(2.0 * math.pi)

    rows = np.flatnonzero(~wide)
    z_nodes, w = hermite.hermgauss(16)
    series = legendre_series(density[rows])[0]
    at = theta[rows][:, :, None] - tau[rows, None, None] * math.sqrt(2.0) * z_nodes
    place = (at - mu_breaks[rows, 0][:, None, None]) / (2.0 * half[rows, None, None])
    inside = (place >= 0.0) & (place <= series.shape[1])
    panel = np.clip(place, 0, series.shape[1] - 1).astype(np.intp)
    found = evaluate(
        series[np.arange(rows.size)[:, None, None], panel], 2.0 * (place - panel) - 1.0
    )
    result[rows] = np.where(inside, np.maximum(found, 0.0), 0.0) @ w / math.sqrt(math.pi)
    found = result.reshape(weights.shape)
    return breaks, found / (found * weights).sum(axis=(1, 2), keepdims=True)
