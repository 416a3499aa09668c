"""The sentences on the claims of the article, and on how far other verdicts are."""

from __future__ import annotations

from reviewbook import words
from reviewbook.book import Book
from reviewbook.ledger.distance import Distance, Flip
from reviewbook.words import Phrase

from . import Sentences

_MOST_NAMED = 3


def claim_sentences(book: Book) -> Sentences:
    """Return the phrases on the claims.

    `claims` says how many there are; each claim on a proportion has its own `verdict`, `reason`
    and `distance` under its identifier. `former_commit` is the last edition under the former rules.
    """
    former = book.evidence.other["former_verdicts"]["commit"]
    return Sentences(
        claims=words.number(len(book.review.claims), 0),
        former_commit=Phrase(former.iloc[-1]),
        **{
            one.id: _of_claim(book, one.id)
            for one in book.review.claims
            if one.kind == "proportion"
        },
    )


def judging_sentences(book: Book) -> Sentences:
    """Return how many claims there are, and the commit that set the rules before they were run."""
    return Sentences(
        claims=words.number(len(book.review.claims), 0), commit=Phrase(book.review.rules_commit)
    )


def _of_claim(book: Book, claim: str) -> Sentences:
    judged = book.judged(claim)
    distance = Phrase("") if judged.proportion is None else distance_sentence(book, claim)
    return Sentences(
        verdict=words.verdict(judged.verdict), reason=Phrase(judged.reason), distance=distance
    )


def distance_sentence(book: Book, claim: str) -> Phrase:
    """Say what moves the counts read of a claim to the other side."""
    found, text = book.distance(claim), book.review.claim(claim).text
    now = "holds" if found.held else "does not hold"
    then = "would not hold" if found.held else "would hold"
    start = f"By the counts read the printed value of {text} {now}. It {then} with "
    parts = [_outcomes(found)]
    parts.append(_named("cohort", found.cohorts, found.cohorts_tried))
    parts.append(_named("rule", found.rules, found.rules_tried))
    return Phrase(f"{start}{'; '.join(parts)}.")


def _outcomes(found: Distance) -> str:
    if found.outcomes is None:
        return "no other outcomes of these patients"
    size = words.count(found.outcomes.size, "patient")
    if found.exact:
        return f"another outcome of {size}, and of no fewer ({found.outcomes.what})"
    return (
        f"another outcome of at most {size}, and of more than {found.proven} "
        f"({found.outcomes.what})"
    )


def _named(kind: str, moved: tuple[Flip, ...], tried: int) -> str:
    """Name the single cohorts or rules that move it, of those tried."""
    if not moved:
        return f"no single {kind} of the {tried} tried"
    named = [one.what for one in moved[:_MOST_NAMED]]
    more = len(moved) - len(named)
    if more:
        named.append(f"{more} more")
    which = f"any of {len(moved)} single {kind}s" if len(moved) > 1 else f"one single {kind}"
    return f"{which} of the {tried} tried ({words.join(named)})"
