"""What an outcome chapter says of the printed proportion follows from the judgement."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest

from metaprop import Interval
from reviewbook import words
from reviewbook.book import Book
from reviewbook.ledger.verdicts import CANNOT_DECIDE, holds
from reviewbook.prose import judgement
from reviewbook.prose.judgement import judgement_sentences

TOPICS = ["complete_remission", "crs", "severe_crs", "icans"]


@pytest.mark.parametrize("topic", TOPICS)
def test_the_sentences_follow_from_the_judgement(book: Book, topic: str) -> None:
    found, told = book.on_proportion(topic).proportion, judgement_sentences(book, topic)
    assert found is not None
    ours, printed = found.analysis.comparison.proportion, found.printed
    assert ours is not None
    mutual = ours.low <= printed.estimate <= ours.high and printed.low <= ours.estimate <= (
        printed.high
    )
    assert ("Each estimate lies within the interval of the other" in told.agree) == mutual
    if not found.unread:
        assert told.unread == judgement.ALL_READ
        assert told.decides == judgement.SETTLED
        return
    patients = sum(one.size for one in found.unread)
    assert f"{len(found.unread)} with {patients} patients give no count" in told.unread
    for one in found.unread:
        assert f"{one.label} ({one.size})" in told.unread
        whom = words.spoken(one.label)
        floor = f"At least {one.at_least} of the {one.size} patients of {whom} had it"
        assert (floor in told.unread) == bool(one.at_least)
    assert found.verdict == CANNOT_DECIDE, "the words below are those of an open verdict"
    assert f"holds in {100 * found.share:.0f} of 100 draws" in told.decides
    low, high = (f"{100 * share:.0f}%" for share in (found.crude.low, found.crude.high))
    everyone = found.analysis.selection.n + patients
    assert f"between {low} and {high} of all {everyone} patients had it" in told.decides


@pytest.mark.parametrize("topic", TOPICS[1:])
def test_the_named_counts_turn_the_verdict(book: Book, topic: str) -> None:
    """The mildest counts are told with the pooled value that they give, on the right side."""
    found, told = book.on_proportion(topic).proportion, judgement_sentences(book, topic).decides
    assert found is not None
    assert found.holding is not None
    assert found.failing is not None
    for one, side in ((found.holding, True), (found.failing, False)):
        assert bool(holds(found.printed, one.ours).all()) == side
        first = one.cohorts == 0
        verb = ("hold" if first else "hold already") if side else (
            "not hold" if first else "already fail"
        )  # fmt: skip
        value = f"{100 * one.ours.estimate:.1f}%"
        assert f"this book would find {value} and the printed value would {verb}." in told


@pytest.mark.parametrize(
    ("ours", "words"),
    [
        ((0.87, 0.80, 0.95), "printed value lies within our interval, but ours lies outside"),
        ((0.90, 0.80, 0.93), "Ours lies within the printed interval, but the printed value"),
        ((0.60, 0.50, 0.70), "Neither estimate lies within the interval of the other"),
        ((0.93, 0.85, 0.96), "Each estimate lies within the interval of the other"),
    ],
)
def test_each_way_two_intervals_can_lie_has_its_words(
    book: Book, ours: tuple[float, float, float], words: str
) -> None:
    judged = book.on_proportion("crs")
    found = judged.proportion
    assert found is not None
    comparison = dataclasses.replace(found.analysis.comparison, proportion=Interval(*ours))
    changed = dataclasses.replace(
        found, analysis=dataclasses.replace(found.analysis, comparison=comparison)
    )
    other = SimpleNamespace(on_proportion=lambda topic: SimpleNamespace(proportion=changed))
    # Printed: 94% (88 to 98).
    assert words in judgement_sentences(other, "crs").agree  # type: ignore[arg-type]


def test_a_topic_without_a_count_has_nothing_to_judge() -> None:
    empty = SimpleNamespace(on_proportion=lambda topic: SimpleNamespace(proportion=None))
    with pytest.raises(ValueError, match="no cohort gives a count of 'crs'"):
        judgement_sentences(empty, "crs")  # type: ignore[arg-type]
