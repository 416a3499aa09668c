"""Cox, Firth and proportional hazards against R, and follow-up split at a switch.

The numbers marked R come from R 4.2.2 with survival 3.5-3, on the 60 patients of the frozen
reference; those that need more than its records were computed with the calls in the comments.
"""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import numpy as np
import pytest
from agreement import reference
from agreement_survival import data
from statsmodels.duration.hazard_regression import PHReg

from metaprop.survival import cox, firth_cox, logrank, ph_test, split_at_switch
from metaprop.survival.observations import check_observations
from metaprop.survival.partial_likelihood import moments, risk_sets

TIME, EVENT, ARM, AGE, SITE = data()
BOTH = np.c_[ARM, AGE]
# No death in arm 1 while arm 0 is at risk: the partial likelihood has no maximum.
TINY = {
    "time": [3, 5, 8, 12, 14, 20],
    "event": [1, 0, 1, 1, 0, 1],
    "covariates": [0, 0, 0, 1, 1, 1],
}
# A switch for two patients in three, at times on which others die (7.5, 9, 11.2, 3.9).
SWITCH = [
    None if i % 3 == 0 else [7.5, 9.0, 11.2, 3.9][i % 4] for i in range(1, 61)
]  # fmt: skip


def test_wald_chi2_as_r_prints_it() -> None:
    for record in reference("r_reference_open")["survival"]["coxph"][:2]:
        fit = cox(TIME, EVENT, BOTH, ties=record["ties"])
        assert round(fit.wald, 2) == record["wald"][0]
        assert fit.converged


def test_time_dependent_cox_equals_r() -> None:
    # coxph(Surv(start, stop, status) ~ exposed + age), Efron and Breslow
    split = split_at_switch(TIME, EVENT, SWITCH)
    x = np.c_[split.exposed, AGE[split.patient]]
    fit = cox(split.time, split.event, x, entry=split.entry, names=["exposed", "age"])
    assert fit.log_hr == pytest.approx([-0.0234678094016671, -0.0139233879377524], abs=1e-9)
    assert fit.se == pytest.approx([0.4161648302709702, 0.0138263666407546], abs=1e-9)
    assert fit.log_likelihood == pytest.approx(-120.912364163300, abs=1e-9)
    breslow = cox(split.time, split.event, x, entry=split.entry, ties="breslow")
    assert breslow.log_hr == pytest.approx([-0.0231373663737233, -0.0137795305024879], abs=1e-9)


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        # cox.zph(coxph(Surv(time, status) ~ arm + age))$table
        ("km", (0.166167881113136, 1.829784073596759, 1.844128182290562)),
        ("rank", (0.120067311254016, 1.781419707623985, 1.785696389501775)),
        ("identity", (0.0297971300658663, 1.8029882531156531, 1.8200509290504014)),
        ("log", (0.165268038240305, 1.247411199090838, 1.284431503511596)),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_proportional_hazards_of_two_covariates_equals_r(transform: str, expected: tuple) -> None:
    found = ph_test(TIME, EVENT, BOTH, transform=transform)
    assert [*found.statistics, found.global_statistic] == pytest.approx(list(expected), abs=1e-8)


def test_proportional_hazards_with_strata_equals_r() -> None:
    found = ph_test(TIME, EVENT, BOTH, strata=SITE)
    expected = [0.0440872940958786, 0.5498048208347637, 0.5609793102107044]
    assert [*found.statistics, found.global_statistic] == pytest.approx(expected, abs=1e-8)
    assert found.global_pvalue == pytest.approx(0.755413758677550, abs=1e-8)


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        ("identity", (0.564379745284731, 1.699611421936934, 2.239147798528936)),
        ("km", (1.19971410630302, 1.76565843256750, 2.83694280887978)),
    ],
    ids=["identity", "km"],
)
def test_proportional_hazards_of_split_follow_up_equals_r(transform: str, expected: tuple) -> None:
    split = split_at_switch(TIME, EVENT, SWITCH)
    x = np.c_[split.exposed, AGE[split.patient]]
    found = ph_test(split.time, split.event, x, entry=split.entry, transform=transform)
    assert [*found.statistics, found.global_statistic] == pytest.approx(list(expected), abs=1e-8)


def test_proportional_hazards_rejects_crossing_hazards() -> None:
    rng = np.random.default_rng(5)
    group = np.repeat([0, 1], 300)
    time = rng.exponential(10, 600)
    time[group == 1] = 10 * rng.weibull(3, 300)  # hazard low first, high later
    found = ph_test(time, np.ones(600), group)
    assert found.pvalues[0] < 1e-10


def test_unknown_transform_lists_the_transforms() -> None:
    with pytest.raises(ValueError, match="'km', 'rank', 'identity', 'log'"):
        ph_test(TIME, EVENT, ARM, transform="sqrt")


def test_a_group_without_events_has_no_maximum() -> None:
    # coxph() of R returns -22.07 with a standard error of 30955 and a warning.
    assert reference("r_reference_open")["survival"]["tiny_cox"]["se"] > 3e4
    with pytest.raises(ValueError, match=r"x1 has no maximum.*use firth_cox"):
        cox(**TINY)


def test_firth_of_a_group_without_events() -> None:
    # Maximum of loglik - log(var) / 2, with loglik and var from
    # coxph(..., init = b, iter.max = 0), by optimize(); limits by uniroot() on its profile.
    fit = firth_cox(**TINY)
    assert fit.log_hr[0] == pytest.approx(-2.32279674202262, abs=1e-6)
    assert fit.likelihood_ratio == pytest.approx(2.92391383447067, abs=1e-9)
    interval = fit.hazard_ratios[0]
    assert np.log([interval.low, interval.high]) == pytest.approx(
        [-7.280454428952677, 0.315422151752859], abs=1e-6
    )
    assert fit.converged
    assert fit.penalised


def test_firth_of_two_covariates() -> None:
    # optim() on the same function; its tolerance on beta is about 1e-6
    fit = firth_cox(TIME, EVENT, BOTH, names=["arm", "age"])
    assert fit.log_hr == pytest.approx([-0.88124043977, -0.00591598176], abs=2e-6)
    assert fit.log_likelihood == pytest.approx(-112.41212124864, abs=1e-8)
    plain = cox(TIME, EVENT, BOTH)
    assert (np.abs(fit.log_hr) < np.abs(plain.log_hr)).all()  # the penalty pulls towards none


def test_firth_by_hand() -> None:
    """One death among one exposed and one unexposed: by symmetry of the penalty.

    l = -log(1 + e^b), I = e^b / (1 + e^b)^2, so l + log(I) / 2 = b / 2 - 2 log(1 + e^b), largest
    at e^b = 1 / 3.
    """
    fit = firth_cox([1.0, 2.0], [1, 0], [0, 1])
    assert fit.hazard_ratios[0].estimate == pytest.approx(1 / 3, rel=1e-9)
    assert fit.hazard_ratios[0].low < 1 < fit.hazard_ratios[0].high


def test_firth_does_not_depend_on_the_unit_or_the_coding() -> None:
    one, other = firth_cox(TIME, EVENT, AGE), firth_cox(TIME, EVENT, AGE * 12 + 5)
    assert other.log_hr[0] == pytest.approx(one.log_hr[0] / 12, rel=1e-7)
    a, b = firth_cox(**TINY), firth_cox(**{**TINY, "covariates": [1, 1, 1, 0, 0, 0]})
    assert a.hazard_ratios[0].low == pytest.approx(1 / b.hazard_ratios[0].high, rel=1e-7)


def test_firth_refuses_collinear_covariates() -> None:
    with pytest.raises(ValueError, match="cannot be told apart"):
        firth_cox(TIME, EVENT, np.c_[AGE, 2 * AGE])


@pytest.mark.parametrize("fit", [cox, firth_cox], ids=["cox", "firth"])
def test_bad_covariates_are_named(fit: object) -> None:
    assert callable(fit)
    with pytest.raises(ValueError, match=r"covariate 'dose' is 1 in every row"):
        fit(TIME, EVENT, np.ones(60), names=["dose"])
    broken = AGE.copy()
    broken[4] = np.nan
    with pytest.raises(ValueError, match=r"covariate 'age' at index 4 is nan"):
        fit(TIME, EVENT, broken, names=["age"])
    with pytest.raises(ValueError, match="no event was observed"):
        fit(TIME, EVENT * 0, ARM)
    with pytest.raises(ValueError, match="entry at index 2 is 50: a time before the end"):
        fit(TIME, EVENT, ARM, entry=np.r_[0, 0, 50, np.zeros(57)])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("seed", range(6))
def test_moments_of_risk_sets_by_definition(seed: int, ties: str) -> None:
    """Ties, late entry and strata at random, against sums over everybody at risk."""
    rng = np.random.default_rng(seed)
    n, p = 40, 2
    time = rng.integers(1, 12, n).astype(float)
    entry = np.floor(time * rng.random(n)) * (rng.random(n) < 0.5)
    rows = check_observations(time, rng.integers(0, 2, n), entry=entry, strata=np.arange(n) % 3)
    # Weights that differ by a factor of e^±30 lose nothing.
    x, beta = rng.normal(size=(n, p)), rng.normal(size=p) * 10
    found = moments(risk_sets(rows, x, ties=ties), beta)
    x = x - x.mean(axis=0)
    loglik, score, information, slope = 0.0, 0.0, 0.0, 0.0
    for stratum in range(3):
        for when in np.unique(time[rows.event & (rows.strata == stratum)]):
            here = (rows.strata == stratum) & (entry < when) & (time >= when)
            died = np.flatnonzero(here & rows.event & (time == when))
            for number, row in enumerate(died):
                w = np.exp(x @ beta - (x @ beta).max()) * here
                w[died] *= 1 - (number / died.size if ties == "efron" else 0)
                share = w / w.sum()
                off = x - share @ x
                loglik += (x @ beta - (x @ beta).max())[row] - np.log(w.sum())
                score = score + x[row] - share @ x
                information = information + np.einsum("n,ni,nj->ij", share, off, off)
                slope = slope + np.einsum("n,ni,nj,nk->ijk", share, off, off, off)
    assert found.log_likelihood == pytest.approx(loglik, rel=1e-12)
    assert found.score == pytest.approx(score, rel=1e-10)
    assert found.information == pytest.approx(information, rel=1e-10)
    assert found.information_slope() == pytest.approx(slope, rel=1e-9, abs=1e-12)


def test_a_row_far_from_all_others_does_not_drown_them() -> None:
    """One patient, whose weight is e^10000 times theirs, leaves before anybody dies."""
    rng = np.random.default_rng(8)
    time, event, x = rng.exponential(10, 60) + 1, np.ones(60), rng.normal(size=60)
    near = moments(risk_sets(check_observations(time, event), x[:, None], ties="efron"), np.ones(1))
    rows = check_observations(np.r_[0.5, time], np.r_[0, event])
    far = moments(risk_sets(rows, np.r_[1e4, x][:, None], ties="efron"), np.ones(1))
    assert far.log_likelihood == pytest.approx(near.log_likelihood, rel=1e-10)
    assert far.information == pytest.approx(near.information, rel=1e-8)


def test_a_hazard_ratio_too_large_for_a_number_is_infinite() -> None:
    fit = firth_cox(TINY["time"], TINY["event"], np.array(TINY["covariates"]) * 1e-3)
    assert fit.hazard_ratios[0].low == 0.0
    assert fit.hazard_ratios[0].high == pytest.approx(np.exp(315.42), rel=0.02)
    turned = firth_cox(TINY["time"], TINY["event"], 1e-3 - np.array(TINY["covariates"]) * 1e-3)
    assert turned.hazard_ratios[0].high == np.inf


def test_nothing_that_changes_over_time_is_said() -> None:
    # Those at risk differ at the first event only.
    with pytest.raises(ValueError, match="no change over time of x1 can be tested"):
        ph_test([1, 1, 2, 3, 4], [1, 1, 1, 1, 1], [1, 0, 0, 0, 0], ties="breslow")


@pytest.mark.parametrize("seed", range(4))
def test_cox_equals_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 300
    x = np.c_[rng.integers(0, 2, n), rng.normal(40, 15, n)]
    time, event = np.ceil(rng.exponential(20, n)), rng.random(n) < 0.7
    for ties in ("efron", "breslow"):
        fit = cox(time, event, x, ties=ties, strata=np.arange(n) % 2)
        other = PHReg(time, x, status=event.astype(int), ties=ties, strata=np.arange(n) % 2)
        theirs = other.fit(disp=0)
        assert fit.log_hr == pytest.approx(theirs.params, rel=1e-6)
        assert fit.se == pytest.approx(theirs.bse, rel=1e-6)
        assert fit.log_likelihood == pytest.approx(theirs.llf, rel=1e-10)


def _seconds(call: Callable[[], object]) -> float:
    """Processor time of the fastest of several calls."""
    times = []
    for _ in range(5):
        start = process_time()
        call()
        times.append(process_time() - start)
    return min(times)


@pytest.mark.parametrize("function", [cox, ph_test, logrank], ids=lambda f: f.__name__)
def test_ten_times_the_patients_take_less_than_fifteen_times_the_time(function: Callable) -> None:
    seconds = []
    for n in (2_000, 20_000):
        rng = np.random.default_rng(1)
        group = rng.integers(0, 2, n)
        time, until = rng.exponential(np.where(group, 20.0, 10.0)), rng.uniform(0, 40, n)
        args = np.minimum(time, until), time <= until, group
        seconds.append(_seconds(lambda args=args: function(*args)))
    assert seconds[1] < 15 * seconds[0]


def test_firth_of_a_thousand_patients() -> None:
    """With many events the penalty hardly matters."""
    rng = np.random.default_rng(2)
    group = rng.integers(0, 2, 1000)
    time = rng.exponential(np.where(group, 20.0, 10.0))
    fit, plain = firth_cox(time, time < 30, group), cox(time, time < 30, group)
    assert fit.converged
    assert abs(fit.log_hr[0] - plain.log_hr[0]) < plain.se[0] / 10


def test_cutting_follow_up_changes_nothing_for_a_fixed_covariate() -> None:
    split = split_at_switch(TIME, EVENT, SWITCH)
    whole = cox(TIME, EVENT, ARM)
    cut = cox(split.time, split.event, ARM[split.patient], entry=split.entry)
    assert cut.log_hr == pytest.approx(whole.log_hr, abs=1e-9)
    assert cut.se == pytest.approx(whole.se, abs=1e-9)


def test_split_follow_up_by_hand() -> None:
    split = split_at_switch([10.0, 5.0, 8.0, 4.0], [1, 0, 1, 1], [3.0, None, 0.0, 4.0])
    assert split.to_dict() == {
        "entry": [0, 3, 0, 0, 0],
        "time": [3, 10, 5, 8, 4],
        "event": [0, 1, 0, 1, 1],
        "exposed": [0, 1, 0, 1, 0],  # a switch at the end of follow-up never happened
        "patient": [0, 0, 1, 2, 3],
    }


def test_negative_switch_is_refused() -> None:
    with pytest.raises(ValueError, match="switch at index 1 is -1"):
        split_at_switch([10.0, 5.0], [1, 0], [3.0, -1.0])
