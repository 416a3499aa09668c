"""What every Cox model starts from: checked rows and covariates, and their risk sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from metaprop.checks import check_choice

from .observations import FloatArray, Observations, check_covariates, check_observations
from .partial_likelihood import RiskSets, risk_sets

_TIES = ("efron", "breslow")


@dataclass(frozen=True, slots=True, eq=False)
class CoxData:
    """Checked data of a Cox model.

    Attributes
    ----------
    rows : Observations
    names : tuple of str
        Names of the covariates.
    scale : ndarray, shape (p,)
        Standard deviations of the covariates.
    sets : RiskSets
        Risk sets with covariates in standard deviations: coefficients found with them are
        `scale` times those of the covariates given, whatever units these have.
    ties : str
    """

    rows: Observations
    names: tuple[str, ...]
    scale: FloatArray
    sets: RiskSets
    ties: str


def cox_data(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    entry: ArrayLike | None,
    strata: Sequence[Any] | ArrayLike | None,
    names: Sequence[str] | None,
    ties: str,
) -> CoxData:
    """Check what is given to a Cox model and lay out its risk sets.

    Raises
    ------
    ValueError
        For bad rows, constant covariates, an unknown rule for ties, or no event.
    """
    rows = check_observations(time, event, entry=entry, strata=strata)
    x, labels = check_covariates(covariates, rows.time.size, names)
    check_choice("ties", ties, _TIES)
    if not rows.event.any():
        raise ValueError("no event was observed: there is nothing to model")
    scale = x.std(axis=0)
    return CoxData(rows, labels, scale, risk_sets(rows, x / scale, ties=ties), ties)
