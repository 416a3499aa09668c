"""The sentences on all defensible analyses of an outcome, and the words for their choices."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from metaprop.wording import CI_LABEL, SCALE_LABEL
from reviewbook import words
from reviewbook.evidence.claims import Claims
from reviewbook.robustness.choice_effects import COUNTS, variance_shares
from reviewbook.robustness.multiverse import FEWEST_COHORTS, Multiverse
from reviewbook.words import Phrase

from . import Sentences

ZEROS = {
    "adjust-extreme": "½ added at 0 or all",
    "variance-only": "½ in the variance only",
    "drop": "0 or all left out",
}
INTERVALS = CI_LABEL | {"hartung-knapp-adhoc": "Hartung–Knapp, never narrower"}


def level_words(choice: str, level: str) -> str:
    """Return the words for a level of a choice; the levels of rules are words already."""
    if choice == "ci":
        return INTERVALS[level]
    if choice != "scale":
        return level
    if level == COUNTS:
        return "counts (no scale)"
    scale, _, zeros = level.partition(", zeros ")
    label = SCALE_LABEL[scale.replace(" ", "_")]
    return f"{label}, {ZEROS[zeros]}" if zeros else label


def size_sentences(universes: Iterable[Multiverse]) -> Sentences:
    """Return the phrases on how much is computed, over all outcomes.

    `pools` counts distinct pools, `analyses` each pool once for every I² it can print; `rules` and
    `recipes` are the same for every outcome; `unanswered` counts selections with a recipe that has
    no answer for them; `fewest` is the fewest cohorts of a pool.
    """
    found = list(universes)
    return Sentences(
        pools=words.count(sum(one.n_pools for one in found), "distinct pool"),
        analyses=words.count(sum(one.n_analyses for one in found), "analysis", "analyses"),
        rules=words.count(found[0].n_rules, "combination"),
        recipes=words.count(len(found[0].recipes), "recipe"),
        unanswered=words.count(sum(one.not_computable for one in found), "combination"),
        fewest=FEWEST_COHORTS,
    )


def multiverse_sentences(universe: Multiverse, printed: Claims) -> Sentences:
    """Say in words where the analyses lie, what they print, and which choices matter."""
    return Sentences(
        spread=_spread(universe), match=_match(universe, printed), weight=_weight(universe)
    )


def _spread(universe: Multiverse) -> Phrase:
    estimates = universe.estimate[universe.distinct]
    lowest, low, middle, high, highest = (
        words.percent(float(np.quantile(estimates, q))) for q in (0.0, 0.05, 0.5, 0.95, 1.0)
    )
    return Phrase(
        f"{words.count(universe.n_pools, 'pool')} of "
        f"{words.within_sentence(universe.outcome.label)} lie between {lowest} and {highest}, nine "
        f"in ten between {low} and {high}, with a median of {middle}."
    )


def _match(universe: Multiverse, printed: Claims) -> Phrase:
    counts = universe.matches(printed).set_index("what")["count"]
    estimate, limits, with_i2 = (
        int(counts.get(what, 0))
        for what in (
            "same estimate",
            "same estimate and interval",
            "same estimate, interval and I²",
        )
    )
    beside = "none the same I² on top of that"
    if with_i2:
        beside = (
            f"{words.number(with_i2, 0)} the same I² on top of that, each I² that a pool can print "
            "counted"
        )
    return Phrase(
        f"The article prints {words.interval(printed)}; {words.number(estimate, 0)} print the same "
        f"estimate, {words.number(limits, 0)} the same interval as well, and {beside}."
    )


def _weight(universe: Multiverse) -> Phrase:
    shares = variance_shares(universe)
    rest = float(shares.loc[shares["choice"] == "rest", "estimate"].iloc[0])
    top = words.join(
        f"{words.within_sentence(row['name'])} explains {words.percent(row['estimate'])}"
        for _, row in shares[shares["choice"] != "rest"].head(2).iterrows()
    )
    return Phrase(
        f"Alone, {top} of the variance of the estimates between analyses; {words.percent(rest)} "
        "belongs to combinations of choices and to no single one."
    )
