"""The article's own study table beside our cohorts, row by row.

A study is the cohort that the table names in its column ``cohort_id``; without one, the cohort
whose report has the family name and the year of the study's name, if that is one cohort only.
Nothing is matched by counts: that would find what it looks for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from reviewbook.evidence.rows import Records, records, records_of
from reviewbook.review.settings import Outcome

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools

COLUMNS = (
    "study", "cohort_id", "label", "matched_by", "outcome", "article_events", "article_total",
    "ours_events", "ours_total", "finding",
)  # fmt: skip
NAMED, GUESSED = "named in the table", "author and year"
NO_COHORT = "no cohort of ours has this name"
NOT_LISTED = "not in the article's table"
_NAME = re.compile(r"(?P<author>[^\W\d_]+(?:[-’'][^\W\d_]+)*).*?(?P<year>(?:19|20)\d\d)", re.DOTALL)


def study_differences(pools: Pools, set_id: str | None = None) -> pd.DataFrame:
    """Return each study of the article's table beside our cohort, outcome by outcome.

    Parameters
    ----------
    set_id : str, optional
        A set with rules, whose cohorts without a study are listed too; the primary set by default.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`; counts are NA where one side gives none, and `finding` says in
        words what differs. Ours are the preferred counts of all infused, whatever the set. Empty
        without the article's table.
    """
    table = pools.evidence.article_table
    if table is None:
        return pd.DataFrame(columns=list(COLUMNS))
    data, rows, seen = records_of(pools.evidence), [], set()
    for study in records(table):
        cohort_id, how = _cohort(data, study)
        seen.add(cohort_id)
        for outcome in pools.review.outcomes:
            found = _row(data, study, cohort_id, how, outcome)
            if found is not None:
                rows.append(found)
    for cohort_id in pools.eligible(set_id)["cohort_id"]:
        if cohort_id not in seen:
            label = data.cohorts[cohort_id]["label"]
            rows.append({"study": "", "cohort_id": cohort_id, "label": label, "matched_by": "",
                         "outcome": "", "finding": NOT_LISTED})  # fmt: skip
    counts = dict.fromkeys(
        ("article_events", "article_total", "ours_events", "ours_total"), "Int64"
    )
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(counts)


def _cohort(data: Records, study: Mapping[str, Any]) -> tuple[str, str]:
    """Return the cohort that a study is, and how that is known; "" where it is not."""
    if named := study.get("cohort_id"):
        return str(named), NAMED
    found = _NAME.match(study["study"])
    if found is None:
        return "", ""
    author, year = found["author"].casefold(), int(found["year"])
    cohorts = {
        cohort_id
        for cohort_id, reports in data.reports_of.items()
        for report in reports
        if report["year"] == year
        and str(report["first_author"] or "").casefold().split(" ")[0] == author
    }
    return (cohorts.pop(), GUESSED) if len(cohorts) == 1 else ("", "")


def _row(
    data: Records, study: Mapping[str, Any], cohort_id: str, how: str, outcome: Outcome
) -> dict[str, Any] | None:
    theirs = study.get(f"{outcome.id}_events"), study.get(f"{outcome.id}_total")
    counts = [
        count
        for count in data.counts_of.get((cohort_id, outcome.counted), [])
        if count["preferred"] and count["population"] == "infused"
    ]
    ours = (counts[0]["events"], counts[0]["total"]) if counts else (None, None)
    if theirs[1] is None and ours[1] is None:
        return None
    return {
        "study": study["study"],
        "cohort_id": cohort_id,
        "label": data.cohorts[cohort_id]["label"] if cohort_id else "",
        "matched_by": how,
        "outcome": outcome.label,
        "article_events": theirs[0],
        "article_total": theirs[1],
        "ours_events": ours[0],
        "ours_total": ours[1],
        "finding": _finding(theirs, ours) if cohort_id else NO_COHORT,
    }


def _finding(theirs: tuple[Any, Any], ours: tuple[Any, Any]) -> str:
    if theirs[1] is None:
        return "only ours: the article gives no count"
    if ours[1] is None:
        return "only the article's: we read no count of all infused"
    if theirs == ours:
        return "equal"
    events, total = (a - b for a, b in zip(theirs, ours, strict=True))
    parts = [
        f"{abs(number)} {'more' if number > 0 else 'fewer'} {what}"
        for number, what in ((events, "with the event"), (total, "patients"))
        if number
    ]
    return f"the article has {' and '.join(parts)}"
