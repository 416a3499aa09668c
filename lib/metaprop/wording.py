"""Words for a Recipe: a label and a Methods sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .recipe import Recipe

_SCALE_LABEL = {
    "raw": "raw",
    "log": "log",
    "logit": "logit",
    "arcsine": "arcsine",
    "double_arcsine": "Freeman–Tukey",
}
_SCALE = {
    "raw": "as untransformed proportions",
    "log": "on the log scale",
    "logit": "on the logit scale",
    "arcsine": "on the arcsine square-root scale",
    "double_arcsine": "on the Freeman–Tukey double-arcsine scale",
}
_BACK = {
    "raw": "",
    "log": "back-transformed by exponentiation",
    "logit": "back-transformed by the inverse logit",
    "arcsine": "back-transformed by the squared sine",
    "double_arcsine": "back-transformed with the harmonic mean of the study sizes (Miller 1978)",
}
_METHOD = {
    "DL": "DerSimonian–Laird",
    "PM": "Paule–Mandel",
    "REML": "restricted maximum-likelihood (REML)",
    "ML": "maximum-likelihood",
    "SJ": "Sidik–Jonkman",
    "HE": "Hedges",
    "HS": "Hunter–Schmidt",
    "EB": "empirical Bayes",
}
_CI_LABEL = {
    "wald": "Wald",
    "t": "t",
    "hartung-knapp": "Hartung–Knapp",
    "hartung-knapp-adhoc": "ad hoc Hartung–Knapp",
    "profile": "profile likelihood",
}
_CI = {
    "wald": "Wald (normal)",
    "t": "based on the t distribution with k − 1 degrees of freedom",
    "hartung-knapp": "Hartung–Knapp",
    "hartung-knapp-adhoc": "Hartung–Knapp with the ad hoc rule (never a smaller standard error)",
    "profile": "based on the profile likelihood",
}
_PREDICTION = {
    "z": "the normal distribution",
    "t-k-1": "the t distribution with k − 1 degrees of freedom",
    "t-k-2": "the t distribution with k − 2 degrees of freedom",
    "simple": "the normal distribution, ignoring the uncertainty of the pooled value",
}


def _zeros(recipe: Recipe) -> str:
    if recipe.zeros == "drop":
        return "studies at 0% or 100% were left out"
    if recipe.zeros == "none" or recipe.scale in ("arcsine", "double_arcsine"):
        return "no continuity correction was made"
    if recipe.zeros == "variance-only":
        return (
            "studies at 0% or 100% kept their proportion, with a variance computed after adding "
            "1/2 event and 1 patient"
        )
    return "1/2 event and 1 patient were added to studies at 0% or 100% only"


def label(recipe: Recipe) -> str:
    """Return a short name of a recipe: scale, estimator, interval, and what departs from usual."""
    scale = "logistic" if recipe.method == "GLMM" else _SCALE_LABEL[recipe.scale]
    parts = [scale, recipe.method, _CI_LABEL[recipe.ci]]
    if recipe.method != "GLMM":
        if recipe.zeros == "drop":
            parts.append("extremes dropped")
        elif recipe.zeros == "variance-only":
            parts.append("variance-only correction")
        elif recipe.zeros == "none" and recipe.scale in ("raw", "log", "logit"):
            parts.append("no correction")
    return ", ".join(parts)


def describe(recipe: Recipe) -> str:
    """Return one sentence that states scale, model, zeros rule, intervals and I² of a recipe."""
    level = f"{100 * recipe.level:.4g}%"
    fixed = recipe.method == "FE"
    if recipe.method == "GLMM":
        start = (
            "Event counts were modelled with a random-intercept logistic regression (binomial "
            "likelihood, maximum likelihood by adaptive Gauss–Hermite quadrature, no continuity "
            "correction)"
        )
    elif fixed:
        start = (
            f"Proportions were pooled {_SCALE[recipe.scale]} with a fixed-effect inverse-variance "
            f"model; {_zeros(recipe)}"
        )
    else:
        start = (
            f"Proportions were pooled {_SCALE[recipe.scale]} with an inverse-variance "
            f"random-effects model and the {_METHOD[recipe.method]} estimator of the between-study "
            f"variance; {_zeros(recipe)}"
        )
    parts = [start]
    if recipe.fixed_below > 1 and not fixed:
        parts.append(
            f"the fixed-effect model was used with fewer than {recipe.fixed_below} studies"
        )
    interval = f"{level} confidence intervals are {_CI[recipe.ci]}"
    if not fixed:
        interval += f" and prediction intervals use {_PREDICTION[recipe.prediction]}"
        if recipe.prediction_se == "interval" and recipe.ci.startswith("hartung-knapp"):
            interval += " with the Hartung–Knapp standard error"
    if _BACK[recipe.scale]:
        interval += f", {_BACK[recipe.scale]}"
    parts.append(interval)
    if recipe.i2 == "q":
        parts.append("I² is derived from Cochran’s Q")
    elif fixed:
        parts.append("I² is derived from Cochran’s Q, as no between-study variance is estimated")
    else:
        parts.append("I² is derived from the estimated between-study variance")
    return "; ".join(parts) + "."
