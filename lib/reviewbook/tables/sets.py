"""Tables around the pools: recipes, sets beside each other, other reviews, posteriors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from reviewbook import words

from .cohorts import plain, source_cell
from .results import percent_interval
from .table import BookTable, Column, Markup, escape, missing, role

if TYPE_CHECKING:
    from metaprop.bayes_result import BayesPooled
    from reviewbook.pooling.analysis import Analysis
    from reviewbook.review.settings import Review


def recipes_table(review: Review, *, name: str) -> BookTable:
    """Return every recipe of the review with its part in the book and its Methods sentence."""
    parts = {review.primary_recipe: "primary", review.comparison_recipe: "comparison"}
    frame = pd.DataFrame(
        {
            "label": recipe.label,
            "part": parts.get(key, "alternative"),
            "sentence": recipe.describe(),
        }
        for key, recipe in review.recipes.items()
    )
    return BookTable(
        frame,
        name=name,
        caption="The recipes, each in the words of the object that computes it.",
        columns=[
            Column("label", "Recipe"),
            Column("part", "Part"),
            Column("sentence", "What it does"),
        ],
    )


def sets_table(
    sets: Mapping[str, Mapping[str, Analysis]], review: Review, *, name: str
) -> BookTable:
    """Return the primary estimate of each outcome in several analysis sets.

    Parameters
    ----------
    sets : mapping
        Set → outcome → analysis.
    """
    rows = []
    for outcome in review.outcomes:
        for set_id, analyses in sets.items():
            analysis = analyses[outcome.id]
            estimate, low, high = _proportion(analysis.primary)
            rows.append(
                {
                    "outcome": outcome.label,
                    "set": review.set(set_id).label,
                    "cohorts": analysis.selection.k,
                    "patients": analysis.selection.n,
                    "estimate": estimate,
                    "low": low,
                    "high": high,
                    "i2": analysis.comparison.i2,
                }
            )
    return BookTable(
        pd.DataFrame(rows),
        name=name,
        caption="The primary estimate in each analysis set; I² by the comparison recipe.",
        columns=[
            Column("outcome", "Outcome"),
            Column("set", "Set"),
            Column("cohorts", "Cohorts", "right"),
            Column("patients", "Patients", "right"),
            Column("estimate", "Pooled % (95% CI)", "right", cell=_interval),
            Column("i2", "I²", "right", lambda v: str(words.i2(v))),
        ],
    )


def reviews_table(reviews: pd.DataFrame, review: Review, *, name: str) -> BookTable:
    """Return what other reviews print, as they print it."""
    return BookTable(
        reviews,
        name=name,
        caption="Figures of other reviews, as printed.",
        columns=[
            Column("review_id", "Review", cell=lambda row: role("cite:t", str(row["review_id"]))),
            Column("scope", "Scope"),
            Column("outcome", "Outcome", format=review.outcome_words),
            Column("value", "Printed", "right", cell=_printed),
            Column("n_patients", "Patients", "right", lambda v: str(words.number(v, 0))),
            Column("locator", "Read in", cell=source_cell),
        ],
        sortable=True,
    )


def posterior_table(
    fits: Mapping[str, Mapping[str, BayesPooled]], review: Review, *, name: str
) -> BookTable:
    """Return pooled proportion, new cohort and τ under each prior.

    Parameters
    ----------
    fits : mapping
        Outcome → prior → posterior.
    """
    rows = []
    for outcome_id, by_prior in fits.items():
        for fit in by_prior.values():
            pooled, new = fit.proportion, fit.prediction_proportion
            assert pooled is not None
            assert new is not None
            rows.append(
                {
                    "outcome": review.outcome(outcome_id).label,
                    "prior": fit.tau_prior.label,
                    **dict(zip(("estimate", "low", "high"), pooled, strict=True)),
                    "prediction_low": new.low,
                    "prediction_high": new.high,
                    "tau": fit.tau.median,
                    "tau_low": fit.tau.low,
                    "tau_high": fit.tau.high,
                }
            )
    return BookTable(
        pd.DataFrame(rows),
        name=name,
        caption="Posterior medians with central 95% intervals under each prior.",
        columns=[
            Column("outcome", "Outcome"),
            Column("prior", "Prior of τ"),
            Column("estimate", "Pooled %", "right", cell=_interval),
            Column("prediction_low", "New cohort %", "right", cell=_new_cohort),
            Column("tau", "τ, logit scale", "right", cell=_tau),
        ],
    )


def _proportion(pooled: Any) -> tuple[float, float, float]:
    estimate, low, high = pooled.proportion
    return estimate, low, high


def _interval(row: Any) -> str:
    return percent_interval(row["estimate"], row["low"], row["high"])


def _new_cohort(row: Any) -> str:
    low, high = (words.number(100 * row[f"prediction_{end}"], 0) for end in ("low", "high"))
    return f"{low} to {high}"


def _tau(row: Any) -> str:
    tau, low, high = (words.number(row[key], 2) for key in ("tau", "tau_low", "tau_high"))
    return f"{tau} ({low} to {high})"


def _printed(row: Any) -> str:
    unit = "%" if row["unit"] == "percent" else f" {plain(row['unit'])}"
    if row["statistic"] == "range":
        return escape(f"{_bare(row['range_low'])} to {_bare(row['range_high'])}{unit} (range)")
    text = f"{_bare(row['value'])}{unit}"
    if not missing(row["ci_low"]):
        text += f" ({_bare(row['ci_low'])} to {_bare(row['ci_high'])})"
    return Markup(escape(text))


def _bare(value: Any) -> str:
    return f"{float(value):g}"
