"""Bayesian pools of the outcomes under the priors of the review, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import metaprop

if TYPE_CHECKING:
    from metaprop.bayes_result import BayesPooled

    from .analysis import Analysis


def posteriors(analysis: Analysis) -> dict[str, BayesPooled]:
    """Return the posterior of `analysis` under each prior between cohorts of the review."""
    selection, priors = analysis.selection, analysis.review.priors
    densities = [prior.density for prior in priors.between.values()]
    fits = metaprop.bayes_binomial_priors(
        selection.events, selection.totals, tau_priors=densities, mu_prior=priors.mean
    )
    return dict(zip(priors.between, fits, strict=True))
