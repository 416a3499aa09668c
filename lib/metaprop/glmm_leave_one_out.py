"""The mixed model without each study in turn, all from the neighbourhood of the full fit.

The log-likelihood is a sum over studies. Near the full fit each study's part is a smooth function
of μ and τ², so a few dozen evaluations of all studies together tell what every set of k − 1 studies
has as its maximum, and the fits cost little more than one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike, NDArray

from .checks import check_counts
from .glmm import Estimate, PooledGlmm, assemble, pool_glmm
from .links import LINKS
from .mixed_model import DEFAULT_NODES, MixedModel, inverse_information
from .recipe import Recipe

FloatArray = NDArray[np.float64]
_POINTS = 9  # Chebyshev points in each direction
_TOLERANCE = 1e-8  # of the log-likelihood
_FEWEST = 12  # with fewer studies one of them moves the fit too far, and a fit costs little


def _value(at: FloatArray, coefficients: NDArray[Any]) -> float:
    """Value of a Chebyshev series in two variables."""
    terms = [
        np.cos(np.arange(size) * np.arccos(np.clip(v, -1.0, 1.0)))
        for v, size in zip(at, coefficients.shape, strict=True)
    ]
    return float(terms[0] @ coefficients @ terms[1])


class _Surface:
    """Log-likelihood of each study, a polynomial in μ and v = τ² on a rectangle."""

    def __init__(self, model: MixedModel, mu: tuple[float, float], v: tuple[float, float]) -> None:
        nodes = chebyshev.chebpts1(_POINTS)
        self.centre = np.array([0.5 * (mu[0] + mu[1]), 0.5 * (v[0] + v[1])])
        self.half = np.array([0.5 * (mu[1] - mu[0]), 0.5 * (v[1] - v[0])])
        k = model.likelihood.x.size
        values = np.empty((_POINTS, _POINTS, k))
        for i, one in enumerate(nodes):
            for j, other in enumerate(nodes):
                at = self.centre + self.half * np.array([one, other])
                values[i, j] = model.likelihood.each(np.full(k, at[0]), math.sqrt(at[1]))
        basis = np.linalg.inv(chebyshev.chebvander(nodes, _POINTS - 1))
        self.coefficients = np.einsum("ai,bj,ijk->abk", basis, basis, values)

    @property
    def truncation(self) -> float:
        """How much the highest terms add up to, over all studies: the error of the polynomials."""
        last = np.abs(self.coefficients[-1]).sum() + np.abs(self.coefficients[:, -1]).sum()
        return float(last)

    def maximum(self, without: int) -> tuple[FloatArray, float, FloatArray] | None:
        """Return (μ, v), log-likelihood and information of all studies but one, by Newton.

        None where the maximum lies beyond the rectangle or Newton does not settle.
        """
        c = self.coefficients.sum(axis=2) - self.coefficients[:, :, without]
        first = [chebyshev.chebder(c, axis=axis) for axis in (0, 1)]
        second = [
            chebyshev.chebder(first[0], axis=0),
            chebyshev.chebder(first[0], axis=1),
            chebyshev.chebder(first[1], axis=1),
        ]
        low_v = -self.centre[1] / self.half[1]  # where v = 0, at or left of the rectangle
        at = np.zeros(2)
        for _ in range(60):
            gradient = np.array([_value(at, one) for one in first])
            mm, mv, vv = (_value(at, one) for one in second)
            hessian = np.array([[mm, mv], [mv, vv]])
            on_edge = at[1] <= low_v + 1e-12 and gradient[1] <= 0.0
            if on_edge:
                step = np.array([-gradient[0] / mm, 0.0])
            elif mm < 0.0 and np.linalg.det(hessian) > 0.0:
                step = -np.linalg.solve(hessian, gradient)
            else:
                step = 0.1 * gradient / np.max(np.abs(gradient))
            step *= min(1.0, 0.5 / float(np.max(np.abs(step)) + 1e-300))
            new = at + step
            new[1] = max(new[1], low_v)
            moved, at = float(np.max(np.abs(new - at))), new
            if np.max(np.abs(at)) > 1.0 + 1e-9:
                return None
            if moved < 1e-12:
                break
        else:
            return None
        found = self.centre + self.half * at
        found[1] = max(found[1], 0.0)
        information = -hessian / np.outer(self.half, self.half)
        return found, _value(at, c), information


def _rectangle(
    full: PooledGlmm, model: MixedModel, shrink: float
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Where most fits without a study will lie: twice a large Newton step from the full fit."""
    mu, v = full.working.estimate, full.tau2
    k = model.likelihood.x.size
    h_mu, h_v = 0.05 * full.se, 0.02 * max(v, full.se**2)
    base = max(v, 2.0 * h_v)

    def each(a: float, b: float) -> FloatArray:
        return model.likelihood.each(np.full(k, a), math.sqrt(b))

    at = {(i, j): each(mu + i * h_mu, base + j * h_v) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    g = np.stack([(at[1, 0] - at[-1, 0]) / (2 * h_mu), (at[0, 1] - at[0, -1]) / (2 * h_v)], axis=1)
    mm = (at[1, 0] - 2 * at[0, 0] + at[-1, 0]) / h_mu**2
    vv = (at[0, 1] - 2 * at[0, 0] + at[0, -1]) / h_v**2
    mv = (at[1, 1] - at[1, -1] - at[-1, 1] + at[-1, -1]) / (4 * h_mu * h_v)
    hessian = np.moveaxis(np.array([[mm, mv], [mv, vv]]), 2, 0)
    rest = hessian.sum(axis=0) - hessian
    steps = -np.linalg.solve(rest, (g.sum(axis=0) - g)[:, :, None])[:, :, 0]
    # A few outliers may move the fit far: they are fitted by themselves.
    reach = 2.0 * shrink * np.quantile(np.abs(steps), 0.9, axis=0, method="lower") + np.array(
        [h_mu, h_v]
    )
    if not np.isfinite(reach).all() or reach[1] > 2.0 * base:
        return None
    return (mu - reach[0], mu + reach[0]), (max(0.0, base - reach[1]), base + reach[1])


def leave_one_out_fits(
    events: ArrayLike, totals: ArrayLike, recipe: Recipe, *, nodes: int = DEFAULT_NODES
) -> list[PooledGlmm | ValueError]:
    """Pool by the mixed model without each study in turn.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients; at least two studies.
    recipe : Recipe
        Of method "GLMM": its interval, level, prediction and I² are used.
    nodes : int
        Quadrature nodes.

    Returns
    -------
    list of PooledGlmm or ValueError
        One a study left out: what :func:`~metaprop.pool_glmm` returns for the others, to the
        accuracy of an iterative fit, or the error it raises.

    Notes
    -----
    A set whose maximum lies beyond the neighbourhood, whose likelihood is higher at τ² = 0, or that
    holds studies at 0 or n only, is fitted from scratch, and so are all sets of fewer than eleven
    studies, and profile-likelihood intervals.
    """
    x, n = check_counts(events, totals)
    if x.size < 2:
        raise ValueError("leave-one-out needs at least 2 studies, got 1")

    def cold(i: int) -> PooledGlmm | ValueError:
        others = np.arange(x.size) != i
        try:
            return pool_glmm(
                x[others],
                n[others],
                nodes=nodes,
                ci=recipe.ci,
                level=recipe.level,
                prediction=recipe.prediction,
                i2=recipe.i2,
            )
        except ValueError as error:
            return error

    surface = _surface_of(x, n, nodes) if x.size >= _FEWEST and recipe.ci != "profile" else None
    if surface is None:
        return [cold(i) for i in range(x.size)]
    return [_warm(surface, x, n, i, recipe) or cold(i) for i in range(x.size)]


def _surface_of(x: FloatArray, n: FloatArray, nodes: int) -> _Surface | None:
    try:
        full = pool_glmm(x, n, nodes=nodes)
    except ValueError:
        return None
    if not math.isfinite(full.se):
        return None
    model = MixedModel(x, n, np.ones((x.size, 1)), nodes)
    shrink = 1.0
    for _ in range(4):
        found = _rectangle(full, model, shrink)
        surface = None if found is None else _Surface(model, *found)
        if surface is not None and surface.truncation < _TOLERANCE:
            return surface
        shrink *= 0.5
    return None


def _warm(
    surface: _Surface, x: FloatArray, n: FloatArray, i: int, recipe: Recipe
) -> PooledGlmm | None:
    """Return the fit without study i, or None where the neighbourhood does not tell it."""
    others = np.arange(x.size) != i
    found = surface.maximum(i)
    if found is None:
        return None
    (mu, v), loglik, information = found
    y, m = x[others], n[others]
    crude = float(y.sum() / m.sum())
    if not 0.0 < crude < 1.0 or bool(((y == 0) | (y == m)).all()):
        return None
    # At τ² = 0 all patients are one sample, whose estimate is the crude proportion.
    null_mu = math.log(crude) - math.log1p(-crude)
    null = MixedModel(y, m, np.ones((y.size, 1)), 1).likelihood.evaluate(
        np.full(y.size, null_mu), 0.0
    )
    sigma = math.sqrt(v)
    if null.loglik > loglik + 1e-9 * (1.0 + abs(loglik)) or (v > 0.0 and sigma <= 2e-4):
        return None
    try:
        if v > 0.0:
            to_sigma = np.diag([1.0, 2.0 * sigma])  # dv = 2 σ dσ, and the slope by v is 0
            joint = inverse_information(to_sigma @ information @ to_sigma, 1)
        else:
            mu, loglik = null_mu, null.loglik
            if float(null.sigma_sigma.sum()) > 0.0:  # τ² = 0 is no maximum
                return None
            joint = inverse_information(np.array([[m.sum() * crude * (1.0 - crude)]]), 1)
    except ValueError:
        return None
    # The surface holds each study's own constant, so that the log-likelihoods are complete.
    return assemble(
        y, m, recipe, LINKS["logit"], Estimate(mu, sigma, loglik, null.loglik, True), joint
    )
