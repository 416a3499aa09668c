"""The sentences on Bayesian pools: probabilities one can use, and whether the prior matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logit

from reviewbook import words
from reviewbook.words import Phrase
from reviewbook.words.marked import told

from . import Sentences

if TYPE_CHECKING:
    from metaprop.bayes_result import BayesPooled, Curve
    from reviewbook.book import Book

ROUND = {"benefit": (0.8, "at least"), "harm": (0.1, "at most")}
"""The round share that a sentence asks about, by whether the outcome is wanted."""

FREQUENT = 0.5
"""A harm that is more frequent than this is asked about like a benefit: at least so often."""

WHO_DECIDES = (
    (0.02, "the counts decide"),
    (0.1, "the prior has a say"),
    (1.0, "the prior decides much"),
)
"""How far priors may move a proportion, and what is said of it then."""


def probability_above(curve: Curve, share: float) -> float:
    """Return the posterior probability that a pooled proportion exceeds `share`.

    Parameters
    ----------
    curve : Curve
        Posterior density of μ on the logit scale.
    share : float
        A proportion inside (0, 1).

    Notes
    -----
    Trapezoids on the points of the curve, which leaves out a thousandth of the probability.
    """
    x, density = np.asarray(curve.x), np.asarray(curve.density)
    steps = 0.5 * (density[1:] + density[:-1]) * np.diff(x)
    below = np.concatenate([[0.0], np.cumsum(steps)])
    at = float(np.interp(float(logit(share)), x, below))
    return float(1.0 - at / below[-1])


@told
def bayesian_sentences(book: Book, fits: Mapping[str, Mapping[str, BayesPooled]]) -> Sentences:
    """Return a sentence on each outcome, by its identifier, and one on the priors.

    `priors` says how far the priors move medians and limits of the pooled proportions, and the
    limits between which the true rate of a new cohort is expected.

    Parameters
    ----------
    fits : mapping
        Outcome → name of the prior → posterior, of the primary set.
    """
    default = book.review.priors.default
    told = {name: _outcome(book, name, by_prior[default]) for name, by_prior in fits.items()}
    return Sentences(**told, priors=_priors(fits))


def _outcome(book: Book, name: str, fit: BayesPooled) -> Phrase:
    outcome, printed = book.review.outcome(name), book.claims(book.review.outcome(name).topic)
    assert fit.proportion is not None
    frequent = fit.proportion.estimate > FREQUENT
    share, side = ROUND["benefit" if frequent else outcome.direction]
    above = probability_above(fit.mu_curve, share)
    text = (
        f"{outcome.label}: the pooled proportion is {words.credible(fit.proportion)}. It is {side} "
        f"{words.percent(share)} with a probability of "
        f"{_chance(above if side == 'at least' else 1 - above)}"
    )
    if printed.estimate is not None:
        beyond = probability_above(fit.mu_curve, printed.estimate)
        text += (
            f", and above the printed {words.percent(printed.estimate)} with a probability of "
            f"{_chance(beyond)}"
        )
    return Phrase(f"{text}.")


def _chance(probability: float) -> str:
    """Return a probability in whole percent; one that rounds to an end as a bound."""
    if probability < 0.005:
        return "less than 1%"
    if probability >= 0.995:
        return "more than 99%"
    return str(words.percent(probability))


def _apart(
    fits: Mapping[str, Mapping[str, BayesPooled]], name: str, parts: tuple[str, ...]
) -> float:
    """Return how far apart the priors put the same part of an interval, at most."""
    apart = 0.0
    for by_prior in fits.values():
        for part in parts:
            values = [float(getattr(getattr(fit, name), part)) for fit in by_prior.values()]
            apart = max(apart, max(values) - min(values))
    return apart


def _priors(fits: Mapping[str, Mapping[str, BayesPooled]]) -> Phrase:
    limits = ("low", "high")
    medians, pooled, new = (
        _moved(_apart(fits, name, parts))
        for name, parts in (
            ("proportion", ("estimate",)),
            ("proportion", limits),
            ("prediction_proportion", limits),
        )
    )
    return Phrase(
        f"Between the priors, the median of a pooled proportion moves by at most {medians}; a "
        f"limit of its interval by at most {pooled}; and a limit for the true rate of a new cohort "
        f"by up to {new}."
    )


def _moved(apart: float) -> str:
    said = next(text for most, text in WHO_DECIDES if apart <= most)
    return f"{words.number(100 * apart, 1)} percentage points ({said})"
