"""When the literature was looked at, and what each look and each later cohort changed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.book import Book
from reviewbook.evidence.rows import records_of
from reviewbook.evidence.table import listed
from reviewbook.pooling.analysis import proportion
from reviewbook.robustness.sensitivity import leave_one_out

LOG = "updates"


def looks(book: Book) -> pd.DataFrame:
    """Return the log by look: ``date added removed tables reports why``, newest last.

    Empty where the review keeps no log.
    """
    table = book.evidence.other.get(LOG)
    rows = []
    for date, frame in table.groupby("date", sort=True) if table is not None else ():
        added = [
            f"{words.number(int(row['rows_added']), 0)} of {row['table']}"
            for row in frame.to_dict("records")
            if row["rows_added"]
        ]
        reports = [one for cell in frame["report_ids"] for one in cell.split(";") if one]
        rows.append(
            {
                "date": date,
                "added": int(frame["rows_added"].sum()),
                "removed": int(frame["rows_removed"].sum()),
                "tables": str(words.join(added)),
                "reports": reports,
                "why": " ".join(dict.fromkeys(frame["why"])),
            }
        )
    return pd.DataFrame(rows, columns=["date", "added", "removed", "tables", "reports", "why"])


def new_reports(book: Book, set_id: str) -> pd.DataFrame:
    """Return the reports of the last look, with the pools they enter or why they enter none.

    A report of several cohorts names them all.

    Columns ``report_id report_name citation_key label outcomes why``.
    """
    log, data = looks(book), records_of(book.evidence)
    names = log["reports"].iloc[-1] if len(log) > 1 else []
    return pd.DataFrame(
        [_new_report(book, set_id, data.reports[name]) for name in names],
        columns=["report_id", "report_name", "citation_key", "label", "outcomes", "why"],
    )


def _new_report(book: Book, set_id: str, report: dict[str, Any]) -> dict[str, Any]:
    entered, why, described = [], "", listed(report["cohort_id"])
    for outcome in book.review.outcomes:
        selection = book.select(outcome, set_id)
        if (selection.included["report_id"] == report["report_id"]).any():
            entered.append(outcome.label)
    if not entered:
        gone = book.ineligible(set_id).set_index("cohort_id")["reason"]
        reasons = [gone.get(one, "no count of it is the one that is pooled") for one in described]
        why = "; ".join(dict.fromkeys(map(str, reasons)))
    cohorts = records_of(book.evidence).cohorts
    return {
        "report_id": report["report_id"],
        "report_name": report["report_name"],
        "citation_key": report["citation_key"],
        "label": "; ".join(cohorts[one]["label"] for one in described),
        "outcomes": "; ".join(entered),
        "why": why,
    }


def additions(book: Book, narrow: str, wide: str) -> pd.DataFrame:
    """Return what each cohort changes that only the wider set pools, one left out at a time.

    Columns ``outcome label report_name citation_key publication_date events total without estimate
    change`` and the ``width`` and ``width_without`` of the interval; by the primary recipe,
    fractions. By outcome, then in the order of publication.
    """
    rows = []
    for outcome in book.review.outcomes:
        there = set(book.select(outcome, narrow).included["cohort_id"])
        analysis = book.analyse(outcome, wide)
        if analysis.selection.k < 2:
            continue
        data, own = records_of(book.evidence), proportion(analysis.primary)
        left_out = leave_one_out(analysis).to_dict("records")
        cohorts = analysis.selection.included.to_dict("records")
        for row, other in zip(cohorts, left_out, strict=False):  # the last one has all of them
            if row["cohort_id"] in there:
                continue
            report = data.reports[row["report_id"]]
            rows.append(
                {
                    "outcome": outcome.label,
                    "cohort_id": row["cohort_id"],
                    "label": row["label"],
                    "report_name": report["report_name"],
                    "citation_key": report["citation_key"],
                    "publication_date": row["publication_date"],
                    "events": row["events"],
                    "total": row["total"],
                    "without": other["estimate"],
                    "estimate": own.estimate,
                    "change": -other["change"],
                    "width_without": other["high"] - other["low"],
                    "width": own.high - own.low,
                }
            )
    return pd.DataFrame(rows)


def still_holds(book: Book, set_id: str) -> pd.DataFrame:
    """Return whether what the article prints still holds against a set, outcome by outcome.

    Columns ``outcome`` and, as fractions, ``printed printed_low printed_high estimate low high``
    (primary recipe), ``inside`` (our estimate lies in the printed interval) and ``verdict``.
    """
    rows = []
    for claim in book.review.claims:
        if claim.kind != "proportion":
            continue
        outcome, printed = book.review.outcome(claim.topic), book.claims(claim.topic)
        ours = proportion(book.analyse(outcome, set_id).primary)
        inside = None
        if printed.low is not None and printed.high is not None:
            inside = printed.low <= ours.estimate <= printed.high
        rows.append(
            {
                "outcome": outcome.label,
                "printed": printed.estimate,
                "printed_low": printed.low,
                "printed_high": printed.high,
                **ours.to_dict(),
                "inside": inside,
                "verdict": book.judged(claim.id, set_id).verdict,
            }
        )
    return pd.DataFrame(rows)
