"""Bayesian pools of the outcomes under a few priors, for the chapter that shows them side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import metaprop

if TYPE_CHECKING:
    from metaprop.bayes import BayesPooled
    from reviewbook.analysis import Analysis


@dataclass(frozen=True, slots=True)
class Prior:
    """Prior of the standard deviation between cohorts on the logit scale.

    Attributes
    ----------
    spec : tuple of (str, float)
        Family and scale, as :func:`metaprop.bayes_binomial` takes them.
    text : str
        The prior in words.
    """

    spec: tuple[str, float]
    text: str


PRIORS = {
    "HN0.5": Prior(("half-normal", 0.5), "half-normal with scale 0.5"),
    "HN1": Prior(("half-normal", 1.0), "half-normal with scale 1"),
    "HC0.5": Prior(("half-cauchy", 0.5), "half-Cauchy with scale 0.5"),
    "U4": Prior(("uniform", 4.0), "uniform from 0 to 4"),
}
"""Priors compared, the first of them the most sceptical of differences between cohorts."""

MU_PRIOR = (0.0, 2.0)
"""Mean and standard deviation of the normal prior of the pooled log odds."""


def posteriors(analysis: Analysis) -> dict[str, BayesPooled]:
    """Return the posterior of `analysis` under each of :data:`PRIORS`."""
    selection = analysis.selection
    return {
        name: metaprop.bayes_binomial(
            selection.events, selection.totals, tau_prior=prior.spec, mu_prior=MU_PRIOR
        )
        for name, prior in PRIORS.items()
    }
