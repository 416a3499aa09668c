"""The sentences on what a pooled value hangs on."""

from __future__ import annotations

from typing import Any

from reviewbook import words
from reviewbook.pooling.analysis import Analysis
from reviewbook.pooling.pools import Pools
from reviewbook.robustness.sensitivity import influence, leave_one_out, subsets_text, variants
from reviewbook.robustness.subset_numbers import all_drivers, subset_count
from reviewbook.words import Phrase
from reviewbook.words.frames import rows_of
from reviewbook.words.marked import told

from . import Sentences


@told
def sensitivity_sentences(pools: Pools, analysis: Analysis) -> Sentences:
    """Say in words what the pooled value of one outcome hangs on.

    `spread` is the range of the pooled value without each cohort in turn, `strongest` the cohort
    whose absence moves it most, `influential` those that the diagnostics flag, `driver` the one
    that separates the subsets, `rules` the range of the pooled value under other rules.
    """
    single = [pool for pool in rows_of(leave_one_out(analysis)) if pool["kind"] == "study"]
    estimates = [pool["estimate"] for pool in single]
    at = max(range(len(single)), key=lambda i: abs(float(single[i]["change"])))
    strongest, cohort = single[at], analysis.selection.labels[at]
    flagged = influence(analysis).query("influential")["label"].tolist()
    pulled = rows_of(all_drivers(analysis))[0]
    table = rows_of(variants(pools, analysis.outcome.id))
    low, high = (end(table, key=lambda row: float(row["estimate"])) for end in (min, max))
    return Sentences(
        spread=Phrase(
            f"between {words.percent(min(estimates))} and {words.percent(max(estimates))}"
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
def subsets_pooled(analysis: Analysis) -> Phrase:
    """Say which subsets of two cohorts or more were pooled: all, or so many at random."""
    return subsets_text(subset_count(analysis), analysis.selection.k)


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
