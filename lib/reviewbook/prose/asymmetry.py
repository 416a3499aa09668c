"""The sentences on tests for small-study effects, on our data and in simulation."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from reviewbook import words
from reviewbook.pooling.analysis import Analysis
from reviewbook.robustness.asymmetry import SIZES, TAU, TRIALS, asymmetry_tests, trim_and_fill
from reviewbook.words import Phrase


def outcome_sentence(analysis: Analysis) -> Phrase:
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


@dataclass(frozen=True, slots=True)
class SimulationSentences:
    """Phrases on how often tests reject in simulated reviews without bias.

    Attributes
    ----------
    ours, curve : Phrase
        Ranges of the rates of each test, at our rates and over all proportions.
    worst, default : Phrase
        Highest rate of Egger's test, and the range of the default test, over all proportions.
    by_size, farthest : Phrase
        Highest rate of a test by the number of patients off the Freeman–Tukey scale, and the
        proportion at which it is found.
    trials, tau, smallest, largest : Phrase
        Reviews a setting, and the assumptions behind the curves.
    """

    ours: Phrase
    curve: Phrase
    worst: Phrase
    default: Phrase
    by_size: Phrase
    farthest: Phrase
    trials: Phrase
    tau: Phrase
    smallest: int
    largest: int


def simulation_sentences(ours: pd.DataFrame, curve: pd.DataFrame) -> SimulationSentences:
    """Return the phrases on ``at_our_rates`` and ``over_proportions``."""
    rates, egger = curve["rejection"].to_numpy(), (curve["predictor"] == "se").to_numpy()
    by_size = curve[~egger & (curve["scale"] != "double_arcsine").to_numpy()]
    far = by_size.iloc[int(by_size["rejection"].to_numpy().argmax())]
    return SimulationSentences(
        ours=range_sentence(ours),
        curve=range_sentence(curve),
        worst=words.percent(float(rates[egger].max())),
        default=default_range(curve),
        by_size=words.percent(far["rejection"]),
        farthest=words.percent(far["proportion"]),
        trials=words.number(TRIALS, 0),
        tau=words.number(TAU, 1),
        smallest=SIZES[0],
        largest=SIZES[1],
    )
