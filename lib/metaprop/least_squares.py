"""Weighted least squares of effects on a design: what regressions and their tests share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .design import Design, column_names, no_freedom, read_design
from .recipe import Recipe
from .studies import Studies, read_effects
from .tau2 import estimate_tau2

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LeastSquares:
    """Weighted least squares on an orthonormal basis of the design: what every test needs.

    `statistic` holds β / se; `qm` is χ² for Wald and F otherwise, with `m` numerator degrees of
    freedom, 0 where nothing but an intercept is in the design.
    """

    beta: FloatArray
    covariance: FloatArray
    classic: FloatArray
    se: FloatArray
    statistic: FloatArray
    qm: float
    m: int
    tau2: float
    converged: bool


def least_squares(
    y: FloatArray,
    v: FloatArray,
    basis: FloatArray,
    undo: FloatArray,
    tested: NDArray[np.bool_],
    recipe: Recipe,
) -> LeastSquares:
    """Fit effects to ``design = basis @ inv(undo)`` and test the coefficients `tested`."""
    df = y.size - basis.shape[1]
    tau2, converged = estimate_tau2(y, v, recipe.method, basis, orthonormal=True)
    w = 1.0 / (v + tau2)
    weighted = basis * w[:, None]
    gram_inverse = np.linalg.inv(basis.T @ weighted)
    gamma = gram_inverse @ (weighted.T @ y)
    beta, classic = undo @ gamma, undo @ gram_inverse @ undo.T
    covariance = classic
    if recipe.ci.startswith("hartung-knapp"):
        factor = float(w @ (y - basis @ gamma) ** 2) / df
        covariance = classic * (max(1.0, factor) if recipe.ci.endswith("adhoc") else factor)
    se = np.sqrt(np.diag(covariance))
    if not (se > 0.0).all():  # Hartung–Knapp only
        raise ValueError(
            "the effects lie exactly on the regression: Hartung–Knapp standard errors are 0"
        )
    m, qm = int(tested.sum()), 0.0
    if m:
        of_tested = beta[tested]
        qm = float(of_tested @ np.linalg.solve(covariance[np.ix_(tested, tested)], of_tested))
        qm = qm if recipe.ci == "wald" else qm / m
    return LeastSquares(beta, covariance, classic, se, beta / se, qm, m, tau2, converged)


def check_regression(
    yi: ArrayLike,
    vi: ArrayLike,
    design: ArrayLike,
    recipe: Recipe,
    *,
    names: Sequence[str] | None,
    intercept: bool | None,
    labels: ArrayLike | None = None,
    missing: str = "raise",
    **others: ArrayLike | None,
) -> tuple[Studies, Design]:
    """Return complete studies and their design, with a degree of freedom left.

    `others` are further columns of :func:`~metaprop.studies.read_effects`.
    """
    if recipe.method == "GLMM":
        raise ValueError("method 'GLMM' needs events and totals: use glmm_regression")
    names = names if names is not None else column_names(design)
    studies = read_effects(yi, vi, labels=labels, missing=missing, design=design, **others)
    found = read_design(studies.others["design"], studies.k, names=names, intercept=intercept)
    p = found.x.shape[1]
    if studies.k <= p:
        raise ValueError(no_freedom(studies.k, p))
    return studies, found
