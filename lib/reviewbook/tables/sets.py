"""Tables around the pools: recipes, sets beside each other, other reviews, posteriors."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from metaprop.bayes_result import BayesPooled
from reviewbook import words
from reviewbook.pooling.analysis import Analysis, i2_of, i2_told, proportion
from reviewbook.review.settings import Review

from . import columns
from .columns import Row, plain
from .table import BookTable, Column, Markup, escape, missing, plain_table, role


def recipes_table(review: Review, *, name: str) -> BookTable:
    """Return every recipe of the review with its part in the book and its Methods sentence."""
    parts = {review.primary_recipe: "primary", review.comparison_recipe: "comparison"}
    rows = [
        (recipe.label, parts.get(key, "alternative"), recipe.describe(prediction=False))
        for key, recipe in review.recipes.items()
    ]
    return plain_table(
        pd.DataFrame(rows, columns=["label", "part", "sentence"]),
        name=name,
        caption="The recipes, each in the words of the object that computes it.",
        labels={"label": "Recipe", "part": "Part", "sentence": "What it does"},
        kind="records",
    )


def sets_table(
    sets: Mapping[str, Mapping[str, Analysis]], review: Review, *, name: str
) -> BookTable:
    """Return the primary estimate of each outcome in several analysis sets: set → outcome."""
    frame = pd.DataFrame(
        {
            "outcome": outcome.label,
            "set": review.set(set_id).label,
            "cohorts": analyses[outcome.id].selection.k,
            "patients": analyses[outcome.id].selection.n,
            **proportion(analyses[outcome.id].primary).to_dict(),
            "i2": i2_of(analyses[outcome.id].comparison),
        }
        for outcome in review.outcomes
        for set_id, analyses in sets.items()
    )
    caption = "The primary estimate in each analysis set; I² by the comparison recipe."
    recipes = [one.comparison.recipe for analyses in sets.values() for one in analyses.values()]
    shown = [
        Column("set", "Set"),
        columns.COHORTS,
        columns.PATIENTS,
        columns.interval("Pooled % (95% CI)"),
        columns.I2,
    ]
    notes = escape(i2_told(*recipes))
    return BookTable(frame, name, caption, shown, notes, group=columns.OUTCOME)


def reviews_table(reviews: pd.DataFrame, review: Review, *, name: str) -> BookTable:
    """Return what other reviews print, as they print it."""
    shown = [
        Column("outcome", "Outcome", format=review.outcome_words),
        Column("value", "Printed", "right", cell=_printed),
        columns.integer("n_patients", "Patients"),
    ]
    caption = "Figures of other reviews, as printed."
    head = Column("review_id", "Review", cell=_review)
    return BookTable(
        reviews, name, caption, shown, sortable=True, folded=True, kind="numbers", group=head
    )


def _review(row: Row) -> Markup:
    return Markup(
        f"{role('cite:t', row['review_id'])}, {escape(row['scope'])}; {columns.source_text(row)}"
    )


def posterior_table(
    fits: Mapping[str, Mapping[str, BayesPooled]], review: Review, *, name: str
) -> BookTable:
    """Return pooled proportion, new cohort and τ of each outcome under each prior."""
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
                    **pooled.to_dict(),
                    "prediction_low": new.low,
                    "prediction_high": new.high,
                    "tau": fit.tau.median,
                    "tau_low": fit.tau.low,
                    "tau_high": fit.tau.high,
                }
            )
    shown = [
        Column("prior", "Prior of τ"),
        columns.interval("Pooled %"),
        columns.prediction("New cohort %"),
        Column("tau", "τ, logit scale", "right", cell=_tau),
    ]
    caption = "Posterior medians with central 95% intervals under each prior."
    notes = "New cohort: where its true rate is expected, with 95% probability under the model."
    frame = pd.DataFrame(rows)
    return BookTable(frame, name, caption, shown, notes, kind="numbers", group=columns.OUTCOME)


def _tau(row: Row) -> str:
    tau, low, high = (words.number(row[key], 2) for key in ("tau", "tau_low", "tau_high"))
    return f"{tau} ({low} to {high})"


def _printed(row: Row) -> str:
    """Return a value of another review with as many decimals as it prints."""
    unit = "%" if row["unit"] == "percent" else f" {plain(row['unit'])}"
    if row["statistic"] == "range":
        return f"{row['range_low']:g} to {row['range_high']:g}{unit} (range)"
    limits = "" if missing(row["ci_low"]) else f" ({row['ci_low']:g} to {row['ci_high']:g})"
    return f"{row['value']:g}{unit}{limits}"
