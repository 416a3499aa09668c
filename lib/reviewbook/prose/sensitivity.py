"""The sentences on what a pooled value hangs on."""

from __future__ import annotations

from typing import Any

import numpy as np

from reviewbook import words
from reviewbook.pooling.analysis import Analysis
from reviewbook.pooling.pools import Pools
from reviewbook.robustness.sensitivity import drivers, influence, leave_one_out, subsets, variants
from reviewbook.words import Phrase
from reviewbook.words.marked import told

from . import Sentences


@told
def sensitivity_sentences(pools: Pools, analysis: Analysis) -> Sentences:
    """Say in words what the pooled value of one outcome hangs on.

    `spread` is the range of the pooled value without each cohort in turn, `strongest` the cohort
    whose absence moves it most, `influential` those that the diagnostics flag, `driver` the one
    that separates the subsets, `rules` the range of the pooled value under other rules.
    """
    out = leave_one_out(analysis)
    single = out[out["kind"] == "study"]
    at = int(np.argmax(single["change"].abs().to_numpy()))
    strongest, cohort = single.iloc[at], analysis.selection.labels[at]
    flagged = influence(analysis).query("influential")["label"].tolist()
    pulled = drivers(analysis, subsets(analysis)).iloc[0]
    table = variants(pools, analysis.outcome.id)
    estimates = table["estimate"].to_numpy()
    low, high = table.iloc[int(estimates.argmin())], table.iloc[int(estimates.argmax())]
    return Sentences(
        spread=Phrase(
            f"between {words.percent(float(single['estimate'].min()))} and "
            f"{words.percent(float(single['estimate'].max()))}"
        ),
        strongest=Phrase(
            f"without {words.spoken(cohort)} the pooled value is "
            f"{words.percent(strongest['estimate'])}, "
            f"{words.number(100 * abs(strongest['change']), 1)} percentage points "
            f"{'above' if strongest['change'] > 0 else 'below'} that of all cohorts"
        ),
        influential=Phrase(words.join(flagged) or "none"),
        driver=Phrase(
            f"{words.spoken(pulled['label'])} (subsets with it have a median of "
            f"{words.percent(pulled['estimate_with'])}, subsets without it one of "
            f"{words.percent(pulled['estimate_without'])})"
        ),
        rules=Phrase(
            f"from {words.percent(low['estimate'])} (rule: {low['variant']}; "
            f"{words.count(low['k'], 'cohort')}) to {words.percent(high['estimate'])} (rule: "
            f"{high['variant']}; {words.count(high['k'], 'cohort')})"
        ),
    )


@told
def entering(pools: Pools, outcome: str, **changes: Any) -> Phrase:
    """Name the cohorts that changed rules bring into a pool."""
    home = set(pools.select(outcome).labels)
    labels = [label for label in pools.select(outcome, **changes).labels if label not in home]
    return Phrase("; ".join(labels) or "no further cohort")


@told
def pooled_under(pools: Pools, outcome: str, **changes: Any) -> Phrase:
    """Return the primary estimate under changed rules, in words."""
    return words.interval(pools.analyse(outcome, **changes).primary)
