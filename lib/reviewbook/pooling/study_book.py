"""A review of one table of studies: its sets, and their pools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.evidence.evidence import digest
from reviewbook.evidence.rows import COUNT_COLUMNS, records
from reviewbook.evidence.studies import Studies, load_studies
from reviewbook.review.project import ProjectError, find_root, load_review
from reviewbook.review.study_review import StudyReview, StudySet
from reviewbook.words import asked
from reviewbook.words.asked import Remembered
from reviewbook.words.origin import LeftOut, Row, Source

from .analysis import Analysis, analyse, proportion
from .selection import EXCLUDED_COLUMNS, Selection

NO_COUNT, OUTSIDE = "no count", "outside the set"


class StudyBook:
    """A review of one table of studies.

    Attributes
    ----------
    review : StudyReview
        Settings of ``data/review.toml``.
    studies : Studies
        The validated table.
    """

    def __init__(self, review: StudyReview, studies: Studies) -> None:
        self.review = review
        self.studies = studies
        self._analyses = Remembered()

    def select(self, outcome: str, set_id: str | None = None) -> Selection:
        """Return the studies of an outcome in a set, in the order of the table.

        Parameters
        ----------
        outcome : str
            Its id in the settings.
        set_id : str, optional
            The set; the primary one when omitted.
        """
        chosen = self.review.study_outcome(outcome)
        one = self.review.study_set(set_id or self.review.primary_set)
        frame = self.studies.frame
        included, excluded = [], []
        for row in records(frame[frame["outcome"] == outcome]):
            shared = {"cohort_id": row["study"], "label": row["study"], "n_infused": row["total"]}
            reason = _reason(row, one)
            if reason:
                stage = NO_COUNT if row["total"] is None else OUTSIDE
                excluded.append(shared | {"stage": stage, "reason": reason})
            else:
                blank = dict.fromkeys(COUNT_COLUMNS, "")
                included.append(blank | row | shared)
        columns = dict.fromkeys(("cohort_id", "label", *frame, *COUNT_COLUMNS))
        selection = Selection(
            set_id=one.id,
            rules=None,
            outcome=chosen,
            included=pd.DataFrame(included, columns=list(columns)),
            excluded=pd.DataFrame(excluded, columns=list(EXCLUDED_COLUMNS)),
            flow=pd.DataFrame(),
        )
        asked.note(_source(selection, outcome, self.review.table))
        return selection

    def analyse(self, outcome: str, set_id: str | None = None) -> Analysis:
        """Return the pools of an outcome in a set; arguments as in :meth:`select`.

        Raises
        ------
        ValueError
            When no study gives the outcome.
        """
        key = outcome, set_id or self.review.primary_set

        def pool() -> Analysis:
            selection = self.select(*key)
            if selection.k == 0:
                label = self.review.study_set(key[1]).label
                raise ValueError(f"no {self.review.words.study} of the set “{label}” gives a count")
            return analyse(selection, self.review)

        return self._analyses.get(key, pool)

    def digits(self, outcome: str) -> int:
        """Return the decimals of the percentages of an outcome, in whatever set.

        Those of the settings, else as many as its pool in the primary set can carry.
        """
        named = self.review.study_outcome(outcome).digits
        if named is not None:
            return named
        return words.digits_of(proportion(self.analyse(outcome).primary))

    def described(self) -> str:
        """Return what the table holds, set by set, as lines of plain text."""
        nouns = self.review.words
        lines = [f"data/ is sound: {nouns.count_studies(len(self.names))}."]
        for name in self.review.sets:
            lines.append(f"{name}:")
            for outcome in self.review.outcomes:
                selection = self.select(outcome.id, name)
                counts = words.counts(int(selection.events.sum()), selection.n)
                size = nouns.count_studies(selection.k)
                lines.append(f"    {outcome.id:20s} {size}, {counts}")
        lines += filter(None, (self._too_rare(outcome.id) for outcome in self.review.outcomes))
        return "\n".join(lines)

    def _too_rare(self, outcome: str) -> str:
        """Say that the decimals of the settings hide a rare event, or a common one."""
        estimate, digits = proportion(self.analyse(outcome).primary).estimate, self.digits(outcome)
        if 0 < estimate < 1 and words.in_percent(estimate, digits) in (0, 100):
            shown = words.percent(estimate, digits=digits)
            return (
                f"{outcome}: the pooled proportion is {estimate:.2g}, and with digits = {digits} "
                f"in review.toml the pages show {shown}."
            )
        return ""

    @property
    def names(self) -> list[str]:
        """Names of the studies, in the order of the table."""
        return [str(name) for name in dict.fromkeys(self.studies.frame["study"])]


def _source(selection: Selection, outcome: str, table: str) -> Source:
    """Return the rows of the table of studies that a selection took, and what it left out."""
    rows = tuple(
        Row(
            table,
            f"{row['study']}|{outcome}",
            tuple((name, str(row[name])) for name in ("label", "events", "total")),
        )
        for row in selection.included.to_dict("records")
    )
    left = tuple(LeftOut(row["label"], row["reason"]) for row in records(selection.excluded))
    return Source(outcome, selection.set_id, rows, left)


def _reason(row: dict[str, Any], one: StudySet) -> str:
    """Return why a study is not in a set; "" when it is."""
    if row["total"] is None:
        return "no count is given"
    if row["study"] in one.without:
        return "left out by name"
    if row["total"] < one.least_total:
        return f"{row['total']} assessed, fewer than {one.least_total}"
    for column, wanted in one.only.items():
        if row[column] not in wanted:
            return f"{column} is {row[column]}" if row[column] else f"{column} is not given"
    return ""


_OPEN: dict[tuple[Path, str], StudyBook] = {}


def open_studies(root: Path | str | None = None) -> StudyBook:
    """Open the review of one table of studies at `root`, or the one the working directory is in.

    Parameters
    ----------
    root : path, optional
        A folder in the review; see ``find_root``.

    Returns
    -------
    StudyBook
        Loaded and validated; the same object for the same files as long as the process lives.

    Raises
    ------
    ProjectError
        When there are no settings, wrong ones, or those of a review that is more than one table,
        and when an outcome cannot be pooled as the settings ask.
    EvidenceError
        When the table is not what it should be; lists every problem.
    """
    folder = find_root(root)
    key = folder, digest(folder / "data")
    if key not in _OPEN:
        review = load_review(folder)
        if not isinstance(review, StudyReview):
            raise ProjectError("review.toml: missing setting table, the file of the studies")
        book = StudyBook(review, load_studies(review))
        for outcome in review.outcomes:
            try:
                book.analyse(outcome.id)
            except ValueError as error:
                raise ProjectError(
                    f"{review.table}: the outcome {outcome.label} cannot be pooled by the recipes "
                    f"of [analysis] in review.toml: {error}"
                ) from None
        _OPEN[key] = book
    return _OPEN[key]
