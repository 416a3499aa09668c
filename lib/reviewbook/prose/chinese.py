"""The phrases of the Chinese abstract that no other page has in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from reviewbook import words
from reviewbook.pooling.further import further_pool
from reviewbook.pooling.pools import Pools
from reviewbook.robustness.summary import Summary
from reviewbook.survival.durability import everyone_rows
from reviewbook.words import Phrase
from reviewbook.words.frames import rows_of
from reviewbook.words.marked import told

from . import Sentences
from .summary import LEVELS_ZH


class _Printed(NamedTuple):
    """Survival as printed, in fractions."""

    estimate: float
    low: float | None
    high: float | None


@told
def chinese_sentences(pools: Pools, found: Sequence[Summary], *, lost: str) -> Sentences:
    """Return survival at two years, a loss at relapse, and certainty, in Chinese.

    `os_24` and `free_24` are survival of everyone infused as printed, with the cohorts; `lost` has
    the counts, patients and cohorts of the further outcome of that name; `sure` is the certainty
    of each outcome by its identifier.
    """
    rows = everyone_rows(pools)
    own = further_pool(pools, lost).part("")
    counts = (own.selection.k, own.selection.n, own.events)
    cohorts, patients, events = (words.number(count, 0) for count in counts)
    return Sentences(
        os_24=survival_at_zh(rows, "os", 24),
        free_24=survival_at_zh(rows, "pfs", 24),
        lost=Phrase(f"{cohorts} 个队列的 {patients} 例患者中有 {events} 例"),
        sure=Sentences(
            **{one.finding.outcome: Phrase(LEVELS_ZH[one.certainty.word]) for one in found}
        ),
    )


def survival_at_zh(rows: pd.DataFrame, endpoint: str, months: int) -> Phrase:
    """Return printed survival of everyone infused at a time, or that none is printed."""
    texts = []
    for row in rows_of(rows):
        if (row["endpoint"], row["time_months"]) != (endpoint, months):
            continue
        shown = words.interval_zh(_Printed(row["estimate"], row["low"], row["high"]))
        texts.append(f"{shown}（{row['label']}）")
    return Phrase("，".join(texts) or "未刊出")
