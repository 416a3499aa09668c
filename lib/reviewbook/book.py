"""The one object a chapter needs: settings, evidence, analyses, printed values and ledger."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from . import words
from .analysis import Analysis, SubgroupAnalysis, analyse
from .articleset import article_selection
from .claims import Claims, claims_of
from .evidence import Evidence, load_evidence
from .ledger import ledger as build_ledger
from .project import find_root, load_review
from .records import COHORT_COLUMNS, day_of, frame_of, records_of, report_name
from .review import AnalysisSet, Outcome, Review
from .rules import Rules
from .selection import Selection, select

__all__ = ["Analysis", "Book", "SubgroupAnalysis", "open_book"]

# A topic without a pooled proportion is summed up by the first of these that occurs in it.
_GRAVITY = ("not reproduced", "not checkable", "compatible", "reproduced")


class Book:
    """A review with its evidence.

    Attributes
    ----------
    review : Review
        Settings of ``data/review.toml``.
    evidence : Evidence
        Validated tables.
    """

    def __init__(self, review: Review, evidence: Evidence) -> None:
        self.review = review
        self.evidence = evidence
        self._selections: dict[Any, Selection] = {}
        self._analyses: dict[Any, Analysis] = {}
        self._ledgers: dict[str, pd.DataFrame] = {}

    def rules(self, set_id: str | None = None, **changes: Any) -> Rules:
        """Return the rules of a set, with changes such as ``overlap="earliest"``."""
        analysis_set = self._set(set_id)
        if analysis_set.rules is None:
            raise ValueError(f"the set {analysis_set.id} is a table and has no rules to change")
        return analysis_set.rules.but(**changes)

    def select(
        self, outcome: str | Outcome | None, set_id: str | None = None, **changes: Any
    ) -> Selection:
        """Return the cohorts of an outcome in an analysis set.

        Parameters
        ----------
        outcome : str or Outcome or None
            Its identifier; None selects cohorts from which any outcome of the review can be read.
        set_id : str, optional
            The analysis set; the primary set when omitted.
        **changes
            Rules to override, such as ``min_patients=1``; see :class:`~reviewbook.rules.Rules`.
        """
        chosen = self.review.outcome(outcome) if isinstance(outcome, str) else outcome
        analysis_set = self._set(set_id)
        if analysis_set.rules is None:
            if changes:
                raise ValueError(f"the set {analysis_set.id} is a table and has no rules to change")
            key: Any = (chosen and chosen.id, analysis_set.id)
            if key not in self._selections:
                self._selections[key] = article_selection(
                    self.evidence, chosen, set_id=analysis_set.id
                )
            return self._selections[key]
        rules = analysis_set.rules.but(**changes)
        name = analysis_set.id if rules == analysis_set.rules else "custom"
        key = (chosen and chosen.id, name, rules)
        if key not in self._selections:
            self._selections[key] = select(self.evidence, self.review, chosen, rules, set_id=name)
        return self._selections[key]

    def analyse(
        self, outcome: str | Outcome, set_id: str | None = None, **changes: Any
    ) -> Analysis:
        """Return the pools of an outcome in an analysis set; arguments as in :meth:`select`.

        Raises
        ------
        ValueError
            When no cohort gives the outcome.
        """
        selection = self.select(outcome, set_id, **changes)
        if id(selection) not in self._analyses:  # selections live as long as the book
            self._analyses[id(selection)] = analyse(selection, self.review)
        return self._analyses[id(selection)]

    def eligible(self, set_id: str | None = None) -> pd.DataFrame:
        """Return the cohorts of a set from which any outcome of the review can be read.

        Columns as in :data:`reviewbook.selection.COHORT_COLUMNS`, one row a cohort, in the order
        of selections. The report is that of the first outcome that can be read.
        """
        return self.select(None, set_id).included[list(COHORT_COLUMNS)].copy()

    def others(self, set_id: str | None = None) -> pd.DataFrame:
        """Return all other cohorts, with the ``stage`` and ``reason`` of leaving.

        Columns as in :meth:`eligible`; the report is the one published first.
        """
        excluded = self.select(None, set_id).excluded.set_index("cohort_id")
        data = records_of(self.evidence)
        rows = []
        for cohort_id in excluded.index:
            cohort = data.cohorts[cohort_id]
            reports = sorted(
                data.reports_of[cohort_id],
                key=lambda r: (day_of(r["publication_date"]), r["report_id"]),
            )
            rows.append(
                {
                    **{name: reports[0][name] for name in COHORT_COLUMNS if name in reports[0]},
                    **{name: cohort[name] for name in COHORT_COLUMNS if name in cohort},
                    "report_name": report_name(reports[0]),
                    "citation_key": self.evidence.citation_key(reports[0]["report_id"]),
                    "cohort_notes": cohort["notes"],
                }
            )
        frame = frame_of(rows, COHORT_COLUMNS)
        return frame.assign(stage=excluded["stage"].to_list(), reason=excluded["reason"].to_list())

    def claims(self, topic: str) -> Claims:
        """Return the printed values of a topic of ``claims.csv``."""
        return claims_of(self.evidence.claims, topic)

    def ledger(self, set_id: str | None = None) -> pd.DataFrame:
        """Return every printed value beside ours, with verdict and reason.

        Parameters
        ----------
        set_id : str, optional
            The analysis set ours comes from; the primary set when omitted. A set that is a study
            table judges the numbers only.
        """
        name = self._set(set_id).id
        if name not in self._ledgers:
            self._ledgers[name] = build_ledger(self, name)
        return self._ledgers[name].copy()

    def verdict(self, topic: str) -> str:
        """Return the verdict on a topic: that on its pooled proportion, where it has one.

        A topic without one is not reproduced when any of its values is not, else not checkable
        when any is not, else compatible, else reproduced.
        """
        table = self.ledger()
        rows = table[table["topic"] == topic]
        if rows.empty:
            raise ValueError(
                f"no printed value has the topic {topic!r}; "
                f"topics are {', '.join(dict.fromkeys(table['topic']))}"
            )
        pooled = rows[rows["quantity"] == "pooled_proportion"]
        verdicts = list((rows if pooled.empty else pooled)["verdict"])
        return next(verdict for verdict in _GRAVITY if verdict in verdicts)

    def verdict_tally(self, set_id: str | None = None) -> words.Phrase:
        """Return how many printed values have which verdict: ``3 are reproduced, ...``."""
        found = self.ledger(set_id)["verdict"].value_counts()
        return words.join(
            f"{found[verdict]} {'is' if found[verdict] == 1 else 'are'} {verdict}"
            for verdict in words.VERDICTS
            if verdict in found
        )

    def _set(self, set_id: str | None) -> AnalysisSet:
        return self.review.set(set_id or self.review.primary_set)


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
