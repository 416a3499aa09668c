"""The sentences on claimed directions."""

from __future__ import annotations

from reviewbook.book import Book
from reviewbook.words import Phrase
from reviewbook.words.marked import told

from . import Sentences


@told
def direction_sentences(book: Book, claim: str) -> Sentences:
    """Return the phrases on a claim of a direction: its words, the two findings and the ratios."""
    judged = book.judged(claim)
    found = judged.direction
    if found is None:
        raise ValueError(f"the claim {claim!r} is no direction")
    return Sentences(
        claim=Phrase(judged.claim.text),
        direction=Phrase(found.direction),
        effect=Phrase(found.effect),
        ours=Phrase(found.ratios),
    )
