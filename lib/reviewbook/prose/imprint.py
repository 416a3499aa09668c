"""The sentences on who answers for the book."""

from __future__ import annotations

from pathlib import Path

from reviewbook import words
from reviewbook.citation.edition import Edition
from reviewbook.words import Phrase
from reviewbook.words.marked import told

from . import Sentences


@told
def imprint_sentences(root: Path) -> Sentences:
    """Return the name the book is cited under, and how its makers can be reached, as it is."""
    edition = Edition.load(root)
    if edition.repository is None:
        contact = (
            "There is no address to write to yet: this edition is not published, and no repository "
            "is named in it."
        )
    else:
        contact = (
            "Corrections and questions go to the repository, "
            f"{edition.repository.url}; no other address is given."
        )
    return Sentences(authors=words.join(edition.review.authors), contact=Phrase(contact))
