"""Estimators of the between-study variance τ².

The iterative estimators (PM, EB, REML, ML) are roots of an estimating equation that is searched
inside a bracket proven to hold every root; where REML or ML have several local maxima, all are
found and the highest is taken. No estimator returns a negative value.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from .checks import check_choice, check_effects
from .design import read_design

FloatArray = NDArray[np.float64]
Estimate = tuple[float, bool]

# Points of the logarithmic grid on which REML and ML look for several local maxima.
GRID = np.logspace(-6.0, 0.0, 32)


class Residuals:
    """Weighted least squares of effects on a design, as a function of τ².

    With weights w = 1 / (v + τ²), r the weighted residuals and P = W − W X (X'WX)⁻¹ X'W, every
    estimating equation below needs only Σ w r² = y'Py, Σ w² r² = y'PPy and tr P.

    Parameters
    ----------
    yi, vi : ndarray, shape (k,)
        Effects and variances.
    design : ndarray, shape (k, p), optional
        Design matrix of full rank; a column of ones when omitted.
    orthonormal : bool
        Whether the columns of `design` are orthonormal already.
    """

    __slots__ = ("df", "k", "products", "rss", "upper", "v", "x", "xy", "y")

    def __init__(
        self,
        yi: FloatArray,
        vi: FloatArray,
        design: FloatArray | None = None,
        *,
        orthonormal: bool = False,
    ) -> None:
        self.y, self.v, self.k = yi, vi, yi.size
        # Only the span of the columns matters here; an orthonormal basis is well conditioned.
        self.x = design if design is None or orthonormal else np.linalg.qr(design)[0]
        self.df = self.k - (1 if self.x is None else self.x.shape[1])
        if self.x is None:
            residual = yi - yi.mean()
        else:
            residual = yi - self.x @ (yi @ self.x)
            # Row by row what X'WX and X'Wy add up: sums over studies become products with w.
            self.products = (self.x[:, :, None] * self.x[:, None, :]).reshape(self.k, -1)
            self.xy = self.x * yi[:, None]
        self.rss = float(residual @ residual)
        # For t >= max(v) the weights lie between 1/(2t) and 1/t, so y'PPy <= rss/t² while
        # tr P >= df/(2t): no estimating equation has a root beyond this bound.
        self.upper = 1.001 * max(float(vi.max()), 2.0 * self.rss / max(self.df, 1))

    def sums(self, tau2: float) -> tuple[float, float, float, float]:
        """Return Σ w, Σ w r², Σ w² r² and tr P at one value of τ²."""
        w = 1.0 / (self.v + tau2)
        sw = float(w.sum())
        if self.x is None:
            r = self.y - float(w @ self.y) / sw
            wr = w * r
            return sw, float(wr @ r), float(wr @ wr), sw - float(w @ w) / sw
        p = self.x.shape[1]
        inverse = np.linalg.inv((w @ self.products).reshape(p, p))
        r = self.y - self.x @ (inverse @ (w @ self.xy))
        wr = w * r
        trace = sw - float(inverse.ravel() @ ((w * w) @ self.products))
        return sw, float(wr @ r), float(wr @ wr), trace

    def q(self, tau2: float) -> float:
        """Return the generalised Q statistic Σ w r²; it falls as τ² grows."""
        return self.sums(tau2)[1]

    def score(self, tau2: float, *, restricted: bool) -> float:
        """Return twice the derivative of the (restricted) log-likelihood."""
        sw, _, w2r2, trace = self.sums(tau2)
        return w2r2 - (trace if restricted else sw)

    def scores(self, tau2: FloatArray, *, restricted: bool) -> list[float]:
        """Return :meth:`score` at many values of τ², in one pass."""
        w = 1.0 / (self.v + tau2[:, None])
        trace = sw = w.sum(axis=1)
        if self.x is None:
            r = self.y - (w @ self.y / sw)[:, None]
            if restricted:
                trace = sw - np.sum(w * w, axis=1) / sw
        else:
            p = self.x.shape[1]
            inverse = np.linalg.inv((w @ self.products).reshape(-1, p, p))
            beta = (inverse @ (w @ self.xy)[:, :, None])[:, :, 0]
            r = self.y - beta @ self.x.T
            if restricted:
                second = (w * w) @ self.products
                trace = sw - np.sum(inverse.reshape(second.shape) * second, axis=1)
        wr = w * r
        scores: list[float] = (np.sum(wr * wr, axis=1) - trace).tolist()
        return scores

    def loglik(self, tau2: float, *, restricted: bool) -> float:
        """Return the (restricted) log-likelihood, maximised over the mean, up to a constant."""
        total = float(np.log(self.v + tau2).sum()) + self.q(tau2)
        if restricted:
            w = 1.0 / (self.v + tau2)
            if self.x is None:
                total += float(np.log(w.sum()))
            else:
                gram = (self.x * w[:, None]).T @ self.x
                total += float(np.linalg.slogdet(gram)[1])
        return -0.5 * total


def root(function: Callable[[float], float], low: float, high: float) -> Estimate:
    """Find the root of a function that changes sign between two points, to machine precision."""
    value, report = brentq(
        function,
        low,
        high,
        xtol=1e-15 * max(high, 1e-300),
        rtol=1e-14,
        maxiter=300,
        full_output=True,
        disp=False,
    )
    return float(value), bool(report.converged)


def _fixed(data: Residuals) -> Estimate:
    return 0.0, True


def _dersimonian_laird(data: Residuals) -> Estimate:
    """DerSimonian and Laird (1986): (Q − df) / tr P at τ² = 0."""
    _, q, _, trace = data.sums(0.0)
    return max(0.0, (q - data.df) / trace), True


def _hedges(data: Residuals) -> Estimate:
    """Hedges (1983), Cochran's ANOVA estimator: variance of the effects less what v explains."""
    if data.x is None:
        expected = float(data.v.sum()) * (1.0 - 1.0 / data.k)
    else:
        expected = float(data.v @ (1.0 - np.sum(data.x**2, axis=1)))
    return max(0.0, (data.rss - expected) / data.df), True


def _hunter_schmidt(data: Residuals) -> Estimate:
    """Hunter and Schmidt (1990), as in metafor: (Q − k) / Σ w at τ² = 0."""
    sw, q, _, _ = data.sums(0.0)
    return max(0.0, (q - data.k) / sw), True


def _sidik_jonkman(data: Residuals) -> Estimate:
    """Sidik and Jonkman (2005): crude variance times Q / df there; 0 for equal effects only."""
    centred = data.y - data.y.mean()
    crude = float(centred @ centred) / data.k
    return crude * data.q(crude) / data.df, True


def _paule_mandel(data: Residuals) -> Estimate:
    """Paule and Mandel (1982), the same root as empirical Bayes (Morris 1983): Q(τ²) = df."""
    if data.q(0.0) <= data.df:
        return 0.0, True
    return root(lambda t: data.q(t) - data.df, 0.0, data.upper)


def _highest_maximum(data: Residuals, *, restricted: bool) -> Estimate:
    """Highest of all local maxima of a log-likelihood on [0, upper]."""
    points = np.append(0.0, GRID * data.upper)
    scores = data.scores(points, restricted=restricted)
    candidates: list[Estimate] = [(0.0, True)] if scores[0] <= 0.0 else []
    for i in range(len(scores) - 1):
        if scores[i] > 0.0 >= scores[i + 1]:
            low, high = float(points[i]), float(points[i + 1])
            candidates.append(root(lambda t: data.score(t, restricted=restricted), low, high))
    if len(candidates) == 1:
        return candidates[0]
    return max(candidates, key=lambda found: data.loglik(found[0], restricted=restricted))


def _reml(data: Residuals) -> Estimate:
    """Restricted maximum likelihood (Viechtbauer 2005)."""
    return _highest_maximum(data, restricted=True)


def _ml(data: Residuals) -> Estimate:
    """Maximum likelihood (Hardy and Thompson 1996)."""
    return _highest_maximum(data, restricted=False)


ESTIMATORS: dict[str, Callable[[Residuals], Estimate]] = {
    "FE": _fixed,
    "DL": _dersimonian_laird,
    "PM": _paule_mandel,
    "REML": _reml,
    "ML": _ml,
    "SJ": _sidik_jonkman,
    "HE": _hedges,
    "HS": _hunter_schmidt,
    "EB": _paule_mandel,
}


def estimate_tau2(
    yi: FloatArray,
    vi: FloatArray,
    method: str,
    design: FloatArray | None = None,
    *,
    orthonormal: bool = False,
) -> Estimate:
    """Return τ² and whether the search converged, for effects that are already validated."""
    columns = 1 if design is None else design.shape[1]
    # No degree of freedom, or equal effects: nothing varies between studies. (On a line through the
    # origin equal effects do vary.)
    if yi.size <= columns or (design is None and np.ptp(yi) == 0.0):
        return 0.0, True
    return ESTIMATORS[method](Residuals(yi, vi, design, orthonormal=orthonormal))


def between_study_variance(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    method: str = "REML",
    design: ArrayLike | None = None,
    intercept: bool | None = None,
) -> float:
    """Estimate the between-study variance τ².

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances.
    method : {"FE", "DL", "PM", "REML", "ML", "SJ", "HE", "HS", "EB"}
        Estimator; FE is 0 by definition. EB and PM solve the same equation.
    design : array_like, shape (k,) or (k, p), optional
        Moderators; the result is then the residual τ².
    intercept : bool, optional
        As for :func:`~metaprop.meta_regression`: an intercept is added unless the design holds one
        or this is False.

    Returns
    -------
    float
        τ² ≥ 0, in the squared unit of `yi`; 0 when no degree of freedom is left.

    Raises
    ------
    ValueError
        For an unknown method or broken input.

    Examples
    --------
    >>> import metaprop
    >>> round(metaprop.between_study_variance([0.1, 0.6, 1.4], [0.04, 0.05, 0.09], method="DL"), 3)
    0.312
    """
    check_choice("method", method, tuple(ESTIMATORS))
    y, v = check_effects(yi, vi)
    x = None
    if design is not None:
        x = read_design(design, y.size, intercept=intercept).x
    return estimate_tau2(y, v, method, x)[0]
