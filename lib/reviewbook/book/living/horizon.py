"""The evidence horizon: registered trials without a public result, and what they could change.

A registration is no promise of a report: trials end early, change their size, or never report. What
is here is what would come if every registered trial of stated size reported as the cohorts read
lead one to expect; so it is the most that the registrations known to us could do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metaprop import pool_count_sets
from reviewbook.book import Book
from reviewbook.book.living.next_trial import SEED, Expectation, expectation, futures
from reviewbook.ledger.verdicts import CANNOT_DECIDE, holds
from reviewbook.pooling.unread import Unread, unread_cohorts

FUTURES, COMPLETIONS = 200, 100
"""Futures in which a verdict is asked, and completions of the unread counts tried in each."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """An outcome in a set, if all registered trials of stated size reported.

    Attributes
    ----------
    outcome, topic : str
    verdict : str
        The verdict on the claim today, against this set.
    expected : Expectation
    decided : float
        At most this share of futures decides the claim: all completions of the unread counts that
        were tried lie on one side in them.
    """

    outcome: str
    topic: str
    verdict: str
    expected: Expectation
    decided: float

    @property
    def open_today(self) -> bool:
        """Whether the claim cannot be decided today."""
        return self.verdict == CANNOT_DECIDE


def registrations(book: Book) -> pd.DataFrame:
    """Return registered trials of the review's question not known to have a public result.

    Neither says the table that there is one, nor is a report linked. In the order of their start;
    those without one come last. Empty where the review has no such table.
    """
    table = book.evidence.other.get("registered_trials")
    if table is None:
        return pd.DataFrame()
    open_still = (table["results_public"] != "yes") & (table["linked_report_ids"] == "")
    frame = table[table["in_scope"] & open_still]
    order = frame.assign(_start=frame["start_date"].replace("", "9999"))
    return order.sort_values(["_start", "registration"], ignore_index=True).drop(columns="_start")


def sizes_of(frame: pd.DataFrame) -> list[int]:
    """Return the planned sizes of registrations that state one."""
    return [int(size) for size in frame["planned_n"].dropna()]


def horizons(book: Book, set_id: str) -> tuple[Horizon, ...]:
    """Return each outcome of the article in a set if the registered trials reported.

    Raises
    ------
    ValueError
        When no registration states a size.
    """
    sizes = sizes_of(registrations(book))
    outcomes = book.review.printed_outcomes
    return tuple(_horizon(book, outcome.id, set_id, sizes) for outcome in outcomes)


def _horizon(book: Book, outcome: str, set_id: str, sizes: list[int]) -> Horizon:
    analysis = book.analyse(outcome, set_id)
    topic = analysis.outcome.topic
    claim = next(c for c in book.review.claims if c.kind == "proportion" and c.topic == topic)
    return Horizon(
        outcome=outcome,
        topic=topic,
        verdict=book.judged(claim.id, set_id).verdict,
        expected=expectation(analysis, sizes, book.claims(topic)),
        decided=_decided(book, outcome, set_id, sizes),
    )


def _decided(book: Book, outcome: str, set_id: str, sizes: list[int]) -> float:
    """Return the share of futures in which every completion tried lies on one side."""
    analysis = book.analyse(outcome, set_id)
    unread = unread_cohorts(book, analysis.selection)
    if unread is None:
        return 0.0
    selection, printed = analysis.selection, book.claims(analysis.outcome.topic)
    drawn = futures(analysis, sizes)[:FUTURES]
    tried = _completions(unread)
    totals = np.concatenate([selection.totals, sizes, [one.size for one in unread]])
    decided = 0
    for future in drawn:
        known = np.concatenate([selection.events, future])
        counts = np.column_stack([np.broadcast_to(known, (len(tried), len(known))), tried])
        pools = pool_count_sets(counts, totals, analysis.comparison.recipe)
        side = holds(printed, pools)
        decided += bool(side.all() or not side.any())
    return decided / len(drawn)


def _completions(unread: tuple[Unread, ...]) -> np.ndarray:
    """Return some completions of the unread counts: least, most, and others at random."""
    low = np.array([one.at_least for one in unread], dtype=np.int64)
    high = np.array([one.size for one in unread], dtype=np.int64)
    if not unread:
        return np.empty((1, 0), dtype=np.int64)
    rng = np.random.default_rng(SEED)
    # Along the line from least to most, and about it: the sides differ by the sum above all.
    steps = np.linspace(0, 1, COMPLETIONS // 2)[:, None]
    line = np.rint(low + steps * (high - low)).astype(np.int64)
    drawn = rng.integers(low, high + 1, size=(COMPLETIONS - len(line), len(unread)))
    return np.vstack([line, drawn])
