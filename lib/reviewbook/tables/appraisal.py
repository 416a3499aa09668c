"""Tables of what abstracts allow to be judged: the rules with their tally, and each cohort."""

from __future__ import annotations

import pandas as pd

from reviewbook import words
from reviewbook.pooling.appraisal import ITEMS, STATES

from . import columns
from .table import BookTable, Column


def appraisal_rules_table(judged: pd.DataFrame, *, name: str) -> BookTable:
    """Return each item with its rule and the number of cohorts in each state."""
    frame = pd.DataFrame(
        {"item": item.label, "rule": item.rule}
        | {state: int((judged[key] == state).sum()) for state in STATES}
        for key, item in ITEMS.items()
    )
    shown = [Column("item", "Item"), Column("rule", "Rule")]
    shown += [columns.integer(state, state.capitalize()) for state in STATES]
    caption = (
        f"What is judged, by which rule, and in how many of {words.count(len(judged), 'cohort')}."
    )
    return BookTable(frame, name, caption, shown)


def appraisal_table(judged: pd.DataFrame, labels: pd.Series, *, name: str) -> BookTable:
    """Return each cohort with the items in each state."""
    frame = pd.DataFrame(
        {"cohort_id": cohort, "label": labels[str(cohort)]}
        | {
            state: "; ".join(item.label for key, item in ITEMS.items() if row[key] == state)
            for state in STATES
        }
        for cohort, row in judged.to_dict("index").items()
    )
    shown = [columns.COHORT, *(Column(state, state.capitalize()) for state in STATES)]
    return BookTable(frame, name, "What can be judged of each cohort.", shown)
