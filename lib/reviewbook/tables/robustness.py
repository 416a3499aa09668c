"""Tables of the pages on sensitivity and publication bias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.book import Book
from reviewbook.pooling.analysis import Analysis
from reviewbook.robustness.asymmetry import asymmetry_tests, rank_tests, trim_and_fill
from reviewbook.robustness.sensitivity import drivers, influence, leave_one_out, subsets, variants

from . import BookTable, fact_table


def _name(kind: str, outcome: str) -> str:
    return f"tbl-{outcome.replace('_', '-')}-{kind}"


def _pooled(row: Mapping[Any, Any], estimate: str, low: str, high: str) -> str:
    return (
        f"{words.percent(row[estimate])} "
        f"({words.in_percent(row[low])} to {words.in_percent(row[high])})"
    )


def _points(value: float) -> str:
    """Return a difference of proportions in percentage points, with its sign."""
    text = str(words.number(100 * value, 1))
    return text if text.startswith(words.MINUS) or value == 0 else f"+{text}"


def variants_table(book: Book, outcome: str) -> BookTable:
    """Set what changed rules give, by both recipes, with the cohorts that come and go."""
    frame = variants(book, outcome)
    records = frame.to_dict("records")
    shown = pd.DataFrame(
        {
            "variant": frame["variant"],
            "k": frame["k"],
            "n": frame["n"],
            "primary": [_pooled(row, "estimate", "low", "high") for row in records],
            "comparison": [
                _pooled(row, "comparison", "comparison_low", "comparison_high") for row in records
            ],
            "i2": [str(words.i2(value)) for value in frame["i2"]],
            "change": [_exchange(row) for row in records],
        }
    )
    label = book.review.outcome(outcome).label
    return fact_table(
        shown,
        name=_name("rules", outcome),
        caption=f"{label} under changed rules for choosing cohorts and counts.",
        labels={
            "variant": "Rules",
            "k": "Cohorts",
            "n": "Patients",
            "primary": "Primary recipe",
            "comparison": "Comparison recipe",
            "i2": "I²",
            "change": "Cohorts in, out",
        },
        notes=" ".join(_exchange_sentence(row) for row in records if row["entered"] or row["left"]),
    )


def _exchange(row: Mapping[Any, Any]) -> str:
    entered, left = (
        len([name for name in row[k].split("; ") if name]) for k in ("entered", "left")
    )
    return f"+{entered} {words.MINUS}{left}" if entered or left else "same"


def _exchange_sentence(row: Mapping[Any, Any]) -> str:
    parts = [f"in: {row['entered']}"] if row["entered"] else []
    parts += [f"out: {row['left']}"] if row["left"] else []
    return f"*{str(row['variant']).capitalize()}*: {'. '.join(parts).replace('. out', '; out')}."


def influence_table(analysis: Analysis) -> BookTable:
    """Set deletion diagnostics beside what leaving the cohort out does to the primary estimate."""
    frame = influence(analysis)
    steps = leave_one_out(analysis)
    changes = dict(
        zip(steps["label"].str.removeprefix("without "), steps["change"].tolist(), strict=True)
    )
    shown = pd.DataFrame(
        {
            "label": frame["label"],
            "change": [_points(changes[label]) for label in frame["label"]],
            "hat": [str(words.percent(value)) for value in frame["hat"]],
            "rstudent": [str(words.number(value, 2)) for value in frame["rstudent"]],
            "dffits": [str(words.number(value, 2)) for value in frame["dffits"]],
            "cook_d": [str(words.number(value, 2)) for value in frame["cook_d"]],
            "influential": ["yes" if flag else "no" for flag in frame["influential"]],
        }
    )
    return fact_table(
        shown,
        name=_name("influence", analysis.outcome.id),
        caption=f"{analysis.outcome.label}: what leaving out one cohort does.",
        labels={
            "label": "Without",
            "change": "Primary estimate moves (points)",
            "hat": "Weight",
            "rstudent": "Residual",
            "dffits": "DFFITS",
            "cook_d": "Cook's distance",
            "influential": "Influential",
        },
        notes="Weight and diagnostics are those of the comparison recipe on its own scale.",
        sortable=True,
    )


def drivers_table(analysis: Analysis) -> BookTable:
    """Set the medians of the subsets with and without each cohort."""
    frame = drivers(analysis, subsets(analysis))
    shown = pd.DataFrame(
        {
            "label": frame["label"],
            "with": [str(words.percent(value)) for value in frame["estimate_with"]],
            "without": [str(words.percent(value)) for value in frame["estimate_without"]],
            "pull": [_points(value) for value in frame["pull"]],
            "i2_with": [str(words.i2(value)) for value in frame["i2_with"]],
            "i2_without": [str(words.i2(value)) for value in frame["i2_without"]],
        }
    )
    return fact_table(
        shown,
        name=_name("drivers", analysis.outcome.id),
        caption=f"{analysis.outcome.label}: medians over all subsets of two or more cohorts.",
        labels={
            "label": "Cohort",
            "with": "Estimate with it",
            "without": "Without it",
            "pull": "Difference (points)",
            "i2_with": "I² with it",
            "i2_without": "Without it",
        },
    )


def tests_table(analysis: Analysis) -> BookTable:
    """Set the tests for small-study effects, the valid ones marked, each with its warning."""
    frame = asymmetry_tests(analysis)
    ranks = rank_tests(analysis)
    rows = [
        {
            "test": f"{row['predictor']}{', the default' if row['default'] else ''}",
            "scale": row["scale"],
            "statistic": f"t = {words.number(row['statistic'], 2)}",
            "p": str(words.pvalue(row["pvalue"])),
            "valid": "yes" if row["valid"] else "no",
            "cautions": row["cautions"],
        }
        for row in frame.to_dict("records")
    ]
    rows += [
        {
            "test": "rank correlation (Begg)",
            "scale": row["scale"],
            "statistic": f"τ = {words.number(row['tau'], 2)}",
            "p": str(words.pvalue(row["pvalue"])),
            "valid": "yes" if row["valid"] else "no",
            "cautions": row["cautions"],
        }
        for row in ranks.to_dict("records")
    ]
    return fact_table(
        pd.DataFrame(rows),
        name=_name("asymmetry", analysis.outcome.id),
        caption=f"{analysis.outcome.label}: tests for small-study effects in "
        f"{words.count(analysis.selection.k, 'cohort')}.",
        labels={
            "test": "Predictor",
            "scale": "Scale",
            "statistic": "Statistic",
            "p": "p",
            "valid": "Valid here",
            "cautions": "What speaks against it",
        },
    )


def trim_table(analyses: list[Analysis]) -> BookTable:
    """Set trim and fill for several outcomes."""
    rows = []
    for analysis in analyses:
        for row in trim_and_fill(analysis).to_dict("records"):
            rows.append(
                {
                    "outcome": analysis.outcome.label,
                    "estimator": row["estimator"],
                    "side": row["side"],
                    "k0": row["k0"],
                    "pooled": _pooled(row, "estimate", "low", "high"),
                    "change": _points(row["change"]),
                }
            )
    return fact_table(
        pd.DataFrame(rows),
        name="tbl-trim-and-fill",
        caption="Trim and fill on the Freeman–Tukey scale, by estimator and by the side on which "
        "cohorts are imputed.",
        labels={
            "outcome": "Outcome",
            "estimator": "Estimator",
            "side": "Side",
            "k0": "Imputed",
            "pooled": "Pooled then (95% CI)",
            "change": "Moves by (points)",
        },
    )
