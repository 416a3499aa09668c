"""Effect sizes and sampling variances of single proportions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import Unusable, check_choice
from .results import EffectSizes
from .studies import read_counts
from .transforms import double_arcsine

FloatArray = NDArray[np.float64]
_ZEROS = ("adjust-extreme", "variance-only", "drop", "none")


def _raw(x: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    p = x / n
    return p, p * (1.0 - p) / n


def _log(x: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    return np.log(x / n), 1.0 / x - 1.0 / n


def _logit(x: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    return np.log(x / (n - x)), 1.0 / x + 1.0 / (n - x)


def _arcsine(x: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    return np.arcsin(np.sqrt(x / n)), 1.0 / (4.0 * n)


def _double_arcsine(x: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    return double_arcsine(x, n), 1.0 / (4.0 * n + 2.0)


_SCALE: dict[str, Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]] = {
    "raw": _raw,
    "log": _log,
    "logit": _logit,
    "arcsine": _arcsine,
    "double_arcsine": _double_arcsine,
}
# Scales on which a study at 0 or n has no usable estimate or variance without a correction.
_NEEDS_CORRECTION = ("raw", "log", "logit")


def effect_sizes(
    events: ArrayLike,
    totals: ArrayLike,
    *,
    scale: str,
    zeros: str = "adjust-extreme",
    labels: ArrayLike | None = None,
    missing: str = "raise",
    fractional: bool = False,
) -> EffectSizes:
    """Compute effect sizes and sampling variances of proportions.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events x and patients n of each study.
    scale : {"raw", "log", "logit", "arcsine", "double_arcsine"}
        The working scale, with the effect of a study and its variance:

        ============== ===================================================== =====================
        scale          effect                                                variance
        ============== ===================================================== =====================
        raw            p = x / n                                             p (1 − p) / n
        log            log p                                                 1 / x − 1 / n
        logit          log(x / (n − x))                                      1 / x + 1 / (n − x)
        arcsine        asin √p                                               1 / (4 n)
        double_arcsine [asin √(x / (n + 1)) + asin √((x + 1) / (n + 1))] / 2 1 / (4 n + 2)
        ============== ===================================================== =====================
    zeros : {"adjust-extreme", "variance-only", "drop", "none"}
        Rule for studies with x = 0 or x = n; see :class:`~metaprop.Recipe`. The arcsine scales
        need no correction and get none; "drop" leaves such studies out on every scale.
    labels, missing
        Names of the studies (the index of a pandas Series when omitted), and what happens to
        incomplete rows; see :func:`~metaprop.pool`. A row left out has no effect: `kept` is False.
    fractional : bool
        Take counts that are not whole: weighted counts, effective sample sizes. The formulas are
        the same (metafor's ``escalc`` takes them too); the variances are those of a binomial
        sample of that size.

    Returns
    -------
    EffectSizes
        Effects of the kept studies, and which studies those are.

    Raises
    ------
    ValueError
        For impossible counts; when no study is left; and, with ``zeros="none"``, for the first
        study that has no finite effect or a variance of zero.

    References
    ----------
    Freeman MF, Tukey JW. Ann Math Stat 1950;21:607. Viechtbauer W. J Stat Softw 2010;36(3), for the
    conventions of ``escalc``.

    Examples
    --------
    >>> import metaprop
    >>> sizes = metaprop.effect_sizes([8, 12, 5], [10, 20, 5], scale="logit")
    >>> sizes.yi.round(3), sizes.adjusted
    (array([1.386, 0.405, 2.398]), array([False, False,  True]))
    """
    check_choice("scale", scale, tuple(_SCALE))
    check_choice("zeros", zeros, _ZEROS)
    studies = read_counts(events, totals, labels=labels, missing=missing, fractional=fractional)
    with studies.named():
        sizes = sizes_of(studies.first, studies.second, scale, zeros)
    if studies.labels is None and not studies.notes:
        return sizes
    return replace(
        sizes,
        kept=studies.widen(sizes.kept),
        adjusted=studies.widen(sizes.adjusted),
        labels=studies.label_texts,
        note=studies.note,
    )


def sizes_of(x: FloatArray, n: FloatArray, scale: str, zeros: str) -> EffectSizes:
    """Return :func:`effect_sizes` of counts that are already validated."""
    check_choice("scale", scale, tuple(_SCALE))
    extreme = (x == 0) | (x == n)
    kept = np.ones(x.size, dtype=np.bool_)
    adjusted = np.zeros(x.size, dtype=np.bool_)
    compute = _SCALE[scale]

    if zeros == "drop":
        kept = ~extreme
        if not kept.any():
            raise ValueError(
                f"zeros 'drop' leaves no study: all {x.size} have 0 events or as many as patients"
            )
        return EffectSizes(*compute(x[kept], n[kept]), kept, adjusted)

    if scale in _NEEDS_CORRECTION and extreme.any():
        if zeros == "none":
            i = int(np.flatnonzero(extreme)[0])
            raise Unusable(
                f"{{study}} has {x[i]:.15g} events in {n[i]:.15g} patients: no usable "
                f"{scale} effect and variance without a correction (zeros='none')",
                i,
            )
        if zeros == "variance-only" and scale != "raw":
            raise Unusable(
                "zeros 'variance-only' keeps the estimate of {study}, which has no usable value on "
                f"the {scale} scale",
                int(np.flatnonzero(extreme)[0]),
            )
        adjusted = extreme
        yi, vi = compute(x + 0.5 * extreme, n + 1.0 * extreme)
        if zeros == "variance-only":
            yi = x / n
        return EffectSizes(yi, vi, kept, adjusted)
    return EffectSizes(*compute(x, n), kept, adjusted)
