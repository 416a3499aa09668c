"""A new cohort is predicted by the interval that covers; 100 patients by the mean."""

from __future__ import annotations

import csv
import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate
from scipy.special import expit, logit, xlogy

import metaprop
from review_copy import ROOT
from reviewbook.book import Book, open_book
from reviewbook.pooling.analysis import Analysis, analyse
from reviewbook.pooling.new_cohort import FEWEST_COHORTS, new_cohort

OUTCOMES = [outcome.id for outcome in open_book(ROOT).review.outcomes]
SETS = ["before_article", "all_public"]
Z = 1.959963984540054


def counts_of(root: Path, analysis: Analysis) -> tuple[np.ndarray, np.ndarray]:
    """Events and totals of the cohorts pooled, read again from the table of the evidence."""
    keys = ("cohort_id", "report_id", "population", "timepoint", "status", "locator", "notes")
    with (root / "data" / "outcomes.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["outcome"] == analysis.outcome.id]
    found = []
    for pooled in analysis.selection.included.to_dict("records"):
        same = [row for row in rows if all(row[key] == pooled[key] for key in keys)]
        assert len(same) == 1, (pooled["label"], same)
        found.append((int(same[0]["events"]), int(same[0]["total"])))
    events, totals = zip(*found, strict=True)
    return np.array(events), np.array(totals)


@pytest.mark.parametrize("set_id", SETS)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_it_is_the_interval_of_the_rows_of_the_evidence(
    book: Book, root: Path, outcome: str, set_id: str
) -> None:
    analysis = book.analyse(outcome, set_id)
    expected = metaprop.prediction_interval(*counts_of(root, analysis))
    assert analysis.new_cohort == expected
    assert analysis.new_cohort != analysis.primary.prediction


def test_fewer_than_three_cohorts_predict_nothing(book: Book) -> None:
    whole = book.analyse("complete_remission").selection
    for number in (1, 2, 3):
        included = whole.included.head(number)
        few = analyse(dataclasses.replace(whole, included=included), book.review)
        assert (few.new_cohort is None) == (number < FEWEST_COHORTS)
    assert FEWEST_COHORTS == 3


def test_all_at_zero_predict_too_where_the_old_interval_did_not_exist() -> None:
    none, totals = np.zeros(4, dtype=np.int64), np.array([10, 20, 5, 12])
    assert metaprop.pool_glmm(none, totals).prediction is None
    found = new_cohort(none, totals)
    assert found is not None
    assert 0 <= found.low < found.high < 0.3


def test_each_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    compute: Callable[..., metaprop.Interval] = metaprop.prediction_interval

    def counted(*counts: object, level: float) -> metaprop.Interval:
        calls.append(counts)
        return compute(*counts, level=level)

    monkeypatch.setattr(metaprop, "prediction_interval", counted)
    events, totals = np.array([3, 1, 8, 2]), np.array([13, 7, 19, 11])
    assert new_cohort(events, totals) is new_cohort(events.copy(), totals.copy())
    assert len(calls) == 1
    assert new_cohort(events, totals, level=0.8) != new_cohort(events, totals)
    assert len(calls) == 2


def log_likelihood(events: np.ndarray, totals: np.ndarray, mu: float, tau: float) -> float:
    """Without constants, by a rectangle rule that is exact to rounding for these integrands."""
    u = np.arange(-10, 10.001, 0.02)
    weight = np.exp(-0.5 * u * u) * 0.02 / math.sqrt(2 * math.pi)
    p = expit(mu + tau * u)
    each = xlogy(events[:, None], p) + xlogy((totals - events)[:, None], 1 - p)
    return float(np.log(np.exp(each) @ weight).sum())


def mean_rate(mu: float, tau: float) -> float:
    """The mean of expit(mu + tau u) over a standard normal u, by adaptive quadrature."""
    density = lambda u: expit(mu + tau * u) * math.exp(-0.5 * u * u) / math.sqrt(2 * math.pi)  # noqa: E731
    return float(integrate.quad(density, -12, 12, epsabs=1e-13, epsrel=1e-13, limit=400)[0])


@pytest.mark.parametrize("set_id", SETS)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_per_100_is_the_mean_with_limits_from_the_joint_likelihood(
    book: Book, root: Path, outcome: str, set_id: str
) -> None:
    """Mean by quadrature; slopes and covariance by differences of the mean and the likelihood."""
    analysis = book.analyse(outcome, set_id)
    ours, fit = analysis.per_100, analysis.primary
    assert ours is not None
    counts = counts_of(root, analysis)
    mu, tau = fit.working.estimate, math.sqrt(fit.tau2)
    assert ours.estimate == pytest.approx(100 * mean_rate(mu, tau), abs=1e-7)
    assert fit.proportion is not None
    if tau == 0:
        assert tuple(ours) == pytest.approx([100 * v for v in fit.proportion], abs=1e-6)
        return
    assert abs(ours.estimate - 50) < abs(100 * fit.proportion.estimate - 50)
    h, best = 1e-3, np.array([mu, tau])
    steps = np.eye(2) * h
    hessian = np.array(
        [
            [
                sum(
                    a * b * log_likelihood(*counts, *(best + a * one + b * other))
                    for a in (-1, 1)
                    for b in (-1, 1)
                )
                / (4 * h * h)
                for other in steps
            ]
            for one in steps
        ]
    )
    slope = np.array(
        [logit(mean_rate(*(best + s))) - logit(mean_rate(*(best - s))) for s in steps]
    ) / (2 * h)
    half = Z * math.sqrt(slope @ np.linalg.inv(-hessian) @ slope)
    centre = logit(mean_rate(mu, tau))
    expected = [100 * expit(centre - half), 100 * expit(centre + half)]
    assert [ours.low, ours.high] == pytest.approx(expected, abs=0.01)


def test_only_the_mixed_model_has_patients_of_100(book: Book) -> None:
    analysis = book.analyse("complete_remission")
    other = dataclasses.replace(analysis, primary=analysis.comparison)
    assert other.per_100 is None
