"""Probabilities in words are those of the posterior, and the priors are really held apart."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import norm

from metaprop.bayes_result import BayesPooled, Curve
from reviewbook.book import Book
from reviewbook.pooling.posteriors import posteriors
from reviewbook.prose.bayesian import bayesian_sentences, probability_above

Fits = dict[str, dict[str, BayesPooled]]


@pytest.fixture(scope="module")
def fits(book: Book) -> Fits:
    return {outcome.id: posteriors(book.analyse(outcome.id)) for outcome in book.review.outcomes}


def test_probability_of_a_known_distribution() -> None:
    x = np.linspace(*norm.ppf([0.0005, 0.9995], 1.5, 0.4), 161)
    curve = Curve(x, norm.pdf(x, 1.5, 0.4))
    for share in (0.7, 0.8, 0.9):
        expected = norm.sf(logit(share), 1.5, 0.4)
        assert probability_above(curve, share) == pytest.approx(expected, abs=1e-3)
    assert probability_above(curve, 0.01) == 1.0
    assert probability_above(curve, 0.999) == 0.0


def test_limits_of_the_interval_have_their_tails(book: Book, fits: Fits) -> None:
    for by_prior in fits.values():
        fit = by_prior[book.review.priors.default]
        assert fit.proportion is not None
        for value, above in zip(fit.proportion, (0.5, 0.975, 0.025), strict=True):
            assert probability_above(fit.mu_curve, value) == pytest.approx(above, abs=2e-3)


def test_each_outcome_is_asked_about_the_side_that_matters(book: Book, fits: Fits) -> None:
    told = bayesian_sentences(book, fits)
    for name in ("complete_remission", "crs_any"):
        assert "It is at least 80% with a probability of " in getattr(told, name)
    for name in ("crs_grade3plus", "icans_any"):
        fit = fits[name][book.review.priors.default]
        chance = 100 * (1 - probability_above(fit.mu_curve, 0.1))
        assert f"It is at most 10% with a probability of {chance:.0f}%" in getattr(told, name)
    # Recomputed on a grid by another program: 0.84.
    assert "probability of 84%" in told.complete_remission
    assert "above the printed 87%" in told.complete_remission


def test_the_priors_are_held_apart_by_what_they_move(book: Book, fits: Fits) -> None:
    told = bayesian_sentences(book, fits).priors
    medians, limits, new = (float(value) for value in re.findall(r"([\d.]+) percentage", told))
    spread = [
        max(fit.proportion.estimate for fit in by_prior.values())
        - min(fit.proportion.estimate for fit in by_prior.values())
        for by_prior in fits.values()
    ]
    assert medians == pytest.approx(100 * max(spread), abs=0.05)
    assert medians < limits < new
    assert told.count("the counts decide") == 1
    assert told.endswith("(the prior decides much).")
    same = {name: {"a": one["HN1"], "b": one["HN1"]} for name, one in fits.items()}
    one_prior = {name: {"HN1": parts["a"], "again": parts["b"]} for name, parts in same.items()}
    assert bayesian_sentences(book, one_prior).priors.count("0.0 percentage points") == 3
