"""A review with its evidence, its pools and the verdicts on what its article prints."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from reviewbook import words
from reviewbook.evidence.evidence import Evidence, digest, load_evidence
from reviewbook.ledger.claims import ClaimJudgement, judge_claim
from reviewbook.ledger.distance import Distance, distance_of
from reviewbook.ledger.ledger import ledger as build_ledger
from reviewbook.ledger.verdicts import CANNOT_DECIDE, NOT_CHECKABLE
from reviewbook.pooling.pools import Pools
from reviewbook.review.project import find_root, load_review
from reviewbook.review.settings import Outcome, Review
from reviewbook.words import asked, reads
from reviewbook.words.asked import Remembered
from reviewbook.words.marked import told, unmarked
from reviewbook.words.origin import combined, traced

__all__ = ["Book", "open_book"]


class Book(Pools):
    """A review with its evidence, and what can be said of the claims of its article."""

    def __init__(self, review: Review, evidence: Evidence) -> None:
        super().__init__(review, evidence)
        self._judged, self._distances = Remembered(), Remembered()

    @unmarked
    def judged(self, claim: str, set_id: str | None = None) -> ClaimJudgement:
        """Return the judgement of a claim.

        Parameters
        ----------
        claim : str
            Its identifier in ``review.toml``.
        set_id : str, optional
            The analysis set ours comes from; the primary set when omitted.
        """
        key = claim, self._set(set_id).id

        def judge() -> ClaimJudgement:
            return judge_claim(
                self, self.review.claim(claim), key[1], lambda other: self.judged(other, key[1])
            )

        return self._judged.get(key, judge)

    def ledger(self, set_id: str | None = None, *, topic: str | None = None) -> pd.DataFrame:
        """Return the claims and the printed values beside ours; see the module of that name.

        Parameters
        ----------
        set_id : str, optional
            The analysis set ours comes from; the primary set when omitted. Against a set that is a
            study table only proportions are judged.
        topic : str, optional
            A topic of ``claims.csv``; only its claims and values.

        Raises
        ------
        ValueError
            When no printed value has the topic.
        """
        name = self._set(set_id).id
        if topic is not None:
            self.claims(topic)
        return build_ledger(self, name, lambda claim: self.judged(claim.id, name), topic=topic)

    def on_proportion(self, topic: str) -> ClaimJudgement:
        """Return the judgement of the claim on the proportion of a topic.

        Raises
        ------
        ValueError
            When no claim on a proportion has the topic.
        """
        for claim in self.review.claims:
            if claim.topic == topic and claim.kind == "proportion":
                return self.judged(claim.id)
        raise ValueError(f"no claim on a proportion has the topic {topic!r}")

    def spoken(self, outcome: Outcome) -> str:
        """Return an outcome as a sentence says it: in the words of the claim on it, or its label.

        The article may print nothing on an outcome.
        """
        if outcome.topic:
            return self.on_proportion(outcome.topic).claim.text
        return words.within_sentence(outcome.label)

    def verdict(self, topic: str) -> str:
        """Return the verdict of :meth:`on_proportion`; without a printed value nothing to check."""
        if not topic:
            return NOT_CHECKABLE
        return self.on_proportion(topic).verdict

    @unmarked
    def distance(self, claim: str) -> Distance:
        """Return the smallest changes that move a claimed proportion; see the module of that name.

        Raises
        ------
        ValueError
            When the claim is on no proportion, or nothing is pooled.
        """

        def measure() -> Distance:
            judged = self.judged(claim).proportion
            if judged is None:
                raise ValueError(f"no proportion is pooled for the claim {claim!r}")
            return distance_of(self, judged)

        return self._distances.get(claim, measure)

    @told
    def verdict_tally(self, set_id: str | None = None) -> words.Phrase:
        """Return how many pooled proportions have which verdict: ``1 is compatible, ...``."""
        parts = []
        for verdict in words.VERDICTS:
            number = self.number_with(verdict, set_id)
            told = words.plain_number(number)
            if number and verdict == CANNOT_DECIDE:
                parts.append(f"{told} cannot be decided")
            elif number:
                parts.append(f"{told} {'is' if number == 1 else 'are'} {verdict}")
        return words.join(parts)

    def number_with(self, verdict: str, set_id: str | None = None) -> int:
        """Return how many pooled proportions have a verdict."""
        name = self._set(set_id).id
        found = [
            self.judged(claim.id, name)
            for claim in self.review.claims
            if claim.kind == "proportion"
        ]
        number = sum(one.verdict == verdict for one in found)
        rests = [one.proportion.origin for one in found if one.proportion]
        made = combined(
            [origin for origin in rests if origin],
            f"book.number_with({verdict!r}, {name!r})",
            f"pooled proportions with the verdict “{verdict}”",
            "claims",
        )
        told: int = traced(number, made)
        return told


_OPEN: dict[tuple[Path, str], Book] = {}


def open_book(root: Path | str | None = None) -> Book:
    """Open the review at `root`, or the one the working directory is in.

    Parameters
    ----------
    root : path, optional
        A folder in the review. By default ``$REVIEWBOOK_ROOT``, else the working directory; the
        nearest folder upwards that holds ``data/review.toml`` counts.

    Returns
    -------
    Book
        Loaded and validated; the same object for the same files as long as the process lives.

    Raises
    ------
    ProjectError
        When there are no settings, or wrong ones.
    EvidenceError
        When the evidence is not what its data package says; lists every problem.
    """
    folder = find_root(root)
    with reads.uncounted(), asked.quietly():  # what is checked is not asked for
        key = folder, digest(folder / "data")
        if key not in _OPEN:
            review = load_review(folder)
            _OPEN[key] = Book(review, load_evidence(review))
    reads.tell("data/review.toml")
    return _OPEN[key]
