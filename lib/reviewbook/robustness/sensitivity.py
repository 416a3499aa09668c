"""What the pooled value hangs on: single cohorts, their order, their subsets, and the rules."""

from __future__ import annotations

import numpy as np
import pandas as pd

import metaprop
from metaprop import Subsets
from reviewbook import words
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.pooling.pools import Pools
from reviewbook.words.computed import computed
from reviewbook.words.frames import FrameOrigin, made_by
from reviewbook.words.origin import Source

_IMPORT = "from reviewbook.robustness.sensitivity import"


def leave_one_out(analysis: Analysis) -> pd.DataFrame:
    """Pool without each cohort in turn, by the primary recipe.

    Returns
    -------
    DataFrame
        One row a cohort, ``label estimate low high i2 change kind``; `change` is the step of the
        estimate that leaving the cohort out makes. The last row, of kind "pooled", is the pool of
        all.
    """
    selection, pooled = analysis.selection, analysis.primary
    counts = selection.events, selection.totals
    frame = computed(metaprop.leave_one_out, *counts, pooled.recipe)
    whole = proportion(pooled)
    rows = frame[["estimate", "low", "high", "i2"]].reset_index(drop=True)
    rows.insert(0, "label", [f"without {label}" for label in selection.labels])
    rows["change"] = rows["estimate"] - whole.estimate
    rows["kind"] = "study"
    rows.loc[len(rows)] = ["all cohorts", *whole, pooled.i2, 0.0, "pooled"]
    made = selection.made
    if made is None:
        return rows
    units = dict.fromkeys(("estimate", "low", "high", "i2", "change"), "proportion")
    origin = FrameOrigin(
        expression=f"leave_one_out({made.analysis})",
        what="pool without one cohort",
        key=("label",),
        source_of=lambda row: (made.source,),
        imports=(*made.imports, f"{_IMPORT} leave_one_out"),
        units=units,
    )
    return made_by(rows, origin)


def cumulative(analysis: Analysis) -> pd.DataFrame:
    """Pool the first published cohort, the first two, and so on, by the primary recipe.

    Returns
    -------
    DataFrame
        One row a step, ``label date estimate low high i2 n kind``: the cohort that is added, and
        the patients pooled so far.
    """
    selection = analysis.selection
    # Selections are in order of publication, with partial dates at their last day.
    frame = computed(
        metaprop.cumulative,
        selection.events,
        selection.totals,
        analysis.primary.recipe,
        order=np.arange(selection.k),
    )
    added = frame.index.to_numpy()
    rows = frame[["estimate", "low", "high", "i2"]].reset_index(drop=True)
    rows.insert(0, "label", np.array(selection.labels)[added])
    rows.insert(1, "date", selection.included["publication_date"].astype(str).to_numpy()[added])
    rows["n"] = np.cumsum(selection.totals)[added]
    rows["kind"] = "study"
    return rows


def influence(analysis: Analysis) -> pd.DataFrame:
    """Return the diagnostics of :func:`metaprop.influence`, comparison recipe, by label."""
    sizes = analysis.effect_sizes()
    frame = metaprop.influence(sizes.yi, sizes.vi, analysis.comparison.recipe)
    frame = frame.reset_index(drop=True)
    frame.insert(0, "label", np.array(analysis.selection.labels)[sizes.kept].tolist())
    return frame


ALL_UP_TO = 14
"""Cohorts of which every subset is pooled, 16 383; their number doubles with each cohort."""
DRAWN = 4_096
"""Subsets that are drawn at random of more cohorts than that."""


def subsets(analysis: Analysis) -> Subsets:
    """Pool every subset of the cohorts by the comparison recipe, or `DRAWN` at random of many.

    The whole set is always among them, first or last.
    """
    selection, recipe = analysis.selection, analysis.comparison.recipe
    if selection.k <= ALL_UP_TO:
        return computed(metaprop.all_subsets, selection.events, selection.totals, recipe)
    drawn = metaprop.random_subsets(selection.events, selection.totals, recipe, subsets=DRAWN - 1)
    whole = metaprop.pool(selection.events, selection.totals, recipe)
    estimate, low, high = proportion(whole)
    last = {
        "bits": 2**selection.k - 1,
        "size": selection.k,
        "estimate": estimate,
        "low": low,
        "high": high,
        "i2": whole.i2,
        "tau2": whole.tau2,
        "working": whole.working.estimate,
        "q": whole.q,
    }
    bits = drawn.members.astype(np.int64) @ (1 << np.arange(selection.k, dtype=np.int64))
    pooled = np.isfinite(drawn.estimate)
    columns = {"bits": bits} | {name: getattr(drawn, name) for name in last if name != "bits"}
    return Subsets(
        **{name: np.append(values[pooled], last[name]) for name, values in columns.items()},
        recipe=recipe,
        kept=drawn.kept,
        note=f"{DRAWN - 1} subsets were drawn at random; {drawn.note}".removesuffix("; "),
    )


def limit_note(k: int) -> str:
    """Say which subsets of `k` cohorts are pooled; "" when all are."""
    return "" if k <= ALL_UP_TO else f"{words.number(DRAWN, 0)} subsets, drawn at random."


def which_subsets(pooled: Subsets, k: int) -> words.Phrase:
    """Say which subsets of `k` cohorts were pooled: all of them, or so many at random.

    Those of one cohort, which have no I², are not counted.
    """
    return subsets_text(several(pooled), k)


def subsets_text(number: int, k: int) -> words.Phrase:
    """Say that so many subsets of `k` cohorts are all of them, or were drawn at random."""
    told = words.number(number, 0)
    return words.Phrase(f"All {told} subsets" if k <= ALL_UP_TO else f"{told} random subsets")


def several(pooled: Subsets) -> int:
    """Return how many of the subsets have two cohorts or more."""
    return int((pooled.size >= 2).sum())


def drivers(analysis: Analysis, all_of_them: Subsets) -> pd.DataFrame:
    """Say which cohort separates the clouds of subsets.

    Returns
    -------
    DataFrame
        One row a cohort, strongest pull first: medians over the subsets of at least two cohorts
        that hold it (``estimate_with i2_with``) and that do not (``estimate_without i2_without``),
        and ``pull``, the difference of the medians of the estimate.
    """
    several = all_of_them.size >= 2
    bits = all_of_them.bits[several]
    quantities = {"estimate": all_of_them.estimate[several], "i2": all_of_them.i2[several]}
    rows = []
    for i, label in enumerate(analysis.selection.labels):
        inside = (bits >> i) & 1 == 1
        if not inside.any() or inside.all():
            continue
        row = {"position": i, "label": label}
        for name, values in quantities.items():
            row[f"{name}_with"] = np.median(values[inside])
            row[f"{name}_without"] = np.median(values[~inside])
        rows.append(row)
    frame = pd.DataFrame(rows)
    frame["pull"] = frame["estimate_with"] - frame["estimate_without"]
    return frame.sort_values("pull", key=abs, ascending=False, kind="stable", ignore_index=True)


def variants(pools: Pools, outcome: str) -> pd.DataFrame:
    """Pool an outcome under each change of the rules.

    Returns
    -------
    DataFrame
        ``variant k n estimate low high comparison_estimate comparison_low comparison_high i2
        entered left`` — `estimate` by the primary recipe; `entered` and `left` name the cohorts
        that differ from the primary set. A variant with fewer than two cohorts has no row.
    """
    home = set(pools.select(outcome).labels)
    rows = []
    sources: dict[str, tuple[Source, ...]] = {}
    for name, asked in pools.variants():
        if pools.select(outcome, **asked).k < 2:
            continue
        analysis = pools.analyse(outcome, **asked)
        primary, comparison = proportion(analysis.primary), proportion(analysis.comparison)
        labels, made = analysis.selection.labels, analysis.selection.made
        sources[name] = (made.source,) if made else ()
        rows.append(
            {
                "variant": name,
                "k": analysis.selection.k,
                "n": analysis.selection.n,
                "estimate": primary.estimate,
                "low": primary.low,
                "high": primary.high,
                "comparison_estimate": comparison.estimate,
                "comparison_low": comparison.low,
                "comparison_high": comparison.high,
                "i2": analysis.comparison.i2,
                "entered": "; ".join(label for label in labels if label not in home),
                "left": "; ".join(sorted(home - set(labels))),
            }
        )
    origin = FrameOrigin(
        expression=f"variants(book, {outcome!r})",
        what="pool under a changed rule",
        key=("variant",),
        source_of=lambda row: sources[row["variant"]],
        imports=(f"{_IMPORT} variants",),
        units={"estimate": "proportion", "k": "cohorts", "n": "patients"},
    )
    return made_by(pd.DataFrame(rows), origin)


def rules_by_outcome(pools: Pools) -> pd.DataFrame:
    """Pool every outcome under every change of the rules, by the primary recipe.

    Returns
    -------
    DataFrame
        ``outcome label variant k n estimate low high same``, outcomes and variants in the order of
        the settings, the rules fixed in advance first. `same` says whether a variant pools the
        very counts of the primary set; a variant that leaves fewer than two cohorts has neither
        size nor estimate.
    """
    frames = []
    names = [name for name, _ in pools.variants()]
    for outcome in pools.review.outcomes:
        frame = variants(pools, outcome.id).set_index("variant").reindex(names).reset_index()
        fixed = frame.iloc[0]
        values = ["k", "n", "estimate", "low", "high"]
        # The same counts in another order differ in the last bits of their pool.
        near = np.isclose(frame[values].astype(float), fixed[values].astype(float), rtol=1e-9)
        same = pd.Series(np.all(near, axis=1), index=frame.index)
        frame = frame[["variant", *values]].assign(same=same)
        frame.insert(0, "outcome", outcome.id)
        frame.insert(1, "label", outcome.label)
        frames.append(frame.astype({"k": "Int64", "n": "Int64"}))
    return pd.concat(frames, ignore_index=True)


def strongest_position(analysis: Analysis) -> int:
    """Return the position of the cohort that pulls hardest on the subsets' estimates."""
    return int(drivers(analysis, subsets(analysis)).iloc[0]["position"])
