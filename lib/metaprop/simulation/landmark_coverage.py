"""How good hazard ratios are that are read off printed survival at a landmark."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metaprop.checks import check_choice, check_level
from metaprop.intervals import normal_quantile
from metaprop.results import Result
from metaprop.survival.kaplan_meier import _SCALES, _limits
from metaprop.survival.landmark import Landmark, cloglog, compare
from metaprop.survival.printed_interval import Limits

from .settings import check_follow_up, check_fraction, check_positive, check_whole

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CoverageRow(Result):
    """Performance of one source of the standard error.

    Attributes
    ----------
    source : str
        Scale of the printed interval, or "n only" when no interval is printed.
    bias : float
        Mean error of the log hazard ratio.
    coverage : float
        Share of intervals that hold the truth.
    mean_se, empirical_sd : float
        Mean standard error claimed, and the spread of the estimates themselves.
    median_width : float
        Median ratio of the upper to the lower limit of the hazard ratio.
    approximate : float
        Share of trials where at least one standard error came from the number of patients.
    trials : int
        Trials in which both groups had somebody followed to the landmark.
    """

    source: str
    bias: float
    coverage: float
    mean_se: float
    empirical_sd: float
    median_width: float
    approximate: float
    trials: int


@dataclass(frozen=True, slots=True)
class LandmarkCoverage(Result):
    """Coverage of hazard ratios from printed landmark survival.

    Attributes
    ----------
    rows : tuple of CoverageRow
    n1, n0 : int
        Patients in the groups.
    survival0 : float
        True survival of group 0 at the landmark.
    hr : float
        True hazard ratio of group 1 to group 0.
    lost : float
        Mean share of patients censored before the landmark.
    n_trials, seed : int
    """

    rows: tuple[CoverageRow, ...]
    n1: int
    n0: int
    survival0: float
    hr: float
    lost: float
    n_trials: int
    seed: int

    def table(self) -> pd.DataFrame:
        """Return one row per source of the standard error."""
        import pandas as pd

        names = [field.name for field in fields(CoverageRow)]
        data = [[getattr(row, name) for name in names] for row in self.rows]
        return pd.DataFrame(data, columns=names).set_index("source")


def _landmark(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    survival: float,
    weibull: float,
    landmark: float,
    follow_up: tuple[float, float],
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_], float]:
    """Kaplan–Meier survival, Greenwood SE, whether it can be printed, and the share lost."""
    rate = -np.log(survival) / landmark**weibull
    death = (rng.standard_exponential(shape) / rate) ** (1.0 / weibull)
    censored = rng.uniform(*follow_up, shape)
    time, event = np.minimum(death, censored), death <= censored
    order = np.argsort(time, axis=1)
    t, d = np.take_along_axis(time, order, axis=1), np.take_along_axis(event, order, axis=1)
    left = np.arange(shape[1], 0, -1.0)[None, :]
    falls = d & (t <= landmark)
    s = np.where(falls, 1.0 - 1.0 / left, 1.0).prod(axis=1)
    greenwood = np.where(falls & (left > 1), 1.0 / (left * np.maximum(left - 1.0, 1.0)), 0.0)
    printable = (t[:, -1] > landmark) | (s == 0.0)
    lost = float(((t <= landmark) & ~d).mean())
    return s, s * np.sqrt(greenwood.sum(axis=1)), printable, lost


def _printed(
    s: FloatArray, se: FloatArray, scale: str, z: float, digits: int
) -> list[Limits | None]:
    """Limits as a report prints them; none where survival is 0 or 1 and has no standard error."""
    inside = (s > 0) & (s < 1)
    low, high = np.zeros_like(s), np.ones_like(s)
    low[inside], high[inside] = _limits(s[inside], se[inside], scale, z)
    low, high = np.minimum(low.round(digits), s.round(digits)), high.round(digits)
    high = np.maximum(high, s.round(digits))
    return [
        (float(a), float(b)) if ok else None for a, b, ok in zip(low, high, inside, strict=True)
    ]


def landmark_coverage(
    *,
    n1: int = 37,
    n0: int = 10,
    survival0: float = 0.3,
    hr: float = 1.0,
    landmark: float = 12.0,
    shape: float = 1.0,
    follow_up: tuple[float, float] = (6.0, 36.0),
    scales: tuple[str, ...] = ("log-log", "plain"),
    digits: int = 3,
    n_trials: int = 1000,
    seed: int = 20240131,
    level: float = 0.95,
) -> LandmarkCoverage:
    """Simulate two groups, print their survival at a landmark, and read the hazard ratio back.

    Each group gets a Kaplan–Meier curve; survival at the landmark and its interval are rounded as
    in a report, and :func:`metaprop.survival.log_hr_from_landmark` sees nothing else. The groups
    have proportional hazards and are formed at time 0, so the only errors measured are those of
    the reading itself.

    Parameters
    ----------
    n1, n0 : int
        Patients in group 1 and group 0.
    survival0 : float
        True survival of group 0 at the landmark; group 1 has survival0 ** hr.
    hr : float
        True hazard ratio of group 1 to group 0.
    landmark : float
    shape : float
        Weibull shape of both groups.
    follow_up : (shortest, longest)
        Planned follow-up, uniform between the two.
    scales : tuple of {"log-log", "plain", "log", "logit", "arcsine"}
        Scales of the printed intervals to try. A last row always uses the numbers of patients
        alone.
    digits : int
        Decimals of the printed fractions; 3 is one decimal of a percentage.
    n_trials, seed : int
    level : float

    Returns
    -------
    LandmarkCoverage

    Raises
    ------
    ValueError
        For parameters out of range, or if no trial can print both groups at the landmark.

    Examples
    --------
    >>> from metaprop import simulation
    >>> found = simulation.landmark_coverage(n1=30, n0=20, n_trials=50)
    >>> [row.source for row in found.rows]
    ['log-log', 'plain', 'n only']
    """
    n1, n0 = check_whole("n1", n1, 2), check_whole("n0", n0, 2)
    n_trials, seed = check_whole("n_trials", n_trials, 2), check_whole("seed", seed, 0)
    digits = check_whole("digits", digits, 1)
    check_fraction("survival0", survival0, inside=True)
    for name, value in (("hr", hr), ("landmark", landmark), ("shape", shape)):
        check_positive(name, value)
    follow_up = check_follow_up(follow_up)
    check_level(level)
    for scale in scales:
        check_choice("scales", scale, _SCALES)
    rng = np.random.default_rng(seed)
    (s1, se1, ok1, lost1), (s0, se0, ok0, lost0) = (
        _landmark(
            rng,
            (n_trials, n),
            survival=survival,
            weibull=shape,
            landmark=landmark,
            follow_up=follow_up,
        )
        for n, survival in ((n1, survival0**hr), (n0, survival0))
    )
    seen = ok1 & ok0
    if not seen.any():
        raise ValueError(f"no simulated trial has both groups followed to {landmark:g}")
    z = normal_quantile(level)
    shown1, shown0 = s1[seen].round(digits), s0[seen].round(digits)
    none: list[Limits | None] = [None] * int(seen.sum())

    # So few patients can print few things: one trial in twenty prints something new of a group.
    @cache
    def seen_as(survival: float, limits: Limits | None, n: int) -> Landmark:
        return cloglog(survival, limits, n, level=level)

    rows = []
    for source in (*scales, "n only"):
        if source == "n only":
            limits1, limits0 = none, none
        else:
            limits1 = _printed(s1[seen], se1[seen], source, z, digits)
            limits0 = _printed(s0[seen], se0[seen], source, z, digits)
        read = [
            compare(seen_as(float(a), ca, n1), seen_as(float(b), cb, n0), level)
            for a, ca, b, cb in zip(shown1, limits1, shown0, limits0, strict=True)
        ]
        error = np.array([r.log_hr for r in read]) - np.log(hr)
        se = np.array([r.se for r in read])
        rows.append(
            CoverageRow(
                source=source,
                bias=float(error.mean()),
                coverage=float((np.abs(error) <= z * se).mean()),
                mean_se=float(se.mean()),
                empirical_sd=float(error.std(ddof=1)) if error.size > 1 else 0.0,
                median_width=float(np.exp(2.0 * z * np.median(se))),
                approximate=float(np.mean([r.approximate for r in read])),
                trials=int(seen.sum()),
            )
        )
    lost = (n1 * lost1 + n0 * lost0) / (n1 + n0)
    return LandmarkCoverage(tuple(rows), n1, n0, float(survival0), float(hr), lost, n_trials, seed)
