"""What the pooled value hangs on: single cohorts, their order, their subsets, and the rules."""

from __future__ import annotations

import numpy as np
import pandas as pd

import metaprop
from metaprop import Pooled, Subsets
from reviewbook import words
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.pooling.pools import Pools

RECIPES = ("primary", "comparison")


def _pooled(analysis: Analysis, recipe: str) -> Pooled:
    if recipe not in RECIPES:
        raise ValueError(f"recipe must be one of {', '.join(RECIPES)}; got {recipe!r}")
    pooled: Pooled = getattr(analysis, recipe)
    return pooled


def leave_one_out(analysis: Analysis, recipe: str = "primary") -> pd.DataFrame:
    """Pool without each cohort in turn.

    Parameters
    ----------
    analysis : Analysis
    recipe : {"primary", "comparison"}

    Returns
    -------
    DataFrame
        One row a cohort, ``label counts estimate low high i2 change kind``; `change` is the step
        of the estimate that leaving the cohort out makes. The last row, of kind "pooled", is the
        pool of all.
    """
    pooled = _pooled(analysis, recipe)
    selection = analysis.selection
    frame = metaprop.leave_one_out(selection.events, selection.totals, pooled.recipe)
    whole = proportion(pooled)
    counts = [
        str(words.counts(int(x), int(n)))
        for x, n in zip(selection.events, selection.totals, strict=True)
    ]
    rows = frame[["estimate", "low", "high", "i2"]].reset_index(drop=True)
    rows.insert(0, "label", [f"without {label}" for label in selection.labels])
    rows.insert(1, "counts", counts)
    rows["change"] = rows["estimate"] - whole.estimate
    rows["kind"] = "study"
    rows.loc[len(rows)] = ["all cohorts", "", *whole, pooled.i2, 0.0, "pooled"]
    return rows


def cumulative(analysis: Analysis, recipe: str = "primary") -> pd.DataFrame:
    """Pool the first published cohort, the first two, and so on.

    Returns
    -------
    DataFrame
        One row a step, ``label date counts estimate low high i2 n kind``.
    """
    pooled = _pooled(analysis, recipe)
    selection = analysis.selection
    # Selections are in order of publication, with partial dates at their last day.
    frame = metaprop.cumulative(
        selection.events, selection.totals, pooled.recipe, order=np.arange(selection.k)
    )
    added = frame.index.to_numpy()
    n = np.cumsum(selection.totals)[added]
    rows = frame[["estimate", "low", "high", "i2"]].reset_index(drop=True)
    dates = [str(date) for date in selection.included["publication_date"]]
    rows.insert(0, "label", [f"+ {selection.labels[i]} ({dates[i][:7]})" for i in added])
    rows.insert(1, "date", [dates[i] for i in added])
    crude = np.cumsum(selection.events)[added]
    rows.insert(
        2, "counts", [str(words.counts(int(x), int(m))) for x, m in zip(crude, n, strict=True)]
    )
    rows["n"] = n
    rows["kind"] = "study"
    return rows


def influence(analysis: Analysis) -> pd.DataFrame:
    """Return the diagnostics of :func:`metaprop.influence`, comparison recipe, by label."""
    sizes = analysis.effect_sizes()
    frame = metaprop.influence(sizes.yi, sizes.vi, analysis.comparison.recipe)
    frame = frame.reset_index(drop=True)
    frame.insert(0, "label", np.array(analysis.selection.labels)[sizes.kept].tolist())
    return frame


def subsets(analysis: Analysis) -> Subsets:
    """Pool every subset of the cohorts by the comparison recipe."""
    selection = analysis.selection
    return metaprop.all_subsets(selection.events, selection.totals, analysis.comparison.recipe)


def drivers(analysis: Analysis, all_of_them: Subsets) -> pd.DataFrame:
    """Say which cohort separates the clouds of subsets.

    Returns
    -------
    DataFrame
        One row a cohort, strongest pull first: medians over the subsets of at least two cohorts
        that hold it (``estimate_with i2_with``) and that do not (``estimate_without i2_without``),
        ``pull``, the difference of the medians of the estimate, and ``pull_i2``.
    """
    several = all_of_them.size >= 2
    bits = all_of_them.bits[several]
    estimate, i2 = all_of_them.estimate[several], all_of_them.i2[several]
    rows = []
    for i, label in enumerate(analysis.selection.labels):
        inside = (bits >> i) & 1 == 1
        if not inside.any() or inside.all():
            continue
        medians = [
            float(np.median(values[where]))
            for values in (estimate, i2)
            for where in (inside, ~inside)
        ]
        rows.append(
            {
                "position": i,
                "label": label,
                "estimate_with": medians[0],
                "estimate_without": medians[1],
                "pull": medians[0] - medians[1],
                "i2_with": medians[2],
                "i2_without": medians[3],
                "pull_i2": medians[2] - medians[3],
            }
        )
    frame = pd.DataFrame(rows)
    order = frame["pull"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def variants(pools: Pools, outcome: str) -> pd.DataFrame:
    """Pool an outcome under each change of the rules.

    Returns
    -------
    DataFrame
        ``variant k n estimate low high comparison comparison_low comparison_high i2 entered
        left`` — `estimate` by the primary recipe; `entered` and `left` name the cohorts that differ
        from the primary set. A variant with fewer than two cohorts has no row.
    """
    anything = tuple(pools.evidence.vocabulary("outcomes", "population"))
    home = set(pools.select(outcome).labels)
    rows = []
    for name, change in pools.review.variants.items():
        asked = change.rules(any_population=anything)
        if pools.select(outcome, **asked).k < 2:
            continue
        analysis = pools.analyse(outcome, **asked)
        primary, comparison = proportion(analysis.primary), proportion(analysis.comparison)
        labels = analysis.selection.labels
        rows.append(
            {
                "variant": name,
                "k": analysis.selection.k,
                "n": analysis.selection.n,
                "estimate": primary.estimate,
                "low": primary.low,
                "high": primary.high,
                "comparison": comparison.estimate,
                "comparison_low": comparison.low,
                "comparison_high": comparison.high,
                "i2": analysis.comparison.i2,
                "entered": "; ".join(label for label in labels if label not in home),
                "left": "; ".join(sorted(home - set(labels))),
            }
        )
    return pd.DataFrame(rows)


def strongest_position(analysis: Analysis) -> int:
    """Return the position of the cohort that pulls hardest on the subsets' estimates."""
    return int(drivers(analysis, subsets(analysis)).iloc[0]["position"])
