"""What the chapters on selection and characteristics say is what was selected."""

from __future__ import annotations

import re

from shown_text import page_sources

from reviewbook.book import Book
from reviewbook.pooling.appraisal import STATES, appraisal
from reviewbook.prose.characteristics import characteristics_sentences
from reviewbook.prose.extraction import defined
from reviewbook.prose.selection import selection_sentences


def test_every_cohort_left_out_has_a_reason_in_the_sentence(book: Book) -> None:
    remission, told = book.select("complete_remission"), selection_sentences(book)
    numbers = [int(n) for n in re.findall(r"\d+", told.left_out)]
    assert numbers[0] == len(remission.excluded) == sum(numbers[1:])
    assert told.known == f"{remission.k + numbers[0]} cohorts"
    assert "1 may share patients with another" in told.left_out
    assert told.groups == f"{len(book.review.overlap_names)} groups"


def test_gaps_are_those_of_the_table(book: Book) -> None:
    told = selection_sentences(book).gaps
    for outcome in book.review.outcomes[1:]:
        stages = book.select(outcome.id).excluded["stage"]
        gaps = int((stages == "no readable count").sum())
        assert f"{gaps} for {book.on_proportion(outcome.topic).claim.text}" in told


def test_readable_counts_are_those_pooled(book: Book) -> None:
    judged = appraisal(book, list(book.eligible()["cohort_id"]))
    told = characteristics_sentences(book, judged)
    assert f"in {book.select('crs_any').k} for cytokine release syndrome of any grade" in (
        told.readable
    )
    cells = judged.to_numpy().ravel()
    for state in STATES[:3]:
        assert f"{(cells == state).sum()} are “{state}”" in told.judged


def test_methods_say_what_is_counted_and_in_whom(book: Book) -> None:
    methods = page_sources()["methods"].split("## What is counted")[1].split("## ")[0]
    quoted = re.findall(r"\{eval\}`(\w+)\.(event|denominator)`", methods)
    assert {name for name, _ in quoted} == {"remission", "crs", "severe", "icans"}
    for outcome in book.review.outcomes:
        told = defined(outcome)
        assert (told.event, told.denominator) == (outcome.event, outcome.denominator)
