"""Tables and chart of the two chapters on funnel asymmetry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from reviewbook import words
from reviewbook.asymmetry import PREDICTORS, SCALES, asymmetry_tests, rank_tests, trim_and_fill
from reviewbook.figures import lines
from reviewbook.figures.figure import BookFigure
from reviewbook.tables import BookTable, Column
from reviewbook.words import Phrase

if TYPE_CHECKING:
    from metaprop.simulation import AsymmetryRejection
    from reviewbook.analysis import Analysis

GRID = ((0.5, 0.0), (0.5, 0.8), (0.87, 0.0), (0.87, 0.8), (0.95, 0.6), (0.06, 0.6))
"""Settings of the table: true proportion, and standard deviation of its logit between studies."""

CURVE = tuple((percent / 100, 0.6) for percent in (3, 6, 12, 25, 50, 75, 88, 94, 97))
"""Settings of the chart: proportions over the whole range, at one standard deviation."""

_SHOWN = {
    ("raw", "se"): "Egger, raw",
    ("logit", "se"): "Egger, logit",
    ("logit", "sqrt_inverse_n"): "Size, logit",
    ("double_arcsine", "sqrt_inverse_n"): "Size, Freeman–Tukey",
}


def share(simulated: AsymmetryRejection, scale: str, predictor: str) -> Phrase:
    """Return the range of the rejection rate over all settings, as in ``3% to 57%``."""
    rates = [
        row.rejection for row in simulated.rows if row.scale == scale and row.predictor == predictor
    ]
    if not rates:
        raise ValueError(f"nothing was simulated for scale {scale!r} and predictor {predictor!r}")
    return Phrase(f"{words.percent(min(rates))} to {words.percent(max(rates))}")


def chart(simulated: AsymmetryRejection, *, name: str) -> BookFigure:
    """Draw the rejection rate of four tests over the true proportion."""
    frame = simulated.table()
    frame["test"] = [
        _SHOWN.get(key, "") for key in zip(frame["scale"], frame["predictor"], strict=True)
    ]
    frame = frame[frame["test"] != ""].assign(true_percent=lambda d: 100 * d["proportion"])
    return lines(
        frame,
        x="true_percent",
        y="rejection",
        series="test",
        xlabel="True proportion, %",
        ylabel="Reviews in which the test rejects",
        reference=simulated.alpha,
        reference_label="valid test",
        percent=True,
        limits=(0.0, 1.0),
        name=name,
        caption="How often four tests find asymmetry in reviews where nothing was left out, over "
        "the true proportion. A valid test stays on the dashed line.",
        call="asymmetry_rejection(settings=CURVE)",
    )


def rejection_table(simulated: AsymmetryRejection, *, name: str) -> BookTable:
    """Return the rejection rates, one row a setting and one column a test."""
    frame = simulated.table()
    frame["test"] = frame["scale"].map(SCALES) + ", " + frame["predictor"].map(PREDICTORS)
    wide = frame.pivot_table(
        index=["proportion", "tau"], columns="test", values="rejection", sort=False
    ).reset_index()
    tests = [column for column in wide.columns if column not in ("proportion", "tau")]
    return BookTable(
        wide,
        name=name,
        caption=f"Share of {words.number(simulated.n_trials, 0)} simulated reviews in which the "
        f"test rejects at {words.percent(simulated.alpha)}, without any bias.",
        columns=[
            Column("proportion", "True proportion", "right", lambda v: str(words.percent(v))),
            Column("tau", "τ, logit", "right", lambda v: str(words.number(v, 1))),
            *(Column(test, test, "right", lambda v: str(words.percent(v))) for test in tests),
        ],
    )


def tests_table(analyses: Sequence[Analysis], *, name: str) -> BookTable:
    """Return the regression tests of all outcomes, with what speaks against each."""
    return BookTable(
        _stacked(analyses, asymmetry_tests),
        name=name,
        caption="Regression of the effect on what stands for the size of a cohort.",
        columns=[
            Column("outcome", "Outcome"),
            Column("scale", "Scale"),
            Column("predictor", "Against"),
            Column("statistic", "t", "right", lambda v: str(words.number(v, 2))),
            Column("pvalue", "p", "right", lambda v: str(words.pvalue(v))),
            Column("cautions", "Caution"),
        ],
    )


def rank_table(analyses: Sequence[Analysis], *, name: str) -> BookTable:
    """Return the rank tests of all outcomes."""
    return BookTable(
        _stacked(analyses, rank_tests),
        name=name,
        caption="Rank correlation of effect and variance (Begg and Mazumdar).",
        columns=[
            Column("outcome", "Outcome"),
            Column("scale", "Scale"),
            Column("tau", "Kendall's τ", "right", lambda v: str(words.number(v, 2))),
            Column("pvalue", "p", "right", lambda v: str(words.pvalue(v))),
        ],
        notes="On the raw and logit scales effect and variance are tied by arithmetic, so these "
        "rows share the fault of Egger's test.",
    )


def trim_fill_table(analyses: Sequence[Analysis], *, name: str) -> BookTable:
    """Return trim and fill of all outcomes by both estimators on both sides."""
    return BookTable(
        _stacked(analyses, trim_and_fill),
        name=name,
        caption="Trim and fill by the comparison recipe.",
        columns=[
            Column("outcome", "Outcome"),
            Column("estimator", "Estimator"),
            Column("side", "Filled on the"),
            Column("k0", "Cohorts filled in", "right"),
            Column("estimate", "Pooled % (95% CI)", "right", cell=_interval),
            Column("change", "Change, points", "right", lambda v: str(words.number(100 * v, 1))),
        ],
    )


def _stacked(
    analyses: Sequence[Analysis], function: Callable[[Analysis], pd.DataFrame]
) -> pd.DataFrame:
    parts = [function(analysis).assign(outcome=analysis.outcome.short) for analysis in analyses]
    return pd.concat(parts, ignore_index=True)


def _interval(row: Mapping[str, Any]) -> str:
    values = [words.number(100 * row[key], 0) for key in ("estimate", "low", "high")]
    return "{} ({} to {})".format(*values)
