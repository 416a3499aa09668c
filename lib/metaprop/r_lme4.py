"""The mixed model as a call of R's lme4: glmer, and its profile-likelihood interval."""

from __future__ import annotations

from .r_text import Counts, NoCounterpart, call, number, shown, word
from .recipe import Recipe

QUANTILE = {
    "z": "qnorm({p})",
    "simple": "qnorm({p})",
    "t-k-1": "qt({p}, df = nrow(dat) - 1)",
    "t-k-2": "qt({p}, df = nrow(dat) - 2)",
}


def lme4(counts: Counts, recipe: Recipe, nodes: int) -> str:
    """Return the code; raise :class:`NoCounterpart` for what is not the mixed model."""
    if recipe.method != "GLMM":
        raise NoCounterpart("lme4 fits the mixed model of counts; it does not pool effect sizes")
    if recipe.i2 == "q":
        raise NoCounterpart("lme4 knows no I² from Q; metafor and meta do")
    fit = {
        "": "cbind(xi, ni - xi) ~ 1 + (1 | study)",
        "data": "dat",
        "family": 'binomial(link = "logit")',
        "nAGQ": str(nodes),
    }
    tail = number(round((1 + recipe.level) / 2, 12))
    parts = [
        "library(lme4)",
        counts.frame(drop_extreme=False),
        "fit <- " + call("glmer", fit),
        "mu <- fixef(fit)[[1]]\nse <- sqrt(vcov(fit)[1, 1])\ntau2 <- VarCorr(fit)$study[1, 1]",
        _interval(recipe, tail),
    ]
    values = {"estimate": "plogis(mu)", "low": "plogis(ci[1])", "high": "plogis(ci[2])"}
    if counts.predicted(recipe):
        critical = QUANTILE[recipe.prediction_quantile].format(p=tail)
        spread = "tau2" if recipe.prediction_quantile == "simple" else "tau2 + se^2"
        parts.append(f"new <- mu + c(-1, 1) * {critical} * sqrt({spread})")
        values |= {"prediction_low": "plogis(new[1])", "prediction_high": "plogis(new[2])"}
    return "\n\n".join([*parts, shown(values | {"tau2": "tau2"})]) + "\n"


def _interval(recipe: Recipe, tail: str) -> str:
    """Return the code of the confidence interval of μ."""
    if recipe.ci == "profile":
        options = {
            "": "fit",
            "parm": word("(Intercept)"),
            "level": number(recipe.level),
            "method": word("profile"),
            "quiet": "TRUE",
        }
        return "ci <- " + call("confint", options)
    critical = QUANTILE["z" if recipe.ci == "wald" else "t-k-1"].format(p=tail)
    return f"ci <- mu + c(-1, 1) * {critical} * se"
