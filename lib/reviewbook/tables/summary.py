"""The summary of findings, the reasons of each certainty, and what hangs on the thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from reviewbook import words
from reviewbook.pooling.analysis import proportion
from reviewbook.pooling.pools import Pools
from reviewbook.robustness.certainty import LEVELS, Sureness
from reviewbook.robustness.summary import Summary, moved_thresholds

from .columns import Row
from .table import BookTable, Column, Markup, missing
from .text import page_link


def findings_table(found: Sequence[Summary], *, name: str) -> BookTable:
    """Return each outcome of 100 patients, for a new cohort, and how sure it is."""
    frame = pd.DataFrame([_record(one) for one in found])
    shown = [
        Column("outcome", "Outcome", cell=_outcome),
        Column("patients", "Cohorts, patients", "right", cell=_size),
        Column("per_100", "Of 100 patients (95% CI)", "right", cell=_per_100),
        Column("new_cohort_low", "In a new cohort", "right", cell=_new_cohort),
        Column("certainty", "Certainty"),
        Column("meaning", "In words"),
    ]
    caption = "Summary of findings: how often each outcome follows infusion, and how sure that is."
    notes = (
        "Of 100 patients: averaged over cohorts. In a new cohort: where its true rate is expected. "
        "Certainty is by a stated rule after GRADE; it is not a GRADE assessment."
    )
    return BookTable(frame, name, caption, shown, notes)


def _record(one: Summary) -> dict[str, object]:
    selection, new = one.analysis.selection, one.analysis.new_cohort
    return {
        "outcome": one.label,
        "chapter": one.chapter,
        "analysis_set": selection.set_id,
        "cohorts": selection.k,
        "events": int(selection.events.sum()),
        "patients": selection.n,
        "per_100": one.per_100.estimate,
        "per_100_low": one.per_100.low,
        "per_100_high": one.per_100.high,
        "median_cohort": proportion(one.analysis.primary).estimate,
        "new_cohort_low": None if new is None else new.low,
        "new_cohort_high": None if new is None else new.high,
        "certainty": one.certainty.word,
        "meaning": str(words.frequency(one.per_100.estimate / 100)),
    }


def _outcome(row: Row) -> Markup:
    return page_link(str(row["outcome"]), f"chapters/{row['chapter']}")


def _size(row: Row) -> str:
    return f"{row['cohorts']}, {words.number(row['patients'], 0)}"


def _per_100(row: Row) -> str:
    middle, low, high = (
        words.number(row[key], 0) for key in ("per_100", "per_100_low", "per_100_high")
    )
    return f"{middle} ({low} to {high})"


def _new_cohort(row: Row) -> str:
    if missing(row["new_cohort_low"]):
        return "no prediction"
    low, high = (words.percent(row[key]) for key in ("new_cohort_low", "new_cohort_high"))
    return f"{low} to {high}"


def certainty_table(
    found: Sequence[Summary], effects: Mapping[str, Sureness], *, name: str
) -> BookTable:
    """Return the levels that each domain takes from each certainty, with reasons.

    Parameters
    ----------
    effects : mapping of str to Sureness
        Claimed effects, by their texts; they follow the outcomes.
    """
    claimed = {f"that {text}": certainty for text, certainty in effects.items()}
    rows = [
        {
            "outcome": label,
            "domain": domain.name,
            "levels": domain.lowered,
            "reason": domain.reason,
            "value": domain.value,
            "start": LEVELS[certainty.start],
            "certainty": certainty.word,
        }
        for label, certainty in ({one.label: one.certainty for one in found} | claimed).items()
        for domain in certainty.domains
    ]
    frame = pd.DataFrame(rows)

    def outcome(row: Row) -> str:
        about = words.capital(str(row["outcome"]))
        return f"{about}: starts {row['start']}, ends {row['certainty']}"

    shown = [
        Column("domain", "Domain"),
        Column("levels", "Levels", "right", lambda n: words.number(-n, 0) if n else "0"),
        Column("reason", "Reason"),
    ]
    caption = "Why each certainty is what it is: levels taken by domain."
    head = Column("outcome", "Outcome", cell=outcome)
    return BookTable(frame, name, caption, shown, group=head)


def thresholds_table(pools: Pools, found: Sequence[Summary], *, name: str) -> BookTable:
    """Return the thresholds that would change a certainty if they were lower or higher."""
    frame = moved_thresholds(pools, found)
    rule = pools.review.certainty
    assert rule is not None
    changed = frame[frame["before"] != frame["after"]].reset_index(drop=True)
    shown = [
        Column("threshold", "Threshold"),
        Column("moved", "Moved"),
        Column("before", "Certainty"),
        Column("after", "Would be"),
    ]
    caption = (
        f"What one threshold would change, divided or multiplied by {rule.step:g}: "
        f"{len(changed)} of {len(frame)} moves change a certainty."
    )
    return BookTable(changed, name, caption, shown, group=Column("outcome", "Outcome"))
