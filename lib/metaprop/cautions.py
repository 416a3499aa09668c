"""Where a method fails though its arithmetic does not: sentences for the note of a result.

Each function returns a sentence, or an empty text where there is nothing to say.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .intervals import normal_quantile, t_quantile
from .transforms import inverse_double_arcsine

FloatArray = NDArray[np.float64]

FEW_STUDIES = 4
# A back-transformed value below this share of the studies' own mean has collapsed.
_COLLAPSED = 0.5
# Values that proportions have on a scale, and how to say so.
_RANGE = {
    "raw": (0.0, 1.0, "0 to 1"),
    "log": (-np.inf, 0.0, "the values up to 0"),
    "arcsine": (0.0, np.pi / 2, "0 to π/2"),
    "double_arcsine": (0.0, np.pi / 2, "0 to π/2"),
}


def few_studies(k: int, level: float) -> str:
    """Caution for a normal interval around the mean of 2 to 4 studies with an estimated τ².

    With k studies τ² rests on k − 1 degrees of freedom, and the normal critical value leaves its
    uncertainty out (IntHout, Ioannidis and Borm 2014).
    """
    if not 2 <= k <= FEW_STUDIES:
        return ""
    ratio = t_quantile(level, k - 1) / normal_quantile(level)
    return (
        f"only {k} studies: the Wald interval takes the estimated tau2 as known and is too narrow "
        f"(the critical value of t with {k - 1} df is {ratio:.1f} times the normal one; see ci 't' "
        "and 'hartung-knapp')"
    )


def collapse(y: FloatArray, weights: FloatArray, totals: FloatArray, mean: float, n: float) -> str:
    """Caution where Freeman–Tukey's back-transformation squeezes a pooled value towards 0 or 1.

    Between 0 and 1 event out of n the inverse is quadratic, and below the transformed 0 it is 0.
    A pooled value there stands for no proportion that the studies have: the sentence is given when
    it lies below half of the weighted mean of their own proportions (Schwarzer et al. 2019).

    Parameters
    ----------
    y, weights, totals : ndarray, shape (k,)
        Transformed proportions, weights that sum to 1 and study sizes.
    mean : float
        Pooled value on the transformed scale.
    n : float
        Study size of the back-transformation.
    """
    if y.size < 2:
        return ""
    one = _one_event(n)
    for end in ("0%", "100%"):
        pooled = mean if end == "0%" else np.pi / 2 - mean
        if pooled >= one:
            continue
        values = y if end == "0%" else np.pi / 2 - y
        p = float(inverse_double_arcsine(pooled, n))
        own = float(weights @ inverse_double_arcsine(values, totals))
        if p < _COLLAPSED * own:
            own_share = own if end == "0%" else 1.0 - own
            return (
                f"the Freeman–Tukey back-transformation squeezes this pooled value towards {end}: "
                f"at the study size used (n = {n:.4g}) it stands for {n * p:.2g} patients away "
                f"from {end}, while the studies' own proportions have a weighted mean of "
                f"{100 * own_share:.3g}%; another n, another scale or the mixed model says more"
            )
    return ""


def _one_event(n: float) -> float:
    """Freeman–Tukey value of one event out of n, of all events if n is below 1."""
    events = min(1.0, n)
    ends = (events / (n + 1.0), (events + 1.0) / (n + 1.0))
    return 0.5 * sum(math.asin(math.sqrt(end)) for end in ends)


def no_proportion(y: FloatArray, scale: str) -> str:
    """Caution where effects are no proportions on their scale."""
    if scale not in _RANGE:
        return ""
    low, high, words = _RANGE[scale]
    outside = np.flatnonzero((y < low) | (y > high))
    if not outside.size:
        return ""
    i = int(outside[0])
    return (
        f"yi of the study at index {i} is {y[i]:.6g}, which is no proportion on the {scale} scale "
        f"(outside {words}); scale 'identity' is for effects that are no proportions"
    )


def is_proportion(value: float, scale: str) -> bool:
    """Whether a pooled value on the raw or log scale is a proportion, rounding aside.

    On the arcsine scales a value beyond the range is taken for its end, as it always is there.
    """
    if scale not in ("raw", "log"):
        return True
    low, high, _ = _RANGE[scale]
    return low - 1e-9 <= value <= high + 1e-9
