"""How a selection was made: its expression and the rows of ``data/`` it took, for its numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from metaprop import Pooled, Recipe
from reviewbook.review.settings import Outcome
from reviewbook.words.origin import Alone, LeftOut, Origin, Row, Source, trace

COUNT_KEY = ("report_id", "cohort_id", "outcome", "population", "timepoint", "status", "events",
             "total")  # fmt: skip
"""Primary key of ``outcomes.csv``; a test holds it to the data package."""
_SHOWN: tuple[str, ...] = ("label", "report_name", "events", "total", "bound", "population",
                           "timepoint", "status", "locator")  # fmt: skip

POOL_WORDS = {
    "proportion.estimate": "pooled proportion",
    "proportion.low": "lower limit of the pooled proportion",
    "proportion.high": "upper limit of the pooled proportion",
    "mean_proportion.estimate": "proportion averaged over cohorts",
    "mean_proportion.low": "lower limit of the proportion averaged over cohorts",
    "mean_proportion.high": "upper limit of the proportion averaged over cohorts",
    "k": "cohorts pooled",
    "n": "patients pooled",
    "i2": "I²",
    "tau2": "τ²",
    "q": "Q",
    "q_df": "degrees of freedom of Q",
    "q_pvalue": "p of Q",
}
POOL_UNITS = {
    **{f"{of}.{part}": "proportion" for of in ("proportion", "mean_proportion", "prediction")
       for part in ("estimate", "low", "high")},
    "k": "cohorts",
    "n": "patients",
    "i2": "proportion",
    "q_df": "degrees of freedom",
    "q_pvalue": "p",
}  # fmt: skip


def cohort_rows(included: pd.DataFrame, *columns: str) -> tuple[Row, ...]:
    """Return the rows of ``cohorts.csv`` of some cohorts, shown with the columns that were read."""
    return tuple(
        Row(
            "cohorts.csv",
            str(row["cohort_id"]),
            tuple((name, _cell(row.get(name))) for name in ("label", *columns)),
        )
        for row in included.to_dict("records")
    )


def count_rows(
    included: pd.DataFrame, outcome: Outcome | None, *, table: str = "outcomes.csv"
) -> tuple[Row, ...]:
    """Return the rows of ``outcomes.csv`` whose counts a selection took, or of a study table."""
    rows = []
    for row in included.to_dict("records"):
        if table == "outcomes.csv":
            cells = {**row, "outcome": outcome.counted if outcome else ""}
            key, shown = "|".join(str(cells[c]) for c in COUNT_KEY), _SHOWN
        else:
            key, shown = str(row["label"]), ("label", "events", "total")
        said = tuple((column, _cell(row.get(column))) for column in shown)
        rows.append(Row(table, key, said, str(row["source_url"])))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class CohortCount:
    """The count of a cohort: `events` of `total` patients."""

    events: int
    total: int


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """How a selection was made.

    Attributes
    ----------
    expression, analysis : str
        Python that makes the selection, and the analysis of it, from `book`.
    source : Source
        Its rows and what it left out.
    included : DataFrame
        The cohorts of that selection; one of other cohorts is another selection.
    imports : tuple of str
        Lines that the expressions need.
    """

    expression: str
    analysis: str
    source: Source
    included: pd.DataFrame
    imports: tuple[str, ...] = ()

    def origin(self, how: str, what: str, unit: str = "") -> Origin:
        """Return the origin of a number of the selection; `how` ends its expression."""
        return Origin(
            expression=f"{self.expression}{how}",
            what=what,
            unit=unit,
            sources=(self.source,),
            imports=self.imports,
        )

    def of_row(self, place: int) -> Source:
        """Return the source that is one row of the selection alone."""
        return replace(self.source, rows=(self.source.rows[place],), left_out=())

    def of_analysis(self, how: str, what: str, *, alone: Alone | None = None) -> Origin:
        """Return the origin of a result of the analysis; `how` ends its expression."""
        return Origin(
            expression=f"{self.analysis}{how}",
            what=what,
            sources=(self.source,),
            imports=self.imports,
            alone=alone,
        )


def made_of(
    expression: str,
    analysis: str,
    outcome: Outcome | None,
    set_id: str,
    included: pd.DataFrame,
    excluded: pd.DataFrame,
    *,
    table: str = "outcomes.csv",
    imports: tuple[str, ...] = (),
) -> Made:
    """Return how a selection was made; the rows are those whose counts it holds.

    Without an outcome the selection only chose cohorts, and the rows are those of ``cohorts.csv``.
    """
    if outcome is None:
        rows = cohort_rows(included, "n_infused")
    else:
        rows = count_rows(included, outcome, table=table)
    left = tuple(
        LeftOut(str(label), str(reason))
        for label, reason in zip(excluded["label"], excluded["reason"], strict=True)
    )
    source = Source(outcome.id if outcome else "", set_id, rows, left)
    return Made(expression, analysis, source, included, imports)


def _cell(value: Any) -> str:
    return "" if value is None or value is pd.NA else str(value)


def pooled_alone(call: str, events: Any, totals: Any, how: str) -> Alone:
    """Return how a function of ``metaprop`` alone pools counts; `how` ends its arguments."""
    first, second = (tuple(int(n) for n in some) for some in (events, totals))
    lines = (
        f"events = {list(first)}",
        f"totals = {list(second)}",
        f"result = metaprop.{call}(events, totals, {how})",
    )
    return Alone(lines, "result", (first, second))


def recipe_call(recipe: Recipe) -> str:
    """Return the Python that makes a recipe, with what differs from the default alone."""
    default: Callable[..., Recipe] = Recipe
    own = recipe.to_dict()
    plain = default(method=recipe.method).to_dict()
    said = [f"method={recipe.method!r}"]
    said += [f"{name}={value!r}" for name, value in own.items() if plain.get(name) != value]
    return f"metaprop.Recipe({', '.join(dict.fromkeys(said))})"


def traced_pool(made: Made | None, how: str, what: str, pooled: Pooled, counts: Any) -> Pooled:
    """Return a pool whose numbers say where they come from; as it is where nobody made it."""
    if made is None:
        return pooled
    alone = pooled_alone("pool", counts[0], counts[1], recipe_call(pooled.recipe))
    origin = replace(made.of_analysis(how, what, alone=alone), recipe=pooled.recipe)
    named = {name: f"{text}, {pooled.recipe.label}" for name, text in POOL_WORDS.items()}
    return trace(pooled, origin, units=POOL_UNITS, named=named)
