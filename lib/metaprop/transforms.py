"""The five scales of a proportion, there and back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import as_float, check_choice, check_number, finite_numbers

FloatArray = NDArray[np.float64]
_SCALES = ("raw", "log", "logit", "arcsine", "double_arcsine")


def harmonic_mean(totals: ArrayLike) -> float:
    """Harmonic mean of study sizes, the *n* of Miller's (1978) back-transformation.

    Parameters
    ----------
    totals : array_like
        Study sizes, all positive.

    Examples
    --------
    >>> import metaprop
    >>> round(metaprop.harmonic_mean([10, 20, 40]), 2)
    17.14
    """
    return _MEANS["harmonic"](_positive(totals, "a harmonic mean"))


def _positive(totals: ArrayLike, what: str) -> FloatArray:
    n = finite_numbers(totals, "totals")
    if n.size == 0 or not (n > 0).all():
        raise ValueError(f"totals must be positive and not empty for {what}")
    return n


_MEANS: dict[str, Callable[[FloatArray], float]] = {
    "harmonic": lambda n: float(1.0 / np.mean(1.0 / n)),
    "geometric": lambda n: float(np.exp(np.mean(np.log(n)))),
    "arithmetic": lambda n: float(np.mean(n)),
}


def study_size(totals: ArrayLike | None, n: str | float) -> float:
    """Return the study size at which a Freeman–Tukey value is turned into a proportion.

    Parameters
    ----------
    totals : array_like or None
        Study sizes; not needed when `n` is a number.
    n : {"harmonic", "geometric", "arithmetic"} or float
        A mean of `totals`, or the size itself.
    """
    if not isinstance(n, str):
        size = check_number("n", n)
        if size <= 0.0:
            raise ValueError(f"n must be a positive study size, got {n!r}")
        return size
    check_choice("n", n, tuple(_MEANS))
    if totals is None:
        raise ValueError(
            "scale 'double_arcsine' needs totals: without totals, or a study size n, it has no "
            "transformation"
        )
    return _MEANS[n](_positive(totals, f"their {n} mean"))


def double_arcsine(events: ArrayLike, totals: ArrayLike) -> FloatArray:
    """Freeman–Tukey double-arcsine transformation.

    ``[asin(sqrt(x / (n + 1))) + asin(sqrt((x + 1) / (n + 1)))] / 2``, in radians; Freeman and
    Tukey (1950). Counts need not be whole numbers.
    """
    x, n = np.asarray(events, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    result: FloatArray = 0.5 * (
        np.arcsin(np.sqrt(x / (n + 1.0))) + np.arcsin(np.sqrt((x + 1.0) / (n + 1.0)))
    )
    return result


def inverse_double_arcsine(values: ArrayLike, n: ArrayLike) -> FloatArray:
    """Miller's (1978) inverse at study size `n`; values no study can have become 0 or 1."""
    y, n = np.asarray(values, dtype=np.float64), np.asarray(n, dtype=np.float64)
    low, high = double_arcsine(np.zeros_like(n), n), double_arcsine(n, n)
    # Outside (0, pi/2) the formula would divide by sin(0); those values are clipped anyway.
    t = 2.0 * np.clip(y, low, high)
    sine = np.sin(t)
    inside = 1.0 - (sine + (sine - 1.0 / sine) / n) ** 2
    p = 0.5 * (1.0 - np.sign(np.cos(t)) * np.sqrt(np.clip(inside, 0.0, 1.0)))
    result: FloatArray = np.where(y <= low, 0.0, np.where(y >= high, 1.0, p))
    return result


def _inverse_arcsine(y: FloatArray) -> FloatArray:
    result: FloatArray = np.sin(np.clip(y, 0.0, np.pi / 2)) ** 2
    return result


def _expit(y: FloatArray) -> FloatArray:
    # tanh neither overflows nor warns at either end.
    result: FloatArray = 0.5 * (1.0 + np.tanh(0.5 * y))
    return np.where(
        y < -20.0, np.exp(np.minimum(y, 0.0)) / (1.0 + np.exp(np.minimum(y, 0.0))), result
    )


_INVERSE: dict[str, Callable[[FloatArray], FloatArray]] = {
    "raw": lambda y: np.clip(y, 0.0, 1.0),
    "log": lambda y: np.exp(np.minimum(y, 0.0)),
    "logit": _expit,
    "arcsine": _inverse_arcsine,
}


def back_transform(
    values: ArrayLike,
    *,
    scale: str,
    totals: ArrayLike | None = None,
    n: str | float = "harmonic",
) -> FloatArray:
    """Turn values on a working scale into proportions in [0, 1].

    Parameters
    ----------
    values : array_like
        Values on the working scale.
    scale : {"raw", "log", "logit", "arcsine", "double_arcsine"}
        The working scale.
    totals : array_like, optional
        Study sizes; needed for ``double_arcsine``, whose inverse depends on their mean.
    n : {"harmonic", "geometric", "arithmetic"} or float
        Which mean of the study sizes that is, or the study size itself (``double_arcsine`` only).

    Returns
    -------
    ndarray
        Proportions. Limits that a Wald interval places beyond 0 or 1 become 0 or 1.

    Notes
    -----
    Freeman–Tukey, with t twice the value and m the harmonic (or other) mean of the study sizes:
    ``p = {1 − sgn(cos t) sqrt(1 − [sin t + (sin t − 1/sin t) / m]²)} / 2`` (Miller 1978, Eq. 2);
    0 below the transformed value of 0 events out of m, 1 above that of m out of m.

    Examples
    --------
    >>> import metaprop
    >>> metaprop.back_transform([-1.0, 0.0, 2.0], scale="logit").round(3)
    array([0.269, 0.5  , 0.881])
    """
    check_choice("scale", scale, _SCALES)
    y = as_float(values, "values", row="at index")
    if np.isnan(y).any():
        raise ValueError(f"values must be numbers, got {values!r}")
    if scale == "double_arcsine":
        return inverse_double_arcsine(y, study_size(totals, n))
    return _INVERSE[scale](y)


def transform(
    proportions: ArrayLike,
    *,
    scale: str,
    totals: ArrayLike | None = None,
    n: str | float = "harmonic",
) -> FloatArray:
    """Turn proportions into values on a working scale; the inverse of :func:`back_transform`.

    Parameters
    ----------
    proportions : array_like
        Proportions in [0, 1]; strictly inside on the logit scale, above 0 on the log scale.
    scale : {"raw", "log", "logit", "arcsine", "double_arcsine"}
        The working scale.
    totals : array_like, optional
        Study sizes; needed for ``double_arcsine``.
    n : {"harmonic", "geometric", "arithmetic"} or float
        Which mean of the study sizes is used, or the study size itself (``double_arcsine`` only).

    Examples
    --------
    >>> import metaprop
    >>> metaprop.transform([0.2, 0.5, 0.9], scale="logit").round(3)
    array([-1.386,  0.   ,  2.197])
    """
    check_choice("scale", scale, _SCALES)
    p = finite_numbers(proportions, "proportions", row="at index")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"proportions must lie between 0 and 1, got {p}")
    if scale in ("log", "logit") and (p == 0).any():
        raise ValueError(f"a proportion of 0 has no finite value on the {scale} scale")
    if scale == "logit" and (p == 1).any():
        raise ValueError("a proportion of 1 has no finite value on the logit scale")
    if scale == "double_arcsine":
        size = study_size(totals, n)
        return double_arcsine(p * size, np.full_like(p, size))
    if scale == "raw":
        return p.copy()
    if scale == "log":
        return np.log(p)
    if scale == "logit":
        return np.log(p) - np.log1p(-p)
    return np.arcsin(np.sqrt(p))
