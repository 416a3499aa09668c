"""How large a benefit appears from nothing when an exposure begins during follow-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metaprop.checks import check_level
from metaprop.intervals import normal_quantile
from metaprop.results import Result

from .settings import check_follow_up, check_fraction, check_positive, check_whole
from .two_group_cox import TwoGroupCox, two_group_cox

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class ApparentEffects(Result):
    """What one way of analysis finds in every simulated trial.

    Attributes
    ----------
    log_hr, se : ndarray, shape (trials,)
        Infinite where a group had no event while both were at risk.
    pvalue : ndarray, shape (trials,)
        Two-sided log-rank (score) test, which always exists.
    estimable : ndarray of bool, shape (trials,)
        Trials with a finite estimate.
    exposed, patients : ndarray, shape (trials,)
        Patients ever counted as exposed, and patients analysed.
    """

    log_hr: FloatArray
    se: FloatArray
    pvalue: FloatArray
    estimable: BoolArray
    exposed: FloatArray
    patients: FloatArray

    @property
    def median_hazard_ratio(self) -> float:
        """Median over trials, those with an infinite log hazard ratio included."""
        return float(np.exp(np.quantile(self.log_hr, 0.5, method="inverted_cdf")))

    def hazard_ratio_quantile(self, q: float) -> float:
        """Quantile of the hazard ratio over trials (the smallest value that covers `q`)."""
        return float(np.exp(np.quantile(self.log_hr, q, method="inverted_cdf")))

    def significant(self, alpha: float = 0.05) -> float:
        """Share of trials whose test rejects a hazard ratio of 1, in either direction."""
        return float((self.pvalue < alpha).mean())

    def significant_benefit(self, alpha: float = 0.05) -> float:
        """Share of trials whose test rejects in favour of the exposure."""
        return float(((self.pvalue < alpha) & (self.log_hr < 0)).mean())

    def coverage(self, hr: float, level: float = 0.95) -> float:
        """Share of estimable trials whose Wald interval holds the hazard ratio `hr`."""
        if not self.estimable.any():
            raise ValueError("no simulated trial has a finite estimate: coverage has no value")
        miss = np.abs(self.log_hr[self.estimable] - np.log(hr))
        return float((miss <= normal_quantile(level) * self.se[self.estimable]).mean())


@dataclass(frozen=True, slots=True, eq=False)
class ImmortalTime(Result):
    """Three analyses of the same simulated trials.

    Attributes
    ----------
    naive : ApparentEffects
        Ever exposed against never exposed, all time counted from 0.
    landmark : ApparentEffects
        Patients still followed at the landmark, by exposure at that moment, from then on.
    time_dependent : ApparentEffects
        Time before the switch counted as unexposed, after it as exposed.
    survival_exposed, survival_unexposed : float
        Median over trials of the Kaplan–Meier survival at `report_at` that a naive report would
        print for the two groups.
    reported_log_hr : ndarray
        Log hazard ratio that is read off those two survival probabilities, the difference of
        log(−log S), in the trials where both groups are followed to `report_at`; infinite where
        one of them is 0 or 1. Hazards of the naive groups are not proportional, as nobody has an
        event before being exposed, so it is not what `naive` estimates.
    survival_true : float
        Survival at `report_at` without exposure.
    report_at, landmark_time, hr_true, level : float
    n, n_trials, seed : int
    """

    naive: ApparentEffects
    landmark: ApparentEffects
    time_dependent: ApparentEffects
    survival_exposed: float
    survival_unexposed: float
    reported_log_hr: FloatArray
    survival_true: float
    report_at: float
    landmark_time: float
    hr_true: float
    level: float
    n: int
    n_trials: int
    seed: int

    def table(self) -> pd.DataFrame:
        """Return one row per analysis: hazard ratios over trials, rejections, coverage."""
        import pandas as pd

        rows = {}
        for name in ("naive", "landmark", "time_dependent"):
            e: ApparentEffects = getattr(self, name)
            rows[name] = {
                "median_hr": e.median_hazard_ratio,
                "hr_q05": e.hazard_ratio_quantile(0.05),
                "hr_q95": e.hazard_ratio_quantile(0.95),
                "significant": e.significant(1.0 - self.level),
                "significant_benefit": e.significant_benefit(1.0 - self.level),
                "coverage": e.coverage(self.hr_true, self.level),
                "estimable": float(e.estimable.mean()),
                "mean_exposed": float(e.exposed.mean()),
                "mean_patients": float(e.patients.mean()),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("analysis")


def _effects(
    fit: TwoGroupCox, exposed: BoolArray, included: BoolArray | None = None
) -> ApparentEffects:
    from scipy.special import erfc

    included = np.ones_like(exposed) if included is None else included
    return ApparentEffects(
        log_hr=fit.log_hr,
        se=fit.se,
        pvalue=np.asarray(erfc(np.abs(fit.score) / np.sqrt(2.0))),
        estimable=fit.estimable,
        exposed=(exposed & included).sum(axis=1).astype(np.float64),
        patients=included.sum(axis=1).astype(np.float64),
    )


def _kaplan_meier_at(
    when: float, exit_: FloatArray, event: BoolArray, group: BoolArray
) -> tuple[FloatArray, BoolArray]:
    """Kaplan–Meier survival of one group at one time, and which trials reach that time."""
    order = np.argsort(exit_, axis=1)
    t = np.take_along_axis(exit_, order, axis=1)
    d, g = np.take_along_axis(event, order, axis=1), np.take_along_axis(group, order, axis=1)
    left = np.cumsum(g[:, ::-1], axis=1)[:, ::-1]
    falls = d & g & (t <= when)
    survival = np.where(falls, 1.0 - 1.0 / np.maximum(left, 1), 1.0).prod(axis=1)
    followed = ((t > when) & g).any(axis=1) | ((survival == 0.0) & g.any(axis=1))
    return survival, followed


def _read_log_hr(exposed: FloatArray, unexposed: FloatArray) -> FloatArray:
    """Difference of log(−log S); 0 where both are 0 or both are 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(-np.log(exposed)) - np.log(-np.log(unexposed))
    return np.where(exposed == unexposed, 0.0, found)


def immortal_time(
    *,
    n: int = 47,
    survival_at: tuple[float, float] = (12.0, 0.5),
    shape: float = 1.0,
    intended: float = 0.8,
    switch_median: float = 2.0,
    switch_spread: float = 0.4,
    hr_true: float = 1.0,
    follow_up: tuple[float, float] = (12.0, 36.0),
    landmark: float = 3.0,
    report_at: float = 12.0,
    n_trials: int = 2000,
    seed: int = 20240131,
    level: float = 0.95,
) -> ImmortalTime:
    """Simulate cohorts in which some patients switch to an exposure, such as a transplant.

    Every patient has an event time from a Weibull distribution (exponential by default), and who
    is intended for the exposure is drawn without regard to it. The exposure begins at a
    log-normal time, if the patient is then still event-free and followed; from then on the hazard
    is multiplied by `hr_true`. With ``hr_true=1`` any benefit that an analysis finds is made of
    nothing but the time that the exposed had to live to become exposed.

    Parameters
    ----------
    n : int
        Patients in a cohort, all event-free at time 0 (in remission, say).
    survival_at : (time, survival)
        A point of the unexposed survival curve: (median, 0.5), or a landmark.
    shape : float
        Weibull shape; 1 is a constant hazard, below 1 early events prevail.
    intended : float
        Share of patients intended for the exposure.
    switch_median, switch_spread : float
        Median of the time to exposure, and the standard deviation of its logarithm.
    hr_true : float
        True hazard ratio of exposed to unexposed time.
    follow_up : (shortest, longest)
        Planned follow-up, uniform between the two.
    landmark : float
        Time at which the landmark analysis forms its groups.
    report_at : float
        Time at which survival of the naive groups is reported.
    n_trials, seed : int
        Cohorts to simulate; seed of numpy's default generator.
    level : float
        Level of intervals; tests are at 1 − level.

    Returns
    -------
    ImmortalTime

    Raises
    ------
    ValueError
        For parameters out of range, and if no cohort has both groups followed to `report_at`.

    References
    ----------
    Anderson JR, Cain KC, Gelber RD. J Clin Oncol 1983;1:710. Suissa S. Am J Epidemiol
    2008;167:492.

    Examples
    --------
    >>> from metaprop import simulation
    >>> found = simulation.immortal_time(n_trials=50)
    >>> found.naive.median_hazard_ratio < found.time_dependent.median_hazard_ratio
    True
    """
    n, n_trials = check_whole("n", n, 4), check_whole("n_trials", n_trials, 1)
    seed = check_whole("seed", seed, 0)
    when = check_positive("the time of survival_at", survival_at[0])
    share = check_fraction("the survival of survival_at", survival_at[1], inside=True)
    for name, value in (
        ("shape", shape),
        ("switch_median", switch_median),
        ("switch_spread", switch_spread),
        ("hr_true", hr_true),
        ("landmark", landmark),
        ("report_at", report_at),
    ):
        check_positive(name, value)
    check_fraction("intended", intended)
    shortest, longest = check_follow_up(follow_up)
    check_level(level)

    rng = np.random.default_rng(seed)
    size = (n_trials, n)
    rate = -np.log(share) / when**shape  # cumulative hazard H(t) = rate · t^shape
    doom = rng.standard_exponential(size)
    planned = switch_median * np.exp(switch_spread * rng.standard_normal(size))
    planned = np.where(rng.random(size) < intended, planned, np.inf)
    censored = rng.uniform(shortest, longest, size)
    before = rate * np.where(np.isfinite(planned), planned, 0.0) ** shape
    switches = np.isfinite(planned) & (doom > before)
    spent = np.where(switches, before + (doom - before) / hr_true, doom)
    death = (spent / rate) ** (1.0 / shape)
    exit_ = np.minimum(death, censored)
    event = death <= censored
    exposed = switches & (planned < exit_)
    switch = np.where(exposed, planned, np.inf)

    always = np.where(exposed, -np.inf, np.inf)
    still = exit_ > landmark
    early = exposed & (planned <= landmark)
    at_landmark = np.where(early, -np.inf, np.inf)
    curves = [_kaplan_meier_at(report_at, exit_, event, g) for g in (exposed, ~exposed)]
    for label, curve in zip(("exposed", "unexposed"), curves, strict=True):
        if not curve[1].any():
            raise ValueError(f"no simulated {label} group is followed to report_at={report_at:g}")
    both = curves[0][1] & curves[1][1]
    return ImmortalTime(
        naive=_effects(two_group_cox(exit_, event, always), exposed),
        landmark=_effects(two_group_cox(exit_, event, at_landmark, included=still), early, still),
        time_dependent=_effects(two_group_cox(exit_, event, switch), exposed),
        survival_exposed=float(np.median(curves[0][0][curves[0][1]])),
        survival_unexposed=float(np.median(curves[1][0][curves[1][1]])),
        reported_log_hr=_read_log_hr(curves[0][0][both], curves[1][0][both]),
        survival_true=float(np.exp(-rate * report_at**shape)),
        report_at=float(report_at),
        landmark_time=float(landmark),
        hr_true=float(hr_true),
        level=float(level),
        n=n,
        n_trials=n_trials,
        seed=seed,
    )
