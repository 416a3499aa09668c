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
    return {
        name: metaprop.bayes_binomial(
            selection.events, selection.totals, tau_prior=prior.density, mu_prior=priors.mean
        )
        for name, prior in priors.between.items()
    }
