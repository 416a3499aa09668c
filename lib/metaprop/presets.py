"""What other programs compute by default, as options of a Recipe.

How each program was read:

``metafor``
    ``rma(measure="PFT", xi, ni)``: Freeman–Tukey, REML, Wald, τ²-based I²; the prediction interval
    has the critical value and the standard error of the confidence interval, so it is normal here
    and has k − 1 degrees of freedom once ``ci`` is changed to "t" or "hartung-knapp". metafor has
    no default measure; Freeman–Tukey stands here because it needs no continuity correction, not
    because it is recommended: where study sizes differ by orders of magnitude its
    back-transformation misleads (Schwarzer et al. 2019), and metafor's author advises against it.
``meta``
    ``metaprop(event, n, method="Inverse")`` of meta 8: logit, 1/2 added to studies at 0 or n,
    REML, Wald, prediction interval with k − 1 degrees of freedom and the classic standard error,
    Q-based I². This is the inverse-variance analysis; since 4.16 a plain ``metaprop(event, n)``
    fits the mixed model instead, which is ``meta-glmm``.
``meta-glmm``
    ``metaprop(event, n)`` of meta 8 without further arguments.
``meta-pft``
    ``metaprop(event, n, sm="PFT")``: as ``meta`` on the Freeman–Tukey scale.
``stata-metaprop``
    ``metaprop num denom, random`` (Nyaga, Arbyn and Aerts 2014): raw proportions,
    DerSimonian–Laird, studies at 0 % or 100 % excluded, Q-based I², the fixed-effect model with
    fewer than three studies. ``rfdist`` prints the prediction interval with k − 2 degrees of
    freedom.
``stata-metaprop-ftt``
    ``metaprop num denom, random ftt``: the same on the Freeman–Tukey scale, all studies kept.
    Stata leaves out the factor 1/2 of the transformation, so its printed τ² is four times this
    one; estimates, intervals, Q and I² are equal.
``stata-meta``
    ``meta esize`` and ``meta summarize`` of Stata 18: Freeman–Tukey, REML, Wald, τ²-based I²;
    ``predinterval`` has k − 2 degrees of freedom.
"""

from __future__ import annotations

from typing import Any

_META: dict[str, Any] = {
    "scale": "logit",
    "method": "REML",
    "zeros": "adjust-extreme",
    "prediction": "t-k-1",
    "i2": "q",
}

PRESETS: dict[str, dict[str, Any]] = {
    "metafor": {
        "scale": "double_arcsine",
        "method": "REML",
        "zeros": "adjust-extreme",
        "prediction": "interval",
        "i2": "tau2",
        "prediction_se": "interval",
    },
    "meta": _META,
    "meta-glmm": {**_META, "method": "GLMM", "zeros": "none"},
    "meta-pft": {**_META, "scale": "double_arcsine"},
    "stata-metaprop": {
        "scale": "raw",
        "method": "DL",
        "zeros": "drop",
        "prediction": "t-k-2",
        "i2": "q",
        "fixed_below": 3,
    },
    "stata-metaprop-ftt": {
        "scale": "double_arcsine",
        "method": "DL",
        "zeros": "none",
        "prediction": "t-k-2",
        "i2": "q",
        "fixed_below": 3,
    },
    "stata-meta": {
        "scale": "double_arcsine",
        "method": "REML",
        "zeros": "none",
        "prediction": "t-k-2",
        "i2": "tau2",
    },
}
