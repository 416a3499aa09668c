"""The sentences on all defensible analyses of an outcome, and the words for their choices."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from metaprop.wording import CI_LABEL, METHOD, SCALE_LABEL
from reviewbook import words
from reviewbook.evidence.claims import Claims
from reviewbook.robustness.choice_effects import COUNTS, variance_shares
from reviewbook.robustness.multiverse import FEWEST_COHORTS, Multiverse
from reviewbook.words import Phrase
from reviewbook.words.marked import told

from . import Sentences

ZEROS = {
    "adjust-extreme": "½ added at 0 or all",
    "variance-only": "½ in the variance only",
    "drop": "0 or all left out",
}
ESTIMATORS = METHOD | {
    "FE": "fixed effect",
    "ML": "maximum likelihood",
    "REML": "restricted maximum likelihood",
    "GLMM": "logistic mixed model",
}
INTERVALS = CI_LABEL | {"hartung-knapp-adhoc": "Hartung–Knapp, never narrower"}


def level_words(choice: str, level: str) -> str:
    """Return the words for a level of a choice; the levels of rules are words already."""
    if choice == "ci":
        return INTERVALS[level]
    if choice == "method":
        return ESTIMATORS[level]
    if choice != "scale":
        return level
    if level == COUNTS:
        return "counts (no scale)"
    scale, _, zeros = level.partition(", zeros ")
    label = SCALE_LABEL[scale.replace(" ", "_")]
    return f"{label}, {ZEROS[zeros]}" if zeros else label


@told
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


@told
def multiverse_sentences(universe: Multiverse, printed: Claims) -> Sentences:
    """Say in words where the analyses lie, what they print, and which choices matter.

    `take_home` says where nine in ten pools lie and whether the printed estimate is among them.
    """
    return Sentences(
        take_home=_take_home(universe, printed),
        spread=_spread(universe),
        match=_match(universe, printed),
        weight=_weight(universe),
    )


@told
def whole_match_sentence(universes: Iterable[Multiverse], claims: Iterable[Claims]) -> Phrase:
    """Say how many analyses give the printed estimate, interval and I² of their outcome."""
    pairs = list(zip(universes, claims, strict=True))
    found = sum(_counts(universe, printed)[ALL_THREE] for universe, printed in pairs)
    number, verb = words.number(found, 0) if found else "not one", "give" if found > 1 else "gives"
    return Phrase(
        f"Of all analyses of the {words.count(len(pairs), 'outcome')}, {number} {verb} the printed "
        "estimate, its interval and its I² together."
    )


ESTIMATE, LIMITS, ALL_THREE = (
    "same estimate",
    "same estimate and interval",
    "same estimate, interval and I²",
)
MIDDLE = (0.05, 0.95)
"""Between these quantiles lie nine in ten pools."""


def _take_home(universe: Multiverse, printed: Claims) -> Phrase:
    estimates = universe.estimate[universe.distinct]
    low, high = (float(np.quantile(estimates, q)) for q in MIDDLE)
    label = words.within_sentence(universe.outcome.label)
    text = (
        f"Nine in ten analyses of {label} give between {words.percent(low)} and "
        f"{words.percent(high)}"
    )
    if printed.estimate is None:
        return Phrase(f"{text}.")
    below = float((estimates < printed.estimate).mean())
    where = "among" if low <= printed.estimate <= high else "outside"
    return Phrase(
        f"{text}. The printed {words.percent(printed.estimate)} lies {where} them: "
        f"{words.number(100 * below, 0)} of 100 analyses give less."
    )


def _spread(universe: Multiverse) -> Phrase:
    estimates = universe.estimate[universe.distinct]
    lowest, middle, highest = (
        words.percent(float(np.quantile(estimates, q))) for q in (0.0, 0.5, 1.0)
    )
    return Phrase(
        f"The {words.count(universe.n_pools, 'pool')} of "
        f"{words.within_sentence(universe.outcome.label)} have a median of {middle} and reach from "
        f"{lowest} to {highest}."
    )


def _counts(universe: Multiverse, printed: Claims) -> dict[str, int]:
    counts = universe.matches(printed).set_index("what")["count"]
    return {what: int(counts.get(what, 0)) for what in (ESTIMATE, LIMITS, ALL_THREE)}


def _match(universe: Multiverse, printed: Claims) -> Phrase:
    counts = _counts(universe, printed)
    estimate, limits, with_i2 = (
        words.number(counts[what], 0) if counts[what] else "none"
        for what in (ESTIMATE, LIMITS, ALL_THREE)
    )
    # A pool can print two values of I², so more analyses may match than pools.
    counted = " (each I² that a pool can print is counted)" if counts[ALL_THREE] else ""
    return Phrase(
        f"When rounded, {estimate} of them give the printed estimate of "
        f"{words.interval(printed)}, {limits} the printed interval as well, and {with_i2} the "
        f"printed I² on top of that{counted}."
    )


def _weight(universe: Multiverse) -> Phrase:
    shares = variance_shares(universe)
    rest = float(shares.loc[shares["choice"] == "rest", "estimate"].iloc[0])
    first, second = (
        (f"“{words.within_sentence(row['name'])}”", words.percent(row["estimate"]))
        for _, row in shares[shares["choice"] != "rest"].head(2).iterrows()
    )
    return Phrase(
        f"The choice that matters most is {first[0]}, which explains {first[1]} of the variance of "
        f"the estimates; next comes {second[0]} with {second[1]}. Another {words.percent(rest)} "
        "belongs to combinations of choices."
    )
