"""Tables of the living update: looks, additions, printed intervals, trials to come."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from reviewbook import words
from reviewbook.book import Book
from reviewbook.book.living.horizon import Horizon, registrations
from reviewbook.book.living.next_trial import DRAWS, SIZES, next_trials
from reviewbook.book.living.updates import additions, looks, new_reports, still_holds
from reviewbook.evidence.rows import records_of

from . import columns
from .columns import Row, plain
from .table import BookTable, Column, Markup, link, missing, role

_DRAWN = (
    f"From {words.number(DRAWS, 0)} futures drawn from the model of the cohorts read, each "
    "pooled by the comparison recipe, by which printed values are judged."
)


def looks_table(book: Book, *, name: str) -> BookTable:
    """Return when the literature was looked at, and what each look added."""
    log = looks(book)
    frame = log.assign(
        new=[len(ids) for ids in log["reports"]], reports=log["reports"].str.join("; ")
    )
    shown = [
        Column("date", "Look ended"),
        Column("tables", "Rows added", format=plain),
        columns.integer("removed", "Rows removed"),
        columns.integer("new", "New reports"),
    ]
    notes = (
        "A count that changed is one row removed and one added. `data/updates.csv` says why; "
        "reports of the first look are not counted as new."
    )
    return BookTable(frame, name, "What each look at the literature added.", shown, notes)


def new_reports_table(book: Book, set_id: str, *, name: str) -> BookTable:
    """Return the reports of the last look, and the pools of a set that they enter."""
    shown = [
        columns.REPORT,
        columns.COHORT,
        Column("outcomes", "Enters", format=str),
        Column("why", "Why it enters none", format=words.capital),
    ]
    caption = f"Reports new in the last look, and the pools they enter: {_label(book, set_id)}."
    return BookTable(new_reports(book, set_id), name, caption, shown)


def _label(book: Book, set_id: str) -> str:
    return str(words.within_sentence(book.review.set(set_id).label))


def additions_table(book: Book, narrow: str, wide: str, *, name: str) -> BookTable:
    """Return what each cohort changes that only the wider set pools."""
    shown = [
        columns.COHORT_REPORT,
        columns.COUNTS,
        Column("without", "Without it %", "right", _tenths),
        Column("estimate", "With it %", "right", _tenths),
        Column("change", "Points", "right", columns.points),
    ]
    caption = (
        f"What each cohort changes that is in the set “{_label(book, wide)}” and not in "
        f"“{_label(book, narrow)}”, left out alone."
    )
    notes = "Pooled shares by the recipe this book stands behind, and the change in points."
    frame = additions(book, narrow, wide)
    return BookTable(frame, name, caption, shown, notes, sortable=True, group=columns.OUTCOME)


def _tenths(value: float) -> str:
    return words.number(100 * value, 1)


def holds_table(book: Book, set_id: str, *, name: str) -> BookTable:
    """Return whether what the article prints still holds against a set."""
    frame = still_holds(book, set_id)

    def printed(row: Row) -> str:
        values = [row[key] for key in ("printed", "printed_low", "printed_high")]
        if any(missing(value) for value in values):
            return "not printed"
        estimate, low, high = (words.number(100 * value, 0) for value in values)
        return f"{estimate} ({low} to {high})"

    shown = [
        columns.OUTCOME,
        Column("printed", "Printed %", "right", cell=printed),
        columns.interval("Ours %"),
        Column("inside", "Ours inside", format=columns.yes_or_no),
        Column("verdict", "By the rule", format=lambda verdict: role("verdict", str(verdict))),
    ]
    caption = f"The printed intervals against the set “{_label(book, set_id)}”."
    notes = (
        "Inside: the estimate this book stands behind lies in the printed interval. By the rule: "
        "as in the ledger, with the comparison recipe and every completion of the unread counts, "
        "but against this set; the verdicts of the book stand on the primary set."
    )
    return BookTable(frame, name, caption, shown, notes)


def next_trial_table(
    book: Book, set_id: str, *, name: str, sizes: Sequence[int] = SIZES
) -> BookTable:
    """Return what a next trial is expected to show and to change, by its size."""
    rows = []
    for outcome in book.review.printed_outcomes:
        analysis, printed = book.analyse(outcome, set_id), book.claims(outcome.topic)
        for found in next_trials(analysis, sizes, printed):
            rows.append(
                {
                    "outcome": outcome.label,
                    "patients": found.patients,
                    **{f"shown_{key}": value for key, value in found.shown.to_dict().items()},
                    "width_now": found.width_now,
                    "width": found.width,
                    **{f"pooled_{key}": value for key, value in found.estimate.to_dict().items()},
                    "inside": found.inside,
                    "holds": found.holds,
                }
            )
    shown = [
        columns.OUTCOME,
        columns.integer("patients", "Patients"),
        columns.interval("It would show %", "shown_"),
        Column("width", "Width, points", "right", cell=_widths),
        columns.interval("Pooled then %", "pooled_"),
        Column("inside", "Still inside %", "right", _whole_percent),
    ]
    caption = "What a next trial is expected to show and to do to the pool, by its size."
    notes = (
        f"{_DRAWN} It would show: median, and the range of 95% of futures, of the share with the "
        "event. Width: of the 95% interval of the pool, now and then on average. Still inside: "
        "futures in which the pooled estimate lies in the printed interval. No boundary is set at "
        "which to stop: the Cochrane Handbook (chapter 22) advises against formal sequential "
        "methods in updates."
    )
    return BookTable(pd.DataFrame(rows), name, caption, shown, notes)


def _widths(row: Row) -> str:
    return f"{_tenths(row['width_now'])} → {_tenths(row['width'])}"


def _whole_percent(value: float) -> str:
    """Return a share of futures; one that is not all of them never reads as 100."""
    return "> 99" if 0.995 <= value < 1 else words.number(100 * value, 0)


def registrations_table(book: Book, *, name: str) -> BookTable:
    """Return the registrations without a known public result, by start."""

    def number(row: Row) -> str:
        url = "" if missing(row["source_url"]) else str(row["source_url"])
        return link(str(row["registration"]), url)

    def read(row: Row) -> Markup:
        return columns.with_reports_named(str(row["notes"]), reports)

    reports = records_of(book.evidence).reports
    shown = [
        Column("registration", "Registration", cell=number),
        Column("title", "Trial"),
        Column("start_date", "Start"),
        columns.integer("planned_n", "Planned"),
        Column("status_as_read", "Status as read", format=plain),
        Column("notes", "What was read", cell=read),
    ]
    caption = "Registered trials without a public result known to us, by start."
    notes = (
        "Empty: not given in any text read. Statuses are as read in November 2026 and may be years "
        "old; the list is not complete."
    )
    frame = registrations(book)
    return BookTable(frame, name, caption, shown, notes, sortable=True, folded=True)


def horizon_table(book: Book, found: Sequence[Horizon], *, name: str) -> BookTable:
    """Return what the registered trials could change, by outcome."""
    rows = [
        {
            "outcome": book.review.outcome(one.outcome).label,
            "patients": one.expected.patients,
            "trials": len(one.expected.sizes),
            "width_now": one.expected.width_now,
            "width": one.expected.width,
            **{f"pooled_{key}": value for key, value in one.expected.estimate.to_dict().items()},
            "inside": one.expected.inside,
            "verdict": one.verdict,
            "decided": one.decided,
        }
        for one in found
    ]
    shown = [
        columns.OUTCOME,
        Column("width", "Width, points", "right", cell=_widths),
        columns.interval("Pooled then %", "pooled_"),
        Column("inside", "Still inside %", "right", _whole_percent),
        Column("verdict", "Claim today", format=lambda verdict: role("verdict", str(verdict))),
        Column("decided", "Decided then, at most %", "right", _whole_percent),
    ]
    patients = words.count(rows[0]["patients"] if rows else 0, "patient")
    trials = words.count(rows[0]["trials"] if rows else 0, "trial")
    caption = f"If all {trials} of stated size ({patients}) reported as expected."
    notes = (
        f"{_DRAWN} Decided: futures in which all completions of the unread counts that were "
        "tried lie on one side; with more completions tried there may be fewer. Claim today: "
        "against the wider set."
    )
    return BookTable(pd.DataFrame(rows), name, caption, shown, notes)
