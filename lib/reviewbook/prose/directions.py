"""The sentences on a claimed direction."""

from __future__ import annotations

from reviewbook import words
from reviewbook.ledger.directions import judge
from reviewbook.pooling.pools import Pools
from reviewbook.words import Phrase

from . import Sentences

RULES = Phrase(
    "A claimed direction prints no effect size, so it can never be reproduced. It is compatible "
    "when every independent comparison within a cohort points that way and the pooled (or the "
    "only) 95% interval excludes no effect, on each endpoint the claim may mean; not reproduced "
    "when comparisons point both ways or against, or an interval includes no effect; not "
    "checkable when no contrast in the evidence identifies the effect, or the claim is a "
    "recommendation."
)
"""The rules in words, for the page on methods."""


def direction_sentences(pools: Pools, direction: str) -> Sentences:
    """Return the phrases on a direction of ``claims.csv``, as the ledger has them."""
    judged = judge(pools, direction)
    claim = pools.review.directions.get(direction, direction.replace("_", " "))
    return Sentences(
        claim=Phrase(claim),
        verdict=words.verdict(judged.verdict),
        ours=Phrase(judged.ours),
        reason=Phrase(judged.reason),
    )
