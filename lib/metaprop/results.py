"""Results of effect sizes and pooling: frozen, documented, and convertible to plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .recipe import Recipe
from .result import Interval, Result, plain, short

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EffectSizes", "Interval", "Pooled", "Result", "plain"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class EffectSizes(Result):
    """Effect sizes of the studies that a zeros rule keeps.

    Attributes
    ----------
    yi, vi : ndarray, shape (k,)
        Effect sizes and sampling variances on the working scale, of the kept studies only.
    kept : ndarray of bool, shape (number of studies given,)
        Which of the studies given are in `yi` and `vi`.
    adjusted : ndarray of bool, same shape as `kept`
        Studies whose estimate or variance carries a continuity correction.
    labels : tuple of str or None
        Names of the studies given, where they have any.
    note : str
        Which rows were rearranged or left out as incomplete; empty when none.
    """

    yi: FloatArray
    vi: FloatArray
    kept: NDArray[np.bool_]
    adjusted: NDArray[np.bool_]
    labels: tuple[str, ...] | None = None
    note: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return a table of the kept studies, indexed by label or position; needs pandas."""
        import pandas as pd

        at = np.flatnonzero(self.kept)
        names = at if self.labels is None else [self.labels[i] for i in at]
        rows = pd.Index(names, name="study")
        columns = {"yi": self.yi, "vi": self.vi, "adjusted": self.adjusted[self.kept]}
        return pd.DataFrame(columns, index=rows)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pooled(Result):
    """A pooled effect.

    Attributes
    ----------
    recipe : Recipe
        How everything below was computed.
    k : int
        Studies pooled (studies dropped by the zeros rule do not count).
    n : int, float or None
        Patients in the pooled studies (a float for fractional counts); None when only effect sizes
        were given.
    kept : ndarray of bool
        Which of the studies given were pooled.
    working : Interval
        Pooled effect and confidence interval on the working scale.
    se : float
        Standard error behind `working` (scaled, under a Hartung–Knapp interval).
    proportion : Interval or None
        `working` as a proportion in [0, 1]. None where there is none: Freeman–Tukey effects
        without study sizes, scale "identity", and effects on the raw or log scale whose mean is no
        proportion.
    prediction, prediction_working : Interval or None
        Prediction interval for the proportion (or effect) of a new study; None where it does not
        exist: fixed effect, a single study, too few studies for its degrees of freedom.
    tau2 : float
        Between-study variance on the working scale.
    i2, i2_tau2, i2_q : float
        Headline I² (which one: ``recipe.i2``), the one based on τ² (Higgins and Thompson 2002,
        Eq. 9) and the one based on Q, each a fraction in [0, 1].
    h2 : float
        H² as metafor defines it: τ²-based, or Q / (k − 1) for the fixed effect.
    q, q_df, q_pvalue : float, int, float
        Cochran's Q, its degrees of freedom and p-value. For the mixed model the Wald version.
    weights : ndarray, shape (number of studies given,)
        Weights, summing to 1; 0 for a study that was dropped.
    converged : bool
        Whether every iterative step met its tolerance.
    q_lrt, q_lrt_pvalue : float or None
        Likelihood-ratio version of Q (mixed model only).
    loglik : float or None
        Maximised log-likelihood, binomial coefficients included (mixed model only).
    tau2_lrt, tau2_lrt_pvalue : float or None
        Likelihood-ratio test of τ² = 0 against the half-half mixture of χ²₀ and χ²₁
        (Self and Liang 1987), mixed model only.
    note : str
        What a reader must know about this result; empty when there is nothing to say.
    labels : tuple of str or None
        Names of the studies given, where they have any.
    double_arcsine_n : float or None
        Study size at which Freeman–Tukey values were turned into proportions.
    """

    recipe: Recipe
    k: int
    n: float | None
    kept: NDArray[np.bool_]
    working: Interval
    se: float
    proportion: Interval | None
    prediction: Interval | None
    prediction_working: Interval | None
    tau2: float
    i2: float
    i2_tau2: float
    i2_q: float
    h2: float
    q: float
    q_df: int
    q_pvalue: float
    weights: FloatArray
    converged: bool
    q_lrt: float | None = None
    q_lrt_pvalue: float | None = None
    loglik: float | None = None
    tau2_lrt: float | None = None
    tau2_lrt_pvalue: float | None = None
    note: str = ""
    labels: tuple[str, ...] | None = None
    double_arcsine_n: float | None = None

    def __repr__(self) -> str:
        """Return recipe, number of studies and the pooled value."""
        value = f"working={short(self.working)}"
        if self.proportion is not None:
            value = f"proportion={short(self.proportion)}"
        said = ", see note" if self.note else ""
        name = type(self).__name__
        return (
            f"{name}({self.recipe.label!r}, k={self.k}, {value}, tau2={self.tau2:.6g}, "
            f"i2={self.i2:.6g}{said})"
        )

    def summary(self) -> str:
        """Return the result as text: recipe, pooled value, heterogeneity, and every caution."""
        patients = "" if self.n is None else f", {self.n:.15g} patients"
        lines = [self.recipe.label, f"{self.k} of {self.kept.size} studies{patients}"]
        level = f"{100 * self.recipe.level:.4g}% CI"
        if self.proportion is not None:
            lines.append(f"  proportion   {_rounded(self.proportion, level)}")
        lines.append(f"  {self.recipe.scale:<12} {_rounded(self.working, level)}, SE {self.se:.4f}")
        if self.prediction is not None:
            lines.append(f"  prediction   {self.prediction.low:.4f} to {self.prediction.high:.4f}")
        elif self.prediction_working is not None:
            limits = self.prediction_working
            lines.append(f"  prediction   {limits.low:.4f} to {limits.high:.4f}")
        lines.append(
            f"  tau2 {self.tau2:.4g}, I2 {self.i2:.1%}, Q {self.q:.2f} with {self.q_df} df, "
            f"p {self.q_pvalue:.4g}"
        )
        if not self.converged:
            lines.append("  Note: the estimation did not converge")
        return "\n".join([*lines, *self._note_lines()])

    def studies(self) -> pd.DataFrame:
        """Return a table of the studies given: which were pooled, and their weights.

        The index holds the labels of the studies, or their positions. Needs pandas.
        """
        import pandas as pd

        labels = range(self.kept.size) if self.labels is None else self.labels
        index = pd.Index(labels, name="study")
        return pd.DataFrame({"kept": self.kept, "weight": self.weights}, index=index)


def _rounded(interval: Interval, level: str) -> str:
    return f"{interval.estimate:.4f} ({level} {interval.low:.4f} to {interval.high:.4f})"
