"""A review with its evidence, its pools and the verdicts on what its article prints."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from . import words
from .evidence.evidence import Evidence, load_evidence
from .ledger.ledger import ledger as build_ledger
from .ledger.verdicts import Judgement
from .pooling.pools import Pools
from .review.project import find_root, load_review
from .review.settings import Review

__all__ = ["Book", "open_book"]

# A topic without a pooled proportion is summed up by the first of these that occurs in it.
_GRAVITY = ("not reproduced", "not checkable", "compatible", "reproduced")


class Book(Pools):
    """A review with its evidence, and the verdicts on what its article prints."""

    def __init__(self, review: Review, evidence: Evidence) -> None:
        super().__init__(review, evidence)
        self._ledgers: dict[tuple[str, str | None], pd.DataFrame] = {}

    def ledger(self, set_id: str | None = None, *, topic: str | None = None) -> pd.DataFrame:
        """Return printed values beside ours, with verdict and reason.

        Parameters
        ----------
        set_id : str, optional
            The analysis set ours comes from; the primary set when omitted. A set that is a study
            table judges the numbers only.
        topic : str, optional
            A topic of ``claims.csv``; only its values are judged.

        Raises
        ------
        ValueError
            When no printed value has the topic.
        """
        name = self._set(set_id).id
        if topic is not None:
            self.claims(topic)
        key = name, topic
        if key not in self._ledgers:
            self._ledgers[key] = build_ledger(self, name, topic=topic)
        return self._ledgers[key].copy()

    def verdict_on(self, topic: str) -> Judgement:
        """Return the judgement on a topic: that on its pooled proportion, where it has one.

        A topic without one is not reproduced when any of its values is not, else not checkable
        when any is not, else compatible, else reproduced; the reason is that of the first such
        value.
        """
        rows = self.ledger(topic=topic)
        pooled = rows[rows["quantity"] == "pooled_proportion"]
        rows = rows if pooled.empty else pooled
        verdict = next(verdict for verdict in _GRAVITY if verdict in set(rows["verdict"]))
        first = rows[rows["verdict"] == verdict].iloc[0]
        return Judgement(verdict, str(first["reason"]), str(first["ours"]))

    def verdict(self, topic: str) -> str:
        """Return the verdict of :meth:`verdict_on`."""
        return self.verdict_on(topic).verdict

    def verdict_tally(self, set_id: str | None = None) -> words.Phrase:
        """Return how many printed values have which verdict: ``3 are reproduced, ...``."""
        found = self.ledger(set_id)["verdict"].value_counts()
        return words.join(
            f"{found[verdict]} {'is' if found[verdict] == 1 else 'are'} {verdict}"
            for verdict in words.VERDICTS
            if verdict in found
        )


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
    key = folder, _digest(folder / "data")
    if key not in _OPEN:
        review = load_review(folder)
        _OPEN[key] = Book(review, load_evidence(review))
    return _OPEN[key]


def _digest(folder: Path) -> str:
    """Return a hash of the files of a folder, so that changed evidence is loaded anew."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            digest.update(path.name.encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
