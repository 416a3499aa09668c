"""Tables of the pages on sensitivity and publication bias."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from reviewbook import words
from reviewbook.pooling.analysis import Analysis, i2_told
from reviewbook.pooling.pools import Pools
from reviewbook.robustness.asymmetry import (
    NONE_KNOWN,
    asymmetry_tests,
    rank_tests,
    trim_and_fill,
)
from reviewbook.robustness.sensitivity import (
    ALL_UP_TO,
    drivers,
    influence,
    leave_one_out,
    subsets,
    variants,
    which_subsets,
)

from . import columns
from .columns import Row, anchor, points, wide, yes_or_no
from .table import BookTable, Column, escape

NOT_VALID = "‡"
"""Marks a test that is not valid on a scale."""
KEPT = ["test", "scale", "symbol", "statistic", "df", "pvalue"]


def variants_table(pools: Pools, outcome: str) -> BookTable:
    """Return what changed rules give, by both recipes, with the cohorts that come and go."""
    frame = variants(pools, outcome)
    shown = [
        Column("variant", "Rules"),
        columns.K,
        columns.N,
        columns.percent_interval("Primary recipe"),
        columns.percent_interval("Comparison recipe", "comparison_"),
        Column("i2", "I²", format=words.i2),
    ]
    label = pools.review.outcome(outcome).label
    caption = f"{label} under changed rules for choosing cohorts and counts."
    below = [Column("entered", "Cohorts that come and go", cell=_exchange, folded="always")]
    name = anchor(outcome, "rules")
    recipe = pools.analyse(outcome).comparison.recipe
    notes = f"I² is that of the comparison recipe. {escape(i2_told(recipe))}"
    return BookTable(frame, name, caption, shown, notes, below=below)


def _exchange(row: Row) -> str:
    named = {"In": row["entered"], "Out": row["left"]}
    return ". ".join(f"{word}: {labels}" for word, labels in named.items() if labels)


def influence_table(analysis: Analysis) -> BookTable:
    """Return deletion diagnostics beside what leaving the cohort out does to the estimate."""
    frame = influence(analysis)
    changes = leave_one_out(analysis).set_index("label")["change"]
    frame.insert(1, "change", [changes[f"without {label}"] for label in frame["label"]])
    shown = [
        Column("label", "Without"),
        Column("change", "Primary estimate moves (points)", format=points),
        Column("hat", "Weight", format=words.percent),
        Column("rstudent", "Residual", format=words.number),
        Column("dffits", "DFFITS", format=words.number),
        Column("cook_d", "Cook's distance", format=words.number),
        Column("influential", "Influential", format=yes_or_no),
    ]
    caption = f"{analysis.outcome.label}: what leaving out one cohort does."
    notes = "Weight and diagnostics are those of the comparison recipe on its own scale."
    name = anchor(analysis.outcome.id, "influence")
    return BookTable(frame, name, caption, shown, notes, sortable=True, kind="numbers")


def drivers_table(analysis: Analysis) -> BookTable:
    """Return the medians of the subsets with and without each cohort."""
    shown = [
        columns.COHORT,
        Column("estimate_with", "Estimate with it", format=words.percent),
        Column("estimate_without", "Without it", format=words.percent),
        Column("pull", "Difference (points)", format=points),
        Column("i2_with", "I² with it", format=words.i2),
        Column("i2_without", "Without it", format=words.i2),
    ]
    pooled = subsets(analysis)
    of_all = analysis.selection.k <= ALL_UP_TO
    which = "all subsets" if of_all else which_subsets(pooled, analysis.selection.k)
    caption = f"{analysis.outcome.label}: medians over {which} of two or more cohorts."
    frame = drivers(analysis, pooled)[[column.key for column in shown]]
    name, notes = (
        anchor(analysis.outcome.id, "drivers"),
        escape(i2_told(analysis.comparison.recipe)),
    )
    return BookTable(frame, name, caption, shown, notes, kind="numbers")


def tests_table(analysis: Analysis) -> BookTable:
    """Return the tests for small-study effects, the valid ones marked, each with its warning."""
    regressions, ranks = asymmetry_tests(analysis), rank_tests(analysis)
    frame = pd.concat(
        [
            regressions.assign(test=regressions["predictor"], symbol="t"),
            ranks.rename(columns={"tau": "statistic"}).assign(
                test="rank correlation (Begg)", symbol="τ", default=False
            ),
        ],
        ignore_index=True,
    )
    frame["shown"] = [
        f"{row['symbol']} = {words.number(row['statistic'])}, {words.pvalue(row['pvalue'])}"
        + (" (default)" if row["default"] else "" if row["valid"] else f" {NOT_VALID}")
        for row in frame.to_dict("records")
    ]
    grid = wide(frame, ["test"], "scale", "shown") if len(frame) else pd.DataFrame({"test": []})
    shown = [Column("test", "Predictor")]
    shown += [Column(str(scale), str(scale)) for scale in grid.columns[1:]]
    caption = (
        f"{analysis.outcome.label}: tests for small-study effects in "
        f"{words.count(analysis.selection.k, 'cohort')}."
    )
    kept = frame[[*KEPT, "default", "valid", "cautions"]]
    return BookTable(
        grid,
        anchor(analysis.outcome.id, "asymmetry"),
        caption,
        shown,
        escape(_cautions(frame)),
        data=kept,
    )


def _cautions(tests: pd.DataFrame) -> str:
    """Say once what speaks against all tests of a table, and what against those not valid."""
    common = str(tests.loc[tests["valid"], "cautions"].iloc[0]) if tests["valid"].any() else ""
    own = tests.loc[~tests["valid"], "cautions"].str.removesuffix(f"; {common}")
    said = [] if common in ("", NONE_KNOWN) else [f"All: {common}."]
    said += [f"{NOT_VALID} {caution}." for caution in dict.fromkeys(own)]
    return " ".join(said)


def trim_table(analyses: Sequence[Analysis]) -> BookTable:
    """Return trim and fill for several outcomes."""
    by_outcome = {analysis.outcome.label: trim_and_fill(analysis) for analysis in analyses}
    frame = pd.concat(by_outcome, names=["outcome"]).reset_index("outcome")
    shown = [
        Column("estimator", "Estimator"),
        Column("side", "Side"),
        columns.integer("k0", "Imputed"),
        columns.percent_interval("Pooled then (95% CI)"),
        Column("change", "Moves by (points)", format=points),
    ]
    caption = (
        "Trim and fill on the Freeman–Tukey scale, by estimator and by the side on which cohorts "
        "are imputed."
    )
    name = "tbl-trim-and-fill"
    return BookTable(frame, name, caption, shown, kind="numbers", group=columns.OUTCOME)


def rejection_table(rejections: pd.DataFrame, *, name: str) -> BookTable:
    """Return how often tests reject where nothing is missing, a row an outcome, a column a test.

    `rejections` is what :func:`reviewbook.robustness.asymmetry.at_our_rates` returns.
    """
    setting = ["outcome", "proportion", "tau", "k"]
    frame = wide(rejections, setting, "test", "rejection")

    def simulated(row: Row) -> str:
        return (
            f"{words.percent(row['proportion'])}, τ {words.number(row['tau'], 2)}, "
            f"{words.count(row['k'], 'cohort')}"
        )

    shown = [columns.OUTCOME, Column("tau", "Rate, spread, size", cell=simulated)]
    shown += [Column(test, test, format=words.percent) for test in frame.columns[len(setting) :]]
    caption = "Share of simulated reviews without bias in which a test has p below 0.05."
    return BookTable(frame, name, caption, shown, kind="numbers")


def rates_table(rates: pd.DataFrame, *, name: str) -> BookTable:
    """Return how often each test rejects by true proportion, with the error of the simulation.

    `rates` is what :func:`reviewbook.robustness.asymmetry.over_proportions` returns.
    """
    kept = rates[["proportion", "test", "rejection", "mc_error"]]
    frame = rates.assign(
        shown=[
            f"{words.percent(rate)} ({words.percent(error, digits=1)})"
            for rate, error in zip(rates["rejection"], rates["mc_error"], strict=True)
        ]
    )
    grid = wide(frame, ["predictor_text", "proportion"], "scale_text", "shown")
    grid = grid.sort_values("predictor_text", kind="stable")  # rows of a group stand together
    shown = [Column("proportion", "True proportion", format=words.percent)]
    shown += [Column(scale, scale, "right") for scale in frame["scale_text"].unique()]
    caption = "The same in numbers, with the error of the simulation in brackets."
    predictor = Column("predictor_text", "Predictor")
    return BookTable(grid, name, caption, shown, kind="numbers", group=predictor, data=kept)
