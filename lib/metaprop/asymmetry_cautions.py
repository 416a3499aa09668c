"""What speaks against the tests for funnel-plot asymmetry, in words."""

from __future__ import annotations

import math

# On these scales the sampling variance is a function of the estimated proportion itself.
DEPENDENT_SCALES = ("raw", "log", "logit")
_FEW_STUDIES = 10


def few_studies(k: int, consequence: str = "the test can hardly tell asymmetry from chance") -> str:
    """Return what speaks against any test for asymmetry with `k` studies; empty from 10 on."""
    if k >= _FEW_STUDIES:
        return ""
    return f"only {k} studies: with fewer than {_FEW_STUDIES} {consequence}"


def predictor_cautions(predictor: str, scale: str | None, k: int) -> tuple[str, ...]:
    """Return what speaks against regressing effects on `predictor`."""
    found = []
    if predictor in ("se", "variance"):
        if scale is None:
            found.append(
                f"the predictor {predictor!r} is only valid where the sampling variance does not "
                "depend on the proportion (the arcsine scales); pass scale= to say which scale the "
                "effects are on"
            )
        elif scale in DEPENDENT_SCALES:
            found.append(
                f"on the {scale} scale the sampling variance is a function of the proportion "
                f"itself, so the predictor {predictor!r} finds asymmetry where there is none; use "
                "a predictor based on the study size, such as 'sqrt_inverse_n'"
            )
    return _with_few(found, few_studies(k))


def rank_cautions(scale: str | None, k: int) -> tuple[str, ...]:
    """Return what speaks against the rank correlation of effects and variances."""
    found = []
    if scale is None:
        found.append(
            "the rank test is only valid where the sampling variance does not depend on the "
            "proportion (the arcsine scales); pass scale= to say which scale the effects are on"
        )
    elif scale in DEPENDENT_SCALES:
        found.append(
            f"on the {scale} scale the sampling variance is a function of the proportion itself, "
            "so effects and variances are correlated where nothing is missing; use the rank test "
            "on an arcsine scale, or a regression test on the study size"
        )
    few = few_studies(k)
    smallest = 2.0 / math.factorial(min(k, 20))  # of the exact two-sided p-values
    if smallest > 0.05:
        few += f"; with {k} studies no p-value can be smaller than {smallest:.2g}"
    return _with_few(found, few)


def trim_cautions(scale: str | None, k: int) -> tuple[str, ...]:
    """Return what speaks against trim and fill."""
    found = []
    if scale in DEPENDENT_SCALES:
        found.append(
            f"on the {scale} scale the sampling variance is a function of the proportion itself, "
            "so the funnel is lopsided and studies are imputed where none are missing"
        )
    return _with_few(found, few_studies(k, "the number imputed can hardly be told from chance"))


def _with_few(found: list[str], few: str) -> tuple[str, ...]:
    return (*found, few) if few else tuple(found)
