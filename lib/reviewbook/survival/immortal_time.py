"""The simulation of immortal time, set up like the comparisons that reports print.

Each comparison gives a scenario: its number of patients, the share of them that was exposed, and
the survival of both arms together at the printed time. In the simulated cohorts survival does not
depend on the exposure at all, so whatever an analysis finds there is made of nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import roots_hermitenorm

from metaprop.simulation import immortal_time, landmark_coverage
from metaprop.simulation.immortal_time import ImmortalTime
from reviewbook.review.settings import ImmortalTime as Assumed
from reviewbook.words.frames import FrameOrigin, made_by
from reviewbook.words.origin import Origin, Row, Source, origin_of

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
    times = float(median) * np.exp(spread * x)
    alive = np.exp(np.log(setup.survival) * (times / float(setup.time_months)) ** shape)
    reached = float(w @ alive / w.sum())
    return min(1.0, float(setup.exposed) / reached)


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
    time = float(setup.time_months)
    return immortal_time(
        n=int(setup.n),
        survival_at=(time, float(setup.survival)),
        shape=shape,
        intended=intended_share(setup, median, spread=assumed.spread, shape=shape),
        switch_median=median,
        switch_spread=assumed.spread,
        hr_true=1.0,
        follow_up=(time, 3.0 * time),
        landmark=assumed.landmark_ratio * median,
        report_at=time,
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
    """Return :func:`sweep` of the scenarios of several comparisons, one below the other.

    Its numbers say where they come from when the comparisons do; `assumed` are then the settings of
    their book.
    """
    used = {scenario(one).label: one for one in found}
    parts = [
        sweep(scenario(one), medians, assumed, shapes=shapes, trials=trials)
        for one in used.values()
    ]
    frame = pd.concat(parts, ignore_index=True)
    own = _origins(used.values())
    if own is None:
        return frame
    median_of = {float(median): median for median in medians}
    more = "" if trials == TRIALS else f", trials={trials}"

    def made_alone(row: Mapping[str, Any]) -> str:
        one, median = own[row["scenario"]], _written(median_of[row["median"]])
        setup = f"sweep(scenario({one.expression}), [{median}], book.review.immortal_time"
        return f"{setup}, shapes=[{row['shape']!r}]{more})"

    def median_sources(row: Mapping[str, Any]) -> tuple[Source, ...]:
        told = origin_of(median_of[row["median"]])
        return told.sources if told else (_settings(assumed),)

    def sources(row: Mapping[str, Any]) -> tuple[Source, ...]:
        rows = (*own[row["scenario"]].sources, *median_sources(row), _settings(assumed))
        return tuple(dict.fromkeys(rows))

    each = ", ".join(one.expression for one in own.values())
    times = ", ".join(map(_written, medians))
    told = [origin for median in medians if (origin := origin_of(median))]
    imports = [line for one in (*own.values(), *told) for line in one.imports]
    made = FrameOrigin(
        expression=f"sweep_all([{each}], [{times}], book.review.immortal_time, shapes={shapes!r}"
        f"{more})",
        what="simulated cohorts in which the exposure changes nothing",
        key=("analysis",),
        source_of=sources,
        imports=(_IMPORT, *dict.fromkeys(imports)),
        units={"median": "months", **dict.fromkeys(_SHARES, "proportion")},
        sources_of_column={"median": median_sources},
        made_alone=made_alone,
    )
    return made_by(frame, made)


_IMPORT = "from reviewbook.survival.immortal_time import coverage, scenario, sweep, sweep_all"
_SHARES = ("rejected", "exposed", "printed_exposed", "printed_unexposed", "as_low")


def _origins(found: Iterable[Comparison]) -> dict[str, Origin] | None:
    """Return how each comparison is made, by its scenario; None where one does not say."""
    own = {scenario(one).label: one.origin for one in found}
    known = {label: origin for label, origin in own.items() if origin is not None}
    return known if len(known) == len(own) else None


def _written(number: float) -> str:
    """Return Python that makes a number: its own where it says so."""
    origin = origin_of(number)
    return f"{number!r}" if origin is None else origin.expression


def _settings(assumed: Assumed) -> Source:
    names = ("spread", "landmark_ratio", "medians")
    shown = tuple((name, str(getattr(assumed, name))) for name in names)
    return Source(rows=(Row("review.toml", "immortal_time", shown),))


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
    parts, used = [], {scenario(one).label: one for one in found}
    for one in used.values():
        setup = scenario(one)
        assert one.better.n is not None
        assert one.worse.n is not None
        assert one.worse.survival is not None
        assert one.at_one_time is not None
        s0, n0, n1 = float(one.worse.survival), int(one.worse.n), int(one.better.n)
        hr, time = float(one.at_one_time.estimate), float(setup.time_months)
        s0 = s0 if 0 < s0 < 1 else (n0 * s0 + 0.5) / (n0 + 1)
        result = landmark_coverage(
            n1=n1,
            n0=n0,
            survival0=s0,
            hr=hr,
            landmark=time,
            follow_up=(time / 2, 3 * time),
            n_trials=trials,
            seed=SEED,
        )
        part = result.table().reset_index()
        part["mc_error"] = np.sqrt(part["coverage"] * (1.0 - part["coverage"]) / part["trials"])
        part.insert(0, "comparison", setup.label)
        parts.append(part.assign(n1=n1, n0=n0, hr=hr))
    frame = pd.concat(parts, ignore_index=True)
    own = _origins(used.values())
    if own is None:
        return frame
    more = "" if trials == COVERAGE_TRIALS else f", trials={trials}"
    each = ", ".join(one.expression for one in own.values())
    made = FrameOrigin(
        expression=f"coverage([{each}]{more})",
        what="trials simulated like those found",
        key=("source",),
        source_of=lambda row: own[row["comparison"]].sources,
        imports=(_IMPORT, *dict.fromkeys(line for one in own.values() for line in one.imports)),
        units=dict.fromkeys(("coverage", "mc_error", "approximate"), "proportion"),
        made_alone=lambda row: f"coverage([{own[row['comparison']].expression}]{more})",
    )
    return made_by(frame, made)
