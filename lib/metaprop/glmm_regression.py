"""Random-intercept logistic regression on moderators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from .checks import check_level, check_whole, finite_numbers
from .design import check_intercept, column_names, independent, read_design
from .intervals import chi2_pvalue, normal_quantile
from .links import LINKS, check_size
from .mean_proportion import population_mean
from .mixed_model import DEFAULT_NODES, MOST_NODES, MixedModel, covariance
from .regression_prediction import new_rows
from .results import Result
from .separation import check_separation
from .studies import read_counts
from .transforms import back_transform

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GlmmRegression(Result):
    """Random-intercept logistic regression on moderators.

    Attributes
    ----------
    names : tuple of str
        Coefficients; an intercept that was added comes first.
    beta, se, pvalues, low, high : ndarray
        Estimates on the logit scale, Wald standard errors, p-values and limits.
    tau2 : float
        Residual between-study variance.
    qm, qm_df, qm_pvalue : float, int, float
        Wald test that all coefficients but the intercept are 0.
    loglik : float
        Maximised log-likelihood, binomial coefficients included.
    level : float
        Confidence level of the limits.
    converged : bool
        Whether every iterative step met its tolerance.
    covariance : ndarray
        Covariance of the coefficients.
    design : ndarray, shape (k, p)
        The columns used, an intercept that was added first.
    note : str
        What a reader must know about this result; empty when there is nothing to say.
    labels : tuple of str or None
        Names of the studies in the rows of `design`, where they have any.
    """

    names: tuple[str, ...]
    beta: FloatArray
    se: FloatArray
    pvalues: FloatArray
    low: FloatArray
    high: FloatArray
    tau2: float
    qm: float
    qm_df: int
    qm_pvalue: float
    loglik: float
    level: float
    converged: bool
    covariance: FloatArray
    design: FloatArray
    note: str = ""
    labels: tuple[str, ...] | None = None

    def predict(self, at: ArrayLike, *, level: float | None = None) -> GlmmPrediction:
        """Predict proportions at new values of the moderators.

        Parameters
        ----------
        at : array_like, shape (r,) or (r, m), or DataFrame
            New values, one row a prediction; the intercept is added. A frame with the names of
            the moderators is read by name.
        level : float, optional
            Confidence level; that of the regression when omitted.

        Returns
        -------
        GlmmPrediction

        Raises
        ------
        ValueError
            When `at` lacks a column, has another number of columns than there are moderators, or
            values that are no numbers.

        Examples
        --------
        >>> import metaprop
        >>> fit = metaprop.glmm_regression([8, 12, 5, 9], [10, 20, 9, 30], [50, 58, 61, 70])
        >>> fit.predict([55, 65]).estimate.round(2)
        array([0.69, 0.43])
        """
        level = self.level if level is None else level
        check_level(level)
        design = new_rows(at, self.names, self.design)
        working = design @ self.beta
        se = np.sqrt(np.einsum("ij,jk,ik->i", design, self.covariance, design))
        z = normal_quantile(level)
        spread = np.sqrt(se**2 + self.tau2)

        def proportion(logit: FloatArray) -> FloatArray:
            return back_transform(logit, scale="logit")

        return GlmmPrediction(
            estimate=proportion(working),
            low=proportion(working - z * se),
            high=proportion(working + z * se),
            prediction_low=proportion(working - z * spread),
            prediction_high=proportion(working + z * spread),
            mean=population_mean(working, self.tau2),
            working=working,
            se=se,
            level=level,
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GlmmPrediction(Result):
    """Predicted proportions of a random-intercept logistic regression.

    Attributes
    ----------
    estimate, low, high : ndarray, shape (r,)
        Proportion of the median study at the new values, with Wald limits.
    prediction_low, prediction_high : ndarray, shape (r,)
        Limits for the true proportion of a new study there: ± z sqrt(se² + tau2) on the logit
        scale, which takes tau2 as known.
    mean : ndarray, shape (r,)
        Proportion averaged over studies at the new values (:func:`~metaprop.population_mean`).
    working, se : ndarray, shape (r,)
        Linear predictor and its standard error, on the logit scale.
    level : float
        Confidence level of all limits.
    """

    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    prediction_low: FloatArray
    prediction_high: FloatArray
    mean: FloatArray
    working: FloatArray
    se: FloatArray
    level: float


def _of_like_size(columns: FloatArray) -> FloatArray:
    """Return columns of like size; moderators about their mean where a column is constant."""
    varies = np.ptp(columns, axis=0) > 0.0
    centre = np.where(varies & (not varies.all()), columns.mean(axis=0), 0.0)
    centred = columns - centre
    return centred / np.abs(centred).max(axis=0)


def glmm_regression(
    events: ArrayLike,
    totals: ArrayLike,
    moderator: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    intercept: bool | None = None,
    nodes: int = DEFAULT_NODES,
    level: float = 0.95,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> GlmmRegression:
    """Regress proportions on moderators with the random-intercept logistic model.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study.
    moderator : array_like, shape (k,) or (k, m)
        One or several study-level covariates; a data frame or series brings their names.
    names : sequence of str, optional
        Names of the moderators.
    intercept : bool, optional
        As for :func:`~metaprop.meta_regression`: None and True add an intercept unless some
        combination of the columns is constant already; False uses the columns as they are.
    nodes : int
        Quadrature nodes.
    level : float
        Confidence level.
    labels, missing
        Names of the studies (the index of a pandas Series when omitted), and what happens to rows
        in which a count or a moderator is missing; see :func:`~metaprop.pool`.

    Returns
    -------
    GlmmRegression

    Raises
    ------
    ValueError
        For broken input, collinear moderators, too few studies, or when moderators separate
        studies at 0 or n from the others, completely or quasi-completely, so that no finite
        estimate exists (found by a linear program, before any fit).

    Examples
    --------
    >>> import metaprop
    >>> events, totals, age = [8, 12, 5, 9], [10, 20, 9, 30], [50, 58, 61, 70]
    >>> fit = metaprop.glmm_regression(events, totals, age, names=["age"])
    >>> fit.names, fit.beta.round(2)
    (('intercept', 'age'), array([ 6.8 , -0.11]))
    """
    check_level(level)
    nodes = check_whole("nodes", nodes, at_least=1, at_most=MOST_NODES)
    names = names if names is not None else column_names(moderator)
    studies = read_counts(events, totals, labels=labels, missing=missing, moderator=moderator)
    x, n, moderator = studies.first, studies.second, studies.others["moderator"]
    with studies.named():
        check_size(n, LINKS["logit"])
    columns = finite_numbers(moderator, "moderator")
    columns = columns[:, None] if columns.ndim == 1 else columns
    if columns.ndim != 2 or columns.shape[0] != x.size:
        raise ValueError(f"moderator must have {x.size} rows, got shape {columns.shape}")
    check_intercept(intercept)
    m, alone = columns.shape[1], intercept is False
    if x.size < (m if alone else m + 1):
        raise ValueError(f"{x.size} studies cannot determine {m if alone else m + 1} coefficients")
    if not independent(columns) or not (alone or np.ptp(columns, axis=0).any()):
        raise ValueError("moderators are constant or collinear: the coefficients are not unique")
    whole = read_design(moderator, x.size, names=names, intercept=intercept, what="moderator")
    # An orthogonal basis keeps Newton's steps well conditioned (years, say); undone below. Its
    # columns have the size of a column of ones and point where those of the design point.
    basis, triangle = np.linalg.qr(whole.x)
    size = np.sqrt(x.size) * np.sign(np.diag(triangle))
    design, undo = basis * size, np.linalg.inv(triangle) * size
    if not x.any() or bool((x == n).all()):
        raise ValueError("every study is at 0% or every study at 100%: no regression is possible")
    check_separation(x, n, _of_like_size(whole.x), whole.names)
    model = MixedModel(x, n, design, nodes)
    fit = model.fit()
    beta = undo @ fit.beta
    p = beta.size
    of_beta = undo @ covariance(model, fit)[:p, :p] @ undo.T
    se = np.sqrt(np.diag(of_beta))
    z = normal_quantile(level)
    tested = np.ptp(whole.x, axis=0) > 0.0
    of_tested = of_beta[np.ix_(tested, tested)]
    qm = float(beta[tested] @ np.linalg.solve(of_tested, beta[tested]))
    return GlmmRegression(
        names=whole.names,
        beta=beta,
        se=se,
        pvalues=2.0 * ndtr(-np.abs(beta / se)),
        low=beta - z * se,
        high=beta + z * se,
        tau2=fit.sigma**2,
        qm=qm,
        qm_df=int(tested.sum()),
        qm_pvalue=chi2_pvalue(qm, int(tested.sum())),
        loglik=fit.at.loglik,
        level=level,
        converged=fit.converged,
        covariance=of_beta,
        design=whole.x,
        note="; ".join(filter(None, (*studies.notes, whole.note))),
        labels=studies.name_texts,
    )
