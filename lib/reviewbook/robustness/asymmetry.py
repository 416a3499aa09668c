"""Tests for small-study effects: on an analysis, and on simulated reviews without any bias."""

from __future__ import annotations

import itertools
import math
import warnings

import pandas as pd

import metaprop
from metaprop.bias import AsymmetryTestWarning, few_studies
from metaprop.simulation import asymmetry_rejection
from reviewbook.pooling.analysis import Analysis, proportion

SCALES = {"double_arcsine": "Freeman–Tukey", "logit": "logit", "raw": "raw proportion"}
PREDICTORS = {
    "sqrt_inverse_n": "1/√patients",
    "inverse_n": "1/patients",
    "se": "standard error (Egger)",
}
NONE_KNOWN = "none known"
DEPENDENT = (
    "the variance is a function of the proportion itself, so the two go together "
    "where nothing is missing"
)

SIMULATED = ("se", "sqrt_inverse_n")
"""Predictors whose rejections without bias are simulated."""
TRIALS = 2000
TAU = 0.5
"""Standard deviation of the true logits behind the curves over all rates: an assumption."""
SIZES = (4, 40)
"""Fewest and most patients of a cohort behind those curves: an assumption."""
# Proportions along the axis of the curves; the mirror images behave alike.
GRID = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)


def _simulated(
    settings: list[tuple[float, float]], *, k: int, totals: tuple[int, int], n_trials: int = TRIALS
) -> pd.DataFrame:
    """Run the tests on reviews of `k` cohorts; a setting is a proportion and the spread of logits.

    Columns ``proportion tau scale predictor rejection mc_error test``, the last one in words.
    """
    found = asymmetry_rejection(
        settings=settings,
        scales=tuple(SCALES),
        predictors=SIMULATED,
        k=k,
        totals=totals,
        n_trials=n_trials,
    ).table()
    words = PREDICTORS | {"se": "standard error"}
    tests = zip(found["scale"], found["predictor"], strict=True)
    return found.assign(
        test=[f"{SCALES[scale]}, {words[predictor]}" for scale, predictor in tests],
        scale_text=found["scale"].map(SCALES),
        predictor_text="Predictor: " + found["predictor"].map(words),
    )


def at_our_rates(analyses: list[Analysis]) -> pd.DataFrame:
    """Simulate data like those of each analysis, every cohort published.

    Rate and spread of the logits are those of the primary pool, the number of cohorts and the
    range of their sizes those of the selection.

    Returns
    -------
    DataFrame
        ``outcome k proportion tau test scale predictor rejection mc_error scale_text
        predictor_text``; the last two are the parts of `test` in words.
    """
    frames = []
    for analysis in analyses:
        totals = analysis.selection.totals
        rate, tau = proportion(analysis.primary).estimate, math.sqrt(analysis.primary.tau2)
        sizes = int(totals.min()), int(totals.max())
        found = _simulated([(rate, tau)], k=analysis.selection.k, totals=sizes)
        found.insert(0, "outcome", analysis.outcome.label)
        found.insert(1, "k", analysis.selection.k)
        frames.append(found)
    return pd.concat(frames, ignore_index=True)


def over_proportions(*, k: int, n_trials: int = TRIALS) -> pd.DataFrame:
    """Simulate `k` cohorts by :data:`TAU` and :data:`SIZES` over a range of proportions.

    Columns as in :func:`at_our_rates`, without outcome and k.
    """
    return _simulated([(p, TAU) for p in GRID], k=k, totals=SIZES, n_trials=n_trials)


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
        sizes = analysis.effect_sizes(scale)
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
    rows = []
    for scale, text in SCALES.items():
        sizes = analysis.effect_sizes(scale)
        if sizes.yi.size < 3:
            continue
        test = metaprop.rank_test(sizes.yi, sizes.vi)
        valid = scale == "double_arcsine"
        cautions = "; ".join(filter(None, ["" if valid else DEPENDENT, few_studies(test.k)]))
        rows.append((text, test.tau, test.pvalue, cautions or NONE_KNOWN, valid))
    return pd.DataFrame(rows, columns=["scale", "tau", "pvalue", "cautions", "valid"])


def trim_and_fill(analysis: Analysis) -> pd.DataFrame:
    """Impute cohorts that a symmetric funnel would lack, by estimator and side.

    Returns
    -------
    DataFrame
        ``estimator side k0 estimate low high change``, comparison recipe; `side` is where cohorts
        are imputed and `change` the step from the pool without them.
    """
    selection, recipe = analysis.selection, analysis.comparison.recipe
    sizes = analysis.effect_sizes()
    whole = proportion(analysis.comparison).estimate
    rows = []
    for estimator, side in itertools.product(("L0", "R0"), ("left", "right")):
        filled = metaprop.trim_and_fill(
            sizes.yi,
            sizes.vi,
            recipe,
            estimator=estimator,
            side=side,
            totals=selection.totals[sizes.kept],
        )
        pooled = proportion(filled.pooled)
        rows.append((estimator, side, filled.k0, *pooled, pooled.estimate - whole))
    return pd.DataFrame(
        rows, columns=["estimator", "side", "k0", "estimate", "low", "high", "change"]
    )
