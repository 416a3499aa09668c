"""Tests for small-study effects on an analysis, each with what speaks against it."""

from __future__ import annotations

import warnings

import pandas as pd

import metaprop
from metaprop.bias import AsymmetryTestWarning, few_studies
from reviewbook import words
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.words import Phrase

SCALES = {"double_arcsine": "Freeman–Tukey", "logit": "logit", "raw": "raw proportion"}
PREDICTORS = {
    "sqrt_inverse_n": "1/√patients",
    "inverse_n": "1/patients",
    "se": "standard error (Egger)",
}
NONE_KNOWN = "none known"


def asymmetry_tests(analysis: Analysis) -> pd.DataFrame:
    """Regress the effects on what stands for the size of a cohort, scale by scale.

    Returns
    -------
    DataFrame
        ``scale predictor statistic df pvalue cautions valid default``, one row a scale and
        predictor, the default (Freeman–Tukey on 1/√patients) first. `valid` is False where the
        predictor is a function of the proportion itself. Fewer than three cohorts: no rows.
    """
    selection = analysis.selection
    rows = []
    for scale, scale_text in SCALES.items():
        sizes = metaprop.effect_sizes(selection.events, selection.totals, scale=scale)
        if sizes.yi.size < 3:
            continue
        totals = selection.totals[sizes.kept]
        for predictor, text in PREDICTORS.items():
            with warnings.catch_warnings():  # the warnings are columns of the table
                warnings.simplefilter("ignore", AsymmetryTestWarning)
                test = metaprop.regression_test(
                    sizes.yi, sizes.vi, totals, predictor=predictor, scale=scale
                )
            rows.append(
                {
                    "scale": scale_text,
                    "predictor": text,
                    "statistic": test.statistic,
                    "df": test.df,
                    "pvalue": test.pvalue,
                    "cautions": "; ".join(test.cautions) or NONE_KNOWN,
                    "valid": not (predictor == "se" and scale != "double_arcsine"),
                    "default": scale == "double_arcsine" and predictor == "sqrt_inverse_n",
                }
            )
    return pd.DataFrame(rows)


def rank_tests(analysis: Analysis) -> pd.DataFrame:
    """Return the rank correlation of effects and variances on each scale.

    Returns
    -------
    DataFrame
        ``scale tau pvalue cautions valid``; `valid` is False where the variance is a function of
        the proportion itself.
    """
    selection = analysis.selection
    rows = []
    for scale, text in SCALES.items():
        sizes = metaprop.effect_sizes(selection.events, selection.totals, scale=scale)
        if sizes.yi.size >= 3:
            test = metaprop.rank_test(sizes.yi, sizes.vi)
            valid = scale == "double_arcsine"
            own = (
                ""
                if valid
                else "the variance is a function of the proportion itself, so the two go together "
                "where nothing is missing"
            )
            cautions = [caution for caution in (own, few_studies(test.k)) if caution]
            rows.append(
                {
                    "scale": text,
                    "tau": test.tau,
                    "pvalue": test.pvalue,
                    "cautions": "; ".join(cautions) or NONE_KNOWN,
                    "valid": valid,
                }
            )
    return pd.DataFrame(rows)


def trim_and_fill(analysis: Analysis) -> pd.DataFrame:
    """Impute cohorts that a symmetric funnel would lack, by estimator and side.

    Returns
    -------
    DataFrame
        ``estimator side k0 estimate low high change``, comparison recipe; `side` is where cohorts
        are imputed and `change` the step from the pool without them.
    """
    selection, recipe = analysis.selection, analysis.comparison.recipe
    sizes = metaprop.effect_sizes(
        selection.events, selection.totals, scale=recipe.scale, zeros=recipe.zeros
    )
    whole = proportion(analysis.comparison).estimate
    rows = []
    for estimator in ("L0", "R0"):
        for side in ("left", "right"):
            filled = metaprop.trim_and_fill(
                sizes.yi,
                sizes.vi,
                recipe,
                estimator=estimator,
                side=side,
                totals=selection.totals[sizes.kept],
            )
            pooled = proportion(filled.pooled)
            rows.append(
                {
                    "estimator": estimator,
                    "side": side,
                    "k0": filled.k0,
                    "estimate": pooled.estimate,
                    "low": pooled.low,
                    "high": pooled.high,
                    "change": pooled.estimate - whole,
                }
            )
    return pd.DataFrame(rows)


def summary(analysis: Analysis) -> Phrase:
    """Say in a sentence what the default test gives, and what it would give done wrongly."""
    tests = asymmetry_tests(analysis)
    default = tests[tests["default"]].iloc[0]
    egger = tests[~tests["valid"]]
    wrong = words.join(
        f"{words.pvalue(row['pvalue'])} on the {row['scale']} scale" for _, row in egger.iterrows()
    )
    return Phrase(
        f"{analysis.outcome.label}: {words.pvalue(default['pvalue'])} "
        f"({words.count(analysis.selection.k, 'cohort')}); Egger's test, which is not valid here, "
        f"would print {wrong}."
    )


def imputed_sentence(analyses: list[Analysis]) -> Phrase:
    """Say for which outcomes trim and fill imputes cohorts, and how far the estimate moves."""
    parts = []
    for analysis in analyses:
        frame = trim_and_fill(analysis)
        largest = int(frame["k0"].max())
        if largest:
            most = 100 * float(frame["change"].abs().max())
            parts.append(
                f"for {words.within_sentence(analysis.outcome.label)} "
                f"up to {largest}, which moves the estimate by at "
                f"most {words.number(most, 1)} percentage points"
            )
    if not parts:
        return Phrase("It imputes no cohort for any outcome.")
    rest = "" if len(parts) == len(analyses) else "; none for the others"
    return Phrase(f"It imputes cohorts {words.join(parts)}{rest}.")
