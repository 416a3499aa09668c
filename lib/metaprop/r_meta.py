"""A recipe as a call of R's meta: metaprop."""

from __future__ import annotations

from .r_metafor import CONTROL, ITERATIVE
from .r_text import Counts, NoCounterpart, call, number, shown, word
from .recipe import Recipe

SM = {"raw": "PRAW", "logit": "PLOGIT", "arcsine": "PAS", "double_arcsine": "PFT", "log": "PLN"}
BACK = {
    "raw": "min(max({}, 0), 1)",
    "log": "min(exp({}), 1)",
    "logit": "plogis({})",
    "arcsine": "metafor::transf.iarcsin({})",
    "double_arcsine": "metafor::transf.ipft.hm({}, list(ni = dat$ni))",
}
# (method.random.ci, adhoc.hakn.ci)
INTERVAL = {
    "wald": ("classic", ""),
    "hartung-knapp": ("HK", ""),
    "hartung-knapp-adhoc": ("HK", "se"),
}
CLASSIC = {"z": "S", "t-k-1": "V", "t-k-2": "HTS"}
HARTUNG_KNAPP = {"t-k-1": "HK", "t-k-2": "HK-PR"}
# Of rma.glmm by default, to which meta hands the counts.
NODES = 7
I2 = {"tau2": "tau2", "q": "Q"}


def meta(counts: Counts, recipe: Recipe, nodes: int) -> str:
    """Return the code; raise :class:`NoCounterpart` where meta has none."""
    fixed = counts.method(recipe) == "FE"
    mixed = recipe.method == "GLMM"
    if mixed and nodes != NODES:
        raise NoCounterpart(
            f"meta fits the mixed model with {NODES} nodes and takes no other number"
        )
    interval, ad_hoc = _interval(recipe)
    which = "common" if fixed else "random"
    method = "REML" if fixed else "ML" if mixed else recipe.method
    options = {
        "event": "xi",
        "n": "ni",
        "studlab": "study",
        "data": "dat",
        "method": word("GLMM" if mixed else "Inverse"),
        "sm": word(SM[recipe.scale]),
        **_added(counts, recipe),
        "common": "TRUE" if fixed else "FALSE",
        "random": "FALSE" if fixed else "TRUE",
        "prediction": "TRUE" if counts.predicted(recipe) else "FALSE",
        "method.tau": word(method),
        "method.tau.ci": word("J" if method == "DL" else "QP"),
        "method.I2": word("Q" if fixed else I2[recipe.i2]),
        "level.ma": number(recipe.level),
        "method.common.ci": word("classic"),
        "method.random.ci": word(interval),
        "adhoc.hakn.ci": word(ad_hoc),
        "level.predict": number(recipe.level),
        "method.predict": word(_prediction(recipe)),
        "adhoc.hakn.pi": word(ad_hoc if recipe.prediction_se == "interval" else ""),
        "backtransf": "TRUE",
        **({"control": CONTROL} if method in ITERATIVE and not (mixed or fixed) else {}),
    }
    if mixed:
        del options["method.tau.ci"]
    parts = [
        "library(meta)",
        counts.frame(drop_extreme=recipe.zeros == "drop"),
        "fit <- " + call("metaprop", options),
    ]
    values = {
        "estimate": f"fit$TE.{which}",
        "low": f"fit$lower.{which}",
        "high": f"fit$upper.{which}",
    }
    if counts.predicted(recipe):
        values |= {"prediction_low": "fit$lower.predict", "prediction_high": "fit$upper.predict"}
    values = {name: BACK[recipe.scale].format(value) for name, value in values.items()}
    # meta estimates τ² beside the common-effect model, too, which has none.
    values |= {"tau2": "0" if fixed else "fit$tau2", "i2": "fit$I2"}
    return "\n\n".join([*parts, shown(values)]) + "\n"


def _added(counts: Counts, recipe: Recipe) -> dict[str, str]:
    """Return what is added to which studies: ``incr`` and ``method.incr``."""
    none = {"incr": "0", "method.incr": word("only0")}
    if recipe.method == "GLMM":
        return {}
    if recipe.scale in ("arcsine", "double_arcsine") or recipe.zeros in ("none", "drop"):
        return none
    if counts.extreme.any():
        if recipe.scale == "log":
            raise NoCounterpart(
                "meta adds 1/2 event and 1/2 patient where no patient has the event, and keeps log "
                "p = 0 where all have it; metafor computes what this recipe says"
            )
        if recipe.scale == "raw" and recipe.zeros == "adjust-extreme":
            raise NoCounterpart(
                "meta corrects the variance of a raw proportion of 0% or 100% only; metafor "
                "corrects its estimate too, as this recipe says"
            )
    return {"incr": "0.5", "method.incr": word("only0")}


def _interval(recipe: Recipe) -> tuple[str, str]:
    if recipe.method == "GLMM" and recipe.ci == "t":
        return "HK", ""  # of the mixed model: a t quantile beside the classic standard error
    if recipe.ci not in INTERVAL:
        raise NoCounterpart(f"meta has no interval of the kind {recipe.ci!r} for this model")
    if recipe.double_arcsine_n != "harmonic":
        raise NoCounterpart("meta turns a Freeman–Tukey value back with the harmonic mean only")
    return INTERVAL[recipe.ci]


def _prediction(recipe: Recipe) -> str:
    quantile = recipe.prediction_quantile
    of_interval = recipe.prediction_se == "interval" and recipe.ci.startswith("hartung-knapp")
    names = HARTUNG_KNAPP if of_interval else CLASSIC
    if quantile not in names:
        raise NoCounterpart(
            f"meta has no prediction interval {quantile!r}"
            + (" with the Hartung–Knapp standard error" if of_interval else "")
        )
    if names[quantile] == "HK-PR" and recipe.ci == "hartung-knapp-adhoc":
        raise NoCounterpart("meta corrects the prediction interval HK, not HK-PR, ad hoc")
    return names[quantile]
