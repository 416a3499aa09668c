"""The sentences that weigh what was found: beside the article, and what would change it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.ledger.verdicts import CANNOT_DECIDE
from reviewbook.words import Phrase
from reviewbook.words.frames import rows_of
from reviewbook.words.marked import told

from . import Sentences

if TYPE_CHECKING:
    from reviewbook.book import Book
    from reviewbook.ledger.distance import Distance
    from reviewbook.ledger.proportions import ProportionJudgement


@told
def beside_sentences(book: Book) -> Sentences:
    """Return one sentence for each claimed proportion: ours, the printed value and the verdict."""
    return Sentences(
        **{one.id: _beside(book, one.id) for one in book.review.claims if one.kind == "proportion"}
    )


@told
def change_sentences(book: Book) -> Sentences:
    """Return for each claimed proportion what would turn it to the other side, in short.

    The counts and cohorts themselves stand in the ledger
    (:func:`reviewbook.prose.claims.distance_sentence`).
    """
    return Sentences(
        **{one.id: _change(book, one.id) for one in book.review.claims if one.kind == "proportion"}
    )


@told
def pooled_elsewhere(book: Book, outcome: str) -> Phrase:
    """Return what reviews of the same treatment pool for an outcome this book lists only."""
    return words.join(
        f"{words.percent(row['value'] / 100)} ({row['first_author']} {row['year']})"
        for row in rows_of(book.evidence.other_reviews)
        if row["review_id"] in book.review.sister_reviews
        and row["outcome"] == outcome
        and row["statistic"] == "pooled_proportion"
    ) or Phrase("nothing")


@told
def pointing(book: Book, claim: str) -> Phrase:
    """Say in how many comparisons a claimed direction is the one found, and the ratios.

    Raises
    ------
    ValueError
        When the claim is no direction.
    """
    judged = book.judged(claim)
    found = judged.direction
    if found is None:
        raise ValueError(f"the claim {claim!r} is no direction")
    if not found.compared:
        return Phrase(f"No comparison can be made to see whether {judged.claim.text}.")
    if found.toward == found.compared:
        which = _every(found.compared, "comparison")
    else:
        which = f"{words.plain_number(found.toward)} of {words.count(found.compared, 'comparison')}"
    early = found.toward_before
    if early == found.compared:
        when = "It was" if early == 1 else "They were all" if early > 2 else "Both were"
    else:
        told = words.plain_number(early) if early else "none"
        when = f"Of these {told} {'were' if early > 1 else 'was'}"
    ratios = words.join(_ratio(text) for text in found.ratios.split("; "))
    return Phrase(
        f"{which} {'points' if found.toward == 1 else 'point'} the way of the claim that "
        f"{judged.claim.text}. {when} in print before the article. Pooled where cohorts print the "
        f"same endpoint, they give {ratios}."
    )


def _every(number: int, noun: str) -> str:
    """Say that it is all of a number of things: both comparisons, all 4 comparisons."""
    first = {1: f"The only {noun}", 2: f"Both {noun}s"}
    return first.get(number, f"All {words.count(number, noun)}")


def _ratio(text: str) -> str:
    """Make a phrase of a ratio of the ledger: what it is of, its value, and in how many cohorts."""
    found = re.fullmatch(r"(\D+) (\S+ \(.*?\)), (.+)", text)
    if found is None:
        raise ValueError(f"a ratio with its interval and cohorts was expected, got {text!r}")
    what, value, cohorts = found.groups()
    return f"{'an' if what[0] in 'aeiou' else 'a'} {what} of {value} in {cohorts}"


@told
def size_sentences(book: Book) -> Sentences:
    """Return how small the cohorts of the primary set are.

    `cohorts` and `patients` count them; half of them have `median` patients or fewer, and the
    largest holds `share` of all. `in_country` of them were treated in `country` alone, the most
    frequent one.
    """
    eligible = book.eligible()
    infused, countries = eligible["n_infused"], eligible["country"].value_counts()
    chosen, sizes, country = book.select(None), ".included['n_infused']", str(countries.index[0])
    median = chosen.number(
        int(infused.median()), f"{sizes}.median().__int__()", "median size of a cohort", "patients"
    )
    largest = chosen.number(
        int(infused.max()), f"{sizes}.max()", "size of the largest cohort", "patients"
    )
    there = chosen.number(
        int(countries.iloc[0]),
        f".included['country'].eq({country!r}).sum()",
        f"cohorts treated in {country} alone",
        "cohorts",
    )
    return Sentences(
        cohorts=words.count(chosen.k, "cohort"),
        patients=words.count(chosen.n, "patient"),
        median=words.count(median, "patient"),
        share=words.percent(largest / chosen.n),
        country=Phrase(country),
        in_country=words.number(there, 0),
    )


@told
def patients_read(book: Book, outcome: str) -> Phrase:
    """Return in how many patients of the primary set an outcome could be read."""
    return words.count(book.select(outcome).n, "patient")


def _beside(book: Book, claim: str) -> Phrase:
    judged = book.judged(claim)
    printed = words.interval(book.claims(judged.claim.topic))
    found = judged.proportion
    ours = words.interval(found.analysis.primary) if found else judged.primary
    return Phrase(
        f"For {judged.claim.text} this book finds {ours} and the article prints {printed}; the "
        f"verdict is “{judged.verdict}”."
    )


def _change(book: Book, claim: str) -> Phrase:
    judged = book.judged(claim)
    if judged.proportion is None:
        return Phrase(f"For {judged.claim.text} no cohort gives a readable count.")
    found = book.distance(claim)
    parts = [_by_counts(found, judged.claim.text, judged.proportion), _by_choices(found)]
    if judged.verdict == CANNOT_DECIDE and judged.proportion.unread:
        parts.append(_unread(judged.proportion))
    return Phrase(" ".join(parts))


def _by_counts(found: Distance, what: str, judged: ProportionJudgement) -> str:
    """Say what the counts read alone give, and how many patients would turn it."""
    state = "holds" if found.held else "does not hold"
    text = f"By the counts that were read, the printed value of {what} {state}"
    if found.outcomes is None:
        return f"{text}, and no other outcomes of these patients would change that."
    patients = words.count(judged.analysis.selection.n, "patient")
    most = "as few as" if found.exact else "at most"
    return (
        f"{text}. It would {'no longer hold' if found.held else 'hold'} if {most} "
        f"{words.number(found.outcomes_size, 0)} of the {patients} had another outcome."
    )


def _by_choices(found: Distance) -> str:
    """Say how often one cohort, or one rule, would turn it."""
    cohorts, rules = (
        f"in {words.number(moved, 0) if moved else 'none'} of {words.count(tried, 'case')}"
        for moved, tried in (
            (found.cohorts_moved, found.cohorts_tried),
            (found.rules_moved, found.rules_tried),
        )
    )
    return (
        f"Leaving out or taking in a single cohort would change that {cohorts}, and changing a "
        f"single rule {rules}."
    )


def _unread(judged: ProportionJudgement) -> str:
    """Say that the counts nobody could read decide, and how often each way."""
    assert judged.unread is not None
    patients = words.count(judged.unread_patients, "patient")
    text = (
        f"But {words.count(judged.unread_cohorts, 'cohort')} with {patients} print no count that "
        "could be read, and these counts decide"
    )
    if judged.share is None:
        return f"{text}."
    return (
        f"{text}: when they are predicted from the cohorts that were read, the printed value "
        f"holds in {words.percent(judged.share)} of the combinations drawn."
    )
