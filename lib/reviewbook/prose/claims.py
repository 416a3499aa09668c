"""The sentences on the claims of the article, and on how far other verdicts are."""

from __future__ import annotations

from reviewbook import words
from reviewbook.book import Book
from reviewbook.ledger.distance import Distance, Flip
from reviewbook.words import Phrase
from reviewbook.words.marked import told
from reviewbook.words.origin import Origin, Row, Source, traced

from . import Sentences
from .judgement import judgement_sentences

_MOST_NAMED = 3


@told
def claim_sentences(book: Book) -> Sentences:
    """Return the phrases on the claims.

    `claims` says how many there are; each claim on a proportion has its own `verdict`, `reason`
    and `distance` under its identifier. `former_commit` is the last edition under the former rules.
    """
    former = book.evidence.other["former_verdicts"]["commit"]
    return Sentences(
        claims=words.number(claims_made(book), 0),
        former_commit=Phrase(former.iloc[-1]),
        **{
            one.id: _of_claim(book, one.id)
            for one in book.review.claims
            if one.kind == "proportion"
        },
    )


def claims_made(book: Book) -> int:
    """Return how many claims the article makes, as the settings list them."""
    rows = tuple(
        Row("review.toml", f"claims: {one.id}", (("kind", one.kind), ("text", one.text)))
        for one in book.review.claims
    )
    number: int = traced(
        len(rows),
        Origin("len(book.review.claims)", "claims of the article", "claims", (Source(rows=rows),)),
    )
    return number


@told
def judging_sentences(book: Book) -> Sentences:
    """Return how many claims there are, and the commit that set the rules before they were run."""
    return Sentences(
        claims=words.number(claims_made(book), 0), commit=Phrase(book.review.rules_commit)
    )


def _of_claim(book: Book, claim: str) -> Sentences:
    judged = book.judged(claim)
    if judged.proportion is None:
        reason, distance = Phrase(judged.reason), Phrase("")
    else:
        why = judgement_sentences(book, judged.claim.topic)
        reason = Phrase(f"{why.agree} {why.unread}")
        distance = distance_sentence(book, claim)
    return Sentences(verdict=words.verdict(judged.verdict), reason=reason, distance=distance)


@told
def distance_sentence(book: Book, claim: str) -> Phrase:
    """Say what moves the counts read of a claim to the other side, and name it."""
    found, text = book.distance(claim), book.review.claim(claim).text
    now = "holds" if found.held else "does not hold"
    parts = [
        f"By the counts that were read, the printed value of {text} {now}.",
        _outcomes(found),
        _named(
            "Leaving out or taking in a single cohort",
            found.cohorts,
            found.cohorts_moved,
            found.cohorts_tried,
        ),
        _named("Changing a single rule", found.rules, found.rules_moved, found.rules_tried),
    ]
    return Phrase(" ".join(parts))


def _outcomes(found: Distance) -> str:
    then = "no longer hold" if found.held else "hold"
    if found.outcomes is None:
        return f"No other outcomes of these patients would make it {then}."
    size = words.count(found.outcomes_size, "patient")
    if found.exact:
        return (
            f"It would {then} if {size} had another outcome, and no fewer would do: "
            f"{found.outcomes.what}."
        )
    return (
        f"It would {then} if at most {size} had another outcome ({found.outcomes.what}); "
        f"{words.plain_number(found.proven)} are proven not to be enough."
    )


def _named(change: str, moved: tuple[Flip, ...], number: int, tried: int) -> str:
    """Name the single cohorts or rules that move it, of those tried."""
    cases = words.count(tried, "case")
    if not moved:
        return f"{change} would change that in none of {cases}."
    named = [one.what for one in moved[:_MOST_NAMED]]
    more = number - len(named)
    if more:
        named.append(f"{words.plain_number(more)} more")
    told = words.plain_number(number)
    return f"{change} would change that in {told} of {cases}: {words.join(named)}."
