"""Bayesian pools of the outcomes under a few priors, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import metaprop
from metaprop.priors import HalfNormal, HalfT, Normal, TauPrior, Uniform

if TYPE_CHECKING:
    from metaprop.bayes_result import BayesPooled
    from reviewbook.analysis import Analysis

PRIORS: dict[str, TauPrior] = {
    "HN0.5": HalfNormal(0.5),
    "HN1": HalfNormal(1.0),
    "HC0.5": HalfT(0.5, 1.0),
    "U4": Uniform(4.0),
}
"""Priors of the standard deviation between cohorts on the logit scale, compared with each other."""

DEFAULT = "HN1"
"""The prior of :data:`PRIORS` that the text quotes."""

MU_PRIOR = Normal(0.0, 2.0)
"""Prior of the pooled log odds: 95% of it lies between proportions of 2% and 98%."""


def posteriors(analysis: Analysis) -> dict[str, BayesPooled]:
    """Return the posterior of `analysis` under each of :data:`PRIORS`."""
    selection = analysis.selection
    fits = metaprop.bayes_binomial_priors(
        selection.events,
        selection.totals,
        tau_priors=list(PRIORS.values()),
        mu_prior=MU_PRIOR,
    )
    return dict(zip(PRIORS, fits, strict=True))
