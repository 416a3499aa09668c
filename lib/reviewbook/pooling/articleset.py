"""The article's own study table as an analysis set."""

from __future__ import annotations

import re

import pandas as pd

from reviewbook.evidence.evidence import Evidence
from reviewbook.evidence.rows import COHORT_COLUMNS, COUNT_COLUMNS, WHOLE_NUMBERS, frame_of, records
from reviewbook.review.settings import Outcome

from .eligibility import UNREADABLE
from .selection import EXCLUDED_COLUMNS, Selection, flow_row


def article_selection(evidence: Evidence, outcome: Outcome | None, *, set_id: str) -> Selection:
    """Return the rows of the article's study table that give the outcome, as a selection.

    Raises
    ------
    ValueError
        When the table is absent.
    """
    table = evidence.article_table
    if table is None:
        raise ValueError(f"the set {set_id} needs the article's study table, which is absent")
    included, excluded = [], []
    for row in records(table):
        identifier = re.sub(r"[^a-z0-9]+", "_", row["study"].lower()).strip("_") or "study"
        shared = {
            "cohort_id": identifier,
            "label": row["study"],
            "n_infused": row.get("patients"),
            "n_autologous": row.get("autologous"),
            "n_donor": row.get("donor"),
        }
        events = total = None
        if outcome is not None:
            events = row.get(f"{outcome.id}_events")
            total = row.get(f"{outcome.id}_total")
        if outcome is not None and total is None:
            why = {"stage": UNREADABLE, "reason": "no count in the article's study table"}
            excluded.append({**shared, **why})
            continue
        blank = {name: "" for name in (*COHORT_COLUMNS, *COUNT_COLUMNS)}
        blank |= {"population": "as in the article", "status": "secondary"}
        missing = dict.fromkeys(WHOLE_NUMBERS)
        flags = {"preferred": True, "peer_reviewed": True}
        counts = {"events": events, "total": total, "locator": "study table of the article"}
        included.append({**blank, **missing, **flags, **shared, **counts})
    left = [row["n_infused"] for row in included]
    gone = [row["n_infused"] for row in excluded]

    what = outcome.label if outcome else "any outcome"
    return Selection(
        set_id=set_id,
        rules=None,
        outcome=outcome,
        included=frame_of(included, (*COHORT_COLUMNS, *COUNT_COLUMNS)),
        excluded=frame_of(excluded, EXCLUDED_COLUMNS),
        flow=pd.DataFrame(
            [
                flow_row("identified", "Studies in the table", left + gone, []),
                flow_row(UNREADABLE, f"With a count: {what}", left, gone),
            ]
        ),
    )
