"""A Recipe: the full statement, as data, of how a pooled number was computed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from . import wording
from .checks import check_choice, check_level, check_number, check_whole
from .presets import PRESETS

SCALES = ("raw", "log", "logit", "arcsine", "double_arcsine")
"""The scales of a proportion."""
METHODS = ("FE", "DL", "PM", "REML", "ML", "SJ", "HE", "HS", "EB", "GLMM")
INTERVALS = ("wald", "t", "hartung-knapp", "hartung-knapp-adhoc", "profile")
ZEROS = ("adjust-extreme", "variance-only", "drop", "none")
PREDICTIONS = ("z", "t-k-1", "t-k-2", "simple", "interval")
PREDICTION_SES = ("classic", "interval")
I2_KINDS = ("tau2", "q")
DOUBLE_ARCSINE_N = ("harmonic", "geometric", "arithmetic", "inverse-variance")


class _Unsaid(str):
    """A default that differs from the same word said, so that method "GLMM" can replace it."""

    __slots__ = ()


_GLMM = {"scale": "logit", "zeros": "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How proportions are pooled.

    Parameters
    ----------
    scale : {"raw", "log", "logit", "arcsine", "double_arcsine", "identity"}
        Working scale; metafor calls the first five PR, PLN, PLO, PAS and PFT. "identity" is for
        effects that are no proportions (log hazard ratios, say), in
        :func:`~metaprop.pool_effects`: nothing is back-transformed, and no `proportion` is given.
    method : {"FE", "DL", "PM", "REML", "ML", "SJ", "HE", "HS", "EB", "GLMM"}
        FE is the fixed-effect (inverse variance) model, GLMM the random-intercept logistic model
        on the counts themselves; the others estimate the between-study variance. With GLMM,
        `scale` and `zeros` are "logit" and "none" unless said; nothing else is possible.
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
    prediction : {"z", "t-k-1", "t-k-2", "simple", "interval"}
        Critical value of the prediction interval: normal, or t with k − 1 or k − 2 degrees of
        freedom. "simple" is normal and ignores the uncertainty of the pooled effect. "interval"
        takes that of the confidence interval: normal beside "wald" and "profile", t with k − 1
        degrees of freedom beside the others (metafor).
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
    double_arcsine_n : {"harmonic", "geometric", "arithmetic", "inverse-variance"} or float
        Study size at which a Freeman–Tukey value is turned into a proportion: a mean of the study
        sizes, harmonic in Miller (1978); the size 1 / (4 se²) that the variance of the pooled
        value stands for, se its classic standard error (Barendregt et al. 2013); or a number.

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
    >>> metaprop.Recipe.preset("metafor").but(method="GLMM").label
    'logistic, GLMM, Wald'
    """

    scale: str = _Unsaid("double_arcsine")
    method: str = "REML"
    ci: str = "wald"
    zeros: str = _Unsaid("adjust-extreme")
    prediction: str = "z"
    i2: str = "tau2"
    level: float = 0.95
    prediction_se: str = "classic"
    fixed_below: int = 0
    double_arcsine_n: str | float = "harmonic"

    def __post_init__(self) -> None:
        for name, needed in _GLMM.items():
            value = getattr(self, name)
            if isinstance(value, _Unsaid):
                plain = needed if self.method == "GLMM" else str(value)
                object.__setattr__(self, name, plain)
        check_choice("scale", self.scale, (*SCALES, "identity"))
        check_choice("method", self.method, METHODS)
        check_choice("ci", self.ci, INTERVALS)
        check_choice("zeros", self.zeros, ZEROS)
        check_choice("prediction", self.prediction, PREDICTIONS)
        check_choice("prediction_se", self.prediction_se, PREDICTION_SES)
        check_choice("i2", self.i2, I2_KINDS)
        check_level(self.level)
        check_whole("fixed_below", self.fixed_below)
        check_double_arcsine_n(self.double_arcsine_n)
        if self.double_arcsine_n != "harmonic" and self.scale != "double_arcsine":
            raise ValueError(
                "double_arcsine_n has a meaning on the scale 'double_arcsine' only; "
                f"scale is {self.scale!r}"
            )
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

    def but(self, **changes: Any) -> Recipe:
        """Return this recipe with some options changed.

        A change to method "GLMM" brings its scale and zeros rule along, and a change to another
        scale drops `double_arcsine_n`.

        Raises
        ------
        ValueError
            For an option that does not exist, and as for a new recipe.

        Examples
        --------
        >>> import metaprop
        >>> metaprop.Recipe.preset("metafor").but(ci="hartung-knapp").label
        'Freeman–Tukey, REML, Hartung–Knapp'
        """
        names = tuple(field.name for field in fields(self))
        for name in changes:
            check_choice("option", name, names)
        if changes.get("method") == "GLMM":
            changes = {**_GLMM, **changes}
        if changes.get("scale", self.scale) != "double_arcsine":
            changes = {"double_arcsine_n": "harmonic", **changes}
        return replace(self, **changes)

    @property
    def prediction_quantile(self) -> str:
        """The critical value of the prediction interval, with "interval" resolved."""
        if self.prediction != "interval":
            return self.prediction
        return "z" if self.ci in ("wald", "profile") else "t-k-1"

    @property
    def label(self) -> str:
        """Short name for tables and legends, such as ``Freeman–Tukey, DL, Wald``."""
        interval = wording.CI_LABEL[self.ci]
        if self.method == "GLMM":
            return f"logistic, GLMM, {interval}"
        parts = [wording.SCALE_LABEL[self.scale], self.method, interval]
        if self.zeros == "drop" or self.scale in ("raw", "log", "logit"):
            parts.append(wording.ZEROS_LABEL[self.zeros])
        if self.double_arcsine_n != "harmonic":
            parts.append(f"n {_said(self.double_arcsine_n)}")
        return ", ".join(part for part in parts if part)

    def describe(self, *, prediction: bool = True) -> str:
        """Return one sentence for a Methods section that says everything the recipe says.

        Parameters
        ----------
        prediction : bool
            Whether to tell how the prediction interval of :class:`~metaprop.Pooled` is computed.
            Leave it out where none is shown, or another one, such as
            :func:`~metaprop.prediction_interval`.
        """
        fixed = self.method == "FE"
        parts = [*self._model(), self._intervals(prediction)]
        if self.i2 == "q":
            parts.append("I² is derived from Cochran’s Q")
        elif fixed:
            parts.append(
                "I² is derived from Cochran’s Q, as no between-study variance is estimated"
            )
        else:
            parts.append("I² is derived from the estimated between-study variance")
        return "; ".join(parts) + "."

    def _model(self) -> list[str]:
        """Return the parts of the sentence on scale, model and zeros rule."""
        if self.method == "GLMM":
            parts = [
                "Event counts were modelled with a random-intercept logistic regression (binomial "
                "likelihood, maximum likelihood by adaptive Gauss–Hermite quadrature, no "
                "continuity correction)"
            ]
        else:
            what = "Effect sizes" if self.scale == "identity" else "Proportions"
            model = (
                "a fixed-effect inverse-variance model"
                if self.method == "FE"
                else "an inverse-variance random-effects model and the "
                f"{wording.METHOD[self.method]} estimator of the between-study variance"
            )
            parts = [f"{what} were pooled {wording.SCALE[self.scale]} with {model}"]
            if self.scale != "identity":
                parts.append(self._zeros())
        if self.fixed_below > 1 and self.method != "FE":
            parts.append(
                f"the fixed-effect model was used with fewer than {self.fixed_below} studies"
            )
        return parts

    def _zeros(self) -> str:
        arcsine = self.scale in ("arcsine", "double_arcsine")
        return wording.ZEROS["none" if arcsine and self.zeros != "drop" else self.zeros]

    def _intervals(self, prediction: bool) -> str:
        """Return the part of the sentence on intervals and the back-transformation."""
        text = f"{100 * self.level:.4g}% confidence intervals are {wording.CI[self.ci]}"
        if prediction and self.method != "FE":
            text += f" and prediction intervals use {wording.PREDICTION[self.prediction]}"
            if self.prediction_se == "interval" and self.ci.startswith("hartung-knapp"):
                text += " with the Hartung–Knapp standard error"
        if wording.BACK[self.scale]:
            n = self.double_arcsine_n
            text += f", {wording.BACK[self.scale].format(n=_said_at_length(n))}"
        return text

    def to_dict(self) -> dict[str, Any]:
        """Return the options as a dict; ``Recipe(**recipe.to_dict())`` gives the recipe back."""
        return asdict(self)


def check_double_arcsine_n(value: object) -> None:
    """Raise a ValueError unless `value` names a mean of study sizes or is a positive size."""
    if isinstance(value, str):
        check_choice("double_arcsine_n", value, DOUBLE_ARCSINE_N)
    elif check_number("double_arcsine_n", value) <= 0.0:
        raise ValueError(f"double_arcsine_n must be a positive study size, got {value!r}")


def _said(n: str | float) -> str:
    return n if isinstance(n, str) else f"{n:g}"


def _said_at_length(n: str | float) -> str:
    return wording.BACK_N[n] if isinstance(n, str) else f"a study size of {n:g}"


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
