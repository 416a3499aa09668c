"""The living update: who is counted, what a further trial does, and what each cohort changed."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

import metaprop
from reviewbook.book import Book
from reviewbook.book.living import horizon as horizon_module
from reviewbook.book.living.horizon import Horizon, horizons, registrations, sizes_of
from reviewbook.book.living.next_trial import (
    DRAWS,
    SEED,
    Expectation,
    expectation,
    futures,
    next_trials,
)
from reviewbook.book.living.updates import additions, looks, new_reports, still_holds
from reviewbook.evidence.rows import records_of
from reviewbook.pooling.analysis import proportion
from reviewbook.prose.living import living_sentences
from reviewbook.tables.living import registrations_table

WIDE = "all_public"


@pytest.fixture(scope="module")
def found(book: Book) -> tuple[Horizon, ...]:
    return horizons(book, WIDE)


def test_registrations_without_a_result_are_counted_and_no_others(book: Book) -> None:
    table, still = book.evidence.other["registered_trials"], registrations(book)
    left = table[~table["registration"].isin(still["registration"])]
    assert (~left["in_scope"] | (left["results_public"] == "yes")
            | (left["linked_report_ids"] != "")).all()  # fmt: skip
    assert still["in_scope"].all()
    assert set(still["results_public"]) <= {"", "no"}
    assert set(still["linked_report_ids"]) == {""}
    starts = [start for start in still["start_date"] if start]
    assert starts == sorted(starts)
    assert list(still["start_date"])[: len(starts)] == starts, "those without a start come last"
    assert sum(sizes_of(still)) == still["planned_n"].sum()


def test_a_further_trial_is_pooled_draw_by_draw(book: Book) -> None:
    analysis, printed = book.analyse("icans_any", WIDE), book.claims("icans")
    (one,) = next_trials(analysis, [50], printed)
    selection = analysis.selection
    drawn = metaprop.draw_counts(selection.events, selection.totals, [50], draws=DRAWS, seed=SEED)
    assert np.array_equal(futures(analysis, [50]), drawn.events)
    counts, number = np.unique(drawn.events[:, 0], return_counts=True)
    pools = [
        proportion(
            metaprop.pool(
                np.append(selection.events, count),
                np.append(selection.totals, 50),
                analysis.comparison.recipe,
            )
        )
        for count in counts
    ]
    width = float(np.average([pool.high - pool.low for pool in pools], weights=number))
    assert one.width == pytest.approx(width, abs=1e-9)
    assert printed.low is not None
    assert printed.high is not None
    inside = [printed.low <= pool.estimate <= printed.high for pool in pools]
    assert one.inside == pytest.approx(np.average(inside, weights=number), abs=1e-12)
    now = proportion(analysis.comparison)
    assert one.width_now == now.high - now.low
    assert one.shown.low <= one.shown.estimate <= one.shown.high


def test_what_is_missing_is_named(book: Book) -> None:
    analysis, printed = book.analyse("icans_any", WIDE), book.claims("icans")
    with pytest.raises(ValueError, match="no size of a further trial is given"):
        expectation(analysis, [], printed)
    with pytest.raises(ValueError, match="no interval is printed for icans; expected both"):
        expectation(analysis, [20], replace(printed, low=None))


def test_all_registered_trials_narrow_every_interval(
    book: Book, found: tuple[Horizon, ...]
) -> None:
    patients = sum(sizes_of(registrations(book)))
    for one in found:
        assert one.expected.patients == patients
        assert one.expected.width < one.expected.width_now
        assert 0 <= one.decided <= 1
    assert [one.verdict for one in found] == [
        book.judged(claim.id, WIDE).verdict
        for claim in book.review.claims
        if claim.kind == "proportion"
    ]


def test_a_future_decides_only_when_no_completion_parts(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = sizes_of(registrations(book))
    monkeypatch.setattr(horizon_module, "FUTURES", 5)
    monkeypatch.setattr(horizon_module, "holds", lambda _, pools: pools.estimate > -1)
    assert horizon_module._decided(book, "icans_any", WIDE, sizes) == 1.0
    one_apart = lambda _, pools: np.arange(len(pools.estimate)) > 0  # noqa: E731
    monkeypatch.setattr(horizon_module, "holds", one_apart)
    assert horizon_module._decided(book, "icans_any", WIDE, sizes) == 0.0
    monkeypatch.setattr(horizon_module, "unread_cohorts", lambda *_: None)
    assert horizon_module._decided(book, "icans_any", WIDE, sizes) == 0.0


def test_completions_stay_within_what_is_known(book: Book) -> None:
    unread = horizon_module.unread_cohorts(book, book.select("icans_any", WIDE))
    assert unread
    tried = horizon_module._completions(unread)
    least, most = [one.at_least for one in unread], [one.size for one in unread]
    assert (tried >= least).all()
    assert (tried <= most).all()
    assert any((row == least).all() for row in tried)
    assert any((row == most).all() for row in tried)
    assert horizon_module._completions(()).shape == (1, 0)


def test_each_addition_is_the_difference_of_two_pools(book: Book) -> None:
    table = additions(book, "before_article", WIDE)
    analysis = book.analyse("complete_remission", WIDE)
    own = table[table["outcome"] == analysis.outcome.label]
    narrow = set(book.select("complete_remission").included["cohort_id"])
    wide = list(analysis.selection.included["cohort_id"])
    assert list(own["cohort_id"]) == [one for one in wide if one not in narrow]
    first = own.iloc[0]
    rest = [i for i, one in enumerate(wide) if one != first["cohort_id"]]
    without = metaprop.pool(
        analysis.selection.events[rest], analysis.selection.totals[rest], analysis.primary.recipe
    )
    assert first["without"] == proportion(without).estimate
    assert first["estimate"] == proportion(analysis.primary).estimate
    assert first["change"] == first["estimate"] - first["without"]


def test_looks_and_their_reports(book: Book) -> None:
    log = looks(book)
    assert list(log["date"]) == sorted(log["date"])
    assert log["added"].sum() == book.evidence.other["updates"]["rows_added"].sum()
    new = new_reports(book, WIDE)
    assert list(new["report_id"]) == log["reports"].iloc[-1]
    assert ((new["outcomes"] == "") != (new["why"] == "")).all(), "enters a pool, or says why not"


def test_what_was_read_of_a_registration_names_reports_and_shows_no_identifier(book: Book) -> None:
    known = records_of(book.evidence).reports
    noted = registrations(book)["notes"].str.findall("|".join(rf"\b{one}\b" for one in known))
    named = {one for found in noted for one in found}
    assert "zhang_m_2022" in named
    myst = registrations_table(book, name="tbl-registrations").myst
    for one in named:
        assert f"{{cite:t}}`{one}`" in myst
        assert not re.search(rf"(?<!`)\b{one}\b", myst)


def test_printed_intervals_are_held_against_our_estimates(book: Book) -> None:
    table = still_holds(book, WIDE).set_index("outcome")
    for outcome in book.review.outcomes:
        row, printed = table.loc[outcome.label], book.claims(outcome.topic)
        ours = proportion(book.analyse(outcome, WIDE).primary)
        assert row["estimate"] == ours.estimate
        assert printed.low is not None
        assert printed.high is not None
        assert row["inside"] == (printed.low <= ours.estimate <= printed.high)


def test_sentences_follow_the_numbers(book: Book, found: tuple[Horizon, ...]) -> None:
    told = living_sentences(book, WIDE, found)
    still = registrations(book)
    assert told.last_look == looks(book)["date"].iloc[-1]
    assert f"{len(still)} have no public result known to us" in told.registered
    assert f"{len(sizes_of(still))} of the {len(still)} state a size" in told.to_come
    open_today = sum(one.verdict == "cannot decide" for one in found)
    assert f"{open_today} cannot be decided today" in told.decidable
    closed = [replace(one, verdict="compatible") for one in found]
    assert "No claim waits for them" in living_sentences(book, WIDE, closed).decidable
    assert isinstance(found[0].expected, Expectation)
