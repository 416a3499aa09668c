"""Subsets of the cohorts, pooled beforehand: the data behind a page where readers choose.

A page without a server cannot run Python. So the subsets of an outcome's cohorts are pooled here
by a few recipes, and the page only looks results up. Their number doubles with each cohort: of more
than `ALL_UP_TO` cohorts the page has the subsets with a few left out, and says so. Numbers are
stored in steps of 0.00002 in two bytes each; a stored number prints with one decimal of a percent
exactly as the computed one does.

``python -m reviewbook explorer ROOT FOLDER`` writes one script file per outcome.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

import metaprop
from metaprop import Recipe
from reviewbook import words
from reviewbook.pooling.analysis import proportion
from reviewbook.pooling.pools import Pools
from reviewbook.review.settings import Review
from reviewbook.words.computed import computed

FloatArray = NDArray[np.float64]

STEPS = 50_000
"""Stored values per unit: 1 is 50 000, a step is 0.00002."""
NOTHING = 65_535
"""Stored where a recipe has no answer for a subset."""
COLUMNS = ("estimate", "low", "high", "i2")
ALL_UP_TO = 12
"""Cohorts of which every subset is pooled: 4095 subsets, some ten seconds an outcome."""
MOST_SUBSETS = 2048
"""Subsets that are pooled of more cohorts than that, at most."""
FORMAT = "2"


@dataclass(frozen=True, slots=True)
class Option:
    """A recipe the page offers."""

    id: str
    label: str
    recipe: Recipe


def options(review: Review) -> tuple[Option, ...]:
    """Return the recipes on offer: those of the review, and the comparison with a fixed effect."""
    names = (review.primary_recipe, review.comparison_recipe, *review.alternative_recipes)
    found = [Option(name, review.recipe_labels[name], review.recipe(name)) for name in names]
    fixed = replace(review.recipe(review.comparison_recipe), method="FE")
    found.insert(2, Option("fixed", fixed.label, fixed))
    return tuple(found)


def recipe_code(recipe: Recipe) -> str:
    """Return Python text that builds `recipe`, without what is the default."""
    said = [
        f"{field.name}={getattr(recipe, field.name)!r}"
        for field in fields(recipe)
        if getattr(recipe, field.name) != field.default
    ]
    return f"Recipe({', '.join(said)})"


def quantise(values: FloatArray) -> NDArray[np.uint16]:
    """Store fractions in steps of 1 / :data:`STEPS`; negative ones as :data:`NOTHING`.

    A value whose stored form would round to another tenth of a percent is moved by one step.
    """
    steps = np.rint(values * STEPS)
    per_tenth = STEPS // 1000
    printed = np.floor(steps / per_tenth + 0.5)
    near_a_tie = np.abs(steps % per_tenth - per_tenth / 2) <= 1
    for i in np.flatnonzero(near_a_tie):
        if values.flat[i] >= 0.0:
            exact = float(words.in_percent(float(values.flat[i]), 1)) * 10
            steps.flat[i] += np.sign(round(exact) - printed.flat[i])
    return np.where(values < 0.0, NOTHING, steps).astype(np.uint16)


def restore(stored: NDArray[np.uint16]) -> FloatArray:
    """Return stored values as fractions; −1 for :data:`NOTHING`."""
    return np.where(stored == NOTHING, -1.0, stored / STEPS)


def most_left_out(k: int) -> int:
    """Return how many of `k` cohorts may be left out at once; all but one of a few cohorts.

    Of more than `ALL_UP_TO` the most with which no more than `MOST_SUBSETS` subsets are pooled.
    """
    if k <= ALL_UP_TO:
        return k - 1
    m = 0
    while sum(math.comb(k, j) for j in range(m + 2)) <= MOST_SUBSETS:
        m += 1
    return m


def members(k: int) -> Iterator[NDArray[np.bool_]]:
    """Yield who is in each subset, in the order in which results are stored.

    All subsets stand in the order of their bits. Otherwise those without none come first, then
    those without one and so on, each in the lexicographic order of the positions left out.
    """
    if k <= ALL_UP_TO:
        yield from ((bits >> np.arange(k)) & 1 == 1 for bits in range(1, 2**k))
        return
    for size in range(most_left_out(k) + 1):
        for out in combinations(range(k), size):
            inside = np.ones(k, dtype=np.bool_)
            inside[list(out)] = False
            yield inside


def limit_note(k: int) -> str:
    """Say which choices of `k` cohorts the page holds; "" when it holds all."""
    if k <= ALL_UP_TO:
        return ""
    return (
        f"With {words.count(k, 'cohort')} this page holds the choices with up to "
        f"{words.number(most_left_out(k), 0)} left out."
    )


def subset_count(pools: Pools) -> words.Phrase:
    """Return how many subsets of the outcomes' cohorts are pooled, as a beginning of a sentence."""
    sizes = [pools.select(outcome.id).k for outcome in pools.review.outcomes]
    found = sum(sum(math.comb(k, j) for j in range(most_left_out(k) + 1)) for k in sizes)
    if all(k <= ALL_UP_TO for k in sizes):
        return words.Phrase(f"All {words.number(found, 0)} subsets of the cohorts of all outcomes")
    notes = dict.fromkeys(limit_note(k) for k in sizes if k > ALL_UP_TO)
    return words.Phrase(
        f"{' '.join(notes)} {words.number(found, 0)} subsets of the cohorts of all outcomes"
    )


def describe_outcome(pools: Pools, outcome: str) -> dict[str, Any]:
    """Return what the page shows of an outcome before any pooling: cohorts, recipes, printed."""
    selection = pools.select(outcome)
    low, high = metaprop.proportion_interval(selection.events, selection.totals)
    what = pools.review.outcome(outcome)
    printed = pools.claims(what.topic)
    return {
        "id": outcome,
        "label": what.label,
        "most_left_out": most_left_out(selection.k),
        "all_subsets": selection.k <= ALL_UP_TO,
        "limit": limit_note(selection.k),
        "cohorts": [
            {
                "id": str(row["cohort_id"]),
                "label": str(row["label"]),
                "events": int(row["events"]),
                "total": int(row["total"]),
                "low": round(float(low[i]), 4),
                "high": round(float(high[i]), 4),
            }
            for i, row in enumerate(selection.included.to_dict("records"))
        ],
        "recipes": [
            {
                "id": option.id,
                "label": option.label,
                "sentence": option.recipe.describe(prediction=False),
                "code": recipe_code(option.recipe),
            }
            for option in options(pools.review)
        ],
        "printed": {
            "text": str(words.interval(printed)),
            "estimate": printed.estimate,
            "low": printed.low,
            "high": printed.high,
        },
    }


def outcome_data(pools: Pools, outcome: str) -> dict[str, Any]:
    """Return :func:`describe_outcome` with the pooled subsets of every recipe.

    ``results`` holds, per recipe, base64 text of little-endian 16-bit numbers: all estimates, then
    all lower limits, upper limits and I², each in the order of the subsets' bits.
    """
    selection = pools.select(outcome)
    data = describe_outcome(pools, outcome)
    data["results"] = {}
    for option in options(pools.review):
        values = subset_values(selection.events, selection.totals, option.recipe)
        stored = quantise(values).astype("<u2").tobytes()
        data["results"][option.id] = base64.b64encode(stored).decode("ascii")
    return data


def full_table(pools: Pools) -> pd.DataFrame:
    """Pool all cohorts of every outcome by every recipe on offer: a row a recipe.

    ``recipe``; for each outcome its text, and ``estimate low high`` behind its identifier.
    """
    rows: list[dict[str, Any]] = []
    for option in options(pools.review):
        row: dict[str, Any] = {"recipe": option.label}
        for outcome in pools.review.outcomes:
            selection = pools.select(outcome.id)
            counts = selection.events, selection.totals
            pooled = computed(metaprop.pool, *counts, option.recipe)
            row[outcome.id] = str(words.interval(pooled, digits=1))
            row |= {f"{outcome.id}_{end}": v for end, v in proportion(pooled).to_dict().items()}
        rows.append(row)
    return pd.DataFrame(rows)


def subset_values(events: ArrayLike, totals: ArrayLike, recipe: Recipe) -> FloatArray:
    """Return :data:`COLUMNS` of the subsets of :func:`members`, one a column; −1 without an answer.

    Of up to `ALL_UP_TO` cohorts column r is the subset with the bits of r + 1; bit i is the cohort
    at position i.
    """
    e, n = np.asarray(events), np.asarray(totals)
    subsets = list(members(len(e)))
    # All at once: the mixed model, fitted one by one, takes ten times as long.
    counts = [e[inside] for inside in subsets], [n[inside] for inside in subsets]
    pooled = computed(metaprop.pool_recipe_sets, *counts, [recipe])
    i2 = getattr(pooled, f"i2_{recipe.i2}")
    values = np.stack([pooled.estimate, pooled.low, pooled.high, i2])[:, :, 0]
    return np.nan_to_num(values, nan=-1.0)


def script(data: dict[str, Any], key: str) -> str:
    """Return `data` as a script file that hands it to the page; `key` tells its version."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"/* {key} */\nreviewbookExplorer({text});\n"


def data_key(pools: Pools, outcome: str) -> str:
    """Return a hash of all that the file of an outcome depends on, library code included."""
    digest = hashlib.sha256(FORMAT.encode())
    digest.update(json.dumps(describe_outcome(pools, outcome), sort_keys=True).encode())
    statistics = Path(str(metaprop.__file__)).parent.glob("*.py")
    for path in (*sorted(statistics), Path(__file__), Path(str(words.__file__))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def write(
    pools: Pools, folder: Path, *, report: Callable[[str], None] = lambda line: None
) -> list[Path]:
    """Write the script file of every outcome into `folder`, unless it is there and current."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for outcome in pools.review.outcomes:
        target = folder / f"{outcome.id}.js"
        key = data_key(pools, outcome.id)
        if not (target.is_file() and target.read_text(encoding="utf-8").startswith(f"/* {key} */")):
            target.write_text(script(outcome_data(pools, outcome.id), key), encoding="utf-8")
            report(f"{target.name}: {target.stat().st_size} bytes")
        written.append(target)
    return written
