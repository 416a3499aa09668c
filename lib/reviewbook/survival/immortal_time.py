"""The simulation of immortal time, set up like the comparisons that reports print.

Each comparison gives a scenario: its number of patients, the share of them that was exposed, and
the survival of both arms together at the printed time. In the simulated cohorts survival does not
depend on the exposure at all, so whatever an analysis finds there is made of nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import roots_hermitenorm

from metaprop.simulation import immortal_time, landmark_coverage
from metaprop.simulation.immortal_time import ImmortalTime
from reviewbook.review.settings import ImmortalTime as Assumed

from .arms import HAZARD, Comparison

TRIALS, SEED = 2000, 20240131
COVERAGE_TRIALS = 5000
"""So many that a coverage near 95 % is known to about 0.3 percentage points."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a simulation needs from a printed comparison.

    Attributes
    ----------
    label : str
    n : int
        Patients of both arms.
    exposed : float
        Share of them in the exposed arm.
    time_months : float
    survival : float
        Survival of both arms together at that time: their mean, weighted by patients.
    observed : float
        The hazard ratio found, for comparison.
    """

    label: str
    n: int
    exposed: float
    time_months: float
    survival: float
    observed: float


def scenario(one: Comparison) -> Scenario:
    """Set up a scenario like a comparison of landmark survival.

    Raises
    ------
    ValueError
        When the comparison has no survival, time or number of patients in an arm, or its arms
        together have a survival of 0 or 1.
    """
    better, worse = one.better, one.worse
    if (
        one.measure != HAZARD
        or one.time_months is None
        or one.at_one_time is None
        or better.survival is None
        or worse.survival is None
        or better.n is None
        or worse.n is None
    ):
        raise ValueError(
            f"{one.report_id}: survival, time and patients of both arms are needed to simulate"
        )
    n = better.n + worse.n
    survival = (better.n * better.survival + worse.n * worse.survival) / n
    if not 0 < survival < 1:
        raise ValueError(f"{one.report_id}: joint survival must lie inside 0–1, got {survival:g}")
    return Scenario(
        label=f"{one.label}, {one.endpoint.upper()} at {one.time_months:g} months",
        n=n,
        exposed=better.n / n,
        time_months=one.time_months,
        survival=survival,
        observed=one.at_one_time.estimate,
    )


def intended_share(setup: Scenario, median: float, *, spread: float, shape: float = 1.0) -> float:
    """Return who must be intended for exposure so that the printed share reaches it.

    The expected share that lives to a log-normal time T is E[S(T)] (Gauss–Hermite quadrature), so
    the intended share is exposed / E[S(T)], at most 1: with later exposure fewer are left than the
    report exposed, and the simulated share falls short of it.
    """
    x, w = roots_hermitenorm(40)
    times = median * np.exp(spread * x)
    alive = np.exp(np.log(setup.survival) * (times / setup.time_months) ** shape)
    reached = float(w @ alive / w.sum())
    return min(1.0, setup.exposed / reached)


def simulate(
    setup: Scenario,
    median: float,
    assumed: Assumed,
    *,
    shape: float = 1.0,
    trials: int = TRIALS,
    seed: int = SEED,
) -> ImmortalTime:
    """Simulate cohorts like `setup` in which exposure changes nothing.

    Parameters
    ----------
    median : float
        Median time to exposure in months.
    assumed : ImmortalTime
        Spread of these times, and when the landmark analysis starts.
    shape : float
        Weibull shape of the event times; 1 is a constant hazard, below 1 events come early.
    """
    return immortal_time(
        n=setup.n,
        survival_at=(setup.time_months, setup.survival),
        shape=shape,
        intended=intended_share(setup, median, spread=assumed.spread, shape=shape),
        switch_median=median,
        switch_spread=assumed.spread,
        hr_true=1.0,
        follow_up=(setup.time_months, 3.0 * setup.time_months),
        landmark=assumed.landmark_ratio * median,
        report_at=setup.time_months,
        n_trials=trials,
        seed=seed,
    )


def sweep(
    setup: Scenario,
    medians: Sequence[float],
    assumed: Assumed,
    *,
    shapes: Sequence[float] = (1.0,),
    trials: int = TRIALS,
) -> pd.DataFrame:
    """Simulate over times to exposure; one row a median, shape and analysis.

    Returns
    -------
    DataFrame
        ``scenario median shape analysis hazard_ratio low high rejected exposed printed_exposed
        printed_unexposed as_low``: the median hazard ratio over trials, the middle 90 % of them,
        the share of trials with a significant benefit, the share of patients exposed, the median
        survival a report would print for both groups, and the share of trials in which the ratio
        read off the naive groups' survival at the printed time, as that observed was, is at most
        that observed (missing for the other analyses). Times at which too few would live to reach
        the printed share of exposed patients are left out: the report excludes them.
    """
    rows = []
    for shape in shapes:
        for median in medians:
            if intended_share(setup, float(median), spread=assumed.spread, shape=shape) >= 1.0:
                continue
            result = simulate(setup, float(median), assumed, shape=shape, trials=trials)
            as_low = float((result.reported_log_hr <= np.log(setup.observed)).mean())
            for analysis in ("naive", "landmark", "time_dependent"):
                e = getattr(result, analysis)
                rows.append(
                    {
                        "scenario": setup.label,
                        "median": float(median),
                        "shape": float(shape),
                        "analysis": analysis,
                        "hazard_ratio": e.median_hazard_ratio,
                        "low": e.hazard_ratio_quantile(0.05),
                        "high": e.hazard_ratio_quantile(0.95),
                        "rejected": e.significant_benefit(),
                        "exposed": float(result.naive.exposed.mean()) / setup.n,
                        "printed_exposed": result.survival_exposed,
                        "printed_unexposed": result.survival_unexposed,
                        "as_low": as_low if analysis == "naive" else None,
                    }
                )
    return pd.DataFrame(rows)


def sweep_all(
    found: Iterable[Comparison],
    medians: Sequence[float],
    assumed: Assumed,
    *,
    shapes: Sequence[float] = (1.0,),
    trials: int = TRIALS,
) -> pd.DataFrame:
    """Return :func:`sweep` of the scenarios of several comparisons, one below the other."""
    parts = [sweep(scenario(one), medians, assumed, shapes=shapes, trials=trials) for one in found]
    return pd.concat(parts, ignore_index=True)


def coverage(found: Iterable[Comparison], *, trials: int = COVERAGE_TRIALS) -> pd.DataFrame:
    """Measure how well a hazard ratio is read off printed survival, in trials like those found.

    The simulated groups are formed at time 0 and have proportional hazards, with the number of
    patients of each arm, the printed survival of the worse arm and the hazard ratio found. A
    printed survival of 0 or 1 is simulated as (n S + ½) / (n + 1).

    Returns
    -------
    DataFrame
        One row a comparison and source of the standard error: ``comparison source n1 n0 hr bias
        coverage mc_error median_width approximate trials``. `trials` are those in which both groups
        were followed to the landmark, of the number asked for; `mc_error` is the standard error of
        the coverage that their number leaves.
    """
    parts = []
    for one in found:
        setup = scenario(one)
        assert one.better.n is not None
        assert one.worse.n is not None
        assert one.worse.survival is not None
        assert one.at_one_time is not None
        s0, n0 = one.worse.survival, one.worse.n
        s0 = s0 if 0 < s0 < 1 else (n0 * s0 + 0.5) / (n0 + 1)
        result = landmark_coverage(
            n1=one.better.n,
            n0=n0,
            survival0=s0,
            hr=one.at_one_time.estimate,
            landmark=setup.time_months,
            follow_up=(setup.time_months / 2, 3 * setup.time_months),
            n_trials=trials,
            seed=SEED,
        )
        part = result.table().reset_index()
        part["mc_error"] = np.sqrt(part["coverage"] * (1.0 - part["coverage"]) / part["trials"])
        part.insert(0, "comparison", setup.label)
        parts.append(part.assign(n1=one.better.n, n0=n0, hr=one.at_one_time.estimate))
    return pd.concat(parts, ignore_index=True)
