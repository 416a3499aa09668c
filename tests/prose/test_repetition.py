"""No sentence stands word for word on four pages, and no interval is told as a riddle."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

import pytest
from shown_text import page_sources, prose_of, sentences, spoken

from reviewbook.book import Book
from reviewbook.prose.judgement import judgement_sentences
from reviewbook.prose.outcome import outcome_sentences

MOST_PAGES = 3
FEWEST_WORDS = 4
PAGES = {page: prose_of(text) for page, text in page_sources().items()}
OUTCOME = re.compile(r"\{eval\}`(?:sentences|judged)\.(\w+)`")
REASON = re.compile(r"\{eval\}`told\.(\w+)\.reason`")
RIDDLES = (
    r"(?:includes?|excludes?|including|excluding) no (?:effect|difference)",
    r"interval (?:includes|excludes) (?:1|one|0|zero)\b(?! of)",
)
"""Read as the opposite of what is meant: an interval "lies below 1", or "holds 1"."""


def repeated(pages: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Sentences of four words or more that stand on more than `MOST_PAGES` pages."""
    places = defaultdict(set)
    for page, texts in pages.items():
        for text in texts:
            if len(text.split()) >= FEWEST_WORDS:
                places[text].add(page)
    return {text: sorted(found) for text, found in places.items() if len(found) > MOST_PAGES}


def filled(book: Book, page: str, outcome: str) -> list[str]:
    """The sentences of an outcome chapter with its own phrases in place."""
    told = vars(outcome_sentences(book, book.analyse(outcome)))
    told |= vars(judgement_sentences(book, book.review.outcome(outcome).topic))
    return sentences(OUTCOME.sub(lambda found: str(told.get(found[1], found[0])), PAGES[page]))


def ledger(book: Book) -> list[str]:
    """The sentences of the ledger with the reasons of its verdicts in place."""

    def reason(found: re.Match[str]) -> str:
        why = judgement_sentences(book, book.review.claim(found[1]).topic)
        return f"{why.agree} {why.unread}"

    return sentences(REASON.sub(reason, PAGES["reproduction-ledger"]))


def test_no_sentence_stands_on_four_pages(book: Book) -> None:
    """Where a sentence holds a computed phrase, it is compared as it reads with it."""
    texts = {page: sentences(text) for page, text in PAGES.items()}
    for outcome in book.review.outcomes:
        texts[outcome.chapter] = filled(book, outcome.chapter, outcome.id)
    texts["reproduction-ledger"] = ledger(book)
    assert repeated(texts) == {}


def test_a_sentence_that_does_is_found() -> None:
    text = "Cohorts, not patients, are compared here. And so on."
    pages = {page: sentences(text) for page in "abcd"}
    assert repeated(pages) == {"Cohorts, not patients, are compared here.": list("abcd")}
    del pages["d"]
    assert repeated(pages) == {}


@pytest.mark.parametrize("riddle", RIDDLES)
def test_no_interval_is_told_as_a_riddle(riddle: str) -> None:
    for page, text in {**PAGES, "library": spoken()}.items():
        found = re.search(riddle, text, re.IGNORECASE)
        assert found is None, f"{page}: {found and found[0]!r}"


def test_a_riddle_would_be_found() -> None:
    text = "the pooled 95% interval excludes no effect"
    assert re.search(RIDDLES[0], text)
    assert re.search(RIDDLES[1], "the interval includes 1.")
