"""The sentences on tests for small-study effects, on our data and in simulation."""

from __future__ import annotations

import pandas as pd

from reviewbook import words
from reviewbook.pooling.analysis import Analysis
from reviewbook.robustness.asymmetry import SIZES, TAU, TRIALS, asymmetry_tests, trim_and_fill
from reviewbook.words import Phrase
from reviewbook.words.marked import told

from . import Sentences

SMALL_P = 0.05
"""A p below it is counted as small; nothing is decided by it."""


@told
def outcome_sentence(analysis: Analysis) -> Phrase:
    """Say in a sentence what the default test gives, and what it would give done wrongly."""
    tests = asymmetry_tests(analysis)
    default = tests[tests["default"]].iloc[0]
    egger = tests[~tests["valid"]]
    wrong = words.join(
        f"{words.pvalue(row['pvalue'])} on the {row['scale']} scale" for _, row in egger.iterrows()
    )
    return Phrase(
        f"{analysis.outcome.label}: the test that suits proportions gives "
        f"{words.pvalue(default['pvalue'])} in {words.count(analysis.selection.k, 'cohort')}; "
        f"Egger's test would have given {wrong}."
    )


@told
def default_sentence(analyses: list[Analysis]) -> Phrase:
    """Say in how many pools the test that suits proportions has a small p."""
    tests = [asymmetry_tests(analysis) for analysis in analyses]
    small = sum(float(one.loc[one["default"], "pvalue"].iloc[0]) < SMALL_P for one in tests)
    sizes = words.join(str(analysis.selection.k) for analysis in analyses)
    return Phrase(
        f"Of the {words.count(len(analyses), 'pool')}, of {sizes} cohorts, {small or 'none'} "
        f"{'has' if small < 2 else 'have'} a p-value below {SMALL_P:g} in the test that suits "
        "proportions."
    )


@told
def imputed_sentence(analyses: list[Analysis]) -> Phrase:
    """Say for which outcomes trim and fill imputes cohorts, and how far the estimate moves."""
    parts = []
    for analysis in analyses:
        frame = trim_and_fill(analysis)
        largest = int(frame["k0"].max())
        if largest:
            most = 100 * float(frame["change"].abs().max())
            parts.append(
                f"For {words.within_sentence(analysis.outcome.label)} it adds up to "
                f"{words.count(largest, 'cohort')}, which moves the estimate by at most "
                f"{words.number(most, 1)} percentage points."
            )
    if not parts:
        return Phrase("It adds no cohort for any outcome.")
    if len(parts) < len(analyses):
        parts.append("For the others it adds none.")
    return Phrase(" ".join(parts))


@told
def range_sentence(table: pd.DataFrame) -> Phrase:
    """Say between which rates each kind of test rejects."""
    rates = table.groupby("test", sort=False)["rejection"]
    return Phrase("; ".join(f"{test} {_range(part)}" for test, part in rates) + ".")


def _range(rates: pd.Series) -> Phrase:
    low, high = words.percent(float(rates.min())), words.percent(float(rates.max()))
    return low if low == high else Phrase(f"{low} to {high}")


@told
def simulation_sentences(ours: pd.DataFrame, curve: pd.DataFrame) -> Sentences:
    """Return the phrases on how often tests reject in simulated reviews without bias.

    `ours` and `curve` give the ranges of each test at our rates and over all proportions. Over
    all proportions, `worst` is the highest rate of Egger's test, `default` the range of the default
    test (Freeman–Tukey on the number of patients), and `by_size` the highest rate of a test by the
    number of patients on another scale, found at the proportion `farthest`. The others are the
    reviews a setting and the assumptions.

    Parameters
    ----------
    ours, curve : DataFrame
        ``at_our_rates`` and ``over_proportions`` of :mod:`reviewbook.robustness.asymmetry`.
    """
    egger, freeman_tukey = curve["predictor"] == "se", curve["scale"] == "double_arcsine"
    default = freeman_tukey & (curve["predictor"] == "sqrt_inverse_n")
    by_size = curve[~egger & ~freeman_tukey]
    far = by_size.iloc[int(by_size["rejection"].to_numpy().argmax())]
    return Sentences(
        ours=range_sentence(ours),
        curve=range_sentence(curve),
        worst=words.percent(float(curve.loc[egger, "rejection"].max())),
        default=_range(curve.loc[default, "rejection"]),
        by_size=words.percent(far["rejection"]),
        farthest=words.percent(far["proportion"]),
        trials=words.number(TRIALS, 0),
        tau=words.number(TAU, 1),
        smallest=SIZES[0],
        largest=SIZES[1],
    )
