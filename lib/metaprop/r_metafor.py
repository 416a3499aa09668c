"""A recipe as calls of R's metafor: escalc, rma, rma.glmm and predict."""

from __future__ import annotations

from .r_text import Counts, NoCounterpart, call, number, shown, word
from .recipe import Recipe

MEASURE = {
    "raw": "PR",
    "log": "PLN",
    "logit": "PLO",
    "arcsine": "PAS",
    "double_arcsine": "PFT",
}
TEST = {"wald": "z", "t": "t", "hartung-knapp": "knha", "hartung-knapp-adhoc": "adhoc"}
# Plain rma() stops its iterations and its search for a root at five digits or fewer.
CONTROL = "list(threshold = 1e-11, maxiter = 1500, tol = 1e-13)"
ITERATIVE = ("REML", "ML", "PM", "EB")
BACK = {
    "log": "exp",
    "logit": "transf.ilogit",
    "arcsine": "transf.iarcsin",
}
PREDTYPE = {"t-k-1": "t", "t-k-2": "riley", "simple": "simple"}
SIZE = {
    "geometric": "exp(mean(log(dat$ni)))",
    "arithmetic": "mean(dat$ni)",
    "inverse-variance": "sum(1 / (dat$vi + fit$tau2)) / 4",
}
I2 = {"tau2": "fit$I2 / 100", "q": "max(0, 1 - (fit$k - 1) / {q})"}


def metafor(counts: Counts, recipe: Recipe, nodes: int) -> str:
    """Return the code; raise :class:`NoCounterpart` where metafor has none."""
    if recipe.method == "GLMM":
        fits = _mixed(counts, recipe, nodes)
        q = "fit$QE.Wld"
    else:
        fits = _inverse_variance(counts, recipe)
        q = "fit$QE"
    parts = ["library(metafor)", counts.frame(drop_extreme=recipe.zeros == "drop"), *fits]
    back = _back(recipe)
    parts.append("pooled <- " + call("predict", {"": "fit", **back}))
    values = {"estimate": "pooled$pred", "low": "pooled$ci.lb", "high": "pooled$ci.ub"}
    values = {name: _inside(value, recipe) for name, value in values.items()}
    if counts.predicted(recipe):
        source, kind = prediction(recipe)
        new = "pooled"
        if kind or source != "fit":
            new = "new"
            options = {"": source, **({"predtype": word(kind)} if kind else {}), **back}
            parts.append("new <- " + call("predict", options))
        values["prediction_low"] = _inside(f"{new}$pi.lb", recipe)
        values["prediction_high"] = _inside(f"{new}$pi.ub", recipe)
    values |= {"tau2": "fit$tau2", "i2": I2[recipe.i2].format(q=q)}
    return "\n\n".join([*parts, shown(values)]) + "\n"


def added(counts: Counts, recipe: Recipe) -> dict[str, str]:
    """Return what is added to which studies: ``add`` and ``to`` of escalc."""
    if recipe.scale in ("arcsine", "double_arcsine") or recipe.zeros in ("none", "drop"):
        return {"add": "0", "to": word("none")}
    if recipe.zeros == "variance-only" and counts.extreme.any():
        raise NoCounterpart(
            "metafor corrects estimate and variance of a study at 0% or 100% or neither; the "
            "variance alone is corrected by meta (sm = PRAW)"
        )
    return {"add": "1/2", "to": word("only0")}


def _inverse_variance(counts: Counts, recipe: Recipe) -> list[str]:
    sizes = {
        "measure": word(MEASURE[recipe.scale]),
        "xi": "xi",
        "ni": "ni",
        "data": "dat",
        "slab": "study",
        **added(counts, recipe),
    }
    method = counts.method(recipe)
    options = {
        "yi": "yi",
        "vi": "vi",
        "data": "dat",
        "method": word(method),
        "weighted": "TRUE",
        "test": word(TEST[recipe.ci]),
        "level": number(round(100 * recipe.level, 10)),
        **({"control": CONTROL} if method in ITERATIVE else {}),
    }
    fits = ["dat <- " + call("escalc", sizes), "fit <- " + call("rma", options)]
    if method != "FE" and prediction(recipe)[0] != "fit":
        fits.append("wald <- " + call("rma", {**options, "test": word("z")}))
    return fits


def _mixed(counts: Counts, recipe: Recipe, nodes: int) -> list[str]:
    if recipe.ci == "profile":
        raise NoCounterpart("rma.glmm has no profile-likelihood interval; lme4 has one")
    options = {
        "measure": word("PLO"),
        "xi": "xi",
        "ni": "ni",
        "data": "dat",
        "slab": "study",
        "method": word("ML"),
        "test": word(TEST[recipe.ci]),
        "level": number(round(100 * recipe.level, 10)),
        "nAGQ": str(nodes),
        "control": 'list(package = "lme4")',
    }
    fits = ["fit <- " + call("rma.glmm", options)]
    if prediction(recipe)[0] != "fit":
        fits.append("wald <- " + call("rma.glmm", {**options, "test": word("z")}))
    return fits


def prediction(recipe: Recipe) -> tuple[str, str]:
    """Return the fit that has the standard error of the prediction interval, and its predtype.

    An interval of predict() takes the standard error of the fit's own confidence interval, and its
    critical value unless predtype says another. The classic standard error beside a Hartung–Knapp
    interval, and a normal critical value beside a t one, are those of the fit with ``test = "z"``.
    """
    quantile = recipe.prediction_quantile
    kind = PREDTYPE.get(quantile, "")
    hartung_knapp = recipe.ci.startswith("hartung-knapp")
    classic = hartung_knapp and recipe.prediction_se == "classic"
    if recipe.prediction == "interval" and not classic:
        return "fit", ""
    if quantile == "z" and hartung_knapp and not classic:
        raise NoCounterpart(
            "metafor has no normal prediction interval with the Hartung–Knapp standard error"
        )
    other = quantile != "simple" and (classic or (quantile == "z" and recipe.ci != "wald"))
    return ("wald" if other else "fit"), kind


def _back(recipe: Recipe) -> dict[str, str]:
    """Return the options of predict() that turn the pooled value into a proportion."""
    if recipe.scale == "raw":
        return {}
    if recipe.scale != "double_arcsine":
        return {"transf": BACK[recipe.scale]}
    n = recipe.double_arcsine_n
    if n == "harmonic":
        return {"transf": "transf.ipft.hm", "targs": "list(ni = dat$ni)"}
    size = SIZE[n] if isinstance(n, str) else number(n)
    return {"transf": "transf.ipft", "targs": size}


def _inside(value: str, recipe: Recipe) -> str:
    """Return the value kept between 0 and 1: R leaves limits of the raw and log scales outside."""
    return f"min(max({value}, 0), 1)" if recipe.scale in ("raw", "log") else value
