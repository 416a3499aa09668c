"""The sentences on where a new cohort is expected, and on why two formulas do not agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from metaprop.prediction import NEW_STUDY_MU_PRIOR, NEW_STUDY_TAU_PRIOR
from reviewbook import words
from reviewbook.pooling.new_cohort import FEWEST_COHORTS
from reviewbook.robustness.prediction_coverage import PLUG_IN, prediction_coverage
from reviewbook.words import Phrase
from reviewbook.words.marked import told

from . import Sentences

if TYPE_CHECKING:
    import pandas as pd

    from metaprop.bayes_result import BayesPooled
    from reviewbook.pooling.pools import Pools


@told
def prediction_sentences(pools: Pools) -> Sentences:
    """Return what the Methods page says of prediction.

    `tau_prior` and `mu_prior` are those of the interval of the book; `plug_in` and `used` the usual
    interval and that of the book for `outcome`, the first that has both; `plug_in_held` and
    `used_held` how often they hold in the simulation; `methods` how many were tried; `no_spread`
    for how many outcomes the most likely τ is 0; `fewest` the cohorts that a prediction takes.
    """
    analyses = [pools.analyse(outcome.id) for outcome in pools.review.outcomes]
    records = prediction_coverage(pools.review.root)
    # The one place of the book that shows the interval with one τ put in: to say why it is not
    # used.
    both = ((a, a.new_cohort, a.primary.prediction) for a in analyses)
    first, used, plug_in = next((a, u, p) for a, u, p in both if u is not None and p is not None)
    zero = sum(a.primary.tau2 == 0 for a in analyses)
    return Sentences(
        tau_prior=Phrase(NEW_STUDY_TAU_PRIOR.label),
        mu_prior=Phrase(NEW_STUDY_MU_PRIOR.label),
        outcome=words.within_sentence(first.outcome.label),
        plug_in=words.limits(plug_in),
        used=words.limits(used),
        plug_in_held=_range(records.loc[records["method"] == PLUG_IN, "coverage"]),
        used_held=_range(records.loc[records["used"], "coverage"]),
        methods=words.count(records["method"].nunique(), "method"),
        no_spread=Phrase(f"{zero or 'none'} of the {words.count(len(analyses), 'outcome')}"),
        fewest=words.count(FEWEST_COHORTS, "cohort"),
    )


@told
def same_interval(pools: Pools, fits: Mapping[str, Mapping[str, BayesPooled]]) -> Phrase:
    """Say how the interval of the other pages agrees with the default prior of the review.

    Parameters
    ----------
    fits : mapping
        Outcome → name of the prior → posterior, of the primary set.
    """
    priors = pools.review.priors
    apart = [0.0]
    for outcome, by_prior in fits.items():
        ours, theirs = pools.analyse(outcome).new_cohort, by_prior[priors.default]
        if ours is not None and theirs.prediction_proportion is not None:
            there = theirs.prediction_proportion
            apart += [abs(ours.low - there.low), abs(ours.high - there.high)]
    tau = priors.between[priors.default].density.label
    return Phrase(
        "The prediction interval of the other pages is that of the same model under "
        f"{NEW_STUDY_TAU_PRIOR.label} for τ and {NEW_STUDY_MU_PRIOR.label} for the mean. Its "
        f"limits differ from those in the rows of {tau} by at most "
        f"{words.number(100 * max(apart), 1)} percentage points, which is what the prior of the "
        f"mean, here {priors.mean.label}, does."
    )


def _range(shares: pd.Series[float]) -> Phrase:
    return Phrase(f"{words.percent(shares.min())} to {words.percent(shares.max())}")
