"""The sentences on outcomes that the article does not pool, each of one selection of cohorts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reviewbook import words
from reviewbook.evidence.rows import labels_of
from reviewbook.pooling.further import FurtherPool, Part, further_pool
from reviewbook.robustness.sensitivity import leave_one_out
from reviewbook.survival.durability import enrolled_rows
from reviewbook.words import Phrase
from reviewbook.words.frames import made_number, number_of, part_of, rows_of
from reviewbook.words.marked import told

from . import Sentences

if TYPE_CHECKING:
    import pandas as pd

    from reviewbook.book import Book

LATE = "after_day_30"
"""The time point of counts that begin after the first month."""


@told
def further_sentences(book: Book, name: str, part: str = "") -> Sentences:
    """Return the phrases of a further outcome, or of one part of it.

    `of_hundred` is the population-averaged proportion where there is a pool; `counts` are events of
    patients, `patients` and `crude` the same with what they are; `spread` names the lowest and the
    highest cohort; `phases` says what is known to have come before and after a transplant;
    `followed` how many cohorts have a median follow-up; `moves` is how far leaving out one cohort
    moves the pool.
    """
    found = further_pool(book, name)
    own = found.part(part)
    counts = words.of(own.events, own.selection.n)
    cohorts = words.count(own.selection.k, "cohort")
    pooled = own.analysis is not None
    return Sentences(
        of_hundred=words.per_hundred(own.average) if pooled else Phrase("not pooled"),
        counts=counts,
        patients=Phrase(f"{counts} patients"),
        crude=Phrase(f"{counts} patients in {cohorts}"),
        cohorts=cohorts,
        spread=_spread(own),
        phases=_phases(found),
        followed=_followed(book, own),
        moves=_moves(own) if pooled else Phrase("not pooled"),
        left_out=words.join(
            f"{words.of(row['events'], row['total'])} in {words.spoken(row['label'])}"
            for row in rows_of(found.left_out)
        ),
    )


@told
def after_day_30(book: Book, counted: str) -> Phrase:
    """Return the counts of an outcome of ``outcomes.csv`` after day 30, with their cohorts."""
    rows = book.evidence.outcomes
    rows = rows[(rows["outcome"] == counted) & (rows["timepoint"] == LATE)]
    labels = labels_of(book.evidence)
    return words.join(
        f"{words.of(row['events'], row['total'])} ({labels[row['cohort_id']]})"
        for row in rows_of(rows)
    )


@told
def survival_at(rows: pd.DataFrame, endpoint: str, months: int) -> Phrase:
    """Return printed survival of everyone infused at a time, each value with its cohort.

    `rows` is what :func:`reviewbook.survival.durability.everyone_rows` returns.
    """
    chosen = rows[(rows["endpoint"] == endpoint) & (rows["time_months"] == months)]
    return words.join(
        f"{words.interval(_Printed(row['estimate'], row['low'], row['high']))} in "
        f"{words.spoken(row['label'])}" + (f", {row['detail']}" if row["detail"] else "")
        for row in rows_of(chosen)
    )


@told
def telling_cohorts(rows: pd.DataFrame) -> Phrase:
    """Return how many cohorts print survival of everyone infused; `rows` as above."""
    number = made_number(
        rows,
        rows["cohort_id"].nunique(),
        "{}['cohort_id'].nunique()",
        "cohorts that print survival of everyone infused",
        "cohorts",
    )
    return words.count(number, "cohort")


@told
def printed_medians(book: Book, rows: pd.DataFrame, endpoints: tuple[str, ...]) -> Phrase:
    """Return the printed medians of some endpoints, each endpoint with its cohorts."""
    medians = rows[rows["time_months"].isna() & rows["endpoint"].isin(endpoints)]
    return words.join(
        f"a median {words.within_sentence(book.review.endpoint(str(endpoint)).label)} of "
        + words.join(
            f"{words.plain_number(row['estimate'])} months in {words.spoken(row['label'])}"
            for row in rows_of(group)
        )
        for endpoint, group in medians.groupby("endpoint", sort=False)
    )


@told
def sites_sentences(pairs: pd.DataFrame) -> Sentences:
    """Return the phrases on remission of the marrow and outside it.

    `pairs` is what :func:`reviewbook.survival.durability.marrow_and_beyond` returns.
    """
    reports = number_of(pairs, "reports that print both", "reports")
    less = number_of(
        pairs,
        "reports with less remission outside the marrow",
        "reports",
        query="beyond_share < marrow_share",
    )
    return Sentences(
        reports=words.count(reports, "report"),
        less=Phrase("all" if less == reports else f"{words.plain_number(less)} of the"),
    )


@told
def enrolled_sentences(book: Book) -> Sentences:
    """Return the phrases on patients enrolled and infused."""
    frame = enrolled_rows(book)
    rows = rows_of(frame)
    most = max(rows, key=lambda row: int(row["enrolled"] - row["infused"]))
    known = [row for row in rows if row["remissions"] is not None]
    worst = max(known, key=lambda row: float(row["of_infused"] - row["of_enrolled"]))
    number = number_of(frame, "cohorts with a known number of enrolled patients", "cohorts")
    complete = number_of(
        frame, "cohorts in which all enrolled were infused", "cohorts", query="enrolled == infused"
    )
    return Sentences(
        cohorts=words.count(number, "cohort"),
        all_infused=words.count(complete, "cohort"),
        fewest=Phrase(
            f"{words.of(most['infused'], most['enrolled'])} in {words.spoken(most['label'])}"
        ),
        worst=Phrase(
            f"from {words.percent(worst['of_infused'])} of those infused to "
            f"{words.percent(worst['of_enrolled'])} of those enrolled ({worst['label']})"
        ),
    )


class _Printed(NamedTuple):
    """Survival as printed, in fractions."""

    estimate: float
    low: float | None
    high: float | None


def _spread(part: Part) -> Phrase:
    selection = part.selection
    share = selection.events / selection.totals
    ends = [int(share.argmin()), int(share.argmax())]
    low, high = (
        f"{words.of(count.events, count.total)} ({selection.labels[i]})"
        for i in ends
        for count in [selection.counts[i]]
    )
    return Phrase(f"from {low} to {high}")


def _phases(found: FurtherPool) -> Phrase:
    """Say how many of the events came before and after a transplant, as far as texts tell."""
    told = found.events_by_phase
    before = f"{_known(told.get('after_cells', 0))} known to have come before any transplant"
    after = f" and {_known(told.get('after_transplant', 0))} known to have followed one"
    left_out = ""
    if found.outcome.phases:  # those after a transplant do not enter
        after, left_out = "", " What is known to have followed a transplant is not counted."
    events = words.count(sum(told.values()), "event")
    untold = words.plain_number(told.get("", 0))
    return Phrase(
        f"Of the {events}, {before}{after}; for {untold} the texts do not tell.{left_out}"
    )


def _known(number: int) -> str:
    told = words.plain_number(number)
    return {0: "none is", 1: f"{told} is"}.get(number, f"{told} are")


def _followed(book: Book, part: Part) -> Phrase:
    """Say for how many of the cohorts a median follow-up is printed."""
    own = [str(cohort) for cohort in part.selection.included["cohort_id"]]
    facts = part_of(
        book.evidence.other["characteristics"],
        f"item == 'follow_up_median' and cohort_id in {own!r}",
    )
    number = made_number(
        facts,
        facts["cohort_id"].nunique(),
        "{}['cohort_id'].nunique()",
        "cohorts with a printed follow-up",
        "cohorts",
    )
    cohorts = words.count(part.selection.k, "cohort")
    return Phrase(f"{words.plain_number(number)} of the {cohorts}")


def _moves(part: Part) -> Phrase:
    """Return between which values the pool moves when each cohort in turn is left out."""
    assert part.analysis is not None
    found = [pool for pool in rows_of(leave_one_out(part.analysis)) if pool["kind"] == "study"]
    estimates = [pool["estimate"] for pool in found]
    return Phrase(f"{words.percent(min(estimates))} to {words.percent(max(estimates))}")
