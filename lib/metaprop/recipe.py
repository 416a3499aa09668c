"""A Recipe: the full statement, as data, of how a pooled number was computed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from . import wording
from .checks import check_choice, check_level, check_whole
from .presets import PRESETS

SCALES = ("raw", "log", "logit", "arcsine", "double_arcsine")
METHODS = ("FE", "DL", "PM", "REML", "ML", "SJ", "HE", "HS", "EB", "GLMM")
INTERVALS = ("wald", "t", "hartung-knapp", "hartung-knapp-adhoc", "profile")
ZEROS = ("adjust-extreme", "variance-only", "drop", "none")
PREDICTIONS = ("z", "t-k-1", "t-k-2", "simple")
PREDICTION_SES = ("classic", "interval")
I2_KINDS = ("tau2", "q")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How proportions are pooled.

    Parameters
    ----------
    scale : {"raw", "log", "logit", "arcsine", "double_arcsine"}
        Working scale; metafor calls them PR, PLN, PLO, PAS and PFT.
    method : {"FE", "DL", "PM", "REML", "ML", "SJ", "HE", "HS", "EB", "GLMM"}
        FE is the fixed-effect (inverse variance) model, GLMM the random-intercept logistic model
        on the counts themselves; the others estimate the between-study variance.
    ci : {"wald", "t", "hartung-knapp", "hartung-knapp-adhoc", "profile"}
        Confidence interval of the pooled effect. "t" has k − 1 degrees of freedom; the ad hoc
        Hartung–Knapp interval never scales the standard error down; "profile" (profile
        likelihood) exists for the GLMM only.
    zeros : {"adjust-extreme", "variance-only", "drop", "none"}
        What happens to studies at 0 % or 100 %. "adjust-extreme" adds 1/2 event and 1 patient to
        the estimate and the variance of these studies on the raw, log and logit scales (metafor);
        "variance-only" keeps the estimate and adjusts the variance (raw scale; meta's PRAW, Stata's
        ``cc(0.5)``); "drop" leaves the studies out (Stata metaprop's default); "none" takes the
        counts as they are.
    prediction : {"z", "t-k-1", "t-k-2", "simple"}
        Critical value of the prediction interval: normal, or t with k − 1 or k − 2 degrees of
        freedom. "simple" is normal and ignores the uncertainty of the pooled effect.
    i2 : {"tau2", "q"}
        Which I² is the headline. Results hold both.
    level : float
        Confidence level of every interval.
    prediction_se : {"classic", "interval"}
        Standard error of the pooled effect inside the prediction interval: the classic one (meta
        since 8.0), or the one behind the confidence interval (metafor). They differ under
        Hartung–Knapp only.
    fixed_below : int
        With fewer pooled studies than this, the fixed-effect model is used (Stata metaprop: 3).

    Raises
    ------
    ValueError
        When an option has an unknown value or two options contradict each other.

    Examples
    --------
    >>> import metaprop
    >>> recipe = metaprop.Recipe(scale="logit", method="DL", ci="t")
    >>> recipe.label
    'logit, DL, t'
    >>> metaprop.Recipe.preset("metafor").method
    'REML'
    """

    scale: str = "double_arcsine"
    method: str = "REML"
    ci: str = "wald"
    zeros: str = "adjust-extreme"
    prediction: str = "z"
    i2: str = "tau2"
    level: float = 0.95
    prediction_se: str = "classic"
    fixed_below: int = 0

    def __post_init__(self) -> None:
        check_choice("scale", self.scale, SCALES)
        check_choice("method", self.method, METHODS)
        check_choice("ci", self.ci, INTERVALS)
        check_choice("zeros", self.zeros, ZEROS)
        check_choice("prediction", self.prediction, PREDICTIONS)
        check_choice("prediction_se", self.prediction_se, PREDICTION_SES)
        check_choice("i2", self.i2, I2_KINDS)
        check_level(self.level)
        check_whole("fixed_below", self.fixed_below)
        if self.method == "GLMM":
            if self.scale != "logit" or self.zeros != "none":
                raise ValueError(
                    "method 'GLMM' models the counts on the logit scale: it needs scale='logit' "
                    f"and zeros='none'; got scale={self.scale!r}, zeros={self.zeros!r}"
                )
            if self.ci.startswith("hartung-knapp"):
                raise ValueError(
                    "method 'GLMM' allows ci 'wald', 't' or 'profile'; "
                    f"Hartung–Knapp intervals do not exist for it; got {self.ci!r}"
                )
        elif self.ci == "profile":
            raise ValueError(
                f"ci 'profile' exists for method 'GLMM' only; method is {self.method!r}"
            )
        if self.zeros == "variance-only" and self.scale in ("log", "logit"):
            raise ValueError(
                f"zeros 'variance-only' keeps the estimate of studies at 0 or n, which is infinite "
                f"on the {self.scale} scale; use 'adjust-extreme' or 'drop'"
            )

    @classmethod
    def preset(cls, name: str) -> Recipe:
        """Return what a program computes by default.

        Parameters
        ----------
        name : str
            ``"metafor"``, ``"meta"``, ``"stata-metaprop"``, ``"stata-metaprop-ftt"`` or
            ``"stata-meta"``; also ``"meta-glmm"`` and ``"meta-pft"``. ``metaprop.presets``
            documents the reading of each program.
        """
        check_choice("preset", name, tuple(PRESETS))
        return cls(**PRESETS[name])

    @property
    def label(self) -> str:
        """Short name for tables and legends, such as ``Freeman–Tukey, DL, Wald``."""
        return wording.label(self)

    def describe(self) -> str:
        """Return one sentence for a Methods section that says everything the recipe says."""
        return wording.describe(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the options as a dict; ``Recipe(**recipe.to_dict())`` gives the recipe back."""
        return asdict(self)


def as_recipe(recipe: Recipe | None) -> Recipe:
    """Return the recipe given, the default one for None; refuse anything else."""
    if recipe is None:
        return Recipe()
    if not isinstance(recipe, Recipe):
        raise ValueError(
            "recipe must be a Recipe, such as Recipe(scale='logit') or Recipe.preset('metafor'); "
            f"got {recipe!r}"
        )
    return recipe
