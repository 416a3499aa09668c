"""Verdicts over every completion, held against the rule evaluated by other code."""

from __future__ import annotations

import dataclasses
import io
import itertools

import numpy as np
import pandas as pd
import pytest

import metaprop
from reviewbook import figures
from reviewbook.book import Book
from reviewbook.ledger.distance import distance_of
from reviewbook.ledger.proportions import judge_proportion
from reviewbook.pooling.analysis import proportion

PRINTED = {  # as in the abstract: estimate, lower limit, upper limit
    "crs_any": (0.94, 0.88, 0.98), "crs_grade3plus": (0.12, 0.05, 0.20),
    "icans_any": (0.04, 0.01, 0.07),
}  # fmt: skip
TOPIC = {"crs_any": "crs", "crs_grade3plus": "severe_crs", "icans_any": "icans"}
# Infused in the cohorts of the primary set without a count, and what the early report of GC027 has.
SIZES = {"zhengzhou_nanobody": 8, "gc027_leukemia12": 12, "be_car7_first3": 3,
         "zju_haplo_nejm": 10, "boren_scrna7": 7, "ns7car_aml10": 10}  # fmt: skip
EARLY = {"crs_any": 5, "crs_grade3plus": 5, "icans_any": 0}


def freeman_tukey(x: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pool by Freeman and Tukey, DerSimonian and Laird: shares no code with the library."""
    y = 0.5 * (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1))))
    v = 1 / (4 * n + 2)
    w = np.broadcast_to(1 / v, y.shape)
    mean = (w * y).sum(1) / w.sum(1)
    q = (w * (y - mean[:, None]) ** 2).sum(1)
    c = w.sum(1) - (w**2).sum(1) / w.sum(1)
    tau2 = np.maximum(0, (q - (n.size - 1)) / c)[:, None]
    w = 1 / (v + tau2)
    mean, se = (w * y).sum(1) / w.sum(1), w.sum(1) ** -0.5
    size = n.size / (1 / n).sum()

    def back(t: np.ndarray) -> np.ndarray:
        low = 0.5 * np.arcsin(np.sqrt(1 / (size + 1)))
        t = np.clip(t, low, np.pi / 2 - low)
        s = np.sin(2 * t)
        root = np.sqrt(np.maximum(0, 1 - (s + (s - 1 / s) / size) ** 2))
        return 0.5 * (1 - np.sign(np.cos(2 * t)) * root)

    return back(mean), back(mean - 1.959964 * se), back(mean + 1.959964 * se)


def by_the_rule(book: Book, outcome: str) -> str:
    """Evaluate the rule for unread counts from the tables alone."""
    selection = book.select(outcome)
    read = set(selection.included["cohort_id"])
    unread = {c: n for c, n in SIZES.items() if c not in read}
    least = [EARLY[outcome] if c == "gc027_leukemia12" else 0 for c in unread]
    ranges = [range(low, n + 1) for low, n in zip(least, unread.values(), strict=True)]
    counts = np.array(list(itertools.product(*ranges)), dtype=float).reshape(-1, len(unread))
    events = np.column_stack([np.tile(selection.events, (len(counts), 1)), counts])
    totals = np.concatenate([selection.totals, list(unread.values())]).astype(float)
    estimate, low, high = freeman_tukey(events, totals)
    printed, printed_low, printed_high = PRINTED[outcome]
    equal = np.floor(100 * estimate + 0.5) == round(100 * printed)
    mutual = (low <= printed) & (printed <= high)
    mutual &= (printed_low <= estimate) & (estimate <= printed_high)
    sides = set((equal | mutual).tolist())
    return {frozenset({True}): "holds", frozenset({False}): "not reproduced"}.get(
        frozenset(sides), "cannot decide"
    )


def with_gc027(book: Book, outcome: str, events: int) -> Book:
    """Return a copy of the evidence in which the 12 patients of GC027 have a readable count."""
    outcomes = book.evidence.outcomes
    row = outcomes[outcomes["report_id"] == "li_2023"].iloc[[0]].assign(
        outcome=outcome, events=events, total=12, population="infused", preferred=True,
        timepoint="any", status="reported",
    )  # fmt: skip
    more = pd.concat([outcomes, row], ignore_index=True).astype(outcomes.dtypes.to_dict())
    return Book(book.review, dataclasses.replace(book.evidence, outcomes=more))


@pytest.mark.parametrize("events", range(13))
@pytest.mark.parametrize("outcome", list(PRINTED))
def test_gc027_readable_at_every_count(book: Book, outcome: str, events: int) -> None:
    changed = with_gc027(book, outcome, events)
    assert "gc027_leukemia12" in set(changed.select(outcome).included["cohort_id"])
    expected = by_the_rule(changed, outcome)
    verdict = changed.verdict(TOPIC[outcome])
    assert verdict == expected or (expected == "holds" and verdict in ("reproduced", "compatible"))


@pytest.mark.parametrize("outcome", list(PRINTED))
def test_unread_counts_are_judged_by_one_rule(book: Book, outcome: str) -> None:
    """Also ICANS, which the counts read alone would call compatible."""
    expected = by_the_rule(book, outcome)
    verdict = book.verdict(TOPIC[outcome])
    assert verdict == expected or (expected == "holds" and verdict in ("reproduced", "compatible"))


def test_remission_has_no_unread_count(book: Book) -> None:
    judged = book.judged("complete_remission").proportion
    assert judged is not None
    assert judged.unread == ()
    assert judged.verdict == judged.alone == "compatible"
    assert "Every cohort of the set has a readable count." in judged.reason


def test_expected_counts_are_called_so_and_others_are_named(book: Book) -> None:
    """Severe CRS as expected holds; it fails with none in two cohorts of 8 and 10, two fewer."""
    judged = book.judged("severe_crs").proportion
    assert judged is not None
    assert (judged.holding.cohorts, judged.failing.cohorts) == (0, 2)  # type: ignore[union-attr]
    first, second = judged.counts_text.split("; the printed value does not hold if ")
    assert first.endswith("they are what the cohorts read lead one to expect (ours would be 7%)")
    assert "0/8" in second
    assert "0/10" in second
    assert "lead one to expect" not in second
    assert dataclasses.replace(judged, share=None).share_text == ""
    assert dataclasses.replace(judged, error=None).share_text == ""
    assert judged.share_text.startswith("Predicted from the cohorts read")


@pytest.mark.parametrize("claim", ["crs", "severe_crs", "icans"])
def test_what_stands_beside_the_verdict(book: Book, claim: str) -> None:
    judged = book.judged(claim).proportion
    assert judged is not None
    assert judged.unread
    assert judged.completions is not None
    selection = judged.analysis.selection
    patients = selection.n + sum(one.size for one in judged.unread)
    events = int(selection.events.sum())
    assert judged.crude.low == (events + sum(one.at_least for one in judged.unread)) / patients
    assert judged.crude.high == (events + patients - selection.n) / patients
    assert judged.share is not None
    assert judged.error is not None
    assert 0 < judged.share < 1
    assert judged.error < 0.02
    sizes = [one.size for one in judged.unread]
    for side, one in ((True, judged.holding), (False, judged.failing)):
        assert one is not None
        assert all(c <= n for c, n in zip(one.counts, sizes, strict=True))
        pooled = metaprop.pool(
            [*selection.events, *one.counts], [*selection.totals, *sizes],
            judged.analysis.comparison.recipe,
        ).proportion  # fmt: skip
        assert pooled is not None
        assert tuple(one.ours) == pytest.approx(tuple(pooled), abs=1e-12)
        estimate, low, high = PRINTED[judged.analysis.outcome.id]
        within = pooled.low <= estimate <= pooled.high and low <= pooled.estimate <= high
        assert (within or round(100 * pooled.estimate) == round(100 * estimate)) is side


@pytest.mark.parametrize("claim", ["crs", "severe_crs", "icans"])
def test_the_page_says_who_is_unread_and_which_count_would_decide(book: Book, claim: str) -> None:
    judged = book.judged(claim)
    assert judged.proportion is not None
    assert f"{len(judged.proportion.unread or ())} of the 12 cohorts" in judged.reason
    assert "Their counts decide: the printed value holds if" in judged.reason
    assert "the printed value does not hold if" in judged.reason


def test_texts_beside_a_verdict(book: Book) -> None:
    """Read aloud: one cohort prints, several print; nothing is unread for remission."""
    remission, crs = (book.judged(c).proportion for c in ("complete_remission", "crs"))
    assert remission is not None
    assert crs is not None
    assert remission.unread_text == "Every cohort of the set has a readable count."
    assert remission.counts_text == remission.share_text == remission.crude_text == ""
    assert tuple(remission.crude) == pytest.approx((162 / 196,) * 3)
    assert crs.unread_text.startswith(
        "5 of the 12 cohorts (40 patients) print no count that could be read."
    )
    one = dataclasses.replace(crs, unread=(crs.unread or ())[:1])
    assert "1 of the 8 cohorts" in one.unread_text
    assert "prints no count" in one.unread_text
    assert dataclasses.replace(crs, failing=None).counts_text == (
        "With all 25\u202f344 possible combinations of their counts the printed value holds."
    )
    assert "the printed value does not hold." in dataclasses.replace(crs, holding=None).counts_text
    # GC027 has five severe reactions at least, by another report.
    assert tuple(crs.crude) == pytest.approx((135 / 156, 140 / 196, 175 / 196))


# --- distance to the other verdict


@pytest.mark.parametrize("claim", ["complete_remission", "crs", "severe_crs", "icans"])
def test_every_certificate_holds(book: Book, claim: str) -> None:
    judged, found = book.judged(claim).proportion, book.distance(claim)
    assert judged is not None
    assert found.held is (judged.alone != "not reproduced")
    printed = judged.printed
    assert None not in (printed.estimate, printed.low, printed.high)
    flips = [*found.cohorts, *found.rules]
    if found.outcomes is not None:
        flips.append(found.outcomes)
        selection = judged.analysis.selection
        assert found.outcomes.size == np.abs(found.outcomes.events - selection.events).sum()
        assert (found.outcomes.totals == selection.totals).all()
    assert flips
    for flip in flips:
        x, n = (np.asarray(v, dtype=float) for v in (flip.events, flip.totals))
        estimate, low, high = (float(v[0]) for v in freeman_tukey(x[None, :], n))
        assert tuple(flip.ours) == pytest.approx((estimate, low, high), abs=1e-6)
        mutual = low <= printed.estimate <= high and printed.low <= estimate <= printed.high
        equal = np.floor(100 * estimate + 0.5) == round(100 * printed.estimate)
        assert (mutual or bool(equal)) is not found.held, flip.what


def test_the_figure_says_what_the_unread_patients_would_have_had_to_fare(book: Book) -> None:
    judged, found = book.judged("severe_crs").proportion, book.distance("severe_crs")
    assert judged is not None
    assert judged.failing is not None
    drawn = figures.distance_forest(judged, found, name="fig-distance")
    labels = list(pd.read_csv(io.StringIO(drawn.csv))["label"])
    assert "Holds if all fared as expected" in labels
    assert f"Does not hold if {judged.failing.patients} patients fared otherwise" in labels
    assert "What is expected" in drawn.wide
    alone = dataclasses.replace(judged, holding=None, failing=None)
    assert "xpected" not in figures.distance_forest(alone, found, name="fig-distance").wide


def test_fewer_outcomes_are_proven_not_to_be_enough(book: Book) -> None:
    """Severe reactions and ICANS again, every change tried by brute force."""
    for claim in ("severe_crs", "icans"):
        judged, found = book.judged(claim).proportion, book.distance(claim)
        assert judged is not None
        assert found.outcomes is not None
        assert found.exact
        selection = judged.analysis.selection
        estimate, low, high = PRINTED[judged.analysis.outcome.id]
        for size in range(1, found.outcomes.size):
            one = [s * row for row in np.eye(selection.k, dtype=int) for s in (1, -1)]
            steps = itertools.combinations_with_replacement(one, size)
            tried = selection.events + np.array([np.sum(step, axis=0) for step in steps])
            possible = ((tried >= 0) & (tried <= selection.totals)).all(axis=1)
            ours = freeman_tukey(tried[possible].astype(float), selection.totals.astype(float))
            mutual = (ours[1] <= estimate) & (estimate <= ours[2])
            mutual &= (low <= ours[0]) & (ours[0] <= high)
            equal = np.floor(100 * ours[0] + 0.5) == round(100 * estimate)
            assert set((mutual | equal).tolist()) == {found.held}


def test_a_bound_is_said_where_nothing_is_proven(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewbook.ledger.distance.MOST_POOLS", 30)
    judged = judge_proportion(book, "complete_remission", "before_article")
    found = distance_of(book, judged)
    assert found.outcomes is not None
    assert found.proven == 1
    assert not found.exact
    assert found.outcomes.size >= 6
    assert proportion(judged.analysis.comparison).estimate != found.outcomes.ours.estimate
