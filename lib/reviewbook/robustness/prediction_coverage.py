"""How often prediction intervals hold, as simulated by ``bench/prediction_coverage.py``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

RECORDS = Path("docs") / "prediction-coverage.csv"
PLUG_IN = "mixed model, normal"
"""The usual interval of the logistic model: one τ put in, quantile of the normal distribution."""


def prediction_coverage(root: Path) -> pd.DataFrame:
    """Return the committed simulation, one row a method, outcome and standard deviation τ.

    Returns
    -------
    DataFrame
        ``method used outcome cohorts rate tau sets coverage width``: `used` marks the method of
        this book, `sets` is how many sets of cohorts were drawn, `coverage` the probability that a
        95% interval holds the true rate of a new cohort, and `width` the mean width, both as
        fractions.
    """
    return pd.read_csv(root / RECORDS)
