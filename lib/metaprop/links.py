"""Link functions of the binomial mixed models: proportion p of a linear predictor t, and back.

Each link gives the log-likelihood of a study less its largest possible value, so that large counts
do not cancel, and its first three derivatives by t.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_ndtr, ndtr, ndtri

from .checks import Unusable

FloatArray = NDArray[np.float64]
_LOG2 = math.log(2.0)
Kernel = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class Link:
    """A link function.

    Attributes
    ----------
    name : str
        As users write it.
    forward, inverse, slope : callable
        t of p, p of t, and dp/dt of t.
    kernel : callable
        Of x, n and t: log-likelihood less its maximum, and three derivatives by t.
    largest_total : float
        Study size up to which double precision holds the log-likelihood.
    """

    name: str
    forward: Callable[[FloatArray], FloatArray]
    inverse: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]
    kernel: Callable[[FloatArray, FloatArray, FloatArray], Kernel]
    largest_total: float


def log_saturated(x: FloatArray, n: FloatArray) -> FloatArray:
    """Return log Bin(x; n, x / n) of each study: the largest likelihood any model can give it.

    By the errors of Stirling's formula (Loader 2000), as differences of log-gamma functions lose
    all digits for large n.
    """

    def error(m: FloatArray) -> FloatArray:
        m1 = np.maximum(m, 1.0)
        exact = gammaln(m1 + 1.0) - (m1 + 0.5) * np.log(m1) + m1 - 0.5 * math.log(2.0 * math.pi)
        return np.where(m > 1e4, 1.0 / (12.0 * m1) - 1.0 / (360.0 * m1**3), exact)

    inner = (x > 0) & (x < n)
    a, m = np.where(inner, x, 1.0), np.where(inner, n, 2.0)
    spread = 0.5 * np.log(2.0 * math.pi * a * (m - a) / m)
    return np.where(inner, error(m) - error(a) - error(m - a) - spread, 0.0)


def _expit(t: FloatArray) -> FloatArray:
    result: FloatArray = np.where(t < 0.0, np.exp(np.minimum(t, 0.0)), 1.0) / (
        1.0 + np.exp(-np.abs(t))
    )
    return result


def _logit_kernel(x: FloatArray, n: FloatArray, t: FloatArray) -> Kernel:
    # x d − n log(1 + p̂ (e^d − 1)) at a distance d from the study's own logit, or from 0 where that
    # is infinite; one exponential and one logarithm serve the value and the slopes.
    inner = (x > 0) & (x < n)
    own = np.where(inner, x, 1.0) / np.where(inner, n, 2.0)
    d = t - (np.log(own) - np.log1p(-own))
    above = d > 0.0
    far = np.where(above, 1.0 - own, own)
    small = np.expm1(-np.abs(d))
    drop = far * small
    near_share, far_share = (1.0 - far) / (1.0 + drop), far * (1.0 + small) / (1.0 + drop)
    p = np.where(above, near_share, far_share)
    value = x * d - n * (np.maximum(d, 0.0) + np.log1p(drop)) - np.where(inner, 0.0, n * _LOG2)
    pq = n * near_share * far_share
    return value, x - n * p, -pq, -pq * (1.0 - 2.0 * p)


def _probit_terms(t: FloatArray) -> Kernel:
    """Return log Φ(t) and its derivatives."""
    log = log_ndtr(t)
    r = np.exp(-0.5 * t * t - 0.5 * math.log(2.0 * math.pi) - log)
    rest = t + r
    return log, r, -r * rest, r * (rest * (rest + r) - 1.0)


def _cloglog_terms(t: FloatArray) -> Kernel:
    """Return log(1 − exp(−e^t)) and its derivatives."""
    e = np.exp(np.minimum(t, 700.0))
    log = np.where(e < 700.0, np.log(np.maximum(-np.expm1(-np.minimum(e, 700.0)), 1e-320)), 0.0)
    r = np.where(e < 1e-8, 1.0 - 0.5 * e, e / np.expm1(np.clip(e, 1e-8, 700.0)))
    bend = np.where(e < 1e-8, -0.5 * e, 1.0 - r - e)
    second = r * bend
    return log, r, second, second * bend - r * (second + e)


def _of_terms(x: FloatArray, n: FloatArray, event: Kernel, none: Kernel) -> Kernel:
    own = np.where((x > 0) & (x < n), x / n, 0.5)
    best = x * np.log(own) + (n - x) * np.log1p(-own)
    best = np.where((x > 0) & (x < n), best, 0.0)
    first, second, third = (x * event[i] + (n - x) * none[i] for i in (1, 2, 3))
    return x * event[0] + (n - x) * none[0] - best, first, second, third


def _probit_kernel(x: FloatArray, n: FloatArray, t: FloatArray) -> Kernel:
    value, first, second, third = _probit_terms(-t)
    return _of_terms(x, n, _probit_terms(t), (value, -first, second, -third))


def _cloglog_kernel(x: FloatArray, n: FloatArray, t: FloatArray) -> Kernel:
    e = np.exp(np.minimum(t, 700.0))
    return _of_terms(x, n, _cloglog_terms(t), (-e, -e, -e, -e))


def _normal_density(t: FloatArray) -> FloatArray:
    result: FloatArray = np.exp(-0.5 * t * t) / math.sqrt(2.0 * math.pi)
    return result


LINKS = {
    "logit": Link(
        "logit",
        lambda p: np.log(p) - np.log1p(-p),
        _expit,
        lambda t: _expit(t) * _expit(-t),
        _logit_kernel,
        1e12,
    ),
    "probit": Link("probit", ndtri, ndtr, _normal_density, _probit_kernel, 1e10),
    "cloglog": Link(
        "cloglog",
        lambda p: np.log(-np.log1p(-p)),
        lambda t: -np.expm1(-np.exp(np.minimum(t, 700.0))),
        lambda t: np.exp(np.minimum(t, 700.0) - np.exp(np.minimum(t, 700.0))),
        _cloglog_kernel,
        1e10,
    ),
}


def check_size(n: FloatArray, link: Link) -> None:
    """Refuse studies so large that double precision does not hold their likelihood.

    Raises
    ------
    ValueError
        Naming the index of the first such study, and its size.
    """
    if (n > link.largest_total).any():
        i = int(np.flatnonzero(n > link.largest_total)[0])
        raise Unusable(
            f"totals of {{study}} is {n[i]:.0f}: too large for double precision, "
            f"which holds the likelihood with a {link.name} link up to {link.largest_total:.0f}",
            i,
        )
