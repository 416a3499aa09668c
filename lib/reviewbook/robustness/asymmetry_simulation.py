"""How often asymmetry tests find bias where there is none, at the rates of this review."""

from __future__ import annotations

import math

import pandas as pd

from metaprop.simulation import asymmetry_rejection
from reviewbook import words
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.words import Phrase

from .asymmetry import SCALES

PREDICTORS = {"se": "standard error", "sqrt_inverse_n": "1/√patients"}
TRIALS = 2000
TAU = 0.5
"""Standard deviation of the true logits behind the curves over all rates: an assumption."""
SIZES = (4, 40)
"""Fewest and most patients of a cohort behind those curves: an assumption."""
# Proportions along the axis of the curves; the mirror images behave alike.
GRID = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)


def _named(table: pd.DataFrame) -> pd.DataFrame:
    table = table.copy()
    table["test"] = [
        f"{SCALES[scale]}, {PREDICTORS[predictor]}"
        for scale, predictor in zip(table["scale"], table["predictor"], strict=True)
    ]
    return table


def at_our_rates(analyses: list[Analysis], *, n_trials: int = TRIALS) -> pd.DataFrame:
    """Simulate data like those of each analysis, every cohort published.

    Rate and spread of the logits are those of the primary pool, the number of cohorts and the
    range of their sizes those of the selection.

    Returns
    -------
    DataFrame
        ``outcome k proportion tau test scale predictor rejection mc_error``.
    """
    frames = []
    for analysis in analyses:
        totals = analysis.selection.totals
        rate, tau = proportion(analysis.primary).estimate, math.sqrt(analysis.primary.tau2)
        found = asymmetry_rejection(
            settings=[(rate, tau)],
            scales=tuple(SCALES),
            predictors=tuple(PREDICTORS),
            k=analysis.selection.k,
            totals=(int(totals.min()), int(totals.max())),
            n_trials=n_trials,
        ).table()
        found.insert(0, "outcome", analysis.outcome.label)
        found.insert(1, "k", analysis.selection.k)
        frames.append(found)
    return _named(pd.concat(frames, ignore_index=True))


def over_proportions(*, k: int, n_trials: int = TRIALS) -> pd.DataFrame:
    """Simulate `k` cohorts by :data:`TAU` and :data:`SIZES` over a range of proportions.

    Columns as in :func:`at_our_rates`, without outcome and k.
    """
    found = asymmetry_rejection(
        settings=[(p, TAU) for p in GRID],
        scales=tuple(SCALES),
        predictors=tuple(PREDICTORS),
        k=k,
        totals=SIZES,
        n_trials=n_trials,
    ).table()
    return _named(found)


def rates_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row an outcome, one column a test, rejection rates as text."""
    rows = []
    for outcome, part in table.groupby("outcome", sort=False):
        first = part.iloc[0]
        row = {
            "outcome": str(outcome),
            "setting": f"{words.percent(first['proportion'])}, τ {words.number(first['tau'], 2)}, "
            f"{words.count(first['k'], 'cohort')}",
        }
        row |= {test: str(words.percent(r)) for test, r in zip(part["test"], part["rejection"])}  # noqa: B905
        rows.append(row)
    return pd.DataFrame(rows)


def range_sentence(table: pd.DataFrame) -> Phrase:
    """Say between which rates each kind of test rejects."""
    parts = []
    for test, part in table.groupby("test", sort=False):
        low, high = (
            words.percent(float(f)) for f in (part["rejection"].min(), part["rejection"].max())
        )
        parts.append(f"{test}: {low}" if low == high else f"{test}: {low} to {high}")
    return Phrase("; ".join(parts) + ".")


def default_range(table: pd.DataFrame) -> Phrase:
    """Return the range of rates of the default test, Freeman–Tukey on the number of patients."""
    default = (table["scale"] == "double_arcsine") & (table["predictor"] == "sqrt_inverse_n")
    rates = table.loc[default, "rejection"]
    low, high = words.percent(float(rates.min())), words.percent(float(rates.max()))
    return low if low == high else Phrase(f"{low} to {high}")
